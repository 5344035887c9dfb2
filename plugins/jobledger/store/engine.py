"""Engines and transactions on the metadata database, SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine

from jobledger.store.bulk import dumps, insert_rows, loads, replacing

BATCH = 1000
"""The most rows that one transaction writes."""


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A moment in UTC: aware in Python; in the database with zone on PostgreSQL, as UTC on SQLite."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuses a naive moment; any other becomes UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """An aware moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_PRAGMAS = ("foreign_keys = on", "journal_mode = wal", "synchronous = normal", "mmap_size = 1073741824")
"""How SQLite is used. Mapped into memory, a large list is searched without a read of the file for every row."""


def make_engine(url: str | sa.URL) -> Engine:
    """An engine with what SQLite needs: foreign keys, a 30 s wait for locks, writers that queue instead of failing."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(parsed, pool_pre_ping=True, json_serializer=dumps, json_deserializer=loads)
    engine = sa.create_engine(parsed, connect_args={"timeout": 30}, json_serializer=dumps, json_deserializer=loads)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"pragma {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # a transaction that reads first and writes later gets "locked" at once, whatever the time-out
    immediate = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection to read with."""
    with engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A short transaction to write in: committed at the end, rolled back on any error."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def analyze(connection: Connection, table: sa.Table) -> None:
    """Has PostgreSQL count a table that has grown: of one it has not counted it takes any index for as good."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE {table.name}")


def insert_new(connection: Connection, table: sa.Table, row: dict[str, Any]) -> bool:
    """Inserts a row unless one with its primary key is there; whether it was inserted. Waits for one being inserted."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    keys = table.primary_key.columns
    statement = dialect.insert(table).values(row).on_conflict_do_nothing(index_elements=[key.name for key in keys])
    return connection.execute(statement.returning(*keys)).first() is not None


def upsert(connection: Connection, table: sa.Table, rows: list[dict[str, Any]], latest: str = "") -> None:
    """Inserts rows; one whose primary key is there is replaced in the columns given. Of rows with one key the last.

    The column `latest` keeps the later of both values.
    """
    if not rows:
        return
    keys = [column.name for column in table.primary_key.columns]
    last = {tuple([row[key] for key in keys]): row for row in rows}
    clause = replacing(table, tuple(rows[0]))
    if latest:
        later = "GREATEST" if connection.dialect.name == "postgresql" else "MAX"
        given = f'excluded."{latest}"'
        clause = clause.replace(f'"{latest}" = {given}', f'"{latest}" = {later}({table.name}.{latest}, {given})')
    insert_rows(connection, table, list(last.values()), clause)
