"""The books that benchmarks read: so many bills and spend money documents as Xero's pages, made once and then cut out.

Every page of a list is one text in which only the number of the page differs, so a million documents take no memory.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

PAGE_SIZE = 1000
COMPANY = 598134325683880
TENANT = "7f1c0c3e-2a54-4a0e-9d4e-0b5f6c1d2e3f"
CATEGORY = "11111111-0000-4000-8000-000000000001"
CHANGED = "/Date(1772445600000+0000)/"
CONTACTS, PROJECTS, CODES = 200, 25, 40
SHARE_OF_BILLS = 0.6

_PLACE = "fedcba98"
"""Stands in a page's text where the page's number goes: eight hexadecimal digits."""


def identity(kind: str, number: int) -> str:
    """An id that Xero may have given."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}/{number}"))


def contact(number: int) -> dict[str, str]:
    """A supplier as documents name it."""
    return {"ContactID": identity("contact", number), "Name": f"Peña & Sons Concrete {number}, LLC"}


def option(number: int) -> dict[str, str]:
    """A project as lines name it."""
    ids = {"TrackingCategoryID": CATEGORY, "TrackingOptionID": identity("option", number)}
    return {"Name": "Job", "Option": f"24-{number:03} Riverside Tower", **ids}


def code(number: int) -> str:
    """A cost code with its cost type."""
    return f"{3 + number // 10:02}-{300 + number % 10 * 10}.S"


@dataclass(frozen=True)
class List:
    """One of Xero's lists of documents: its name, the field with a document's id, and how many documents it has."""

    name: str
    id_field: str
    count: int

    def page(self, number: int) -> bytes:
        """A page of the list, from 1 on, as Xero sends it."""
        rows = self._template[: self._in_page(number)]
        counts = {"page": number, "pageSize": PAGE_SIZE, "pageCount": self.pages, "itemCount": self.count}
        head = json.dumps({"Id": identity("answer", number), "Status": "OK", "pagination": counts})[:-1].encode()
        return head + f', "{self.name}": ['.encode() + b",".join(rows).replace(*_placed(number)) + b"]}"

    @property
    def pages(self) -> int:
        """How many pages the list has; an empty one has one."""
        return max(1, -(-self.count // PAGE_SIZE))

    @property
    def _template(self) -> list[bytes]:
        if self.name not in _TEMPLATES:
            _TEMPLATES[self.name] = [self._document(place) for place in range(PAGE_SIZE)]
        return _TEMPLATES[self.name]

    def _in_page(self, number: int) -> int:
        return max(0, min(PAGE_SIZE, self.count - (number - 1) * PAGE_SIZE))

    def _document(self, place: int) -> bytes:
        made = _bill(place) if self.id_field == "InvoiceID" else _spend(place)
        return json.dumps({self.id_field: _id(place), **made}, ensure_ascii=False).encode()


_TEMPLATES: dict[str, list[bytes]] = {}


def lists(documents: int) -> dict[str, List]:
    """The lists that job costs come from, by the last part of their address, with so many documents in all."""
    bills = round(documents * SHARE_OF_BILLS)
    return {
        "Invoices": List("Invoices", "InvoiceID", bills),
        "CreditNotes": List("CreditNotes", "CreditNoteID", 0),
        "BankTransactions": List("BankTransactions", "BankTransactionID", documents - bills),
    }


def _placed(number: int) -> tuple[bytes, bytes]:
    return _PLACE.encode(), f"{number:08x}".encode()


def _id(place: int, line: int = 0) -> str:
    return f"{_PLACE}-{line:04x}-4000-8000-{place:012x}"


def _bill(place: int) -> dict[str, Any]:
    settled: dict[str, list[Any]] = {"Payments": [], "CreditNotes": [], "Prepayments": [], "Overpayments": []}
    due = {"DueDateString": "2026-03-31T00:00:00", "DueDate": "/Date(1774915200000+0000)/"}
    number = {"InvoiceNumber": f"INV-{_PLACE}-{place:04}", "Reference": ""}
    owed = {"AmountDue": _total(place), "AmountPaid": 0.00, "AmountCredited": 0.00, "CurrencyRate": 1.0}
    return {"Type": "ACCPAY", **number, **settled, **owed, "IsDiscounted": False, **due, **_common(place)}


def _spend(place: int) -> dict[str, Any]:
    account = {"AccountID": identity("account", 91), "Code": "091", "Name": "Company card"}
    bank = {"BankAccount": account, "Reference": f"Card {place:04}", "IsReconciled": False}
    return {"Type": "SPEND", **bank, **_common(place)}


def _common(place: int) -> dict[str, Any]:
    day = {"DateString": "2026-02-28T00:00:00", "Date": "/Date(1772236800000+0000)/"}
    total = _total(place)
    sums = {"SubTotal": total, "TotalTax": 0.00, "Total": total}
    rest = {"UpdatedDateUTC": CHANGED, "CurrencyCode": "USD", "HasAttachments": False, "HasErrors": False}
    lines = [_line(place, number) for number in range(_line_count(place))]
    states = {"Status": "AUTHORISED", "LineAmountTypes": "NoTax"}
    return {"Contact": contact(place % CONTACTS), **day, **states, "LineItems": lines, **sums, **rest}


def _line_count(place: int) -> int:
    return 1 + place % 2


def _line(place: int, number: int) -> dict[str, Any]:
    amount = _amount(place, number)
    priced = {"Quantity": 1.0, "UnitAmount": amount, "LineAmount": amount, "TaxType": "NONE", "TaxAmount": 0.00}
    told = {"LineItemID": _id(place, number + 1), "Description": f"Ready-mix, delivery ticket {place:04}"}
    booked = {"ItemCode": code((place + number) % CODES), "AccountCode": "5000"}
    return {**told, **priced, **booked, "Tracking": [option(place % PROJECTS)]}


def _amount(place: int, number: int) -> float:
    return round(100 + place * 1.37 + number * 41.5, 2)


def _total(place: int) -> float:
    return round(sum(_amount(place, number) for number in range(_line_count(place))), 2)
