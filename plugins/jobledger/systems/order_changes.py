"""Change orders inside purchase orders: lines that one of them brought, told by "CO 002 – " in front (XER-133..140).

They have no record of their own in the books. Here they have the id `<order>/<number>`, and are added to, replaced in,
and taken out of the order by the one composer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from jobledger.systems.base import Page, Record, Window, Write, WriteResult
from jobledger.systems.compare import plain
from jobledger.systems.composer import change_number, composed, headed, place_of_change
from jobledger.systems.results import after_others, conflict, unknown

Undo = Callable[[Write, Record], Write | None]
"""The write that takes back what a write made (the record as the vendor echoed it), if that can be."""


OWN_ORDER = "OwnOrder"
"""The field of a change's document that says whether it joins its order or has one of its own."""


@dataclass(frozen=True)
class OrderFields:
    """What a vendor calls the parts of a purchase order.

    A change shows the fields of `head` beside its own. `content` is what a line says, however its numbers are written.
    """

    title: str
    id: str
    number: str
    lines: str
    line_id: str
    updated: str
    head: tuple[str, ...]
    content: Callable[[Record], tuple[Any, ...]]


class Orders(Protocol):
    """The purchase orders of a vendor: how they are read and written, and what may become of one."""

    fields: OrderFields

    def read(self, window: Window) -> Iterator[Page]:
        """All orders, or those changed since."""
        ...

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Orders by id."""
        ...

    def numbered(self, number: str) -> list[Record]:
        """The orders with a number."""
        ...

    def is_gone(self, order: Record) -> bool:
        """Whether an order was deleted or voided."""
        ...

    def is_billed(self, order: Record) -> bool:
        """Whether an order is billed, so that it takes no more lines."""
        ...

    def locked(self, order: Record) -> str:
        """Why an order may not be edited, or nothing."""
        ...

    def changed(self, one: Write, order: Record, lines: list[Record]) -> Write:
        """The write that gives an order other lines and leaves all else."""
        ...

    def ended(self, one: Write, order: Record) -> Write:
        """The write that takes an order away."""
        ...

    def copied(self, order: Record, one: Write) -> Record:
        """What a change's own order takes over from the order."""
        ...

    def undo(self, one: Write, made: Record) -> Write | None:
        """The write that takes a new order back."""
        ...

    def refused_as_locked(self, one: Write, order: Record, reason: str) -> WriteResult:
        """The result of a write to an order that may not be edited."""
        ...

    def send(self, prepared: Sequence[Write], key: str, undo: Undo) -> dict[str, WriteResult]:
        """Sends what was prepared; the results by key."""
        ...


class OrderChanges:
    """The change orders of all orders. An order is written once per request, so several of its changes take turns."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.fields = orders.fields

    def read(self, window: Window) -> Iterator[Page]:
        """The change orders of all orders, or of those changed since."""
        for page in self.orders.read(window):
            documents = (*(row[self.fields.id] for row in page.rows), *page.gone)
            yield Page([one for row in page.rows for one in self.changes_of(row)], page.read_at, documents=documents)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Change orders by `<order>/<number>`; an order's id alone asks for all of its change orders."""
        wanted = set(ids)
        orders = self.orders.fetch([one.partition("/")[0] for one in ids])
        return [one for row in orders for one in self.changes_of(row) if wanted & {one["id"], one[self.fields.id]}]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """The change order of an order and a number, also where it has an order of its own."""
        order_id, number = natural_key.get(self.fields.id), str(natural_key.get("Number") or "")
        order = next(iter(self.orders.fetch([str(order_id)])), None) if order_id and number else None
        if order is None:
            return []
        candidates = [order, *self.orders.numbered(self._own_number(order, number))]
        return [one for row in candidates for one in self.changes_of(row) if plain(one["Number"]) == plain(number)]

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Some change orders: one look at their orders, then one request for the first change of each order, …"""
        known: dict[str, Record | None] = {
            order[self.fields.id]: order for order in self.orders.fetch([self._order_of(one) for one in sent])
        }
        results: dict[str, WriteResult] = {}
        for turn, now in enumerate(self._turns(sent)):
            own_key = f"{key}.{turn}" if turn else key
            done = after_others(results, now, partial(self._turn, now, known, own_key))
            results |= {result.key: result for result in done}
        return [results[one.key] for one in sent]

    def changes_of(self, order: Record) -> list[Record]:
        """The change orders in an order, each with its own lines and the head of the order."""
        names = self.fields
        groups: dict[str, list[Record]] = {}
        for line in order[names.lines]:
            if number := change_number(line):
                groups.setdefault(number, []).append(line)
        head = {name: order.get(name) for name in names.head}
        return [
            {**head, "id": f"{order[names.id]}/{number}", "Number": number, names.lines: lines}
            for number, lines in groups.items()
        ]

    def _turn(self, now: Sequence[Write], known: dict[str, Record | None], key: str) -> list[WriteResult]:
        """One change of each order. `known` learns what the orders are like afterwards: None if that is not known."""
        asked = {one.key: one for one in now}
        ready = {one.key: self._prepared(one, known) for one in now}
        to_send = [one for one in ready.values() if isinstance(one, Write)]
        sent = self.orders.send(to_send, key, lambda one, made: self._undo(asked[one.key], one, made))
        for one in to_send:
            result = sent[one.key]
            if one.action == "update" and (result.record or result.status == "unknown"):
                known[str(one.target_id)] = result.record
        results = {**{one.key: one for one in ready.values() if isinstance(one, WriteResult)}, **sent}
        return [self._of_change(one, results[one.key]) for one in now]

    def _undo(self, asked: Write, sent: Write, made: Record) -> Write | None:
        """What takes the lines of a new change order out of the order again."""
        if sent.action == "create" or asked.action != "create":
            return self.orders.undo(sent, made)
        names, number = self.fields, self._number_of(asked)
        added = {line[names.line_id] for line in made[names.lines] if change_number(line) == number}
        return self._update(asked, made, self._composed(made, added, (), 0))

    def _prepared(self, one: Write, known: Mapping[str, Record | None]) -> Write | WriteResult:
        """What is sent for a change order: its order with all lines, or its result where nothing is to be sent."""
        order, names = known.get(self._order_of(one)), self.fields
        if order is None and self._order_of(one) in known:
            return unknown(one, "An earlier change of the same purchase order had no answer; this one was not sent.")
        if order is None:
            remedy = "Take the commitment's link away, or link it to another order."
            return conflict(one, f"The purchase order is no longer in {names.title}.", remedy)
        number = self._number_of(one)
        lines = [headed(number, line) for line in one.document.get(names.lines) or ()]
        held = [line for line in order[names.lines] if change_number(line) == number]
        ours = {line[names.line_id] for line in order[names.lines]} & set(one.replaces)
        ours = ours or {line[names.line_id] for line in held}
        if one.action == "create" and held:
            return self._already_there(one, order, lines, held)
        if one.action == "remove" and (not ours or self.orders.is_gone(order)):
            return WriteResult(one.key, "done", target_id=one.target_id, version=order[names.updated])
        if one.action == "create" and one.document.get(OWN_ORDER) == "own_order":
            return self._own(one, order, lines)
        if reason := self.orders.locked(order):
            return self._on_locked(one, order, lines, reason)
        if one.action == "remove":
            return self._taken_out(one, order, number, ours)
        return self._update(one, order, self._composed(order, ours, lines, place_of_change(order[names.lines], number)))

    def _composed(self, order: Record, replaced: set[str], lines: Sequence[Record], place: int) -> list[Record]:
        return composed(order[self.fields.lines], replaced, lines, place, self.fields.line_id)

    def _update(self, one: Write, order: Record, lines: list[Record]) -> Write:
        """The order with other lines; of its own fields the change order touches none."""
        return self.orders.changed(replace(one, document={}), order, lines)

    def _taken_out(self, one: Write, order: Record, number: str, ours: set[str]) -> Write | WriteResult:
        left = self._composed(order, ours, (), 0)
        if left:
            return self._update(one, order, left)
        own_number = str(order[self.fields.number])
        if own_number.endswith(_suffix(number)):
            return self.orders.ended(one, order)
        message = f"Without CO {number} the purchase order {own_number} would have no line left."
        return conflict(one, message, f"Delete the order in {self.fields.title}, or the commitment in Procore.")

    def _on_locked(self, one: Write, order: Record, lines: list[Record], reason: str) -> Write | WriteResult:
        """A change of an order that may not be edited: refused, or an order of its own (ACC-12)."""
        wanted = one.action == "create" and one.document.get("OnBilledOrder") == "new_order"
        if not self.orders.is_billed(order) or not wanted:
            return self.orders.refused_as_locked(one, order, reason)
        return self._own(one, order, lines)

    def _own(self, one: Write, order: Record, lines: list[Record]) -> Write:
        """An order of the change order's own."""
        number = self._own_number(order, self._number_of(one))
        head = self.orders.copied(order, one)
        return replace(one, document={**head, self.fields.number: number, self.fields.lines: lines})

    def _already_there(self, one: Write, order: Record, lines: list[Record], held: list[Record]) -> WriteResult:
        """Lines of a change order that the order has already: ours of an unanswered write, or somebody else's."""
        names = self.fields
        if [names.content(line) for line in lines] == [names.content(line) for line in held]:
            result = WriteResult(one.key, "done", target_id=order[names.id], version=order[names.updated], record=order)
            return replace(result, message="The order had these lines already; nothing was sent.")
        message = f"The purchase order {order[names.number]} has other lines of CO {self._number_of(one)} already."
        remedy = f"Take those lines out of the order in {names.title}, or link the change order to them."
        return conflict(one, message, remedy)

    def _own_number(self, order: Record, number: str) -> str:
        return own_order_number(str(order[self.fields.number]), number)

    def _turns(self, sent: Sequence[Write]) -> list[list[Write]]:
        """Writes in groups in which each order is named once."""
        turns: list[list[Write]] = []
        counts: Counter[str] = Counter()
        for one in sent:
            place = counts[self._order_of(one)]
            counts[self._order_of(one)] += 1
            turns += [[]] if place == len(turns) else []
            turns[place].append(one)
        return turns

    def _order_of(self, one: Write) -> str:
        """The order that a write is about: that of its target or, for a new change, the one that the document names."""
        if one.action == "create":
            return str(one.document.get(self.fields.id) or "")
        return (one.target_id or "").partition("/")[0]

    def _number_of(self, one: Write) -> str:
        return str(one.document.get("Number") or (one.target_id or "").partition("/")[2])

    def _of_change(self, one: Write, result: WriteResult) -> WriteResult:
        """A result that speaks of the order, as one that speaks of the change order in it."""
        if result.record is None:
            return replace(result, target_id=result.target_id and one.target_id)
        number = self._number_of(one)
        change = next((row for row in self.changes_of(result.record) if row["Number"] == number), None)
        if change is None:
            return replace(result, target_id=one.target_id, record=None)
        return replace(result, target_id=change["id"], record=change)


def own_order_number(order_number: str, number: str) -> str:
    """The number of a change order's own order.

    >>> own_order_number("SC-014", "002")
    'SC-014-CO2'
    """
    return f"{order_number}{_suffix(number)}"


def _suffix(number: str) -> str:
    return f"-CO{number.lstrip('0') or number}"
