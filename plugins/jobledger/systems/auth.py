"""Tokens: fetched with the app's own credentials, with a refresh token that can be used once, or with a fresh consent.

A token is kept by a `TokenStore`; `KeptInMemory` is enough for client credentials. With a rotating refresh token the
store is shared: one caller claims the renewal, and both new tokens are stored before the first use of either.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from jobledger.errors import FixTheSetup, RetryLater
from jobledger.systems.client import Answer, Call, Client, utc_now

EARLY = timedelta(seconds=60)
"""A token is renewed so long before it expires: longer than a request takes."""

CLAIM_SECONDS = 30
"""How long another worker's renewal is waited for."""


@dataclass(frozen=True)
class Token:
    """What a vendor issued. `refresh` buys the next one, where the vendor works so."""

    access: str = field(repr=False)
    expires_at: datetime
    refresh: str | None = field(default=None, repr=False)


class TokenStore(Protocol):
    """Keeps the present token of one connection."""

    def load(self) -> Token | None:
        """The present token."""
        ...

    def claim(self, seen: Token | None) -> bool:
        """Whether the caller may renew now: the stored token is still `seen`, and nobody else is renewing it."""
        ...

    def save(self, token: Token) -> None:
        """Stores the renewed token and ends the claim."""
        ...

    def release(self) -> None:
        """Ends the claim without a new token."""
        ...

    def forget(self) -> None:
        """Removes the token, and with it the claim."""
        ...


class KeptInMemory:
    """The store of a connector that shares its token with nobody."""

    def __init__(self, token: Token | None = None) -> None:
        self._token = token

    def load(self) -> Token | None:
        """The present token."""
        return self._token

    def claim(self, seen: Token | None) -> bool:
        """Always: nobody else is here."""
        return True

    def save(self, token: Token) -> None:
        """Keeps the token."""
        self._token = token

    def release(self) -> None:
        """Nothing is claimed."""

    def forget(self) -> None:
        """Keeps nothing."""
        self._token = None


@contextmanager
def held(store: TokenStore, sleep: Callable[[float], None]) -> Iterator[Token | None]:
    """The stored token, which nobody renews meanwhile; a `save` or `forget` inside ends that. Raises `RetryLater`."""
    stored = _claimed(store, sleep)
    try:
        yield stored
    except BaseException:
        store.release()
        raise


def _claimed(store: TokenStore, sleep: Callable[[float], None]) -> Token | None:
    for _ in range(CLAIM_SECONDS):
        stored = store.load()
        if store.claim(stored):
            return stored
        sleep(1.0)
    raise RetryLater(_TOO_LONG)


_TOO_LONG = "Another task has been renewing the token for too long."


Grant = Callable[["Token | None"], Token]
"""Asks the vendor for a token, given the last one. Raises `FixTheSetup`, `RetryLater`."""


@dataclass
class Bearer:
    """The `Authorization` of a client. `mask` is told each new secret, so that it never appears in a log."""

    grant: Grant
    store: TokenStore = field(default_factory=KeptInMemory)
    clock: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep
    mask: Callable[[str], None] = lambda secret: None
    scheme: str = "Bearer"
    _token: Token | None = field(default=None, repr=False)

    def header(self) -> str:
        """The value of `Authorization`; the token is renewed shortly before it expires."""
        if self._token is None:
            self._token = self.store.load()
        if self._token is None or self._token.expires_at - EARLY <= self.clock():
            self.renew()
        assert self._token
        return f"{self.scheme} {self._token.access}"

    def renew(self) -> None:
        """Gets a token newer than the present one, from the store if another worker was faster."""
        refused = self._token
        for _ in range(CLAIM_SECONDS):
            stored = self.store.load()
            if stored and stored != refused and stored.expires_at - EARLY > self.clock():
                return self._use(stored)
            if self.store.claim(stored):
                return self._use(self._renewed(stored))
            self.sleep(1.0)
        raise RetryLater(_TOO_LONG)

    def _renewed(self, stored: Token | None) -> Token:
        try:
            token = self.grant(stored)
        except BaseException:
            self.store.release()
            raise
        self.store.save(token)
        return token

    def _use(self, token: Token) -> None:
        self._token = token
        self.mask(token.access)
        if token.refresh:
            self.mask(token.refresh)


@dataclass(frozen=True)
class App:
    """An app registered with a vendor. `basic`: its id and secret go as HTTP Basic, not in the form.

    `connection` is the name of its Airflow connection, for messages.
    """

    client_id: str
    secret: str = field(repr=False)
    token_path: str
    basic: bool = False
    connection: str = ""


def client_credentials(client: Client, app: App) -> Grant:
    """Tokens for the app itself; `client` talks to the vendor's login host, without a token."""
    return lambda last: _ask(client, app, {"grant_type": "client_credentials"}, last)


def refresh_token(client: Client, app: App, first: str | None = None) -> Grant:
    """Tokens for a user who consented once; `first` is the refresh token that the consent brought."""

    def grant(last: Token | None) -> Token:
        refresh = last.refresh if last and last.refresh else first
        if not refresh:
            raise FixTheSetup(client.where, "there is no refresh token.", _CONNECT.format(connection=app.connection))
        return _ask(client, app, {"grant_type": "refresh_token", "refresh_token": refresh}, last)

    return grant


def by_code(client: Client, app: App, form: Mapping[str, str], mask: Callable[[str], None]) -> Token:
    """Both tokens of a consent that was just given; `form` has its code. Raises `FixTheSetup`, `RetryLater`."""
    token = _ask(client, app, {"grant_type": "authorization_code", **form}, None)
    if token.refresh is None:
        found = f"{client.title} gave no refresh token, without which every consent would end within the hour."
        raise FixTheSetup(client.where, found, f"Let the app at {client.title} ask for offline access.")
    mask(token.access)
    mask(token.refresh)
    return token


def check_app(client: Client, app: App) -> None:
    """Whether the vendor accepts an app's id and secret, without spending a token. Raises `FixTheSetup`, `RetryLater`.

    A refresh token that nobody has is refused as such only after the app was recognised.
    """
    answer = _post(client, app, {"grant_type": "refresh_token", "refresh_token": "none"})
    if _code(answer) != "invalid_grant":
        raise _refused(client, app, answer)


def revoke(client: Client, app: App, call: Call) -> bool:
    """Takes a consent back at the vendor; False where it no longer held. Raises `FixTheSetup`, `RetryLater`."""
    answer = client.send(replace(call, headers={"Authorization": _basic(app)}, repeatable=True, answers=False))
    if _code(answer) == "invalid_client":
        raise _refused(client, app, answer)
    return answer.ok


def _ask(client: Client, app: App, form: Mapping[str, str], last: Token | None) -> Token:
    answer = _post(client, app, form)
    if not answer.ok:
        raise _refused(client, app, answer)
    try:
        expires_at = client.clock() + timedelta(seconds=float(answer.body["expires_in"]))
        kept = answer.body.get("refresh_token") or (last.refresh if last else None)
        return Token(answer.body["access_token"], expires_at, kept)
    except (KeyError, TypeError, ValueError):
        raise RetryLater(f"{client.title} sent a token that cannot be read.") from None


def _post(client: Client, app: App, form: Mapping[str, str]) -> Answer:
    named = {} if app.basic else {"client_id": app.client_id, "client_secret": app.secret}
    headers = {"Authorization": _basic(app)} if app.basic else {}
    return client.send(Call("POST", app.token_path, headers=headers, form={**form, **named}, repeatable=True))


def _basic(app: App) -> str:
    return "Basic " + b64encode(f"{app.client_id}:{app.secret}".encode()).decode()


_CONNECT = "Connect it: `airflow jobledger connect {connection}`."
_REFUSALS = {
    "invalid_client": (
        "{title} does not accept the client id or the client secret.",
        "Copy both again from the app's page at {title}; a secret that was renewed there must be renewed here.",
    ),
    "unauthorized_client": (
        "{title} does not let this app use this way of signing in.",
        "Check the kind of the app at {title}, and the grant type in the connection.",
    ),
    "invalid_grant": (
        "{title} no longer accepts the consent: it expired, was withdrawn, or its token was used elsewhere.",
        _CONNECT,
    ),
    "invalid_scope": (
        "{title} does not grant the permissions that the app asks for.",
        "Compare the scopes in the connection with those of the app at {title}.",
    ),
}


def _refused(client: Client, app: App, answer: Answer) -> FixTheSetup:
    found, remedy = _REFUSALS.get(_code(answer), _REFUSALS["invalid_client"])
    named = {"title": client.title, "connection": app.connection}
    return FixTheSetup(client.where, found.format(**named), remedy.format(**named))


def _code(answer: Answer) -> str:
    return str(answer.body.get("error")) if isinstance(answer.body, dict) else ""
