"""Rate windows: what is left of a vendor's allowance, one row for all workers and runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from jobledger.store.engine import insert_new, upsert
from jobledger.store.tables import rate_window

Key = tuple[str, str, str]
"""System, tenant and window."""


def left(connection: Connection, key: Key, now: datetime) -> tuple[int, datetime] | None:
    """What is left of a window and when it ends; None when nothing is known or it has ended."""
    return _left(connection.execute(_of(key)).one_or_none(), now)


def hold(connection: Connection, key: Key, now: datetime) -> tuple[int, datetime] | None:
    """As `left`, and no other worker can take or tell anything of this window until the transaction ends."""
    row = connection.execute(_of(key).with_for_update()).one_or_none()
    if row is None and not insert_new(connection, rate_window, _row(key, 0, now)):
        row = connection.execute(_of(key).with_for_update()).one()
    return _left(row, now)


def put(connection: Connection, key: Key, remaining: int, resets_at: datetime) -> None:
    """Notes what is left of a window."""
    upsert(connection, rate_window, [_row(key, remaining, resets_at)])


def _left(row: sa.Row[tuple[int, datetime]] | None, now: datetime) -> tuple[int, datetime] | None:
    return (row.remaining, row.resets_at) if row and row.resets_at > now else None


def _row(key: Key, remaining: int, resets_at: datetime) -> dict[str, Any]:
    system, tenant, window = key
    return {"system": system, "tenant": tenant, "window": window, "remaining": remaining, "resets_at": resets_at}


def _of(key: Key) -> sa.Select[tuple[int, datetime]]:
    return sa.select(rate_window.c.remaining, rate_window.c.resets_at).where(*_is(key))


def _is(key: Key) -> tuple[sa.ColumnElement[bool], ...]:
    system, tenant, window = key
    return rate_window.c.system == system, rate_window.c.tenant == tenant, rate_window.c.window == window
