"""What Jobledger knows of the documents of the owner's side: their cards, and the paths that mapping files may name."""

from __future__ import annotations

from collections.abc import Mapping

from jobledger.systems.base import Card, Entity, Record
from jobledger.systems.procore.document_entities import INVOICE_PATHS, PAYMENT_PATHS, SYNC_ROWS, payment
from jobledger.systems.procore.document_ledger import invoiced, received
from jobledger.systems.procore.values import day, told


def prime_contract(record: Record) -> Card:
    """The card of a prime contract; its party is the owner."""
    return Card(
        id=str(record["id"]),
        name=record.get("title") or record.get("number") or "",
        number=record.get("number"),
        mark=record.get("origin_data") or None,
        version=record.get("updated_at"),
        status=record.get("status"),
        active=record.get("status") != "Terminated",
        evidence=told(
            party=record.get("vendor_id"),
            date=day(record.get("created_at")),
            amount=record.get("grand_total"),
            **_of(record),
        ),
    )


def owner_invoice(record: Record) -> Card:
    """The card of an owner invoice."""
    contract = record["contract"]
    return Card(
        id=str(record["id"]),
        name=f"{contract.get('title') or contract.get('number') or contract['id']} #{record.get('number')}",
        number=record.get("invoice_number"),
        mark=record.get("origin_data") or None,
        version=record.get("updated_at"),
        status=record.get("status"),
        evidence=told(
            amount=record.get("current_payment_due"),
            date=day(record.get("billing_date")),
            party=record.get("vendor_id"),
            contract=record.get("contract_id"),
            invoice_number=record.get("invoice_number"),
            **_of(record),
        ),
    )


def _of(record: Record) -> dict[str, object]:
    project_id = record.get("project_id")
    return {"project_id": project_id, "project": project_id, "origin_id": record.get("origin_id")}


_OWN = frozenset(("contract_id", "contract.id", "contract.number", "contract.title", "period_start", "period_end"))
_PRIME_PATHS = frozenset(
    (
        *("id", "number", "title", "status", "description", "created_at", "updated_at", "executed", "vendor_id"),
        *("vendor_name", "project_id", "project.id", "project.name", "project.time_zone", "retainage_percent"),
        *("accounting_method", "grand_total", "currency", "exchange_rate", "origin_id", "origin_data"),
    )
)

OWNER_SIDE: Mapping[str, Entity] = {
    "prime_contracts": Entity(
        name="prime_contracts",
        card=prime_contract,
        label="prime contract",
        paths=_PRIME_PATHS,
    ),
    "owner_invoices": Entity(
        name="owner_invoices",
        card=owner_invoice,
        label="owner invoice",
        batch=SYNC_ROWS,
        line_id="id",
        ledger=invoiced,
        paths=frozenset(path for path in INVOICE_PATHS if not path.startswith(("commitment", "numbers"))) | _OWN,
    ),
    "payments_received": Entity(
        name="payments_received",
        card=payment,
        label="payment received",
        by_change=False,
        steps=True,
        ledger=received,
        paths=PAYMENT_PATHS,
    ),
}
