"""Cost codes: the company's standard lists, the codes of a project, cost types (line item types) and sub jobs."""

from __future__ import annotations

from typing import Any

from sandbox.procore.errors import Errors, RefusedError
from sandbox.procore.fields import boolean, choice, integer, text
from sandbox.procore.resource import ORIGIN, Resource, pick, write
from sandbox.procore.state import State
from sandbox.world import Record

DELIMITER = "-"
BASE_TYPES = ("labor", "equipment", "materials", "commitment", "owner_cost", "professional_services", "other")
COST_TYPES = (
    ("L", "Labor", "labor"),
    ("M", "Materials", "materials"),
    ("S", "Commitment", "commitment"),
    ("E", "Equipment", "equipment"),
    ("O", "Other", "other"),
)

STANDARD_COST_CODE_LISTS = Resource(
    entity="standard_cost_code_lists",
    wrapper="standard_cost_code_list",
    fields={"name": text(), "is_erp_list": boolean, "available_to_use_on_new_projects": boolean},
    required=("name",),
    defaults={"is_erp_list": False, "available_to_use_on_new_projects": True},
    show=lambda state, row: {name: value for name, value in row.items() if name not in {"created_at", "updated_at"}},
)


def full_code(state: State, entity: str, code: Record) -> str:
    """A code with those of its parents before it: "03-300"."""
    return DELIMITER.join(ancestor["code"] for ancestor in path(state, entity, code))


def path(state: State, entity: str, code: Record) -> list[Record]:
    """A code and its parents, topmost first."""
    parent = state.get(entity, code.get("parent_id"))
    return [*path(state, entity, parent), code] if parent else [code]


def is_parent(state: State, entity: str, code_id: Any) -> bool:
    """Whether a code is a division: it has codes below it, and no cost may sit on it."""
    return bool(state.find(entity, "parent_id", code_id))


def _tree_errors(state: State, entity: str, after: Record, home: str) -> Errors:
    parent = state.get(entity, after.get("parent_id"))
    if after.get("parent_id") is not None and (parent is None or parent.get(home) != after.get(home)):
        return {"parent_id": ["must exist"]}
    if parent and after.get("id") in {ancestor["id"] for ancestor in path(state, entity, parent)}:
        return {"parent_id": ["can't be below itself"]}
    alike = _siblings(state, entity, after, home)
    taken = [code for code in alike if code["code"] == after.get("code") and code["id"] != after.get("id")]
    return {"code": ["has already been taken"]} if taken else {}


def _siblings(state: State, entity: str, after: Record, home: str) -> list[Record]:
    if after.get("parent_id") is not None:
        return state.find(entity, "parent_id", after["parent_id"])
    rows = state.find(entity, home, after[home])
    return [
        code for code in rows if code.get("parent_id") is None and code.get("sub_job_id") == after.get("sub_job_id")
    ]


def show_standard_code(state: State, code: Record) -> Record:
    """A standard cost code."""
    names = ("id", "standard_cost_code_list_id", "parent_id", "code", "name", "origin_id", "origin_data")
    return {**{name: code.get(name) for name in names}, "full_code": full_code(state, "standard_cost_codes", code)}


def _used_in_projects(state: State, before: Record, changed: frozenset[str]) -> str | None:
    if not changed and state.find("cost_codes", "standard_cost_code_id", before["id"]):
        return "The cost code is in use in a project and cannot be deleted"
    if not changed and is_parent(state, "standard_cost_codes", before["id"]):
        return "The cost code has codes below it and cannot be deleted"
    return None


STANDARD_COST_CODES = Resource(
    entity="standard_cost_codes",
    wrapper="standard_cost_code",
    fields={"code": text(), "name": text(), "parent_id": integer, "standard_cost_code_list_id": integer, **ORIGIN},
    required=("code", "name"),
    only_at_creation=frozenset({"standard_cost_code_list_id"}),
    check=lambda state, after, before: _tree_errors(state, "standard_cost_codes", after, "standard_cost_code_list_id"),
    lock=_used_in_projects,
    show=show_standard_code,
)


def _cost_code_errors(state: State, after: Record, before: Record | None) -> Errors:
    found = _tree_errors(state, "cost_codes", after, "project_id")
    if after.get("standard_cost_code_id") and not state.get("standard_cost_codes", after["standard_cost_code_id"]):
        found["standard_cost_code_id"] = ["must exist"]
    return found


def show_cost_code(state: State, code: Record) -> Record:
    """A project's cost code."""
    sub_job = state.get("sub_jobs", code.get("sub_job_id"))
    biller = sub_job or state.get("projects", code["project_id"]) or {}
    standard = state.get("standard_cost_codes", code.get("standard_cost_code_id"))
    combined = state.find("wbs_codes", "cost_code_id", code["id"])
    budgeted = [wbs for wbs in combined if state.find("budget_line_items", "wbs_code_id", wbs["id"])]
    full = full_code(state, "cost_codes", code)
    return {
        **{name: value for name, value in code.items() if name not in {"parent_id", "project_id", "sub_job_id"}},
        "full_code": full,
        "sortable_code": full,
        "parent": {"id": code.get("parent_id")},
        "biller": biller.get("name"),
        "biller_id": biller.get("id"),
        "biller_type": "SubJob" if sub_job else "Project",
        "biller_origin_id": biller.get("origin_id"),
        "budgeted": bool(budgeted),
        "standard_cost_code_list_id": standard["standard_cost_code_list_id"] if standard else None,
        "line_item_types": _types_used(state, code["id"]),
        "deleted_at": None,
    }


def _types_used(state: State, cost_code_id: Any) -> list[Record]:
    keys = {wbs["line_item_type_id"] for wbs in state.find("wbs_codes", "cost_code_id", cost_code_id)}
    types = [state.get("line_item_types", key) for key in sorted(keys)]
    return [show_line_item_type(state, kind) for kind in types if kind]


COST_CODES = Resource(
    entity="cost_codes",
    wrapper="cost_code",
    fields={
        "code": text(),
        "name": text(),
        "parent_id": integer,
        "position": integer,
        "standard_cost_code_id": integer,
        **ORIGIN,
    },
    required=("code", "name"),
    check=_cost_code_errors,
    show=show_cost_code,
)


def show_line_item_type(state: State, kind: Record) -> Record:
    """A cost type. It is written as `csv_import_code` and read as `code`."""
    return {name: kind.get(name) for name in ("id", "name", "code", "base_type", "origin_id", "origin_data")}


def _settle_type(state: State, after: Record, before: Record | None) -> Record:
    settled = {name: value for name, value in after.items() if name != "csv_import_code"}
    return {**settled, "code": after.get("csv_import_code") or after.get("code")}


def _type_errors(state: State, after: Record, before: Record | None) -> Errors:
    taken = [kind for kind in state.find("line_item_types", "code", after["code"]) if kind["id"] != after.get("id")]
    return {"csv_import_code": ["has already been taken"]} if taken else {}


LINE_ITEM_TYPES = Resource(
    entity="line_item_types",
    wrapper="line_item_type",
    fields={"name": text(), "csv_import_code": text(), "base_type": choice(*BASE_TYPES), **ORIGIN},
    required=("name", "code"),
    defaults={"base_type": "other"},
    settle=_settle_type,
    check=_type_errors,
    show=show_line_item_type,
)


def _sub_job_errors(state: State, after: Record, before: Record | None) -> Errors:
    alike = state.find("sub_jobs", "project_id", after["project_id"])
    taken = [job for job in alike if job["code"] == after["code"] and job["id"] != after.get("id")]
    return {"code": ["has already been taken"]} if taken else {}


SUB_JOBS = Resource(
    entity="sub_jobs",
    wrapper="sub_job",
    fields={"code": text(), "name": text(), **ORIGIN},
    required=("code", "name"),
    check=_sub_job_errors,
)


def copy_standard_codes(state: State, place: Record, codes: list[Record]) -> tuple[list[Record], list[str]]:
    """Copies standard codes (and the parents that they need) into a project; what failed is named."""
    made: list[Record] = []
    failed: list[str] = []
    for code in codes:
        try:
            for standard in path(state, "standard_cost_codes", code):
                made += _copied(state, place, standard)
        except RefusedError as error:
            failed.append(f"{code['code']}: {error}")
    return made, failed


def _copied(state: State, place: Record, standard: Record) -> list[Record]:
    if _copy_of(state, place, standard["id"]):
        return []
    parent = _copy_of(state, place, standard["parent_id"]) if standard.get("parent_id") else None
    given = {"code": standard["code"], "name": standard["name"], "standard_cost_code_id": standard["id"]}
    return [write(state, COST_CODES, {**given, "parent_id": parent["id"] if parent else None}, fixed=place)]


def _copy_of(state: State, place: Record, standard_id: Any) -> Record | None:
    rows = state.find("cost_codes", "standard_cost_code_id", standard_id)
    return next((row for row in rows if all(row.get(name) == value for name, value in place.items())), None)


def brief_cost_code(state: State, cost_code_id: Any) -> Record | None:
    """A cost code as it is nested in a line."""
    code = state.get("cost_codes", cost_code_id)
    return (
        {**(pick(code, "id", "name", "origin_id") or {}), "full_code": full_code(state, "cost_codes", code)}
        if code
        else None
    )
