"""Our id on documents that began in Procore: origin_id, and origin_code where users see it (PRC-API-7, 16, 24).

Nothing else of them is written: not their company, lines or status, and none is deleted (PRC-API-26 to 31, 38).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobledger.systems.base import Card, Record, StepDone, Write, WriteResult
from jobledger.systems.client import Call
from jobledger.systems.procore.api import record_id
from jobledger.systems.procore.documents import ProjectDocuments
from jobledger.systems.procore.locks import not_there
from jobledger.systems.procore.sending import Sending
from jobledger.systems.procore.writes import Kind, foreign_origin
from jobledger.systems.results import accepted, conflict


@dataclass(frozen=True)
class Marks:
    """Writes the mark of one kind of document. `wrapper` is the key around its fields, or empty where it has a sync."""

    documents: ProjectDocuments
    label: str
    fields: frozenset[str]
    wrapper: str = ""

    def write(self, writes: Sequence[Write], note: StepDone) -> list[WriteResult]:
        """Sends one batch; another integration's origin_id is never overwritten. Raises as `System.write`."""
        wanted = [one for one in writes if one.action == "mark" and one.target_id]
        heads = {record_id(row): row for row in self.documents.heads([one.target_id or "" for one in wanted])}
        results = {one.key: self._not_written(one) for one in writes if one not in wanted}
        results |= {one.key: not_there(one, self.label) for one in wanted if one.target_id not in heads}
        left = [one for one in wanted if one.key not in results]
        results |= foreign_origin(left, list(heads.values()))
        for one in self._send([one for one in left if one.key not in results], heads):
            results[one.key] = one
        return [results[one.key] for one in writes]

    def _send(self, writes: Sequence[Write], heads: Mapping[str, Record]) -> list[WriteResult]:
        sending = Sending(self.documents.api)
        pairs = [(heads[one.target_id or ""], self._narrowed(one)) for one in writes]
        if self.wrapper:
            return [self._patch(sending, head, one) for head, one in pairs]
        groups: dict[tuple[str, int], list[Write]] = {}
        for head, one in pairs:
            groups.setdefault((head["list"], head["project_id"]), []).append(one)
        kinds = {where: Kind(f"{where[0]}/sync", {"project_id": where[1]}, _card) for where in groups}
        return [result for where, some in groups.items() for result in sending.sync(kinds[where], some)]

    def _patch(self, sending: Sending, head: Record, write: Write) -> WriteResult:
        document = {"project_id": head["project_id"], self.wrapper: write.document}
        call = Call("PATCH", f"rest/{head['list']}/{write.target_id}", document=document, repeatable=True)
        result = sending.one(call, write, _card)
        if result.status != "done" or result.record is None:
            return result
        return accepted("Procore", write, _card(result.record), write.document, result.record)

    def _narrowed(self, write: Write) -> Write:
        document = {name: value for name, value in write.document.items() if name in self.fields}
        return Write(write.key, "mark", document, write.target_id, write.mark)

    def _not_written(self, write: Write) -> WriteResult:
        message = f"Jobledger writes nothing into a {self.label} of Procore but its own id."
        return conflict(write, message, "Change it in Procore.")


def _card(row: Record) -> Card:
    return Card(id=record_id(row), name="", version=row.get("updated_at"))
