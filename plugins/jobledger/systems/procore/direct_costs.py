"""Direct costs: what was spent on a project outside of its commitments, each with its lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from jobledger.systems.base import Page, Record, StepDone, Write, WriteResult
from jobledger.systems.procore.api import record_id
from jobledger.systems.procore.budget_codes import BudgetCodes
from jobledger.systems.procore.cost_rows import header, line
from jobledger.systems.procore.cost_writes import LABEL, ProjectCosts
from jobledger.systems.procore.documents import Asked, Filters, ProjectDocuments
from jobledger.systems.procore.locks import not_there
from jobledger.systems.procore.projects import Permitted
from jobledger.systems.procore.reads import IDS_PER_CALL, StandardCostCodes, Vendors
from jobledger.systems.procore.sending import Sending
from jobledger.systems.procore.values import with_numbers


class DirectCosts(ProjectDocuments):
    """Reads direct costs, and writes them project by project."""

    def __init__(self, permitted: Permitted, standard: StandardCostCodes, vendors: Vendors) -> None:
        super().__init__(permitted)
        self._standard = standard
        self._vendors = vendors

    def pages(self, project: Record, asked: Asked) -> Iterator[Page]:
        """One list, and one for the lines: of the whole project, or of the direct costs that were found."""
        lines = _Lines(self, project["id"], self.reads_line(project), bool(asked.filters))
        for page in self.api.whole(f"v1.1/projects/{project['id']}/direct_costs", {"sort": "id", **asked.filters}):
            wanted = [row for row in asked.of(page) if self.takes(row)]
            of = lines.of([record_id(row) for row in wanted])
            rows = [{**header(row), **self.place(project), "line_items": of.get(record_id(row), [])} for row in wanted]
            yield Page(rows, page.read_at)

    def takes(self, row: Record) -> bool:
        """Whether a direct cost is one of these."""
        return True

    def place(self, project: Record) -> Record:
        """How a direct cost names its project."""
        return {"project_id": project["id"]}

    def reads_line(self, project: Record) -> Callable[[Record], Record]:
        """How a line of a project is read."""
        return line

    def write(self, writes: Sequence[Write], note: StepDone) -> list[WriteResult]:
        """Sends one batch, project by project. Raises as `System.write`."""
        sending = Sending(self.api)
        writes = [replace(one, document=with_numbers(one.document)) for one in writes]
        found = self._found(writes)
        by_project: dict[Any, list[Write]] = {}
        for one in writes:
            there = found.get(one.target_id or "") or {}
            by_project.setdefault(one.document.get("project_id") or there.get("project_id"), []).append(one)
        groups = (
            sending.guarded(some, partial(self._of_project, project_id, sending, note, some, found))
            for project_id, some in by_project.items()
        )
        results = {result.key: result for group in groups for result in group}
        return [results[one.key] for one in writes]

    def _of_project(
        self, project_id: Any, sending: Sending, note: StepDone, writes: list[Write], found: Mapping[str, Record]
    ) -> list[WriteResult]:
        if project_id is None:
            return [_nowhere(one) for one in writes]
        codes = BudgetCodes(self.api, project_id, self._standard)
        targets = [one.target_id for one in writes if one.target_id]
        unseen = [one for one in targets if one not in found]
        present = self._some({"id": project_id, "name": ""}, unseen) if unseen else []
        known = [found[one] for one in targets if one in found]
        return ProjectCosts(sending, project_id, codes, self._names, note).write(writes, [*known, *present])

    def _names(self, vendor_ids: Sequence[str]) -> dict[str, str]:
        return {record_id(row): row.get("name") or "" for row in self._vendors.fetch(vendor_ids)}

    def _found(self, writes: Sequence[Write]) -> dict[str, Record]:
        """The targets whose document does not name their project, by id."""
        homeless = [one.target_id for one in writes if one.target_id and not one.document.get("project_id")]
        return {record_id(row): row for row in self.fetch(homeless)} if homeless else {}


@dataclass
class _Lines:
    """The lines of direct costs, by the direct cost's id."""

    costs: DirectCosts
    project_id: int
    line: Callable[[Record], Record]
    narrowed: bool
    _all: dict[str, list[Record]] | None = field(default=None, repr=False)

    def of(self, ids: Sequence[str]) -> dict[str, list[Record]]:
        """The lines of these direct costs. Few are asked for by id; of many, or of all, the list is read once."""
        if self._all is None and self.narrowed and len(ids) <= IDS_PER_CALL:
            return self._read({"filters[direct_cost_id][]": list(ids)}) if ids else {}
        if self._all is None:
            self._all = self._read({}) if ids else {}
        return self._all

    def _read(self, filters: Filters) -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = {}
        path = f"v1.0/projects/{self.project_id}/direct_costs/line_items"
        for row in self.costs.api.rows(path, {"sort": "id", **filters}):
            found.setdefault(str((row.get("holder") or {}).get("id")), []).append(self.line(row))
        return found


def _nowhere(write: Write) -> WriteResult:
    if write.action == "remove":
        return WriteResult(write.key, "done", target_id=write.target_id)
    return not_there(write, LABEL)
