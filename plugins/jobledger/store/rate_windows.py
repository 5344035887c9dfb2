"""Rate windows: what is left of a vendor's allowance, one row for all workers and runs."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from jobledger.store.engine import upsert
from jobledger.store.tables import rate_window

Key = tuple[str, str, str]
"""System, tenant and window."""


def left(connection: Connection, key: Key, now: datetime) -> tuple[int, datetime] | None:
    """What is left of a window and when it ends; None when nothing is known or it has ended.

    Locks the row until the transaction ends, so that two workers cannot take the same calls.
    """
    row = connection.execute(
        sa.select(rate_window.c.remaining, rate_window.c.resets_at).where(*_is(key)).with_for_update()
    ).one_or_none()
    return (row.remaining, row.resets_at) if row and row.resets_at > now else None


def put(connection: Connection, key: Key, remaining: int, resets_at: datetime) -> None:
    """Notes what is left of a window."""
    system, tenant, window = key
    row = {"system": system, "tenant": tenant, "window": window, "remaining": remaining, "resets_at": resets_at}
    upsert(connection, rate_window, [row])


def _is(key: Key) -> tuple[sa.ColumnElement[bool], ...]:
    system, tenant, window = key
    return rate_window.c.system == system, rate_window.c.tenant == tenant, rate_window.c.window == window
