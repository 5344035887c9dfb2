"""Bills to pay: what subcontractor invoices become. A bill carries our mark at the end of its private note.

A document that names an order (`OrderRef`) is linked with it, line by line: QuickBooks then knows what of the order is
billed, and closes it in the end. A net credit is a vendor credit, not a bill.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from jobledger.systems.base import Page, Record, Window, Write, WriteResult
from jobledger.systems.compare import same_key
from jobledger.systems.quickbooks_online.api import Api, Query, quoted
from jobledger.systems.quickbooks_online.document_cards import bill_card
from jobledger.systems.quickbooks_online.document_writes import DocumentWrites, Sort
from jobledger.systems.quickbooks_online.documents import MARK, Shape, linked_lines
from jobledger.systems.quickbooks_online.orders import PurchaseOrders
from jobledger.systems.quickbooks_online.reads import Lists
from jobledger.systems.quickbooks_online.records import money

ENTITY = "Bill"
_NUMBERS_REPEAT = "allowduplicatedocnum"
"""A month's bill has the number of its order, as the month's before; doubles are found before (ACC-17)."""

_WAY_OUT = "take the payment or credit off it first"


class Bills:
    """The bills of one company."""

    def __init__(self, api: Api, shape: Shape, orders: PurchaseOrders) -> None:
        self.orders = orders
        self.lists = Lists(api, (Query(ENTITY),), lambda entity, record: [shape.document(record)])
        sort = Sort(ENTITY, "bill", "VendorRef", bill_card, locked_bill, _WAY_OUT, {}, options=_NUMBERS_REPEAT)
        self.writes = DocumentWrites(api, sort, shape, self.fetch)

    def read(self, window: Window) -> Iterator[Page]:
        """All bills, those changed since, or those dated in a backfill's days."""
        return self.lists.read(window)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Bills by id."""
        return self.lists.fetch([(ENTITY, one) for one in ids if one])

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """The bills with our mark among those of the day or with the number; without a mark those with the key.

        Notes cannot be asked for, so a bill of which both was changed is found when all are read next.
        """
        day, number = (str(natural_key.get(name) or "") for name in ("TxnDate", "DocNumber"))
        [query] = self.lists.queries
        asked = [query.where(f"TxnDate = {quoted(day[:10])}")] if day else []
        asked += [query.where(f"DocNumber = {quoted(number)}")] if number else []
        found = {row["id"]: row for one in asked for row in self.lists.rows(one)}.values()
        return [row for row in found if (row[MARK] == mark if mark else same_key(row, natural_key))]

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Up to thirty bills. One that is paid or credited is never edited (ACC-30)."""
        wanted = {str(one.document["OrderRef"]) for one in sent if one.document.get("OrderRef")}
        orders = {order["id"]: order for order in self.orders.fetch(sorted(wanted))} if wanted else {}
        return self.writes.write([_linked(one, orders) for one in sent], key)


def locked_bill(bill: Record) -> str:
    """Why a bill may no longer be edited, or nothing."""
    settled = money(bill.get("TotalAmt")) - money(bill.get("Balance"))
    return f"has payments or credits of {settled}" if settled else ""


def _linked(one: Write, orders: Mapping[str, Record]) -> Write:
    """A new bill with links to the lines of its order; an order that is closed or gone takes none."""
    document = {name: value for name, value in one.document.items() if name != "OrderRef"}
    order = orders.get(str(one.document.get("OrderRef") or ""))
    if order is None or one.action != "create" or order.get("POStatus") == "Closed":
        return replace(one, document=document)
    lines, any_linked = linked_lines(document.get("Line") or [], order)
    head = {"LinkedTxn": [{"TxnId": order["Id"], "TxnType": "PurchaseOrder"}]} if any_linked else {}
    return replace(one, document={**document, **head, "Line": lines})
