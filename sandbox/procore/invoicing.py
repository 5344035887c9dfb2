"""What an invoice of a commitment stands on: the invoices before it, its lines, and what they could be billed up to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.procore import change_orders, contracts, g702, lines
from sandbox.procore.fields import dec
from sandbox.procore.reference import tax_rate
from sandbox.procore.state import State
from sandbox.world import Record

KEY = ("item_type", "line_item_id", "detail_line_item_id", "change_order_package_id")


def of_commitment(state: State, commitment_id: Any) -> list[Record]:
    """The invoices of a commitment, first first."""
    return sorted(state.find("requisitions", "commitment_id", commitment_id), key=lambda row: row["number"])


def items_of(state: State, requisition_id: Any) -> list[Record]:
    """The items of an invoice, in order."""
    return sorted(state.find("requisition_items", "requisition_id", requisition_id), key=lambda row: row["position"])


def previous(state: State, requisition: Record) -> Record | None:
    """The invoice before this one."""
    earlier = [
        row for row in of_commitment(state, requisition["commitment_id"]) if row["number"] < requisition["number"]
    ]
    return earlier[-1] if earlier else None


def key_of(item: Record) -> tuple[Any, ...]:
    """What an item bills; the same in every invoice of the commitment."""
    return tuple(item.get(name) for name in KEY)


def progress(state: State, requisition: Record) -> dict[tuple[Any, ...], g702.Before]:
    """Where every line stood before this invoice."""
    found: dict[tuple[Any, ...], g702.Before] = {}
    invoices = of_commitment(state, requisition["commitment_id"])
    for earlier in (row for row in invoices if row["number"] < requisition["number"]):
        for item in items_of(state, earlier["id"]):
            found[key_of(item)] = found.get(key_of(item), g702.Before()).then(item)
    return found


def reckoned(state: State, requisition: Record) -> list[g702.Line]:
    """The lines of an invoice with what came before them."""
    before = progress(state, requisition)
    return [
        g702.Line(
            scheduled=scheduled_value(state, item),
            before=before.get(key_of(item), g702.Before()),
            item=item,
            from_change_order=item["item_type"] in {"change_order_item", "whole_change_order_item"},
            tax_rate=dec(tax_rate(state, (source_line(state, item) or {}).get("tax_code_id"))),
        )
        for item in items_of(state, requisition["id"])
    ]


def summary(state: State, requisition: Record) -> Record:
    """The summary of an invoice."""
    commitment_id = requisition["commitment_id"]
    return g702.summary(
        reckoned(state, requisition),
        lines.total(contracts.sov(state, commitment_id)),
        bool(state.setting("invoicing").get("tax_in_payment_due")),
    )


def approved_packages(state: State, commitment_id: Any) -> list[Record]:
    """The approved change orders of a commitment."""
    rows = state.find("change_order_packages", "contract_id", commitment_id)
    return sorted(
        (row for row in rows if row["status"] == "approved" and not row.get("deleted_at")), key=lambda row: row["id"]
    )


def source_line(state: State, item: Record) -> Record | None:
    """The line of the schedule of values or change order that an item bills."""
    entity = "change_order_line_items" if item["item_type"] == "change_order_item" else "contract_line_items"
    return state.get(entity, item.get("line_item_id"))


def scheduled_value(state: State, item: Record) -> Decimal:
    """What an item can be billed up to."""
    source = source_line(state, item)
    if item["item_type"] == "contract_detail_item":
        source = state.get("contract_detail_items", item["detail_line_item_id"])
    if item["item_type"] == "whole_change_order_item":
        return dec((state.get("change_order_packages", item["change_order_package_id"]) or {}).get("grand_total"))
    return lines.extended(source) if source else Decimal(0)


def billable(state: State, commitment: Record) -> list[Record]:
    """What an invoice of the commitment bills now: one key per item."""
    found = [key for line in contracts.sov(state, commitment["id"]) for key in _of_line(state, line)]
    for package in approved_packages(state, commitment["id"]):
        found += _of_package(state, package, bool(commitment.get("whole_change_orders")))
    return found


def _of_line(state: State, line: Record) -> list[Record]:
    details = state.find("contract_detail_items", "line_item_id", line["id"])
    if not details:
        return [{"item_type": "contract_item", "line_item_id": line["id"]}]
    return [
        {"item_type": "contract_detail_item", "line_item_id": line["id"], "detail_line_item_id": detail["id"]}
        for detail in details
    ]


def _of_package(state: State, package: Record, whole: bool) -> list[Record]:
    if whole:
        return [{"item_type": "whole_change_order_item", "change_order_package_id": package["id"]}]
    potentials = change_orders.of_package(state, package["id"])
    return [
        {"item_type": "change_order_item", "line_item_id": line["id"], "change_order_package_id": package["id"]}
        for potential in potentials
        for line in change_orders.lines_of(state, potential["id"])
    ]
