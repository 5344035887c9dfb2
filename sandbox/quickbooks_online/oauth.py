"""Signing in at Intuit: consent, tokens, revocation, discovery."""

from __future__ import annotations

import base64
import binascii
import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode

import msgspec

from sandbox.http import Request, Response, json_response
from sandbox.quickbooks_online.chart import REALM
from sandbox.world import Record, World

CLIENT_ID, SECRET = "quickbooks-demo-client", "quickbooks-demo-secret"
FIRST_REFRESH = "quickbooks-demo-refresh"
ACCESS_LIFE = timedelta(hours=1)
REFRESH_LIFE = timedelta(days=100)
HARD_LIFE = timedelta(days=5 * 365)
CODE_LIFE = timedelta(minutes=10)
_ACCESS, _REFRESH, _CODES = (f"quickbooks_online.{name}" for name in ("access_tokens", "refresh_tokens", "codes"))
_HOSTS = {
    "authorization_endpoint": ("https://appcenter.intuit.com", "/connect/oauth2"),
    "token_endpoint": ("https://oauth.platform.intuit.com", "/oauth2/v1/tokens/bearer"),
    "revocation_endpoint": ("https://developer.api.intuit.com", "/v2/oauth2/tokens/revoke"),
    "userinfo_endpoint": ("https://accounts.intuit.com", "/v1/openid_connect/userinfo"),
    "jwks_uri": ("https://oauth.platform.intuit.com", "/op/v1/jwks"),
    "issuer": ("https://oauth.platform.intuit.com", "/op/v1"),
}


class _DeniedError(Exception):
    """A token request is refused: an OAuth error code and its description."""


class OAuth:
    """Tokens of the one app that one company is connected to."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tables = world.tables

    def install(self) -> None:
        """Connects the company, if it is not connected yet."""
        if not self._tables.count(_REFRESH):
            self.connect()

    def connect(self) -> None:
        """Connects the company, as its administrator did: the first refresh token is known, and works once."""
        self._keep_refresh_token(FIRST_REFRESH, self._at(HARD_LIFE))

    def discovery(self, request: Request) -> Response:
        """The discovery documents: where everything is, on this sandbox's own address."""
        host = request.headers.get("host")
        places = {name: (f"http://{host}" if host else vendor) + path for name, (vendor, path) in _HOSTS.items()}
        return json_response(
            {
                **places,
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "email", "profile", "address", "phone"],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            }
        )

    def authorize(self, request: Request) -> Response:
        """`GET /connect/oauth2`: consent is given at once, and the browser sent back with code and realm."""
        redirect_uri = request.first("redirect_uri")
        asked = (request.first("client_id"), request.first("response_type"))
        if asked != (CLIENT_ID, "code") or not redirect_uri or not request.first("scope"):
            return json_response({"error": "invalid_request"}, 400)
        code = secrets.token_urlsafe(24)
        self._tables.put(_CODES, code, {"redirect_uri": redirect_uri, "expires": self._at(CODE_LIFE)})
        sent_back = {"code": code, "state": request.first("state") or "", "realmId": REALM}
        joint = "&" if "?" in redirect_uri else "?"
        return Response(302, headers={"location": f"{redirect_uri}{joint}{urlencode(sent_back)}"})

    def token(self, request: Request) -> Response:
        """`POST /oauth2/v1/tokens/bearer`."""
        form = {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        grants = {"authorization_code": self._by_code, "refresh_token": self._by_refresh_token}
        try:
            _check_client(request)
            grant = grants.get(form.get("grant_type", ""))
            if grant is None:
                raise _DeniedError("unsupported_grant_type", "The grant type is not supported")
            return json_response(self._told(grant(form), request))
        except _DeniedError as denied:
            return _denied(denied)

    def revoke(self, request: Request) -> Response:
        """`POST /v2/oauth2/tokens/revoke`: either token ends the connection."""
        try:
            _check_client(request)
            token = str(msgspec.json.decode(request.body, type=dict[str, Any]).get("token", ""))
        except _DeniedError as denied:
            return _denied(denied)
        except msgspec.DecodeError:
            return _denied(_DeniedError("invalid_request", "The body is not a JSON object with a token"))
        if not any(self._tables.get(table, token) for table in (_ACCESS, _REFRESH)):
            return _denied(_DeniedError("invalid_request", "The token is not known"))
        self.disconnect()
        return Response(200)

    def disconnect(self) -> None:
        """Ends the connection: no token holds any more."""
        for table in (_ACCESS, _REFRESH):
            for key, _ in self._tables.items(table):
                self._tables.remove(table, key)

    def is_signed_in(self, request: Request) -> bool:
        """Whether a request carries a live access token."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        row = self._tables.get(_ACCESS, token)
        return row is not None and row["expires"] > self._at()

    def _by_code(self, form: dict[str, str]) -> Record:
        code = self._tables.get(_CODES, form.get("code", ""))
        self._tables.remove(_CODES, form.get("code", ""))
        if code is None or code["expires"] <= self._at() or code["redirect_uri"] != form.get("redirect_uri"):
            raise _DeniedError("invalid_grant", "Invalid authorization code")
        return self._issue(self._at(HARD_LIFE))

    def _by_refresh_token(self, form: dict[str, str]) -> Record:
        """Rotates. Stricter reading: the old value is refused at once, not a day after the new one was given."""
        key = form.get("refresh_token", "")
        row = self._tables.get(_REFRESH, key)
        if row is None or min(row["expires"], row["hard_expires"]) <= self._at():
            raise _DeniedError("invalid_grant", "Incorrect or invalid refresh token")
        self._tables.remove(_REFRESH, key)
        return self._issue(row["hard_expires"])

    def _issue(self, hard_expires: str) -> Record:
        self._forget_expired()
        access, refresh = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        self._tables.put(_ACCESS, access, {"expires": self._at(ACCESS_LIFE)})
        self._keep_refresh_token(refresh, hard_expires)
        return {
            "token_type": "bearer",
            "access_token": access,
            "expires_in": int(ACCESS_LIFE.total_seconds()),
            "refresh_token": refresh,
            "x_refresh_token_expires_in": int(REFRESH_LIFE.total_seconds()),
            "_hard_expires": hard_expires,
        }

    def _told(self, issued: Record, request: Request) -> Record:
        """The answer of a grant; the hard end of the connection only for who asks for it."""
        told = {name: value for name, value in issued.items() if name[0] != "_"}
        if request.headers.get("x-include-refresh-token-hard-expires-in", "").lower() == "true":
            left = datetime.fromisoformat(issued["_hard_expires"]) - self._world.clock.now()
            told["x_refresh_token_hard_expires_in"] = int(left.total_seconds())
        return told

    def _keep_refresh_token(self, token: str, hard_expires: str) -> None:
        self._tables.put(_REFRESH, token, {"expires": self._at(REFRESH_LIFE), "hard_expires": hard_expires})

    def _forget_expired(self) -> None:
        for key, row in self._tables.items(_ACCESS):
            if row["expires"] <= self._at():
                self._tables.remove(_ACCESS, key)

    def _at(self, life: timedelta = timedelta(0)) -> str:
        return (self._world.clock.now() + life).isoformat(timespec="milliseconds")


def _check_client(request: Request) -> None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        given = base64.b64decode(encoded).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        given = ""
    if not secrets.compare_digest(given, f"{CLIENT_ID}:{SECRET}"):
        raise _DeniedError("invalid_client", "Invalid client id or secret")


def _denied(denied: _DeniedError) -> Response:
    error, description = denied.args
    status = 401 if error == "invalid_client" else 400
    return json_response({"error": error, "error_description": description}, status)
