"""Writing documents: whole, every line with its id, and what QuickBooks made of them compared to the cent.

Before a document is changed it is read: what may not be edited is left alone, and lines that are not ours are sent
back as they are, because QuickBooks takes away every line that is not named. A new document that it took differently
(a project or class dropped, another total) is deleted again (ACC-26).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jobledger.errors import FixTheSetup, RetryLater
from jobledger.systems.base import Card, Record, Write, WriteResult
from jobledger.systems.composer import composed, place_of_schedule
from jobledger.systems.order_changes import Undo
from jobledger.systems.quickbooks_online.api import Api
from jobledger.systems.quickbooks_online.documents import MARK, NOTE, Shape, as_credit, turned, wire, with_mark
from jobledger.systems.quickbooks_online.echo import EXPECTED, Flaw, flaw_of, unlinked
from jobledger.systems.quickbooks_online.refusals import TITLE
from jobledger.systems.quickbooks_online.writes import Echo, Item, Operation, send
from jobledger.systems.results import conflict

LINE = "Id"
"""The field with a line's id."""


@dataclass(frozen=True)
class Sort:
    """One sort of document: QuickBooks' entity, what always goes with it, and when it may no longer be edited.

    `party` is the reference that each write must hold, `way_out` what a person may do about a locked one. `sold`: its
    lines are sales lines. `note` is the field at whose end our mark stands. `options` go with each write that leaves
    something behind. `is_credit`: in our form its amounts have the other sign.
    """

    entity: str
    label: str
    party: str
    card: Callable[[Record], Card]
    locked: Callable[[Record], str]
    way_out: str
    always: Mapping[str, Any]
    sold: bool = False
    note: str = NOTE
    options: str = ""
    is_credit: bool = False


@dataclass(frozen=True)
class DocumentWrites:
    """Writes documents of one sort; `fetch` reads them by id, in our form."""

    api: Api
    sort: Sort
    shape: Shape
    fetch: Callable[[Sequence[str]], list[Record]]

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Up to thirty documents in one batch, after one look at those that exist."""
        ids = [one.target_id for one in sent if one.target_id and one.action != "create"]
        known = {record["id"]: record for record in self.fetch(ids)} if ids else {}
        prepared = [self._prepared(one, known.get(one.target_id or "")) for one in sent]
        results = {one.key: one for one in prepared if isinstance(one, WriteResult)}
        results |= self.send([one for one in prepared if isinstance(one, Write)], key)
        return [results[one.key] for one in sent]

    def send(self, prepared: Sequence[Write], key: str, undo: Undo | None = None) -> dict[str, WriteResult]:
        """Sends whole documents as they are; what QuickBooks took differently is taken back where `undo` says how."""
        results = self._sent(prepared, key)
        taken = [(one, record) for one in prepared if (record := results[one.key].record)]
        spoilt = {one.key: flaw for one, record in taken if (flaw := flaw_of(one.document, record))}
        undos = [(undo or self.undo)(one, record) for one, record in taken if one.key in spoilt]
        removed = self._taken_back([one for one in undos if one], key)
        for one, _ in taken:
            flaw, result = spoilt.get(one.key), results[one.key]
            results[one.key] = _told(result, flaw, removed.get(one.key)) if flaw else _linked(one, result)
        return results

    def changed(self, one: Write, base: Record, lines: list[Record] | None) -> Write:
        """An update of a document that was read: who it is with, and all its lines."""
        head = {**_named(base), "sparse": True, self.sort.party: base[self.sort.party]}
        name, note = self.sort.note, one.document.get(self.sort.note)
        noted = {} if note is None else {name: with_mark(note, base[MARK]) if base[MARK] else note}
        document = {**head, **one.document, **noted, **({} if lines is None else {"Line": lines})}
        return replace(one, action="update", document=document, target_id=base["id"])

    def ended(self, one: Write, base: Record) -> Write:
        """What deletes a document."""
        return replace(one, action="remove", document=_named(base), target_id=base["id"])

    def undo(self, one: Write, made: Record) -> Write | None:
        """What deletes a new document; nothing for one that was there before."""
        return Write(one.key, "remove", _named(made), made["id"]) if one.action == "create" else None

    def refused_as_locked(self, one: Write, base: Record, reason: str) -> WriteResult:
        """The result of a write to a document that may no longer be edited."""
        message = f"The {self.sort.label} {base.get('DocNumber') or ''} was left as it is: it {reason}."
        return conflict(one, message, f"Settle the difference in {TITLE} by hand, or {self.sort.way_out}.")

    def _prepared(self, one: Write, base: Record | None) -> Write | WriteResult:
        """What is sent for a write, or its result where nothing is to be sent."""
        if one.action == "create":
            name = self.sort.note
            note = {name: with_mark(one.document.get(name), one.mark)} if one.mark else {}
            return replace(one, document={**self.sort.always, **one.document, **note})
        if base is None and one.action == "remove":
            return WriteResult(one.key, "done", target_id=one.target_id)
        if base is None:
            return conflict(
                one, f"The {self.sort.label} is no longer in {TITLE}.", "Take the link away to send it anew."
            )
        if one.action == "mark":
            return self._marked(one, base)
        if reason := self.sort.locked(base):
            return self.refused_as_locked(one, base, reason)
        if one.action == "remove":
            return self.ended(one, base)
        lines = one.document.get("Line")
        if lines is None:
            return self.changed(one, base, base.get("Line"))
        place = place_of_schedule(base["Line"])
        return self.changed(one, base, composed(base["Line"], one.replaces, lines, place, LINE))

    def _marked(self, one: Write, base: Record) -> Write | WriteResult:
        if base[MARK] and base[MARK] != one.mark:
            message = f"The {self.sort.label} carries the mark {base[MARK]} of another record; it was left as it is."
            return conflict(one, message, f"Clear it in the memo in {TITLE}, or link the record that it names.")
        note = with_mark(base[self.sort.note], one.mark or "")
        return self.changed(replace(one, document={self.sort.note: note}), {**base, MARK: None}, base.get("Line"))

    def _sent(self, prepared: Sequence[Write], key: str) -> dict[str, WriteResult]:
        items = [self._item(one) for one in prepared]
        sent = send(self.api, items, key, Echo(self._echoed, self.sort.card)) if items else []
        return {result.key: result for result in sent}

    def _echoed(self, entity: str, record: Record) -> Record:
        shaped = self.shape.document(record, self.sort.note)
        return as_credit(shaped) if self.sort.is_credit else shaped

    def _item(self, one: Write) -> Item:
        document = _without_expected(one.document)
        body = wire(turned(document) if self.sort.is_credit else document, self.sort.sold)
        options = "" if one.action == "remove" else self.sort.options
        return Item(one, self.sort.entity, _OPERATIONS[one.action], body, options=options)

    def _taken_back(self, undos: Sequence[Write], key: str) -> dict[str, bool]:
        """Takes back what was made wrongly, in one request; whether that succeeded, by key."""
        try:
            done = self._sent(undos, f"{key}.x")
        except (RetryLater, FixTheSetup):
            return {one.key: False for one in undos}
        return {one.key: done[one.key].status == "done" for one in undos}


_OPERATIONS: Mapping[str, Operation] = {"create": "create", "update": "update", "remove": "delete"}
_AFTERWARDS = {
    True: f"It was taken back: nothing of it is left in {TITLE}.",
    False: f"It could not be taken back: do that in {TITLE}.",
    None: f"It stays as {TITLE} has it now.",
}


def _told(result: WriteResult, flaw: Flaw, removed: bool | None) -> WriteResult:
    """A refusal in words: `removed` says whether what is new was taken back (None: it is not new)."""
    message = f"{flaw.message} {_AFTERWARDS[removed]}"
    refused = WriteResult(result.key, "refused", flaw.outcome, message=message, remedy=flaw.remedy)
    if removed:
        return refused
    return replace(refused, target_id=result.target_id, version=result.version, record=result.record)


def _without_expected(document: Record) -> Record:
    return {name: value for name, value in document.items() if name not in EXPECTED}


def _linked(one: Write, result: WriteResult) -> WriteResult:
    """A result that tells which links QuickBooks dropped; the document stands without them."""
    dropped = unlinked(one.document, result.record or {})
    if not dropped:
        return result
    told = f"{TITLE} did not link it with the purchase order {', '.join(dropped)}: do that there, if it is open."
    return replace(result, message=" ".join(filter(None, (result.message, told))))


def _named(record: Record) -> Record:
    return {"Id": record["Id"], "SyncToken": record["SyncToken"]}
