"""Templates, and what all of them know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse
from fastapi.templating import Jinja2Templates
from starlette.responses import Response

from jobledger.integration import Integration
from jobledger.reports.printing import amount
from jobledger.settings import LABELS
from jobledger.web.access import Visit, form_token, note_of, signed_note
from jobledger.web.signs import sign
from jobledger.web.ways import in_words, way_out

TEMPLATES = Jinja2Templates(Path(__file__).parent / "templates")
ROWS = 100
"""How many rows a page of a list has."""

MOST = 500
"""How many records one form may name."""


def page(
    request: Request, template: str, known: Mapping[str, Any], visit: Visit | None = None, status: int = 200
) -> Response:
    """A page. Every template knows where the application is, who looks and at what, and what the last form did."""
    around = {
        "root": request.scope["root_path"],
        "airflow": request.scope["root_path"].removesuffix("/jobledger"),
        "visit": visit,
        "paired": visit.paired if visit else None,
        "token": form_token(visit.user) if visit else "",
        "note": note_of(request.query_params.get("note", "")),
        "started": {name: request.query_params[name] for name in ("stage", "run") if name in request.query_params},
    }
    return TEMPLATES.TemplateResponse(request, template, {**around, **known}, status_code=status)


def back_to(request: Request, path: str, note: str, **query: str) -> Response:
    """After a form: the page that shows what it did, with a sentence about it."""
    asked = urlencode({**{name: text for name, text in query.items() if text}, "note": signed_note(note)})
    return RedirectResponse(f"{request.scope['root_path']}{path}?{asked}", status_code=303)


def when(moment: datetime | None, paired: Integration) -> str:
    """A moment in the integration's time zone."""
    return f"{moment.astimezone(paired.timezone):%Y-%m-%d %H:%M}" if moment else ""


def age(moment: datetime | None) -> str:
    """How long ago something was, in the largest unit that tells: `5 h`, `3 days`."""
    if moment is None:
        return "never"
    seconds = (datetime.now(UTC) - moment).total_seconds()
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return "a minute" if seconds < 120 else f"{seconds // 60:.0f} min"


def money(text: str | None) -> str:
    """An amount out of the history, with thousands and cents."""
    return amount(Decimal(text)) if text else ""


def words(name: str) -> str:
    """`cost_codes_and_budget` as a person writes it."""
    return name.replace("_", " ").capitalize()


def product(system: str) -> str:
    """`quickbooks_online` as a person calls it."""
    return LABELS.get(system, system)


TEMPLATES.env.filters.update(
    when=when, age=age, money=money, words=words, product=product, way_out=way_out, in_words=in_words, sign=sign
)
