"""Map: each staged record becomes a target document and a decision. Reads the store, writes nothing but staging."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypedDict

from sqlalchemy.engine import Connection

from jobledger.errors import FixTheRecord, RetryLater
from jobledger.mapping.canonical import same
from jobledger.mapping.context import Context, Missing, NotYet
from jobledger.mapping.converters import linked_record
from jobledger.mapping.document import Mapped, document_of
from jobledger.mapping.path import read
from jobledger.pipeline.cataloging import card_of, card_of_catalog
from jobledger.pipeline.choices import takes_part
from jobledger.pipeline.decide import decide
from jobledger.pipeline.extract import Extracted
from jobledger.pipeline.garbage import seldom_collected
from jobledger.pipeline.lines import plain, still_ours
from jobledger.pipeline.marks import mark_for, marked_source
from jobledger.pipeline.plan import Case, Edit, Planned
from jobledger.pipeline.run import FlowRun
from jobledger.pipeline.staging import Staged, chunks
from jobledger.pipeline.surroundings import Surroundings
from jobledger.store import catalog, history, links
from jobledger.store.catalog import GONE, CatalogRecord
from jobledger.store.engine import BATCH, reading
from jobledger.store.links import Link
from jobledger.systems.base import Card


class MappedRows(TypedDict):
    """What map hands to validate and load."""

    file: str
    rows: int
    read: int
    opening: int
    """How many records count as opening balance: they are dated before the cut-over and have no counterpart."""

    removals: int
    linked: int
    """How many records are to be removed, and how many are linked: too large a share stops them all."""

    cursors: list[tuple[str, str, str]]


@seldom_collected
def map_records(run: FlowRun, extracted: Extracted) -> MappedRows:
    """Stages a `Planned` for every extracted record that takes part; the others are only counted.

    Raises `RetryLater` if the twin has not read the target's list: a duplicate could not be seen.
    """
    with reading(run.engine) as connection:
        _check_target_is_known(run, connection)
        around = Surroundings(run, connection)
        tally: Counter[str] = Counter()
        staged = run.staging.write("map", _planned_rows(run, around, extracted, tally))
        linked = links.count(connection, run.pair, run.flow.linked_as)
    return MappedRows(
        **staged,
        read=extracted["rows"],
        opening=tally["opening"],
        removals=tally["remove"],
        linked=linked,
        cursors=extracted["cursors"],
    )


def _check_target_is_known(run: FlowRun, connection: Connection) -> None:
    if run.twin and not history.has_read(connection, run.pair, run.twin.name, run.run_id):
        raise RetryLater(f"{run.flow.name} needs the list of {run.flow.target}, which {run.twin.name} could not read")


@dataclass(frozen=True)
class _Seen:
    """What is known of all records of a chunk: by it is decided whether they take part.

    `before` are the records as the catalog has them: those that are gone, or all where the flow asks for them.
    """

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
    numbered: dict[str, list[CatalogRecord]]
    hosts: dict[str, CatalogRecord]
    without_host: set[str]


def _planned_rows(
    run: FlowRun, around: Surroundings, extracted: Extracted, tally: Counter[str]
) -> Iterator[dict[str, Any]]:
    around.books = extracted["books"]
    for rows in chunks(run.staging.read(Staged(file=extracted["file"], rows=extracted["rows"])), BATCH):
        seen = _see(run, around, rows)
        rows = [row for row in rows if _is_asked_for(run, around, seen.cards[row["id"]])]
        taking_part = [row for row in rows if _takes_part(run, around, seen, row)]
        known = _look_up(run, around, seen, taking_part)
        for row in taking_part:
            planned = _plan(run, around, known, row)
            tally["remove" if planned.gone else planned.decision] += 1
            if planned.decision != "opening":
                yield vars(planned)
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
            chosen=around.chosen is None or card.id in around.chosen,
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
            numbered_alike=_numbered_alike(run, around, known, card),
            doubles=around.doubles.get(card.evidence.get("bill", ""), ()) if not link else (),
            host=known.hosts.get(card.id),
            host_is_gone=card.id in known.without_host,
            books=around.books,
            settings=run.settings,
            opening=_is_opening(run, around, row, card, mapped),
            worth=_worth(run, mapped),
            held_worth=_held_worth(run, link, target),
        )
    )


def _is_opening(run: FlowRun, around: Surroundings, row: dict[str, Any], card: Card, mapped: Mapped) -> bool:
    """Whether the record, or the document that it joins, is dated before the cut-over."""
    joins = run.flow.joins
    if joins and _opening_host(around, joins.kind, str(read(row["record"], joins.by))):
        return True
    day = mapped.fields.get(run.flow.dated) if run.flow.dated else None
    return around.is_opening(card, day if isinstance(day, date) else None)


def _opening_host(around: Surroundings, kind: str, key: str) -> bool:
    try:
        host = around.linked(kind, key)
    except NotYet:
        return False
    return host is not None and host.id is None


def _worth(run: FlowRun, mapped: Mapped) -> Decimal | None:
    reckon = run.target.entities[run.flow.target_entity].total
    if not reckon or mapped.missing:
        return None
    return reckon(document_of({}, mapped.lines, run.flow))


def _held_worth(run: FlowRun, link: Link | None, target: CatalogRecord | None) -> Decimal | None:
    """What the target holds of a linked record: its own lines, or as a whole where it is not known which are ours."""
    if target is None or not target.active:
        return None
    reckon = run.target.entities[run.flow.target_entity].total
    if reckon and link and link.seen is not None:
        return reckon(document_of({}, plain(still_ours(link.seen, target.content)), run.flow))
    stated = target.evidence.get("amount")
    return Decimal(stated) if stated else None


def _numbered_alike(run: FlowRun, around: Surroundings, known: _Chunk, card: Card) -> tuple[CatalogRecord, ...]:
    if card.id in around.released:
        return ()
    party, statuses = card.evidence.get("party"), run.flow.only_when.get("status")
    return tuple(
        other
        for other in known.numbered.get(card.number or "", ())
        if other.id != card.id and other.evidence.get("party") == party and (not statuses or other.status in statuses)
    )


def _target(run: FlowRun, known: _Chunk, card: Card, link: Link | None) -> CatalogRecord | None:
    """The linked record; without a link the one that this record's origin_id names, or that carries its mark."""
    if link:
        return known.seen.targets.get(link.target_id)
    origin = marked_source(run.flow, card)
    found = known.seen.targets.get(origin or "") or known.marked.get(mark_for(run.flow, card.id))
    is_past = bool(found and found.status == GONE and run.flow.comes_back)
    return None if is_past else found


def _see(run: FlowRun, around: Surroundings, rows: list[dict[str, Any]]) -> _Seen:
    connection, flow = around.connection, run.flow
    ids = [row["id"] for row in rows]
    asks_before = flow.amends or around.theirs
    known_before = ids if asks_before else [row["id"] for row in rows if row["gone"]]
    before = catalog.known(connection, run.pair, flow.source, known_before)
    cards = {row["id"]: _card_of(run, row, before) for row in rows}
    found = links.of_sources(connection, run.pair, flow.linked_as, flow.name, run.side, ids)
    wanted = {one.target_id for one in found.values()} | {marked_source(flow, card) or "" for card in cards.values()}
    return _Seen(before, cards, found, catalog.known(connection, run.pair, flow.target, sorted(wanted)))


def _look_up(run: FlowRun, around: Surroundings, seen: _Seen, rows: list[dict[str, Any]]) -> _Chunk:
    connection, pair, flow = around.connection, run.pair, run.flow
    mapped = {row["id"]: _mapped(run, around, row) for row in rows}
    made = [one for one in mapped.values() if isinstance(one, Mapped)] if flow.by_name else []
    naturals = [str(one.fields.get(flow.natural_key[0]) or "") for one in made]
    numbers = [seen.cards[row["id"]].number or "" for row in rows] if flow.unique_number else []
    return _Chunk(
        seen=seen,
        mapped=mapped,
        marked=catalog.marked(connection, pair, flow.target, [mark_for(flow, one) for one in mapped]),
        edits=_edits(run, around, seen.before),
        sources=catalog.named(connection, pair, flow.source, naturals),
        taken=catalog.named(connection, pair, flow.target, naturals),
        numbered=catalog.numbered(connection, pair, flow.source, [one for one in numbers if one]),
        hosts=_hosts(run, around, rows),
        without_host=_without_host(run, around, rows),
    )


def _hosts(run: FlowRun, around: Surroundings, rows: list[dict[str, Any]]) -> dict[str, CatalogRecord]:
    """The documents of another flow that these records' lines join, by source id."""
    joins = run.flow.joins
    host_flow = run.flow_of(joins.kind) if joins else None
    if joins is None or host_flow is None:
        return {}
    hosts = {row["id"]: around.target_of(joins.kind, str(read(row["record"], joins.by))) or "" for row in rows}
    known = catalog.known(around.connection, run.pair, host_flow.target, sorted(set(hosts.values())))
    return {one: known[host] for one, host in hosts.items() if host in known}


def _without_host(run: FlowRun, around: Surroundings, rows: list[dict[str, Any]]) -> set[str]:
    """The ids of those records of which the document that they join was deleted or voided where it comes from."""
    joins = run.flow.joins
    host_flow = run.flow_of(joins.kind) if joins else None
    if joins is None or host_flow is None:
        return set()
    hosts = {row["id"]: str(read(row["record"], joins.by)) for row in rows}
    known = catalog.known(around.connection, run.pair, host_flow.source, sorted(set(hosts.values())))
    return {one for one, host in hosts.items() if host in known and not known[host].active}


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
        return Mapped({}, [], [], [], [])
    context = Context(
        record=row["record"],
        settings=run.settings,
        books=around.books,
        links=around.linked,
        rates=around.rate,
        own=around.own,
        roles=around.roles,
    )
    try:
        mapped = run.map(context)
    except FixTheRecord as error:
        return error
    mapped.missing.extend(_orphaned(run, context))
    return mapped


def _orphaned(run: FlowRun, context: Context) -> Iterator[Missing]:
    """The parents that are not linked; a kind that the integration does not carry is not asked for (PRC-API-4)."""
    for kind, at in run.flow.parents.items():
        key = read(context.record, at)
        if key is None or run.flow_of(kind) is None:
            continue
        try:
            linked_record(key, kind, context)
        except NotYet as not_yet:
            yield not_yet.missing


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


def _is_asked_for(run: FlowRun, around: Surroundings, card: Card) -> bool:
    """Whether a record is in the projects to which a person narrowed the run; Procore's lists are read so already."""
    asked, project = run.scope.only_projects, card.evidence.get("project")
    if not asked or run.side == "procore" or project is None:
        return True
    return around.target_of("projects", project) in asked


def _takes_part(run: FlowRun, around: Surroundings, seen: _Seen, row: dict[str, Any]) -> bool:
    if row["id"] in around.archived:
        return False
    if run.flow.amends:
        return row["id"] in (around.chosen or ()) or (row["id"], "") in around.open_intents
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
    if not takes_part(run, around, card):
        return False
    return all(read(row["record"], path) in values for path, values in run.flow.only_when.items())


def _card_of(run: FlowRun, row: dict[str, Any], before: dict[str, CatalogRecord]) -> Card:
    if row["gone"] or run.flow.amends:
        known = before.get(row["id"])
        return card_of_catalog(known) if known else Card(id=row["id"], name=row["id"])
    return card_of(run.source, run.flow.source_entity, row["record"])
