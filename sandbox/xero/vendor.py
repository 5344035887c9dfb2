"""The Xero of the sandbox, as the edge sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import msgspec

from sandbox.http import Request, Response, Router, json_response
from sandbox.vendor import Quota
from sandbox.world import Record, World
from sandbox.xero import oauth, query, routes, settings, wire
from sandbox.xero.books import KEYS, Books, How
from sandbox.xero.errors import BadRequestError, RefusedError, UnknownRecordError, bad_request_body, not_found, problem
from sandbox.xero.idempotency import answered_once
from sandbox.xero.quota import API, XeroQuota
from sandbox.xero.state import REMOVED, SEEDED

MOST_BYTES = 3_500_000
_PATHS = ("/connect/token", "/connect/revocation", "/identity/connect/", "/connections", API)


class XeroSandbox:
    """One organisation with two apps: a custom connection and a web app."""

    name = "xero"

    def __init__(self, world: World) -> None:
        self._world = world
        self._books = Books(world)
        self._oauth = oauth.OAuth(world)
        self._api = routes.Api(self._books).router()
        self._identity = _identity_routes(self._oauth)
        self.quota: Quota = XeroQuota(world.clock)

    def install(self) -> None:
        """Puts the organisation with its chart of accounts and the custom connection, if they are not there yet."""
        settings.install(self._books)
        self._oauth.install()

    def owns(self, path: str) -> bool:
        """Whether a path belongs to one of Xero's three hosts, where case does not matter."""
        return path.lower().startswith(_PATHS)

    def answer(self, request: Request) -> Response:
        """Signing in, connections and the Accounting API."""
        if not request.path.lower().startswith(API):
            return self._routed(self._identity, request)
        response = self._accounting(request)
        if "application/json" in request.headers.get("accept", ""):
            return response
        return _as_xml(response)

    def seed(self, entity: str, record: Record) -> Record:
        """Puts or changes a record as a person in Xero would; the entity's own id field says which one."""
        write = SEEDED.get(entity)
        if write is None:
            raise ValueError(f"No entity {entity} in Xero; there are: {', '.join(SEEDED)}")
        try:
            return write(self._books, record, self._stored(entity, record), _person(record))
        except UnknownRecordError as error:
            raise ValueError(f"There is no record {error}") from error

    def remove(self, entity: str, key: str) -> None:
        """Deletes a record as a person in Xero would."""
        remove = REMOVED.get(entity)
        if remove is None:
            raise ValueError(f"Records of {entity} are not deleted in Xero: change their status")
        remove(self._books, key)

    def _stored(self, entity: str, record: Record) -> Record | None:
        key = record.get(KEYS[entity])
        return self._books.get(entity, key) if key else None

    def _accounting(self, request: Request) -> Response:
        app = self._oauth.app_of(request)
        if app is None:
            return oauth.unauthorized()
        if not self._oauth.may_use(app, request.headers.get("xero-tenant-id")):
            return oauth.forbidden()
        if query.is_too_long(request):
            return not_found()
        if len(request.body) > MOST_BYTES:
            return problem(413, "Request Entity Too Large", f"A request takes at most {MOST_BYTES} bytes")
        named = replace(request, headers={**request.headers, "x-sandbox-app": app.client_id})
        try:
            return answered_once(self._world, app.client_id, named, self._attempt)
        except BadRequestError as error:
            return json_response(bad_request_body(error), 400)

    def _attempt(self, request: Request) -> Response:
        """Answers a call; what it wrote before it was refused is taken back."""
        mark = self._world.tables.mark()
        try:
            return self._routed(self._api, request)
        except RefusedError as error:
            refusal = routes.refused(error)
        except UnknownRecordError:
            refusal = not_found()
        except BadRequestError as error:
            refusal = json_response(bad_request_body(error), 400)
        self._world.tables.undo(mark)
        return refusal

    def _routed(self, table: Router, request: Request) -> Response:
        found = table.find(request)
        if found is None:
            return not_found()
        handler, path_params = found
        return handler(replace(request, path_params=path_params))


def _person(record: Record) -> How:
    """Who seeds: the time of change may be given, the rest of the record's own fields as well."""
    return How(person=True, decimals=4, at=record.get("UpdatedDateUTC"))


def _identity_routes(signing_in: oauth.OAuth) -> Router:
    routes_: list[tuple[str, str, Callable[[Request], Response]]] = [
        ("POST", "/connect/token", signing_in.token),
        ("POST", "/connect/revocation", signing_in.revoke),
        ("GET", "/identity/connect/authorize", signing_in.authorize),
        ("GET", "/connections", signing_in.connections),
        ("DELETE", "/connections/{id}", signing_in.disconnect),
    ]
    table = Router(ignore_case=True)
    for method, path, handler in routes_:
        table.add(method, path, handler)
    return table


def _as_xml(response: Response) -> Response:
    """Xero sends XML to whoever does not ask for JSON, errors included."""
    if not response.headers.get("content-type", "").startswith("application/json"):
        return response
    body = wire.xml(msgspec.json.decode(response.body), "Response" if response.status < 400 else "ApiException")
    headers = {**response.headers, "content-type": "text/xml; charset=utf-8"}
    return replace(response, body=body.encode(), headers=headers)
