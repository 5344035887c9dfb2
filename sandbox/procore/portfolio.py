"""The portfolio: projects. They cannot be deleted, only made inactive."""

from __future__ import annotations

from sandbox.procore.directory import ADDRESS, place_errors
from sandbox.procore.errors import Errors
from sandbox.procore.fields import anything, boolean, choice, day, integer, integers, money, number, text
from sandbox.procore.reference import show_custom_fields
from sandbox.procore.resource import ORIGIN_WITH_CODE, Resource, pick
from sandbox.procore.state import State
from sandbox.world import Record

_WORDS = (
    "name",
    "code",
    "project_number",
    "county",
    "phone",
    "fax",
    "store_number",
    "accounting_project_number",
    "designated_market_area",
    "sector",
    "work_scope",
    "delivery_method",
    "locale",
)
_DATES = (
    "start_date",
    "completion_date",
    "projected_finish_date",
    "warranty_start_date",
    "warranty_end_date",
    "estimated_start_date",
    "estimated_completion_date",
)
_IDS = (
    "parent_job_id",
    "office_id",
    "program_id",
    "project_stage_id",
    "project_bid_type_id",
    "project_type_id",
    "project_owner_type_id",
    "project_region_id",
    "project_template_id",
    "square_feet",
    "standard_cost_code_list_id",
)
_INTERNAL = {
    "disabled_tools",
    "change_order_tiers",
    "department_ids",
    "erp_integrated",
    "enable_copy_of_standard_cost_codes",
    "currency_configuration",
    "office_id",
    "program_id",
    "project_type_id",
    "project_template_id",
}
_SHOWN_ALONE = {
    "code",
    "locale",
    "description",
    "public_notes",
    "flag",
    "warranty_start_date",
    "warranty_end_date",
    "estimated_start_date",
    "estimated_completion_date",
    "project_stage_id",
    "square_feet",
    "standard_cost_code_list_id",
    "is_erp_integrated",
    "template",
    "departments",
}


def _settle(state: State, after: Record, before: Record | None) -> Record:
    named = " - ".join(part for part in (after.get("project_number"), after.get("name")) if part)
    return {**after, "display_name": named}


def _errors(state: State, after: Record, before: Record | None) -> Errors:
    found = place_errors(state, after, before)
    parent_id = after.get("parent_job_id")
    if parent_id and (state.get("projects", parent_id) is None or parent_id == after.get("id")):
        found["parent_job_id"] = ["must be another project of the company"]
    if any(state.get("departments", one) is None for one in after.get("department_ids") or []):
        found["department_ids"] = ["must be departments of the company"]
    return found


def show_project(state: State, project: Record) -> Record:
    """A project in full."""
    return {
        **{name: value for name, value in project.items() if name not in _INTERNAL},
        "company": pick(state.company, "id", "name"),
        "parent_job": pick(state.get("projects", project.get("parent_job_id")), "id", "name"),
        "project_stage": None,
        "project_template": None,
        "custom_fields": show_custom_fields(state, project),
        "departments": [
            pick(state.get("departments", one), "id", "name") for one in project.get("department_ids") or []
        ],
        "is_erp_integrated": bool(project.get("erp_integrated")),
        "is_demo": False,
        "template": False,
    }


def show_project_in_list(state: State, project: Record) -> Record:
    """A project as lists show it."""
    return {name: value for name, value in show_project(state, project).items() if name not in _SHOWN_ALONE}


def show_project_briefly(state: State, project: Record) -> Record:
    """A project in the view `compact`."""
    return {"id": project["id"], "name": project["name"]}


PROJECTS = Resource(
    entity="projects",
    wrapper="project",
    fields={
        **{name: text() for name in _WORDS},
        **ADDRESS,
        "description": text(10_000),
        "public_notes": text(10_000),
        "time_zone": text(),
        "active": boolean,
        "flag": choice("Red", "Yellow", "Green"),
        "total_value": money,
        "estimated_value": money,
        "latitude": number,
        "longitude": number,
        "department_ids": integers,
        "currency_configuration": anything,
        "erp_integrated": boolean,
        "enable_copy_of_standard_cost_codes": boolean,
        **dict.fromkeys(_DATES, day),
        **dict.fromkeys(_IDS, integer),
        **ORIGIN_WITH_CODE,
    },
    required=("name",),
    defaults={"active": True, "time_zone": "US/Pacific", "custom_fields": {}},
    only_at_creation=frozenset({"erp_integrated", "enable_copy_of_standard_cost_codes"}),
    custom_fields=True,
    settle=_settle,
    check=_errors,
    show=show_project,
)

WITHOUT_CODES = {name: value for name, value in PROJECTS.fields.items() if name not in {"code", "origin_code"}}
"""What a row of the sync action may hold: the documentation leaves out `code` and `origin_code`."""
