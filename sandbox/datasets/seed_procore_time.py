"""Puts the crew and its time into Procore."""

from __future__ import annotations

from datetime import date
from typing import Any

from sandbox.datasets.crew import EMPLOYEES, Timecard, timecards
from sandbox.datasets.procore_ids import Procore, times
from sandbox.world import Record, World

HIRED = date(2025, 4, 1)


def seed(world: World, procore: Procore) -> None:
    """Employees, a timesheet for each project and day, and the entries; the timesheets are approved with them."""
    kinds = {row["time_type"]: row["id"] for row in world.tables.all("procore.timecard_time_types")}
    for one in EMPLOYEES:
        names = {"first_name": one.first_name, "last_name": one.last_name, "job_title": one.job_title}
        record = {**names, "employee_id": one.number, "is_employee": True, **times(HIRED)}
        procore.put("users", one.number, record)
    for card in timecards():
        procore.put(
            "timecard_entries", (card.employee, card.project, card.day, card.time_type), _entry(procore, card, kinds)
        )


def _entry(procore: Procore, card: Timecard, kinds: dict[str, Any]) -> Record:
    return {
        "project_id": procore.id("projects", card.project),
        "party_id": procore.id("users", card.employee),
        "date": card.day.isoformat(),
        "hours": card.hours,
        "timecard_time_type_id": kinds[card.time_type],
        "cost_code_id": procore.id("cost_codes", (card.project, card.cost_code)),
        "line_item_type_id": procore.id("line_item_types", "L"),
        "description": card.description,
        "approval_status": card.status,
        "timesheet_id": _timesheet(procore, card) if card.on_timesheet else None,
        **times(card.day),
    }


def _timesheet(procore: Procore, card: Timecard) -> Any:
    """The timesheet of a project and day; one that waits for approval is of its own."""
    key = (card.project, card.day, card.status)
    if ("timesheets", key) in procore.ids:
        return procore.id("timesheets", key)
    number = 1 + sum(entity == "timesheets" for entity, _ in procore.ids)
    record = {"project_id": procore.id("projects", card.project), "date": card.day.isoformat(), "number": number}
    return procore.put("timesheets", key, {**record, "status": card.status, **times(card.day)})
