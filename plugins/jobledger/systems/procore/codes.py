"""Cost codes as the books know them: one row for a standard code and a cost type, over all projects (ACC-2).

A Procore budget code (WBS code) belongs to one project. Many of them, one in each project, are the same row here; what
has no place in the books (a code that only one project has, a custom segment, a sub job) becomes a row of its own, in
which that is said. Where each project has items of its own (XTR-33), it is one row for each project instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from jobledger.systems.base import Page, Record, Window
from jobledger.systems.compare import same_key
from jobledger.systems.procore.api import Api, record_id
from jobledger.systems.procore.projects import Permitted
from jobledger.systems.procore.reads import StandardCostCodes

FRESH = timedelta(minutes=5)
"""So long a composed list answers look-ups by id, which otherwise would read every project again."""


@dataclass(frozen=True)
class _Lists:
    """What the company has: standard codes and cost types, by id."""

    standard: Mapping[Any, Record]
    types: Mapping[Any, Record]


@dataclass(frozen=True)
class _Of:
    """What one project has: its cost codes by id, and its WBS codes."""

    codes: Mapping[Any, Record]
    wbs: Sequence[Record]


@dataclass
class CostCodes:
    """Rows composed from standard lists, cost types, and every permitted project's cost codes and WBS codes."""

    api: Api
    permitted: Permitted
    standard: StandardCostCodes
    ignore_sub_jobs: bool = False
    """Whether a code of a sub job counts as the project's own (`cost_codes.sub_jobs: ignore`)."""

    own: bool = False
    """Whether a code is another row in each project (`cost_codes.item_names: project_and_code`)."""

    _kept: tuple[datetime, list[Record]] | None = field(default=None, repr=False)

    def read(self, window: Window) -> Iterator[Page]:
        """All rows in one page; a project that shows no WBS codes is left out with a note."""
        at = self.api.now()
        found = self.permitted.each(self.permitted.projects(window.only_projects), self._of)
        rows = compose(self._lists(), found.parts, self.own)
        if not window.only_projects:
            self._kept = (at, rows)
        yield Page(rows, at, found.notes, partial=bool(found.notes))

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Rows by id."""
        return [row for row in self._rows() if row["id"] in set(ids)]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """Rows with the natural key; a row has no room for a mark."""
        return [row for row in self._rows() if natural_key and same_key(row, natural_key)]

    def _rows(self) -> list[Record]:
        if self._kept and self.api.now() - self._kept[0] < FRESH:
            return self._kept[1]
        return [row for page in self.read(Window()) for row in page.rows]

    def _lists(self) -> _Lists:
        standard = (row for page in self.standard.read(Window()) for row in page.rows)
        types = self.api.rows("v1.0/line_item_types", {"company_id": self.api.company_id})
        return _Lists({row["id"]: row for row in standard}, {row["id"]: row for row in types})

    def _of(self, project: Record) -> _Of:
        key = project["id"]
        codes = project_codes(self.api, key)
        wbs = self.api.rows(f"v1.0/projects/{key}/work_breakdown_structure/wbs_codes")
        return _Of(
            {code["id"]: code for code in codes},
            [_without_sub_job(one) for one in wbs] if self.ignore_sub_jobs else wbs,
        )


def project_codes(api: Api, project_id: Any, **of_sub_job: Any) -> list[Record]:
    """The cost codes of a project, divisions included; of one of its sub jobs where `sub_job_id` names it."""
    return api.rows("v1.0/cost_codes", {"project_id": project_id, **of_sub_job})


def _without_sub_job(wbs: Record) -> Record:
    kept = [item for item in wbs["segment_items"] if item["segment"]["type"] != "sub_job"]
    return {**wbs, "segment_items": kept}


def compose(lists: _Lists, projects: Sequence[tuple[Record, _Of]], own: bool = False) -> list[Record]:
    """The rows of all projects, each once, in the order of their codes; with `own` those of each project apart."""
    rows: dict[str, Record] = {}
    for project, its in projects:
        for wbs in its.wbs:
            row = _row(lists, project, its, wbs)
            if row is not None:
                row = _of_project(row, project) if own else row
                _join(rows.setdefault(row["id"], row), row)
    return sorted(rows.values(), key=lambda row: (row["full_code"], row["id"]))


def _of_project(row: Record, project: Record) -> Record:
    """A row as one project's own: lines find it by project and code, and the name of its item begins with the project.

    A code that only this project has is one of them; sub jobs and custom segments have no place here either.
    """
    if row["sub_job"] or row["custom_segments"]:
        return row
    number = project.get("project_number")
    return {
        **row,
        "id": f"{record_id(project)}-{row['full_code']}",
        "number": f"{number or ''}-{row['full_code']}",
        "budget_code": row["full_code"],
        "project_id": project["id"],
        "project_only": None,
        "without_number": None if number else f"project '{project['name']}'",
    }


def _join(row: Record, same: Record) -> None:
    """One more project that uses the code."""
    if row is not same:
        row["wbs_codes"] += same["wbs_codes"]
        row["active"] = row["active"] or same["active"]


def _row(lists: _Lists, project: Record, its: _Of, wbs: Record) -> Record | None:
    """One WBS code as a row, or None for a division: no cost may sit on it."""
    items = {item["segment"]["type"]: item for item in wbs["segment_items"] if item["segment"]["type"] != "custom"}
    code_item = items.get("cost_code")
    if code_item is None or code_item.get("is_parent"):
        return None
    code = its.codes.get(code_item["id"]) or {}
    standard = lists.standard.get(code.get("standard_cost_code_id"))
    kind = lists.types.get((items.get("line_item_type") or {}).get("id")) or items.get("line_item_type") or {}
    odd = _odd(project, items, wbs, standard)
    ordinary = standard is not None and bool(kind) and not any(odd.values())
    own = standard or {"full_code": code.get("full_code") or code_item.get("path_code"), "name": code_item.get("name")}
    described = _described(own, kind)
    return {
        "id": f"{own['id']}-{kind['id']}" if ordinary else f"wbs-{record_id(wbs)}",
        "number": described["full_code"] if ordinary else wbs["flat_code"],
        **described,
        "standard_cost_code_id": own.get("id"),
        "line_item_type_id": kind.get("id"),
        "wbs_codes": [{"project_id": project["id"], "id": wbs["id"]}],
        **odd,
        "active": wbs.get("status", "active") == "active",
    }


def _described(code: Record, kind: Record) -> Record:
    full, name = str(code["full_code"] or ""), str(code["name"] or "")
    return {
        "code": full,
        "cost_type": kind.get("code"),
        "cost_type_name": kind.get("name"),
        "full_code": f"{full}.{kind['code']}" if kind else full,
        "name": name,
        "description": f"{name} - {kind['name']}" if kind else name,
    }


def _odd(project: Record, items: Mapping[str, Record], wbs: Record, standard: Record | None) -> Record:
    """What has no place in the books, in words; None where there is nothing of it."""
    here = f"in project '{project['name']}'"
    sub_job = items.get("sub_job")
    custom = [item for item in wbs["segment_items"] if item["segment"]["type"] == "custom"]
    named = ", ".join(f"{item['segment']['name']} {item['code']}" for item in custom)
    return {
        "project_only": f"{wbs['flat_code']} {here}" if standard is None and not sub_job else None,
        "custom_segments": f"{named} {here}" if custom else None,
        "sub_job": f"{sub_job['code']} {sub_job['name']} {here}" if sub_job else None,
    }
