"""The catalog: what is known of the records of each side, so that links can be proposed and duplicates seen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from jobledger.store.bulk import among, as_wanted, one_of
from jobledger.store.engine import BATCH, analyze, upsert
from jobledger.store.tables import catalog_record, dismissal, link

GONE = "gone"
"""The status of a record that its vendor no longer knows."""


_LIKES = 100


@dataclass(frozen=True)
class CatalogRecord:
    """One record as last seen. `content` holds its values at the paths that a mapping file writes."""

    id: str
    name: str
    number: str | None
    mark: str | None
    version: str | None
    status: str | None
    active: bool
    evidence: dict[str, str]
    content: dict[str, Any]
    merged_into: str | None

    @property
    def state(self) -> str:
        """What tells that a record has changed since somebody looked at it: its version, or that it is out of use."""
        return (self.version or "") if self.active else GONE


_COLUMNS = [catalog_record.c[name] for name in CatalogRecord.__dataclass_fields__]
_MINE = (catalog_record.c.pair == sa.bindparam("pair"), catalog_record.c.entity == sa.bindparam("entity"))
_LINKED = (link.c.pair == sa.bindparam("pair"), link.c.kind == sa.bindparam("kind"))
_LAST_SEEN = sa.select(sa.func.max(catalog_record.c.seen_at)).where(*_MINE)
_PRESENT_UNSEEN = sa.select(catalog_record.c.id).where(
    *_MINE, sa.func.coalesce(catalog_record.c.status, "") != GONE, catalog_record.c.seen_at < sa.bindparam("mark")
)


def name_key(name: str) -> str:
    """A name as vendors compare it for uniqueness: without case and spare white space."""
    return " ".join(name.split()).casefold()[:255]


def save(connection: Connection, pair: str, entity: str, records: Iterable[CatalogRecord], now: datetime) -> None:
    """Stores records as seen now, or under the mark of a reading, in place of what was known of them.

    A mark never goes back: what another run has seen since stays seen.
    """
    rows = [
        {"pair": pair, "entity": entity, "seen_at": now, "name_key": name_key(record.name)} | vars(record)
        for record in records
    ]
    upsert(connection, catalog_record, rows, latest="seen_at")


def new_mark(connection: Connection, pair: str, entity: str, now: datetime) -> datetime:
    """A moment that is later than any at which a record of an entity was seen, whatever the clocks say."""
    last = connection.scalar(_LAST_SEEN, {"pair": pair, "entity": entity})
    return max(now, last + timedelta.resolution) if last else now


def marked_since(connection: Connection, pair: str, entity: str, ids: Sequence[str], mark: datetime) -> set[str]:
    """Those of some ids whose records were seen since a mark was made."""
    mine = (catalog_record.c.pair == pair, catalog_record.c.entity == entity, catalog_record.c.seen_at >= mark)
    statement = sa.select(catalog_record.c.id).where(*mine, among(connection, catalog_record.c.id, ids))
    return set(connection.scalars(statement)) if ids else set()


def has_grown(connection: Connection) -> None:
    """Tells the database that many records are new, so that it finds them by the right index."""
    analyze(connection, catalog_record)


def known(connection: Connection, pair: str, entity: str, ids: Sequence[str]) -> dict[str, CatalogRecord]:
    """The records with these ids."""
    return {one.id: one for one in _found(connection, pair, entity, catalog_record.c.id, ids)}


def marked(connection: Connection, pair: str, entity: str, marks: Sequence[str]) -> dict[str, CatalogRecord]:
    """The records that carry one of our marks, by mark."""
    return {one.mark or "": one for one in _found(connection, pair, entity, catalog_record.c.mark, marks)}


def named(connection: Connection, pair: str, entity: str, names: Sequence[str]) -> dict[str, list[CatalogRecord]]:
    """The active records that have one of these names, by `name_key`."""
    found: dict[str, list[CatalogRecord]] = {}
    keys = {name_key(name) for name in names}
    for one in _found(connection, pair, entity, catalog_record.c.name_key, keys, only_active=True):
        found.setdefault(name_key(one.name), []).append(one)
    return found


def numbered(connection: Connection, pair: str, entity: str, numbers: Sequence[str]) -> dict[str, list[CatalogRecord]]:
    """The active records that have one of these numbers, by number."""
    found: dict[str, list[CatalogRecord]] = {}
    for one in _found(connection, pair, entity, catalog_record.c.number, numbers, only_active=True):
        found.setdefault(one.number or "", []).append(one)
    return found


def parts_of(
    connection: Connection, pair: str, entity: str, documents: Collection[str], mark: datetime
) -> Iterator[str]:
    """The present parts (`<document>/<part>`) of some documents that were not seen since a mark was made.

    For many documents the list is gone through once.
    """
    if len(documents) > _LIKES:
        yield from (one for one in present_ids(connection, pair, entity, mark) if one.partition("/")[0] in documents)
        return
    likes = [catalog_record.c.id.like(f"{one}/%") for one in documents]
    before = catalog_record.c.seen_at < mark
    yield from connection.scalars(_present(pair, entity).where(sa.or_(sa.false(), *likes), before))


def active(connection: Connection, pair: str, entity: str) -> list[CatalogRecord]:
    """All active records of an entity."""
    statement = _of(pair, entity).where(catalog_record.c.active).order_by(catalog_record.c.id)
    return [CatalogRecord(*row) for row in connection.execute(statement)]


def every(connection: Connection, pair: str, entity: str) -> list[CatalogRecord]:
    """All records of an entity, those out of use too."""
    return [CatalogRecord(*row) for row in connection.execute(_of(pair, entity).order_by(catalog_record.c.id))]


def idle_ids(connection: Connection, pair: str, entity: str) -> list[str]:
    """The ids of the records of an entity that are out of use."""
    order = (catalog_record.c.pair, catalog_record.c.entity, catalog_record.c.id)
    mine = (catalog_record.c.pair == pair, catalog_record.c.entity == entity, catalog_record.c.active == sa.false())
    # in the order of the index that holds nothing else, so that SQLite takes it
    return list(connection.scalars(sa.select(catalog_record.c.id).where(*mine).order_by(*order)))


def unlinked(connection: Connection, pair: str, entity: str, kind: str, side: str | None = None) -> list[CatalogRecord]:
    """The active records of an entity that no link of a kind names, on its own side of the link.

    `side` says which one that is where both are in Procore.
    """
    in_procore = side == "procore" if side else _in_procore(entity)
    statement = _unlinked(in_procore).order_by(catalog_record.c.id)
    return [CatalogRecord(*row) for row in connection.execute(statement, _asked(pair, entity, kind))]


def unlinked_ids(
    connection: Connection, pair: str, entity: str, kind: str, mark: datetime | None = None
) -> Iterator[str]:
    """The ids of the active records of an entity that no link of a kind names, read as they are asked for.

    With a mark those that were not seen since it was made.
    """
    statement = _unlinked(_in_procore(entity)).with_only_columns(catalog_record.c.id)
    if mark:
        statement = statement.where(catalog_record.c.seen_at < mark)
    yield from connection.scalars(statement, _asked(pair, entity, kind), execution_options={"yield_per": BATCH})


def linked(connection: Connection, pair: str, entity: str, kind: str) -> Iterator[CatalogRecord]:
    """The records of an entity that a link of a kind names, on its own side of the link."""
    named = sa.select(_side(_in_procore(entity))).where(link.c.pair == pair, link.c.kind == kind)
    statement = _of(pair, entity).where(catalog_record.c.id.in_(named)).order_by(catalog_record.c.id)
    return (CatalogRecord(*row) for row in connection.execute(statement))


def settling(
    connection: Connection, pair: str, entity: str, by: str
) -> Iterator[tuple[str, str | None, bool, str | None]]:
    """Of each record: the document that its evidence names, its amount, whether it is active, and its version."""
    evidence = catalog_record.c.evidence
    columns = (
        evidence[by].as_string(),
        evidence["amount"].as_string(),
        catalog_record.c.active,
        catalog_record.c.version,
    )
    statement = sa.select(*columns).where(catalog_record.c.pair == pair, catalog_record.c.entity == entity)
    return (tuple(row) for row in connection.execute(statement) if row[0])


def put_away_kind(kind: str) -> str:
    """The name under which dismissals keep records of a kind that are not wanted, and take part in no run (XER-17)."""
    return f"{kind}: put away"


def put_away_ids(pair: Any, put_away: Any, in_procore: bool) -> sa.Select[Any]:
    """The ids of the records of one side that were put away, as a query; `put_away` is a kind's `put_away_kind`."""
    mine, other = dismissal.c.procore_id, dismissal.c.accounting_id
    if not in_procore:
        mine, other = other, mine
    return sa.select(mine).where(dismissal.c.pair == pair, dismissal.c.kind == put_away, other == "")


def vanished(connection: Connection, pair: str, entity: str, kind: str) -> list[CatalogRecord]:
    """The linked records that their vendor no longer knows."""
    asked = {"pair": pair, "entity": entity, "kind": kind}
    return [CatalogRecord(*row) for row in connection.execute(_vanished(_in_procore(entity)), asked)]


@cache
def _vanished(in_procore: bool) -> sa.Select[Any]:
    linked = sa.select(_side(in_procore)).where(*_LINKED)
    statement = sa.select(*_COLUMNS).where(*_MINE, catalog_record.c.status == GONE, catalog_record.c.id.in_(linked))
    return statement.order_by(catalog_record.c.id)


def present_ids(connection: Connection, pair: str, entity: str, mark: datetime) -> Iterator[str]:
    """The ids of all records that are not known to be gone and were not seen since a mark was made."""
    asked = {"pair": pair, "entity": entity, "mark": mark}
    yield from connection.scalars(_PRESENT_UNSEEN, asked, execution_options={"yield_per": BATCH})


def places_of(connection: Connection, pair: str, entity: str, ids: Sequence[str]) -> dict[str, str]:
    """The project that the evidence of each record names."""
    place = catalog_record.c.evidence["project"].as_string()
    mine = (catalog_record.c.pair == pair, catalog_record.c.entity == entity)
    statement = sa.select(catalog_record.c.id, place).where(*mine, among(connection, catalog_record.c.id, ids))
    return {one: project or "" for one, project in connection.execute(statement)}


def mark_gone(connection: Connection, pair: str, entity: str, ids: Sequence[str], now: datetime) -> None:
    """Notes that the vendor no longer knows these records, neither in its list nor by id."""
    mine = (catalog_record.c.pair == pair, catalog_record.c.entity == entity)
    statement = sa.update(catalog_record).where(*mine, among(connection, catalog_record.c.id, ids))
    connection.execute(statement.values(status=GONE, active=False, seen_at=now))


def _of(pair: str, entity: str) -> sa.Select[Any]:
    return sa.select(*_COLUMNS).where(catalog_record.c.pair == pair, catalog_record.c.entity == entity)


def _present(pair: str, entity: str) -> sa.Select[Any]:
    here = sa.func.coalesce(catalog_record.c.status, "") != GONE
    return sa.select(catalog_record.c.id).where(catalog_record.c.pair == pair, catalog_record.c.entity == entity, here)


def _side(in_procore: bool) -> sa.Column[str]:
    return link.c.procore_id if in_procore else link.c.accounting_id


def _in_procore(entity: str) -> bool:
    return entity.startswith("procore.")


def _asked(pair: str, entity: str, kind: str) -> dict[str, str]:
    return {"pair": pair, "entity": entity, "kind": kind, "put_away": put_away_kind(kind)}


@cache
def _unlinked(in_procore: bool) -> sa.Select[Any]:
    taken = sa.select(_side(in_procore)).where(*_LINKED)
    unwanted = put_away_ids(sa.bindparam("pair"), sa.bindparam("put_away"), in_procore)
    free = (catalog_record.c.id.not_in(taken), catalog_record.c.id.not_in(unwanted))
    return sa.select(*_COLUMNS).where(*_MINE, catalog_record.c.active, *free)


def _found(
    connection: Connection,
    pair: str,
    entity: str,
    column: sa.Column[Any],
    values: Collection[str],
    only_active: bool = False,
) -> list[CatalogRecord]:
    """The records that have one of these values in a column, by id; without values nothing is asked."""
    if not values:
        return []
    asked = {"pair": pair, "entity": entity, "wanted": as_wanted(connection, values)}
    statement = _finding(connection.dialect.name, column.name, only_active)
    return [CatalogRecord(*row) for row in connection.execute(statement, asked)]


@cache
def _finding(dialect: str, column: str, only_active: bool) -> sa.Select[Any]:
    active = (catalog_record.c.active,) if only_active else ()
    statement = sa.select(*_COLUMNS).where(*_MINE, one_of(dialect, catalog_record.c[column]), *active)
    return statement.order_by(catalog_record.c.id)
