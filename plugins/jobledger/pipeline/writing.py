"""From a plan to a connector's write, and the steps of a write that takes several requests."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from jobledger.mapping.compare import LINES
from jobledger.mapping.document import document_of
from jobledger.mapping.path import nest
from jobledger.pipeline.plan import Planned
from jobledger.pipeline.run import FlowRun
from jobledger.store import intents, leases
from jobledger.store.engine import writing
from jobledger.store.intents import Intent
from jobledger.store.leases import Lease
from jobledger.systems.base import HoldsFiles, OpenFile, Record, StepDone, Write


def write_of(run: FlowRun, planned: Planned) -> Write:
    """The write that carries out a plan; an update holds the changed fields only, and lines if any line changed."""
    if planned.decision == "create":
        document = document_of(planned.fields, planned.lines, run.flow)
        return Write(planned.source_id, "create", document, mark=planned.mark, file=_file_of(run, planned))
    replaces = tuple(one["id"] for one in planned.own_lines)
    if planned.decision == "remove":
        return Write(planned.source_id, "remove", {}, target_id=planned.target_id, replaces=replaces)
    document = nest(_changed(planned))
    if not any(change["field"] == LINES for change in planned.changes):
        return Write(planned.source_id, "update", document, target_id=planned.target_id)
    document[run.flow.lines_to] = _lines(run, planned)
    return Write(planned.source_id, "update", document, target_id=planned.target_id, replaces=replaces)


def _file_of(run: FlowRun, planned: Planned) -> OpenFile | None:
    """How the bytes of a record that is a file are got from where it is kept."""
    path = run.target.entities[run.flow.target_entity].file_at
    if not path or not isinstance(run.source, HoldsFiles):
        return None
    return partial(run.source.file, str(planned.fields.get(path) or ""))


def stepping(run: FlowRun, held: Lease, opened: Sequence[Intent]) -> StepDone:
    """Commits each step of a write of several requests, with the target's id, before the next request is sent."""
    by_key = {one.source_id: one for one in opened}

    def done(key: str, step: str, target_id: str) -> None:
        with writing(run.engine) as connection:
            leases.renew(connection, held, run.clock())
            intents.advance(connection, by_key[key].id, step, target_id)
        run.at_point(f"step {step}")

    return done


def _changed(planned: Planned) -> dict[str, Any]:
    fields = (change for change in planned.changes if change["field"] != LINES)
    return {change["field"]: _emptied(change) if change["after"] is None else change["after"] for change in fields}


def _emptied(change: dict[str, Any]) -> Any:
    """What takes a value away: vendors read a missing text as "leave it as it is", and clear it by empty text."""
    return "" if isinstance(change["before"], str) else None


def _lines(run: FlowRun, planned: Planned) -> list[Record]:
    """The document's lines, each with the id of the line that it replaces."""
    name = run.target.entities[run.flow.target_entity].line_id
    known = {one["key"]: one["id"] for one in planned.own_lines}
    nested = document_of({}, planned.lines, run.flow)[run.flow.lines_to]
    return [
        {name: known[key], **line} if key in known else line
        for key, line in zip(planned.line_keys, nested, strict=True)
    ]
