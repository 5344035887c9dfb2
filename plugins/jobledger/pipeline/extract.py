"""Extract: what changed since the cursor and what is still open, staged as the vendor sent it; the catalog refreshed.

Nothing is written to a vendor here, but for finishing what an earlier run left unsettled (`settle`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypedDict

from jobledger.pipeline.amend import amendable_rows
from jobledger.pipeline.cataloging import (
    card_of,
    catalog_record_of,
    ledger_lines_of,
    target_record_of,
)
from jobledger.pipeline.choices import also_reads
from jobledger.pipeline.due import due_ids
from jobledger.pipeline.garbage import seldom_collected
from jobledger.pipeline.run import FlowRun
from jobledger.pipeline.seen import Seen, not_shown
from jobledger.pipeline.settle import settle_open_intents
from jobledger.store import catalog, cursors, history, ledger, links
from jobledger.store.catalog import GONE, CatalogRecord
from jobledger.store.engine import BATCH, reading, writing
from jobledger.store.links import Side
from jobledger.systems.base import Record, System, Window

OVERLAP = timedelta(minutes=5)
"""How far a window reaches back behind the cursor: clocks differ, and vendors stamp times in whole seconds."""


WHOLE_EVERY = timedelta(days=7)
"""How often a list that can be read by change is read whole all the same: only so a vanished record is noticed."""

WHOLE = "whole"


class Extracted(TypedDict):
    """What extract hands to the next steps."""

    file: str
    rows: int
    cursors: list[tuple[str, str, str]]
    """Entity, scope, and the moment of its vendor's time up to which a list was read: where the cursors may go."""

    notes: list[str]
    books: dict[str, Any]
    """What is known of the target's organisation (`System.facts`)."""


DOCUMENTS = 50_000
"""Of so many documents it is kept which were read, until their parts that are gone have been looked for."""


@seldom_collected
def extract(run: FlowRun) -> Extracted:
    """Stages a flow's source records and refreshes the catalog of what it reads.

    Raises `RetryLater` and `FixTheSetup` as the connector does, and when another run holds the flow's lease.
    """
    with writing(run.engine) as connection:
        history.begin(connection, run.as_begun(), run.clock(), "reading")
    lists = {(system.name, entity, run.flow.name): _refresh(run, system, entity) for system, entity in also_reads(run)}
    if run.applies:
        settle_open_intents(run)
    window = None if run.flow.amends or run.scope.only_records else _window(run, run.source, run.flow.source_entity)
    seen = lists[run.source.name, run.flow.source_entity, ""] = _begun(run, run.flow.source, window)
    staged = run.staging.write("extract", _source_rows(run, seen, window) if run.reads(run.source) else ())
    with writing(run.engine) as connection:
        row = history.begin(connection, run.as_begun(), run.clock(), "read")
        if run.scope.only_side:
            history.end(connection, row, _only_read(run.scope.only_side), run.clock())
    return Extracted(
        **staged,
        cursors=_cursors(lists),
        notes=sorted({note for one in lists.values() for note in one.notes}),
        books=run.target.facts(run.flow.target_entity) if run.reads(run.target) else {},
    )


def _only_read(side: Side) -> dict[str, Any]:
    where = "Procore" if side == "procore" else "the books"
    return {"counts": {}, "money": {}, "notes": [f"Only {where} was to be read: nothing was compared."]}


def _cursors(lists: dict[tuple[str, str, str], Seen]) -> list[tuple[str, str, str]]:
    """Where the cursors go. A list that was read for the catalog only has one of its own for the flow (the scope)."""
    read = [(f"{system}.{entity}", scope, seen) for (system, entity, scope), seen in lists.items() if seen.read_at]
    whole = [(entity, f"{scope} {WHOLE}", seen) for entity, scope, seen in read if seen.whole]
    return [(entity, scope, seen.read_at.isoformat()) for entity, scope, seen in [*read, *whole] if seen.read_at]


def _begun(run: FlowRun, name: str, window: Window | None) -> Seen:
    with reading(run.engine) as connection:
        return Seen(catalog.new_mark(connection, run.pair, name, run.clock()), window)


def _source_rows(run: FlowRun, seen: Seen, window: Window | None) -> Iterator[dict[str, Any]]:
    source, entity = run.source, run.flow.source_entity
    if run.flow.amends:
        with reading(run.engine) as connection:
            yield from amendable_rows(connection, run)
        return
    if window is None:
        asked = run.scope.records_of(run.flow.name)
        yield from _rows(run, source.fetch(entity, asked), seen)
        yield from _vanished(run, _known_gone(run, seen, asked), seen)
        return
    for page in source.read(entity, _with_linked(run, _with_due(run, window, seen))):
        seen.note(page)
        yield from _rows(run, page.rows, seen)
        _look_for_parts(run, run.flow.source, seen, DOCUMENTS)
    if window.only_projects:
        return
    due = [] if window.dated else due_ids(run, seen)
    yield from _rows(run, source.fetch(entity, due) if due else [], seen)
    yield from _rows(run, _moved(run, seen, due), seen)
    yield from _vanished(run, _missing(run, seen, due), seen)


def _rows(run: FlowRun, records: Iterable[Record], seen: Seen) -> Iterator[dict[str, Any]]:
    """The staged form of records, each once and saved to the catalog on the way."""
    batch = list(records)
    kept = [catalog_record_of(run.source, run.flow.source_entity, run.written_paths, record) for record in batch]
    _save(run, run.source, run.flow.source_entity, (batch, kept), seen.mark)
    seen.saw(card.id for card in kept)
    read_at = (seen.read_at or run.clock()).isoformat()
    for card, record in {card.id: (card, record) for card, record in zip(kept, batch, strict=True)}.values():
        yield {"id": card.id, "revision": card.version or read_at, "gone": False, "record": record}
    if seen.has_grown():
        with writing(run.engine) as connection:
            catalog.has_grown(connection)
            ledger.has_grown(connection)


def _moved(run: FlowRun, seen: Seen, due: Sequence[str]) -> list[Record]:
    """The present parts of documents of which a part is due that is not there: it was moved to another project.

    Asked only where the list leaves something out, so that absence from it proves nothing.
    """
    source, entity = run.source, run.flow.source_entity
    if not (due and seen.partial and source.entities[entity].parts):
        return []
    with reading(run.engine) as connection:
        moved = {one.partition("/")[0] for one in not_shown(run, connection, seen, due)}
    found = {card_of(source, entity, row).id: row for row in source.fetch(entity, sorted(moved))} if moved else {}
    seen.documents.update(one.partition("/")[0] for one in found)
    with reading(run.engine) as connection:
        return [found[one] for one in not_shown(run, connection, seen, found)]


def _missing(run: FlowRun, seen: Seen, due: Sequence[str]) -> list[str]:
    """The ids that neither the list nor a look-up by id has shown: absence needs both.

    Of a document that was read, the parts that it no longer has are gone too.
    """
    parts = _look_for_parts(run, run.flow.source, seen) | _deleted(run, run.flow.source, seen)
    if seen.partial:
        return sorted(parts)
    with reading(run.engine) as connection:
        not_found = set(not_shown(run, connection, seen, due))
        unseen = sorted(catalog.present_ids(connection, run.pair, run.flow.source, seen.mark)) if seen.whole else []
    asked = _not_hidden(run, run.source, run.flow.source_entity, not_found)
    found = run.source.fetch(run.flow.source_entity, unseen) if unseen else []
    present = {card_of(run.source, run.flow.source_entity, record).id for record in found}
    absent = _not_hidden(run, run.source, run.flow.source_entity, set(unseen) - present)
    return sorted(absent | asked | parts)


def _known_gone(run: FlowRun, seen: Seen, asked: Sequence[str]) -> list[str]:
    """Of the records that a person names those that a whole list no longer had, and that a look-up does not show."""
    with reading(run.engine) as connection:
        known = catalog.known(connection, run.pair, run.flow.source, asked)
        unseen = not_shown(run, connection, seen, known)
    return [one for one in unseen if known[one].status == GONE]


def _not_hidden(run: FlowRun, system: System, entity: str, ids: set[str], listed: bool = False) -> set[str]:
    """Those of some ids whose absence proves something: their project is visible and, where asked, its list is read."""
    places = system.places(entity) if ids else None
    if places is None:
        return ids
    with reading(run.engine) as connection:
        known = catalog.places_of(connection, run.pair, f"{system.name}.{entity}", sorted(ids))
    shown = {place for place, is_listed in places.items() if is_listed or not listed}
    return {one for one in ids if known.get(one, "") in shown}


def _look_for_parts(run: FlowRun, name: str, seen: Seen, at_least: int = 1) -> set[str]:
    """The parts that documents had and have no more, such as the project from which a bill was recoded (ACC-1).

    Looked for when so many documents have been read since the last time; all that were found in this reading.
    """
    if len(seen.documents) >= at_least:
        with reading(run.engine) as connection:
            seen.parts_gone.update(catalog.parts_of(connection, run.pair, name, seen.documents, seen.mark))
        seen.documents.clear()
    return seen.parts_gone


def _deleted(run: FlowRun, name: str, seen: Seen) -> set[str]:
    """The known records that the vendor itself says are deleted."""
    with reading(run.engine) as connection:
        return set(catalog.known(connection, run.pair, name, sorted(seen.deleted)))


def _vanished(run: FlowRun, ids: list[str], seen: Seen) -> Iterator[dict[str, Any]]:
    """What is gone, by the vendor's own time: by a clock that is slow here it would be older than what was written."""
    _forget(run, run.flow.source, ids)
    read_at = (seen.read_at or run.clock()).isoformat()
    for one in ids:
        yield {"id": one, "revision": read_at, "gone": True, "record": {}}


def _refresh(run: FlowRun, system: System, entity: str) -> Seen:
    """Reads what changed in a list that is not the flow's source, for the catalog only."""
    name = f"{system.name}.{entity}"
    is_target = name == run.flow.target
    window = _window(run, system, entity, run.flow.name)
    seen = _begun(run, name, window)
    for page in system.read(entity, window):
        seen.note(page)
        kept = [
            target_record_of(run, record) if is_target else catalog_record_of(system, entity, (), record)
            for record in page.rows
        ]
        _save(run, system, entity, (page.rows, kept), seen.mark)
        _look_for_parts(run, name, seen, DOCUMENTS)
    _forget(run, name, _gone_from(run, system, entity, window, seen))
    return seen


def _gone_from(run: FlowRun, system: System, entity: str, window: Window, seen: Seen) -> list[str]:
    """What a list no longer has: a list read whole tells it, another one of the parts of its documents only."""
    name = f"{system.name}.{entity}"
    if window.since is not None or window.only_projects or seen.partial:
        return sorted(_look_for_parts(run, name, seen) | _deleted(run, name, seen))
    with reading(run.engine) as connection:
        unseen = set(catalog.present_ids(connection, run.pair, name, seen.mark))
    return sorted(_not_hidden(run, system, entity, unseen, listed=True))


def _forget(run: FlowRun, name: str, ids: list[str]) -> None:
    if not ids:
        return
    with writing(run.engine) as connection:
        catalog.mark_gone(connection, run.pair, name, ids, run.clock())
        ledger.remove(connection, run.pair, name, ids)


def _window(run: FlowRun, system: System, entity: str, scope: str = "") -> Window:
    if run.scope.dated and system is run.source and not scope:
        return Window(dated=run.scope.dated, only_projects=run.scope.only_projects)
    since = None
    if system.entities[entity].by_change and not run.scope.full_refresh:
        with reading(run.engine) as connection:
            until = cursors.read(connection, run.pair, f"{system.name}.{entity}", scope)
            whole = cursors.read(connection, run.pair, f"{system.name}.{entity}", f"{scope} {WHOLE}")
        since = until - OVERLAP if until and whole and run.clock() - whole < WHOLE_EVERY else None
    return Window(since=since, only_projects=run.scope.only_projects)


def _with_due(run: FlowRun, window: Window, seen: Seen) -> Window:
    """A window of what changed, and with it what is due besides: the connector may show that at no further call."""
    if window.since is None or window.only_projects:
        return window
    due = due_ids(run, seen)
    with reading(run.engine) as connection:
        return replace(window, also=catalog.places_of(connection, run.pair, run.flow.source, due))


def _with_linked(run: FlowRun, window: Window) -> Window:
    """A window with what is known already, where reading takes a call for each."""
    if not run.source.entities[run.flow.source_entity].asks_each:
        return window
    with reading(run.engine) as connection:
        linked = links.linked_targets(connection, run.pair, run.flow.kind, run.side)
    return replace(window, linked=frozenset(linked))


def _save(
    run: FlowRun, system: System, entity: str, batch: tuple[Sequence[Record], list[CatalogRecord]], mark: datetime
) -> None:
    """Keeps records as they are now, under the mark of a reading, and their lines for the reports."""
    name, (records, kept) = f"{system.name}.{entity}", batch
    lines = {card.id: ledger_lines_of(system, entity, record) for record, card in zip(records, kept, strict=True)}
    has_lines = system.entities[entity].ledger is not None
    for start in range(0, len(kept), BATCH):
        some = kept[start : start + BATCH]
        with writing(run.engine) as connection:
            catalog.save(connection, run.pair, name, some, mark)
            if has_lines:
                ledger.replace(connection, run.pair, name, {one.id: lines[one.id] for one in some})
