"""The QuickBooks Online of the sandbox, as the edge sees it."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from dataclasses import replace

import msgspec

from sandbox.http import Request, Response, Router
from sandbox.quickbooks_online import company, oauth, routes, writes
from sandbox.quickbooks_online.books import SYSTEM, Books, How
from sandbox.quickbooks_online.chart import REALM
from sandbox.quickbooks_online.entities import ENTITIES
from sandbox.quickbooks_online.errors import RefusedError, access_fault
from sandbox.quickbooks_online.quota import API, QuickBooksQuota
from sandbox.quickbooks_online.repeats import answered_once
from sandbox.vendor import Quota
from sandbox.world import Record, World

_PATHS = ("/oauth2/v1/tokens/", "/v2/oauth2/tokens/", "/connect/oauth2", "/.well-known/openid_", API)
_LOCKS = {140: "CompanyLockedOut", 150: "CompanyUnderMaintenance"}


class QuickBooksSandbox:
    """One company, connected to one app."""

    name = SYSTEM

    def __init__(self, world: World) -> None:
        self._world = world
        self._books = Books(world)
        self._oauth = oauth.OAuth(world)
        self._api = routes.Api(self._books)
        self._routes = self._api.router()
        self._identity = _identity_routes(self._oauth)
        self.quota: Quota = QuickBooksQuota(world.clock)

    def install(self) -> None:
        """Puts the company with its chart of accounts and its connection, if they are not there yet."""
        company.install(self._books)
        self._oauth.install()

    def owns(self, path: str) -> bool:
        """Whether a path belongs to one of Intuit's hosts."""
        return path.lower().startswith(_PATHS)

    def answer(self, request: Request) -> Response:
        """Signing in, discovery and the Accounting API; each answer has an `intuit_tid`."""
        table = self._routes if request.path.lower().startswith(API) else self._identity
        respond = self._accounting if table is self._routes else self._identified
        response = respond(request)
        return replace(response, headers={**response.headers, "intuit_tid": str(uuid.uuid4())})

    def seed(self, entity: str, record: Record) -> Record:
        """Puts or changes a record as a person in QuickBooks would; `Id` says which one. What is not sent stays."""
        if entity == "settings":
            return self._set(record)
        if entity not in ENTITIES:
            raise ValueError(f"No entity {entity} in {SYSTEM}; there are: settings, {', '.join(ENTITIES)}")
        if entity in {"company", "preferences"}:
            record = {**record, "Id": "1"}
        return writes.person_writes(self._books, ENTITIES[entity], record)

    def remove(self, entity: str, key: str) -> None:
        """Deletes a record as a person in QuickBooks would."""
        chosen, record = ENTITIES.get(entity), self._books.get(entity, key)
        if chosen is None or not chosen.deletes or record is None:
            raise ValueError(f"Records of {entity} are not deleted in QuickBooks: make them inactive")
        writes.remove(self._books, chosen, record, How(person=True))

    def _set(self, record: Record) -> Record:
        stored = company.write_settings(self._books, record)
        if record.get("connected") is False:
            self._oauth.disconnect()
        if record.get("connected") is True:
            self._oauth.connect()
        return stored

    def _identified(self, request: Request) -> Response:
        found = self._identity.find(request)
        return found[0](request) if found else Response(404)

    def _accounting(self, request: Request) -> Response:
        refusal = self._access(request)
        if refusal:
            return refusal
        if self._books.settings()["subscription_lapsed"]:
            lapsed = "Subscription period has ended or canceled or there was a billing problem."
            return self._api.refused(RefusedError(6190, lapsed, status=200))
        try:
            return answered_once(self._world, request, self._attempt)
        except RefusedError as error:
            return self._api.refused(error)

    def _access(self, request: Request) -> Response | None:
        """Why a request may not work on the company it names, if so."""
        if not self._oauth.is_signed_in(request):
            return access_fault(401, 3200, "AuthenticationFailed", "Token expired, revoked or malformed")
        realm = request.path.removeprefix(API).split("/", 1)[0]
        if not secrets.compare_digest(realm, REALM):
            return access_fault(403, 3100, "ApplicationAuthorizationFailed", f"The app is not connected to {realm}")
        settings = self._books.settings()
        if settings["user_removed"]:
            return access_fault(401, 120, "AuthorizationFailure", "The user who connected the app has no access")
        if settings["locked"]:
            return access_fault(403, settings["locked"], _LOCKS[settings["locked"]], "Try again later")
        return None

    def _attempt(self, request: Request) -> Response:
        """Answers a call; what it wrote before it was refused is taken back."""
        mark = self._world.tables.mark()
        try:
            found = self._routes.find(request)
            if found is None:
                raise RefusedError(500, f"Operation {request.method} {request.path} is not supported")
            handler, path_params = found
            return handler(replace(request, path_params=path_params))
        except RefusedError as error:
            refusal = error
        except msgspec.DecodeError as error:
            refusal = RefusedError(2010, f"The request body is not valid JSON: {error}")
        self._world.tables.undo(mark)
        return self._api.refused(refusal)


def _identity_routes(signing_in: oauth.OAuth) -> Router:
    routes_: list[tuple[str, str, Callable[[Request], Response]]] = [
        ("GET", "/connect/oauth2", signing_in.authorize),
        ("POST", "/oauth2/v1/tokens/bearer", signing_in.token),
        ("POST", "/v2/oauth2/tokens/revoke", signing_in.revoke),
        ("GET", "/.well-known/openid_configuration", signing_in.discovery),
        ("GET", "/.well-known/openid_sandbox_configuration", signing_in.discovery),
    ]
    table = Router(ignore_case=True)
    for method, path, handler in routes_:
        table.add(method, path, handler)
    return table
