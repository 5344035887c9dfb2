"""Cost codes without cost types, over all projects, and which of them each project has (PEX-20).

A standard code is one row, whatever the number of projects that have it; a code that only one project has is a row of
its own. A code counts where a project has it; divisions, on which no cost may sit, are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jobledger.systems.base import Card, Entity, Page, Record, Window
from jobledger.systems.compare import same_key
from jobledger.systems.procore.api import Api, record_id
from jobledger.systems.procore.codes import FRESH, project_codes
from jobledger.systems.procore.projects import Permitted
from jobledger.systems.procore.reads import StandardCostCodes
from jobledger.systems.procore.refusals import ClosedError
from jobledger.systems.procore.values import told

_SUB_JOB = "SubJob"
"""The `biller_type` of a code that belongs to a sub job."""


@dataclass(frozen=True)
class Composed:
    """Rows of codes, and of projects with their codes. `partial`: a project that showed nothing is left out."""

    at: datetime
    codes: list[Record]
    projects: list[Record]
    notes: tuple[str, ...]
    partial: bool


@dataclass
class PlainCodes:
    """Composes both kinds of rows at once, from the standard lists and every permitted project's cost codes."""

    api: Api
    permitted: Permitted
    standard: StandardCostCodes
    ignore_sub_jobs: bool = False
    """Whether a code of a sub job counts as the project's own (`cost_codes.sub_jobs: ignore`)."""

    _kept: Composed | None = field(default=None, repr=False)

    def read(self, only_projects: Sequence[str] = ()) -> Composed:
        """What there is now."""
        at = self.api.now()
        found = self.permitted.each(self.permitted.projects(only_projects), self._of)
        standard = {row["id"]: row for page in self.standard.read(Window()) for row in page.rows}
        composed = compose(at, standard, found.parts, found.notes)
        if not only_projects:
            self._kept = composed
        return composed

    def kept(self) -> Composed:
        """What there was a moment ago: look-ups by id would otherwise read every project again."""
        kept = self._kept
        return kept if kept and self.api.now() - kept.at < FRESH else self.read()

    def _of(self, project: Record) -> list[Record]:
        """The cost codes of a project; those of its sub jobs, where they count, after its own."""
        key = project["id"]
        codes = project_codes(self.api, key)
        if not self.ignore_sub_jobs:
            return codes
        own = [{**code, "biller_type": None} for code in codes]
        of_jobs = [code for job in self._sub_jobs(key) for code in project_codes(self.api, key, sub_job_id=job["id"])]
        return own + [{**code, "biller_type": None} for code in of_jobs]

    def _sub_jobs(self, project_id: Any) -> list[Record]:
        try:
            return self.api.rows("v1.0/sub_jobs", {"project_id": project_id})
        except ClosedError:
            return []


@dataclass(frozen=True)
class PlainCodeRows:
    """One of the two kinds of rows."""

    plain: PlainCodes
    of: Callable[[Composed], list[Record]]

    def read(self, window: Window) -> Iterator[Page]:
        """All rows in one page."""
        found = self.plain.read(window.only_projects)
        yield Page(self.of(found), found.at, found.notes, partial=found.partial)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Rows by id."""
        return [row for row in self.of(self.plain.kept()) if row["id"] in set(ids)]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """Rows with the natural key; a row has no room for a mark."""
        return [row for row in self.of(self.plain.kept()) if natural_key and same_key(row, natural_key)]


def compose(
    at: datetime,
    standard: Mapping[Any, Record],
    projects: Sequence[tuple[Record, list[Record]]],
    notes: tuple[str, ...],
) -> Composed:
    """Both kinds of rows from each project's cost codes; `notes` name the projects that showed none."""
    rows: dict[str, Record] = {}
    of_projects, of_sub_jobs = [], []
    for project, codes in projects:
        own = [code for code in codes if code.get("biller_type") != _SUB_JOB]
        if len(own) < len(codes):
            of_sub_jobs.append(project["name"])
        named = {row["id"]: row for row in _rows(project, own, standard)}
        rows = {**named, **rows}
        of_projects.append(
            {"id": record_id(project), "project_id": project["id"], "name": project["name"], "codes": sorted(named)}
        )
    left_out = tuple(f"Cost codes of sub jobs in project '{name}' are left out." for name in of_sub_jobs)
    codes = sorted(rows.values(), key=lambda row: (row["code"], row["id"]))
    return Composed(at, codes, of_projects, (*notes, *left_out), partial=bool(notes))


def _rows(project: Record, codes: Sequence[Record], standard: Mapping[Any, Record]) -> list[Record]:
    """The rows of one project's codes; of two with one full code the first, which is the project's own."""
    divisions = {(code.get("parent") or {}).get("id") for code in codes}
    chargeable = [code for code in codes if code["id"] not in divisions and not code.get("deleted_at")]
    by_code: dict[str, Record] = {}
    for code in chargeable:
        by_code.setdefault(str(code.get("full_code") or code.get("code") or ""), code)
    return [_row(project, code, standard.get(code.get("standard_cost_code_id"))) for code in by_code.values()]


def _row(project: Record, code: Record, standard: Record | None) -> Record:
    told_by = standard or code
    full, name = str(told_by.get("full_code") or told_by.get("code") or ""), str(told_by.get("name") or "")
    label = f"{full} {name}".strip()
    return {
        "id": record_id(standard) if standard else f"project-{record_id(code)}",
        "code": full,
        "name": name,
        "active": True,
        "label": label if standard else f"{label} ({project['name']})",
        "project_id": None if standard else project["id"],
    }


def plain_cost_code(record: Record) -> Card:
    """The card of a cost code without cost type; its number is the full code."""
    return Card(
        id=record["id"],
        name=record["name"],
        number=record["code"],
        active=record["active"],
        evidence=told(project=record["project_id"]),
    )


def project_cost_codes(record: Record) -> Card:
    """The card of a project with its cost codes."""
    return Card(id=record["id"], name=record["name"], evidence=told(project=record["project_id"]))


PLAIN_CODES: Mapping[str, Entity] = {
    "plain_cost_codes": Entity(
        name="plain_cost_codes",
        card=plain_cost_code,
        label="cost code",
        by_change=False,
        has_mark=False,
        paths=frozenset({"id", "code", "name", "active", "label", "project_id"}),
    ),
    "project_cost_codes": Entity(
        name="project_cost_codes",
        card=project_cost_codes,
        label="cost codes of a project",
        by_change=False,
        has_mark=False,
        paths=frozenset({"id", "project_id", "name", "codes"}),
    ),
}
