"""Settling: what became of writes that an earlier run sent and did not hear of, or did not finish."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from jobledger.mapping.canonical import same
from jobledger.mapping.compare import LINES
from jobledger.pipeline.cataloging import card_of, target_record_of
from jobledger.pipeline.confirm import Confirmed, confirm, write_back
from jobledger.pipeline.lines import recognised
from jobledger.pipeline.plan import Planned
from jobledger.pipeline.refuse import refuse
from jobledger.pipeline.run import FlowRun
from jobledger.pipeline.writing import stepping, write_of
from jobledger.store import history, intents, leases
from jobledger.store.engine import reading, writing
from jobledger.store.intents import Intent
from jobledger.store.leases import Lease
from jobledger.systems.base import Record


def settle_open_intents(run: FlowRun, lease: Lease | None = None) -> None:
    """Looks up every open intent of the flow: found, it is finished; surely not there, it is closed.

    Where a late write may still appear the intent stays open, and its record is `unknown`. Raises `RetryLater` while
    another run holds the flow's lease.
    """
    with reading(run.engine) as connection:
        opened = intents.open_intents(connection, run.pair, run.flow.name)
    if not opened:
        return
    if lease is None:
        with leases.held(run.engine, (run.pair, run.flow.name), run.holder or run.run_id, run.clock) as taken:
            settle_open_intents(run, taken)
        return
    write_back(run, lease, [done for one in opened for done in _settle(run, lease, one)])


def _settle(run: FlowRun, held: Lease, opened: Intent) -> list[Confirmed]:
    """Settles one intent; if it was carried out, what the source has still to learn of it."""
    planned = Planned(**opened.document)
    if opened.step == "write_back" and opened.target_id:
        done = [Confirmed(planned, opened, opened.target_id)]
        return confirm(run, held, done) if opened.action == "link" else done
    found = _look_up(run, opened, planned)
    if opened.action == "remove":
        return _settle_removal(run, held, opened, found)
    if found is not None and run.target.entities[run.flow.target_entity].steps:
        return _finish(run, held, opened, card_of(run.target, run.flow.target_entity, found).id)
    if found is not None:
        card = card_of(run.target, run.flow.target_entity, found)
        planned.reason = planned.reason or "Sent by an earlier run that had no answer; found by look-up."
        return confirm(run, held, [Confirmed(planned, opened, card.id, card.version, found)])
    return _not_sent(run, held, opened) if _surely_not_there(run, opened) else []


def _not_sent(run: FlowRun, held: Lease, opened: Intent) -> list[Confirmed]:
    """Closes an intent that was not carried out: the next plan decides afresh."""
    with writing(run.engine) as connection:
        leases.renew(connection, held, run.clock())
        intents.settle(connection, opened.id, "not_sent", run.clock())
    return []


def _settle_removal(run: FlowRun, held: Lease, opened: Intent, found: Record | None) -> list[Confirmed]:
    """A removal is done when the record is gone or out of use; one that is still there is decided afresh."""
    planned = Planned(**opened.document)
    if found is not None and card_of(run.target, run.flow.target_entity, found).active:
        return _not_sent(run, held, opened)
    return confirm(run, held, [Confirmed(planned, opened, planned.target_id or "", record=found)])


def _finish(run: FlowRun, held: Lease, opened: Intent, target_id: str) -> list[Confirmed]:
    """Finishes a write of several requests that was interrupted: the connector sends only what is missing."""
    planned = Planned(**opened.document)
    wanted = replace(write_of(run, planned), target_id=target_id)
    [result] = run.target.write(run.flow.target_entity, [wanted], opened.batch_key, stepping(run, held, [opened]))
    if result.status != "done":
        with writing(run.engine) as connection:
            row = history.begin(connection, run.as_begun(), run.clock())
        refuse(run, held, row, [(planned, opened, result)])
        return []
    planned.reason = planned.reason or "Begun by an earlier run that was interrupted, and finished."
    return confirm(run, held, [Confirmed(planned, opened, target_id, result.version, result.record)])


def _surely_not_there(run: FlowRun, opened: Intent) -> bool:
    """Whether 'not found' proves that the write never happens: late answers are over, or a repeat would do no harm."""
    harmless = run.target.entities[run.flow.target_entity].upserts
    return harmless or run.clock() - opened.opened_at >= run.target.capabilities.late_commit


def _look_up(run: FlowRun, opened: Intent, planned: Planned) -> Record | None:
    """The record that the intent wrote, recognised by id, mark, or (without room for a mark) by key and content."""
    entity = run.target.entities[run.flow.target_entity]
    if opened.action == "remove" or (entity.steps and (opened.target_id or opened.action != "create")):
        return next(iter(run.target.fetch(entity.name, [opened.target_id or ""])), None)
    if opened.action != "create":
        return _if_written(run, planned, run.target.fetch(entity.name, [planned.target_id or ""]))
    natural_key = {path: planned.fields.get(path) for path in run.flow.natural_key}
    found = run.target.find(entity.name, opened.mark, natural_key)
    if entity.has_mark:
        return next((record for record in found if entity.card(record).mark == opened.mark), None)
    return _if_written(run, planned, found, matched=run.flow.natural_key)


def _if_written(run: FlowRun, planned: Planned, found: list[Record], matched: Collection[str] = ()) -> Record | None:
    """The record that holds what was sent; the paths in `matched` have been compared before."""
    unseen = {LINES, *matched, *run.target.entities[run.flow.target_entity].unkept}
    sent = {path: value for path, value in planned.fields.items() if value is not None}
    wanted = {change["field"]: change["after"] for change in planned.changes} or sent
    fields = {path: value for path, value in wanted.items() if path not in unseen}
    for record in found:
        content = target_record_of(run, record).content
        same_fields = all(_agree(content.get(path), value) for path, value in fields.items())
        if same_fields and _has_lines(planned, wanted, content):
            return record
    return None


def _agree(theirs: Any, ours: Any) -> bool:
    return str(theirs or "") == str(ours or "") or same(theirs, ours)


def _has_lines(planned: Planned, wanted: dict[str, Any], content: dict[str, Any]) -> bool:
    """Whether a document holds the lines that were sent, if lines were."""
    if planned.changes and LINES not in wanted:
        return True
    ours = recognised(planned.lines, planned.line_keys, content.get(LINES) or [])
    return len(ours) == len(planned.lines)
