"""The application that the plugin mounts into Airflow's API server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from airflow.api_fastapi.core_api.security import requires_authenticated
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.staticfiles import StaticFiles

from jobledger.errors import FixTheSetup
from jobledger.web import approvals, history, links, overview, reports, runs, settings
from jobledger.web.pages import page

PREFIX = "/jobledger"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
    " connect-src 'self'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


async def _guarded(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Every answer says what a browser may load and run: nothing but our own files."""
    answer = await call_next(request)
    kept_by_browsers = request.scope["path"].startswith(f"{request.scope['root_path']}/static/")
    answer.headers.update(
        {name: text for name, text in HEADERS.items() if not (kept_by_browsers and name == "Cache-Control")}
    )
    return answer


async def _cannot(request: Request, error: Any) -> Response:
    """What a person asked for cannot be done: what is wrong, and what to do."""
    return page(request, "refused.html", {"status": 409, "text": str(error)}, status=409)


async def _refused(request: Request, error: Any) -> Response:
    """An error as a page: what is wrong, and nothing else."""
    return page(request, "refused.html", {"status": error.status_code, "text": error.detail}, status=error.status_code)


def make_app() -> FastAPI:
    """All pages. None is answered without Airflow's login; what each allows stands in its route."""
    app = FastAPI(
        dependencies=[Depends(requires_authenticated())],
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        exception_handlers={HTTPException: _refused, FixTheSetup: _cannot},
    )
    app.middleware("http")(_guarded)
    for pages in (overview, runs, links, approvals, history, reports, settings):
        app.include_router(pages.router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    return app
