"""Payments issued on commitments. Procore has no list of them all: they are nested in the lists of commitments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

from jobledger.systems.base import Card, Page, Record, StepDone, Write, WriteResult
from jobledger.systems.client import Call
from jobledger.systems.compare import same_key
from jobledger.systems.procore.contracts import PATHS
from jobledger.systems.procore.documents import LARGE_ROWS, Asked, ProjectDocuments
from jobledger.systems.procore.locks import (
    WAS_LOCKED,
    as_marked,
    cannot_unlock,
    closing,
    foreign,
    is_foreign,
    not_there,
    opening,
)
from jobledger.systems.procore.sending import Sending, shown
from jobledger.systems.procore.values import dec, same, with_numbers

_LABEL = "payment"
_PATH = "rest/v1.0/contract_payments"
_SHOWN = ("check_number", "payment_number", "notes", "origin_id")
_PLACE = ("project_id", "contract_id")


def payment(row: Record, place: Mapping[str, Any]) -> Record:
    """A payment under the names of mapping files; `amount` in the commitment's currency, to the cent."""
    named = ("id", "date", "invoice_number", "requisition_id", *_SHOWN)
    kept = {name: row.get(name) for name in named}
    return {**kept, **place, "amount": dec(row.get("amount")), **as_marked(row)}


class Payments(ProjectDocuments):
    """Reads payments, and writes them with our origin_id last, which locks them (PRC-API-35)."""

    by_change = False

    def pages(self, project: Record, asked: Asked) -> Iterator[Page]:
        """Two lists of commitments, which hold their payments. They are always read whole."""
        params = {"project_id": project["id"], "sort": "id", "view": "extended", "per_page": LARGE_ROWS}
        for path in PATHS.values():
            for page in self.api.whole(path, params):
                yield Page([one for contract in page.rows for one in _issued(project, contract)], page.read_at)

    def _some(self, project: Record, ids: Sequence[str]) -> list[Record]:
        return [row for page in self.pages(project, Asked()) for row in page.rows if str(row["id"]) in set(ids)]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """Payments with our mark or the natural key; with `project_id` and `contract_id`, among one commitment's."""
        place = with_numbers({name: natural_key.get(name) for name in _PLACE})
        if not (mark or natural_key) or not all(place.values()):
            return super().find(mark, natural_key)
        rows = [payment(row, place) for row in self.api.rows("v1.0/contract_payments", place)]
        return [row for row in rows if (row["origin_data"] == mark if mark else same_key(row, natural_key))]

    def write(self, writes: Sequence[Write], note: StepDone) -> list[WriteResult]:
        """Creates, changes and removes payments, one after the other. Raises as `System.write`."""
        sending = Sending(self.api)
        numbered = (replace(one, document=with_numbers(one.document)) for one in writes)
        groups = (sending.guarded([one], partial(self._write, one, sending, note)) for one in numbered)
        return [result for group in groups for result in group]

    def _write(self, write: Write, sending: Sending, note: StepDone) -> list[WriteResult]:
        place = self._place(write)
        if place is None:
            return [self._gone(write)]
        one = _One(write, place, sending, note)
        if write.target_id is None:
            return [one.create()]
        present = shown(self.api.client.get(f"{_PATH}/{write.target_id}", place))
        if present is None:
            return [self._gone(write)]
        if is_foreign(present):
            return [foreign(write, present)]
        does = {"remove": one.remove, "create": one.finish}.get(write.action, one.bring)
        return [does(payment(present, place))]

    def _place(self, write: Write) -> Record | None:
        """Project and commitment of a payment: the document's, or looked for."""
        place = {name: write.document.get(name) for name in _PLACE}
        if all(place.values()) or write.target_id is None:
            return place
        found = self.fetch([write.target_id])
        return {name: found[0][name] for name in _PLACE} if found else None

    def _gone(self, write: Write) -> WriteResult:
        if write.action == "remove":
            return WriteResult(write.key, "done", target_id=write.target_id)
        return not_there(write, _LABEL)


class _One:
    """The requests of one payment."""

    def __init__(self, write: Write, place: Record, sending: Sending, note: StepDone) -> None:
        self.write, self.place, self.sending, self.note = write, place, sending, note
        kept = (*_PLACE, "origin_id", "origin_data")
        self.fields = {name: value for name, value in write.document.items() if name not in kept}

    def create(self) -> WriteResult:
        """Makes the payment with our mark, then finishes it."""
        fields = {**self.fields, **({"origin_data": self.write.mark} if self.write.mark else {})}
        made = self._send("POST", "", fields)
        if made.status != "done" or made.record is None:
            return made
        self.write = replace(self.write, target_id=made.target_id)
        self.note(self.write.key, "created", str(made.target_id))
        return self.finish(made.record)

    def finish(self, present: Record) -> WriteResult:
        """Locks a payment that was made; one that cannot be locked is taken away again: no money counts twice."""
        brought = self.bring(present)
        is_half_made = brought.status == "refused" and not present["origin_id"]
        if is_half_made and self._send("DELETE", f"/{present['id']}", {}).status == "done":
            return replace(brought, target_id=None)
        return brought

    def bring(self, present: Record) -> WriteResult:
        """Sends what a payment lacks or has otherwise; nothing that it has already."""
        shown_there = {name: value for name, value in self.fields.items() if name in present}
        changes = {name: value for name, value in shown_there.items() if not same(present[name], value)}
        origin = self.write.document.get("origin_id") or present["origin_id"] or present[WAS_LOCKED]
        result = self._done(present)
        if changes and present["origin_id"]:
            result = self._patch(present, opening(present), "unlocked")
            if result.status != "done":
                wanted = dec(self.fields.get("amount", present["amount"]))
                return self._still_locked(result, (present["amount"], wanted))
        current = result.record or present
        if changes:
            result = self._patch(present, changes, "changed")
        if result.status == "unknown" or not origin or same(current["origin_id"], origin):
            return result
        locked = self._patch(present, closing(current, origin), "locked")
        return result if result.status == "refused" else locked

    def remove(self, present: Record) -> WriteResult:
        """Takes the lock and then the payment away."""
        if present["origin_id"]:
            unlocked = self._patch(present, opening(present), "unlocked")
            if unlocked.status != "done":
                return self._still_locked(unlocked, (present["amount"], None))
        removed = self._send("DELETE", f"/{present['id']}", {})
        if removed.status == "done":
            self.note(self.write.key, "removed", str(present["id"]))
        return removed

    def _still_locked(self, result: WriteResult, amounts: tuple[Decimal, Decimal | None]) -> WriteResult:
        is_refused = result.status == "refused"
        return cannot_unlock(self.write, _LABEL, amounts, result.message) if is_refused else result

    def _patch(self, present: Record, fields: Record, step: str) -> WriteResult:
        result = self._send("PATCH", f"/{present['id']}", fields)
        if result.status == "done":
            self.note(self.write.key, step, str(present["id"]))
        return result

    def _send(self, method: str, suffix: str, fields: Record) -> WriteResult:
        document = {**self.place, "contract_payment": fields} if fields else None
        params = self.place if document is None else {}
        call = Call(method, _PATH + suffix, params, document=document, repeatable=method != "POST")
        result = self.sending.one(call, self.write, self._card)
        return self._done(payment(result.record, self.place)) if result.status == "done" and result.record else result

    def _done(self, there: Record) -> WriteResult:
        return WriteResult(self.write.key, "done", target_id=str(there["id"]), record=there)

    def _card(self, row: Record) -> Card:
        return Card(id=str(row["id"]), name="")


def _issued(project: Record, contract: Record) -> list[Record]:
    place = {"project_id": project["id"], "contract_id": contract["id"]}
    return [payment(row, place) for row in contract.get("payments_issued") or []]
