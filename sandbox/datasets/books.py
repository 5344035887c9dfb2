"""The words of the bookkeeper: frozen records of an accounting system, again without any system's field names.

Contacts, jobs and items are referred to by their names and codes, which are unique in a set of books.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from sandbox.datasets.model import ZERO, Place

CATEGORY = "Job"
OTHER_CATEGORY = "Region"
REGIONS = ("Colorado", "Mountain West")
RETAINAGE_ITEM = "RETAINAGE"
CHECKING, CARD = "090", "091"
RETAINAGE_PAYABLE = "2150"
JOB_COSTS = {"L": "5000", "M": "5100", "E": "5200", "S": "5300", "O": "5500"}
"""Accounts by the code that a new organisation of the sandbox has; job costs by cost type."""

DocumentKind = Literal["bill", "credit", "spend", "refund"]


@dataclass(frozen=True)
class Contact:
    """A supplier, utility or bank. No `place`: nobody typed the address."""

    name: str
    phone: str = ""
    email: str = ""
    place: Place | None = None


@dataclass(frozen=True)
class Item:
    """A purchase item. `account` is where documents on it are booked."""

    code: str
    name: str
    account: str


@dataclass(frozen=True)
class Entry:
    """A line of a document: quantity one, no tax. `job` and `region` are options of the tracking categories."""

    description: str
    amount: Decimal
    account: str
    item: str = ""
    job: str = ""
    region: str = ""


@dataclass(frozen=True)
class Document:
    """A bill, supplier credit, spend money or its refund. Of the last two, `account` is the bank account or card."""

    kind: DocumentKind
    contact: str
    reference: str
    dated: date
    due: date
    status: str
    entries: tuple[Entry, ...]
    account: str = CARD
    paid: Decimal = ZERO
    paid_on: date | None = None

    @property
    def total(self) -> Decimal:
        """The sum of its lines."""
        return sum((entry.amount for entry in self.entries), ZERO)


@dataclass(frozen=True)
class Order:
    """A purchase order."""

    number: str
    contact: str
    title: str
    dated: date
    status: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Books:
    """One set of books."""

    contacts: tuple[Contact, ...]
    items: tuple[Item, ...]
    jobs: tuple[str, ...]
    orders: tuple[Order, ...]
    documents: tuple[Document, ...]
