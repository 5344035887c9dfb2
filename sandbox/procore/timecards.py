"""Time: time types, timesheets (a day of a project), and timecard entries, from timesheets or from the daily log.

A deleted entry is in no list but the one that asks for deletions (`filters[deleted_at]`). The list shows the cost code
by id and name only, as documented; its full code is the project's to tell.
"""

from __future__ import annotations

from decimal import Decimal

from sandbox.procore import codes
from sandbox.procore.errors import Errors
from sandbox.procore.fields import anything, boolean, choice, day, dec, instant, integer, moment, number, text
from sandbox.procore.resource import Resource, pick, write
from sandbox.procore.state import State
from sandbox.world import Record

TIME_TYPES = (("Regular Time", "R"), ("Overtime", "OT"), ("Double Time", "DT"))
STATUSES = ("pending", "reviewed", "approved", "completed")
_HOURS_OF_A_DAY = Decimal(24)
_INTERNAL = {
    *("project_id", "party_id", "timesheet_id", "timecard_time_type_id", "cost_code_id", "sub_job_id", "crew_id"),
    "location_id",
}

TIMECARD_TIME_TYPES = Resource(
    entity="timecard_time_types",
    wrapper="timecard_time_type",
    fields={"time_type": text(), "abbreviated_time_type": text(), "global": boolean},
    required=("time_type",),
    defaults={"global": True},
    show=lambda state, row: pick(row, "id", "time_type", "abbreviated_time_type", "global") or {},
)


def _settle(state: State, after: Record, before: Record | None) -> Record:
    """Where start and stop are told, the hours follow from them, less the lunch break in minutes."""
    if not (after.get("time_in") and after.get("time_out")):
        return after
    worked = instant(after["time_out"]) - instant(after["time_in"])
    minutes = Decimal(int(worked.total_seconds() // 60)) - dec(after.get("lunch_time"))
    return {**after, "hours": format((minutes / 60).quantize(Decimal("0.01")), "f")}


def _errors(state: State, after: Record, before: Record | None) -> Errors:
    found: Errors = {}
    if state.get("users", after.get("party_id")) is None:
        found["party"] = ["must exist"]
    if not 0 <= dec(after.get("hours")) <= _HOURS_OF_A_DAY:
        found["hours"] = ["must be between 0 and 24"]
    project = state.get("projects", after.get("project_id"))
    if project is None:
        found["project"] = ["must exist"]
    code = state.get("cost_codes", after.get("cost_code_id"))
    if after.get("cost_code_id") and (code is None or code["project_id"] != after["project_id"]):
        found["cost_code"] = ["must be a cost code of the project"]
    if code and codes.is_parent(state, "cost_codes", code["id"]):
        found["cost_code"] = ["is not chargeable: it is a division"]
    return {**found, **_missing(state, after)}


_REFERENCES = {
    "timecard_time_type_id": "timecard_time_types",
    "line_item_type_id": "line_item_types",
    "timesheet_id": "timesheets",
}


def _missing(state: State, after: Record) -> Errors:
    named = ((name, entity) for name, entity in _REFERENCES.items() if after.get(name) is not None)
    return {
        name.removesuffix("_id"): ["must exist"] for name, entity in named if state.get(entity, after[name]) is None
    }


def show(state: State, entry: Record) -> Record:
    """An entry as the company's list shows it."""
    code = state.get("cost_codes", entry.get("cost_code_id"))
    kind = state.get("timecard_time_types", entry.get("timecard_time_type_id"))
    timesheet = state.get("timesheets", entry.get("timesheet_id"))
    return {
        **{name: value for name, value in entry.items() if name not in _INTERNAL},
        "party": pick(state.get("users", entry["party_id"]), "id", "name"),
        "project": pick(state.get("projects", entry["project_id"]), "id", "name"),
        "cost_code": code["name"] if code else None,
        "full_cost_code": pick(code, "id", "name"),
        "timecard_type": kind["time_type"] if kind else None,
        "timecard_time_type": TIMECARD_TIME_TYPES.show(state, kind) if kind else None,
        "timesheet": pick(timesheet, "id", "status"),
        "timesheet_status": timesheet["status"] if timesheet else None,
        "sub_job": pick(state.get("sub_jobs", entry.get("sub_job_id")), "id", "name", "code"),
        "crew": None,
        "automatically_split_timecard_entries": [],
    }


ENTRIES = Resource(
    entity="timecard_entries",
    wrapper="timecard_entry",
    fields={
        "date": day,
        "hours": number,
        "time_in": moment,
        "time_out": moment,
        "lunch_time": number,
        "billable": boolean,
        "description": text(10_000),
        "approval_status": choice(*STATUSES),
        "origin_data": text(255),
        "clock_in_time": anything,
        "clock_out_time": anything,
        **dict.fromkeys(
            (
                *("party_id", "timesheet_id", "timecard_time_type_id", "cost_code_id", "line_item_type_id"),
                *("sub_job_id", "crew_id", "location_id", "origin_id"),
            ),
            integer,
        ),
    },
    required=("date", "party_id"),
    defaults={"approval_status": "pending", "billable": False, "deleted_at": None, "hours": "0"},
    soft_delete=True,
    settle=_settle,
    check=_errors,
    show=show,
)


def show_timesheet(state: State, timesheet: Record) -> Record:
    """A timesheet with its entries."""
    entries = [one for one in state.find("timecard_entries", "timesheet_id", timesheet["id"]) if not one["deleted_at"]]
    return {**timesheet, "timecard_entries": [show(state, one) for one in entries]}


def _carry_status(state: State, timesheet: Record) -> None:
    """The entries of a timesheet are approved with it."""
    for entry in state.find("timecard_entries", "timesheet_id", timesheet["id"]):
        if entry["approval_status"] != timesheet["status"] and not entry["deleted_at"]:
            write(state, ENTRIES, {"approval_status": timesheet["status"]}, entry)


TIMESHEETS = Resource(
    entity="timesheets",
    wrapper="timesheet",
    fields={"date": day, "number": integer, "name": text(), "status": choice("pending", "approved")},
    required=("date", "status"),
    defaults={"status": "pending"},
    after=_carry_status,
    show=show_timesheet,
)
