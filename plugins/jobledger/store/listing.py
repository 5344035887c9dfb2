"""Lists of records for people: one page of a tab at a time, by name or number, found by search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from jobledger.store.bulk import among
from jobledger.store.catalog import idle_ids, name_key, put_away_ids, put_away_kind
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
    """How many records in use of its own list have the same name, where they go by name (XER-99)."""

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


_ARCHIVED = link.c.archived_at.is_not(None)
_FIELDS = ("id", "name", "number", "status", "evidence")


def unlinked(connection: Connection, kind: Kind, side: Side, sought: str, after: str, limit: int) -> Part:
    """The records in use of a side that no link names and nobody has put away."""
    order = _order(catalog_record, kind)
    statement = _unlinked(kind, side).add_columns(*order)
    statement = _part(statement, catalog_record, order, sought, after, limit)
    found = list(connection.execute(statement))
    names = [] if kind.by_number else [row.name for row in found[:limit]]
    twins = _twins(connection, kind.pair, kind.entity(side), names)
    rows = [replace(_listed(side, row[:5]), twins=twins.get(name_key(row.name), 1)) for row in found[:limit]]
    return Part(rows, _after(found, limit))


def pairs(connection: Connection, kind: Kind, archived: bool, sought: str, after: str, limit: int) -> Part:
    """The linked pairs, or those that were archived."""
    order = _order(catalog_record, kind)
    statement = _of(kind.pair, kind.entity("procore")).where(_is_linked(kind, archived)).add_columns(*order)
    statement = _part(statement, catalog_record, order, sought, after, limit, _linked_with(kind, sought))
    found = list(connection.execute(statement))
    links = _links(connection, kind, archived, [row.id for row in found[:limit]])
    shared = _shared(connection, kind, [one.accounting_id for one in links.values()])
    rows = [_pair(row, links[row.id], shared) for row in found[:limit] if row.id in links]
    return Part(rows, _after(found, limit))


def put_away(connection: Connection, kind: Kind) -> list[Listed]:
    """The records of both sides that a person has put away, by name; one may be linked, by a write of before."""
    sides: tuple[Side, Side] = ("procore", "accounting")
    found = [
        _listed(side, row)
        for side in sides
        if (ids := list(connection.scalars(put_away_ids(kind.pair, put_away_kind(kind.name), side == "procore"))))
        for row in connection.execute(
            _of(kind.pair, kind.entity(side)).where(
                catalog_record.c.active, among(connection, catalog_record.c.id, ids)
            )
        )
    ]
    return sorted(found, key=lambda one: (one.side, name_key(one.name)))


def counts(connection: Connection, kind: Kind) -> dict[Tab, int]:
    """How many records each tab has."""
    mine = (link.c.pair == kind.pair, link.c.kind == kind.name)
    links = _number(connection, sa.select(sa.func.count()).select_from(link).where(*mine))
    archived = _number(connection, sa.select(sa.func.count()).select_from(link).where(*mine, _ARCHIVED))
    away = put_away(connection, kind)
    return {
        "procore": _unlinked_count(connection, kind, "procore", away),
        "accounting": _unlinked_count(connection, kind, "accounting", away),
        "linked": links - archived,
        "archived": archived + len(away),
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
    unwanted = put_away_ids(kind.pair, put_away_kind(kind.name), side == "procore")
    statement = _of(kind.pair, kind.entity(side)).where(catalog_record.c.active, ~taken)
    return statement.where(catalog_record.c.id.not_in(unwanted))


def _columns(table: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    return [table.c[name] for name in _FIELDS]


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
    *also: sa.ColumnElement[bool],
) -> sa.Select[Any]:
    """Keyset paging: the rows after a key, so that the last part costs what the first one does.

    What is sought is in the record itself, or is found as `also` says.
    """
    key, last = (one.element for one in order)
    if sought:
        statement = statement.where(sa.or_(*_ways(table, sought), *also))
    if after:
        record_id, _, name = after.partition("\t")
        statement = statement.where(key >= name, sa.or_(key > name, last > record_id))
    return statement.order_by(key, last).limit(limit + 1)


def _ways(table: sa.FromClause, sought: str) -> list[sa.ColumnElement[bool]]:
    """The ways in which a record is found: by its name, by its number, and by its id.

    The first two have a bound that every record is within: by it SQLite sees which index answers them.
    """
    number, (first, _, rest) = table.c.number, sought.strip().partition(" ")
    numbered = number.startswith(sought.strip(), autoescape=True)
    if rest:
        # a project is often called by its number and its name in one
        numbered = sa.or_(numbered, sa.and_(number == first, _named(table, rest)))
    return [
        sa.and_(table.c.name_key >= "", _named(table, sought)),
        sa.and_(number > "", numbered),
        table.c.id == sought.strip(),
    ]


def _named(table: sa.FromClause, text: str) -> sa.ColumnElement[bool]:
    return table.c.name_key.contains(name_key(text), autoescape=True)


def _after(found: Sequence[Any], limit: int) -> str | None:
    return f"{found[limit - 1].last}\t{found[limit - 1].key}" if len(found) > limit else None


def _is_linked(kind: Kind, archived: bool) -> sa.ColumnElement[bool]:
    mine = (link.c.pair == kind.pair, link.c.kind == kind.name)
    if archived:
        return catalog_record.c.id.in_(sa.select(link.c.procore_id).where(*mine, _ARCHIVED))
    return sa.exists().where(*mine, link.c.procore_id == catalog_record.c.id, ~_ARCHIVED)


def _linked_with(kind: Kind, sought: str) -> sa.ColumnElement[bool]:
    """Whether the record of the books that a record is linked with is one that is sought."""
    theirs = catalog_record.alias("theirs")
    ids = sa.select(theirs.c.id).where(theirs.c.pair == kind.pair, theirs.c.entity == kind.entity("accounting"))
    found = sa.union(*(ids.where(way) for way in _ways(theirs, sought)))
    of_link = (link.c.pair == kind.pair, link.c.kind == kind.name, link.c.accounting_id.in_(found))
    return catalog_record.c.id.in_(sa.select(link.c.procore_id).where(*of_link))


def _links(connection: Connection, kind: Kind, archived: bool, ids: Sequence[str]) -> dict[str, sa.Row[Any]]:
    """The link of each record of Procore, with the other record, who made or archived it, when, and why."""
    theirs = catalog_record.alias("theirs")
    there = (theirs.c.pair == kind.pair) & (theirs.c.entity == kind.entity("accounting"))
    made = (link.c.archived_by, link.c.archived_at) if archived else (link.c.made_by, link.c.made_at)
    statement = (
        sa.select(link.c.procore_id, link.c.accounting_id, *made, link.c.evidence.label("why"), *_columns(theirs))
        .select_from(link.outerjoin(theirs, there & (theirs.c.id == link.c.accounting_id)))
        .where(link.c.pair == kind.pair, link.c.kind == kind.name, among(connection, link.c.procore_id, ids))
        .where(_ARCHIVED if archived else ~_ARCHIVED)
    )
    return {row.procore_id: row for row in connection.execute(statement)}


def _pair(row: Any, linked: Any, shared: dict[str, int]) -> Listed:
    accounting_id = linked.accounting_id
    other = _listed("accounting", linked[5:10] if linked[5] else (accounting_id, "", None, None, {}))
    return replace(
        _listed("procore", row[:5]),
        other=other,
        made_by=linked[2] or "",
        made_at=linked[3],
        why=linked.why or "",
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


def _unlinked_count(connection: Connection, kind: Kind, side: Side, away: Sequence[Listed]) -> int:
    """All records of a side but those out of use, linked or put away: counted in indexes, the records are not read.

    One may be put away and linked, where a write was under way: it is left out once.
    """
    of_side = (catalog_record.c.pair == kind.pair, catalog_record.c.entity == kind.entity(side))
    mine = link.c.procore_id if side == "procore" else link.c.accounting_id
    every = _number(connection, sa.select(sa.func.count()).select_from(catalog_record).where(*of_side))
    aside = [*idle_ids(connection, kind.pair, kind.entity(side)), *(one.id for one in away if one.side == side)]
    in_use = sa.select(sa.func.count(sa.distinct(mine))).where(link.c.pair == kind.pair, link.c.kind == kind.name)
    linked = _number(connection, in_use) - _number(connection, in_use.where(among(connection, mine, aside)))
    return every - len(aside) - linked


def _number(connection: Connection, statement: sa.Select[Any]) -> int:
    return int(connection.scalar(statement) or 0)
