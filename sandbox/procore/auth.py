"""Tokens: client credentials, and authorization code with refresh tokens that can be used once (Procore: OAuth)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode

import msgspec

from sandbox.http import Request, Response, json_response
from sandbox.procore.state import State
from sandbox.world import Record

CLIENT_ID = "procore-demo-client"
CLIENT_SECRET = "procore-demo-secret"  # noqa: S105
TOKEN_SECONDS = 5400
CODE_SECONDS = 600
HEADLESS = "urn:ietf:wg:oauth:2.0:oob"


class OAuthError(Exception):
    """A refusal in the shape of RFC 6749."""

    def __init__(self, code: str, description: str, status: int = 401) -> None:
        super().__init__(description)
        self.response = json_response({"error": code, "error_description": description}, status)


def answer(state: State, request: Request) -> Response:
    """Answers `/oauth/…`."""
    handlers = {
        ("POST", "/oauth/token"): _token,
        ("GET", "/oauth/authorize"): _authorize,
        ("POST", "/oauth/revoke"): _revoke,
        ("GET", "/oauth/token/info"): _info,
    }
    handler = handlers.get((request.method, request.path.rstrip("/")))
    if handler is None:
        return json_response({"message": "Not Found"}, 404)
    try:
        return handler(state, request)
    except OAuthError as error:
        return error.response


def token_of(state: State, request: Request) -> Record | None:
    """The live access token that a request carries, or None."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    token = state.get("tokens", key.strip()) if scheme.lower() == "bearer" else None
    return token if token and _live(state, token) else None


def _live(state: State, token: Record) -> bool:
    return bool(state.world.clock.now().timestamp() < token["expires_at"])


def _form(request: Request) -> dict[str, str]:
    if "json" in request.headers.get("content-type", ""):
        body: Any = msgspec.json.decode(request.body or b"{}")
        return {key: str(value) for key, value in body.items()}
    return {key: values[0] for key, values in parse_qs(request.body.decode()).items()}


def _token(state: State, request: Request) -> Response:
    form = _form(request)
    _check_client(form)
    grants = {"client_credentials": _by_client, "authorization_code": _by_code, "refresh_token": _by_refresh_token}
    grant = grants.get(form.get("grant_type", ""))
    if grant is None:
        raise OAuthError("unsupported_grant_type", "The authorization grant type is not supported.", 400)
    return json_response(grant(state, form))


def _check_client(form: dict[str, str]) -> None:
    if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
        raise OAuthError(
            "invalid_client",
            "Client authentication failed due to unknown client, no client authentication included, or unsupported "
            "authentication method.",
        )


def _by_client(state: State, form: dict[str, str]) -> Record:
    return _issue(state, {})


def _by_code(state: State, form: dict[str, str]) -> Record:
    code = state.get("codes", form.get("code", "-"))
    if code is None or not _live(state, code) or code["redirect_uri"] != form.get("redirect_uri"):
        raise OAuthError("invalid_grant", "The provided authorization grant is invalid, expired or revoked.")
    state.world.tables.remove("procore.codes", code["id"])
    return _issue(state, {"refresh_token": state.world.guid()})


def _by_refresh_token(state: State, form: dict[str, str]) -> Record:
    old = state.get("refresh_tokens", form.get("refresh_token", "-"))
    if old is None:
        raise OAuthError("invalid_grant", "The refresh token is invalid")
    state.world.tables.remove("procore.refresh_tokens", old["id"])
    state.world.tables.remove("procore.tokens", old["access_token"])
    return _issue(state, {"refresh_token": state.world.guid()})


def _issue(state: State, more: Record) -> Record:
    created = int(state.world.clock.now().timestamp())
    access = state.world.guid()
    token = {"id": access, "created_at": created, "expires_at": created + TOKEN_SECONDS, **more}
    state.world.tables.put("procore.tokens", access, token)
    if more:
        refresh = more["refresh_token"]
        state.world.tables.put("procore.refresh_tokens", refresh, {"id": refresh, "access_token": access})
    return {
        "access_token": access,
        "token_type": "bearer",
        "expires_in": TOKEN_SECONDS,
        "created_at": created,
        **more,
    }


def _authorize(state: State, request: Request) -> Response:
    """Grants without asking: the sandbox has no sign-in page."""
    redirect = request.first("redirect_uri", HEADLESS) or HEADLESS
    if request.first("client_id") != CLIENT_ID or request.first("response_type") != "code":
        raise OAuthError("invalid_request", "The request is missing a required parameter or is malformed.")
    code = state.world.guid()
    expires_at = state.world.clock.now().timestamp() + CODE_SECONDS
    state.world.tables.put("procore.codes", code, {"id": code, "redirect_uri": redirect, "expires_at": expires_at})
    if redirect == HEADLESS:
        return json_response({"code": code})
    query = urlencode({"code": code, **({"state": request.first("state")} if request.first("state") else {})})
    return Response(302, headers={"location": f"{redirect}?{query}"})


def _revoke(state: State, request: Request) -> Response:
    form = _form(request)
    _check_client(form)
    token = state.get("tokens", form.get("token", "-")) or state.get("refresh_tokens", form.get("token", "-")) or {}
    access = str(token.get("access_token", token.get("id", "-")))
    refresh = str((state.get("tokens", access) or {}).get("refresh_token", "-"))
    state.world.tables.remove("procore.tokens", access)
    state.world.tables.remove("procore.refresh_tokens", refresh)
    return json_response({})


def _info(state: State, request: Request) -> Response:
    token = token_of(state, request)
    if token is None:
        raise OAuthError("invalid_request", "The access token is invalid")
    left = int(token["expires_at"] - state.world.clock.now().timestamp())
    return json_response(
        {
            "resource_owner_id": None,
            "scopes": [],
            "expires_in_seconds": left,
            "application": {"uid": CLIENT_ID},
            "created_at": token["created_at"],
        }
    )
