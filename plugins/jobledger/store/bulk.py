"""Many rows, or many keys, in one statement: what a statement costs does not grow with every parameter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)

Row = dict[str, Any]

_NUL = r"\u0000"
"""PostgreSQL keeps this in JSON and cannot take JSON apart that has it."""


def dumps(value: Any) -> str:
    """A value as JSON text, numbers exact."""
    return _encoder.encode(value).decode()


def loads(text: str | bytes) -> Any:
    """JSON text as a value, every number with a fraction as `Decimal`."""
    return _decoder.decode(text)


def among(connection: Connection, column: sa.ColumnElement[str], values: Iterable[str]) -> sa.ColumnElement[bool]:
    """Whether a text is one of these, which are passed as one parameter."""
    value = as_wanted(connection, values)
    return _among(connection.dialect.name, column, {"key": None, "value": value, "unique": True})


def one_of(dialect: str, column: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The same for a statement that is made once: the texts are given as its parameter `wanted`, by `as_wanted`."""
    return _among(dialect, column, {"key": "wanted"})


def as_wanted(connection: Connection, values: Iterable[str]) -> Any:
    """Texts as the one parameter as which a database takes them."""
    return list(values) if connection.dialect.name == "postgresql" else dumps(list(values))


def _among(dialect: str, column: sa.ColumnElement[str], wanted: dict[str, Any]) -> sa.ColumnElement[bool]:
    if dialect == "postgresql":
        return column == sa.any_(sa.bindparam(**wanted, type_=postgresql.ARRAY(sa.String)))
    each = sa.func.json_each(sa.bindparam(**wanted, type_=sa.String())).table_valued("value")
    return column.in_(sa.select(each.c.value))


def insert_rows(connection: Connection, table: sa.Table, rows: Sequence[Row], conflict: str = "") -> None:
    """Inserts rows, all with the columns of the first one, in their order; `conflict` is an ON CONFLICT clause."""
    if not rows:
        return
    names = tuple(rows[0])
    if connection.dialect.name == "postgresql":
        _check(table, names, rows, connection.dialect)
        text = dumps(rows)
        if _NUL not in text:
            connection.exec_driver_sql(_from_json(table, names, conflict), {"rows": text})
            return
    statement, write = _by_row(table, names, conflict, connection.dialect)
    connection.exec_driver_sql(statement, [write(row) for row in rows])


def replacing(table: sa.Table, names: Collection[str]) -> str:
    """The clause by which a row whose primary key is there is replaced in these columns."""
    keys = [column.name for column in table.primary_key.columns]
    changed = ", ".join(f"{_quoted(name)} = excluded.{_quoted(name)}" for name in names if name not in keys)
    return f"ON CONFLICT ({', '.join(map(_quoted, keys))}) DO " + (f"UPDATE SET {changed}" if changed else "NOTHING")


def _check(table: sa.Table, names: Iterable[str], rows: Sequence[Row], dialect: sa.Dialect) -> None:
    """Raises `ValueError` where a type of ours refuses a value, such as a moment without a zone."""
    for name in names:
        kind = table.c[name].type
        if isinstance(kind, sa.types.TypeDecorator):
            refuse: Any = kind.process_bind_param
            for value in {row[name] for row in rows}:
                refuse(value, dialect)


@lru_cache(maxsize=256)
def _from_json(table: sa.Table, names: tuple[str, ...], conflict: str) -> str:
    """PostgreSQL: the rows as one JSON text."""
    dialect: sa.Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    columns = ", ".join(map(_quoted, names))
    typed = ", ".join(f"{_quoted(name)} {table.c[name].type.compile(dialect)}" for name in names)
    found = f"json_to_recordset(CAST(%(rows)s AS json)) AS given({typed})"
    return f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {found} {conflict}"  # noqa: S608


@lru_cache(maxsize=256)
def _by_row(
    table: sa.Table, names: tuple[str, ...], conflict: str, dialect: sa.Dialect
) -> tuple[str, Callable[[Row], tuple[Any, ...]]]:
    """One statement for all rows, and what makes its parameters of a row."""
    columns, places = ", ".join(map(_quoted, names)), ", ".join(_place(table.c[name], dialect) for name in names)
    writers: list[tuple[str, Any]] = [
        (name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names
    ]
    spelled = [(place, write) for place, (_, write) in enumerate(writers) if write]

    def parameters(row: Row) -> tuple[Any, ...]:
        found = [row[name] for name in names]
        for place, write in spelled:
            found[place] = write(found[place])
        return tuple(found)

    return f"INSERT INTO {table.name} ({columns}) VALUES ({places}) {conflict}", parameters  # noqa: S608


def _place(column: sa.Column[Any], dialect: sa.Dialect) -> str:
    return f"CAST(%s AS {column.type.compile(dialect)})" if dialect.name == "postgresql" else "?"


def _quoted(name: str) -> str:
    return f'"{name}"'
