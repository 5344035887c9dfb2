"""The catalog: what is known of the records of each side, so that links can be proposed and duplicates seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from jobledger.store.engine import upsert
from jobledger.store.tables import catalog_record, link

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


def name_key(name: str) -> str:
    """A name as vendors compare it for uniqueness: without case and spare white space."""
    return " ".join(name.split()).casefold()[:255]


def save(connection: Connection, pair: str, entity: str, records: Iterable[CatalogRecord], now: datetime) -> None:
    """Stores records as seen now, in place of what was known of them."""
    rows = [
        {"pair": pair, "entity": entity, "seen_at": now, "name_key": name_key(record.name)} | vars(record)
        for record in records
    ]
    upsert(connection, catalog_record, rows)


def known(connection: Connection, pair: str, entity: str, ids: Sequence[str]) -> dict[str, CatalogRecord]:
    """The records with these ids."""
    return _by_id(connection, _of(pair, entity).where(catalog_record.c.id.in_(ids)))


def marked(connection: Connection, pair: str, entity: str, marks: Sequence[str]) -> dict[str, CatalogRecord]:
    """The records that carry one of our marks, by mark."""
    rows = connection.execute(_of(pair, entity).where(catalog_record.c.mark.in_(marks)))
    return {row.mark: CatalogRecord(*row) for row in rows}


def named(connection: Connection, pair: str, entity: str, names: Sequence[str]) -> dict[str, list[CatalogRecord]]:
    """The active records that have one of these names, by `name_key`."""
    keys = {name_key(name) for name in names}
    statement = _of(pair, entity).where(catalog_record.c.name_key.in_(keys), catalog_record.c.active)
    found: dict[str, list[CatalogRecord]] = {}
    for row in connection.execute(statement.order_by(catalog_record.c.id)):
        found.setdefault(name_key(row.name), []).append(CatalogRecord(*row))
    return found


def numbered(connection: Connection, pair: str, entity: str, numbers: Sequence[str]) -> dict[str, list[CatalogRecord]]:
    """The active records that have one of these numbers, by number."""
    statement = _of(pair, entity).where(catalog_record.c.number.in_(numbers), catalog_record.c.active)
    found: dict[str, list[CatalogRecord]] = {}
    for row in connection.execute(statement.order_by(catalog_record.c.id)):
        found.setdefault(row.number, []).append(CatalogRecord(*row))
    return found


def parts_of(connection: Connection, pair: str, entity: str, documents: Sequence[str]) -> set[str]:
    """The ids of the present parts (`<document>/<part>`) of some documents."""
    found: set[str] = set()
    for start in range(0, len(documents), _LIKES):
        likes = [catalog_record.c.id.like(f"{one}/%") for one in documents[start : start + _LIKES]]
        statement = sa.select(catalog_record.c.id).where(
            catalog_record.c.pair == pair,
            catalog_record.c.entity == entity,
            sa.func.coalesce(catalog_record.c.status, "") != GONE,
            sa.or_(*likes),
        )
        found.update(connection.scalars(statement))
    return found


def active(connection: Connection, pair: str, entity: str) -> list[CatalogRecord]:
    """All active records of an entity."""
    statement = _of(pair, entity).where(catalog_record.c.active).order_by(catalog_record.c.id)
    return [CatalogRecord(*row) for row in connection.execute(statement)]


def unlinked(connection: Connection, pair: str, entity: str, kind: str) -> list[CatalogRecord]:
    """The active records of an entity that no link of a kind names, on its own side of the link."""
    statement = _unlinked(pair, entity, kind).order_by(catalog_record.c.id)
    return [CatalogRecord(*row) for row in connection.execute(statement)]


def unlinked_ids(connection: Connection, pair: str, entity: str, kind: str) -> set[str]:
    """The ids of the active records of an entity that no link of a kind names."""
    statement = _unlinked(pair, entity, kind)
    return set(connection.scalars(statement.with_only_columns(catalog_record.c.id)))


def linked(connection: Connection, pair: str, entity: str, kind: str) -> Iterator[CatalogRecord]:
    """The records of an entity that a link of a kind names, on its own side of the link."""
    named = sa.select(_side(entity)).where(link.c.pair == pair, link.c.kind == kind)
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


def vanished(connection: Connection, pair: str, entity: str, kind: str) -> list[CatalogRecord]:
    """The linked records that their vendor no longer knows."""
    linked = sa.select(_side(entity)).where(link.c.pair == pair, link.c.kind == kind)
    statement = _of(pair, entity).where(catalog_record.c.status == GONE, catalog_record.c.id.in_(linked))
    return [CatalogRecord(*row) for row in connection.execute(statement.order_by(catalog_record.c.id))]


def present_ids(connection: Connection, pair: str, entity: str) -> set[str]:
    """The ids of all records that are not known to be gone."""
    statement = sa.select(catalog_record.c.id).where(
        catalog_record.c.pair == pair,
        catalog_record.c.entity == entity,
        sa.func.coalesce(catalog_record.c.status, "") != GONE,
    )
    return set(connection.scalars(statement))


def places_of(connection: Connection, pair: str, entity: str, ids: Sequence[str]) -> dict[str, str]:
    """The project that the evidence of each record names."""
    found: dict[str, str] = {}
    place = catalog_record.c.evidence["project"].as_string()
    for start in range(0, len(ids), 500):
        statement = sa.select(catalog_record.c.id, place).where(
            catalog_record.c.pair == pair,
            catalog_record.c.entity == entity,
            catalog_record.c.id.in_(ids[start : start + 500]),
        )
        found.update({one: project or "" for one, project in connection.execute(statement)})
    return found


def mark_gone(connection: Connection, pair: str, entity: str, ids: Sequence[str], now: datetime) -> None:
    """Notes that the vendor no longer knows these records, neither in its list nor by id."""
    connection.execute(
        sa.update(catalog_record)
        .where(catalog_record.c.pair == pair, catalog_record.c.entity == entity, catalog_record.c.id.in_(ids))
        .values(status=GONE, active=False, seen_at=now)
    )


def _of(pair: str, entity: str) -> sa.Select[Any]:
    return sa.select(*_COLUMNS).where(catalog_record.c.pair == pair, catalog_record.c.entity == entity)


def _side(entity: str) -> sa.Column[str]:
    return link.c.procore_id if entity.startswith("procore.") else link.c.accounting_id


def _unlinked(pair: str, entity: str, kind: str) -> sa.Select[Any]:
    taken = sa.select(_side(entity)).where(link.c.pair == pair, link.c.kind == kind)
    return _of(pair, entity).where(catalog_record.c.active, catalog_record.c.id.not_in(taken))


def _by_id(connection: Connection, statement: sa.Select[Any]) -> dict[str, CatalogRecord]:
    return {row.id: CatalogRecord(*row) for row in connection.execute(statement)}
