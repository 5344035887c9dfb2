"""PEX's external token: good for six months, renewed in its last one, each time into a new one (PEX: token).

The first token is made by a person and stands in the connection; what it is renewed into is kept in the token store,
with the first one beside it: another token in the connection begins anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from jobledger.errors import FixTheSetup, RetryLater
from jobledger.systems.auth import Grant, Token, TokenStore
from jobledger.systems.client import Answer, Call, Client
from jobledger.systems.pex.refusals import TITLE, not_usable, words

SCHEME = "token"
LAST_MONTH = timedelta(days=28)
"""So long before its end a token is renewed: PEX does it in the last month only."""

LOOKED_AT_EVERY = timedelta(days=1)


def token_grant(client: Client, first: str) -> Grant:
    """Says whether the present token is good, and renews it in its last month. `client` sends no token by itself."""

    def grant(last: Token | None) -> Token:
        token = last.access if last else first
        current = _current(client, token)
        ends = ends_at(current.body)
        if ends - client.clock() <= LAST_MONTH:
            token, ends = _renewed(client, token, ends)
        return Token(token, min(ends, client.clock() + LOOKED_AT_EVERY), first)

    return grant


def ends_at(body: Any) -> datetime:
    """When a token ends (UTC), as PEX tells of it; without an offset it is read as UTC, the earlier of both readings.

    Raises `RetryLater` for an answer that does not say it.
    """
    try:
        ends = datetime.fromisoformat(str(body["TokenExpiration"]))
        return ends if ends.tzinfo else ends.replace(tzinfo=UTC)
    except (KeyError, TypeError, ValueError):
        raise RetryLater(f"{TITLE} does not say when the token ends.") from None


def revoked(client: Client, token: str) -> Answer:
    """PEX's answer to the revocation of a token; one that it does not know any more is as good as revoked."""
    return client.send(replace(_call("DELETE", "v4/Token", token), answers=False))


def _current(client: Client, token: str) -> Answer:
    answer = client.send(_call("GET", "v4/Token/Current", token))
    if meant := not_usable(answer, client.where):
        raise meant
    return answer


def _renewed(client: Client, token: str, ends: datetime) -> tuple[str, datetime]:
    """A new token and its end; the old one where PEX does not renew it now. It keeps its date, so a repeat is safe."""
    answer = client.send(_call("POST", "v4/Token/Renew", token))
    if answer.ok:
        return str(answer.body["Token"]), ends_at(answer.body)
    if ends <= client.clock() + LOOKED_AT_EVERY:
        remedy = "Make a new one in PEX (Profile > Authorized Apps) and put it into the connection."
        raise FixTheSetup(client.where, f"{TITLE} does not renew the token: {words(answer.body)}.", remedy)
    client.log(f"{TITLE} does not renew the token, which ends {ends:%Y-%m-%d}: {words(answer.body)}.")
    return token, ends


def _call(method: str, path: str, token: str) -> Call:
    return Call(method, path, headers={"Authorization": f"{SCHEME} {token}"}, repeatable=True)


@dataclass(frozen=True)
class OfConnection:
    """The store of a connection: what it holds counts only if it came from the token that the connection has now."""

    store: TokenStore
    first: str = field(repr=False)

    def load(self) -> Token | None:
        """The present token."""
        kept = self.store.load()
        return kept if kept and kept.refresh == self.first else None

    def claim(self, seen: Token | None) -> bool:
        """Whether the caller may renew now."""
        return self.load() == seen and self.store.claim(self.store.load())

    def save(self, token: Token) -> None:
        """Stores the renewed token."""
        self.store.save(token)

    def release(self) -> None:
        """Ends the claim."""
        self.store.release()

    def forget(self) -> None:
        """Removes the token."""
        self.store.forget()
