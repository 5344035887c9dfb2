"""Cursors: up to which moment of the vendor's own time a list has been read and every record of it accounted for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from jobledger.store.bulk import insert_rows, replacing
from jobledger.store.tables import cursor

_UNTIL = sa.select(cursor.c.until).where(
    cursor.c.pair == sa.bindparam("pair"),
    cursor.c.entity == sa.bindparam("entity"),
    cursor.c.scope == sa.bindparam("scope"),
)
# making a statement takes several times as long as asking it
_FORWARD = f"{replacing(cursor, ('until', 'run_id'))} WHERE {cursor.name}.until < excluded.until"


def read(connection: Connection, pair: str, entity: str, scope: str = "") -> datetime | None:
    """Where the cursor stands, or None before the first whole run."""
    return connection.scalar(_UNTIL, {"pair": pair, "entity": entity, "scope": scope})


def move(connection: Connection, pair: str, run_id: str, to: Iterable[tuple[str, str, datetime]]) -> None:
    """Moves cursors forward, each given by its entity, its scope and the moment; never back."""
    rows = [
        {"pair": pair, "entity": entity, "scope": scope, "until": until, "run_id": run_id}
        for entity, scope, until in to
    ]
    insert_rows(connection, cursor, rows, _FORWARD)
