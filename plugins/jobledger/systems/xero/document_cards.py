"""What the catalog keeps of orders, bills, payments and costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jobledger.systems.base import Card, Record
from jobledger.systems.composer import change_number
from jobledger.systems.xero.documents import GONE, POSTED, money, net, project_of, tax_within
from jobledger.systems.xero.marks import mark_in


def order_card(record: Record) -> Card:
    """A purchase order's card; `amount` is before tax; `tax` is what the amounts of its own lines include."""
    number = record.get("PurchaseOrderNumber") or None
    own = [line for line in record["LineItems"] if not change_number(line)]
    return Card(
        id=record["PurchaseOrderID"],
        name=record.get("Reference") or number or "",
        number=number,
        version=record.get("UpdatedDateUTC"),
        status=record.get("Status"),
        active=record.get("Status") not in GONE,
        evidence=_filled(
            {**_common(record), "amount": money(record.get("SubTotal")), **_tax(record, own), **_of_order(record)}
        ),
    )


def change_card(record: Record) -> Card:
    """The card of the lines that one change order brought into an order."""
    return Card(
        id=record["id"],
        name=f"{record.get('PurchaseOrderNumber')} CO {record['Number']}",
        number=record["Number"],
        version=record.get("UpdatedDateUTC"),
        status=record.get("Status"),
        active=record.get("Status") not in GONE,
        evidence=_filled(
            {
                **_common(record),
                "party": record["PurchaseOrderID"],
                "amount": sum((net(record, line) for line in record["LineItems"]), money(0)),
                "order": record["PurchaseOrderID"],
                **_tax(record, record["LineItems"]),
                **_of_order(record),
            }
        ),
    )


def bill_card(record: Record) -> Card:
    """A bill's card; `amount` is before tax, `due`, `paid`, `credited` and `total` are with it, as Xero has them."""
    paid, credited = money(record.get("AmountPaid")), money(record.get("AmountCredited"))
    return Card(
        id=record["InvoiceID"],
        name=record["Contact"].get("Name") or "",
        number=record.get("InvoiceNumber") or None,
        mark=mark_in(record.get("Url")),
        version=record.get("UpdatedDateUTC"),
        status=record.get("Status"),
        active=record.get("Status") not in GONE,
        evidence=_filled(
            {
                **_common(record),
                "amount": money(record.get("SubTotal")),
                "invoice_number": record.get("InvoiceNumber"),
                **_tax(record, record["LineItems"]),
                "total": money(record.get("Total")),
                "due": money(record.get("AmountDue")),
                "paid": paid,
                "credited": credited or None,
                "locked": "paid" if paid else None,
            }
        ),
    )


def payment_card(record: Record) -> Card:
    """The card of what settled a bill: a payment, or a credit that was applied to it."""
    facts = {"amount": record["amount"], "party": record["contact_id"], "bill": record["bill_id"]}
    return Card(
        id=record["id"],
        name=f"{record['kind'].replace('_', ' ')} {record['date'] or ''}".strip(),
        number=record["reference"],
        version=record["updated"],
        status=record["status"],
        active=record["status"] in POSTED,
        evidence=_filled({**facts, "date": record["date"], "kind": record["kind"]}),
    )


def cost_card(record: Record) -> Card:
    """The card of what a document of the books costs one project."""
    return Card(
        id=record["id"],
        name=record["contact_name"],
        number=record["number"] or record["reference"],
        version=record["updated"],
        status=record["status"],
        active=record["status"] in POSTED,
        evidence=_filled(
            {
                "amount": record["amount"],
                "date": record["date"],
                "party": record["contact_id"],
                "project": record["option_id"],
                "bill": record["document_id"] if record["document_type"] == "bill" else None,
                "mark_of": record["mark_of"],
                "account": record["bank_account"],
                "kind": record["document_type"],
                "unsyncable": record["unsyncable"],
            }
        ),
    )


def _common(record: Record) -> dict[str, Any]:
    party = record["Contact"].get("ContactID")
    return {"date": record.get("Date"), "party": party, "project": project_of(record)}


def _tax(record: Record, lines: Iterable[Record]) -> dict[str, Any]:
    return {"tax": tax_within(record, lines) or None}


def _of_order(record: Record) -> dict[str, Any]:
    locked = "billed" if record.get("Status") == "BILLED" else None
    return {"order_number": record.get("PurchaseOrderNumber"), "locked": locked}


def _filled(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value is not None and value != ""}
