"""Bills to pay: what subcontractor invoices become (XER-164..174). A bill carries our mark in its `Url` (ACC-17)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from jobledger.systems.base import Page, Record, Window, Write, WriteResult
from jobledger.systems.compare import same_key
from jobledger.systems.paging import chunks, read_whole
from jobledger.systems.xero.api import Api
from jobledger.systems.xero.document_cards import bill_card
from jobledger.systems.xero.document_writes import DocumentWrites, Sort
from jobledger.systems.xero.documents import GONE, Shape, money
from jobledger.systems.xero.limits import IDS_PER_CALL
from jobledger.systems.xero.marks import mark_in
from jobledger.systems.xero.writes import Kind

PATH = "Invoices"
ID = "InvoiceID"
FOUR_DECIMALS = {"unitdp": "4"}
BILLS = 'Type=="ACCPAY"'
_ORDER = {"order": f"{ID} ASC", **FOUR_DECIMALS}


class Bills:
    """The bills of one organisation, drafts and voided ones included."""

    def __init__(self, api: Api, shape: Shape) -> None:
        self.api = api
        self.shape = shape
        kind = Kind(PATH, bill_card, ID, "Url", at_place="InvoiceNumber", params=FOUR_DECIMALS, shape=shape.document)
        sort = Sort(
            kind, "bill", locked_bill, "VOIDED", {"Type": "ACCPAY"}, True, "take the payment or credit off it first"
        )
        self.writes = DocumentWrites(api, sort, self.fetch)

    def read(self, window: Window) -> Iterator[Page]:
        """All bills, those changed since, or those dated in a backfill's days; by id, so that edits move none."""
        for page in self.raw(window):
            yield Page([self.shape.document(row) for row in page.rows], page.read_at)

    def raw(self, window: Window) -> Iterator[Page]:
        """Bills as Xero sends them, with the payments and credits that were applied."""
        params = {"where": dated(BILLS, window), **_ORDER}
        return read_whole(partial(self.api.sheets, PATH, params, window.since), _id, "Xero bills")

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Bills by id, forty in a call."""
        return [self.shape.document(row) for row in self.raw_by_ids(ids)]

    def raw_by_ids(self, ids: Sequence[str]) -> list[Record]:
        """Bills by id as Xero sends them."""
        return [row for some in chunks(ids, IDS_PER_CALL) for row in self._list({"IDs": ",".join(some)})]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """Bills with our mark, of the contact that a natural key names; without a mark, those with the natural key.

        With a mark the date is not asked for: somebody may have changed it in Xero since.
        """
        contact, day = natural_key.get("Contact.ContactID"), natural_key.get("Date")
        on = f"&&Date=={date_term(date.fromisoformat(str(day)[:10]))}" if day and not mark else ""
        params = {"where": BILLS + on, **({"ContactIDs": str(contact)} if contact else {})}
        rows = [self.shape.document(row) for row in self._list(params)]
        if mark:
            return [row for row in rows if mark_in(row.get("Url")) == mark]
        return [row for row in rows if same_key(row, natural_key)]

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Up to 50 bills. One that is paid or credited is never edited (ACC-30)."""
        return self.writes.write(sent, key)

    def _list(self, params: Mapping[str, str]) -> list[Record]:
        return [row for sheet in self.api.sheets(PATH, {**_ORDER, **params}) for row in sheet.rows]


def locked_bill(bill: Record) -> str:
    """Why a bill may no longer be edited, or nothing."""
    if bill.get("Status") in GONE:
        return "was voided or deleted there"
    if money(bill.get("AmountPaid")):
        return f"has payments of {money(bill['AmountPaid'])}"
    if money(bill.get("AmountCredited")):
        return f"has credits of {money(bill['AmountCredited'])}"
    return ""


def dated(where: str, window: Window) -> str:
    """A filter, narrowed to the days of a backfill."""
    if window.dated is None:
        return where
    first, end = window.dated
    days = f"Date>={date_term(first)}&&Date<{date_term(end)}"
    return f"{where}&&{days}" if where else days


def date_term(day: date) -> str:
    """A day as Xero's filters take it."""
    return f"DateTime({day.year},{day.month:02d},{day.day:02d})"


def _id(record: Record) -> str:
    return str(record[ID])
