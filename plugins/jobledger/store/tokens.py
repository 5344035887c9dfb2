"""Tokens of apps that sign in with a rotating refresh token: encrypted, renewed by one worker at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from jobledger.store.engine import insert_new, upsert
from jobledger.store.tables import oauth_token

CLAIM = timedelta(seconds=90)
"""How long one worker may take to renew; after that another one may try."""


@dataclass(frozen=True)
class StoredToken:
    """Both tokens, encrypted, and the version by which a renewal is claimed."""

    version: int
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime


def load(connection: Connection, name: str) -> StoredToken | None:
    """The present token of an Airflow connection."""
    columns = [oauth_token.c[column] for column in StoredToken.__dataclass_fields__]
    row = connection.execute(sa.select(*columns).where(oauth_token.c.connection == name)).one_or_none()
    return StoredToken(*row) if row else None


def claim(connection: Connection, name: str, version: int, now: datetime) -> bool:
    """Whether the caller may renew version `version` (0: there is none yet): a compare-and-set."""
    empty = {"connection": name, "version": 0, "access_token": "", "refresh_token": ""}
    if version == 0 and insert_new(connection, oauth_token, empty | {"expires_at": now, "claimed_until": now + CLAIM}):
        return True
    free = sa.or_(oauth_token.c.claimed_until.is_(None), oauth_token.c.claimed_until <= now)
    statement = sa.update(oauth_token).where(oauth_token.c.connection == name, oauth_token.c.version == version, free)
    return connection.execute(statement.values(claimed_until=now + CLAIM)).rowcount == 1


def save(connection: Connection, name: str, renewed: StoredToken) -> None:
    """Stores a renewed token and ends the claim."""
    upsert(connection, oauth_token, [{"connection": name, "claimed_until": None} | vars(renewed)])


def forget(connection: Connection, name: str) -> None:
    """Removes both tokens, and a claim with them."""
    connection.execute(sa.delete(oauth_token).where(oauth_token.c.connection == name))


def release(connection: Connection, name: str) -> None:
    """Ends a claim without a new token."""
    connection.execute(sa.update(oauth_token).where(oauth_token.c.connection == name).values(claimed_until=None))
