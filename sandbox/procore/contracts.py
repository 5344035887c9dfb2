"""Commitments: work order contracts (subcontracts), purchase order contracts, and their schedules of values.

An Approved or Complete commitment keeps its vendor and its schedule of values, and cannot be deleted (PRC-API-26 to
28). The company can switch that lock off (setting `locks`: `{"commitments": "open"}`, PRC-API-29).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.procore import directory, lines
from sandbox.procore.errors import Errors
from sandbox.procore.fields import amount, boolean, choice, day, dec, integer, money, number, text
from sandbox.procore.reference import show_custom_fields
from sandbox.procore.resource import ORIGIN_WITH_CODE, Resource, pick
from sandbox.procore.state import State
from sandbox.world import Record

WORK_ORDER, PURCHASE_ORDER = "work_order_contracts", "purchase_order_contracts"
KINDS = (WORK_ORDER, PURCHASE_ORDER)
TYPES = {WORK_ORDER: "WorkOrderContract", PURCHASE_ORDER: "PurchaseOrderContract"}
LOCKING = frozenset({"Approved", "Complete", "Closed"})
BILLABLE = frozenset({"Approved", "Complete", "Partially Received", "Received"})
_PREFIX = {WORK_ORDER: "SC", PURCHASE_ORDER: "PO"}
_DATES = (
    "approval_letter_date",
    "contract_date",
    "execution_date",
    "issued_on_date",
    "letter_of_intent_date",
    "returned_date",
    "signed_contract_received_date",
)
_WORK_ORDER_DATES = ("actual_completion_date", "contract_estimated_completion_date", "contract_start_date")
_COMMON = {
    "number": text(),
    "title": text(),
    "vendor_id": integer,
    "accounting_method": choice("amount", "unit"),
    "description": text(10_000),
    "executed": boolean,
    "private": boolean,
    "retainage_percent": number,
    "show_line_items_to_non_admins": boolean,
    "currency_iso_code": text(),
    "currency_exchange_rate": number,
    **dict.fromkeys(_DATES, day),
    **ORIGIN_WITH_CODE,
}
_CURRENCY = ("currency_iso_code", "currency_exchange_rate")
_INTERNAL = {"vendor_id", "project_id", "workflow", "assignee_id", "whole_change_orders", *_CURRENCY}


def of_id(state: State, key: Any) -> Record | None:
    """The commitment with that id, of either kind, unless it is deleted."""
    found = next((row for kind in KINDS if (row := state.get(kind, key))), None)
    return found if found and not found.get("deleted_at") else None


def currency(contract: Record) -> Record:
    """The currency of a commitment, and of its change orders and invoices; the rate leads to the project's currency."""
    own = {name: contract[name] for name in _CURRENCY if contract.get(name)}
    return {**lines.CURRENCY, **own}


def kind_of(state: State, contract: Record) -> str:
    """The table that holds a commitment."""
    return WORK_ORDER if state.get(WORK_ORDER, contract["id"]) else PURCHASE_ORDER


def is_locked(state: State, contract: Record) -> bool:
    """Whether vendor and schedule of values are frozen."""
    return contract["status"] in LOCKING and state.setting("locks").get("commitments") != "open"


def _lock(state: State, before: Record, changed: frozenset[str]) -> str | None:
    if not is_locked(state, before):
        return None
    if not changed:
        return f"The commitment is {before['status']} and cannot be deleted"
    frozen = changed & {"vendor_id", "accounting_method"}
    return f"The commitment is {before['status']}: its contract company cannot be changed" if frozen else None


def _settle(kind: str, state: State, after: Record, before: Record | None) -> Record:
    position = len(state.find(kind, "project_id", after["project_id"])) + 1
    settled = {**after, "number": after.get("number") or f"{_PREFIX[kind]}-{position:03d}"}
    if not state.by_api and state.get("vendors", after.get("vendor_id")):
        directory.add_to_project(state, after["project_id"], after["vendor_id"])
    return settled


def _errors(kind: str, state: State, after: Record, before: Record | None) -> Errors:
    found: Errors = {}
    alike = state.find(kind, "project_id", after["project_id"])
    if any(
        row["number"] == after["number"] and row["id"] != after.get("id") and not row["deleted_at"] for row in alike
    ):
        found["number"] = ["has already been taken"]
    vendor_id = after.get("vendor_id")
    if vendor_id is not None and state.get("vendors", vendor_id) is None:
        found["vendor"] = ["must exist"]
    elif vendor_id is not None and not directory.is_in_project(state, after["project_id"], vendor_id):
        found["vendor"] = ["must be in the project's directory"]
    return found


def sov(state: State, contract_id: Any) -> list[Record]:
    """The lines of a commitment's schedule of values, in order."""
    return sorted(state.find("contract_line_items", "contract_id", contract_id), key=lambda line: line["position"])


def sums(state: State, contract: Record) -> dict[str, Decimal]:
    """A commitment's totals before tax."""
    packages = [
        row for row in state.find("change_order_packages", "contract_id", contract["id"]) if not row["deleted_at"]
    ]
    by_status = {status: _sum_of(packages, statuses) for status, statuses in _CHANGE_ORDER_GROUPS.items()}
    grand_total = lines.total(sov(state, contract["id"]))
    payments = state.find("contract_payments", "contract_id", contract["id"])
    return {
        "grand_total": grand_total,
        "approved_change_orders": by_status["approved"],
        "pending_change_orders": by_status["pending"],
        "draft_change_orders_amount": by_status["draft"],
        "revised_contract": grand_total + by_status["approved"],
        "pending_revised_contract": grand_total + by_status["approved"] + by_status["pending"],
        "total_payments": sum((dec(row["amount"]) for row in payments), Decimal(0)),
        "total_requisitions_amount": _billed(state, contract["id"]),
    }


_CHANGE_ORDER_GROUPS = {
    "approved": {"approved"},
    "pending": {"pending", "pricing", "not_pricing", "revised", "proceeding", "not_proceeding"},
    "draft": {"draft"},
}


def _sum_of(packages: list[Record], statuses: set[str]) -> Decimal:
    return sum((dec(row["grand_total"]) for row in packages if row["status"] in statuses), Decimal(0))


def _billed(state: State, contract_id: Any) -> Decimal:
    requisitions = state.find("requisitions", "commitment_id", contract_id)
    return sum((dec(row.get("current_payment_due")) for row in requisitions), Decimal(0))


def show(state: State, contract: Record) -> Record:
    """A commitment as lists show it (`view=compact`)."""
    totals = sums(state, contract)
    revised, paid = totals["revised_contract"], totals["total_payments"]
    vendor = state.get("vendors", contract.get("vendor_id"))
    return {
        **{name: value for name, value in contract.items() if name not in _INTERNAL},
        **{name: amount(value) for name, value in totals.items()},
        "remaining_balance_outstanding": amount(revised - paid),
        "percentage_paid": amount(paid / revised * 100 if revised else Decimal(0)),
        "total_draw_requests_amount": "0.00",
        "requisitions_are_enabled": True,
        "created_by_id": contract.get("created_by_id", directory.SERVICE_USER_ID),
        "vendor": _nested_vendor(vendor),
        "project": pick(state.get("projects", contract["project_id"]), "id", "name", "origin_id"),
        "custom_fields": show_custom_fields(state, contract),
        "currency_configuration": currency(contract),
    }


def _nested_vendor(vendor: Record | None) -> Record | None:
    return {"company": vendor["name"], **(pick(vendor, "id", "origin_id", "origin_data") or {})} if vendor else None


def show_extended(state: State, contract: Record) -> Record:
    """A commitment in full, with lines, change orders and payments."""
    nested = {
        "change_order_packages": "change_order_packages",
        "change_order_requests": "change_order_requests",
        "potential_change_orders": "potential_change_orders",
        "payments_issued": "contract_payments",
    }
    found = {name: state.find(entity, "contract_id", contract["id"]) for name, entity in nested.items()}
    return {
        **show(state, contract),
        "line_items": [show_line(state, line) for line in sov(state, contract["id"])],
        **{
            name: [pick(row, *_NESTED[name]) for row in rows if not row.get("deleted_at")]
            for name, rows in found.items()
        },
        "attachments": [],
        "invoice_contacts": [],
    }


_ORDER = ("id", "created_at", "deleted_at", "due_date", "invoiced_date", "number", "paid_date", "status", "title")
_NESTED = {
    "change_order_packages": (*_ORDER, "contract_id", "reviewed_at", "updated_at", "origin_id", "origin_data"),
    "change_order_requests": (*_ORDER, "updated_at"),
    "potential_change_orders": (*_ORDER, "reviewed_at", "updated_at"),
    "payments_issued": (
        "id",
        "amount",
        "check_number",
        "created_at",
        "date",
        "draw_request_number",
        "invoice_number",
        "notes",
        "payment_number",
        "attachments",
        "origin_id",
        "origin_data",
    ),
}


def show_unified(state: State, contract: Record) -> Record:
    """A commitment as `GET commitments` shows it."""
    names = ("id", "title", "number", "status", "description", "executed", "delivery_date", "created_at", "private")
    vendor = pick(state.get("vendors", contract.get("vendor_id")), "id", "name")
    return {**{name: contract.get(name) for name in names}, "vendor": vendor}


def show_unified_in_full(state: State, contract: Record) -> Record:
    """A commitment as `GET commitments/{id}` shows it."""
    vendor = pick(state.get("vendors", contract.get("vendor_id")), "id", "name")
    shown = {name: value for name, value in show_extended(state, contract).items() if name not in _NOT_UNIFIED}
    return {**shown, "vendor": vendor, "type": TYPES[kind_of(state, contract)]}


_NOT_UNIFIED = {*ORIGIN_WITH_CODE, *_DATES, "project", "custom_fields", "show_line_items_to_non_admins"}


def _contract(kind: str, statuses: tuple[str, ...], fields: dict[str, Any]) -> Resource:
    return Resource(
        entity=kind,
        wrapper=kind.removesuffix("s"),
        fields={**_COMMON, "status": choice(*statuses), **fields},
        required=("status",),
        defaults={"status": "Draft", "executed": False, "private": False, "accounting_method": "amount", **_UNSET},
        custom_fields=True,
        soft_delete=True,
        settle=lambda state, after, before: _settle(kind, state, after, before),
        check=lambda state, after, before: _errors(kind, state, after, before),
        lock=_lock,
        show=show,
    )


_UNSET: Record = {"deleted_at": None, "custom_fields": {}}
WORK_ORDERS = _contract(
    WORK_ORDER,
    ("Draft", "Out For Bid", "Out For Signature", "Approved", "Complete", "Terminated", "Void"),
    {"inclusions": text(10_000), "exclusions": text(10_000), **dict.fromkeys(_WORK_ORDER_DATES, day)},
)
PURCHASE_ORDERS = _contract(
    PURCHASE_ORDER,
    ("Draft", "Processing", "Submitted", "Partially Received", "Received", "Approved", "Closed"),
    {
        "bill_to_address": text(1000),
        "ship_to_address": text(1000),
        "ship_via": text(),
        "payment_terms": text(),
        "delivery_date": day,
        "assignee_id": integer,
    },
)


def show_line(state: State, line: Record) -> Record:
    """A line of a schedule of values."""
    contract = of_id(state, line["contract_id"])
    return lines.show(state, line, TYPES[kind_of(state, contract)] if contract else "Contract", line["contract_id"])


def _settle_line(state: State, after: Record, before: Record | None) -> Record:
    contract = of_id(state, after.get("contract_id")) or {"project_id": None}
    position = 1 + max((line["position"] for line in sov(state, after.get("contract_id"))), default=0)
    placed = {**after, "project_id": contract["project_id"], "position": after.get("position") or position}
    return lines.settle(state, placed, before)


def _line_errors(state: State, after: Record, before: Record | None) -> Errors:
    contract = of_id(state, after.get("contract_id"))
    if contract is None:
        return {"contract": ["must exist"]}
    if before is None and is_locked(state, contract):
        return {"base": [_sov_locked(contract)]}
    return lines.errors_of(state, after)


def _line_lock(state: State, before: Record, changed: frozenset[str]) -> str | None:
    contract = of_id(state, before["contract_id"])
    if contract and is_locked(state, contract):
        return _sov_locked(contract)
    billed = state.find("requisition_items", "line_item_id", before["id"])
    return "The line has been billed and cannot be deleted" if billed and not changed else None


def _sov_locked(contract: Record) -> str:
    return f"The commitment is {contract['status']}: its schedule of values cannot be changed"


def _touch_contract(state: State, line: Record) -> None:
    for kind in KINDS:
        state.touch(kind, line["contract_id"])


LINES = Resource(
    entity="contract_line_items",
    wrapper="line_item",
    fields=lines.FIELDS,
    defaults=lines.DEFAULTS,
    settle=_settle_line,
    check=_line_errors,
    lock=_line_lock,
    after=_touch_contract,
    show=show_line,
)


def _detail_errors(state: State, after: Record, before: Record | None) -> Errors:
    line = state.get("contract_line_items", after.get("line_item_id"))
    return {} if line and line["contract_id"] == after.get("contract_id") else {"line_item": ["must exist"]}


def show_detail(state: State, detail: Record) -> Record:
    """A line of the subcontractor's own schedule of values."""
    items = state.find("requisition_items", "line_item_id", detail["line_item_id"])
    billed = [item for item in items if item.get("detail_line_item_id") == detail["id"]]
    to_date = sum((dec(item.get("work_completed_this_period")) for item in billed), Decimal(0))
    shown = {name: value for name, value in detail.items() if name not in {"contract_id"}}
    return {**shown, "billed_to_date": amount(to_date), "billed_against": bool(billed)}


DETAIL_LINES = Resource(
    entity="contract_detail_items",
    wrapper="contract_detail_line_item",
    fields={"amount": money, "description": text(10_000), "position": integer, "line_item_id": integer},
    required=("line_item_id",),
    defaults={"amount": "0.00", "position": 1},
    check=_detail_errors,
    show=show_detail,
)
