"""What the catalog keeps of orders, bills, payments and costs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from jobledger.systems.base import Card, Record
from jobledger.systems.quickbooks_online.documents import CREDIT, MARK, lines_total, project_of
from jobledger.systems.quickbooks_online.echo import before_tax
from jobledger.systems.quickbooks_online.records import UPDATED, filled, money


def order_card(record: Record) -> Card:
    """A purchase order's card; `amount` is before tax."""
    return Card(
        id=record["id"],
        name=record.get("PrivateNote") or record.get("DocNumber") or "",
        number=record.get("DocNumber") or None,
        mark=record[MARK],
        version=record.get(UPDATED),
        status=record.get("POStatus"),
        evidence=filled({**_common(record), "amount": before_tax(record), **_of_order(record)}),
    )


def change_card(record: Record) -> Card:
    """The card of the lines that one change order brought into an order."""
    return Card(
        id=record["id"],
        name=f"{record.get('DocNumber')} CO {record['Number']}",
        number=record["Number"],
        version=record.get(UPDATED),
        status=record.get("POStatus"),
        evidence=filled(
            {
                **_common(record),
                "party": record["Id"],
                "amount": lines_total(record),
                "order": record["Id"],
                **_of_order(record),
            }
        ),
    )


def bill_card(record: Record) -> Card:
    """A bill's card; `amount` is before tax, `total` and `due` are with it, `paid` is what was settled in any way.

    A credit has a negative amount. What it is applied to is settled by it, so it tells nothing of that itself.
    """
    total, paid, is_credit = money(record.get("TotalAmt")), settled_of(record), record["id"].startswith(CREDIT)
    settled = {"total": total, "due": total - paid, "paid": paid, "locked": "paid" if paid else None}
    applied = {"locked": "applied" if paid else None}
    return Card(
        id=record["id"],
        name=record.get("ContactName") or "",
        number=record.get("DocNumber") or None,
        mark=record[MARK],
        version=record.get(UPDATED),
        status="Credit" if is_credit else "Paid" if paid == total and paid else "Open",
        evidence=filled(
            {
                **_common(record),
                "amount": before_tax(record),
                "invoice_number": record.get("DocNumber"),
                **(applied if is_credit else settled),
            }
        ),
    )


def settled_of(record: Record) -> Decimal:
    """What is settled of a document; nothing of one that does not say what is open of it."""
    return money(record.get("TotalAmt")) - money(record.get("Balance", record.get("TotalAmt")))


def _common(record: Record) -> dict[str, Any]:
    return {"date": record.get("TxnDate"), "party": record.get("VendorRef"), "project": project_of(record["Line"])}


def _of_order(record: Record) -> dict[str, Any]:
    return {"order_number": record.get("DocNumber"), "locked": "billed" if record.get("POStatus") == "Closed" else None}


def invoice_card(record: Record) -> Card:
    """A sales invoice's card; as `bill_card`, of a customer."""
    card = bill_card(record)
    return replace(card, evidence={**card.evidence, "party": record.get("CustomerRef") or ""})


def time_card(record: Record) -> Card:
    """A time activity's card: who, on which day."""
    return Card(
        id=record["id"],
        name=" ".join(filter(None, (record.get("EmployeeName"), record.get("TxnDate")))),
        mark=record[MARK],
        version=record.get(UPDATED),
        status=record.get("BillableStatus"),
        evidence=filled(
            {
                "date": record.get("TxnDate"),
                "party": record.get("EmployeeRef"),
                "project": record.get("CustomerRef"),
                "locked": "billed" if record.get("BillableStatus") == "HasBeenBilled" else None,
            }
        ),
    )


def payment_card(record: Record) -> Card:
    """The card of what settled a bill or an invoice: a payment, or a credit that was applied to it."""
    settled = {"bill": record.get("bill_id"), "invoice": record.get("invoice_id")}
    facts = {"amount": record["amount"], "party": record["contact_id"], **settled}
    return Card(
        id=record["id"],
        name=f"{record['kind'].replace('_', ' ')} {record['date'] or ''}".strip(),
        number=record["reference"],
        version=record["updated"],
        status=record["status"],
        evidence=filled({**facts, "date": record["date"], "kind": record["kind"]}),
    )


def cost_card(record: Record) -> Card:
    """The card of what a document of the books costs one project."""
    facts = {
        "amount": record["amount"],
        "date": record["date"],
        "party": record["contact_id"],
        "project": record["customer_id"],
        "bill": record["document_id"] if record["document_type"] in {"bill", "credit"} else None,
        "mark_of": record["mark_of"],
        "account": record["bank_account"],
        "kind": record["document_type"],
        "unsyncable": record["unsyncable"],
    }
    return Card(
        id=record["id"],
        name=record["contact_name"],
        number=record["number"] or record["reference"],
        version=record["updated"],
        status=record["status"],
        evidence=filled(facts),
    )
