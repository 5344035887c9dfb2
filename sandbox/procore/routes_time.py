"""Routes about time: timecard entries, timesheets and time types."""

from __future__ import annotations

from sandbox.http import Response, json_response
from sandbox.procore import errors
from sandbox.procore.call import Call, visible
from sandbox.procore.handlers import answer_list, found, in_project
from sandbox.procore.listing import CHANGES, Listing, filter_values, one_of, within
from sandbox.procore.resource import remove, rows_of, write
from sandbox.procore.route import Group, Route
from sandbox.procore.timecards import ENTRIES, TIMECARD_TIME_TYPES, TIMESHEETS
from sandbox.world import Record

_COMPANY = "/rest/v1.0/companies/{company_id}"
_TIMESHEETS = "/rest/v1.0/projects/{project_id}/timesheets"
_ENTRY_LIST = Listing({**CHANGES, "deleted_at": within, "party_id": one_of})
_TOOL = "timesheets"


def _entries(call: Call) -> Response:
    """The company's list: of all projects that the app sees; of deleted entries only where those are asked for."""
    deleted = bool(filter_values(call.request, "deleted_at"))
    rows = [one for one in call.state.rows("timecard_entries") if bool(one["deleted_at"]) == deleted]
    seen = [one for one in rows if visible(call.state, call.state.get("projects", one["project_id"]) or {"id": None})]
    return answer_list(call, _ENTRY_LIST, _of_days(call, seen), ENTRIES.show)


def _of_project(call: Call) -> Response:
    """A project's list: of today only, unless days are named."""
    rows = [
        one for one in call.state.find("timecard_entries", "project_id", call.project["id"]) if not one["deleted_at"]
    ]
    today = call.state.now()[:10]
    first, last = call.request.first("start_date"), call.request.first("end_date")
    on = call.request.first("log_date") or (None if first or last else today)
    return answer_list(
        call, Listing(), [one for one in _of_days(call, rows) if on in {None, one["date"]}], ENTRIES.show
    )


def _of_days(call: Call, rows: list[Record]) -> list[Record]:
    first, last = call.request.first("start_date") or "", call.request.first("end_date") or "9999"
    return [one for one in rows if first <= one["date"] <= last]


def _create(call: Call) -> Response:
    entry = write(call.state, ENTRIES, call.wrapped("timecard_entry"), fixed={"project_id": call.project["id"]})
    return json_response(ENTRIES.show(call.state, entry), 201)


def _update(call: Call) -> Response:
    before = found(call, ENTRIES, in_project(call))
    return json_response(ENTRIES.show(call.state, write(call.state, ENTRIES, call.wrapped("timecard_entry"), before)))


def _show(call: Call) -> Response:
    return json_response(ENTRIES.show(call.state, found(call, ENTRIES, {})))


def _destroy(call: Call) -> Response:
    entry = found(call, ENTRIES, {})
    remove(call.state, ENTRIES, entry)
    return json_response({"id": entry["id"]})


def _time_types(call: Call) -> Response:
    return answer_list(call, Listing(paged=False), call.state.rows("timecard_time_types"), TIMECARD_TIME_TYPES.show)


def _approve(call: Call) -> Response:
    """Approves timesheets, or takes the approval back."""
    for row in rows_of(call.body, "timesheets"):
        timesheet = call.state.get("timesheets", row.get("id"))
        if timesheet is None or timesheet["project_id"] != call.project["id"]:
            raise errors.not_found()
        if row.get("status") not in {"pending", "approved"}:
            raise errors.bad_request("An improper status was submitted - valid statuses are pending, approved")
        write(call.state, TIMESHEETS, {"status": row["status"]}, timesheet)
    rows = call.state.find("timesheets", "project_id", call.project["id"])
    return json_response([TIMESHEETS.show(call.state, one) for one in rows])


ROUTES: list[Route] = [
    Route("GET", f"{_COMPANY}/timecard_entries", _entries, "company", _TOOL),
    Route("POST", f"{_COMPANY}/timecard_entries", _create, "project", _TOOL, "admin"),
    Route("GET", f"{_COMPANY}/timecard_entries/{{id}}", _show, "company", _TOOL),
    Route("PATCH", f"{_COMPANY}/timecard_entries/{{id}}", _update, "project", _TOOL, "admin"),
    Route("DELETE", f"{_COMPANY}/timecard_entries/{{id}}", _destroy, "company", _TOOL, "admin"),
    Route("GET", f"{_COMPANY}/timecard_time_types", _time_types, "company", _TOOL),
    Route("GET", "/rest/v1.0/projects/{project_id}/timecard_entries", _of_project, "project", _TOOL),
    Route("PATCH", f"{_TIMESHEETS}/update_approval", _approve, "project", _TOOL, "admin"),
    Group(_TIMESHEETS, TIMESHEETS, in_project, "project", _TOOL).lists(Listing({**CHANGES})),
    *Group(_TIMESHEETS, TIMESHEETS, in_project, "project", _TOOL).basics("show", "create"),
]
