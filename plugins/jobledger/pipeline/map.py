"""Map: each staged record becomes a target document and a decision. Reads the store, writes nothing but staging."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypedDict

from sqlalchemy.engine import Connection

from jobledger.errors import FixTheRecord
from jobledger.mapping.automap import propose
from jobledger.mapping.compare import owners_of
from jobledger.mapping.context import Context
from jobledger.mapping.document import Mapped
from jobledger.mapping.path import read
from jobledger.pipeline.cataloging import card_of
from jobledger.pipeline.choices import Chosen, chosen
from jobledger.pipeline.decide import decide
from jobledger.pipeline.extract import Extracted
from jobledger.pipeline.marks import mark_for, marked_source
from jobledger.pipeline.plan import Candidate, Case, Planned
from jobledger.pipeline.run import FlowRun
from jobledger.pipeline.staging import chunks
from jobledger.store import catalog, intents, links
from jobledger.store.catalog import CatalogRecord
from jobledger.store.engine import BATCH, reading
from jobledger.store.intents import Intent, Key
from jobledger.store.links import Link
from jobledger.systems.base import Card


class MappedRows(TypedDict):
    """What map hands to validate and load."""

    file: str
    rows: int
    read: int
    cursors: dict[str, str]


def map_records(run: FlowRun, extracted: Extracted) -> MappedRows:
    """Stages a `Planned` for every extracted record that takes part; the others are only counted."""
    with reading(run.engine) as connection:
        around = _Surroundings(run, connection)
        staged = run.staging.write("map", _planned_rows(run, around, extracted))
    return MappedRows(**staged, read=extracted["rows"], cursors=extracted["cursors"])


class _Surroundings:
    """What the decisions of one run share, each read once and only when it is needed."""

    def __init__(self, run: FlowRun, connection: Connection) -> None:
        self.run = run
        self.connection = connection
        self._linked: dict[str, dict[str, str]] = {}

    @cached_property
    def chosen(self) -> Chosen:
        """The ids that take part, or None for all."""
        return chosen(self.connection, self.run)

    @cached_property
    def owners(self) -> dict[str, Any]:
        """The owner of each field."""
        return owners_of(self.run.flow, self.run.settings)

    @cached_property
    def open_intents(self) -> dict[Key, Intent]:
        """The flow's writes that are not settled."""
        return intents.open_keys(self.connection, self.run.pair, self.run.flow.name)

    @cached_property
    def candidates(self) -> dict[str, tuple[Candidate, ...]]:
        """For each unlinked source record the records of the other side that may be the same, the best one first."""
        run = self.run
        ours = catalog.unlinked(self.connection, run.pair, run.flow.source, run.flow.kind)
        theirs = catalog.unlinked(self.connection, run.pair, run.flow.target, run.flow.kind)
        names = {one.id: one.name for one in theirs}
        refused = links.dismissed(self.connection, run.pair, run.flow.kind)
        found: dict[str, list[Candidate]] = {}
        for one in propose([card_of_catalog(c) for c in ours], [card_of_catalog(c) for c in theirs], run.flow.kind):
            if run.ids(one.left_id, one.right_id) not in refused:
                candidate = Candidate(one.right_id, names[one.right_id], one.score, one.sure, one.evidence)
                found.setdefault(one.left_id, []).append(candidate)
        return {key: tuple(sorted(all_, key=lambda c: (not c.sure, -c.score))) for key, all_ in found.items()}

    def target_of(self, kind: str, source_id: str) -> str | None:
        """The id linked with a source record of a kind: the converter `link` asks for it."""
        if kind not in self._linked:
            self._linked[kind] = links.linked_targets(self.connection, self.run.pair, kind, self.run.side)
        return self._linked[kind].get(str(source_id))


@dataclass(frozen=True)
class _Chunk:
    """What is known of some records at once."""

    cards: dict[str, Card]
    mapped: dict[str, Mapped]
    links: dict[str, Link]
    targets: dict[str, CatalogRecord]
    marked: dict[str, CatalogRecord]
    sources: dict[str, list[CatalogRecord]]
    taken: dict[str, list[CatalogRecord]]


def _planned_rows(run: FlowRun, around: _Surroundings, extracted: Extracted) -> Iterator[dict[str, Any]]:
    for rows in chunks(run.staging.read(_staged(extracted)), BATCH):
        taking_part = [row for row in rows if _takes_part(run, around, row)]
        known = _look_up(run, around, taking_part)
        for row in taking_part:
            yield vars(_plan(run, around, known, row))
    run.at_point("mapped")


def _plan(run: FlowRun, around: _Surroundings, known: _Chunk, row: dict[str, Any]) -> Planned:
    card, link = known.cards[row["id"]], known.links.get(row["id"])
    mapped = known.mapped[row["id"]]
    if isinstance(mapped, FixTheRecord):
        return _refused(card, row["revision"], mapped)
    target = known.targets.get(link.target_id) if link else known.marked.get(mark_for(run.flow, card.id))
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
            open_intent=around.open_intents.get((card.id, "")),
            candidates=() if link or not card.active else around.candidates.get(card.id, ()),
            namesakes=tuple(one for one in known.sources.get(key, ()) if one.id != card.id) if not link else (),
            taken_by=tuple(one for one in known.taken.get(key, ()) if not (link and one.id == link.target_id)),
        )
    )


def _look_up(run: FlowRun, around: _Surroundings, rows: list[dict[str, Any]]) -> _Chunk:
    connection, pair, flow = around.connection, run.pair, run.flow
    ids = [row["id"] for row in rows]
    before = catalog.known(connection, pair, flow.source, ids)
    cards = {row["id"]: _card_of(run, row, before) for row in rows}
    mapped = {row["id"]: _mapped(run, around, row) for row in rows}
    found = links.of_sources(connection, pair, flow.kind, flow.name, run.side, ids)
    naturals = [str(m.fields.get(flow.natural_key[0]) or "") for m in mapped.values() if isinstance(m, Mapped)]
    return _Chunk(
        cards=cards,
        mapped=mapped,
        links=found,
        targets=catalog.known(connection, pair, flow.target, [one.target_id for one in found.values()]),
        marked=catalog.marked(connection, pair, flow.target, [mark_for(flow, one) for one in ids]),
        sources=catalog.named(connection, pair, flow.source, naturals),
        taken=catalog.named(connection, pair, flow.target, naturals),
    )


def _mapped(run: FlowRun, around: _Surroundings, row: dict[str, Any]) -> Any:
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


def _takes_part(run: FlowRun, around: _Surroundings, row: dict[str, Any]) -> bool:
    if row["gone"] or around.target_of(run.flow.kind, row["id"]):
        return True
    if any(around.target_of(other.kind, row["id"]) for other in run.written_by):
        return False
    card = card_of(run.source, run.flow.source_entity, row["record"])
    if marked_source(run.flow, card):
        return True
    if not card.active or (around.chosen is not None and row["id"] not in around.chosen):
        return False
    return all(read(row["record"], path) in values for path, values in run.flow.only_when.items())


def _card_of(run: FlowRun, row: dict[str, Any], before: dict[str, CatalogRecord]) -> Card:
    if row["gone"]:
        known = before.get(row["id"])
        return card_of_catalog(known) if known else Card(id=row["id"], name=row["id"])
    return card_of(run.source, run.flow.source_entity, row["record"])


def card_of_catalog(known: CatalogRecord) -> Card:
    """A record of the catalog as a card, for proposals."""
    values = {name: value for name, value in vars(known).items() if name != "content"}
    return Card(**values)


def _staged(extracted: Extracted) -> Any:
    return {"file": extracted["file"], "rows": extracted["rows"]}
