"""External tokens: six months of life, renewed in the last month only, deleted when their user changes.

A renewed token gets six months from the renewal; whether real ones count from the old end is not documented.
`TokenExpiration` is told in UTC without an offset, because no source shows one.
"""

from __future__ import annotations

import base64
import binascii
import calendar
import secrets
from datetime import UTC, datetime
from typing import Any

from sandbox.http import Request
from sandbox.pex.business import USERNAME, an_object
from sandbox.pex.errors import RefusedError, forbidden, invalid
from sandbox.pex.state import BUSINESS_ID, BUSINESS_NAME, SYSTEM, State, enum_name
from sandbox.world import Record

CLIENT_ID, SECRET, TOKEN = "pex-demo-app", "pex-demo-secret", "pex-demo-token"
_USER = (USERNAME, "pex-demo-password")
LIFE_MONTHS = 6
USER_TYPES = {0: "Cardholder", 1: "Admin"}
INACTIVE = "User is not active"
_TABLE = f"{SYSTEM}.tokens"


def install(state: State) -> None:
    """Puts the token that an administrator made by hand, if there is none."""
    if not state.tables.count(_TABLE):
        put(state, {"Token": TOKEN})


def put(state: State, sent: Record) -> Record:
    """Puts or changes a token as the admin site does. Raises `RefusedError`."""
    token = str(sent.get("Token") or secrets.token_hex(16))
    ends = sent.get("TokenExpiration") or _text(months_after(state.now(), LIFE_MONTHS))
    kept = {
        "Token": token,
        "AppId": CLIENT_ID,
        "Username": USERNAME,
        "UserType": "Admin",
        "CardholderAccountId": None,
        **(state.get("tokens", token) or {"TokenExpiration": _text(_moment(str(ends)))}),
        **sent,
    }
    kept = {**kept, "UserType": enum_name(kept["UserType"], USER_TYPES, "UserType")}
    return state.put("tokens", token, {**kept, "TokenExpiration": _text(_moment(str(kept["TokenExpiration"])))})


def of_request(state: State, request: Request) -> Record:
    """The token that a request carries. Raises `RefusedError` as PEX does, who deletes the token of a changed user."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if not value:
        raise RefusedError(401, "Authorization header is missing")
    record = state.get("tokens", value.strip()) if scheme.lower() == "token" else None
    if record is None or _moment(record["TokenExpiration"]) <= state.now():
        raise forbidden("Token expired or does not exist")
    if record.get("_password_changed"):
        revoke(state, record)
        raise RefusedError(401, "Password has changed")
    if not state.settings()["user_active"]:
        revoke(state, record)
        raise forbidden(INACTIVE)
    return record


def of_administrator(record: Record) -> None:
    """Refuses a cardholder's token what concerns the whole business: the stricter reading."""
    if record["UserType"] != "Admin":
        raise forbidden("User is not an administrator of this business")


def shown(record: Record) -> Record:
    """`GET Token/Current`."""
    told = {name: value for name, value in record.items() if not name.startswith("_")}
    return {**told, "BusinessAccountId": BUSINESS_ID, "BusinessAccountName": BUSINESS_NAME}


def renew(state: State, record: Record) -> Record:
    """`POST Token/Renew`: a new token, in the last month of the old one, which keeps its date."""
    if months_after(state.now(), 1) < _moment(record["TokenExpiration"]):
        raise invalid(f"Token can be renewed in the last month before {record['TokenExpiration']} only")
    new = put(state, {"UserType": record["UserType"]})
    return {name: new[name] for name in ("Username", "Token", "AppId", "TokenExpiration")}


def revoke(state: State, record: Record) -> None:
    """`DELETE Token`."""
    state.tables.remove(_TABLE, record["Token"])


def issue(state: State, request: Request, sent: Any) -> Record:
    """`POST Token`: a token for an app's id and secret and a user's name and password."""
    if _basic(request) != (CLIENT_ID, SECRET):
        raise RefusedError(401, "App id or secret is wrong")
    body = an_object(sent)
    if (body.get("Username"), body.get("Password")) != _USER:
        raise RefusedError(401, "Username or password is wrong")
    if not state.settings()["user_active"]:
        raise forbidden(INACTIVE)
    return {"Token": put(state, {})["Token"]}


def change_password(state: State) -> None:
    """What was issued until now is refused once, and gone."""
    for key, record in state.tables.items(_TABLE):
        state.put("tokens", key, {**record, "_password_changed": True})


def months_after(moment: datetime, months: int) -> datetime:
    """The same day and time so many months later, or the last day of that month."""
    year, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + year, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, secret) if scheme.lower() == "basic" else None


def _moment(text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(f"TokenExpiration is {text!r}, and must be a time such as 2026-12-01T00:00:00") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
