"""What the connectors of all workers share through the metadata database: rate windows, and rotating tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.engine import Engine

from jobledger.pipeline.run import now_utc
from jobledger.store import rate_windows, tokens
from jobledger.store.engine import reading, writing
from jobledger.store.tokens import StoredToken
from jobledger.systems.auth import Token
from jobledger.systems.budget import Grant, Limit, Told


class Cipher(Protocol):
    """What encrypts tokens: Airflow's Fernet."""

    def encrypt(self, msg: bytes) -> bytes:
        """The encrypted form."""
        ...

    def decrypt(self, msg: bytes | str) -> bytes:
        """The plain form."""
        ...


@dataclass(frozen=True)
class SharedWindows:
    """The rate windows of one system and tenant (`systems.budget.Windows`)."""

    engine: Engine
    system: str
    tenant: str

    def take(self, limit: Limit, now: datetime) -> Grant:
        """Up to a block of calls; of a window that is not known, a whole block."""
        key = (self.system, self.tenant, limit.name)
        with writing(self.engine) as connection:
            known = rate_windows.hold(connection, key, now)
            if known is None and limit.calls is None:
                return Grant(limit.block, None)
            left, ends = known or (limit.calls or 0, now + timedelta(seconds=limit.seconds))
            taken = min(limit.block, left)
            rate_windows.put(connection, key, left - taken, ends)
        return Grant(taken, ends)

    def tell(self, told: Told, now: datetime) -> None:
        """Keeps the lower of what was known and what was told, and the end that was told."""
        key = (self.system, self.tenant, told.window)
        with reading(self.engine) as connection:
            if _says_nothing_new(told, rate_windows.left(connection, key, now)):
                return
        with writing(self.engine) as connection:
            left, ends = rate_windows.hold(connection, key, now) or (told.remaining, told.resets_at or now)
            rate_windows.put(connection, key, min(left, told.remaining), told.resets_at or ends)


def _says_nothing_new(told: Told, known: tuple[int, datetime] | None) -> bool:
    if known is None:
        return told.resets_at is None
    left, ends = known
    return told.remaining >= left and told.resets_at in (None, ends)


class SharedTokens:
    """The rotating token of one Airflow connection (`systems.auth.TokenStore`), encrypted at rest."""

    def __init__(
        self, engine: Engine, connection: str, cipher: Cipher, clock: Callable[[], datetime] = now_utc
    ) -> None:
        self._engine = engine
        self._name = connection
        self._cipher = cipher
        self._clock = clock
        self._versions: dict[str, int] = {}

    def load(self) -> Token | None:
        """The present token."""
        with reading(self._engine) as connection:
            stored = tokens.load(connection, self._name)
        if stored is None or not stored.access_token:
            return None
        token = Token(self._open(stored.access_token), stored.expires_at, self._open(stored.refresh_token) or None)
        self._versions[token.access] = stored.version
        return token

    def claim(self, seen: Token | None) -> bool:
        """Whether the caller may renew now."""
        version = self._versions.get(seen.access, 0) if seen else 0
        with writing(self._engine) as connection:
            return tokens.claim(connection, self._name, version, self._clock())

    def save(self, token: Token) -> None:
        """Stores the renewed token, before its first use."""
        with writing(self._engine) as connection:
            stored = tokens.load(connection, self._name)
            version = stored.version + 1 if stored else 1
            sealed = StoredToken(version, self._seal(token.access), self._seal(token.refresh or ""), token.expires_at)
            tokens.save(connection, self._name, sealed)
        self._versions[token.access] = version

    def release(self) -> None:
        """Ends the claim without a new token."""
        with writing(self._engine) as connection:
            tokens.release(connection, self._name)

    def _seal(self, secret: str) -> str:
        return self._cipher.encrypt(secret.encode()).decode() if secret else ""

    def _open(self, sealed: str) -> str:
        return self._cipher.decrypt(sealed.encode()).decode() if sealed else ""
