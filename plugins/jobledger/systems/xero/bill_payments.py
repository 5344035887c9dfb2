"""What settled bills: payments, and credit notes, prepayments and overpayments applied to them (XER-175..183).

A payment is a record of its own. A credit is a part of the bill on which it was used, `<bill>/<kind>-<id>`: when it is
taken back the bill changes, and lists it no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from jobledger.systems.base import Page, Record, Window, Write, WriteResult
from jobledger.systems.paging import read_whole
from jobledger.systems.results import conflict
from jobledger.systems.xero.api import Api
from jobledger.systems.xero.bills import Bills, dated
from jobledger.systems.xero.dates import iso_day, version
from jobledger.systems.xero.documents import money
from jobledger.systems.xero.facts import Facts

PATH = "Payments"
ID = "PaymentID"
_WHERE = 'PaymentType=="ACCPAYPAYMENT"'
_CREDITS = (
    ("CreditNotes", "credit_note", "CreditNoteID"),
    ("Prepayments", "prepayment", "PrepaymentID"),
    ("Overpayments", "overpayment", "OverpaymentID"),
)


class BillPayments:
    """What settled the bills of one organisation. Nothing is written here."""

    def __init__(self, api: Api, bills: Bills, facts: Facts) -> None:
        self.api = api
        self.bills = bills
        self.facts = facts

    def read(self, window: Window) -> Iterator[Page]:
        """All payments of bills, or those changed since, deleted ones included; then the credits on bills.

        A backfill asks for payments by their own date, and for credits by the date of the bill.
        """
        params = {"where": dated(_WHERE, window), "order": f"{ID} ASC"}
        for page in read_whole(partial(self.api.sheets, PATH, params, window.since), _id, "Xero payments"):
            yield Page([self._payment(row) for row in page.rows], page.read_at)
        for page in self.bills.raw(window):
            rows = [one for bill in page.rows for one in self._credits(bill)]
            yield Page(rows, page.read_at, documents=tuple(bill["InvoiceID"] for bill in page.rows))

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Payments and credits by id; a bill's id, alone or in front of a slash, asks for all of its credits."""
        parts = [one for one in ids if "/" in one]
        payments = self.api.by_ids(PATH, ID, [one for one in ids if "/" not in one], {"where": _WHERE})
        found = {row[ID] for row in payments}
        whole = {one.removesuffix("/") for one in ids if one not in found and not one.partition("/")[2]}
        bills = self.bills.raw_by_ids([*(one.partition("/")[0] for one in parts), *whole])
        credits = [one for bill in bills for one in self._credits(bill)]
        wanted = set(parts)
        return [
            *(self._payment(row) for row in payments),
            *(one for one in credits if one["id"] in wanted or one["bill_id"] in whole),
        ]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """Nothing: payments are never written, so none carries a mark."""
        return []

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Refuses: payments are only read (XER-183)."""
        return [conflict(one, "Payments of bills are only read from Xero.", "Pay the bill in Xero.") for one in sent]

    def _payment(self, row: Record) -> Record:
        invoice = row.get("Invoice") or {}
        return {
            "id": row[ID],
            "kind": "payment",
            "bill_id": invoice.get("InvoiceID") or "",
            "contact_id": (invoice.get("Contact") or {}).get("ContactID"),
            "amount": money(row.get("Amount")),
            "date": iso_day(row.get("Date")),
            "reference": row.get("Reference") or None,
            "notes": row.get("Reference") or None,
            "status": row.get("Status"),
            "updated": version(row.get("UpdatedDateUTC")),
            "foreign_currency": self._foreign(invoice),
        }

    def _credits(self, bill: Record) -> list[Record]:
        """The credits on a bill; one that was applied to it twice is one row, of the later date."""
        rows: dict[str, Record] = {}
        for name, kind, id_field in _CREDITS:
            for one in bill.get(name) or ():
                row = self._credit(bill, kind, one[id_field], one)
                before = rows.setdefault(row["id"], row)
                if before is not row:
                    days = [day for day in (before["date"], row["date"]) if day]
                    before |= {"amount": before["amount"] + row["amount"], "date": max(days, default=None)}
        return [row for row in rows.values() if row["amount"]]

    def _credit(self, bill: Record, kind: str, key: str, one: Record) -> Record:
        reference = one.get("CreditNoteNumber") or one.get("Reference") or None
        return {
            "id": f"{bill['InvoiceID']}/{kind}-{key}",
            "kind": kind,
            "bill_id": bill["InvoiceID"],
            "contact_id": (bill.get("Contact") or {}).get("ContactID"),
            "amount": money(one.get("AppliedAmount")),
            "date": iso_day(one.get("Date")),
            "reference": reference,
            "notes": " ".join(filter(None, (kind.replace("_", " ").capitalize(), reference))),
            "status": "AUTHORISED",
            "updated": version(bill.get("UpdatedDateUTC")),
            "foreign_currency": self._foreign(bill),
        }

    def _foreign(self, document: Record) -> str | None:
        """The currency of a document that is not kept in the currency of the books."""
        code = document.get("CurrencyCode")
        return str(code) if code and code != self.facts.base_currency else None


def _id(record: Record) -> str:
    return str(record[ID])
