"""Writing the direct costs of one project: a few calls, whatever their number.

Headers first, as drafts with our mark; then lines; status and origin_id last, because an origin_id locks a direct cost
with its lines. What is there already is not sent again, so that an interrupted write is finished by the same way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from jobledger.errors import FixTheSetup, RetryLater
from jobledger.systems.base import Card, Record, StepDone, Write, WriteResult
from jobledger.systems.client import Call
from jobledger.systems.paging import chunks
from jobledger.systems.procore import cost_rows
from jobledger.systems.procore.budget_codes import BudgetCodes
from jobledger.systems.procore.cost_job import Job, going
from jobledger.systems.procore.document_entities import SYNC_ROWS
from jobledger.systems.procore.locks import WAS_LOCKED, cannot_unlock, foreign, is_foreign, not_there, opening
from jobledger.systems.procore.sending import Sending
from jobledger.systems.procore.writes import Kind

LABEL = "direct cost"
_TAKEN = re.compile("invoice_number.*taken")


class ProjectCosts:
    """Sends the writes of one project. `names` gives the names of vendors by id."""

    def __init__(
        self,
        sending: Sending,
        project_id: int,
        codes: BudgetCodes,
        names: Callable[[Sequence[str]], Mapping[str, str]],
        note: StepDone,
    ) -> None:
        self.sending, self.codes, self.names, self.note = sending, codes, names, note
        self._path = f"v1.0/projects/{project_id}/direct_costs"
        self._headers = Kind(f"{self._path}/sync", {}, _card)
        unseen = frozenset({"wbs_code_id", "direct_cost_id"})
        self._lines = Kind(f"{self._path}/line_items/sync", {}, _card, unseen=unseen)

    def write(self, writes: Sequence[Write], present: Sequence[Record]) -> list[WriteResult]:
        """Sends the writes; `present` are the targets as they are. A result for each, in their order."""
        there = {str(row["id"]): row for row in present}
        jobs = [Job(one, there.get(one.target_id or "")) for one in writes]
        for job in jobs:
            self._judge(job)
        self._remove([job for job in going(jobs) if job.write.action == "remove"])
        self._bring(going(jobs))
        return [job.result for job in jobs if job.result]

    def _judge(self, job: Job) -> None:
        """Ends what must not be sent: the target is gone, or another integration's."""
        if job.write.target_id and job.present is None:
            done = WriteResult(job.write.key, "done")
            job.end(done if job.write.action == "remove" else not_there(job.write, LABEL))
        elif job.present and is_foreign(job.present):
            job.end(foreign(job.write, job.present))

    def _remove(self, jobs: Sequence[Job]) -> None:
        self._unlock(jobs)
        for job in going(jobs):
            removed = self._delete(job, f"/{job.id}")
            self._noted([job] if removed.status == "done" else [], "removed")
            job.end(removed)

    def _bring(self, jobs: Sequence[Job]) -> None:
        codes = self._coded(jobs)
        self._make([job for job in going(jobs) if job.present is None])
        for job in going(jobs):
            job.changes = cost_rows.changes_of(job.write, job.there, codes)
        self._unlock([job for job in going(jobs) if job.is_changed])
        self._send_headers([(job, job.changes.header) for job in going(jobs) if job.changes.header])
        self._send_lines([job for job in going(jobs) if job.changes.lines])
        self._drop_lines([job for job in going(jobs) if job.changes.gone])
        self._noted([job for job in going(jobs) if job.creates], "lines")
        self._noted([job for job in going(jobs) if job.changes and not job.creates], "changed")
        self._close(jobs)
        self._take_back([job for job in jobs if job.creates and job.is_refused])

    def _coded(self, jobs: Sequence[Job]) -> Mapping[str, Any]:
        """WBS code ids by budget code; a write with a code that cannot be had is blocked."""
        wanted = {job.write.key: [str(one.get("budget_code") or "") for one in job.lines] for job in jobs}
        ids, why = self.codes.ids(code for codes in wanted.values() for code in codes)
        for job in jobs:
            code = next((code for code in wanted[job.write.key] if code in why), None)
            if code is not None:
                message = f"The project has no budget code {code}: {why[code]}."
                remedy = "Add the code in Procore, or give the line another item in the books."
                job.end(WriteResult(job.write.key, "refused", "blocked", message=message, remedy=remedy))
        return ids

    def _make(self, jobs: Sequence[Job]) -> None:
        """New direct costs are drafts with our mark, by which they are found again."""
        drafts = [(job, {**cost_rows.header_of(job.write.document), "status": "draft"}) for job in jobs]
        self._send_headers(drafts)
        self._noted(going(jobs), "header")

    def _send_headers(self, pairs: Sequence[tuple[Job, Record]]) -> None:
        """Fields of headers. A taken invoice number gets the vendor's name, and the result says so."""
        fields_of = {job.write.key: fields for job, fields in pairs}
        taken = [job for job, result in self._sync(pairs) if _TAKEN.search(result.message)]
        names = self._names_of(taken)
        again = [(job, fields_of[job.write.key]) for job in taken if names.get(job.vendor_id)]
        self._sync([(job, self._renumbered(job, fields, names[job.vendor_id])) for job, fields in again])

    def _renumbered(self, job: Job, fields: Record, vendor: str) -> Record:
        number = cost_rows.suffixed(fields["invoice_number"], vendor)
        job.result = None
        job.said.append(f"Invoice number {fields['invoice_number']} is taken: it is sent as '{number}'.")
        return {**fields, "invoice_number": number}

    def _names_of(self, jobs: Sequence[Job]) -> Mapping[str, str]:
        try:
            return self.names([job.vendor_id for job in jobs if job.vendor_id]) if jobs else {}
        except (RetryLater, FixTheSetup):
            return {}

    def _sync(self, pairs: Sequence[tuple[Job, Record]]) -> list[tuple[Job, WriteResult]]:
        """Sends fields of some headers in one call; a write that is refused or not answered ends. The ended ones."""
        writes = [job.header_step(fields) for job, fields in pairs]
        ended = []
        for (job, _), result in zip(pairs, self.sending.sync(self._headers, writes) if writes else [], strict=True):
            if result.status == "done" and result.record:
                job.took(result.record)
            else:
                job.end(result)
                ended.append((job, result))
        return ended

    def _send_lines(self, jobs: Sequence[Job]) -> None:
        owners = {(job.write.key, place): job for job in jobs for place in job.changes.lines}
        steps = {f"{key}/{place}": job.line_step(place) for (key, place), job in owners.items()}
        of = dict(zip(steps, owners.values(), strict=True))
        for some in chunks(steps, SYNC_ROWS):
            for key, result in zip(some, self.sending.sync(self._lines, [steps[one] for one in some]), strict=True):
                self._took_line(of[key], result)

    def _took_line(self, job: Job, result: WriteResult) -> None:
        if result.status == "done" and result.record:
            job.took_line(cost_rows.line(result.record))
        elif job.result is None or result.status == "unknown":
            job.end(result)

    def _drop_lines(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            for line_id in job.changes.gone:
                result = self._delete(job, f"/{job.id}/line_items/{line_id}")
                if result.status != "done":
                    job.end(result)
                    break
                job.lost_line(line_id)

    def _unlock(self, jobs: Sequence[Job]) -> None:
        """Takes our origin_id away; where Procore does not allow it, the write is a conflict."""
        locked = [(job, job.there["origin_id"]) for job in jobs if job.there["origin_id"]]
        for job, result in self._sync([(job, opening(job.there)) for job, _ in locked]):
            if result.status == "refused" and "another request" not in result.message:
                job.end(cannot_unlock(job.write, LABEL, job.amounts(), result.message))
        for job, origin_id in locked:
            job.there[WAS_LOCKED] = origin_id if job.result is None else None
        self._noted(going(job for job, _ in locked), "unlocked")

    def _take_back(self, jobs: Sequence[Job]) -> None:
        """A draft of which Procore refuses a part is taken away again, so that nothing half made stays."""
        for job in jobs:
            is_draft = job.present is not None and job.present["status"] == "draft"
            if not is_draft or job.there["origin_id"] or job.is_open or job.result is None:
                continue
            if self._delete(job, f"/{job.id}").status == "done":
                job.result = replace(job.result, target_id=None)

    def _close(self, jobs: Sequence[Job]) -> None:
        """Status and origin_id, last; a direct cost whose change was refused is locked again as it was."""
        restored = {job.write.key: job.result for job in jobs if job.result and job.is_open and job.is_refused}
        pairs = []
        for job in jobs:
            if job.write.key in restored:
                job.result = None
                pairs.append((job, job.lock_again()))
            elif job.result is None and (fields := job.last_fields()):
                pairs.append((job, fields))
        self._sync(pairs)
        self._noted([job for job, _ in pairs if job.result is None], "locked")
        for job in jobs:
            if job.write.key in restored:
                job.end(restored[job.write.key])
            elif job.result is None:
                job.end(job.outcome())

    def _noted(self, jobs: Sequence[Job], step: str) -> None:
        for job in jobs:
            self.note(job.write.key, step, str(job.id))

    def _delete(self, job: Job, suffix: str) -> WriteResult:
        call = Call("DELETE", f"rest/{self._path}{suffix}", repeatable=True)
        return self.sending.one(call, replace(job.write, target_id=job.id), _card)


def _card(row: Record) -> Card:
    return Card(id=str(row["id"]), name="", version=row.get("updated_at"))
