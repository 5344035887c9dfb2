"""Routes about cost codes, cost types, sub jobs and the work breakdown structure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.http import Response, json_response
from sandbox.procore import codes, errors, wbs
from sandbox.procore.call import Call
from sandbox.procore.fields import integers
from sandbox.procore.handlers import Show, answer_list, in_company, in_project
from sandbox.procore.listing import BY_ID, BY_ORIGIN, Listing, one_of, within
from sandbox.procore.resource import as_stored, pick, rows_of, write
from sandbox.procore.route import Group, Route
from sandbox.procore.wbs import PROJECT_COST_CODES, WBS_CODES
from sandbox.world import Record

_PROJECT_WBS = "/rest/v1.0/projects/{project_id}/work_breakdown_structure"
_COMPANY_WBS = "/rest/v1.0/companies/{company_id}/work_breakdown_structure"


_STANDARD_VIEWS: dict[str, Show] = {
    "default": lambda state, code: pick(code, "id", "standard_cost_code_list_id"),
    "compact": lambda state, code: pick(code, "id", "standard_cost_code_list_id", "origin_id"),
}


def _in_list(call: Call) -> Record:
    """Standard codes of the list that the call names. Raises `RefusedError`: none named (400), unknown (404)."""
    nested = call.body.get("standard_cost_code")
    key = call.named("standard_cost_code_list_id") or (
        nested.get("standard_cost_code_list_id") if isinstance(nested, dict) else None
    )
    if key is None:
        raise errors.bad_request("standard_cost_code_list_id is missing")
    found = call.state.get("standard_cost_code_lists", key)
    if found is None:
        raise errors.not_found()
    return {"standard_cost_code_list_id": found["id"]}


def _in_project_or_sub_job(call: Call) -> Record:
    sub_job_id = call.named("sub_job_id")
    sub_job = call.state.get("sub_jobs", sub_job_id)
    if sub_job_id is not None and (sub_job is None or sub_job["project_id"] != call.project["id"]):
        raise errors.not_found()
    return {"project_id": call.project["id"], "sub_job_id": sub_job["id"] if sub_job else None}


def _copy_list(call: Call) -> Response:
    made, _ = codes.copy_standard_codes(call.state, _in_project_or_sub_job(call), _standard_codes(call))
    return json_response([PROJECT_COST_CODES.show(call.state, code) for code in made], 201)


def _copy_subset(call: Call) -> Response:
    wanted = _ids(call, "standard_cost_code_ids")
    chosen = [code for code in _standard_codes(call) if code["id"] in wanted]
    made, failed = codes.copy_standard_codes(call.state, _in_project_or_sub_job(call), chosen)
    failed += [f"{key}: not found" for key in wanted if key not in {code["id"] for code in chosen}]
    shown = [PROJECT_COST_CODES.show(call.state, code) for code in made]
    return json_response({"successes": shown, "failures": failed}, 207 if failed else 201)


def _ids(call: Call, name: str) -> list[int]:
    try:
        return list(integers(call.body.get(name) or []))
    except ValueError as error:
        raise errors.bad_request(f"{name} {error}") from error


def _standard_codes(call: Call) -> list[Record]:
    (place,) = _in_list(call).items()
    return sorted(call.state.find("standard_cost_codes", *place), key=lambda code: code["id"])


def _line_item_types(call: Call) -> Response:
    if call.named("company_id") is None and call.named("project_id") is None:
        raise errors.bad_request("company_id or project_id is missing")
    rows = call.state.rows("line_item_types")
    return answer_list(call, Listing(BY_ORIGIN), rows, codes.show_line_item_type)


def _wanted_codes(call: Call, rows: list[Record]) -> list[Record]:
    """Narrowed by `query` (code or description) and by `can_select_divisions=false`."""
    words = (call.request.first("query") or "").lower()
    found = [row for row in rows if words in row["flat_code"].lower() or words in (row["description"] or "").lower()]
    if call.request.first("can_select_divisions") != "false":
        return found
    return [row for row in found if not codes.is_parent(call.state, "cost_codes", row["cost_code_id"])]


def _create_wbs_code(call: Call) -> Response:
    if not rows_of(call.body, "segment_items"):
        raise errors.bad_request("segment_items is missing")
    code = write(call.state, WBS_CODES, call.body, fixed={"project_id": call.project["id"]})
    return json_response(wbs.show_wbs_code(call.state, code), 201)


def _bulk_create(call: Call) -> Response:
    return json_response(wbs.bulk_create(call.state, call.project["id"], rows_of(call.body, "bulk")), 201)


def _update_wbs_code(call: Call) -> Response:
    code = _wbs_code(call, call.path_id())
    return json_response(wbs.show_wbs_code(call.state, write(call.state, WBS_CODES, call.body, code)))


def _update_all(call: Call) -> Response:
    attributes = call.wrapped("attributes")
    for key in _ids(call, "ids"):
        write(call.state, WBS_CODES, {"status": attributes.get("status")}, _wbs_code(call, key))
    return Response(204)


def _wbs_code(call: Call, key: Any) -> Record:
    code = call.state.get("wbs_codes", key)
    if code is None or code["project_id"] != call.project["id"]:
        raise errors.not_found()
    return code


def _project_id(call: Call) -> int | None:
    return call.project["id"] if "project_id" in call.request.path_params else None


def _pattern(call: Call) -> Response:
    found = wbs.pattern(call.state, _project_id(call))
    return json_response(found if _project_id(call) else [found])


def _segments(call: Call) -> Response:
    return json_response(wbs.segments(call.state, _project_id(call)))


def _segment_items(call: Call) -> Response:
    rows = wbs.segment_items(call.state, _project_id(call), call.path_id("segment_id"))
    if rows is None:
        raise errors.not_found()
    return answer_list(call, Listing(), rows, as_stored)


def _standard_code_routes() -> list[Route]:
    lists = Group("/rest/v1.0/standard_cost_code_lists", codes.STANDARD_COST_CODE_LISTS, in_company, "company", "admin")
    group = Group("/rest/v1.0/standard_cost_codes", codes.STANDARD_COST_CODES, _in_list, "company", "admin")
    one = Group("/rest/v1.0/standard_cost_codes", codes.STANDARD_COST_CODES, in_company, "company", "admin")
    return [
        lists.lists(Listing()),
        *lists.basics("show", "create", "update"),
        group.lists(Listing(BY_ORIGIN, sorts=frozenset()), _STANDARD_VIEWS),
        *group.basics("sync", "create"),
        *one.basics("show", "update", "destroy"),
    ]


def _project_code_routes() -> list[Route]:
    group = Group("/rest/v1.0/cost_codes", PROJECT_COST_CODES, _in_project_or_sub_job, "project", "admin")
    one = Group("/rest/v1.0/cost_codes", PROJECT_COST_CODES, in_project, "project", "admin")
    types = Group("/rest/v1.0/line_item_types", codes.LINE_ITEM_TYPES, in_company, "company", "admin")
    sub_jobs = Group("/rest/v1.0/sub_jobs", codes.SUB_JOBS, in_project, "project", "admin")
    return [
        group.lists(Listing({**BY_ID, **BY_ORIGIN}, sorts=frozenset())),
        *group.basics("sync", "create"),
        *one.basics("show", "update"),
        group.write("POST", "/copy_from_standard_list", _copy_list),
        group.write("POST", "/copy_subset_from_standard_list", _copy_subset),
        Route("GET", "/rest/v1.0/line_item_types", _line_item_types, "nothing", "admin"),
        *types.basics("sync", "show", "create", "update"),
        sub_jobs.lists(Listing()),
        *sub_jobs.basics("sync", "show", "create", "update", "destroy"),
    ]


def _wbs_routes() -> list[Route]:
    group = Group(f"{_PROJECT_WBS}/wbs_codes", WBS_CODES, in_project, "project", "admin")
    listing = Listing({"status": one_of, "updated_at": within})
    shared: list[tuple[str, Callable[[Call], Response]]] = [
        ("/patterns", _pattern),
        ("/segments", _segments),
        ("/segments/{segment_id}/segment_items", _segment_items),
    ]
    return [
        group.lists(listing, only=_wanted_codes),
        group.write("POST", "", _create_wbs_code),
        group.write("PATCH", "/bulk_create", _bulk_create),
        group.write("PATCH", "/update_all", _update_all),
        group.write("PATCH", "/{id}", _update_wbs_code),
        *(Route("GET", _PROJECT_WBS + path, handler, "project", "admin") for path, handler in shared),
        *(Route("GET", _COMPANY_WBS + path, handler, "company", "admin") for path, handler in shared),
    ]


ROUTES: list[Route] = [*_standard_code_routes(), *_project_code_routes(), *_wbs_routes()]
