"""Files on their way to the direct costs of one project, which our own origin_id may lock (ACC-27).

All files are at hand before the direct costs are opened, and these are locked again after the last one. A file is
recognised by its name without extension, which is its natural key: one that is there is not sent again, so that an
interrupted write is finished by the same way, and a direct cost that was left open is locked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import IO, NamedTuple

from jobledger.systems.base import Card, Record, StepDone, Write, WriteResult
from jobledger.systems.client import Call
from jobledger.systems.compare import plain
from jobledger.systems.procore.attachments import content_type, full_name
from jobledger.systems.procore.file_kinds import HEAD, FileKind, kind_of
from jobledger.systems.procore.locks import WAS_LOCKED, closing, foreign, is_foreign, opening
from jobledger.systems.procore.sending import Sending
from jobledger.systems.procore.writes import Kind
from jobledger.systems.results import conflict, unknown
from jobledger.systems.uploads import Part, Upload, content_of

MOST_BYTES = 25_000_000
"""The largest file that is sent. Procore states none for this call: this limit is ours."""

_PART = "attachments[]"


def rows_of(cost: Record) -> list[Record]:
    """The files of a direct cost; `file_name` is without the extension, `name` in full, `kind` the content's type."""
    return [_row(cost, one) for one in cost.get("attachments") or []]


def _row(cost: Record, file: Record) -> Record:
    name = full_name(file)
    return {
        "id": f"{cost['id']}/{file['id']}",
        "direct_cost_id": cost["id"],
        "project_id": cost["project_id"],
        "file_name": name.rpartition(".")[0] or name,
        "name": name,
        "kind": content_type(name),
    }


class Ready(NamedTuple):
    """A write whose file is at hand, and the direct cost that it goes to."""

    write: Write
    cost_id: str
    kind: FileKind
    content: IO[bytes]


@dataclass
class Attaching:
    """The writes of one project. Each of its `costs`, by id, has its `project_id`, its lock and `attachments`."""

    sending: Sending
    costs: dict[str, Record]
    note: StepDone
    writes: Sequence[Write]

    def run(self) -> list[WriteResult]:
        """Sends the files; a result for each write. Raises as `Sending.guarded`."""
        with ExitStack() as until:
            judged = {one.key: self._judged(one, until) for one in self.writes}
            ready = [one for one in judged.values() if isinstance(one, Ready)]
            results = {key: one for key, one in judged.items() if isinstance(one, WriteResult)}
            results |= self._opened(ready)
            for one in (one for one in ready if one.write.key not in results):
                results[one.write.key] = self._sent(one)
        return self._locked([results[one.key] for one in self.writes])

    def _judged(self, one: Write, until: ExitStack) -> WriteResult | Ready:
        """What ends a write before anything is sent, or the write with its file."""
        cost_id, name = str(one.document["direct_cost_id"]), plain(one.document["file_name"])
        cost = self.costs[cost_id]
        there = next((row for row in rows_of(cost) if plain(row["file_name"]) == name), None)
        if there is not None:
            return _done(one, there)
        if is_foreign(cost):
            return foreign(one, cost)
        content = content_of(one, MOST_BYTES, until)
        if isinstance(content, WriteResult):
            return content
        kind = kind_of(content.read(HEAD))
        return Ready(one, cost_id, kind, content) if kind else _no_kind(one)

    def _opened(self, ready: Sequence[Ready]) -> dict[str, WriteResult]:
        """Takes our origin_id away where there is one, of all direct costs in one call; the writes that end by it."""
        locked = {one.cost_id: self.costs[one.cost_id] for one in ready if self.costs[one.cost_id]["origin_id"]}
        changed = self._change({key: opening(cost) for key, cost in locked.items()})
        for key, cost in locked.items():
            if changed[key].status == "done":
                self.costs[key] = {**cost, "origin_id": None, WAS_LOCKED: cost["origin_id"]}
        ended = {}
        for one in (one for one in ready if one.cost_id in locked):
            if changed[one.cost_id].status == "done":
                # no id of a file yet: a run that finds the write interrupted here looks for it by its natural key
                self.note(one.write.key, "unlocked", "")
            else:
                ended[one.write.key] = _still_locked(one.write, changed[one.cost_id])
        return ended

    def _sent(self, one: Ready) -> WriteResult:
        write, cost = one.write, self.costs[one.cost_id]
        name = f"{write.document['file_name']}{one.kind.extension}"
        upload = Upload(Part(_PART, name, one.kind.content_type), one.content)
        path = f"rest/v1.1/projects/{cost['project_id']}/direct_costs/{cost['id']}"
        call = Call("PATCH", path, content=upload, content_type=upload.content_type)
        result = self.sending.one(call, write, _card)
        if result.status != "done":
            return result
        known = {row["id"] for row in rows_of(cost)}
        self.costs[one.cost_id] = {**cost, "attachments": (result.record or {}).get("attachments") or []}
        new = [row for row in rows_of(self.costs[one.cost_id]) if row["id"] not in known]
        row = next((row for row in new if row["name"] == name), new[0] if len(new) == 1 else None)
        if row is None:
            return unknown(write, "Procore's answer does not name the file.")
        self.note(write.key, "attached", row["id"])
        return _done(write, row)

    def _locked(self, results: list[WriteResult]) -> list[WriteResult]:
        """Sets our origin_id again where it was taken away, now or by an interrupted run, in one call."""
        left = {key: cost for key, cost in self.costs.items() if cost[WAS_LOCKED] and not cost["origin_id"]}
        changed = self._change({key: closing(cost, cost[WAS_LOCKED]) for key, cost in left.items()})
        owners = {one.key: str(one.document["direct_cost_id"]) for one in self.writes}
        return [self._after_lock(one, changed.get(owners[one.key])) for one in results]

    def _after_lock(self, result: WriteResult, changed: WriteResult | None) -> WriteResult:
        if changed is None or result.status != "done":
            return result
        if changed.status != "done":
            return _left_open(result, changed)
        self.note(result.key, "locked", result.target_id or "")
        return result

    def _change(self, fields: Mapping[str, Record]) -> dict[str, WriteResult]:
        """Changes direct costs of the project, by id."""
        if not fields:
            return {}
        project_id = self.costs[next(iter(fields))]["project_id"]
        kind = Kind(f"v1.0/projects/{project_id}/direct_costs/sync", {}, _card)
        writes = [Write(key, "update", some, key) for key, some in fields.items()]
        return {one.key: one for one in self.sending.sync(kind, writes)}


def _done(one: Write, row: Record) -> WriteResult:
    return WriteResult(one.key, "done", target_id=row["id"], record=row)


def _no_kind(one: Write) -> WriteResult:
    message = "The file is neither a PDF nor an image (PNG, JPEG, GIF, HEIC, TIFF)."
    return WriteResult(
        one.key, "refused", "invalid", message=message, remedy="Replace it by one of these, or dismiss it."
    )


def _still_locked(one: Write, said: WriteResult) -> WriteResult:
    """What an opening that Procore refuses, or does not answer, means for a file: nothing of it was sent."""
    if said.status == "unknown" or said.outcome == "failed":
        return replace(said, key=one.key, target_id=one.target_id)
    message = f"The direct cost is locked, and takes no file. {said.message}"
    remedy = "Let an administrator of Procore unlock the direct cost, or attach the file there by hand."
    return conflict(one, message, remedy)


def _left_open(one: WriteResult, said: WriteResult) -> WriteResult:
    """A file that is there, on a direct cost that could not be locked again. What passes is left to the next run."""
    if said.status == "refused" and said.outcome != "failed":
        return replace(said, key=one.key, target_id=one.target_id, record=one.record)
    message = f"The file is attached; the direct cost is not locked again yet. {said.message}"
    return replace(said, key=one.key, status="unknown", target_id=one.target_id, message=message)


def _card(row: Record) -> Card:
    return Card(id=str(row["id"]), name="", version=row.get("updated_at"))
