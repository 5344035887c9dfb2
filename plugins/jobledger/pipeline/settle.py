"""Settling: what became of writes that an earlier run sent and did not hear of, or did not finish."""

from __future__ import annotations

from jobledger.pipeline.cataloging import card_of, catalog_record_of
from jobledger.pipeline.confirm import Confirmed, confirm, write_back
from jobledger.pipeline.plan import Planned
from jobledger.pipeline.run import FlowRun
from jobledger.store import intents, leases
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
    if found is not None:
        card = card_of(run.target, run.flow.target_entity, found)
        planned.reason = planned.reason or "Sent by an earlier run that had no answer; found by look-up."
        return confirm(run, held, [Confirmed(planned, opened, card.id, card.version, found)])
    if not _surely_not_there(run, opened):
        return []
    with writing(run.engine) as connection:
        leases.renew(connection, held, run.clock())
        intents.settle(connection, opened.id, "not_sent", run.clock())
    return []


def _surely_not_there(run: FlowRun, opened: Intent) -> bool:
    """Whether 'not found' proves that the write never happens: late answers are over, or a repeat would do no harm."""
    harmless = run.target.entities[run.flow.target_entity].upserts
    return harmless or run.clock() - opened.opened_at >= run.target.capabilities.late_commit


def _look_up(run: FlowRun, opened: Intent, planned: Planned) -> Record | None:
    """The record that the intent wrote, recognised by id, mark, or (without room for a mark) by key and content."""
    entity = run.target.entities[run.flow.target_entity]
    if opened.action != "create":
        return _if_written(run, planned, run.target.fetch(entity.name, [planned.target_id or ""]))
    natural_key = {path: planned.fields.get(path) for path in run.flow.natural_key}
    found = run.target.find(entity.name, opened.mark, natural_key)
    if entity.has_mark:
        return next((record for record in found if entity.card(record).mark == opened.mark), None)
    return _if_written(run, planned, found)


def _if_written(run: FlowRun, planned: Planned, found: list[Record]) -> Record | None:
    wanted = {change["field"]: change["after"] for change in planned.changes} or planned.fields
    for record in found:
        content = catalog_record_of(run.target, run.flow.target_entity, run.flow.fields, record).content
        if all(str(content.get(path) or "") == str(value or "") for path, value in wanted.items()):
            return record
    return None
