"""Timecard entries of the whole company, from timesheets and daily logs: one list, and one for what was deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from jobledger.systems.base import Card, Entity, Page, Record, Window
from jobledger.systems.paging import chunks
from jobledger.systems.procore.api import Api, record_id
from jobledger.systems.procore.document_ledger import worked
from jobledger.systems.procore.projects import Permitted
from jobledger.systems.procore.reads import IDS_PER_CALL, changed, fetched, found
from jobledger.systems.procore.values import day, dec, told

_ID = "filters[id][]"
_KEPT = (
    *("id", "date", "description", "billable", "approval_status", "created_at", "updated_at", "deleted_at"),
    *("origin_id", "origin_data"),
)


class Timecards:
    """Reads timecard entries. The list names a cost code by its id only: its full code is asked for, once a project."""

    def __init__(self, permitted: Permitted, ignore_sub_jobs: bool = False) -> None:
        self._permitted = permitted
        self._ignore_sub_jobs = ignore_sub_jobs
        self._codes: dict[str, str | None] = {}
        self._types: dict[str, str | None] | None = None

    @property
    def _api(self) -> Api:
        return self._permitted.api

    @property
    def _path(self) -> str:
        return f"v1.0/companies/{self._api.company_id}/timecard_entries"

    def read(self, window: Window) -> Iterator[Page]:
        """All entries, those changed since (deleted ones with them), or those of some days.

        Deletions come first: an entry that is deleted between the two calls is not told twice, but by the next read.
        """
        for params in self._questions(window):
            for page in self._api.whole(self._path, params):
                yield Page(self._rows(page.rows, window.only_projects), page.read_at)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Entries by id; deleted ones are absent."""
        return self._rows(fetched(self._api, self._path, {}, ids))

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """Entries with our mark or, without a mark, with the natural key."""
        return found(self.read(Window()), mark, natural_key)

    def _questions(self, window: Window) -> list[dict[str, Any]]:
        if window.dated:
            first, after = window.dated
            return [{"start_date": first.isoformat(), "end_date": (after - timedelta(days=1)).isoformat()}]
        filters = changed(window.since, self._api.now())
        gone = {name.replace("updated_at", "deleted_at"): value for name, value in filters.items()}
        return [gone, filters] if gone else [{}]

    def _rows(self, rows: Sequence[Record], only_projects: Sequence[str] = ()) -> list[Record]:
        """The entries of the projects that are read, under the names of mapping files."""
        wanted = [row for row in rows if self._is_wanted(row, only_projects)]
        self._learn(wanted)
        return [self._timecard(row) for row in wanted]

    def _is_wanted(self, row: Record, only_projects: Sequence[str]) -> bool:
        project_id = (row.get("project") or {}).get("id")
        chosen = self._permitted.chosen
        return (chosen == "all" or project_id in chosen) and (not only_projects or str(project_id) in only_projects)

    def _learn(self, rows: Sequence[Record]) -> None:
        """Asks for the codes that are new: of each project those that its entries name."""
        unknown: dict[Any, set[str]] = {}
        for row in rows:
            key = _code_id(row)
            if key and key not in self._codes:
                unknown.setdefault(row["project"]["id"], set()).add(key)
        for project_id, ids in unknown.items():
            self._codes |= dict.fromkeys(ids)
            for some in chunks(sorted(ids), IDS_PER_CALL):
                codes = self._api.rows("v1.0/cost_codes", {"project_id": project_id, _ID: some})
                self._codes |= {record_id(one): one.get("full_code") for one in codes}

    def _timecard(self, row: Record) -> Record:
        """An entry under the names of mapping files; `budget_code` is cost code and cost type, such as 01-310.L."""
        code, kind = self._codes.get(_code_id(row)), self._cost_type(row.get("line_item_type_id"))
        time_type = row.get("timecard_time_type") or {}
        hours = dec(row.get("hours"))
        work = {"id": row["id"], "hours": hours, "cost_code": code, "cost_type": kind}
        return {
            **{name: row.get(name) for name in _KEPT},
            "hours": hours,
            "status": "deleted" if row.get("deleted_at") else row.get("approval_status"),
            "employee_id": (row.get("party") or {}).get("id"),
            "employee": row.get("party") or {},
            "project_id": (row.get("project") or {}).get("id"),
            "project": row.get("project") or {},
            "time_type": time_type.get("time_type") or row.get("timecard_type"),
            "time_type_id": time_type.get("id"),
            "timesheet_id": (row.get("timesheet") or {}).get("id"),
            "cost_code": code,
            "cost_type": kind,
            "budget_code": f"{code}.{kind}" if code and kind else code,
            "sub_job": None if self._ignore_sub_jobs else _named(row.get("sub_job")),
            "work": [{**work, "description": row.get("description")}],
            "nothing_to_cost": None if hours else "The timecard has no hours.",
        }

    def _cost_type(self, type_id: Any) -> str | None:
        if type_id is None:
            return None
        if self._types is None:
            rows = self._api.rows("v1.0/line_item_types", self._api.of_company())
            self._types = {record_id(one): one.get("code") for one in rows}
        return self._types.get(str(type_id))


def _code_id(row: Record) -> str:
    return str((row.get("full_cost_code") or {}).get("id") or "")


def _named(sub_job: Mapping[str, Any] | None) -> str | None:
    named = " ".join(str((sub_job or {})[name]) for name in ("code", "name") if (sub_job or {}).get(name))
    return named or None


def timecard(record: Record) -> Card:
    """An entry's card: who, on which day."""
    worker = record["employee"].get("name") or record["employee_id"]
    return Card(
        id=str(record["id"]),
        name=" ".join(str(part) for part in (worker, record.get("date"), record.get("time_type")) if part),
        mark=record.get("origin_data") or None,
        version=record.get("updated_at"),
        status=record["status"],
        active=not record.get("deleted_at"),
        evidence=told(
            date=day(record.get("date")),
            party=record.get("employee_id"),
            hours=record["hours"],
            project_id=record.get("project_id"),
            project=record.get("project_id"),
        ),
    )


TIMECARDS = Entity(
    name="timecards",
    card=timecard,
    label="timecard",
    ledger=worked,
    paths=frozenset(
        (
            *_KEPT,
            *("hours", "employee_id", "employee.id", "employee.name", "project_id", "project.id", "project.name"),
            *("time_type", "time_type_id", "timesheet_id", "cost_code", "cost_type", "budget_code", "sub_job"),
            *("status", "work", "nothing_to_cost"),
            *(f"work.{name}" for name in ("id", "hours", "cost_code", "cost_type", "description")),
        )
    ),
)
