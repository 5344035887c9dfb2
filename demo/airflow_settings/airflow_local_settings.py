"""Airflow imports this module when it starts: the demo's environment has this folder on Python's path.

It makes writers on SQLite wait for each other, and not for ever, where Airflow leaves that to other databases.
"""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import Connection, Engine, event

__all__: list[str] = []
"""Airflow puts the names listed here into its settings: none."""

_WAIT, _WAIT_IN_LOOP = 60_000, 5_000
"""Milliseconds."""


@event.listens_for(Engine, "savepoint")
def begin_as_writer(connection: Connection, _name: str | None) -> None:
    """Before a savepoint outside a transaction on SQLite: waits its turn to write, and begins the transaction.

    The savepoint would begin one that only reads. Where another process writes before this one does, SQLite refuses its
    write with "database is locked", at once, whatever the time-out.
    """
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite" and not driver.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@event.listens_for(Engine, "begin")
def wait_briefly_in_an_event_loop(connection: Connection) -> None:
    """Before a transaction on SQLite: says how long it may wait for its turn to write.

    The API server writes its audit log in its event loop. A thread that has the turn needs this loop to commit. So both
    wait until the audit log gives up, and that has to be before the scheduler does.
    """
    if connection.dialect.name == "sqlite" and not connection.dialect.is_async:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {_WAIT_IN_LOOP if _in_event_loop() else _WAIT}")


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
