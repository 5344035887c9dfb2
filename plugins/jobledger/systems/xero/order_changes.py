"""Change orders inside purchase orders: lines that one of them brought, told by "CO 002 – " in front (XER-133..140).

They have no record of their own in Xero. Here they have the id `<order>/<number>`, and are added to, replaced in, and
taken out of the order by the one composer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

from jobledger.systems.base import Page, Record, Window, Write, WriteResult
from jobledger.systems.compare import plain
from jobledger.systems.results import after_others, conflict, unknown
from jobledger.systems.xero.composer import change_number, composed, headed, place_of_change
from jobledger.systems.xero.document_cards import change_card
from jobledger.systems.xero.documents import GONE
from jobledger.systems.xero.orders import ID, PurchaseOrders, locked_order

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
_COPIED = ("Contact", "LineAmountTypes", "CurrencyCode", "CurrencyRate", "DeliveryInstructions", "Reference")


class PurchaseOrderChanges:
    """The change orders of all orders. An order is written once per request, so several of its changes take turns."""

    def __init__(self, orders: PurchaseOrders) -> None:
        self.orders = orders

    def read(self, window: Window) -> Iterator[Page]:
        """The change orders of all orders, or of those changed since."""
        for page in self.orders.read(window):
            documents = tuple(row[ID] for row in page.rows)
            yield Page([one for row in page.rows for one in changes_of(row)], page.read_at, documents=documents)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Change orders by `<order>/<number>`; an order's id alone asks for all of its change orders."""
        wanted = set(ids)
        orders = self.orders.fetch([one.partition("/")[0] for one in ids])
        return [one for row in orders for one in changes_of(row) if wanted & {one["id"], one[ID]}]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """The change order of an order and a number, also where it has an order of its own."""
        order_id, number = natural_key.get(ID), str(natural_key.get("Number") or "")
        order = next(iter(self.orders.fetch([str(order_id)])), None) if order_id and number else None
        if order is None:
            return []
        candidates = [order]
        if order.get("Status") == "BILLED":
            candidates += self.orders.numbered(own_order_number(order, number))
        return [one for row in candidates for one in changes_of(row) if plain(one["Number"]) == plain(number)]

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Up to 50 change orders: one look at their orders, then one request for the first change of each order, …"""
        known: dict[str, Record | None] = {
            order[ID]: order for order in self.orders.fetch([_order_of(one) for one in sent])
        }
        results: dict[str, WriteResult] = {}
        for turn, now in enumerate(_turns(sent)):
            own_key = f"{key}.{turn}" if turn else key
            done = after_others(results, now, partial(self._turn, now, known, own_key))
            results |= {result.key: result for result in done}
        return [results[one.key] for one in sent]

    def _turn(self, now: Sequence[Write], known: dict[str, Record | None], key: str) -> list[WriteResult]:
        """One change of each order. `known` learns what the orders are like afterwards: None if that is not known."""
        asked = {one.key: one for one in now}
        ready = {one.key: self._prepared(one, known) for one in now}
        to_send = [one for one in ready.values() if isinstance(one, Write)]
        sent = self.orders.writes.send(to_send, key, lambda one, made: self._undo(asked[one.key], one, made))
        for one in to_send:
            result = sent[one.key]
            if one.action == "update" and (result.record or result.status == "unknown"):
                known[str(one.target_id)] = result.record
        results = {**{one.key: one for one in ready.values() if isinstance(one, WriteResult)}, **sent}
        return [_of_change(one, results[one.key]) for one in now]

    def _undo(self, asked: Write, sent: Write, made: Record) -> Write | None:
        """What takes the lines of a new change order out of the order again."""
        if sent.action == "create" or asked.action != "create":
            return self.orders.writes.undo(sent, made)
        added = {line["LineItemID"] for line in made["LineItems"] if change_number(line) == _number_of(asked)}
        return self._update(asked, made, composed(made["LineItems"], added, (), 0))

    def _prepared(self, one: Write, known: Mapping[str, Record | None]) -> Write | WriteResult:
        """What is sent for a change order: its order with all lines, or its result where nothing is to be sent."""
        order = known.get(_order_of(one))
        if order is None and _order_of(one) in known:
            return unknown(one, "An earlier change of the same purchase order had no answer; this one was not sent.")
        if order is None:
            remedy = "Take the commitment's link away, or link it to another order."
            return conflict(one, "The purchase order is no longer in Xero.", remedy)
        number = _number_of(one)
        lines = [headed(number, line) for line in one.document.get("LineItems") or ()]
        held = [line for line in order["LineItems"] if change_number(line) == number]
        ours = {line["LineItemID"] for line in order["LineItems"]} & set(one.replaces)
        ours = ours or {line["LineItemID"] for line in held}
        if one.action == "create" and held:
            return self._already_there(one, order, lines, held)
        if one.action == "remove" and (not ours or order["Status"] in GONE):
            return WriteResult(one.key, "done", target_id=one.target_id, version=order["UpdatedDateUTC"])
        if reason := locked_order(order):
            return self._on_locked(one, order, lines, reason)
        if one.action == "remove":
            return self._taken_out(one, order, number, ours)
        place = place_of_change(order["LineItems"], number)
        return self._update(one, order, composed(order["LineItems"], ours, lines, place))

    def _update(self, one: Write, order: Record, lines: list[Record]) -> Write:
        """The order with other lines; of its own fields the change order touches none."""
        return self.orders.writes.changed(replace(one, document={}), order, lines)

    def _taken_out(self, one: Write, order: Record, number: str, ours: set[str]) -> Write | WriteResult:
        left = composed(order["LineItems"], ours, (), 0)
        if left:
            return self._update(one, order, left)
        if str(order["PurchaseOrderNumber"]).endswith(_suffix(number)):
            return replace(one, action="update", document={"Status": "DELETED"}, target_id=order[ID])
        message = f"Without CO {number} the purchase order {order['PurchaseOrderNumber']} would have no line left."
        return conflict(one, message, "Delete the order in Xero, or the commitment in Procore.")

    def _on_locked(self, one: Write, order: Record, lines: list[Record], reason: str) -> Write | WriteResult:
        """A change of an order that may not be edited: refused, or an order of its own (ACC-12)."""
        wanted = one.action == "create" and one.document.get("OnBilledOrder") == "new_order"
        if order.get("Status") != "BILLED" or not wanted:
            return self.orders.writes.refused_as_locked(one, order, reason)
        own = {name: order[name] for name in _COPIED if order.get(name)}
        number = own_order_number(order, _number_of(one))
        given = {name: one.document[name] for name in ("Date", "Status") if one.document.get(name)}
        document = {**own, "Date": order["Date"], **given, "PurchaseOrderNumber": number, "LineItems": lines}
        return replace(one, document={**document, "Contact": {"ContactID": order["Contact"]["ContactID"]}})

    def _already_there(self, one: Write, order: Record, lines: list[Record], held: list[Record]) -> WriteResult:
        """Lines of a change order that the order has already: ours of an unanswered write, or somebody else's."""
        if [_content(line) for line in lines] == [_content(line) for line in held]:
            result = WriteResult(one.key, "done", target_id=order[ID], version=order["UpdatedDateUTC"], record=order)
            return replace(result, message="The order had these lines already; nothing was sent.")
        message = f"The purchase order {order['PurchaseOrderNumber']} has other lines of CO {_number_of(one)} already."
        return conflict(one, message, "Take those lines out of the order in Xero, or link the change order to them.")


def changes_of(order: Record) -> list[Record]:
    """The change orders in an order, each with its own lines and the head of the order."""
    groups: dict[str, list[Record]] = {}
    for line in order["LineItems"]:
        if number := change_number(line):
            groups.setdefault(number, []).append(line)
    head = {name: order.get(name) for name in _HEAD}
    return [
        {**head, "id": f"{order[ID]}/{number}", "Number": number, "LineItems": lines}
        for number, lines in groups.items()
    ]


def own_order_number(order: Record, number: str) -> str:
    """The number of a change order's own order.

    >>> own_order_number({"PurchaseOrderNumber": "SC-014"}, "002")
    'SC-014-CO2'
    """
    return f"{order['PurchaseOrderNumber']}{_suffix(number)}"


def _suffix(number: str) -> str:
    return f"-CO{number.lstrip('0') or number}"


def _turns(sent: Sequence[Write]) -> list[list[Write]]:
    """Writes in groups in which each order is named once."""
    turns: list[list[Write]] = []
    counts: Counter[str] = Counter()
    for one in sent:
        place = counts[_order_of(one)]
        counts[_order_of(one)] += 1
        turns += [[]] if place == len(turns) else []
        turns[place].append(one)
    return turns


def _order_of(one: Write) -> str:
    """The order that a write is about: the one of its target or, for a new change, the one that the document names."""
    if one.action == "create":
        return str(one.document.get(ID) or "")
    return (one.target_id or "").partition("/")[0]


def _number_of(one: Write) -> str:
    return str(one.document.get("Number") or (one.target_id or "").partition("/")[2])


def _of_change(one: Write, result: WriteResult) -> WriteResult:
    """A result that speaks of the order, as one that speaks of the change order in it."""
    if result.record is None:
        return replace(result, target_id=result.target_id and one.target_id)
    change = next((row for row in changes_of(result.record) if row["Number"] == _number_of(one)), None)
    if change is None:
        return replace(result, target_id=one.target_id, record=None)
    return replace(result, target_id=change_card(change).id, record=change)


def _content(line: Record) -> tuple[Any, ...]:
    """What a line says, however its numbers are written."""
    texts = [plain(line.get(name)) for name in ("Description", "ItemCode")]
    tracking = {entry.get("TrackingOptionID") for entry in line.get("Tracking") or ()}
    return (*texts, Decimal(str(line.get("Quantity", 1))), Decimal(str(line.get("UnitAmount") or 0)), tracking)
