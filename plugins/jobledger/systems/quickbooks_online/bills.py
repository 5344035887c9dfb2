"""Bills to pay: what subcontractor invoices become. A bill carries our mark at the end of its private note.

A document that names an order (`OrderRef`) is linked with it, line by line: QuickBooks then knows what of the order is
billed, and closes it in the end. One below zero is a vendor credit, which takes no link with an order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from jobledger.systems.base import Record, Write, WriteResult
from jobledger.systems.compare import same_key
from jobledger.systems.quickbooks_online.api import Api, quoted
from jobledger.systems.quickbooks_online.credits import WithCredits, credit_of
from jobledger.systems.quickbooks_online.document_cards import bill_card, settled_of
from jobledger.systems.quickbooks_online.document_writes import Sort
from jobledger.systems.quickbooks_online.documents import AS_CREDIT, MARK, Shape, linked_lines
from jobledger.systems.quickbooks_online.orders import PurchaseOrders

ENTITY = "Bill"
_NUMBERS_REPEAT = "allowduplicatedocnum"
"""A month's bill has the number of its order, as the month's before; doubles are found before (ACC-17)."""

_WAY_OUT = "take the payment or credit off it first"


class Bills(WithCredits):
    """The bills and vendor credits of one company."""

    def __init__(self, api: Api, shape: Shape, orders: PurchaseOrders) -> None:
        self.orders = orders
        bill = Sort(ENTITY, "bill", "VendorRef", bill_card, locked_bill, _WAY_OUT, {}, options=_NUMBERS_REPEAT)
        super().__init__(api, shape, bill, credit_of(bill, "VendorCredit", "vendor credit"))

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """The bills with our mark among those of the day or with the number; without a mark those with the key.

        Notes cannot be asked for, so a bill of which both was changed is found when all are read next.
        """
        day, number = (str(natural_key.get(name) or "") for name in ("TxnDate", "DocNumber"))
        asked = [f"TxnDate = {quoted(day[:10])}"] if day else []
        asked += [f"DocNumber = {quoted(number)}"] if number else []
        found = {row["id"]: row for one in asked for row in self.matching(one)}.values()
        return [row for row in found if (row[MARK] == mark if mark else same_key(row, natural_key))]

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Up to thirty bills, each linked with the order that it names."""
        wanted = {str(one.document["OrderRef"]) for one in sent if one.document.get("OrderRef")}
        orders = {order["id"]: order for order in self.orders.fetch(sorted(wanted))} if wanted else {}
        return super().write([_linked(one, orders) for one in sent], key)


def locked_bill(bill: Record) -> str:
    """Why a bill may no longer be edited, or nothing."""
    settled = settled_of(bill)
    return f"has payments or credits of {abs(settled)}" if settled else ""


def _linked(one: Write, orders: Mapping[str, Record]) -> Write:
    """A new bill with links to the lines of its order; one that is closed or gone takes none, and a credit has none."""
    document = {name: value for name, value in one.document.items() if name != "OrderRef"}
    order = orders.get(str(one.document.get("OrderRef") or ""))
    if order is None or one.action != "create" or order.get("POStatus") == "Closed" or document.get(AS_CREDIT):
        return replace(one, document=document)
    lines, any_linked = linked_lines(document.get("Line") or [], order)
    head = {"LinkedTxn": [{"TxnId": order["Id"], "TxnType": "PurchaseOrder"}]} if any_linked else {}
    return replace(one, document={**document, **head, "Line": lines})
