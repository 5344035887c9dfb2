"""The records of one Xero organisation, with what finds them quickly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.world import Record, World
from sandbox.xero.wire import iso_time

KEYS = {
    "contacts": "ContactID",
    "items": "ItemID",
    "tracking_categories": "TrackingCategoryID",
    "tracking_options": "TrackingOptionID",
    "accounts": "AccountID",
    "tax_rates": "TaxType",
    "currencies": "Code",
    "organisation": "OrganisationID",
    "purchase_orders": "PurchaseOrderID",
    "invoices": "InvoiceID",
    "credit_notes": "CreditNoteID",
    "payments": "PaymentID",
    "bank_transactions": "BankTransactionID",
    "overpayments": "OverpaymentID",
    "prepayments": "PrepaymentID",
    "attachments": "AttachmentID",
    "allocations": "AllocationID",
}
DOCUMENTS = ("purchase_orders", "invoices", "credit_notes", "bank_transactions", "overpayments", "prepayments")
_NUMBERS = {"purchase_orders": "PurchaseOrderNumber", "invoices": "InvoiceNumber", "credit_notes": "CreditNoteNumber"}


@dataclass(frozen=True)
class How:
    """How a record is written: by a person or by an app, with how many decimals of unit amounts.

    `at` is the time of change that a person's record came with, also for the documents that change because of it.
    """

    person: bool = False
    decimals: int = 2
    app: str | None = None
    at: str | None = None


class Books:
    """Reads and writes records by entity and key; entities carry the names that control routes use."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tables = world.tables
        self._add_indexes()

    def get(self, entity: str, key: Any) -> Record | None:
        """The record with that key."""
        return self.tables.get(f"xero.{entity}", _key(entity, key))

    def all(self, entity: str) -> Iterator[Record]:
        """Every record, oldest first."""
        return self.tables.all(f"xero.{entity}")

    def find(self, entity: str, index: str, value: Any) -> list[Record]:
        """The records that an index holds under a value."""
        return self.tables.find(f"xero.{entity}", index, value)

    def first(self, entity: str, index: str, value: Any) -> Record | None:
        """The first record that an index holds under a value."""
        found = self.find(entity, index, value)
        return found[0] if found else None

    def save(self, entity: str, record: Record, sent: Record, how: How) -> Record:
        """Stores a record that a client or a person wrote, and tells the ledger.

        A person may choose the key (`sent`); an app never does.
        """
        key_name = KEYS[entity]
        key = _key(entity, record.get(key_name) or (how.person and sent.get(key_name)) or self.world.guid())
        stored = {key_name: key, **record, "UpdatedDateUTC": how.at or self.stamp()}
        stored[key_name] = key
        existed = self.get(entity, key) is not None
        self.put(entity, stored)
        self.world.accepted("xero", entity, key, "update" if existed else "create")
        return stored

    def touch(self, entity: str, record: Record, how: How) -> None:
        """Stores a record that changed because another one did."""
        self.put(entity, {**record, "UpdatedDateUTC": how.at or self.stamp()})

    def put(self, entity: str, record: Record) -> None:
        """Stores a record without telling the ledger and without a new time of change."""
        self.tables.put(f"xero.{entity}", str(record[KEYS[entity]]), record)

    def remove(self, entity: str, key: str) -> None:
        """Removes a record that may be removed for good."""
        self.tables.remove(f"xero.{entity}", key)
        self.world.accepted("xero", entity, key, "delete")

    def organisation(self) -> Record:
        """The one organisation."""
        return next(self.all("organisation"))

    def stamp(self) -> str:
        """This moment, as it is stored."""
        return iso_time(self.world.clock.now())

    def today(self) -> str:
        """Today, where the organisation is: what a missing document date becomes."""
        zone = ZoneInfo(self.organisation()["_zone"])
        return self.world.clock.now().astimezone(zone).date().isoformat()

    def next_number(self, sequence: str, prefix: str) -> str:
        """The next number of a document that came without one."""
        return f"{prefix}-{self.world.next_id(f'xero.{sequence}'):04d}"

    def _add_indexes(self) -> None:
        self._index("contacts", "name", _active_name)
        self._index("contacts", "number", lambda r: _given(r.get("ContactNumber")))
        self._index("items", "code", lambda r: [r["Code"].casefold()])
        self._index("accounts", "code", lambda r: _given(r.get("Code")))
        self._index("accounts", "name", lambda r: [r["Name"].casefold()])
        self._index("tracking_options", "category", lambda r: [r["TrackingCategoryID"]])
        self._index("tracking_options", "name", lambda r: [(r["TrackingCategoryID"], r["Name"].casefold())])
        self._index("payments", "document", lambda r: [r["_document"]])
        self._index("attachments", "parent", lambda r: [r["_parent"]])
        self._index("allocations", "credit", lambda r: [r["_credit"]])
        self._index("allocations", "invoice", lambda r: [r["Invoice"]["InvoiceID"]])
        for entity in DOCUMENTS:
            self._index(entity, "contact", lambda r: _given(r.get("Contact", {}).get("ContactID")))
            self._index(entity, "tracking", _options_used)
            self._index(entity, "account", _accounts_used)
        for entity, number in _NUMBERS.items():
            self._index(entity, "number", lambda r, number=number: _given(r.get(number)))

    def _index(self, entity: str, name: str, keys: Any) -> None:
        self.tables.add_index(f"xero.{entity}", name, keys)


def _key(entity: str, key: Any) -> str:
    return str(key) if entity in {"tax_rates", "currencies"} else str(key).lower()


def _given(value: Any) -> list[Any]:
    return [] if value in {None, ""} else [value]


def _active_name(contact: Record) -> list[str]:
    return [contact["Name"].casefold()] if contact["ContactStatus"] == "ACTIVE" else []


def _options_used(document: Record) -> Iterable[str]:
    if document["Status"] in {"DELETED", "VOIDED"}:
        return []
    return {tracked["TrackingOptionID"] for line in document["LineItems"] for tracked in line["Tracking"]}


def _accounts_used(document: Record) -> Iterable[str]:
    return {line["AccountID"] for line in document["LineItems"] if line.get("AccountID")}


def locked_until(books: Books, how: How) -> tuple[str, str] | None:
    """The lock date in force and its name. An adviser, whom `seed` stands for, may still post before the first one."""
    organisation = books.organisation()
    locks = [(organisation.get("EndOfYearLockDate"), "end of year lock date")]
    if not how.person:
        locks.append((organisation.get("PeriodLockDate"), "period lock date"))
    set_locks = [(lock, name) for lock, name in locks if lock]
    return max(set_locks) if set_locks else None


def lock_problem(books: Books, dates: Iterable[str | None], how: How) -> str | None:
    """Xero's message when one of a document's dates (as it was, as it is to be) is on or before a lock date."""
    lock = locked_until(books, how)
    if lock is None or all(day is None or day > lock[0] for day in dates):
        return None
    until = date.fromisoformat(lock[0]).strftime("%d %b %Y")
    return f"The document date cannot be before the {lock[1]}, currently set at {until}"
