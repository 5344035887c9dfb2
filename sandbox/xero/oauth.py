"""Signing in at Xero: tokens, consent, connections."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode

from sandbox.http import Request, Response, json_response
from sandbox.world import Record, World
from sandbox.xero.errors import problem
from sandbox.xero.wire import iso_time

TENANT_ID = "7f1c0c3e-2a54-4a0e-9d4e-0b5f6c1d2e3f"
ACCESS_LIFE = timedelta(minutes=30)
REFRESH_LIFE = timedelta(days=60)
CODE_LIFE = timedelta(minutes=5)


@dataclass(frozen=True)
class App:
    """An application registered with Xero. A custom connection belongs to one organisation and needs no consent."""

    client_id: str
    secret: str
    custom_connection: bool


APPS = {
    app.client_id: app
    for app in (
        App("xero-demo-client", "xero-demo-secret", custom_connection=True),
        App("xero-demo-webapp", "xero-demo-websecret", custom_connection=False),
    )
}
_SCOPES = "accounting.contacts accounting.invoices accounting.payments accounting.settings"


class _DeniedError(Exception):
    """A token request is refused with an OAuth error code."""


class OAuth:
    """Tokens and connections of one organisation's apps."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tables = world.tables

    def install(self) -> None:
        """Connects the custom connection, as its authorising user did."""
        if not self._tables.count("xero.connections"):
            self._connect("xero-demo-client")

    def token(self, request: Request) -> Response:
        """`POST /connect/token`."""
        form = _form(request)
        grants = {
            "client_credentials": self._by_credentials,
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh_token,
        }
        try:
            app = _client(request, form)
            grant = grants.get(form.get("grant_type", ""))
            if grant is None:
                raise _DeniedError("unsupported_grant_type")
            return json_response(grant(app, form))
        except _DeniedError as denied:
            return json_response({"error": str(denied)}, 400)

    def authorize(self, request: Request) -> Response:
        """`GET /identity/connect/authorize`: consent is given at once, and the browser sent back with a code."""
        app, redirect_uri = APPS.get(request.first("client_id") or ""), request.first("redirect_uri")
        if app is None or app.custom_connection or not redirect_uri or request.first("response_type") != "code":
            return json_response({"error": "invalid_request"}, 400)
        self._connect(app.client_id)
        code = self._secret()
        details = {
            "client_id": app.client_id,
            "redirect_uri": redirect_uri,
            "scope": request.first("scope") or "",
            "challenge": request.first("code_challenge"),
            "expires": self._in(CODE_LIFE),
        }
        self._tables.put("xero.codes", code, details)
        sent_back = {"code": code, "scope": details["scope"], "state": request.first("state") or ""}
        joint = "&" if "?" in redirect_uri else "?"
        return Response(302, headers={"location": f"{redirect_uri}{joint}{urlencode(sent_back)}"})

    def revoke(self, request: Request) -> Response:
        """`POST /connect/revocation`: the refresh token, its access tokens and the app's connections go."""
        form = _form(request)
        try:
            app = _client(request, form)
        except _DeniedError as denied:
            return json_response({"error": str(denied)}, 400)
        token = self._tables.get("xero.refresh_tokens", form.get("token", ""))
        if token and token["client_id"] == app.client_id:
            self._forget_all(app.client_id)
        return Response(200)

    def connections(self, request: Request) -> Response:
        """`GET /connections`: may be empty although the token lives."""
        app = self.app_of(request)
        if app is None:
            return unauthorized()
        return json_response([_shown(row) for row in self._connections(app.client_id)])

    def disconnect(self, request: Request) -> Response:
        """`DELETE /connections/{id}`."""
        app = self.app_of(request)
        if app is None:
            return unauthorized()
        key = request.path_params["id"]
        if not any(row["id"] == key for row in self._connections(app.client_id)):
            return problem(404, "Not Found", "The connection does not exist")
        self._tables.remove("xero.connections", key)
        return Response(204)

    def app_of(self, request: Request) -> App | None:
        """The app whose live access token a request carries."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        row = self._tables.get("xero.access_tokens", token)
        if row is None or row["expires"] <= iso_time(self._now()):
            return None
        return APPS[row["client_id"]]

    def may_use(self, app: App, tenant_id: str | None) -> bool:
        """Whether an app may work on the tenant that a request names; a custom connection need not name it."""
        if not self._connections(app.client_id):
            return False
        if not tenant_id:
            return app.custom_connection
        return tenant_id.lower() == TENANT_ID

    def _by_credentials(self, app: App, form: dict[str, str]) -> dict[str, Any]:
        if not app.custom_connection:
            raise _DeniedError("unauthorized_client")
        return self._issue(app, form.get("scope") or _SCOPES, refreshable=False)

    def _by_code(self, app: App, form: dict[str, str]) -> dict[str, Any]:
        code = self._tables.get("xero.codes", form.get("code", ""))
        self._tables.remove("xero.codes", form.get("code", ""))
        if code is None or code["expires"] <= iso_time(self._now()) or code["client_id"] != app.client_id:
            raise _DeniedError("invalid_grant")
        if code["redirect_uri"] != form.get("redirect_uri") or not _proves(code["challenge"], form):
            raise _DeniedError("invalid_grant")
        return self._issue(app, code["scope"], refreshable="offline_access" in code["scope"].split())

    def _by_refresh_token(self, app: App, form: dict[str, str]) -> dict[str, Any]:
        """Rotates. Stricter reading: an old token is refused at once, without the half minute of grace some report."""
        key = form.get("refresh_token", "")
        row = self._tables.get("xero.refresh_tokens", key)
        if row is None or row["client_id"] != app.client_id or row["expires"] <= iso_time(self._now()):
            raise _DeniedError("invalid_grant")
        self._tables.remove("xero.refresh_tokens", key)
        return self._issue(app, row["scope"], refreshable=True)

    def _issue(self, app: App, scope: str, refreshable: bool) -> dict[str, Any]:
        self._forget_expired()
        access = self._secret()
        self._tables.put("xero.access_tokens", access, {"client_id": app.client_id, "expires": self._in(ACCESS_LIFE)})
        answer: dict[str, Any] = {"access_token": access, "expires_in": 1800, "token_type": "Bearer", "scope": scope}
        if refreshable:
            answer["refresh_token"] = self._secret()
            row = {"client_id": app.client_id, "scope": scope, "expires": self._in(REFRESH_LIFE)}
            self._tables.put("xero.refresh_tokens", answer["refresh_token"], row)
        return answer

    def _forget_expired(self) -> None:
        now = iso_time(self._now())
        for key, row in self._tables.items("xero.access_tokens"):
            if row["expires"] <= now:
                self._tables.remove("xero.access_tokens", key)

    def _forget_all(self, client_id: str) -> None:
        for table in ("xero.access_tokens", "xero.refresh_tokens", "xero.connections"):
            for key, row in self._tables.items(table):
                if row["client_id"] == client_id:
                    self._tables.remove(table, key)

    def _connect(self, client_id: str) -> None:
        if self._connections(client_id):
            return
        now = iso_time(self._now())
        row: Record = {"id": self._world.guid(), "client_id": client_id, "createdDateUtc": now, "updatedDateUtc": now}
        self._tables.put("xero.connections", str(row["id"]), row)

    def _connections(self, client_id: str) -> list[Record]:
        return [row for row in self._tables.all("xero.connections") if row["client_id"] == client_id]

    def _secret(self) -> str:
        return secrets.token_urlsafe(48)

    def _now(self) -> datetime:
        return self._world.clock.now()

    def _in(self, life: timedelta) -> str:
        return iso_time(self._now() + life)


def unauthorized() -> Response:
    """No token, an unknown one, or one older than half an hour."""
    return problem(401, "Unauthorized", "AuthenticationUnsuccessful")


def forbidden() -> Response:
    """A live token without a connection to the tenant that the request names."""
    return problem(403, "Forbidden", "AuthenticationUnsuccessful")


def _shown(row: Record) -> Record:
    tenant = {"tenantId": TENANT_ID, "tenantType": "ORGANISATION", "tenantName": "Summit Ridge Builders"}
    times = {name: row[name].removesuffix("Z") + "0000" for name in ("createdDateUtc", "updatedDateUtc")}
    return {"id": row["id"], "authEventId": row["id"], **tenant, **times}


def _form(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}


def _client(request: Request, form: dict[str, str]) -> App:
    client_id, secret = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
    app = APPS.get(client_id)
    if app is None or not secrets.compare_digest(app.secret, secret):
        raise _DeniedError("invalid_client")
    return app


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client_id, secret


def _proves(challenge: str | None, form: dict[str, str]) -> bool:
    if challenge is None:
        return True
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge
