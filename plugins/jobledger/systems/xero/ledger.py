"""The lines of orders, bills, payments and costs that the reports add up."""

from __future__ import annotations

from datetime import date

from jobledger.systems.base import LedgerLine, Measure, Record
from jobledger.systems.composer import change_number
from jobledger.systems.xero.documents import GONE, POSTED, PROJECT, RETAINAGE, net


def order_ledger(record: Record) -> list[LedgerLine]:
    """What an order commits, line by line, before tax and without change orders; nothing for a deleted one."""
    if record.get("Status") in GONE:
        return []
    return [_ledger_line("commitment", record, line) for line in record["LineItems"] if not change_number(line)]


def change_ledger(record: Record) -> list[LedgerLine]:
    """What a change order adds to an order, line by line, before tax; nothing where the order is deleted."""
    if record.get("Status") in GONE:
        return []
    return [_ledger_line("commitment", record, line) for line in record["LineItems"]]


def bill_ledger(record: Record) -> list[LedgerLine]:
    """What a bill bills (gross) and retains (held positive, released negative), before tax; drafts count (ACC-14)."""
    if record.get("Status") in GONE:
        return []
    return [_ledger_line("retained" if line[RETAINAGE] else "billed", record, line) for line in record["LineItems"]]


def payment_ledger(record: Record) -> list[LedgerLine]:
    """What was paid or credited of a bill, with tax."""
    if record["status"] not in POSTED:
        return []
    dated = _day(record["date"])
    line = LedgerLine("paid", record["id"], record["amount"], "", "", record["contact_id"], dated, record["bill_id"])
    return [line]


def cost_ledger(record: Record) -> list[LedgerLine]:
    """What a project's part of a document costs, line by line, before tax; refunds and credits are negative."""
    if record["status"] not in POSTED:
        return []
    head = (record["option_id"] or "", record["contact_id"] or "", _day(record["date"]), record["document_id"])
    project, party, dated, parent = head
    return [
        LedgerLine("cost", line["id"], line["amount"], project, line["code"] or "", party, dated, parent)
        for line in record["lines"]
    ]


def _ledger_line(measure: Measure, record: Record, line: Record) -> LedgerLine:
    amount = net(record, line)
    return LedgerLine(
        measure=measure,
        line=line["LineItemID"],
        amount=-amount if measure == "retained" else amount,
        project=line[PROJECT],
        cost_code=line.get("ItemCode") or "",
        party=record["Contact"].get("ContactID") or "",
        dated=_day(record.get("Date")),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
