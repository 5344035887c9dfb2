"""The PEX of the sandbox, as the edge sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sandbox.http import Request, Response, Router, json_response
from sandbox.pex import business, cardholders, dependencies, receipts, routes, tags, tokens, transactions
from sandbox.pex.errors import RefusedError, not_found
from sandbox.pex.quota import PexQuota
from sandbox.pex.state import SYSTEM, State
from sandbox.vendor import Quota
from sandbox.world import Record, World

_SEEDED: dict[str, Callable[[State, Record], Record]] = {
    "settings": business.write_settings,
    "admin": business.write_admin,
    "tokens": tokens.put,
    "tags": tags.seed,
    "dependencies": dependencies.seed,
    "cardholders": cardholders.seed,
    "transactions": transactions.seed,
    "settlements": transactions.settle,
    "attachments": receipts.seed,
}
_REMOVED = ("tokens", "tags", "transactions", "attachments", "dependencies")


class PexSandbox:
    """One business with one administrator, whose token is installed."""

    name = SYSTEM

    def __init__(self, world: World) -> None:
        self._state = State(world)
        self._routes = routes.router(self._state)
        self._open = _open_routes(self._state)
        self.quota: Quota = PexQuota(world.clock)

    def install(self) -> None:
        """Puts the business, its administrator and the token, if they are not there yet."""
        business.install(self._state)
        tokens.install(self._state)

    def owns(self, path: str) -> bool:
        """Whether a path belongs to PEX's API or to the host where its users sign in."""
        return path.lower().startswith("/v4/") or path.lower().rstrip("/") == "/token"

    def answer(self, request: Request) -> Response:
        """Tokens, links to receipts, and the API; a refused request writes nothing, but a dead token goes."""
        try:
            found = self._open.find(request)
            if found:
                return found[0](replace(request, path_params=found[1]))
            token = tokens.of_request(self._state, request)
            return self._of_user(request, token)
        except RefusedError as error:
            return error.response()

    def seed(self, entity: str, record: Record) -> Record:
        """Puts or changes a record as people in PEX and at a till would. What is not sent stays."""
        if entity not in _SEEDED:
            raise ValueError(f"No entity {entity} in {SYSTEM}; there are: {', '.join(_SEEDED)}")
        if entity == "settings" and "password_changed" in record:
            record = {name: value for name, value in record.items() if name != "password_changed"}
            tokens.change_password(self._state)
        return _SEEDED[entity](self._state, record)

    def remove(self, entity: str, key: str) -> None:
        """Deletes a record as an administrator would. Raises `ValueError`."""
        if entity not in _REMOVED:
            raise ValueError(f"Records of {entity} are not deleted in PEX")
        self._state.remove(entity, key)

    def _of_user(self, request: Request, token: Record) -> Response:
        path, method = request.path.lower().rstrip("/"), request.method
        if (method, path) == ("GET", "/v4/token/current"):
            return json_response(tokens.shown(token))
        if (method, path) == ("POST", "/v4/token/renew"):
            return json_response(tokens.renew(self._state, token))
        if (method, path) == ("DELETE", "/v4/token"):
            tokens.revoke(self._state, token)
            return json_response({})
        tokens.of_administrator(token)
        found = self._routes.find(request)
        if found is None:
            raise not_found(f"{method} {request.path}")
        return found[0](replace(request, path_params=found[1]))


def _open_routes(state: State) -> Router:
    """What wants no token: to get one, and to follow a link."""
    table = Router(ignore_case=True)

    def issue(request: Request) -> Response:
        return json_response(tokens.issue(state, request, routes.body_of(request)), 201)

    table.add("POST", "/v4/Token", issue)
    table.add("POST", "/token", issue)
    table.add("GET", f"{receipts.FILES}/{{attachmentId}}", lambda request: receipts.linked(state, request))
    return table
