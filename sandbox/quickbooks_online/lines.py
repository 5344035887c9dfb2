"""The lines of documents: details, amounts, items and accounts, ids."""

from __future__ import annotations

from decimal import Decimal

from sandbox.quickbooks_online.books import Books, How
from sandbox.quickbooks_online.errors import RefusedError, business, missing
from sandbox.quickbooks_online.kinds import rounded
from sandbox.quickbooks_online.parts import DETAILS
from sandbox.world import Record

_BILLED = "HasBeenBilled"
_EXPENSES = {"AccountBasedExpenseLineDetail", "ItemBasedExpenseLineDetail"}
_WORDLESS = {"DescriptionOnly", "SubTotalLineDetail"}
_SUBJECT = {
    "AccountBasedExpenseLineDetail": "AccountRef",
    "ItemBasedExpenseLineDetail": "ItemRef",
    "SalesItemLineDetail": "ItemRef",
    "JournalEntryLineDetail": "AccountRef",
}
_LEDGERS = {"Accounts Payable", "Accounts Receivable"}


def checked(books: Books, record: Record, before: Record | None, how: How, keeps_ids: bool = True) -> list[Record]:
    """The lines that a document will have: those that were sent, as a whole.

    A line with the id of a line of the document stays that line; where line ids are not supported, all are numbered
    anew. Raises `RefusedError` for the first line that cannot be.
    """
    if not record.get("Line"):
        raise missing("Line")
    had = {line["Id"]: line for line in (before or {}).get("Line", []) if "Id" in line} if keeps_ids else {}
    lines = [
        _line(books, line, had.get(line.get("Id"), {}), how)
        for line in record["Line"]
        if line.get("DetailType") != "SubTotalLineDetail"
    ]
    return _numbered(lines, list(had))


def detail(line: Record) -> Record:
    """What stands in the field that the DetailType names."""
    found: Record = line.get(DETAILS[line["DetailType"]][0], {})
    return found


def _line(books: Books, line: Record, had: Record, how: How) -> Record:
    kind = line.get("DetailType")
    if kind is None:
        raise missing("Line.DetailType")
    if kind in _WORDLESS:
        return {"Amount": Decimal("0.00"), **line, DETAILS[kind][0]: detail(line)}
    if "Amount" not in line:
        raise missing("Amount")
    field = DETAILS[kind][0]
    if field not in line:
        raise missing(field)
    held = _detail(books, kind, line)
    if kind in _EXPENSES:
        may_be_billed = how.person or (bool(had) and detail(had).get("BillableStatus") == _BILLED)
        held = _billable(books, held, may_be_billed)
    return {**line, field: held}


def _detail(books: Books, kind: str, line: Record) -> Record:
    held = detail(line)
    subject = _SUBJECT.get(kind)
    if subject and subject not in held:
        raise RefusedError(6440, f"{subject} is missing: a line needs an item or an account", subject)
    if "ClassRef" in held and not books.preference("AccountingInfoPrefs", "ClassTrackingPerTxnLine"):
        raise RefusedError(5030, "Class tracking per line is turned off in this company", "ClassRef")
    if "ItemRef" in held:
        _check_item(books, held, purchased=kind == "ItemBasedExpenseLineDetail")
        held = _priced(held, line["Amount"])
    if kind == "AccountBasedExpenseLineDetail":
        _check_account(books, held)
    return held


def _priced(held: Record, amount: Decimal) -> Record:
    """Quantity times price is the amount; of one of them alone the other follows."""
    if "Qty" in held and "UnitPrice" not in held and held["Qty"]:
        return {**held, "UnitPrice": rounded(amount / held["Qty"], 7).normalize() + 0}
    if "Qty" in held and "UnitPrice" in held and rounded(held["Qty"] * held["UnitPrice"]) != amount:
        detail_text = f"Amount is not equal to UnitPrice * Qty. Supplied value: {amount}"
        raise RefusedError(6070, detail_text, "Line.Amount")
    if "UnitPrice" in held and "Qty" not in held and held["UnitPrice"]:
        return {**held, "Qty": rounded(amount / held["UnitPrice"], 7).normalize() + 0}
    return held


def _billable(books: Books, held: Record, may_be_billed: bool) -> Record:
    """Only QuickBooks says that a line has been billed; a line of which it said so may be sent back."""
    status = held.get("BillableStatus", "NotBillable")
    if "CustomerRef" in held and not books.preference("VendorAndPurchasesPrefs", "TrackingByCustomer"):
        raise RefusedError(5030, "Tracking of expenses by customer is turned off in this company", "CustomerRef")
    if status == "Billable" and "CustomerRef" not in held:
        raise RefusedError(6310, "A billable line needs a CustomerRef", "CustomerRef")
    if status == "Billable" and not books.preference("VendorAndPurchasesPrefs", "BillableExpenseTracking"):
        raise RefusedError(6320, "Billable expenses are turned off in this company", "BillableStatus")
    if status == _BILLED and not may_be_billed:
        raise RefusedError(6320, "HasBeenBilled is set by QuickBooks", "BillableStatus")
    return {**held, "BillableStatus": status}


def _check_item(books: Books, held: Record, purchased: bool) -> None:
    item = books.get("items", held["ItemRef"]["value"]) or {}
    if item["Type"] == "Category":
        raise business("A category cannot be used on a transaction", "ItemRef")
    if purchased and "ExpenseAccountRef" not in item:
        raise business(f"Item {item['Name']} has no ExpenseAccountRef and cannot be purchased", "ItemRef")


def _check_account(books: Books, held: Record) -> None:
    account = books.get("accounts", held["AccountRef"]["value"]) or {}
    if account["AccountType"] in _LEDGERS:
        raise RefusedError(6430, f"Invalid account type: {account['AccountType']} on a line", "AccountRef")


def _numbered(lines: list[Record], had: list[str]) -> list[Record]:
    """Ids and positions: ids that the document had stay, others are the next numbers."""
    last = max((int(key) for key in had), default=0)
    kept = set(had)
    numbered = []
    for position, line in enumerate(lines, 1):
        key = line.get("Id")
        if key in kept:
            kept.discard(key)
        else:
            last += 1
            key = str(last)
        numbered.append({**line, "Id": key, "LineNum": position, "_new": key not in had})
    return numbered
