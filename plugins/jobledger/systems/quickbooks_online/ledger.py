"""The lines of orders, bills, payments and costs that the reports add up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from jobledger.systems.base import LedgerLine, Measure, Record
from jobledger.systems.composer import change_number
from jobledger.systems.quickbooks_online.documents import ACCOUNT, ITEM, RETAINAGE

_HUNDREDTH = Decimal("0.01")

COST_MARK = "procore-cost-"
"""How our mark begins on the bill of a direct cost that was entered in Procore."""


def order_ledger(record: Record) -> list[LedgerLine]:
    """What an order commits, line by line, before tax and without change orders."""
    return [_ledger_line("commitment", record, line) for line in record["Line"] if not change_number(line)]


def change_ledger(record: Record) -> list[LedgerLine]:
    """What a change order adds to an order, line by line, before tax."""
    return [_ledger_line("commitment", record, line) for line in record["Line"]]


def bill_ledger(record: Record) -> list[LedgerLine]:
    """What a bill bills (gross) and retains (held positive, released negative), before tax.

    The bill of a cost that was entered in Procore is no invoice of a commitment: it is an expense.
    """
    if str(record.get("Mark") or "").startswith(COST_MARK):
        return [_ledger_line("expense", record, line) for line in record["Line"]]
    return [_ledger_line("retained" if line[RETAINAGE] else "billed", record, line) for line in record["Line"]]


def invoice_ledger(record: Record) -> list[LedgerLine]:
    """What a sales invoice bills (gross) and what the customer retains of it, before tax."""
    return [_ledger_line("receivable" if line[RETAINAGE] else "invoiced", record, line) for line in record["Line"]]


def payment_ledger(record: Record) -> list[LedgerLine]:
    """What was paid or credited of a bill, with tax."""
    return [_settled("paid", record, record["bill_id"])]


def receipt_ledger(record: Record) -> list[LedgerLine]:
    """What a customer paid of an invoice, with tax."""
    return [_settled("received", record, record["invoice_id"])]


def _settled(measure: Measure, record: Record, document: str) -> LedgerLine:
    dated = _day(record["date"])
    return LedgerLine(measure, record["id"], record["amount"], "", "", record["contact_id"], dated, document)


def cost_ledger(record: Record) -> list[LedgerLine]:
    """What a project's part of a document costs, line by line, before tax; refunds and credits are negative."""
    project, party = record["customer_id"] or "", record["contact_id"] or ""
    head = (party, _day(record["date"]), record["document_id"])
    return [
        LedgerLine("cost", line["id"], line["amount"], project, line["code"] or "", *head) for line in record["lines"]
    ]


def time_ledger(record: Record) -> list[LedgerLine]:
    """The hours of a time activity, to two decimals as Procore has them."""
    hours = Decimal(record.get("Hours") or 0) + (Decimal(record.get("Minutes") or 0) / 60).quantize(_HUNDREDTH)
    head = (record.get("CustomerRef") or "", record.get("ItemRef") or "", record.get("EmployeeRef") or "")
    return [LedgerLine("hours", record["id"], hours, *head, _day(record.get("TxnDate")))]


def _ledger_line(measure: Measure, record: Record, line: Record) -> LedgerLine:
    amount = line["Amount"]
    return LedgerLine(
        measure=measure,
        line=str(line["Id"]),
        amount=-amount if measure in ("retained", "receivable") else amount,
        project=line.get("CustomerRef") or record.get("CustomerRef") or "",
        cost_code=line.get(ITEM) or line.get(ACCOUNT) or "",
        party=record.get("VendorRef") or record.get("CustomerRef") or "",
        dated=_day(record.get("TxnDate")),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
