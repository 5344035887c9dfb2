"""Load: writes what is left, batch by batch, and records what became of every record.

The order that keeps "never twice" true: an intent is committed, then the request is sent, then the answer is committed.
A process that dies between any two of these leaves open intents, which the next run settles.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, TypedDict

import msgspec
from sqlalchemy.engine import Connection

from jobledger.errors import FixTheSetup, RetryLater
from jobledger.pipeline.confirm import OUTCOME, Confirmed, confirm, stop_where_put_off, write_back
from jobledger.pipeline.garbage import seldom_collected
from jobledger.pipeline.gate import Gate, held
from jobledger.pipeline.map import MappedRows
from jobledger.pipeline.money import Tally, too_many
from jobledger.pipeline.paid import unsettled
from jobledger.pipeline.plan import WRITES, Planned, sent_values
from jobledger.pipeline.refuse import refuse
from jobledger.pipeline.run import FlowRun
from jobledger.pipeline.settle import settle_open_intents
from jobledger.pipeline.staging import Staged, chunks
from jobledger.pipeline.validate import Validated
from jobledger.pipeline.writing import stepping, write_of
from jobledger.store import cursors, history, intents, leases, links
from jobledger.store.engine import BATCH, reading, writing
from jobledger.store.history import Outcome
from jobledger.store.intents import Intent, NewIntent
from jobledger.store.leases import Lease
from jobledger.systems.base import Entity, WriteResult

Outcomes = dict[tuple[str, str], str]
"""Outcomes by source id and part."""


class Loaded(TypedDict):
    """What load hands to report: how many records came to which outcome, and with how much money."""

    run_row: int
    counts: dict[str, int]


@seldom_collected
def load(run: FlowRun, mapped: MappedRows, validated: Validated, notes: Iterable[str] = ()) -> Loaded:
    """Carries out a flow's plan, or only tells it where the run does not apply. Raises `RetryLater`, `FixTheSetup`.

    A task that is tried again goes on where it stopped: what has an outcome in this run is not looked at again.
    """
    with writing(run.engine) as connection:
        row = history.begin(connection, run.as_begun(), run.clock(), "writing")
    gate = Gate(run, _verdicts(run, validated), validated["stopped"], too_many(mapped, run.scope.narrowed))
    tally = Tally()
    try:
        if run.applies:
            with leases.held(run.engine, (run.pair, run.flow.name), run.holder or run.run_id, run.clock) as lease:
                settle_open_intents(run, lease)
                _load_rows(run, lease, gate, mapped, (row, tally))
        else:
            _load_rows(run, None, gate, mapped, (row, tally))
    except RetryLater as error:
        _tell_what_is_left(run, row, tally, mapped, error)
        raise
    return _close(run, row, tally, mapped, list(notes))


def _tell_what_is_left(run: FlowRun, row: int, tally: Tally, mapped: MappedRows, error: RetryLater) -> None:
    """Notes how many records have no outcome yet and why, until the next try ends."""
    with writing(run.engine) as connection:
        left = mapped["rows"] - sum(history.counted(connection, row).values()) - tally.unchanged
        history.note(connection, row, [f"{left} of {mapped['rows']} records are not dealt with yet: {error}"])


def _load_rows(run: FlowRun, lease: Lease | None, gate: Gate, mapped: MappedRows, into: tuple[int, Tally]) -> None:
    row, tally = into
    staged = Staged(file=mapped["file"], rows=mapped["rows"])
    with reading(run.engine) as connection:
        done = history.recorded(connection, row)
    if lease is not None:
        # a first write that was held back has only told its plan; once it is let go, all of that is still to be done
        done = {one: outcome for one, outcome in done.items() if outcome != "planned"}
    together = run.target.entities[run.flow.target_entity].together
    for rows in chunks(run.staging.read(staged), max(mapped["rows"], 1) if together else BATCH):
        everything = [Planned(**one) for one in rows]
        for planned in everything:
            tally.note(planned)
        left = _left(run, everything, done)
        settled = gate.judge(left)
        tally.unchanged += sum(not history.leaves_row(one) for one in settled)
        _record(run, lease, row, settled, [planned for planned in left if planned.adopt or planned.saw])
        if lease is not None:
            held = {(one.source_id, one.part) for one in settled}
            _write_all(run, lease, row, [p for p in left if (p.source_id, p.part) not in held])
        tally.close(_outcomes(run, lease, row, everything, settled, done))


def _outcomes(
    run: FlowRun, lease: Lease | None, row: int, some: list[Planned], settled: list[Outcome], done: Outcomes
) -> Outcomes:
    """What became of some records: where something may have been written, as it is recorded."""
    if lease is None:
        return {**done, **{(one.source_id, one.part): one.outcome for one in settled}}
    with reading(run.engine) as connection:
        return history.recorded(connection, row, [one.source_id for one in some])


def _left(run: FlowRun, everything: list[Planned], done: Outcomes) -> list[Planned]:
    """What this run has no outcome of yet; or only that of an older write, which it has found and finished."""
    carried_out = [one for one in everything if done.get((one.source_id, one.part)) in OUTCOME.values()]
    newer: set[str] = set()
    if carried_out:
        ids = [one.source_id for one in carried_out if one.decision != "unchanged"]
        with reading(run.engine) as connection:
            known = links.of_sources(connection, run.pair, run.flow.linked_as, run.flow.name, run.side, ids)
        newer = {
            one.source_id
            for one in carried_out
            if (link := known.get(one.source_id)) and (link.revision or "") < one.revision
        }
    return [one for one in everything if (one.source_id, one.part) not in done or one.source_id in newer]


def _record(run: FlowRun, lease: Lease | None, row: int, outcomes: list[Outcome], looked_at: list[Planned]) -> None:
    """Records outcomes; of those that were only looked at, also how their targets are now."""
    with writing(run.engine) as connection:
        history.record(connection, (row, run.pair, run.flow.name), outcomes, run.clock())
        if lease is None:
            return
        leases.renew(connection, lease, run.clock())
        known = links.of_sources(
            connection, run.pair, run.flow.linked_as, run.flow.name, run.side, [one.source_id for one in looked_at]
        )
        for planned in looked_at:
            link = known.get(planned.source_id)
            if link and planned.adopt and (link.revision or "") <= planned.revision:
                links.save_state(connection, link.id, run.flow.name, _state(planned))
            elif link and planned.saw and planned.decision not in WRITES:
                links.looked_at(connection, link.id, run.flow.name, planned.target_version)


def _state(planned: Planned) -> links.FlowState:
    """The present values of both sides."""
    return links.FlowState(
        planned.revision, planned.fingerprint, sent_values(planned), planned.target_version, planned.seen
    )


def _write_all(run: FlowRun, lease: Lease, row: int, to_write: list[Planned]) -> None:
    """Writes some records in batches; those that turned out to be stale are unchanged."""
    done: list[Confirmed] = []
    try:
        for batch in _batches(run.target.entities[run.flow.target_entity], to_write):
            opened, key, kept_back = _open(run, lease, batch)
            _record(run, lease, row, kept_back, [])
            if opened:
                done.extend(_write_batch(run, lease, row, opened, key))
    except RetryLater:
        # the target takes no more for now; the source may still learn of what it took, unless the lease is lost
        _record(run, lease, row, [], [])
        write_back(run, lease, done)
        raise
    write_back(run, lease, done)


def _batches(entity: Entity, to_write: list[Planned]) -> Iterator[list[Planned]]:
    """What goes out in one request: links by themselves, then removals, updates and creations, or all together."""
    sizes = {"link": BATCH, **{action: entity.batch_for(action) for action in ("remove", "update", "create")}}
    groups = [([decision], size) for decision, size in sizes.items()]
    if entity.together:
        groups = [(["link"], BATCH), (["remove", "update", "create"], max(len(to_write), 1))]
    for decisions, size in groups:
        yield from chunks([planned for planned in to_write if planned.decision in decisions], size)


def _write_batch(
    run: FlowRun, lease: Lease, row: int, opened: list[tuple[Planned, Intent]], key: str
) -> Iterator[Confirmed]:
    """Sends one batch and commits the answers; the writes of which the source has still to learn.

    Raises `RetryLater` after them where a limit put the rest off.
    """
    run.at_point("intent_open")
    if opened[0][0].decision == "link":
        yield from confirm(run, lease, [Confirmed(one, intent, one.target_id or "") for one, intent in opened])
        return
    results = _send(run, lease, opened, key)
    run.at_point("answered")
    refuse(run, lease, row, [one for one in results if one[2].status != "done"])
    done = [
        Confirmed(_told(planned, result), intent, result.target_id or "", result.version, result.record)
        for planned, intent, result in results
        if result.status == "done"
    ]
    yield from confirm(run, lease, done)
    stop_where_put_off(result for _, _, result in results)


def _told(planned: Planned, result: WriteResult) -> Planned:
    """What the connector changed on the way is part of the record's history."""
    planned.reason = " ".join(part for part in (planned.reason, result.message) if part)
    return planned


def _open(run: FlowRun, lease: Lease, batch: list[Planned]) -> tuple[list[tuple[Planned, Intent]], str, list[Outcome]]:
    """Commits the intents of a batch; with them the batch's key, and the outcomes of records that are kept back."""
    with writing(run.engine) as connection:
        kept_back = _kept_back(connection, run, batch)
        fresh = [planned for planned in batch if (planned.source_id, planned.part) not in kept_back]
        if not fresh:
            return [], "", list(kept_back.values())
        members = [_new_intent(run, planned) for planned in fresh]
        key, opened = intents.open_batch(connection, lease, members, _body_hash(run, fresh), run.clock())
    return list(zip(fresh, opened, strict=True)), key, list(kept_back.values())


def _kept_back(connection: Connection, run: FlowRun, batch: list[Planned]) -> dict[tuple[str, str], Outcome]:
    """Those of a batch that are not sent: an earlier write of theirs is open still, or something newer was written."""
    ids = [planned.source_id for planned in batch]
    known = links.of_sources(connection, run.pair, run.flow.linked_as, run.flow.name, run.side, ids)
    opened = intents.open_keys(connection, run.pair, run.flow.name)
    kept_back: dict[tuple[str, str], Outcome] = {}
    for planned in batch:
        key = (planned.source_id, planned.part)
        if key in opened:
            kept_back[key] = _unsettled(planned)
        elif _overtaken(planned, known.get(planned.source_id)):
            kept_back[key] = _outdated(planned)
    return kept_back


def _overtaken(planned: Planned, link: links.Link | None) -> bool:
    if link is None:
        return planned.decision in ("update", "remove")
    if planned.decision == "link":
        return link.target_id != planned.target_id or link.sent is not None
    return planned.decision not in ("update", "remove") or (link.revision or "") > planned.revision


def _new_intent(run: FlowRun, planned: Planned) -> NewIntent:
    return NewIntent(
        source_id=planned.source_id,
        part=planned.part,
        action=planned.decision,
        step="write_back" if planned.decision == "link" else "write",
        mark=planned.mark,
        document=vars(planned),
        target_id=planned.target_id,
    )


def _send(
    run: FlowRun, lease: Lease, opened: list[tuple[Planned, Intent]], key: str
) -> list[tuple[Planned, Intent, WriteResult]]:
    writes = [write_of(run, planned) for planned, _ in opened]
    note = stepping(run, lease, [intent for _, intent in opened])
    try:
        results = run.target.write(run.flow.target_entity, writes, key, note)
    except (RetryLater, FixTheSetup):
        # nothing of the batch was accepted: the next run may plan it afresh
        with writing(run.engine) as connection:
            leases.renew(connection, lease, run.clock())
            for _, intent in opened:
                intents.settle(connection, intent.id, "not_sent", run.clock())
        raise
    return [(planned, intent, result) for (planned, intent), result in zip(opened, results, strict=True)]


def _unsettled(planned: Planned) -> Outcome:
    reason = "An earlier write of this record was sent and not answered."
    return held(planned, "unknown", reason, "Nothing to do: the next run looks it up and goes on.")


def _outdated(planned: Planned) -> Outcome:
    return held(planned, "unchanged", "A newer revision was written already.", "")


def _body_hash(run: FlowRun, batch: list[Planned]) -> str:
    bodies = [write_of(run, planned).document for planned in batch]
    encoder = msgspec.json.Encoder(decimal_format="number", order="deterministic")
    return hashlib.blake2b(encoder.encode(bodies), digest_size=24).hexdigest()


def _verdicts(run: FlowRun, validated: Validated) -> dict[tuple[str, str], list[dict[str, Any]]]:
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for verdict in run.staging.read(Staged(file=validated["file"], rows=validated["rows"])):
        found.setdefault((verdict["source_id"], verdict["part"]), []).append(verdict)
    return found


def _close(run: FlowRun, row: int, tally: Tally, mapped: MappedRows, notes: list[str]) -> Loaded:
    """Ends the run with its counts and money, and moves the cursor: everything that was read has an outcome now."""
    with reading(run.engine) as connection:
        notes = [*notes, *unsettled(run, mapped, connection)]
    with writing(run.engine) as connection:
        counts = Counter(history.counted(connection, row))
        counts["unchanged"] += tally.unchanged
        counts["not_chosen"] = mapped["read"] - mapped["rows"] - mapped["opening"]
        counts["opening"] = mapped["opening"]
        if mapped["opening"]:
            notes = [*notes, f"{mapped['opening']} documents before {run.integration.cutover} are opening balance."]
        summary = {"counts": dict(counts), "money": tally.money(), "notes": notes}
        history.end(connection, row, summary, run.clock())
        if run.moves_cursors:
            to = [(entity, scope, datetime.fromisoformat(until)) for entity, scope, until in mapped["cursors"]]
            cursors.move(connection, run.pair, run.run_id, to)
    run.at_point("cursor_moved")
    return Loaded(run_row=row, counts=dict(counts))
