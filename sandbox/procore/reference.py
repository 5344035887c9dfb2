"""The company's reference data: units, tax codes and types, departments, custom fields, workflows.

What a custom field of a company holds is not documented: here it is shown like an entry of a list of values (id and
label) and written, as those are, by the id alone.
"""

from __future__ import annotations

from typing import Any

from sandbox.procore.errors import Errors
from sandbox.procore.fields import boolean, choice, day, dec, integer, number, text
from sandbox.procore.resource import ORIGIN, Resource, pick
from sandbox.procore.state import State
from sandbox.world import Record

UNIT_NAMES = (
    "bags",
    "cf",
    "cy",
    "days",
    "ea",
    "gal",
    "hours",
    "lbs",
    "lf",
    "ls",
    "months",
    "sf",
    "sy",
    "tons",
    "weeks",
)
VENDOR_FIELD = "vendor"
"""The type of a custom field that holds a company of the directory."""

_WORKFLOWED = ("work_order_contracts", "purchase_order_contracts", "change_order_packages", "requisitions")


def _show_uom(state: State, uom: Record) -> Record:
    return {
        **{name: uom.get(name) for name in ("id", "name", "description", "is_standard")},
        "uom_category": {"id": uom.get("uom_category_id") or 1, "name": "General"},
    }


def _unique_unit(state: State, after: Record, before: Record | None) -> Errors:
    taken = [unit for unit in state.find("uoms", "name", after.get("name")) if unit["id"] != after.get("id")]
    return {"name": ["has already been taken"]} if taken else {}


UOMS = Resource(
    entity="uoms",
    wrapper="uom",
    fields={"name": text(), "description": text(), "uom_category_id": integer},
    required=("name",),
    defaults={"is_standard": False},
    check=_unique_unit,
    show=_show_uom,
)


def _show_tax_code(state: State, tax: Record) -> Record:
    shown = {name: value for name, value in tax.items() if name not in {"created_at", "updated_at"}}
    return {**shown, "rate1": None if tax.get("rate1") is None else dec(tax["rate1"])}


TAX_CODES = Resource(
    entity="tax_codes",
    wrapper="tax_code",
    fields={
        "code": text(),
        "description": text(),
        "rate1": number,
        "archived": boolean,
        "default_tax_code": boolean,
        **ORIGIN,
    },
    required=("code",),
    defaults={"archived": False, "default_tax_code": False},
    show=_show_tax_code,
)

TAX_TYPES = Resource(
    entity="tax_types",
    wrapper="tax_type",
    fields={"name": text(), "description": text(), **ORIGIN},
    required=("name",),
    show=lambda state, row: {name: value for name, value in row.items() if name not in {"created_at", "updated_at"}},
)

DEPARTMENTS = Resource(
    entity="departments",
    wrapper="department",
    fields={"name": text(), **ORIGIN},
    required=("name",),
    show=lambda state, row: pick(row, "id", "name", *ORIGIN) or {},
)

CUSTOM_FIELD_DEFINITIONS = Resource(
    entity="custom_field_definitions",
    wrapper="custom_field_definition",
    fields={
        "label": text(),
        "data_type": choice(
            "string", "decimal", "boolean", "lov_entry", "lov_entries", "datetime", "rich_text", VENDOR_FIELD
        ),
        "active": boolean,
        "variant": text(),
        "description": text(),
        "default_value": text(),
    },
    required=("label", "data_type"),
    defaults={"active": True},
)


def _period_errors(state: State, after: Record, before: Record | None) -> Errors:
    if after["end_date"] and after["start_date"] and after["end_date"] < after["start_date"]:
        return {"end_date": ["must be after the start date"]}
    return {}


def _settle_period(state: State, after: Record, before: Record | None) -> Record:
    position = len(state.find("billing_periods", "project_id", after["project_id"])) + 1
    return {**after, "position": after.get("position") or position}


BILLING_PERIODS = Resource(
    entity="billing_periods",
    wrapper="billing_period",
    fields={"start_date": day, "end_date": day, "due_date": day, "status": choice("open", "closed")},
    required=("start_date", "end_date", "due_date", "status"),
    settle=_settle_period,
    check=_period_errors,
)


def show_custom_fields(state: State, record: Record) -> Record:
    """A record's custom fields as they are read: `{"custom_field_1": {"data_type": …, "value": …}}`."""
    kept: Record = record.get("custom_fields") or {}
    return {name: _custom_field(state, name, value) for name, value in kept.items()}


def unit_errors(state: State, record: Record) -> Errors:
    """A unit must be in the company's list."""
    unit = record.get("uom")
    return {"uom": ["is not in the company's list of units of measure"]} if unit and not _unit(state, unit) else {}


def tax_rate(state: State, tax_code_id: Any) -> Any:
    """The rate of a tax code in percent, or None."""
    tax = state.get("tax_codes", tax_code_id)
    return tax.get("rate1") if tax else None


def workflow_instances(state: State) -> list[Record]:
    """An instance for each record whose status a workflow controls."""
    records = [(entity, record) for entity in _WORKFLOWED for record in state.rows(entity) if record.get("workflow")]
    return [_instance(state, entity, record) for entity, record in records]


def _instance(state: State, entity: str, record: Record) -> Record:
    kind = "".join(part.title() for part in entity.removesuffix("s").split("_"))
    return {
        "id": record["id"],
        "workflowed_object_id": record["id"],
        "workflowed_object_type": kind,
        "project": pick(state.get("projects", record["project_id"]), "id", "name"),
        "current_workflow_activities": [],
        "current_workflow_state": {"id": 1, "name": record.get("status"), "status": record.get("status")},
        "workflow": {"id": 1, "name": f"{kind} approval", "class_name": kind},
    }


def _custom_field(state: State, name: str, value: Any) -> Record:
    definition = state.get("custom_field_definitions", name.removeprefix("custom_field_"))
    data_type = definition["data_type"] if definition else "string"
    return {"data_type": data_type, "value": _labelled(state, value) if data_type == VENDOR_FIELD else value}


def _labelled(state: State, vendor_id: Any) -> Record | None:
    vendor = state.get("vendors", vendor_id)
    return {"id": vendor["id"], "label": vendor["name"]} if vendor else None


def _unit(state: State, name: str) -> list[Record]:
    return state.find("uoms", "name", name)
