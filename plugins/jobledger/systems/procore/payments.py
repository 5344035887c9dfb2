"""Payments issued on commitments. Procore has no list of them all: they are nested in the lists of commitments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from jobledger.systems.base import Card, Page, Record, StepDone, Write, WriteResult
from jobledger.systems.client import Call
from jobledger.systems.compare import same_key
from jobledger.systems.procore.contracts import PATHS
from jobledger.systems.procore.documents import LARGE_ROWS, Filters, ProjectDocuments
from jobledger.systems.procore.locks import cannot_unlock, foreign, is_foreign, not_there
from jobledger.systems.procore.sending import Sending, shown
from jobledger.systems.procore.values import dec, same

_LABEL = "payment"
_PATH = "rest/v1.0/contract_payments"
_SHOWN = ("check_number", "payment_number", "notes", "origin_id", "origin_data")
_PLACE = ("project_id", "contract_id")


def payment(row: Record, place: Mapping[str, Any]) -> Record:
    """A payment under the names of mapping files; `amount` in the commitment's currency, to the cent."""
    named = ("id", "date", "invoice_number", "requisition_id", *_SHOWN)
    return {**{name: row.get(name) for name in named}, **place, "amount": dec(row.get("amount"))}


class Payments(ProjectDocuments):
    """Reads payments, and writes them with our origin_id last, which locks them (PRC-API-35)."""

    by_change = False

    def pages(self, project: Record, filters: Filters) -> Iterator[Page]:
        """Two lists of commitments, which hold their payments. They are always read whole."""
        params = {"project_id": project["id"], "sort": "id", "view": "extended", "per_page": LARGE_ROWS}
        for path in PATHS.values():
            for page in self.api.whole(path, params):
                yield Page([one for contract in page.rows for one in _issued(project, contract)], page.read_at)

    def _some(self, project: Record, ids: Sequence[str]) -> list[Record]:
        return [row for page in self.pages(project, {}) for row in page.rows if str(row["id"]) in set(ids)]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """Payments with our mark or the natural key; with `project_id` and `contract_id`, among one commitment's."""
        place = {name: natural_key.get(name) for name in _PLACE}
        if not (mark or natural_key) or not all(place.values()):
            return super().find(mark, natural_key)
        rows = [payment(row, place) for row in self.api.rows("v1.0/contract_payments", place)]
        return [row for row in rows if (row["origin_data"] == mark if mark else same_key(row, natural_key))]

    def write(self, writes: Sequence[Write], note: StepDone) -> list[WriteResult]:
        """Creates, changes and removes payments, one after the other. Raises as `System.write`."""
        sending = Sending(self.api)
        groups = (sending.guarded([one], partial(self._write, one, sending, note)) for one in writes)
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
        return [one.remove(present) if write.action == "remove" else one.bring(present)]

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
        """Makes the payment with our mark, then locks it."""
        fields = {**self.fields, **({"origin_data": self.write.mark} if self.write.mark else {})}
        made = self._send("POST", "", fields)
        if made.status != "done" or made.record is None:
            return made
        self.write = replace(self.write, target_id=made.target_id)
        self.note(self.write.key, "created", str(made.target_id))
        return self.bring(made.record)

    def bring(self, present: Record) -> WriteResult:
        """Sends what a payment lacks or has otherwise; nothing that it has already."""
        shown_there = {name: value for name, value in self.fields.items() if name in present}
        changes = {name: value for name, value in shown_there.items() if not same(present[name], value)}
        origin = self.write.document.get("origin_id") or present.get("origin_id")
        result, current = self._kept(present), present
        if changes and present.get("origin_id"):
            unlocked = self._patch(present, {"origin_id": None}, "unlocked")
            if unlocked.status == "refused":
                wanted = dec(self.fields.get("amount", present.get("amount")))
                return cannot_unlock(self.write, _LABEL, (dec(present.get("amount")), wanted), unlocked.message)
            result, current = unlocked, {**present, "origin_id": None}
        if changes and result.status == "done":
            result = self._patch(present, changes, "changed")
        if result.status == "unknown" or not origin or same(current.get("origin_id"), origin):
            return result
        locked = self._patch(present, {"origin_id": origin}, "locked")
        return result if result.status == "refused" else locked

    def remove(self, present: Record) -> WriteResult:
        """Takes the lock and then the payment away."""
        if present.get("origin_id"):
            unlocked = self._patch(present, {"origin_id": None}, "unlocked")
            if unlocked.status == "refused":
                return cannot_unlock(self.write, _LABEL, (dec(present.get("amount")), None), unlocked.message)
            if unlocked.status == "unknown":
                return unlocked
        removed = self._send("DELETE", f"/{present['id']}", {})
        if removed.status == "done":
            self.note(self.write.key, "removed", str(present["id"]))
        return removed

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
        return self._kept(result.record) if result.status == "done" and result.record else result

    def _kept(self, row: Record) -> WriteResult:
        return WriteResult(self.write.key, "done", target_id=str(row["id"]), record=payment(row, self.place))

    def _card(self, row: Record) -> Card:
        return Card(id=str(row["id"]), name="")


def _issued(project: Record, contract: Record) -> list[Record]:
    place = {"project_id": project["id"], "contract_id": contract["id"]}
    return [payment(row, place) for row in contract.get("payments_issued") or []]
