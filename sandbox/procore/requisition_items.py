"""The items of an invoice: one for every line that it bills."""

from __future__ import annotations

from typing import Any

from sandbox.procore import contracts, g702, invoicing, lines, wbs
from sandbox.procore.errors import Errors, InvalidError
from sandbox.procore.fields import amount, choice, dec, money, number, text
from sandbox.procore.invoicing import KEY
from sandbox.procore.resource import Resource, write
from sandbox.procore.state import State
from sandbox.world import Record

LOCKED = "The invoice is not editable because it has been synced with ERP"
_MONEY = (
    "work_completed_this_period",
    "materials_presently_stored",
    "new_materials",
    "stored_materials",
    "work_completed_retainage_retained_this_period",
    "work_completed_retainage_released_this_period",
    "materials_stored_retainage_currently_retained",
    "materials_stored_retainage_released_this_period",
    "subcontractor_claimed_amount",
)
_WORK_SHARE, _MATERIALS_SHARE = (
    "work_completed_retainage_percent_this_period",
    "materials_stored_retainage_percent_this_period",
)
_RETAINED = (
    ("work_completed_this_period", "work_completed_retainage_retained_this_period", _WORK_SHARE),
    ("materials_presently_stored", "materials_stored_retainage_currently_retained", _MATERIALS_SHARE),
)
_DEFAULTS: Record = {
    **{name: "0.00" for name in _MONEY if name not in {"new_materials", "stored_materials"}},
    "work_completed_this_period_quantity": "0.0",
    _WORK_SHARE: None,
    _MATERIALS_SHARE: None,
    "status": None,
    "comment": None,
}


def ensure(state: State, requisition: Record) -> None:
    """Gives an invoice an item for everything that it bills and does not hold yet."""
    commitment = contracts.of_id(state, requisition["commitment_id"])
    held = {invoicing.key_of(item) for item in invoicing.items_of(state, requisition["id"])}
    keys = invoicing.billable(state, commitment) if commitment else []
    before = invoicing.progress(state, requisition)
    for position, key in enumerate([key for key in keys if invoicing.key_of(key) not in held], len(held) + 1):
        placed = {"requisition_id": requisition["id"], "position": position, **dict.fromkeys(KEY), **key}
        stored = _still_stored(before.get(invoicing.key_of(key), g702.Before()))
        state.create("requisition_items", {**_DEFAULTS, **placed, **stored})


def _still_stored(before: g702.Before) -> Record:
    return {
        "materials_presently_stored": amount(before.materials),
        "materials_stored_retainage_currently_retained": amount(before.materials_retainage),
    }


def find(state: State, requisition: Record, row: Record) -> Record:
    """The item that a row names, by its id or by what it bills. Raises `InvalidError`."""
    for item in invoicing.items_of(state, requisition["id"]):
        if _names(row, item):
            return item
    raise InvalidError({"items": [f"{row.get('item_type')} {row.get('line_item_id')} is not billed by this invoice"]})


def _names(row: Record, item: Record) -> bool:
    if row.get("id") is not None:
        return bool(item["id"] == row["id"])
    named = [name for name in KEY if row.get(name) is not None]
    return bool(named) and all(str(item[name]) == str(row[name]) for name in named)


def save(state: State, requisition: Record, rows: list[Record]) -> None:
    """Changes the items that rows name. Where work or materials are named and retainage is not, the rate is retained.

    Raises `RefusedError`.
    """
    for row in rows:
        item = find(state, requisition, row)
        given = {name: value for name, value in row.items() if name in ITEMS.fields}
        write(state, ITEMS, {**given, **_retained(state, item, given)}, item)
    reckon(state, requisition)
    if rows:
        state.touch("requisitions", requisition["id"])


def _retained(state: State, item: Record, given: Record) -> Record:
    after = _settle(state, {**item, **given}, item)
    filled: Record = {}
    for base, retained, share in _RETAINED:
        if after[base] == item[base] or given.get(retained) is not None:
            continue
        rate = dec(given.get(share) or item.get(share) or _commitment_of(state, item).get("retainage_percent"))
        filled[retained] = amount(dec(after[base]) * rate / 100)
    return filled


def _commitment_of(state: State, item: Record) -> Record:
    requisition = state.get("requisitions", item["requisition_id"]) or {}
    return contracts.of_id(state, requisition.get("commitment_id")) or {}


def _settle(state: State, after: Record, before: Record | None) -> Record:
    item = {name: value for name, value in after.items() if name not in {"new_materials", "stored_materials"}}
    if after.get("new_materials") is not None or after.get("stored_materials") is not None:
        item["materials_presently_stored"] = amount(
            dec(after.get("new_materials")) + dec(after.get("stored_materials"))
        )
    quantity = item.get("work_completed_this_period_quantity")
    by_unit = _commitment_of(state, item).get("accounting_method") == "unit"
    if before and by_unit and quantity != before.get("work_completed_this_period_quantity"):
        unit_cost = dec((invoicing.source_line(state, item) or {}).get("unit_cost"))
        item["work_completed_this_period"] = amount(dec(quantity) * unit_cost)
    shares = {share: None for base, _, share in _RETAINED if dec(item.get(base))}
    return {**item, **shares}


def _errors(state: State, after: Record, before: Record | None) -> Errors:
    return {} if before else {"base": ["An invoice has an item for every line that it bills; change those"]}


def _lock(state: State, before: Record, changed: frozenset[str]) -> str | None:
    requisition = state.get("requisitions", before["requisition_id"])
    return LOCKED if requisition and requisition.get("origin_id") else None


def reckon(state: State, requisition: Record) -> None:
    """Keeps the payment due on the invoice, for the totals of its commitment."""
    due = invoicing.summary(state, requisition)["current_payment_due"]
    state.derive("requisitions", requisition["id"], {"current_payment_due": due})


ITEMS = Resource(
    entity="requisition_items",
    wrapper="requisition_item",
    fields={
        **dict.fromkeys(_MONEY, money),
        _WORK_SHARE: number,
        _MATERIALS_SHARE: number,
        "work_completed_this_period_quantity": number,
        "status": choice("approved", "rejected", "no_action"),
        "comment": text(10_000),
    },
    settle=_settle,
    check=_errors,
    lock=_lock,
)


_INTERNAL = {"requisition_id", "created_at", "updated_at", "detail_line_item_id", "change_order_package_id"}


def show_by_type(state: State, item: Record, line: g702.Line) -> Record:
    """An item as the lists per type show it, with the package or the subcontractor's own line that it bills."""
    names = {"contract_detail_item": ("detail_line_item_id",), "contract_item": ()}
    more = names.get(item["item_type"], ("change_order_package_id",))
    return {**show(state, item, line), **{name: item[name] for name in more}}


def show(state: State, item: Record, line: g702.Line) -> Record:
    """An item with its computed figures."""
    source = invoicing.source_line(state, item) or {}
    return {
        **{name: value for name, value in item.items() if name not in _INTERNAL},
        **g702.line_figures(line),
        "accounting_method": _commitment_of(state, item).get("accounting_method"),
        "cost_code_id": source.get("cost_code_id"),
        "wbs_code": wbs.with_segments(state, source.get("wbs_code_id")),
        "description_of_work": _description(state, item, source),
        "scheduled_quantity": source.get("quantity"),
        "scheduled_unit_price": source.get("unit_cost"),
        "uom": source.get("uom"),
        "line_number": str(item["position"]),
        "ssr_manual_override": False,
        "taxes": _taxes(state, source.get("tax_code_id")),
        "currency_configuration": lines.CURRENCY,
    }


def _description(state: State, item: Record, source: Record) -> Any:
    detail = state.get("contract_detail_items", item.get("detail_line_item_id"))
    package = state.get("change_order_packages", item.get("change_order_package_id"))
    whole = package if item["item_type"] == "whole_change_order_item" else None
    return (detail or {}).get("description") or (whole or {}).get("title") or source.get("description")


def _taxes(state: State, tax_code_id: Any) -> list[Record]:
    tax = state.get("tax_codes", tax_code_id)
    if tax is None:
        return []
    return [{"tax_code_id": tax["id"], "tax_code_name": tax["code"], "tax_code_rate": dec(tax.get("rate1"))}]
