"""What Procore's documents add to the reports: committed, billed, retained, paid, spent. Only documents that count."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from jobledger.systems.base import LedgerLine, Measure, Record
from jobledger.systems.procore.contracts import PURCHASE_ORDER, SUBCONTRACT
from jobledger.systems.procore.values import as_date

COMMITTED = {
    SUBCONTRACT: frozenset({"Approved", "Complete"}),
    PURCHASE_ORDER: frozenset({"Approved", "Partially Received", "Received", "Closed"}),
}
"""The statuses in which a commitment counts (ACC-13)."""

EXPENSES = frozenset({"invoice", "expense"})
"""The types of direct costs that go out as bills (SMX-QBO-85)."""

BILLED = frozenset({"approved", "approved_as_noted"})
"""The statuses in which an invoice counts (ACC-20)."""

WORKED = frozenset({"approved", "completed"})
"""The statuses in which a timecard counts: `completed` is one that payroll has taken (SMX-QBO-77)."""


def committed(record: Record) -> list[LedgerLine]:
    """The lines of a commitment that counts."""
    if record.get("deleted_at") or record.get("status") not in COMMITTED.get(str(record.get("type")), ()):
        return []
    lines = ((line, line["amount"]) for line in record["line_items"])
    return _lines("commitment", record, lines, _Of("created_at", (record.get("vendor") or {}).get("id")))


def changed_commitment(record: Record) -> list[LedgerLine]:
    """The lines of an approved change order, under its commitment."""
    if record.get("deleted_at") or record.get("status") != "approved":
        return []
    about = record.get("commitment") or {}
    lines = ((line, line["amount"]) for line in record["line_items"])
    of = _Of("created_at", about.get("vendor_id"), record.get("contract_id"))
    return _lines("commitment", record, lines, of)


def billed(record: Record) -> list[LedgerLine]:
    """What an approved invoice bills, gross of retainage, and what it holds (positive) and releases (negative)."""
    if record.get("status") not in BILLED:
        return []
    of = _Of("billing_date", record.get("vendor_id"), record.get("commitment_id"))
    work = ((line, line["amount"]) for line in record["work_lines"])
    kept = ((line, -line["amount"]) for line in record["retainage_lines"])
    return [*_lines("billed", record, work, of), *_lines("retained", record, kept, of)]


def paid(record: Record) -> list[LedgerLine]:
    """A payment, under its commitment."""
    line = {"id": record["id"]}
    return _lines("paid", record, [(line, record["amount"])], _Of("date", parent=record.get("contract_id")))


def invoiced(record: Record) -> list[LedgerLine]:
    """What an approved owner invoice bills, gross of retainage, and what the owner holds and releases of it."""
    if record.get("status") not in BILLED:
        return []
    of = _Of("billing_date", record.get("vendor_id"), record.get("contract_id"))
    work = ((line, line["amount"]) for line in record["work_lines"])
    kept = ((line, -line["amount"]) for line in record["retainage_lines"])
    return [*_lines("invoiced", record, work, of), *_lines("receivable", record, kept, of)]


def received(record: Record) -> list[LedgerLine]:
    """A payment that an owner made, under its prime contract."""
    line = {"id": record["id"]}
    return _lines("received", record, [(line, record["amount"])], _Of("date", parent=record.get("contract_id")))


def spent(record: Record) -> list[LedgerLine]:
    """The lines of an approved direct cost."""
    if record.get("status") != "approved":
        return []
    lines = ((line, line["amount"]) for line in record["line_items"])
    return _lines("cost", record, lines, _Of("direct_cost_date", record.get("vendor_id")))


def entered(record: Record) -> list[LedgerLine]:
    """The lines of an approved direct cost that was entered in Procore and is of a type that goes out as a bill."""
    if record.get("status") != "approved" or record.get("direct_cost_type") not in EXPENSES:
        return []
    lines = ((line, line["amount"]) for line in record["line_items"])
    return _lines("expense", record, lines, _Of("direct_cost_date", record.get("vendor_id")))


def worked(record: Record) -> list[LedgerLine]:
    """The hours of a timecard that counts."""
    if record["status"] not in WORKED:
        return []
    return _lines("hours", record, [(record, record["hours"])], _Of("date", record.get("employee_id")))


class _Of(NamedTuple):
    """Whose lines they are: the field of the document's day, its company, and the document that it is about."""

    dated: str
    party: Any = ""
    parent: Any = ""


def _lines(measure: Measure, record: Record, lines: Iterable[tuple[Record, Decimal]], of: _Of) -> list[LedgerLine]:
    return [
        LedgerLine(
            measure=measure,
            line=str(line["id"]),
            amount=amount,
            project=str(record["project_id"]),
            cost_code=str(line.get("code") or line.get("budget_code") or ""),
            party=str(of.party or ""),
            dated=as_date(record.get(of.dated)),
            parent=str(of.parent or ""),
        )
        for line, amount in lines
    ]
