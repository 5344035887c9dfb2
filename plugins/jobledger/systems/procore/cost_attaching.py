"""Files on their way to one direct cost, which our own origin_id may lock (ACC-27).

The direct cost is opened before the first file that is sent, and locked after the last. A file is recognised by its
name without extension, which is its natural key: one that is there is not sent again, so that an interrupted write is
finished by the same way, and a direct cost that was left open is locked.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import IO

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


@dataclass
class Attaching:
    """The writes of one direct cost. `cost` has its `project_id`, its lock (`locks.as_marked`) and `attachments`."""

    sending: Sending
    cost: Record
    note: StepDone
    writes: Sequence[Write]

    def run(self) -> list[WriteResult]:
        """Sends the files; a result for each write. Raises as `Sending.guarded`."""
        return self._locked([self._written(one) for one in self.writes])

    def _written(self, one: Write) -> WriteResult:
        name = plain(one.document["file_name"])
        there = next((row for row in rows_of(self.cost) if plain(row["file_name"]) == name), None)
        if there is not None:
            return _done(one, there)
        if is_foreign(self.cost):
            return foreign(one, self.cost)
        with ExitStack() as until:
            content = content_of(one, MOST_BYTES, until)
            if isinstance(content, WriteResult):
                return content
            kind = kind_of(content.read(HEAD))
            if kind is None:
                return _no_kind(one)
            return self._opened(one) or self._sent(one, kind, content)

    def _opened(self, one: Write) -> WriteResult | None:
        """Takes our origin_id away, where there is one; else what came of it."""
        origin_id = self.cost["origin_id"]
        if not origin_id:
            return None
        result = self._change(opening(self.cost))
        if result.status != "done":
            return _still_locked(one, result)
        self.cost = {**self.cost, "origin_id": None, WAS_LOCKED: origin_id}
        # no id of a file yet: a run that finds the write interrupted here looks for the file by its natural key
        self.note(one.key, "unlocked", "")
        return None

    def _sent(self, one: Write, kind: FileKind, content: IO[bytes]) -> WriteResult:
        name = f"{one.document['file_name']}{kind.extension}"
        upload = Upload(Part(_PART, name, kind.content_type), content)
        path = f"rest/v1.1/projects/{self.cost['project_id']}/direct_costs/{self.cost['id']}"
        call = Call("PATCH", path, content=upload, content_type=upload.content_type)
        result = self.sending.one(call, one, _card)
        if result.status != "done":
            return result
        known = {row["id"] for row in rows_of(self.cost)}
        self.cost = {**self.cost, "attachments": (result.record or {}).get("attachments") or []}
        new = [row for row in rows_of(self.cost) if row["id"] not in known]
        row = next((row for row in new if row["name"] == name), new[0] if len(new) == 1 else None)
        if row is None:
            return unknown(one, "Procore's answer does not name the file.")
        self.note(one.key, "attached", row["id"])
        return _done(one, row)

    def _locked(self, results: list[WriteResult]) -> list[WriteResult]:
        """Sets our origin_id again where it was taken away, now or by an interrupted run."""
        origin_id = self.cost[WAS_LOCKED]
        if not origin_id or self.cost["origin_id"]:
            return results
        locked = self._change(closing(self.cost, origin_id))
        if locked.status != "done":
            return [_left_open(one, locked) if one.status == "done" else one for one in results]
        for one in results:
            if one.status == "done":
                self.note(one.key, "locked", one.target_id or "")
        return results

    def _change(self, fields: Record) -> WriteResult:
        kind = Kind(f"v1.0/projects/{self.cost['project_id']}/direct_costs/sync", {}, _card)
        [result] = self.sending.sync(kind, [Write("lock", "update", fields, str(self.cost["id"]))])
        return result


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
