"""Lists of records for people: one page of a tab at a time, by name or number, found by search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from jobledger.store.bulk import among
from jobledger.store.catalog import name_key, put_away_ids
from jobledger.store.links import Side
from jobledger.store.tables import catalog_record, link

Tab = Literal["procore", "accounting", "linked", "archived"]
"""Unlinked records of one side, linked pairs, and what a person has taken out of all runs."""


class Kind(Protocol):
    """What a list is about: a kind of links, where each side keeps its records, and whether they go by number."""

    @property
    def pair(self) -> str:
        """The integration's pair."""

    @property
    def name(self) -> str:
        """The kind of the links."""

    @property
    def by_number(self) -> bool:
        """Whether a person looks for these records by their number, as for cost codes, not by their name."""

    def entity(self, side: Side) -> str:
        """Where a side keeps its records, such as `xero.contacts`."""


@dataclass(frozen=True)
class Listed:
    """A record on a list: of one side, or of a pair, whose other record is `other`."""

    side: Side
    id: str
    name: str
    number: str | None
    status: str | None
    evidence: dict[str, str]
    twins: int = 1
    """How many records in use of its own list have the same name (XER-99)."""

    other: Listed | None = None
    made_by: str = ""
    made_at: datetime | None = None
    why: str = ""
    shared: int = 1
    """How many records of Procore are linked with the same record of the books."""


@dataclass(frozen=True)
class Part:
    """A part of a list, and where the next one begins (None: it is the last)."""

    rows: Sequence[Listed]
    more: str | None


_FIELDS = ("id", "name", "number", "status", "evidence")


def unlinked(connection: Connection, kind: Kind, side: Side, sought: str, after: str, limit: int) -> Part:
    """The records in use of a side that no link names and nobody has put away."""
    order = _order(catalog_record, kind)
    statement = _unlinked(kind, side).add_columns(*order)
    statement = _part(statement, catalog_record, order, sought, after, limit)
    found = list(connection.execute(statement))
    twins = _twins(connection, kind.pair, kind.entity(side), [row.name for row in found[:limit]])
    rows = [replace(_listed(side, row[:5]), twins=twins.get(name_key(row.name), 1)) for row in found[:limit]]
    return Part(rows, _after(found, limit))


def pairs(connection: Connection, kind: Kind, archived: bool, sought: str, after: str, limit: int) -> Part:
    """The linked pairs, or those that were archived."""
    ours, theirs = catalog_record.alias("ours"), catalog_record.alias("theirs")
    order = _order(ours, kind)
    of_pair = (link.c.pair == kind.pair) & (link.c.kind == kind.name) & (link.c.procore_id == ours.c.id)
    there = (
        (theirs.c.pair == kind.pair)
        & (theirs.c.entity == kind.entity("accounting"))
        & (theirs.c.id == link.c.accounting_id)
    )
    statement = (
        sa.select(*_columns(ours), *_columns(theirs), link.c.accounting_id, *_made(archived), *order)
        .select_from(ours.join(link, of_pair).outerjoin(theirs, there))
        .where(ours.c.pair == kind.pair, ours.c.entity == kind.entity("procore"))
        .where(link.c.archived_at.is_not(None) if archived else link.c.archived_at.is_(None))
    )
    found = list(connection.execute(_part(statement, ours, order, sought, after, limit, theirs)))
    shared = _shared(connection, kind, [row[10] for row in found[:limit]])
    return Part([_pair(row, shared) for row in found[:limit]], _after(found, limit))


def put_away(connection: Connection, kind: Kind) -> list[Listed]:
    """The unlinked records of both sides that a person has put away, by name."""
    sides: tuple[Side, Side] = ("procore", "accounting")
    return [
        _listed(side, row)
        for side in sides
        for row in connection.execute(
            _of(kind.pair, kind.entity(side))
            .where(catalog_record.c.id.in_(put_away_ids(kind.pair, kind.name, side == "procore")))
            .order_by(catalog_record.c.name_key)
        )
    ]


def counts(connection: Connection, kind: Kind) -> dict[Tab, int]:
    """How many records each tab has."""
    mine = (link.c.pair == kind.pair, link.c.kind == kind.name)
    archived = sa.func.count(link.c.archived_at)
    linked = connection.execute(sa.select(sa.func.count() - archived, archived).where(*mine)).one()
    return {
        "procore": _count(connection, _unlinked(kind, "procore")),
        "accounting": _count(connection, _unlinked(kind, "accounting")),
        "linked": linked[0],
        "archived": linked[1] + len(put_away(connection, kind)),
    }


def record(connection: Connection, kind: Kind, side: Side, record_id: str) -> Listed | None:
    """One record of a side, whatever its state."""
    row = connection.execute(_of(kind.pair, kind.entity(side)).where(catalog_record.c.id == record_id)).first()
    return _listed(side, row) if row else None


def _of(pair: str, entity: str) -> sa.Select[Any]:
    statement = sa.select(*_columns(catalog_record))
    return statement.where(catalog_record.c.pair == pair, catalog_record.c.entity == entity)


def _unlinked(kind: Kind, side: Side) -> sa.Select[Any]:
    mine = link.c.procore_id if side == "procore" else link.c.accounting_id
    taken = sa.exists().where(link.c.pair == kind.pair, link.c.kind == kind.name, mine == catalog_record.c.id)
    unwanted = put_away_ids(kind.pair, kind.name, side == "procore")
    statement = _of(kind.pair, kind.entity(side)).where(catalog_record.c.active, ~taken)
    return statement.where(catalog_record.c.id.not_in(unwanted))


def _columns(table: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    return [table.c[name] for name in _FIELDS]


def _made(archived: bool) -> tuple[sa.Column[Any], ...]:
    if archived:
        return link.c.archived_by, link.c.archived_at, link.c.evidence
    return link.c.made_by, link.c.made_at, link.c.evidence


def _order(table: sa.FromClause, kind: Kind) -> tuple[sa.ColumnElement[Any], ...]:
    key = sa.func.coalesce(table.c.number, "") if kind.by_number else table.c.name_key
    return key.label("key"), table.c.id.label("last")


def _part(
    statement: sa.Select[Any],
    table: sa.FromClause,
    order: tuple[sa.ColumnElement[Any], ...],
    sought: str,
    after: str,
    limit: int,
    other: sa.FromClause | None = None,
) -> sa.Select[Any]:
    """Keyset paging: the rows after a key, so that the last part costs what the first one does."""
    key, last = (one.element for one in order)
    if sought:
        tables = [table] if other is None else [table, other]
        statement = statement.where(sa.or_(*(_matches(one, sought) for one in tables)))
    if after:
        record_id, _, name = after.partition("\t")
        statement = statement.where(sa.or_(key > name, sa.and_(key == name, last > record_id)))
    return statement.order_by(key, last).limit(limit + 1)


def _matches(table: sa.FromClause, sought: str) -> sa.ColumnElement[bool]:
    text = name_key(sought)
    return sa.or_(
        table.c.name_key.contains(text, autoescape=True),
        table.c.number.startswith(sought.strip(), autoescape=True),
        table.c.id == sought.strip(),
    )


def _after(found: Sequence[Any], limit: int) -> str | None:
    return f"{found[limit - 1].last}\t{found[limit - 1].key}" if len(found) > limit else None


def _pair(row: Any, shared: dict[str, int]) -> Listed:
    accounting_id, by, at, evidence = row[10:14]
    other = _listed("accounting", row[5:10] if row[5] else (accounting_id, "", None, None, {}))
    return replace(
        _listed("procore", row[:5]),
        other=other,
        made_by=by or "",
        made_at=at,
        why=evidence or "",
        shared=shared.get(accounting_id, 1),
    )


def _listed(side: Side, row: Sequence[Any]) -> Listed:
    return Listed(side, *row)


def _shared(connection: Connection, kind: Kind, ids: Sequence[str]) -> dict[str, int]:
    mine = (link.c.pair == kind.pair, link.c.kind == kind.name, among(connection, link.c.accounting_id, ids))
    statement = sa.select(link.c.accounting_id, sa.func.count(sa.distinct(link.c.procore_id))).where(*mine)
    return {row[0]: row[1] for row in connection.execute(statement.group_by(link.c.accounting_id))}


def _twins(connection: Connection, pair: str, entity: str, names: Sequence[str]) -> dict[str, int]:
    keys = among(connection, catalog_record.c.name_key, [name_key(name) for name in names])
    mine = (catalog_record.c.pair == pair, catalog_record.c.entity == entity, catalog_record.c.active, keys)
    statement = sa.select(catalog_record.c.name_key, sa.func.count()).where(*mine).group_by(catalog_record.c.name_key)
    return {row[0]: row[1] for row in connection.execute(statement)}


def _count(connection: Connection, statement: sa.Select[Any]) -> int:
    return int(connection.scalar(sa.select(sa.func.count()).select_from(statement.subquery())) or 0)
