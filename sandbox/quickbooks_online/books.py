"""The records of one QuickBooks company, with what finds them quickly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.world import Record, World

SYSTEM = "quickbooks_online"
TYPES = {
    "vendors": "Vendor",
    "customers": "Customer",
    "employees": "Employee",
    "accounts": "Account",
    "items": "Item",
    "classes": "Class",
    "departments": "Department",
    "terms": "Term",
    "tax_codes": "TaxCode",
    "tax_rates": "TaxRate",
    "purchase_orders": "PurchaseOrder",
    "bills": "Bill",
    "bill_payments": "BillPayment",
    "vendor_credits": "VendorCredit",
    "purchases": "Purchase",
    "journal_entries": "JournalEntry",
    "invoices": "Invoice",
    "payments": "Payment",
    "credit_memos": "CreditMemo",
    "time_activities": "TimeActivity",
    "attachables": "Attachable",
    "company": "CompanyInfo",
    "preferences": "Preferences",
}
"""The entities by the names that control routes use, and QuickBooks' own names."""

NAMES = ("vendors", "customers", "employees")
TREES = ("accounts", "items", "classes", "departments")
DOCUMENTS = (
    "purchase_orders",
    "bills",
    "bill_payments",
    "vendor_credits",
    "purchases",
    "journal_entries",
    "invoices",
    "payments",
    "credit_memos",
)
DELETED = " (deleted)"
_SEQUENCES = {**dict.fromkeys(NAMES, "names"), **dict.fromkeys(DOCUMENTS, "documents")}
_FIRST_IDS = {"names": 41, "documents": 145, "accounts": 31, "attachables": 5_000_000_000_000_010_001}
_OWNERS = {
    "bills": "VendorRef",
    "vendor_credits": "VendorRef",
    "purchase_orders": "VendorRef",
    "bill_payments": "VendorRef",
    "invoices": "CustomerRef",
    "credit_memos": "CustomerRef",
    "payments": "CustomerRef",
}


@dataclass(frozen=True)
class How:
    """How a record is written: by a person or by an app; `at` is the time of change that a person's record came with.

    `allow_duplicates`: a document number may repeat, because the request said so.
    """

    person: bool = False
    allow_duplicates: bool = False
    at: str | None = None


class Books:
    """Reads and writes records by entity and id."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tables = world.tables
        self.unseen: set[tuple[str, str]] = set()
        """What the batch under way has created: its later members cannot refer to it."""
        self._add_indexes()

    def get(self, entity: str, key: Any) -> Record | None:
        """The record with that id."""
        return self.tables.get(f"{SYSTEM}.{entity}", str(key))

    def visible(self, entity: str, key: str) -> Record | None:
        """The record that a reference may name."""
        return None if (entity, key) in self.unseen else self.get(entity, key)

    def all(self, entity: str) -> Iterator[Record]:
        """Every record, oldest first."""
        return self.tables.all(f"{SYSTEM}.{entity}")

    def count(self, entity: str) -> int:
        """How many records there are."""
        return self.tables.count(f"{SYSTEM}.{entity}")

    def find(self, entity: str, index: str, value: Any) -> list[Record]:
        """The records that an index holds under a value."""
        return self.tables.find(f"{SYSTEM}.{entity}", index, value)

    def first(self, entity: str, index: str, value: Any) -> Record | None:
        """The first record that an index holds under a value."""
        found = self.find(entity, index, value)
        return found[0] if found else None

    def entity_of(self, entities: tuple[str, ...], key: str, type_name: str | None) -> str | None:
        """Which of some entities a reference names: by its type, else by the id, which names share."""
        if len(entities) == 1:
            return entities[0]
        if type_name:
            return next((one for one in entities if TYPES[one] == type_name), None)
        return next((one for one in entities if self.get(one, key)), None)

    def type_name(self, entity: str) -> str:
        """QuickBooks' own name of an entity."""
        return TYPES[entity]

    def name_of(self, entity: str, key: str) -> str | None:
        """What references show of a record."""
        record = self.get(entity, key) or {}
        return record.get("FullyQualifiedName") or record.get("DisplayName") or record.get("Name")

    def save(self, entity: str, record: Record, how: How) -> Record:
        """Stores a record that a client or a person wrote, and tells the ledger."""
        key = str(record.get("Id") or self._next_key(entity))
        before = self.get(entity, key)
        stored = self._stamped({**record, "Id": key}, before, how)
        self.put(entity, stored)
        self.world.accepted(SYSTEM, entity, key, "update" if before else "create")
        return stored

    def touch(self, entity: str, record: Record, how: How) -> None:
        """Stores a record that changed because another one did."""
        self.put(entity, self._stamped(record, self.get(entity, record["Id"]), how))

    def put(self, entity: str, record: Record) -> None:
        """Stores a record without telling the ledger and without a new time of change."""
        self.tables.put(f"{SYSTEM}.{entity}", record["Id"], record)

    def remove(self, entity: str, key: str) -> None:
        """Deletes a record for good; what the change feed tells of it stays."""
        self.tables.remove(f"{SYSTEM}.{entity}", key)
        tombstone = {"Id": key, "_entity": entity, "MetaData": {"LastUpdatedTime": self.stamp()}}
        self.tables.put(f"{SYSTEM}.tombstones", f"{entity} {key}", tombstone)
        self.world.accepted(SYSTEM, entity, key, "delete")

    def company(self) -> Record:
        """CompanyInfo."""
        return self.get("company", "1") or {}

    def preferences(self) -> Record:
        """Preferences."""
        return self.get("preferences", "1") or {}

    def preference(self, group: str, name: str) -> Any:
        """One preference; those of `OtherPrefs` are pairs of name and value."""
        prefs = self.preferences().get(group, {})
        if group != "OtherPrefs":
            return prefs.get(name)
        return next((pair["Value"] == "true" for pair in prefs.get("NameValue", []) if pair["Name"] == name), False)

    def settings(self) -> Record:
        """What the sandbox can be told of the connection and the plan."""
        return self.get("settings", "1") or {}

    def is_us(self) -> bool:
        """Whether sales tax works as in the United States."""
        return bool(self.company().get("Country", "US") == "US")

    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.company().get("DefaultTimeZone", "America/Denver"))

    def now(self) -> datetime:
        """This moment, where the company is."""
        return self.world.clock.now().astimezone(self.zone())

    def stamp(self) -> str:
        """This moment, as it is stored."""
        return self.world.clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def local(self, stored: str) -> str:
        """A stored moment, with the company's offset."""
        return datetime.fromisoformat(stored).astimezone(self.zone()).isoformat(timespec="seconds")

    def today(self) -> str:
        """Today, where the company is."""
        return self.now().date().isoformat()

    def next_number(self, entity: str) -> str:
        """The next number of a document that QuickBooks numbers."""
        return str(self.world.next_id(f"{SYSTEM}.numbers.{entity}", 1001))

    def _next_key(self, entity: str) -> str:
        sequence = _SEQUENCES.get(entity, entity)
        while True:
            key = str(self.world.next_id(f"{SYSTEM}.{sequence}", _FIRST_IDS.get(sequence, 1)))
            # A person may have chosen the id already.
            if not any(self.get(one, key) for one in TYPES if _SEQUENCES.get(one, one) == sequence):
                return key

    def _stamped(self, record: Record, before: Record | None, how: How) -> Record:
        at = how.at or self.stamp()
        created = before["MetaData"]["CreateTime"] if before else at
        token = str(int(before["SyncToken"]) + 1) if before else "0"
        return {**record, "SyncToken": token, "MetaData": {"CreateTime": created, "LastUpdatedTime": at}}

    def _add_indexes(self) -> None:
        for entity in NAMES:
            self._index(entity, "name", lambda r: taken_names(r.get("DisplayName"), r))
        for entity in TREES:
            self._index(entity, "name", lambda r: taken_names(r.get("FullyQualifiedName"), r))
            self._index(entity, "parent", lambda r: _values(r.get("ParentRef")))
        self._index("customers", "parent", lambda r: _values(r.get("ParentRef")))
        self._index("accounts", "number", lambda r: [r["AcctNum"]] if r.get("AcctNum") else [])
        for entity in DOCUMENTS:
            self._index(entity, "number", lambda r: [r["DocNumber"]] if r.get("DocNumber") else [])
        for entity, owner in _OWNERS.items():
            self._index(entity, "owner", lambda r, owner=owner: _values(r.get(owner)))
        self._index("bills", "order", _orders)

    def _index(self, entity: str, name: str, keys: Any) -> None:
        self.tables.add_index(f"{SYSTEM}.{entity}", name, keys)


def taken_names(name: str | None, record: Record) -> list[str]:
    """The names that a record keeps from others: an inactive one also its name as it was."""
    if not name:
        return []
    bare = name.removesuffix(DELETED)
    return list({name.casefold(), bare.casefold()} if not record.get("Active", True) else {name.casefold()})


def _values(ref: Record | None) -> list[str]:
    return [ref["value"]] if ref else []


def _orders(bill: Record) -> set[str]:
    return {link["TxnId"] for link in bill.get("LinkedTxn", []) if link["TxnType"] == "PurchaseOrder"}
