"""Lines: what the lines of commitments, change orders and direct costs have in common."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.procore import codes, wbs
from sandbox.procore.errors import Errors
from sandbox.procore.fields import Parser, amount, choice, dec, integer, money, number, text
from sandbox.procore.reference import tax_rate, unit_errors
from sandbox.procore.resource import ORIGIN, pick
from sandbox.procore.state import State
from sandbox.world import Record

CURRENCY = {"currency_iso_code": "USD", "base_currency_iso_code": "USD"}
FIELDS: dict[str, Parser] = {
    "amount": money,
    "quantity": number,
    "unit_cost": number,
    "uom": text(),
    "extended_type": choice("manual", "calculated"),
    "description": text(10_000),
    "position": integer,
    "wbs_code_id": integer,
    "cost_code_id": integer,
    "line_item_type_id": integer,
    "tax_code_id": integer,
    **ORIGIN,
}
DEFAULTS = {"extended_type": "manual", "quantity": "0.0", "unit_cost": "0.0", "amount": "0.00"}
_SHOWN = (
    "id",
    "amount",
    "created_at",
    "updated_at",
    "description",
    "extended_type",
    "origin_id",
    "origin_data",
    "position",
    "quantity",
    "unit_cost",
    "uom",
    "tax_code_id",
)


def settle(state: State, after: Record, before: Record | None) -> Record:
    """Finds the WBS code (it wins over cost code and cost type) and works out a calculated amount."""
    named = _named_anew(after, before)
    found = wbs.code_of_line(state, named)
    placed = {**named, "wbs_code_id": found["id"] if found else None}
    if found:
        placed |= {name: found[name] for name in ("cost_code_id", "line_item_type_id")}
    if placed.get("extended_type") == "calculated":
        placed["amount"] = amount(dec(placed.get("quantity")) * dec(placed.get("unit_cost")))
    return placed


def _named_anew(after: Record, before: Record | None) -> Record:
    if before is None or after.get("wbs_code_id") != before.get("wbs_code_id"):
        return after
    pair = ("cost_code_id", "line_item_type_id")
    moved = any(after.get(name) != before.get(name) for name in pair)
    return {**after, "wbs_code_id": None} if moved else after


def errors_of(state: State, after: Record) -> Errors:
    """A line needs a chargeable WBS code, a unit of the company's list and a tax code that exists."""
    found = {**wbs.charge_errors(state, after), **unit_errors(state, after)}
    if after.get("tax_code_id") and state.get("tax_codes", after["tax_code_id"]) is None:
        found["tax_code_id"] = ["must exist"]
    return found


def extended(line: Record) -> Decimal:
    """A line's amount before tax."""
    return dec(line.get("amount"))


def tax(state: State, line: Record) -> Decimal:
    """The tax on a line."""
    return extended(line) * dec(tax_rate(state, line.get("tax_code_id"))) / 100


def total(lines: list[Record]) -> Decimal:
    """The sum of lines before tax."""
    return sum((extended(line) for line in lines), Decimal(0))


def show(state: State, line: Record, holder_type: str, holder_id: Any) -> Record:
    """A line in full."""
    kind = state.get("line_item_types", line.get("line_item_type_id"))
    return {
        **{name: line.get(name) for name in _SHOWN},
        "company": pick(state.company, "id", "name"),
        "project": pick(state.get("projects", line["project_id"]), "id", "name"),
        "holder": {"id": holder_id, "holder_type": holder_type},
        "wbs_code": wbs.brief(state, line.get("wbs_code_id")),
        "cost_code": codes.brief_cost_code(state, line.get("cost_code_id")),
        "line_item_type": codes.show_line_item_type(state, kind) if kind else None,
        "extended_amount": amount(extended(line)),
        "total_amount": amount(extended(line) + tax(state, line)),
        "change_event_line_item": None,
        "currency_configuration": CURRENCY,
    }
