"""Purchase orders: what subcontracts and purchase orders become (XER-122..131)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from jobledger.systems.base import Page, Record, Window, Write, WriteResult
from jobledger.systems.compare import plain, same_key
from jobledger.systems.order_changes import OrderFields, Undo
from jobledger.systems.paging import read_whole
from jobledger.systems.xero.api import Api
from jobledger.systems.xero.document_cards import order_card
from jobledger.systems.xero.document_writes import DocumentWrites, Sort
from jobledger.systems.xero.documents import GONE, LINE, Shape
from jobledger.systems.xero.writes import Kind

PATH = "PurchaseOrders"
ID = "PurchaseOrderID"
_IN_PATH = re.compile(r"\w[\w .,()&+'-]*")
"""Numbers that can stand in an address; a slash in one does not arrive."""


_HEAD = (
    ID,
    "PurchaseOrderNumber",
    "Contact",
    "Date",
    "Status",
    "LineAmountTypes",
    "CurrencyCode",
    "CurrencyRate",
    "UpdatedDateUTC",
)
_COPIED = ("Date", "LineAmountTypes", "CurrencyCode", "CurrencyRate", "DeliveryInstructions", "Reference")


def _content(line: Record) -> tuple[Any, ...]:
    """What a line says, however its numbers are written."""
    texts = [plain(line.get(name)) for name in ("Description", "ItemCode")]
    tracking = {entry.get("TrackingOptionID") for entry in line.get("Tracking") or ()}
    return (*texts, Decimal(str(line.get("Quantity", 1))), Decimal(str(line.get("UnitAmount") or 0)), tracking)


class PurchaseOrders:
    """The orders of one organisation, deleted ones included: their numbers stay taken."""

    fields = OrderFields("Xero", ID, "PurchaseOrderNumber", "LineItems", LINE, "UpdatedDateUTC", _HEAD, _content)

    def __init__(self, api: Api, shape: Shape) -> None:
        self.api = api
        self.shape = shape
        kind = Kind(PATH, order_card, ID, "PurchaseOrderNumber", shape=shape.document)
        way_out = "set change_order_on_billed_order: new_order for its change orders"
        sort = Sort(kind, "purchase order", locked_order, "DELETED", {}, False, way_out)
        self.writes = DocumentWrites(api, sort, self.fetch)

    def read(self, window: Window) -> Iterator[Page]:
        """All orders, those changed since, or those dated in a backfill's days; by id, so that edits move none."""
        params = {"order": f"{ID} ASC", **_dated(window)}
        for page in read_whole(partial(self.api.sheets, PATH, params, window.since), _id, "Xero purchase orders"):
            yield Page([self.shape.document(row) for row in page.rows], page.read_at)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Orders by id. This list cannot be asked for several ids."""
        return [self.shape.document(row) for row in self.api.by_ids(PATH, ID, ids, {})]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """The order with the number of a natural key, if the rest of the key agrees; an order has no mark."""
        number = str(natural_key.get("PurchaseOrderNumber") or "")
        return [row for row in self.numbered(number) if same_key(row, natural_key)] if number else []

    def numbered(self, number: str) -> list[Record]:
        """The order with a number: Xero never gives one out twice."""
        if _IN_PATH.fullmatch(number):
            found = self.api.one(PATH, number)
            return [self.shape.document(found)] if found else []
        return [row for page in self.read(Window()) for row in page.rows if row.get("PurchaseOrderNumber") == number]

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Up to 50 orders. A billed or deleted one is never edited (ACC-12)."""
        return self.writes.write(sent, key)

    def is_gone(self, order: Record) -> bool:
        """Whether an order was deleted."""
        return order.get("Status") in GONE

    def is_billed(self, order: Record) -> bool:
        """Whether an order is billed."""
        return order.get("Status") == "BILLED"

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
        """What a change's own order takes over from the order; day and status may be given with the change."""
        own = {name: order[name] for name in _COPIED if order.get(name)}
        given = {name: one.document[name] for name in ("Date", "Status") if one.document.get(name)}
        return {**own, **given, "Contact": {"ContactID": order["Contact"]["ContactID"]}}

    def undo(self, one: Write, made: Record) -> Write | None:
        """The write that takes a new order back."""
        return self.writes.undo(one, made)

    def refused_as_locked(self, one: Write, order: Record, reason: str) -> WriteResult:
        """The result of a write to an order that may not be edited."""
        return self.writes.refused_as_locked(one, order, reason)

    def send(self, prepared: Sequence[Write], key: str, undo: Undo) -> dict[str, WriteResult]:
        """Sends whole orders."""
        return self.writes.send(prepared, key, undo)


def locked_order(order: Record) -> str:
    """Why an order may no longer be edited, or nothing."""
    return {"BILLED": "is billed already", "DELETED": "was deleted there"}.get(order.get("Status") or "", "")


def _dated(window: Window) -> dict[str, str]:
    if window.dated is None:
        return {}
    first, end = window.dated
    return {"DateFrom": first.isoformat(), "DateTo": (end - timedelta(days=1)).isoformat()}


def _id(record: Record) -> str:
    return str(record[ID])
