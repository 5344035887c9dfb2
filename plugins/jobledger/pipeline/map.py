"""Map: each staged record becomes a target document and a decision. Reads the store, writes nothing but staging."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypedDict

from sqlalchemy.engine import Connection

from jobledger.errors import FixTheRecord, RetryLater
from jobledger.mapping.canonical import same
from jobledger.mapping.context import Context
from jobledger.mapping.document import Mapped
from jobledger.mapping.path import read
from jobledger.pipeline.cataloging import card_of, card_of_catalog
from jobledger.pipeline.decide import decide
from jobledger.pipeline.extract import Extracted
from jobledger.pipeline.marks import mark_for, marked_source
from jobledger.pipeline.plan import Case, Edit, Planned
from jobledger.pipeline.run import FlowRun
from jobledger.pipeline.staging import Staged, chunks
from jobledger.pipeline.surroundings import Surroundings
from jobledger.store import catalog, history, links
from jobledger.store.catalog import CatalogRecord
from jobledger.store.engine import BATCH, reading
from jobledger.store.links import Link
from jobledger.systems.base import Card


class MappedRows(TypedDict):
    """What map hands to validate and load."""

    file: str
    rows: int
    read: int
    cursors: list[tuple[str, str, str]]


def map_records(run: FlowRun, extracted: Extracted) -> MappedRows:
    """Stages a `Planned` for every extracted record that takes part; the others are only counted.

    Raises `RetryLater` if the twin has not read the target's list: a duplicate could not be seen.
    """
    with reading(run.engine) as connection:
        _check_target_is_known(run, connection)
        around = Surroundings(run, connection)
        staged = run.staging.write("map", _planned_rows(run, around, extracted))
    return MappedRows(**staged, read=extracted["rows"], cursors=extracted["cursors"])


def _check_target_is_known(run: FlowRun, connection: Connection) -> None:
    if run.twin and not history.has_read(connection, run.pair, run.twin.name, run.run_id):
        raise RetryLater(f"{run.flow.name} needs the list of {run.flow.target}, which {run.twin.name} could not read")


@dataclass(frozen=True)
class _Seen:
    """What is known of all records of a chunk: by it is decided whether they take part."""

    before: dict[str, CatalogRecord]
    cards: dict[str, Card]
    links: dict[str, Link]
    targets: dict[str, CatalogRecord]


@dataclass(frozen=True)
class _Chunk:
    """What is known of the records that take part."""

    seen: _Seen
    mapped: dict[str, Mapped | FixTheRecord]
    marked: dict[str, CatalogRecord]
    edits: dict[str, tuple[Edit, ...]]
    sources: dict[str, list[CatalogRecord]]
    taken: dict[str, list[CatalogRecord]]


def _planned_rows(run: FlowRun, around: Surroundings, extracted: Extracted) -> Iterator[dict[str, Any]]:
    for rows in chunks(run.staging.read(Staged(file=extracted["file"], rows=extracted["rows"])), BATCH):
        seen = _see(run, around, rows)
        taking_part = [row for row in rows if _takes_part(run, around, seen, row)]
        known = _look_up(run, around, seen, taking_part)
        for row in taking_part:
            yield vars(_plan(run, around, known, row))
        done = {row["id"] for row in taking_part}
        for row in rows:
            if row["id"] in around.open_ids and row["id"] not in done:
                yield vars(_no_longer(seen.cards[row["id"]], row["revision"]))
    run.at_point("mapped")


def _plan(run: FlowRun, around: Surroundings, known: _Chunk, row: dict[str, Any]) -> Planned:
    card, link = known.seen.cards[row["id"]], known.seen.links.get(row["id"])
    mapped = known.mapped[row["id"]]
    if isinstance(mapped, FixTheRecord):
        return _refused(card, row["revision"], mapped)
    target = _target(run, known, card, link)
    natural = str(mapped.fields.get(run.flow.natural_key[0]) or "")
    key = catalog.name_key(natural)
    return decide(
        Case(
            integration=run.integration.name,
            flow=run.flow,
            owners=around.owners,
            record=row["record"],
            card=card,
            revision=row["revision"],
            mapped=mapped,
            gone=row["gone"],
            link=link,
            target=target,
            target_linked_with=around.source_of(target.id) if target and not link else None,
            refused=around.refused_for(card.id) if not link else frozenset(),
            edits=known.edits.get(card.id, ()),
            survivors=around.survivors.get(card.id, ()),
            heir_of=around.heirs.get(card.id) if not link else None,
            open_intent=around.open_intents.get((card.id, "")),
            candidates=() if link or not card.active else around.candidates.get(card.id, ()),
            namesakes=tuple(one for one in known.sources.get(key, ()) if one.id != card.id) if not link else (),
            taken_by=tuple(one for one in known.taken.get(key, ()) if not (link and one.id == link.target_id)),
        )
    )


def _target(run: FlowRun, known: _Chunk, card: Card, link: Link | None) -> CatalogRecord | None:
    """The linked record; without a link the one that this record's origin_id names, or that carries its mark."""
    if link:
        return known.seen.targets.get(link.target_id)
    origin = marked_source(run.flow, card)
    return known.seen.targets.get(origin or "") or known.marked.get(mark_for(run.flow, card.id))


def _see(run: FlowRun, around: Surroundings, rows: list[dict[str, Any]]) -> _Seen:
    connection, flow = around.connection, run.flow
    ids = [row["id"] for row in rows]
    before = catalog.known(connection, run.pair, flow.source, ids)
    cards = {row["id"]: _card_of(run, row, before) for row in rows}
    found = links.of_sources(connection, run.pair, flow.kind, flow.name, run.side, ids)
    wanted = {one.target_id for one in found.values()} | {marked_source(flow, card) or "" for card in cards.values()}
    return _Seen(before, cards, found, catalog.known(connection, run.pair, flow.target, sorted(wanted)))


def _look_up(run: FlowRun, around: Surroundings, seen: _Seen, rows: list[dict[str, Any]]) -> _Chunk:
    connection, pair, flow = around.connection, run.pair, run.flow
    mapped = {row["id"]: _mapped(run, around, row) for row in rows}
    naturals = [str(m.fields.get(flow.natural_key[0]) or "") for m in mapped.values() if isinstance(m, Mapped)]
    return _Chunk(
        seen=seen,
        mapped=mapped,
        marked=catalog.marked(connection, pair, flow.target, [mark_for(flow, one) for one in mapped]),
        edits=_edits(run, around, seen.before),
        sources=catalog.named(connection, pair, flow.source, naturals),
        taken=catalog.named(connection, pair, flow.target, naturals),
    )


def _edits(run: FlowRun, around: Surroundings, now: dict[str, CatalogRecord]) -> dict[str, tuple[Edit, ...]]:
    """What persons changed in linked source records since the twin last wrote or saw them, in fields that it owns."""
    twin = around.twin
    if twin is None or not around.theirs:
        return {}
    side = links.side_of(twin.source_system)
    found = links.of_targets(around.connection, run.pair, twin.kind, twin.name, side, list(now))
    seen = {one.target_id: one.seen for one in found if one.seen is not None}
    return {key: _edited(around.theirs, then, now[key].content) for key, then in seen.items()}


def _edited(paths: list[str], then: dict[str, Any], now: dict[str, Any]) -> tuple[Edit, ...]:
    changed = (path for path in paths if not same(then.get(path), now.get(path)))
    return tuple(Edit(path, then.get(path), now.get(path)) for path in changed)


def _mapped(run: FlowRun, around: Surroundings, row: dict[str, Any]) -> Mapped | FixTheRecord:
    if row["gone"]:
        return Mapped({}, [], [], [])
    context = Context(record=row["record"], settings=run.settings, links=around.target_of)
    try:
        return run.map(context)
    except FixTheRecord as error:
        return error


def _refused(card: Card, revision: str, error: FixTheRecord) -> Planned:
    return Planned(
        source_id=card.id,
        name=card.name,
        number=card.number,
        decision="invalid",
        revision=revision,
        reason=f"{error.field}: {error.reason}" if error.field else error.reason,
        remedy=error.remedy,
    )


def _no_longer(card: Card, revision: str) -> Planned:
    """An open record that takes part no longer: it is closed."""
    return Planned(card.id, card.name, "unchanged", revision, number=card.number)


def _takes_part(run: FlowRun, around: Surroundings, seen: _Seen, row: dict[str, Any]) -> bool:
    if row["id"] in around.archived:
        return False
    if row["gone"] or row["id"] in seen.links or (row["id"], "") in around.open_intents:
        return True
    if any(around.target_of(other.kind, row["id"]) for other in run.written_by):
        return False
    card = seen.cards[row["id"]]
    origin = marked_source(run.flow, card)
    if origin in seen.targets and origin not in around.refused_for(row["id"]):
        return True
    if not card.active or (around.chosen is not None and row["id"] not in around.chosen):
        return False
    return all(read(row["record"], path) in values for path, values in run.flow.only_when.items())


def _card_of(run: FlowRun, row: dict[str, Any], before: dict[str, CatalogRecord]) -> Card:
    if row["gone"]:
        known = before.get(row["id"])
        return card_of_catalog(known) if known else Card(id=row["id"], name=row["id"])
    return card_of(run.source, run.flow.source_entity, row["record"])
