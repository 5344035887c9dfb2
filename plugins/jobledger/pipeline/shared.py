"""What the connectors of all workers share through the metadata database: rate windows, and rotating tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cryptography.fernet import InvalidToken
from sqlalchemy.engine import Engine

from jobledger.pipeline.run import now_utc
from jobledger.store import rate_windows, tokens
from jobledger.store.engine import reading, writing
from jobledger.store.tokens import StoredToken
from jobledger.systems.auth import Token
from jobledger.systems.budget import Known, Left


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

    def revise(self, names: Sequence[str], now: datetime, rule: Callable[[Known], Known]) -> None:
        """Puts what `rule` makes of these windows."""
        keys = {name: (self.system, self.tenant, name) for name in names}
        with writing(self.engine) as connection:
            rests = rate_windows.hold(connection, list(keys.values()), now)
            new = rule({name: Left(*rest) for (_, _, name), rest in rests.items()})
            rate_windows.put(connection, {keys[name]: (left.calls, left.resets_at) for name, left in new.items()})


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
        """The token. One that Airflow's present key cannot read counts as expired, with nothing to renew it."""
        with reading(self._engine) as connection:
            stored = tokens.load(connection, self._name)
        if stored is None or not stored.access_token:
            return None
        try:
            token = Token(self._open(stored.access_token), stored.expires_at, self._open(stored.refresh_token) or None)
        except InvalidToken:
            token = Token("", self._clock(), None)
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

    def forget(self) -> None:
        """Removes both tokens."""
        with writing(self._engine) as connection:
            tokens.forget(connection, self._name)

    def _seal(self, secret: str) -> str:
        return self._cipher.encrypt(secret.encode()).decode() if secret else ""

    def _open(self, sealed: str) -> str:
        return self._cipher.decrypt(sealed.encode()).decode() if sealed else ""
