"""Purchase orders: what subcontracts and purchase orders become."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from jobledger.systems.base import Page, Record, Window, Write, WriteResult
from jobledger.systems.compare import plain, same_key
from jobledger.systems.order_changes import OrderFields, Undo
from jobledger.systems.quickbooks_online.api import Api, Query, quoted
from jobledger.systems.quickbooks_online.document_cards import order_card
from jobledger.systems.quickbooks_online.document_writes import LINE, DocumentWrites, Sort
from jobledger.systems.quickbooks_online.documents import MARK, Shape
from jobledger.systems.quickbooks_online.reads import Lists
from jobledger.systems.quickbooks_online.records import UPDATED, money
from jobledger.systems.quickbooks_online.refusals import TITLE

ENTITY = "PurchaseOrder"
_HEAD = ("Id", "DocNumber", "VendorRef", "TxnDate", "POStatus", "CurrencyRef", "ExchangeRate", UPDATED)
_COPIED = (
    *("VendorRef", "APAccountRef", "DepartmentRef", "TxnDate", "CurrencyRef", "ExchangeRate"),
    "GlobalTaxCalculation",
)


def _content(line: Record) -> tuple[Any, ...]:
    """What a line says, however its numbers are written."""
    names = ("Description", "ItemRef", "AccountRef", "CustomerRef", "ClassRef")
    return (*(plain(line.get(name)) for name in names), Decimal(str(line.get("Qty") or 1)), money(line.get("Amount")))


class PurchaseOrders:
    """The orders of one company."""

    fields = OrderFields(TITLE, "Id", "DocNumber", "Line", LINE, UPDATED, _HEAD, _content)

    def __init__(self, api: Api, shape: Shape) -> None:
        self.lists = Lists(api, (Query(ENTITY),), lambda entity, record: [shape.document(record)])
        way_out = "set change_order_on_billed_order: new_order for its change orders"
        always = {"POStatus": "Open"}
        sort = Sort(ENTITY, "purchase order", "VendorRef", order_card, locked_order, way_out, always)
        self.writes = DocumentWrites(api, sort, shape, self.fetch)

    def read(self, window: Window) -> Iterator[Page]:
        """All orders, those changed since, or those dated in a backfill's days."""
        return self.lists.read(window)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Orders by id."""
        return self.lists.fetch([(ENTITY, one) for one in ids if one])

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """The orders with a number that carry our mark or, without a mark, agree with the rest of the key."""
        found = self.numbered(str(natural_key.get("DocNumber") or ""))
        return [row for row in found if (row[MARK] == mark if mark else same_key(row, natural_key))]

    def numbered(self, number: str) -> list[Record]:
        """The orders with a number."""
        return self.lists.rows(self.lists.queries[0].where(f"DocNumber = {quoted(number)}")) if number else []

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Up to thirty orders. A closed one is never edited (ACC-12)."""
        return self.writes.write(sent, key)

    def is_gone(self, order: Record) -> bool:
        """Never: an order that was deleted is not found any more."""
        return False

    def is_billed(self, order: Record) -> bool:
        """Whether an order is billed in full, or was closed by a person."""
        return order.get("POStatus") == "Closed"

    def locked(self, order: Record) -> str:
        """Why an order may not be edited, or nothing."""
        return locked_order(order)

    def changed(self, one: Write, order: Record, lines: list[Record]) -> Write:
        """The write that gives an order other lines."""
        return self.writes.changed(one, order, lines)

    def ended(self, one: Write, order: Record) -> Write:
        """The write that deletes an order."""
        return self.writes.ended(one, order)

    def copied(self, order: Record, one: Write) -> Record:
        """What a change's own order takes over from the order."""
        return {"POStatus": "Open", **{name: order[name] for name in _COPIED if order.get(name)}}

    def undo(self, one: Write, made: Record) -> Write | None:
        """The write that deletes a new order."""
        return self.writes.undo(one, made)

    def refused_as_locked(self, one: Write, order: Record, reason: str) -> WriteResult:
        """The result of a write to an order that may not be edited."""
        return self.writes.refused_as_locked(one, order, reason)

    def send(self, prepared: Sequence[Write], key: str, undo: Undo) -> dict[str, WriteResult]:
        """Sends whole orders."""
        return self.writes.send(prepared, key, undo)


def locked_order(order: Record) -> str:
    """Why an order may no longer be edited, or nothing."""
    return "is closed: it is billed already" if order.get("POStatus") == "Closed" else ""
