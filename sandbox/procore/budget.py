"""The budget: lines per WBS code, and one budget view over them."""

from __future__ import annotations

from decimal import Decimal

from sandbox.procore import codes, wbs
from sandbox.procore.errors import Errors
from sandbox.procore.fields import amount, choice, dec, integer, money, number, text
from sandbox.procore.lines import CURRENCY
from sandbox.procore.reference import unit_errors
from sandbox.procore.resource import Resource
from sandbox.procore.state import State
from sandbox.world import Record

VIEW_ID = 598134325000031


def _settle(state: State, after: Record, before: Record | None) -> Record:
    if after.get("calculation_strategy") != "automatic":
        return after
    return {**after, "original_budget_amount": amount(dec(after.get("quantity")) * dec(after.get("unit_cost")))}


def _errors(state: State, after: Record, before: Record | None) -> Errors:
    code = state.get("wbs_codes", after.get("wbs_code_id"))
    if code is None or code["project_id"] != after.get("project_id"):
        return {"wbs_code": ["must exist"]}
    taken = [row for row in state.find("budget_line_items", "wbs_code_id", code["id"]) if row["id"] != after.get("id")]
    return {"wbs_code": ["has already been taken"]} if taken else unit_errors(state, after)


def show(state: State, line: Record) -> Record:
    """A budget line: amounts are JSON numbers, as documented."""
    numbers = {name: dec(line.get(name)) for name in ("original_budget_amount", "quantity", "unit_cost")}
    return {
        "id": line["id"],
        **numbers,
        "uom": line.get("uom"),
        "calculation_strategy": line.get("calculation_strategy"),
        "wbs_code": wbs.brief(state, line["wbs_code_id"]),
        "currency_configuration": CURRENCY,
    }


BUDGET_LINES = Resource(
    entity="budget_line_items",
    wrapper="budget_line_item",
    fields={
        "wbs_code_id": integer,
        "original_budget_amount": money,
        "uom": text(),
        "quantity": number,
        "unit_cost": number,
        "calculation_strategy": choice("automatic", "manual"),
    },
    required=("wbs_code_id",),
    defaults={
        "calculation_strategy": "manual",
        "original_budget_amount": "0.00",
        "quantity": "0.0",
        "unit_cost": "0.0",
    },
    settle=_settle,
    check=_errors,
    show=show,
)


def view(state: State, project_id: int) -> Record:
    """The only budget view of a project."""
    path = f"/rest/v1.0/budget_views/{VIEW_ID}"
    links = {name: f"{path}/{name}?project_id={project_id}" for name in ("detail_rows", "summary_rows")}
    return {"id": VIEW_ID, "name": "Procore Standard Budget", "description": None, "role": "standard", "links": links}


def detail_row(state: State, line: Record) -> Record:
    """A row of the budget view: amounts are text."""
    code = state.get("wbs_codes", line["wbs_code_id"]) or {}
    cost_code = state.get("cost_codes", code.get("cost_code_id")) or {}
    kind = state.get("line_item_types", code.get("line_item_type_id")) or {}
    root = codes.path(state, "cost_codes", cost_code)[0] if cost_code else {}
    return {
        "id": line["id"],
        "project_id": line["project_id"],
        "wbs_code_id": line["wbs_code_id"],
        "cost_code_id": cost_code.get("id"),
        "cost_code": cost_code.get("name"),
        "cost_code_origin_id": cost_code.get("origin_id"),
        "root_cost_code_id": root.get("id"),
        "category_id": kind.get("id"),
        "category": kind.get("name"),
        "original_budget_amount": line["original_budget_amount"],
        "budget_modifications": "0.00",
        **_cost_columns(state, line),
        "currency_configuration": CURRENCY,
    }


def _cost_columns(state: State, line: Record) -> Record:
    """What direct costs cost of a budget code; a company may leave the column out (setting `budget_view`)."""
    if state.setting("budget_view").get("direct_costs") == "hidden":
        return {}
    spent = [
        row
        for row in state.find("direct_cost_line_items", "wbs_code_id", line["wbs_code_id"])
        if row["project_id"] == line["project_id"] and _is_approved(state, row)
    ]
    return {"Direct Costs": str(sum((Decimal(row["amount"]) for row in spent), Decimal("0.00")))}


def _is_approved(state: State, row: Record) -> bool:
    return (state.get("direct_costs", row["direct_cost_id"]) or {}).get("status") == "approved"
