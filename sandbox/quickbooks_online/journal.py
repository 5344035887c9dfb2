"""Journal entries and time."""

from __future__ import annotations

from decimal import Decimal

from sandbox.quickbooks_online import documents, lines
from sandbox.quickbooks_online.books import Books, How
from sandbox.quickbooks_online.documents import Numbering
from sandbox.quickbooks_online.errors import RefusedError, business, missing
from sandbox.world import Record

NUMBERING = Numbering(
    own=("AccountingInfoPrefs", "AutoJournalEntryNumber"), warns=("OtherPrefs", "WarnDuplicateJournalEntryNumber")
)
_LEDGERS = {"Accounts Receivable": "Customer", "Accounts Payable": "Vendor"}
ZERO = Decimal("0.00")


def journal_entry(books: Books, record: Record, before: Record | None, how: How) -> Record:
    """A journal entry, checked: debits equal credits, and the ledgers name whose they are."""
    checked = documents.header(books, "journal_entries", {"Adjustment": False, **record}, before, how)
    checked = documents.numbered(books, "journal_entries", NUMBERING, checked, before, how)
    held = lines.checked(books, checked, before, how)
    entries = [line for line in held if line["DetailType"] == "JournalEntryLineDetail"]
    for line in entries:
        _check_entry(line)
    _check_balance(entries)
    _check_ledgers(books, entries)
    return {**checked, "Line": held, "TotalAmt": _side(entries, "Debit")}


def time_activity(books: Books, record: Record, before: Record | None, how: How) -> Record:
    """Time of an employee or a vendor, as a duration or from one time to another."""
    documents.required(record, "NameOf")
    documents.required(record, f"{record['NameOf']}Ref")
    _check_time(record)
    status = record.get("BillableStatus", "NotBillable")
    if status == "Billable" and "CustomerRef" not in record:
        raise RefusedError(6310, "Billable time needs a CustomerRef", "CustomerRef")
    if "ClassRef" in record and not books.preference("AccountingInfoPrefs", "ClassTrackingPerTxnLine"):
        raise RefusedError(5030, "Class tracking per line is turned off in this company", "ClassRef")
    return {"TxnDate": books.today(), **record, "BillableStatus": status}


def _check_time(record: Record) -> None:
    lasts = "Hours" in record or "Minutes" in record
    spans = "StartTime" in record or "EndTime" in record
    if lasts and spans:
        raise RefusedError(6390, "Give Hours and Minutes, or StartTime and EndTime, not both", "Hours")
    if not lasts and not ("StartTime" in record and "EndTime" in record):
        raise RefusedError(6350, "Hours and Minutes, or StartTime and EndTime, are required", "Hours")
    if spans and record["StartTime"] >= record["EndTime"]:
        raise RefusedError(6370, "StartTime must be before EndTime", "StartTime")
    hours, minutes = record.get("Hours", 0), record.get("Minutes", 0)
    if hours != int(hours) or minutes != int(minutes) or not 0 <= minutes < 60 or hours < 0:
        raise RefusedError(
            6340, f"Hours and Minutes are whole numbers, Minutes below 60: {hours}, {minutes}", "Minutes"
        )


def _check_entry(line: Record) -> None:
    if "PostingType" not in line["JournalEntryLineDetail"]:
        raise RefusedError(2260, "PostingType is required on each line of a journal entry", "PostingType")
    if line["Amount"] < ZERO:
        raise RefusedError(2290, "An amount is positive; its side is told by the PostingType", "Amount")


def _check_balance(entries: list[Record]) -> None:
    if not entries:
        raise missing("Line")
    debits, credits = _side(entries, "Debit"), _side(entries, "Credit")
    if debits != credits:
        raise RefusedError(2300, f"Debits {debits} do not equal credits {credits}", "Line")


def _check_ledgers(books: Books, entries: list[Record]) -> None:
    ledger_lines = 0
    for line in entries:
        detail = line["JournalEntryLineDetail"]
        kind = (books.get("accounts", detail["AccountRef"]["value"]) or {})["AccountType"]
        if kind not in _LEDGERS:
            continue
        ledger_lines += 1
        if detail.get("Entity", {}).get("Type") != _LEDGERS[kind]:
            raise business(f"A line on {kind} needs a {_LEDGERS[kind]} as its Entity", "Entity")
    if ledger_lines > 1:
        raise business("A journal entry can have one line on A/R or A/P only", "Line")


def _side(entries: list[Record], side: str) -> Decimal:
    return sum((line["Amount"] for line in entries if line["JournalEntryLineDetail"]["PostingType"] == side), ZERO)
