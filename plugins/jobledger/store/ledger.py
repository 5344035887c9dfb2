"""Ledger lines: what the documents of both sides amount to, by project and cost code, for reports and tie-out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from jobledger.store.bulk import among, as_wanted, insert_rows, one_of
from jobledger.store.engine import analyze
from jobledger.store.tables import acknowledgement, ledger_line


@dataclass(frozen=True)
class Line:
    """One line of one document, under its vendor's own ids. `amount` is exact, kept as text."""

    entity: str
    document: str
    line: str
    measure: str
    project: str
    cost_code: str
    party: str
    parent: str
    dated: date | None
    amount: Decimal


_COLUMNS = [ledger_line.c[name] for name in Line.__dataclass_fields__]


def replace(
    connection: Connection, pair: str, entity: str, documents: Mapping[str, Sequence[Mapping[str, Any]]]
) -> None:
    """Keeps the lines of some documents in place of those known of them; a document without lines has none any more."""
    remove(connection, pair, entity, list(documents))
    rows = [
        {"pair": pair, "entity": entity, "document": document, **line, "amount": format(line["amount"], "f")}
        for document, lines in documents.items()
        for line in lines
    ]
    insert_rows(connection, ledger_line, rows)


def has_grown(connection: Connection) -> None:
    """Tells the database that many lines are new, so that it finds them by the right index."""
    analyze(connection, ledger_line)


def remove(connection: Connection, pair: str, entity: str, documents: Sequence[str]) -> None:
    """Forgets the lines of documents that are gone."""
    asked = {"of_pair": pair, "of_entity": entity, "wanted": as_wanted(connection, documents)}
    connection.execute(_removing(connection.dialect.name), asked)


@cache
def _removing(dialect: str) -> sa.Delete:
    mine = (ledger_line.c.pair == sa.bindparam("of_pair"), ledger_line.c.entity == sa.bindparam("of_entity"))
    return sa.delete(ledger_line).where(*mine, one_of(dialect, ledger_line.c.document))


def lines(connection: Connection, pair: str, measures: Iterable[str]) -> Iterator[Line]:
    """All lines of some measures, of both sides."""
    statement = sa.select(*_COLUMNS).where(ledger_line.c.pair == pair, ledger_line.c.measure.in_(list(measures)))
    ordered = statement.order_by(ledger_line.c.entity, ledger_line.c.document, ledger_line.c.line)
    for row in connection.execute(ordered):
        yield _line(row)


def of_documents(connection: Connection, pair: str, entity: str, documents: Sequence[str]) -> list[Line]:
    """The lines of some documents."""
    return _found(connection, pair, entity, among(connection, ledger_line.c.document, documents))


def about(connection: Connection, pair: str, entity: str, parents: Sequence[str]) -> list[Line]:
    """The lines of the documents that are about some others, as invoices are about a commitment."""
    return _found(connection, pair, entity, among(connection, ledger_line.c.parent, parents))


def on_codes(connection: Connection, pair: str, project: str, codes: Sequence[str]) -> set[str]:
    """Of some cost codes those that a document of a Procore project stands on, as they were last read."""
    mine = (ledger_line.c.pair == pair, ledger_line.c.project == project, ledger_line.c.cost_code.in_(codes))
    procore = ledger_line.c.entity.startswith("procore.")
    return set(connection.scalars(sa.select(ledger_line.c.cost_code).where(*mine, procore).distinct()))


def _found(connection: Connection, pair: str, entity: str, which: sa.ColumnElement[bool]) -> list[Line]:
    statement = sa.select(*_COLUMNS).where(ledger_line.c.pair == pair, ledger_line.c.entity == entity, which)
    return [_line(row) for row in connection.execute(statement)]


def _line(row: sa.Row[Any]) -> Line:
    return Line(**{**row._mapping, "amount": Decimal(row.amount)})


@dataclass(frozen=True)
class Acknowledged:
    """A difference that a person has acknowledged by name (ACC-8)."""

    measure: str
    project: str
    cost_code: str
    amount: Decimal
    by: str
    why: str
    at: datetime


def acknowledge(connection: Connection, pair: str, one: Acknowledged) -> None:
    """Notes that a person knows of a difference; it is evidence and stays."""
    row = vars(one) | {"pair": pair, "amount": format(one.amount, "f")}
    connection.execute(sa.insert(acknowledgement).values(row))


def acknowledged(connection: Connection, pair: str) -> dict[tuple[str, str, str], Acknowledged]:
    """The last acknowledgement for each measure, project and cost code."""
    columns = [acknowledgement.c[name] for name in Acknowledged.__dataclass_fields__]
    rows = connection.execute(sa.select(*columns).where(acknowledgement.c.pair == pair).order_by(acknowledgement.c.id))
    found = (Acknowledged(**{**row._mapping, "amount": Decimal(row.amount)}) for row in rows)
    return {(one.measure, one.project, one.cost_code): one for one in found}
