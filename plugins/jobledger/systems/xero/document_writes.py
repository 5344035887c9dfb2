"""Writing orders and bills: whole documents, every line with its id, and what Xero made of them compared to the cent.

Before a document is changed it is read: what may not be edited is left alone, and lines that are not ours are sent
back as they are. A new document that Xero took differently (tracking dropped, another tax) is taken back (ACC-26).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from jobledger.errors import FixTheSetup, RetryLater
from jobledger.systems.base import Record, Write, WriteResult
from jobledger.systems.composer import composed, place_of_schedule
from jobledger.systems.order_changes import Undo
from jobledger.systems.results import conflict
from jobledger.systems.xero import writes
from jobledger.systems.xero.api import Api
from jobledger.systems.xero.documents import GONE, LINE, money, net, sendable
from jobledger.systems.xero.echo import EXPECTED, Flaw, flaw_of
from jobledger.systems.xero.marks import mark_in, with_mark, without_mark

_RANK = ("DRAFT", "SUBMITTED", "AUTHORISED", "BILLED")
_DRAFTS = frozenset({"DRAFT", "SUBMITTED"})


@dataclass(frozen=True)
class Sort:
    """One sort of document: how it is written, what always goes with it, and when it may no longer be edited.

    `locked` says why a document that was read may not be edited, or nothing. `posted_end` is the status that takes
    away a document beyond draft. `label` is what messages call it, `way_out` what a person may do about a locked one.
    """

    kind: writes.Kind
    label: str
    locked: Callable[[Record], str]
    posted_end: str
    always: Mapping[str, str]
    has_mark: bool
    way_out: str

    def end_of(self, status: str | None) -> str:
        """The status that takes a document away."""
        return "DELETED" if status in _DRAFTS else self.posted_end


@dataclass(frozen=True)
class DocumentWrites:
    """Writes documents of one sort; `fetch` reads them by id, in our form."""

    api: Api
    sort: Sort
    fetch: Callable[[Sequence[str]], list[Record]]

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Up to 50 documents in one request, after one look at those that exist."""
        ids = [one.target_id for one in sent if one.target_id and one.action != "create"]
        known = {record[self.sort.kind.id_field]: record for record in self.fetch(ids)} if ids else {}
        prepared = [self._prepared(one, known.get(one.target_id or "")) for one in sent]
        results = {one.key: one for one in prepared if isinstance(one, WriteResult)}
        results |= self.send([one for one in prepared if isinstance(one, Write)], key)
        return [results[one.key] for one in sent]

    def send(self, prepared: Sequence[Write], key: str, undo: Undo | None = None) -> dict[str, WriteResult]:
        """Sends whole documents as they are; what Xero took differently is taken back where `undo` says how."""
        bodies = [replace(one, document=sendable(_without_expected(one.document))) for one in prepared]
        results = {one.key: one for one in writes.write(self.api, self.sort.kind, bodies, key)} if bodies else {}
        taken = [(one, record) for one in prepared if (record := results[one.key].record)]
        spoilt = {one.key: flaw for one, record in taken if (flaw := flaw_of(one.document, record))}
        undos = [(undo or self.undo)(one, record) for one, record in taken if one.key in spoilt]
        removed = self._taken_back([one for one in undos if one], key)
        for one, _ in taken:
            flaw, result = spoilt.get(one.key), results[one.key]
            results[one.key] = _told(result, flaw, removed.get(one.key)) if flaw else _done(result)
        return results

    def undo(self, one: Write, made: Record) -> Write | None:
        """What takes a new document away and frees its mark; nothing for one that was there before."""
        if one.action != "create":
            return None
        url = {"Url": without_mark(made.get("Url"))} if self.sort.has_mark else {}
        document = {**self.sort.always, **url, "Status": self.sort.end_of(made.get("Status"))}
        return Write(one.key, "update", document, made[self.sort.kind.id_field])

    def changed(self, one: Write, base: Record, lines: list[Record] | None) -> Write:
        """An update of a document that was read: its contact and all its lines, and never a step back in status."""
        status = one.document.get("Status")
        document = {
            **self.sort.always,
            **{name: base[name] for name in ("LineAmountTypes", "CurrencyCode", "CurrencyRate") if base.get(name)},
            **one.document,
            "Contact": {"ContactID": base["Contact"]["ContactID"], **(one.document.get("Contact") or {})},
            "LineItems": base["LineItems"] if lines is None else lines,
        }
        if status:
            document["Status"] = max(status, str(base.get("Status")), key=_rank)
        return replace(one, action="update", document=document, target_id=base[self.sort.kind.id_field])

    def _prepared(self, one: Write, base: Record | None) -> Write | WriteResult:
        """What is sent for a write, or its result where nothing is to be sent."""
        if one.action == "create":
            return self.created(one)
        if base is None:
            return conflict(one, f"The {self.sort.label} is no longer in Xero.", "Take the link away, or link another.")
        if one.action == "remove" and base.get("Status") in GONE:
            return WriteResult(one.key, "done", target_id=one.target_id, version=base["UpdatedDateUTC"], record=base)
        if reason := self.sort.locked(base):
            return self.refused_as_locked(one, base, reason)
        if one.action == "remove":
            return self.ended(one, base)
        if one.action == "mark":
            return self._marked(one, base)
        lines = one.document.get("LineItems")
        if lines is None:
            return self.changed(replace(one, document=_without_expected(one.document)), base, None)
        document = {**one.document, **_expected_with_others(one, base)}
        lines = composed(base["LineItems"], one.replaces, lines, place_of_schedule(base["LineItems"]), LINE)
        return self.changed(replace(one, document=document), base, lines)

    def created(self, one: Write) -> Write:
        """A new document, with our mark where there is room for one."""
        document = {**one.document, **self.sort.always}
        if one.mark and self.sort.has_mark:
            document["Url"] = with_mark(document.get("Url"), one.mark)
        return replace(one, document=document)

    def refused_as_locked(self, one: Write, base: Record, reason: str) -> WriteResult:
        """The result of a write to a document that may no longer be edited."""
        name = base.get("PurchaseOrderNumber") or base.get("InvoiceNumber") or ""
        message = f"The {self.sort.label} {name} was left as it is: it {reason}."
        way_out = "take the link away to send it anew" if base.get("Status") in GONE else self.sort.way_out
        return conflict(one, message, f"Settle the difference in Xero by hand, or {way_out}.")

    def ended(self, one: Write, base: Record) -> Write:
        """What takes a document away."""
        document = {**self.sort.always, "Status": self.sort.end_of(base.get("Status"))}
        return replace(one, action="update", document=document, target_id=base[self.sort.kind.id_field])

    def _marked(self, one: Write, base: Record) -> Write | WriteResult:
        url = base.get("Url")
        if not one.mark or not self.sort.has_mark:
            return conflict(one, f"A {self.sort.label} has no room for a mark.", "Nothing to do: it is linked anyway.")
        if url and not mark_in(url):
            message = f"The {self.sort.label} leads to {url}, which is another integration's; it was left as it is."
            return conflict(one, message, "Disconnect the other integration and clear the link in Xero.")
        return replace(one, action="update", document={**self.sort.always, "Url": with_mark(url, one.mark)})

    def _taken_back(self, undos: Sequence[Write], key: str) -> dict[str, bool]:
        """Takes back what was made wrongly, in one request; whether that succeeded, by key."""
        try:
            done = writes.write(self.api, self.sort.kind, undos, f"{key}.x") if undos else []
        except (RetryLater, FixTheSetup):
            return {one.key: False for one in undos}
        return {result.key: result.record is not None for result in done}


_AFTERWARDS = {
    True: "It was taken back: nothing of it is left in Xero.",
    False: "It could not be taken back: do that in Xero.",
    None: "It stays as Xero has it now.",
}


def _told(result: WriteResult, flaw: Flaw, removed: bool | None) -> WriteResult:
    """A refusal in words: `removed` says whether what is new was taken back (None: it is not new)."""
    message = f"{flaw.message} {_AFTERWARDS[removed]}"
    refused = WriteResult(result.key, "refused", flaw.outcome, message=message, remedy=flaw.remedy)
    if removed:
        return refused
    return replace(refused, target_id=result.target_id, version=result.version, record=result.record)


def _done(result: WriteResult) -> WriteResult:
    return WriteResult(result.key, "done", target_id=result.target_id, version=result.version, record=result.record)


def _expected_with_others(one: Write, base: Record) -> Record:
    """What Xero should reckon of a changed document: ours, and the lines in it that are not ours."""
    ours = {*one.replaces, *(line.get("LineItemID") for line in one.document["LineItems"])}
    others = [line for line in base["LineItems"] if line["LineItemID"] not in ours]
    sub_total = sum((net(base, line) for line in others), money(0))
    tax = sum((money(line.get("TaxAmount")) for line in others), money(0))
    added = {"SubTotal": sub_total, "TotalTax": tax, "Total": sub_total + tax}
    return {name: money(one.document[name]) + added[name] for name in EXPECTED if one.document.get(name) is not None}


def _without_expected(document: Record) -> Record:
    return {name: value for name, value in document.items() if name not in EXPECTED}


def _rank(status: str) -> int:
    return _RANK.index(status) if status in _RANK else -1
