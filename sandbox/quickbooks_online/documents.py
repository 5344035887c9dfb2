"""What all documents have in common: date, number, currency, location, closed periods."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sandbox.quickbooks_online.books import TYPES, Books, How
from sandbox.quickbooks_online.errors import MESSAGES, RefusedError, business, missing
from sandbox.world import Record

ZERO = Decimal("0.00")
_CLOSED = {
    6200: "The account period has closed. Transactions cannot be added or modified.",
    6210: "The account period has closed and needs a password, which an app cannot give.",
    5010: "The account period has closed and the account books cannot be updated through the QBO Services API.",
}


@dataclass(frozen=True)
class Numbering:
    """How documents of one entity are numbered.

    `own`: the preference by which the company gives numbers of its own; without it QuickBooks numbers what comes
    without one. `warns`: the preference by which a number may not repeat; None: it always may not. `per_owner`: the
    field within whose value it may not.
    """

    own: tuple[str, str] | None = None
    warns: tuple[str, str] | None = None
    per_owner: str | None = None
    unique: bool = True


def header(books: Books, entity: str, record: Record, before: Record | None, how: How) -> Record:
    """The document with its date and currency. Raises `RefusedError`, also for a date in a closed period."""
    home = (books.preference("CurrencyPrefs", "HomeCurrency") or {})["value"]
    checked = {"TxnDate": books.today(), "CurrencyRef": {"value": home}, **record}
    if checked["CurrencyRef"]["value"] != home:
        raise business(f"Multicurrency is turned off: the currency is {home}", "CurrencyRef")
    if "DepartmentRef" in checked and not books.preference("AccountingInfoPrefs", "TrackDepartments"):
        raise RefusedError(5030, "Location tracking is turned off in this company", "DepartmentRef")
    if entity != "purchase_orders":
        check_open(books, [checked["TxnDate"], (before or {}).get("TxnDate")], how)
    return checked


def check_open(books: Books, dates: Iterable[str | None], how: How) -> None:
    """Refuses dates in a closed period; a person has the password."""
    closed = books.preference("AccountingInfoPrefs", "BookCloseDate")
    if not closed or how.person or all(day is None or day > closed for day in dates):
        return
    code = books.settings()["closed_period_code"]
    detail = f"Account Period Closed : {_CLOSED[code]} Books are closed through {closed}."
    raise RefusedError(code, detail, "TxnDate", message=MESSAGES[6210])


def numbered(
    books: Books, entity: str, numbering: Numbering, record: Record, before: Record | None, how: How
) -> Record:
    """The document with its number. Raises `RefusedError` 6140 for one that may not repeat."""
    number = record.get("DocNumber")
    if number == "AUTO_GENERATE" or (not number and not before and _is_numbered(books, numbering)):
        return {**record, "DocNumber": _free_number(books, entity)}
    changed = before is None or number != before.get("DocNumber")
    if number and changed and not how.allow_duplicates and not how.person and _may_not_repeat(books, numbering):
        _check_number(books, entity, numbering, record)
    return record


def required(record: Record, *names: str) -> None:
    """Refuses a record without one of these fields."""
    for name in names:
        if name not in record:
            raise missing(name)


def due(books: Books, record: Record) -> str:
    """The due date: as given, else by the term, else the date itself."""
    if "DueDate" in record:
        return str(record["DueDate"])
    term = books.get("terms", record["SalesTermRef"]["value"]) if "SalesTermRef" in record else None
    days = int((term or {}).get("DueDays", 0))
    return (date.fromisoformat(record["TxnDate"]) + timedelta(days=days)).isoformat()


def check_account_type(books: Books, ref: Record, field: str, *allowed: str) -> None:
    """Refuses an account of another type than a field takes."""
    kind = (books.get("accounts", ref["value"]) or {}).get("AccountType")
    if kind not in allowed:
        raise RefusedError(
            6430, f"Invalid account type: {kind} used for {field}, expected {' or '.join(allowed)}", field
        )


def account_of_type(books: Books, kind: str) -> Record:
    """The reference to the company's first account of a type."""
    return {"value": next(one["Id"] for one in books.all("accounts") if one["AccountType"] == kind)}


def settled(record: Record) -> Record:
    """The document with what is open of it. Raises `RefusedError` when more is applied than it comes to."""
    applied = sum((one["Amount"] for one in record.get("_paid", [])), ZERO)
    if record["TotalAmt"] < applied:
        raise business(f"The total {record['TotalAmt']} is less than the {applied} that is applied to it", "TotalAmt")
    return {**record, "Balance": record["TotalAmt"] - applied}


def check_unpaid(books: Books, record: Record) -> None:
    """Refuses to take away a document to which a payment is applied."""
    if record.get("_paid"):
        raise business(f"Payment {record['_paid'][0]['TxnId']} is applied: delete or void the payment first")


def shown(books: Books, record: Record) -> Record:
    """A document with the payments that are linked to it."""
    links = [
        *record.get("LinkedTxn", []),
        *({"TxnId": one["TxnId"], "TxnType": one["TxnType"]} for one in record.get("_paid", [])),
    ]
    return {**record, "LinkedTxn": links} if links else record


def _is_numbered(books: Books, numbering: Numbering) -> bool:
    return numbering.own is not None and not books.preference(*numbering.own)


def _may_not_repeat(books: Books, numbering: Numbering) -> bool:
    return numbering.unique and (numbering.warns is None or bool(books.preference(*numbering.warns)))


def _check_number(books: Books, entity: str, numbering: Numbering, record: Record) -> None:
    owner = numbering.per_owner
    for other in books.find(entity, "number", record["DocNumber"]):
        if other["Id"] != record.get("Id") and (owner is None or other.get(owner) == record.get(owner)):
            detail = (
                "Duplicate Document Number Error : You must specify a different number. This number has already been "
                f"used. DocNumber={record['DocNumber']} is assigned to TxnType={TYPES[entity]} with TxnId={other['Id']}"
            )
            raise RefusedError(6140, detail, "DocNumber")


def _free_number(books: Books, entity: str) -> str:
    while True:
        number = books.next_number(entity)
        if not books.find(entity, "number", number):
            return number
