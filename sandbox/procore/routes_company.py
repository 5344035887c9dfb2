"""Routes about the company: who is calling, permissions, directory, portfolio and reference data."""

from __future__ import annotations

from sandbox.http import Response, json_response
from sandbox.procore import codes, directory, errors, reference
from sandbox.procore.call import COMPANY_TOOLS, LEVELS, PROJECT_TOOLS, Call, level_of, title, visible
from sandbox.procore.directory import USERS, VENDORS
from sandbox.procore.handlers import answer_list, found, in_company, in_project
from sandbox.procore.listing import (
    BY_ID,
    BY_ORIGIN,
    CHANGES,
    FULL,
    Listing,
    containing,
    exactly,
    filter_values,
    keep_all,
    one_of,
)
from sandbox.procore.portfolio import PROJECTS, WITHOUT_CODES, show_project_briefly, show_project_in_list
from sandbox.procore.resource import Resource, as_stored, pick, rows_of, write
from sandbox.procore.route import Group, Route
from sandbox.procore.sync import Sync
from sandbox.world import Record

_SEARCH = {"search": containing("name", "origin_code", "business_register")}
_VENDOR_LIST = Listing({**FULL, **_SEARCH, "parent_id": one_of}, sorts=frozenset({"name"}))
_PROJECT_FILTERS = {
    **FULL,
    "by_status": keep_all,
    "name": containing("name"),
    "project_number": exactly,
    "synced": keep_all,
}
_PROJECT_VIEWS = {"compact": show_project_briefly, "ids": lambda state, project: project["id"]}
_VENDOR_VIEWS = {"compact": directory.show_vendor_briefly, "minimal": directory.show_vendor_briefly}


def _me(call: Call) -> Response:
    user = call.state.get("users", directory.SERVICE_USER_ID) or directory.SERVICE_USER
    return json_response({"id": user["id"], "login": user["email_address"], "name": user.get("name")})


def _companies(call: Call) -> Response:
    return answer_list(call, Listing(), call.state.companies(), as_stored)


def _base_url(call: Call) -> Response:
    return json_response({"zone": "us01", "web_base_url": "https://app.procore.com"})


def _permissions(call: Call) -> Response:
    """The permission manifest: of a project with `project_id`, else of the company."""
    in_one = call.request.first("project_id") is not None
    off = (call.project.get("disabled_tools") or []) if in_one else []
    tools = [name for name in (PROJECT_TOOLS if in_one else COMPANY_TOOLS) if name not in off]
    return json_response({"tools": [_tool(call, name, in_one) for name in tools]})


def _tool(call: Call, name: str, in_one: bool) -> Record:
    level = level_of(call.state, name, call.project["id"] if in_one else None)
    return {
        "id": 1 + [*COMPANY_TOOLS, *PROJECT_TOOLS].index(name),
        "name": name,
        "friendly_name": title(name),
        "tab_group": "project" if in_one else "company",
        "available_for_user": level != "none",
        "user_access_level": {"id": 1 + LEVELS.index(level), "name": level},
        "permitted_actions": [],
        "domain_id": 1,
        "url": None,
        "create_url": None,
        "trial": False,
        "can_create": level in {"standard", "admin"},
    }


def _project_tools(call: Call) -> Response:
    off = call.project.get("disabled_tools") or []
    rows = [
        {"id": number, "engine_name": name, "is_active": name not in off, "title": title(name), "position": number}
        for number, name in enumerate(PROJECT_TOOLS, 1)
    ]
    return answer_list(call, Listing({"is_active": exactly}), rows, as_stored)


def _active_vendors(call: Call, rows: list[Record]) -> list[Record]:
    return [vendor for vendor in rows if vendor["is_active"]]


def _inactive_vendors(call: Call, rows: list[Record]) -> list[Record]:
    return [vendor for vendor in rows if not vendor["is_active"]]


def _reactivate(call: Call) -> Response:
    vendor = found(call, VENDORS, {"is_active": False})
    given = {**(call.body.get("vendor") or {}), "is_active": True}
    return json_response(VENDORS.show(call.state, write(call.state, VENDORS, given, vendor)))


def _add_register(call: Call) -> Response:
    vendor = found(call, VENDORS, {})
    if vendor.get("business_register"):
        raise errors.conflict("The company has a business register already")
    return json_response(directory.register(call.state, vendor, call.wrapped("business_register")), 201)


def _change_register(call: Call) -> Response:
    vendor = found(call, VENDORS, {})
    if not vendor.get("business_register"):
        raise errors.not_found()
    return json_response(directory.register(call.state, vendor, call.wrapped("business_register")))


def _project_vendors(call: Call) -> Response:
    rows = directory.of_project(call.state, call.project["id"])
    view = _VENDOR_VIEWS.get(call.request.first("view") or "", VENDORS.show)
    listing = Listing({**BY_ID, **_SEARCH, "parent_id": one_of}, sorts=frozenset({"name"}))
    return answer_list(call, listing, rows, view)


def _create_project_vendor(call: Call) -> Response:
    vendor = write(call.state, VENDORS, call.wrapped("vendor"))
    directory.add_to_project(call.state, call.project["id"], vendor["id"])
    return json_response(VENDORS.show(call.state, vendor), 201)


def _add_project_vendor(call: Call) -> Response:
    vendor = found(call, VENDORS, {"is_active": True})
    directory.add_to_project(call.state, call.project["id"], vendor["id"])
    return json_response(VENDORS.show(call.state, vendor), 201)


def _show_project_vendor(call: Call) -> Response:
    return json_response(VENDORS.show(call.state, _project_vendor(call)))


def _project_vendor(call: Call) -> Record:
    vendor = found(call, VENDORS, {})
    if not directory.is_in_project(call.state, call.project["id"], vendor["id"]):
        raise errors.not_found()
    return vendor


def _remove_project_vendor(call: Call) -> Response:
    vendor = _project_vendor(call)
    directory.remove_from_project(call.state, call.project["id"], vendor["id"])
    return Response(204)


def _visible_projects(call: Call, rows: list[Record]) -> list[Record]:
    seen = [project for project in rows if visible(call.state, project)]
    wanted = (filter_values(call.request, "by_status") or ["Active"])[0].lower()
    if filter_values(call.request, "synced") == ["true"]:
        seen = [project for project in seen if project.get("origin_id")]
    if departments := filter_values(call.request, "by_department"):
        seen = [
            project for project in seen if {str(one) for one in project.get("department_ids") or []} & {*departments}
        ]
    if wanted == "all":
        return seen
    return [project for project in seen if project["active"] == (wanted == "active")]


def _projects(call: Call) -> Response:
    """Version 1.1: at most 300 a page, but all at once with `view=ids`."""
    rows = _visible_projects(call, call.state.rows("projects"))
    view = call.request.first("view") or ""
    listing = Listing(_PROJECT_FILTERS, most=300, paged=view != "ids")
    return answer_list(call, listing, rows, _PROJECT_VIEWS.get(view, show_project_in_list))


def _older_projects(call: Call) -> Response:
    """Version 1.0."""
    rows = _visible_projects(call, call.state.rows("projects"))
    brief = call.request.first("serializer_view") == "compact"
    return answer_list(call, Listing(_PROJECT_FILTERS), rows, show_project_briefly if brief else show_project_in_list)


def _show_project(call: Call) -> Response:
    return json_response(PROJECTS.show(call.state, _visible_project(call)))


def _visible_project(call: Call) -> Record:
    project = found(call, PROJECTS, {})
    if not visible(call.state, project):
        raise errors.not_found()
    return project


def _create_project(call: Call) -> Response:
    project = write(call.state, PROJECTS, call.wrapped("project"))
    _permit(call, project)
    if project.get("enable_copy_of_standard_cost_codes"):
        lists = [row for row in call.state.rows("standard_cost_code_lists") if row["available_to_use_on_new_projects"]]
        standard = [code for row in lists[:1] for code in _standard_codes(call, row["id"])]
        codes.copy_standard_codes(call.state, {"project_id": project["id"], "sub_job_id": None}, standard)
    return json_response(PROJECTS.show(call.state, project), 201)


def _standard_codes(call: Call, list_id: int) -> list[Record]:
    return call.state.find("standard_cost_codes", "standard_cost_code_list_id", list_id)


def _permit(call: Call, project: Record) -> None:
    app = call.state.setting("app")
    if app.get("permitted_projects") is not None and app.get("add_new_projects", True):
        permitted = [*app["permitted_projects"], project["id"]]
        call.state.change("settings", app, {"permitted_projects": permitted})


def _update_project(call: Call) -> Response:
    project = write(call.state, PROJECTS, call.wrapped("project"), _visible_project(call))
    return json_response(PROJECTS.show(call.state, project))


def _sync_projects(call: Call) -> Response:
    updates = [{name: row[name] for name in row if _syncs(name)} for row in rows_of(call.body, "updates")]
    return json_response(Sync(call.state, PROJECTS, lambda row: {}, call.request.refuse_every).run(updates))


def _syncs(name: str) -> bool:
    return name == "id" or name in WITHOUT_CODES or name.startswith("custom_field_")


def _people(call: Call) -> Response:
    names = ("id", "first_name", "last_name", "employee_id", "is_employee", "job_title", "origin_id", "origin_data")
    listing = Listing({"is_employee": exactly, "vendor_id": one_of, "search": containing("name", "email_address")})
    rows = call.state.rows("users")
    return answer_list(call, listing, rows, lambda state, user: {**(pick(user, *names) or {}), "user_id": user["id"]})


def _active_users(call: Call, rows: list[Record]) -> list[Record]:
    return [user for user in rows if user["is_active"]]


def _workflow_instances(call: Call) -> Response:
    listing = Listing({"workflowed_object_id": exactly, "workflowed_object_type": exactly})
    return answer_list(call, listing, reference.workflow_instances(call.state), as_stored)


def _company_group(path: str, resource: Resource, tool: str = "admin") -> Group:
    return Group(path, resource, in_company, "company", tool)


def _vendor_routes() -> list[Route]:
    company = _company_group("/rest/v1.0/vendors", VENDORS, "directory")
    inactive = _company_group("/rest/v1.0/companies/{company_id}/vendors/inactive", VENDORS, "directory")
    routes = [
        company.lists(_VENDOR_LIST, _VENDOR_VIEWS, _active_vendors),
        *company.basics("sync", "show", "create", "update"),
        company.write("POST", "/{id}/business_register", _add_register),
        company.write("PATCH", "/{id}/business_register", _change_register),
        inactive.lists(Listing(sorts=frozenset({"name"})), _VENDOR_VIEWS, _inactive_vendors),
        inactive.write("PATCH", "/{id}", _reactivate),
    ]
    for version in ("v1.0", "v1.1"):
        path = f"/rest/{version}/projects/{{project_id}}/vendors"
        project = Group(path, VENDORS, in_project, "project", "directory")
        routes += [
            project.read("", _project_vendors),
            project.read("/{id}", _show_project_vendor),
            project.write("POST", "", _create_project_vendor),
            project.write("POST", "/{id}/actions/add", _add_project_vendor),
            project.write("DELETE", "/{id}/actions/remove", _remove_project_vendor),
        ]
    return routes


def _project_routes() -> list[Route]:
    group = _company_group("/rest/v1.0/projects", PROJECTS, "portfolio")
    newer = _company_group("/rest/v1.1/projects", PROJECTS, "portfolio")
    return [
        group.read("", _older_projects),
        newer.read("", _projects),
        group.write("PATCH", "/sync", _sync_projects),
        group.read("/{id}", _show_project),
        group.write("POST", "", _create_project),
        group.write("PATCH", "/{id}", _update_project),
    ]


def _reference_routes() -> list[Route]:
    tax_codes = _company_group("/rest/v1.0/tax_codes", reference.TAX_CODES)
    tax_types = _company_group("/rest/v1.0/tax_types", reference.TAX_TYPES)
    departments = _company_group("/rest/v1.0/departments", reference.DEPARTMENTS)
    uoms = _company_group("/rest/v1.0/companies/{company_id}/uoms", reference.UOMS)
    users = _company_group("/rest/v1.3/companies/{company_id}/users", USERS, "directory")
    fields = _company_group(
        "/rest/v1.1/companies/{company_id}/custom_field_definitions", reference.CUSTOM_FIELD_DEFINITIONS
    )
    return [
        tax_codes.lists(Listing(most=100)),
        *tax_codes.basics("sync", "show", "create", "update"),
        tax_types.lists(Listing()),
        *tax_types.basics("sync", "show", "create", "update"),
        departments.lists(Listing()),
        *departments.basics("show", "create", "update", "destroy"),
        uoms.lists(Listing()),
        *uoms.basics("sync", "show", "create", "update", "destroy"),
        users.lists(Listing({**CHANGES, **BY_ORIGIN, "vendor_id": one_of}), only=_active_users),
        users.read("/{id}", lambda call: json_response(found(call, USERS, {}))),
        fields.lists(Listing({**BY_ID, "with_label": containing("label")}, most=100)),
        Route("GET", "/rest/v1.0/companies/{company_id}/people", _people, "company", "directory"),
        Route("GET", "/rest/v1.0/workflow_instances", _workflow_instances, "company", "workflows"),
    ]


ROUTES: list[Route] = [
    Route("GET", "/rest/v1.0/me", _me, "nothing"),
    Route("GET", "/rest/v1.0/companies", _companies, "nothing"),
    Route("GET", "/rest/v1.0/company_base_url", _base_url, "nothing"),
    Route("GET", "/rest/v1.0/settings/permissions", _permissions, "nothing"),
    Route("GET", "/rest/v1.0/projects/{project_id}/tools", _project_tools, "project"),
    *_vendor_routes(),
    *_project_routes(),
    *_reference_routes(),
]
