"""Files on direct costs: read project by project, and added to the direct costs that they belong to (PEX-25)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from jobledger.systems.base import Card, Entity, Page, Record, StepDone, Write, WriteResult
from jobledger.systems.compare import same_key
from jobledger.systems.procore.api import record_id
from jobledger.systems.procore.attachments import Attached
from jobledger.systems.procore.cost_attaching import Attaching, rows_of
from jobledger.systems.procore.cost_rows import header
from jobledger.systems.procore.documents import Filters
from jobledger.systems.procore.reads import fetched
from jobledger.systems.procore.sending import Sending
from jobledger.systems.procore.values import told
from jobledger.systems.results import conflict


class CostFiles(Attached):
    """The files of all direct costs."""

    def holders(self, project: Record, filters: Filters) -> Iterator[Page]:
        """The direct costs of a project."""
        return self.api.whole(_list_of(project["id"]), {"sort": "id", **filters})

    def rows(self, holder: Record, project: Record) -> list[Record]:
        """The files of a direct cost."""
        return rows_of({**holder, "project_id": project["id"]})

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """The files of the direct cost that a natural key names which agree with it; a file has no room for a mark."""
        key = str(natural_key.get("direct_cost_id") or "")
        costs = self.permitted.looked_up([key], self._costs) if key else []
        return [row for cost in costs for row in rows_of(cost) if same_key(row, natural_key)]

    def write(self, writes: Sequence[Write], note: StepDone) -> list[WriteResult]:
        """Attaches files, direct cost by direct cost; what is there is never changed. Raises as `System.write`."""
        sending = Sending(self.api)
        by_project: dict[str, list[Write]] = {}
        for one in writes:
            by_project.setdefault(str(one.document.get("project_id") or ""), []).append(one)
        groups = (
            sending.guarded(some, partial(self._of_project, project_id, sending, note, some))
            for project_id, some in by_project.items()
        )
        results = {result.key: result for group in groups for result in group}
        return [results[one.key] for one in writes]

    def _of_project(
        self, project_id: str, sending: Sending, note: StepDone, writes: Sequence[Write]
    ) -> list[WriteResult]:
        """The writes of a project; with an empty id, of direct costs whose project is looked for."""
        results = [_only_added(one) for one in writes if not _is_addition(one)]
        wanted = [one for one in writes if _is_addition(one)]
        ids = list(dict.fromkeys(key for one in wanted if (key := _cost_of(one))))
        rows = self._costs({"id": project_id}, ids) if project_id else self.permitted.looked_up(ids, self._costs)
        costs = {record_id(row): row for row in rows}
        results += [_no_cost(one, _cost_of(one)) for one in wanted if _cost_of(one) not in costs]
        by_project: dict[Any, dict[str, Record]] = {}
        for key, cost in costs.items():
            by_project.setdefault(cost["project_id"], {})[key] = cost
        for some in by_project.values():
            mine = [one for one in wanted if _cost_of(one) in some]
            results += sending.guarded(mine, Attaching(sending, some, note, mine).run)
        return results

    def _costs(self, project: Record, ids: Sequence[str]) -> list[Record]:
        """Direct costs by id, each with its project, its lock and the files as Procore names them."""
        rows = fetched(self.api, _list_of(project["id"]), {"sort": "id"}, ids) if ids else []
        return [
            {**header(row), "project_id": project["id"], "attachments": row.get("attachments") or []} for row in rows
        ]


def _list_of(project_id: Any) -> str:
    return f"v1.1/projects/{project_id}/direct_costs"


def _cost_of(one: Write) -> str:
    return str(one.document.get("direct_cost_id") or "")


def _is_addition(one: Write) -> bool:
    return one.action == "create" and one.file is not None


def _only_added(one: Write) -> WriteResult:
    return conflict(one, "A file is only added in Procore.", "Change it in Procore by hand.")


def _no_cost(one: Write, key: str) -> WriteResult:
    message = f"The direct cost {key or '(none named)'} that the file belongs to is not in Procore."
    return conflict(one, message, "Take the link of its cost away; then it is made again. Or dismiss the file.")


def cost_file(record: Record) -> Card:
    """The card of a file on a direct cost."""
    project = record.get("project_id")
    evidence = told(direct_cost=record["direct_cost_id"], project_id=project, project=project)
    return Card(id=record["id"], name=record["name"], evidence=evidence)


BATCH = 20
"""Files that are sent in one go, so that several of one direct cost need one opening."""

COST_FILES = Entity(
    name="direct_cost_attachments",
    card=cost_file,
    label="file on a direct cost",
    by_change=False,
    batch=BATCH,
    has_mark=False,
    steps=True,
    file_at="url",
    unkept=frozenset({"url", "day", "kind", "size"}),
    paths=frozenset({"id", "direct_cost_id", "project_id", "file_name", "name", "kind", "size", "url", "day"}),
)
