"""Timecard entries: what is read of them, what changed, and what was deleted."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from jobledger.errors import FixTheSetup
from jobledger.systems.base import Window
from jobledger.systems.procore.entities import ENTITIES
from jobledger.systems.procore.system import Procore
from tests.systems.site import Site
from tests.systems.stage import Stage


class Crew(Site):
    """The site with an employee and the cost code 03-300, on which she works."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        [self.ana] = self.seed("users", {"first_name": "Ana", "last_name": "Ruiz", "is_employee": True})
        self.times = {row["time_type"]: row["id"] for row in stage.records("procore.timecard_time_types")}
        self.code = next(row["cost_code_id"] for row in stage.records("procore.wbs_codes"))

    def works(self, hours: str = "8", day: str = "2026-03-02", **more: Any) -> dict[str, Any]:
        entry = {
            "project_id": self.project,
            "party_id": self.ana["id"],
            "date": day,
            "hours": hours,
            "approval_status": "approved",
            "cost_code_id": self.code,
            "line_item_type_id": self.types["L"],
            "timecard_time_type_id": self.times["Regular Time"],
        }
        return self.seed("timecard_entries", {**entry, **more})[0]


@pytest.fixture
def crew(stage: Stage) -> Crew:
    return Crew(stage)


@pytest.fixture
def system(stage: Stage) -> Procore:
    return stage.procore()


def rows(system: Procore, **window: Any) -> list[dict[str, Any]]:
    return [row for page in system.read("timecards", Window(**window)) for row in page.rows]


def now(stage: Stage) -> datetime:
    return stage.around.clock()


def test_an_entry_tells_who_worked_how_long_on_what(crew: Crew, system: Procore) -> None:
    made = crew.works("7.5", description="Formwork")
    [row] = rows(system)
    assert row["hours"] == Decimal("7.5")
    told = {name: row[name] for name in ("employee_id", "project_id", "time_type", "budget_code", "description")}
    assert told == {
        "employee_id": crew.ana["id"],
        "project_id": crew.project,
        "time_type": "Regular Time",
        "budget_code": "03-300.L",
        "description": "Formwork",
    }
    card = ENTITIES["timecards"].card(row)
    assert (card.id, card.name, card.status) == (str(made["id"]), "Ana Ruiz 2026-03-02 Regular Time", "approved")
    assert card.evidence["project_id"] == str(crew.project)
    assert system.fetch("timecards", [card.id, "42"]) == [row]


def test_entries_of_the_daily_log_are_in_the_same_list(crew: Crew, stage: Stage, system: Procore) -> None:
    [sheet] = crew.seed("timesheets", {"project_id": crew.project, "date": "2026-03-02"})
    crew.works("4", timesheet_id=sheet["id"])
    crew.works("5")
    assert [(row["hours"], row["timesheet_id"]) for row in rows(system)] == [
        (Decimal(4), sheet["id"]),
        (Decimal(5), None),
    ]


def test_what_changed_is_read_with_what_was_deleted(crew: Crew, stage: Stage, system: Procore) -> None:
    crew.works("1")
    gone, corrected = crew.works("2"), crew.works("3")
    stage.around.sleep(3600)
    since = now(stage)
    stage.around.sleep(60)
    crew.seed("timecard_entries", {"id": corrected["id"], "hours": "3.5"})
    stage.sandbox.vendors["procore"].remove("timecard_entries", str(gone["id"]))
    found = {row["id"]: row for row in rows(system, since=since)}
    assert {key: row["hours"] for key, row in found.items()} == {
        gone["id"]: Decimal(2),
        corrected["id"]: Decimal("3.5"),
    }
    assert ENTITIES["timecards"].card(found[gone["id"]]).active is False
    assert system.fetch("timecards", [str(gone["id"])]) == []
    assert len(rows(system)) == 2


def test_days_and_projects_narrow_what_is_read(crew: Crew, system: Procore) -> None:
    depot = crew.new_project("Depot")
    crew.works("1", "2026-02-28")
    crew.works("2", "2026-03-01")
    crew.works("3", "2026-03-02", project_id=depot, cost_code_id=None)
    assert [row["hours"] for row in rows(system, dated=(date(2026, 3, 1), date(2026, 3, 2)))] == [Decimal(2)]
    assert [row["hours"] for row in rows(system, only_projects=(str(depot),))] == [Decimal(3)]
    chosen = crew.stage.procore(projects=[depot])
    assert [row["budget_code"] for row in rows(chosen)] == [None]


def test_a_project_is_asked_for_its_codes_once(crew: Crew, stage: Stage, system: Procore) -> None:
    for day in range(1, 29):
        crew.works("8", f"2026-02-{day:02d}")
    assert {row["budget_code"] for row in rows(system)} == {"03-300.L"}
    rows(system)
    asked = [one.path for one in stage.requests("procore", "GET")]
    assert [path for path in asked if not path.endswith("timecard_entries")] == [
        *("/rest/v1.0/cost_codes", "/rest/v1.0/line_item_types"),
    ]


def test_a_missing_permission_names_the_tool(crew: Crew, system: Procore) -> None:
    crew.seed("permissions", {"tool": "timesheets", "level": "none"})
    with pytest.raises(FixTheSetup, match="Timesheets"):
        rows(system)
