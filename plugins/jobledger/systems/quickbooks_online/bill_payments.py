"""What settled bills: payments, and vendor credits applied to them. One payment may settle many bills (SMX-QBO-86).

A row is the part of one payment that settles one bill, `<payment>/<bill>`; what of it is credit is a row of its own,
`<payment>/<bill>-credit`. QuickBooks tells the credits of a payment as a whole: they are used on its bills in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from jobledger.systems.base import Page, Record, Window, Write, WriteResult
from jobledger.systems.quickbooks_online.api import Api, Query
from jobledger.systems.quickbooks_online.facts import Facts
from jobledger.systems.quickbooks_online.reads import Lists
from jobledger.systems.quickbooks_online.records import flat, money
from jobledger.systems.quickbooks_online.refusals import TITLE
from jobledger.systems.results import conflict

ENTITY = "BillPayment"
POSTED = "POSTED"
"""The status of what counts; what was voided or deleted has no rows any more."""

_CREDITS = frozenset({"VendorCredit", "JournalEntry", "Deposit"})


class BillPayments:
    """What settled the bills of one company. Nothing is written here."""

    def __init__(self, api: Api, facts: Facts) -> None:
        self.facts = facts
        self.lists = Lists(api, (Query(ENTITY),), self._rows, in_parts=True)

    def read(self, window: Window) -> Iterator[Page]:
        """All payments of bills, those changed since, or those dated in a backfill's days."""
        return self.lists.read(window)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Rows by id; a payment's id alone asks for all of its rows."""
        wanted, payments = set(ids), dict.fromkeys(one.partition("/")[0] for one in ids)
        rows = self.lists.fetch([(ENTITY, one) for one in payments])
        return [row for row in rows if {row["id"], row["id"].partition("/")[0]} & wanted]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """Nothing: payments are never written, so none carries a mark."""
        return []

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Refuses: payments are only read."""
        told = f"Payments of bills are only read from {TITLE}."
        return [conflict(one, told, f"Pay the bill in {TITLE}.") for one in sent]

    def _rows(self, entity: str, record: Record) -> list[Record]:
        bills, credit = _settled(record)
        rows: list[Record] = []
        for bill, amount in bills.items():
            used = min(credit, amount)
            credit -= used
            rows += [self._row(record, bill, "payment", amount - used)] if amount > used else []
            rows += [self._row(record, bill, "vendor_credit", used)] if used else []
        return rows

    def _row(self, record: Record, bill: str, kind: str, amount: Decimal) -> Record:
        head, is_credit = flat(record), kind == "vendor_credit"
        currency = head.get("CurrencyRef")
        number = str(record.get("DocNumber") or "") or None
        return {
            "id": f"{record['Id']}/{bill}{'-credit' if is_credit else ''}",
            "kind": kind,
            "bill_id": bill,
            "contact_id": head.get("VendorRef"),
            "amount": amount,
            "date": record.get("TxnDate"),
            "reference": number,
            "notes": " ".join(filter(None, ("Vendor credit" if is_credit else None, number))) or None,
            "status": POSTED,
            "updated": head["Updated"],
            "foreign_currency": currency if currency and currency != self.facts.base_currency else None,
        }


def _settled(record: Record) -> tuple[dict[str, Decimal], Decimal]:
    """What a payment settles of each bill, and how much of it is credit."""
    bills: dict[str, Decimal] = {}
    credit = money(0)
    for line in record.get("Line") or ():
        amount = money(line.get("Amount"))
        for linked in line.get("LinkedTxn") or ():
            if linked.get("TxnType") == "Bill":
                bill = str(linked["TxnId"])
                bills[bill] = bills.get(bill, money(0)) + amount
            elif linked.get("TxnType") in _CREDITS:
                credit += amount
    return bills, credit
