"""All routes of Procore's API, in the order in which they are tried."""

from __future__ import annotations

from sandbox.http import Handler, Request, Response, Router
from sandbox.procore import (
    attachments,
    routes_codes,
    routes_commitments,
    routes_company,
    routes_costs,
    routes_owner,
    routes_time,
)
from sandbox.procore.call import Call
from sandbox.procore.errors import RefusedError
from sandbox.procore.route import Route
from sandbox.procore.state import State

ROUTES: list[Route] = [
    *routes_company.ROUTES,
    *routes_codes.ROUTES,
    *routes_commitments.ROUTES,
    *routes_costs.ROUTES,
    *routes_owner.ROUTES,
    *routes_time.ROUTES,
    *attachments.ROUTES,
]


def router(state: State) -> Router:
    """The table of routes over one company's state."""
    table = Router()
    for route in ROUTES:
        table.add(route.method, route.path, _bound(state, route))
    return table


def _bound(state: State, route: Route) -> Handler:
    def handle(request: Request) -> Response:
        mark = state.world.tables.mark()
        try:
            return _answer(Call(state, request), route)
        except RefusedError:
            state.world.tables.undo(mark)
            raise

    return handle


def _answer(call: Call, route: Route) -> Response:
    call.check_company()
    if route.about == "company":
        call.require_company()
    if route.about == "project":
        _ = call.project
    if route.tool:
        call.require(route.tool, route.level, in_project=route.about == "project")
    return route.handler(call)
