"""Rate windows: what is left of a vendor's allowance, one row for all workers and runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from jobledger.store.engine import insert_new, upsert
from jobledger.store.tables import rate_window

Key = tuple[str, str, str]
"""System, tenant and window."""

Rest = tuple[int, datetime]
"""How many calls are left, and when the window ends."""

_KEY = (rate_window.c.system, rate_window.c.tenant, rate_window.c.window)


def hold(connection: Connection, keys: Collection[Key], now: datetime) -> dict[Key, Rest]:
    """What is left of windows, none of which another worker can change until the transaction ends.

    One of which nothing is known or that has ended is left out.
    """
    rows = _rows(connection, keys)
    missing = [key for key in keys if key not in rows]
    if missing:
        for system, tenant, window in sorted(missing):
            ended = {"system": system, "tenant": tenant, "window": window, "remaining": 0, "resets_at": now}
            insert_new(connection, rate_window, ended)
        rows = _rows(connection, keys)
    return {key: (remaining, ends) for key, (remaining, ends) in rows.items() if ends > now}


def put(connection: Connection, rests: Mapping[Key, Rest]) -> None:
    """Notes what is left of windows."""
    rows = [
        {"system": system, "tenant": tenant, "window": window, "remaining": remaining, "resets_at": resets_at}
        for (system, tenant, window), (remaining, resets_at) in rests.items()
    ]
    upsert(connection, rate_window, rows)


def _rows(connection: Connection, keys: Collection[Key]) -> dict[Key, Rest]:
    columns = (*_KEY, rate_window.c.remaining, rate_window.c.resets_at)
    statement = sa.select(*columns).where(sa.tuple_(*_KEY).in_(keys)).order_by(*_KEY).with_for_update()
    found = connection.execute(statement)
    return {(system, tenant, window): (remaining, ends) for system, tenant, window, remaining, ends in found}
