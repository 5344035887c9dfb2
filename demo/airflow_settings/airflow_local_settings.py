"""Airflow imports this module when it starts: the demo's environment has this folder on Python's path.

It makes writers on SQLite wait for each other where one of them would fail.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event

__all__: list[str] = []
"""Airflow puts the names listed here into its settings: none."""


@event.listens_for(Engine, "savepoint")
def begin_as_writer(connection: Connection, _name: str | None) -> None:
    """Before a savepoint outside a transaction on SQLite: waits its turn to write, and begins the transaction.

    The savepoint would begin one that only reads. Where another process writes before this one does, SQLite refuses its
    write with "database is locked", at once, whatever the time-out.
    """
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite" and not driver.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
