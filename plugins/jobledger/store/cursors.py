"""Cursors: up to which moment of the vendor's own time a list has been read and every record of it accounted for."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from jobledger.store.engine import upsert
from jobledger.store.tables import cursor


def read(connection: Connection, pair: str, entity: str, scope: str = "") -> datetime | None:
    """Where the cursor stands, or None before the first whole run."""
    return connection.scalar(
        sa.select(cursor.c.until).where(cursor.c.pair == pair, cursor.c.entity == entity, cursor.c.scope == scope)
    )


def move(connection: Connection, pair: str, entity: str, until: datetime, run_id: str, scope: str = "") -> bool:
    """Moves the cursor forward to `until`; never back. Whether it moved."""
    present = read(connection, pair, entity, scope)
    if present and present >= until:
        return False
    upsert(
        connection,
        cursor,
        [{"pair": pair, "entity": entity, "scope": scope, "until": until, "run_id": run_id}],
    )
    return True
