"""Job costs of the books: bills, vendor credits, expenses (bank feeds and cards included) and payroll journal entries.

A row per document and project (ACC-23): its id is `<kind>:<document>/<sub-customer>`; the part without a project ("-")
is there for documents that have others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from jobledger.systems.base import Page, Record, Window, Write, WriteResult
from jobledger.systems.quickbooks_online.api import Api, Query
from jobledger.systems.quickbooks_online.documents import ACCOUNT, CREDIT, CUSTOMER, ITEM, MARK, PAYEE, RETAINAGE, Shape
from jobledger.systems.quickbooks_online.facts import Facts
from jobledger.systems.quickbooks_online.reads import Lists
from jobledger.systems.quickbooks_online.records import UPDATED, money
from jobledger.systems.quickbooks_online.refusals import TITLE
from jobledger.systems.quickbooks_online.settlements import POSTED
from jobledger.systems.results import conflict

NO_PROJECT = "-"
EXPORTED = "subcontractor_invoice"
"""The direct cost type of a bill that was an invoice of Procore before (ACC-24)."""

_FOUR = Decimal("0.0001")


class _Kind(NamedTuple):
    """A kind of document: what it is called, its sign as a cost, and its direct cost type in Procore."""

    name: str
    sign: int
    direct_cost_type: str


_KINDS = {
    "Bill": _Kind("bill", 1, "invoice"),
    "VendorCredit": _Kind("credit", -1, "invoice"),
    "Purchase": _Kind("expense", 1, "expense"),
    "JournalEntry": _Kind("journal", 1, "payroll"),
}
_REFUND = _Kind("expense", -1, "expense")


class Costs:
    """The costs in the books of one company. Nothing is written here."""

    def __init__(self, api: Api, shape: Shape, facts: Facts) -> None:
        self.shape = shape
        self.facts = facts
        self.lists = Lists(api, tuple(map(Query, _KINDS)), self._rows, _named, in_parts=True)

    def read(self, window: Window) -> Iterator[Page]:
        """The costs of all documents, of those changed since, or of those dated in a backfill's days."""
        return self.lists.read(window)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Rows by id; a document's id without a project (`bill:<id>`) asks for all of its rows."""
        wanted = set(ids)
        entities = {kind.name: entity for entity, kind in _KINDS.items()}
        places = dict.fromkeys(one.partition("/")[0] for one in ids)
        asked = [(entities.get(kind, ""), own) for kind, _, own in (place.partition(":") for place in places)]
        rows = self.lists.fetch(asked)
        return [row for row in rows if {row["id"], row["id"].partition("/")[0]} & wanted]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """Nothing: costs are never written, so none carries a mark."""
        return []

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Refuses: costs are only read."""
        told = f"Costs are only read from {TITLE}."
        return [conflict(one, told, f"Change the document in {TITLE}.") for one in sent]

    def _rows(self, entity: str, record: Record) -> list[Record]:
        """The rows of a document; none for one that is no cost of a job."""
        document = self.shape.document(record)
        kind = _REFUND if document.get("Credit") else _KINDS[entity]
        parts: dict[tuple[str, str], list[Record]] = {}
        for line in map(_debit, document["Line"]) if entity == "JournalEntry" else document["Line"]:
            if line and not line[RETAINAGE]:
                place = (str(line.get("CustomerRef") or ""), str(line.get(CUSTOMER) or ""))
                parts.setdefault(place, []).append(_line(line, kind.sign))
        if not any(customer for customer, _ in parts):
            return []
        head = self._head(entity, document, kind)
        return [_row(head, place, lines) for place, lines in parts.items()]

    def _head(self, entity: str, document: Record, kind: _Kind) -> Record:
        """What all rows of a document share."""
        key, number, mark = document["Id"], str(document.get("DocNumber") or ""), document[MARK]
        currency = document.get("CurrencyRef")
        is_invoice = kind.direct_cost_type == "invoice"
        return {
            "id": _named(entity, key),
            "document_id": f"{CREDIT}{key}" if entity == "VendorCredit" else key,
            "document_type": kind.name,
            "direct_cost_type": EXPORTED if mark else kind.direct_cost_type,
            "number": number,
            "invoice_number": (number or f"QBO-{key}") if is_invoice else None,
            "reference": document["PrivateNote"],
            "status": POSTED,
            "date": document.get("TxnDate"),
            "received": None if mark else document.get("TxnDate"),
            "contact_id": _contact(document),
            "contact_name": document.get("ContactName") or "",
            "updated": document.get(UPDATED),
            "foreign_currency": currency if currency and currency != self.facts.base_currency else None,
            "bank_account": document.get("AccountRef"),
            "mark_of": mark,
        }


def _row(head: Record, place: tuple[str, str], lines: list[Record]) -> Record:
    customer, name = place
    return {
        **head,
        "id": f"{head['id']}/{customer or NO_PROJECT}",
        "customer_id": customer or None,
        "customer_name": name or None,
        "amount": sum((line["amount"] for line in lines), money(0)),
        "lines": lines,
        "unsyncable": None if customer else "It has lines without a customer.",
    }


def _line(line: Record, sign: int) -> Record:
    """A line net of tax; unit costs with four decimals, amounts with two."""
    amount, quantity = sign * line["Amount"], Decimal(line.get("Qty") or 1)
    unit = line.get("UnitPrice")
    by_unit = unit is not None and money(quantity * unit) == line["Amount"]
    return {
        "id": str(line.get("Id") or ""),
        "item_id": line.get("ItemRef"),
        "class_id": line.get("ClassRef"),
        "account_id": line.get("AccountRef"),
        "code": line.get(ITEM) or line.get(ACCOUNT),
        "description": line.get("Description") or "",
        "quantity": quantity if by_unit else Decimal(1),
        "unit_cost": (sign * Decimal(unit)).quantize(_FOUR, ROUND_HALF_UP) if by_unit and unit is not None else amount,
        "amount": amount,
    }


def _debit(line: Record) -> Record | None:
    """A debit of a journal entry on a customer, as a line with its project; credits are the other side of it."""
    entity = line.get("Entity") or {}
    if line.get("PostingType") != "Debit" or entity.get("Type") != "Customer":
        return None
    reference = entity.get("EntityRef") or {}
    return {**line, "CustomerRef": reference.get("value"), CUSTOMER: reference.get("name")}


def _contact(document: Record) -> str | None:
    """The vendor that a document is with, under the id of the contacts list; an employee or customer is none."""
    vendor = document.get("VendorRef") or (document.get("EntityRef") if document[PAYEE] == "Vendor" else None)
    return f"vendor-{vendor}" if vendor else None


def _named(entity: str, record_id: str) -> str:
    return f"{_KINDS[entity].name}:{record_id}"
