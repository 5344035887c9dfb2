"""What Jobledger knows of Procore's documents: their cards, limits, and the paths that mapping files may name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jobledger.systems.base import Card, Entity, Record
from jobledger.systems.procore.document_ledger import (
    billed,
    changed_commitment,
    committed,
    entered,
    paid,
    spent,
)
from jobledger.systems.procore.values import day, told

SYNC_ROWS = 1000
"""The most rows of a sync action (XTR-1)."""


def commitment(record: Record) -> Card:
    """The card of a subcontract or purchase order."""
    vendor_id = (record.get("vendor") or {}).get("id")
    return Card(
        id=str(record["id"]),
        name=record.get("title") or record.get("number") or "",
        number=record.get("number"),
        mark=record.get("origin_data") or None,
        version=record.get("updated_at"),
        status=record.get("status"),
        active=record.get("status") not in {"Void", "Terminated"} and not record.get("deleted_at"),
        evidence=told(
            vendor_id=vendor_id,
            party=vendor_id,
            type=record.get("type"),
            date=day(record.get("created_at")),
            **_of_project(record),
            **_origin(record),
            amount=record.get("grand_total"),
        ),
    )


def change_order(record: Record) -> Card:
    """The card of a change order of a commitment."""
    about = record.get("commitment") or {}
    return Card(
        id=str(record["id"]),
        name=record.get("title") or record.get("number") or "",
        number=record.get("number"),
        mark=record.get("origin_data") or None,
        version=record.get("updated_at"),
        status=record.get("status"),
        active=record.get("status") not in {"void", "rejected"} and not record.get("deleted_at"),
        evidence=told(
            commitment=record.get("contract_id"),
            order_number=about.get("number"),
            party=about.get("vendor_id"),
            date=day(record.get("created_at")),
            **_of_project(record),
            **_origin(record),
            amount=record.get("grand_total"),
        ),
    )


def invoice(record: Record) -> Card:
    """The card of a subcontractor invoice."""
    order_number = (record.get("commitment") or {}).get("number")
    return Card(
        id=str(record["id"]),
        name=f"{order_number or record.get('commitment_id')} #{record.get('number')}",
        number=record.get("invoice_number"),
        mark=record.get("origin_data") or None,
        version=record.get("updated_at"),
        status=record.get("status"),
        evidence=told(
            amount=record.get("current_payment_due"),
            date=day(record.get("billing_date")),
            party=record.get("vendor_id"),
            commitment=record.get("commitment_id"),
            order_number=order_number,
            invoice_number=record.get("invoice_number"),
            **_of_project(record),
            **_origin(record),
        ),
    )


def attachment(record: Record) -> Card:
    """The card of a file on an invoice."""
    return Card(
        id=record["id"],
        name=record["file_name"],
        status=record.get("status"),
        evidence=told(invoice=record["invoice_id"], date=day(record.get("billing_date")), **_of_project(record)),
    )


def payment(record: Record) -> Card:
    """The card of a payment issued. Procore tells no time of change in the list."""
    return Card(
        id=str(record["id"]),
        name=f"payment {record.get('date') or ''}".strip(),
        number=record.get("invoice_number"),
        mark=record.get("origin_data") or None,
        evidence=told(
            amount=record.get("amount"),
            date=day(record.get("date")),
            party=record.get("contract_id"),
            commitment=record.get("contract_id"),
            **_of_project(record),
            **_origin(record),
        ),
    )


def direct_cost(record: Record) -> Card:
    """The card of a direct cost."""
    return Card(
        id=str(record["id"]),
        name=record.get("description") or record.get("vendor_name") or "",
        number=record.get("invoice_number"),
        mark=record.get("origin_data") or None,
        version=record.get("updated_at"),
        status=record.get("status"),
        evidence=told(
            amount=record.get("amount"),
            date=day(record.get("direct_cost_date")),
            party=record.get("vendor_id"),
            **_of_project(record),
            **_origin(record),
        ),
    )


def _of_project(record: Record) -> dict[str, Any]:
    return {"project_id": record.get("project_id"), "project": record.get("project_id")}


def _origin(record: Record) -> dict[str, Any]:
    return {"origin_id": record.get("origin_id"), "origin_code": record.get("origin_code")}


_ORIGIN_PATHS = ("origin_id", "origin_code", "origin_data")
_PROJECT_PATHS = ("project_id", "project.id", "project.name", "project.time_zone")
_LINE_PATHS = (
    *("id", "code", "description", "amount", "quantity", "unit_cost", "uom", "tax_code.id"),
    *("sub_job", "custom_segments"),
)


def _paths(*own: str, **lists: Iterable[str]) -> frozenset[str]:
    below = (f"{name}.{path}" for name, paths in lists.items() for path in ("", *paths))
    return frozenset((*own, *(path.rstrip(".") for path in below)))


_COMMITMENT_PATHS = _paths(
    *("id", "type", "number", "title", "status", "description", "created_at", "updated_at", "deleted_at", "executed"),
    *("vendor.id", "vendor.company", *_PROJECT_PATHS, "ship_via", "retainage_percent"),
    *("accounting_method", "grand_total", "currency", "exchange_rate", *_ORIGIN_PATHS),
    line_items=_LINE_PATHS,
)
_CHANGE_ORDER_PATHS = _paths(
    *("id", "number", "title", "status", "contract_id", *_PROJECT_PATHS, "created_at", "updated_at", "deleted_at"),
    *("commitment.id", "commitment.number", "commitment.type", "commitment.vendor_id", "commitment.title"),
    *("grand_total", "currency", "exchange_rate", *_ORIGIN_PATHS),
    line_items=_LINE_PATHS,
)
INVOICE_PATHS = _paths(
    *("id", "number", "invoice_number", "status", "commitment_id", "commitment.id", "commitment.number"),
    *(
        "commitment.title",
        "commitment.type",
        "vendor_id",
        "vendor_name",
        *_PROJECT_PATHS,
        "billing_date",
        "payment_date",
    ),
    *("due_date", "period_due_date", "final", "created_at", "updated_at", "current_payment_due", "tax"),
    *(
        "payment_due_with_tax",
        "total_retainage",
        "currency",
        "exchange_rate",
        "nothing_to_post",
        "url",
        "numbers",
        "numbers.purchase_order",
    ),
    *("numbers.invoice", "origin_id", "origin_data"),
    work_lines=("id", "code", "description", "amount", "tax_code.id", "sub_job", "custom_segments"),
    retainage_lines=("id", "description", "amount"),
)
_ATTACHMENT_PATHS = frozenset(
    (
        *("id", "invoice_id", "invoice_number", "status", "billing_date", "file_name", "content_type", "url"),
        *_PROJECT_PATHS,
    )
)
PAYMENT_PATHS = _paths(
    *("id", "contract_id", "project_id", "requisition_id", "amount", "date", "invoice_number", "check_number"),
    *("payment_number", "notes", "origin_id", "origin_data"),
)
_DIRECT_COST_PATHS = _paths(
    *("id", "project_id", "direct_cost_type", "vendor_id", "vendor_name", "invoice_number", "direct_cost_date"),
    *("received_date", "status", "description", "amount", "origin_id", "origin_data", "updated_at", "employee_id"),
    line_items=("id", "budget_code", "description", "quantity", "unit_cost", "amount"),
)

_EXPENSE_PATHS = _paths(
    *("id", "direct_cost_type", "vendor_id", "vendor_name", "employee_id", "invoice_number", "direct_cost_date"),
    *("received_date", "status", "description", "amount", "origin_id", "origin_data", "updated_at", *_PROJECT_PATHS),
    line_items=_LINE_PATHS,
)

DOCUMENTS: Mapping[str, Entity] = {
    "commitments": Entity(
        name="commitments",
        card=commitment,
        label="commitment",
        batch=SYNC_ROWS,
        line_id="id",
        ledger=committed,
        paths=_COMMITMENT_PATHS,
    ),
    "change_orders": Entity(
        name="change_orders",
        card=change_order,
        label="change order",
        batch=SYNC_ROWS,
        line_id="id",
        ledger=changed_commitment,
        paths=_CHANGE_ORDER_PATHS,
    ),
    "invoices": Entity(
        name="invoices",
        card=invoice,
        label="subcontractor invoice",
        batch=SYNC_ROWS,
        line_id="id",
        ledger=billed,
        paths=INVOICE_PATHS,
    ),
    "invoice_attachments": Entity(
        name="invoice_attachments",
        card=attachment,
        label="file on a subcontractor invoice",
        by_change=False,
        has_mark=False,
        paths=_ATTACHMENT_PATHS,
    ),
    "payments": Entity(
        name="payments",
        card=payment,
        label="payment issued",
        by_change=False,
        steps=True,
        ledger=paid,
        paths=PAYMENT_PATHS,
    ),
    "direct_costs": Entity(
        name="direct_costs",
        card=direct_cost,
        label="direct cost",
        batch=SYNC_ROWS,
        steps=True,
        line_id="id",
        ledger=spent,
        paths=_DIRECT_COST_PATHS,
    ),
    "expenses": Entity(
        name="expenses",
        card=direct_cost,
        label="direct cost entered in Procore",
        batch=SYNC_ROWS,
        line_id="id",
        ledger=entered,
        paths=_EXPENSE_PATHS,
    ),
}
