"""What settled bills and invoices: payments, and credits applied to them. One payment may settle many (SMX-QBO-86, 87).

A row is the part of one payment that settles one document, `<payment>/<document>`; what of it is credit is a row of its
own, `<payment>/<document>-credit`. QuickBooks tells the credits of a payment as a whole: they are used in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jobledger.systems.base import Page, Record, Window, Write, WriteResult
from jobledger.systems.quickbooks_online.api import Api, Query
from jobledger.systems.quickbooks_online.facts import Facts
from jobledger.systems.quickbooks_online.reads import Lists
from jobledger.systems.quickbooks_online.records import flat, money
from jobledger.systems.quickbooks_online.refusals import TITLE
from jobledger.systems.results import conflict

POSTED = "POSTED"
"""The status of what counts; what was voided or deleted has no rows any more."""


@dataclass(frozen=True)
class Side:
    """What is settled: QuickBooks' entity of the payment, of the document, of credits, and the reference to the party.

    `document` and `party` are the fields of a row that name the document and whom the payment is with; `credit` is what
    a row that is credit is called.
    """

    entity: str
    settles: str
    credits: frozenset[str]
    party_ref: str
    document: str
    credit: str


_CREDITS = frozenset({"VendorCredit", "CreditMemo", "JournalEntry", "Deposit"})
PAYABLE = Side("BillPayment", "Bill", _CREDITS, "VendorRef", "bill_id", "vendor_credit")
RECEIVABLE = Side("Payment", "Invoice", _CREDITS, "CustomerRef", "invoice_id", "credit_memo")


class Settlements:
    """What settled the documents of one side. Nothing is written here."""

    def __init__(self, api: Api, facts: Facts, side: Side) -> None:
        self.facts = facts
        self.side = side
        self.lists = Lists(api, (Query(side.entity),), self._rows, in_parts=True)

    def read(self, window: Window) -> Iterator[Page]:
        """All payments, those changed since, or those dated in a backfill's days."""
        return self.lists.read(window)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Rows by id; a payment's id alone asks for all of its rows."""
        wanted, payments = set(ids), dict.fromkeys(one.partition("/")[0] for one in ids)
        rows = self.lists.fetch([(self.side.entity, one) for one in payments])
        return [row for row in rows if {row["id"], row["id"].partition("/")[0]} & wanted]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """Nothing: payments are never written, so none carries a mark."""
        return []

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Refuses: payments are only read."""
        told = f"Payments are only read from {TITLE}."
        return [conflict(one, told, f"Enter the payment in {TITLE}.") for one in sent]

    def _rows(self, entity: str, record: Record) -> list[Record]:
        settled, credit = self._settled(record)
        rows: list[Record] = []
        for document, amount in settled.items():
            used = min(credit, amount)
            credit -= used
            rows += [self._row(record, document, "payment", amount - used)] if amount > used else []
            rows += [self._row(record, document, self.side.credit, used)] if used else []
        return rows

    def _row(self, record: Record, document: str, kind: str, amount: Decimal) -> Record:
        head, is_credit = flat(record), kind == self.side.credit
        currency = head.get("CurrencyRef")
        number = str(record.get("DocNumber") or record.get("PaymentRefNum") or "") or None
        words = kind.replace("_", " ").capitalize() if is_credit else None
        return {
            "id": f"{record['Id']}/{document}{'-credit' if is_credit else ''}",
            "kind": kind,
            self.side.document: document,
            "contact_id": head.get(self.side.party_ref),
            "amount": amount,
            "date": record.get("TxnDate"),
            "reference": number,
            "notes": " ".join(filter(None, (words, number))) or None,
            "status": POSTED,
            "updated": head["Updated"],
            "foreign_currency": currency if currency and currency != self.facts.base_currency else None,
        }

    def _settled(self, record: Record) -> tuple[dict[str, Decimal], Decimal]:
        """What a payment settles of each document, and how much of it is credit."""
        settled: dict[str, Decimal] = {}
        credit = money(0)
        for line in record.get("Line") or ():
            amount = money(line.get("Amount"))
            for linked in line.get("LinkedTxn") or ():
                if linked.get("TxnType") == self.side.settles:
                    document = str(linked["TxnId"])
                    settled[document] = settled.get(document, money(0)) + amount
                elif linked.get("TxnType") in self.side.credits:
                    credit += amount
        return settled, credit
