"""Confirming: a write that the vendor has accepted becomes a link, and the source record learns of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from jobledger.errors import RetryLater
from jobledger.mapping.compare import LINES
from jobledger.mapping.context import Context
from jobledger.mapping.flow import Flow
from jobledger.pipeline.cataloging import ledger_lines_of, target_record_of
from jobledger.pipeline.lines import recognised, with_own_lines
from jobledger.pipeline.plan import Planned, seen_state, sent_state
from jobledger.pipeline.run import FlowRun
from jobledger.pipeline.staging import chunks
from jobledger.store import catalog, history, intents, leases, ledger, links
from jobledger.store.catalog import CatalogRecord
from jobledger.store.engine import reading, writing
from jobledger.store.history import Outcome
from jobledger.store.intents import Intent
from jobledger.store.leases import Lease
from jobledger.store.links import FlowState
from jobledger.systems.base import Record, Write, WriteResult

OUTCOME = {"create": "created", "update": "updated", "link": "updated", "remove": "removed"}
"""The outcome of each decision once it is carried out."""


@dataclass(frozen=True)
class Confirmed:
    """A write that the vendor has accepted: what was planned, its intent, and the record as the vendor has it now."""

    planned: Planned
    intent: Intent
    target_id: str
    version: str | None = None
    record: Record | None = None


def confirm(run: FlowRun, lease: Lease, done: Sequence[Confirmed]) -> list[Confirmed]:
    """Commits links and what was written; those of which the source has still to learn (`write_back`).

    Raises `RetryLater` when the lease is lost.
    """
    if not done:
        return []
    with writing(run.engine) as connection:
        leases.renew(connection, lease, run.clock())
        for one in done:
            if one.planned.decision == "remove":
                _take_away(connection, run, one)
        linked = [one for one in done if one.planned.decision != "remove" and link(connection, run, one)]
        for one in linked:
            intents.advance(connection, one.intent.id, "write_back", one.target_id)
            if not run.flow.write_back:
                _finish(connection, run, one)
    run.at_point("linked")
    return linked if run.flow.write_back else []


def write_back(run: FlowRun, lease: Lease, done: Sequence[Confirmed]) -> None:
    """Writes the target's id into the source record, so that its users see it (PRC-API-24), and settles the intents.

    Raises `RetryLater` where a limit of the source keeps some from being written.
    """
    size = run.source.entities[run.flow.source_entity].batch_for("mark")
    for batch in chunks(done, size):
        _write_back_batch(run, lease, batch)


def _write_back_batch(run: FlowRun, lease: Lease, done: Sequence[Confirmed]) -> None:
    with reading(run.engine) as connection:
        targets = catalog.known(connection, run.pair, run.flow.target, [one.target_id for one in done])
        linked = _still_linked(connection, run, done)
    writes = [
        Write(one.planned.source_id, "mark", _back_document(run, one, targets), target_id=one.planned.source_id)
        for one in linked
    ]
    members = [(one.intent.source_id, one.intent.part, one.intent.number) for one in linked]
    key = intents.batch_key(run.pair, f"{run.flow.name}:back", members)
    results = {result.key: result for result in run.source.write(run.flow.source_entity, writes, key)} if writes else {}
    run.at_point("written_back")
    with writing(run.engine) as connection:
        leases.renew(connection, lease, run.clock())
        for one in linked:
            _after_write_back(connection, run, one, results[one.planned.source_id])
        for one in done:
            if one not in linked:
                _finish(connection, run, one, "A person has taken the link away: no origin_id was written.")
    run.at_point("settled")
    stop_where_put_off(results.values())


def _still_linked(connection: Connection, run: FlowRun, done: Sequence[Confirmed]) -> list[Confirmed]:
    """Those whose link nobody has taken away since it was made."""
    ids = [one.planned.source_id for one in done]
    known = links.of_sources(connection, run.pair, run.flow.linked_as, run.flow.name, run.side, ids)
    return [one for one in done if (link := known.get(one.planned.source_id)) and link.target_id == one.target_id]


def stop_where_put_off(results: Iterable[WriteResult]) -> None:
    """Raises `RetryLater` where a limit kept a part of a batch from being sent: the next try finds and finishes it."""
    for one in results:
        if one.put_off_until:
            raise RetryLater(one.message, one.put_off_until)


def _after_write_back(connection: Connection, run: FlowRun, one: Confirmed, result: WriteResult) -> None:
    """A refused origin_id leaves intent and record open for one more run: what waits for ever holds up what follows."""
    reason = f"Linked; the origin_id could not be written: {result.message}"
    if result.status == "done":
        _finish(connection, run, one)
    elif result.status != "unknown" and one.intent.step == "write_back":
        _finish(connection, run, one, reason)
    elif result.status == "unknown":
        reason = "Linked; whether Procore has taken the origin_id is not known."
        _record(connection, run, _outcome(one, "unknown", reason, "Nothing to do: the next run writes it again."))
    else:
        remedy = "Correct the record in Procore so that it takes the origin_id; the next run writes it once more."
        _record(connection, run, _outcome(one, "failed", reason, remedy))


def _finish(connection: Connection, run: FlowRun, one: Confirmed, told: str = "") -> None:
    outcome = OUTCOME[one.planned.decision]
    intents.settle(connection, one.intent.id, outcome, run.clock())
    _record(connection, run, _outcome(one, outcome, " ".join(filter(None, (one.planned.reason, told))), ""))


def _outcome(one: Confirmed, outcome: str, reason: str, remedy: str) -> Outcome:
    planned = one.planned
    return Outcome(
        source_id=planned.source_id,
        part=planned.part,
        outcome=outcome,
        name=planned.name,
        number=planned.number,
        target_id=one.target_id,
        changes=planned.changes or [{"field": f, "before": None, "after": v} for f, v in planned.fields.items() if v],
        reason=reason,
        remedy=remedy,
        amount=planned.amount,
    )


def _record(connection: Connection, run: FlowRun, outcome: Outcome) -> None:
    row = history.begin(connection, run.as_begun(), run.clock())
    history.record(connection, (row, run.pair, run.flow.name), [outcome], run.clock())


def _take_away(connection: Connection, run: FlowRun, one: Confirmed) -> None:
    """The target is gone; the link stays as the tombstone that keeps it from being made again (ACC-30).

    A record that may come back loses its link instead, and so does what was made on its target, such as files.
    """
    if one.record is not None:
        _seen(connection, run, one)
    else:
        catalog.mark_gone(connection, run.pair, run.flow.target, [one.target_id], run.clock())
        ledger.remove(connection, run.pair, run.flow.target, [one.target_id])
    if run.flow.comes_back:
        procore_id, _ = run.ids(one.planned.source_id, one.target_id)
        links.remove(connection, run.pair, run.flow.linked_as, procore_id)
        for flow in run.flows:
            if run.flow.kind in flow.needs:
                _forget_parts(connection, run, flow, one.target_id)
    _finish(connection, run, one)


def _forget_parts(connection: Connection, run: FlowRun, flow: Flow, document: str) -> None:
    """What another flow made on a document (`<document>/<part>`) is gone with it, and is made again on the next one."""
    mark = catalog.new_mark(connection, run.pair, flow.target, run.clock())
    parts = list(catalog.parts_of(connection, run.pair, flow.target, [document], mark))
    catalog.mark_gone(connection, run.pair, flow.target, parts, run.clock())
    links.remove_to(connection, run.pair, flow.linked_as, run.side, parts)


def link(connection: Connection, run: FlowRun, one: Confirmed) -> bool:
    """Links the source with what was written, and notes what was written and how the target looks now.

    False, with a `conflict`, if a person has meanwhile linked the source with another record.
    """
    planned = one.planned
    seen = _seen(connection, run, one)
    ids, kind = run.ids(planned.source_id, one.target_id), run.flow.linked_as
    try:
        made = (planned.made_by, run.clock(), planned.reason)
        link_id = links.make(connection, run.pair, kind, ids, *made, shared=run.flow.shares_target)
    except ValueError as error:
        intents.settle(connection, one.intent.id, "conflict", run.clock())
        remedy = "Take one of the two links away: `airflow jobledger links unlink`."
        _record(connection, run, _outcome(one, "conflict", f"Not linked with {one.target_id}: {error}.", remedy))
        return False
    state = FlowState(
        revision=planned.revision,
        fingerprint=planned.fingerprint,
        sent=sent_state(planned),
        target_version=seen.state if seen else planned.target_version,
        seen=seen_state(planned, _ours_of(planned, seen) if seen else planned.seen),
    )
    links.save_state(connection, link_id, run.flow.name, state)
    return True


def _ours_of(planned: Planned, seen: CatalogRecord) -> dict[str, Any]:
    """The target as it is now, with those of its lines that we wrote; of one that was there before, with all lines."""
    found = seen.content.get(LINES)
    if found is None or planned.decision == "link":
        return seen.content
    return with_own_lines(seen.content, recognised(planned.lines, planned.line_keys, found))


def _seen(connection: Connection, run: FlowRun, one: Confirmed) -> CatalogRecord | None:
    """The target as the vendor has just sent it or, where nothing was written, as the catalog knows it."""
    if one.record is None:
        return catalog.known(connection, run.pair, run.flow.target, [one.target_id]).get(one.target_id)
    seen = target_record_of(run, one.record)
    catalog.save(connection, run.pair, run.flow.target, [seen], run.clock())
    if run.target.entities[run.flow.target_entity].ledger:
        lines = ledger_lines_of(run.target, run.flow.target_entity, one.record)
        ledger.replace(connection, run.pair, run.flow.target, {seen.id: lines})
    return seen


def _back_document(run: FlowRun, one: Confirmed, targets: dict[str, CatalogRecord]) -> Record:
    """`write_back` of the mapping file, over the target's card."""
    known = targets.get(one.target_id)
    card = {name: getattr(known, name, None) for name in ("name", "number", "mark")} | {"id": one.target_id}
    return run.write_back(Context(record=card, settings=run.settings))
