"""Sales invoices: what owner invoices (prime contract payment applications) become (SMX-QBO-87)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jobledger.systems.base import Page, Record, Window, Write, WriteResult
from jobledger.systems.compare import same_key
from jobledger.systems.quickbooks_online.api import Api, Query, quoted
from jobledger.systems.quickbooks_online.bills import locked_bill
from jobledger.systems.quickbooks_online.document_cards import invoice_card
from jobledger.systems.quickbooks_online.document_writes import DocumentWrites, Sort
from jobledger.systems.quickbooks_online.documents import MARK, Shape
from jobledger.systems.quickbooks_online.reads import Lists

ENTITY = "Invoice"


class Invoices:
    """The sales invoices of one company."""

    def __init__(self, api: Api, shape: Shape) -> None:
        self.lists = Lists(api, (Query(ENTITY),), lambda entity, record: [shape.document(record)])
        way_out = "take the payment or credit off it first"
        sort = Sort(ENTITY, "invoice", "CustomerRef", invoice_card, locked_bill, way_out, {}, sold=True)
        self.writes = DocumentWrites(api, sort, shape, self.fetch)

    def read(self, window: Window) -> Iterator[Page]:
        """All invoices, those changed since, or those dated in a backfill's days."""
        return self.lists.read(window)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Invoices by id."""
        return self.lists.fetch([(ENTITY, one) for one in ids if one])

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """The invoices with a number that carry our mark or, without a mark, agree with the rest of the key."""
        number = str(natural_key.get("DocNumber") or "")
        rows = self.lists.rows(self.lists.queries[0].where(f"DocNumber = {quoted(number)}")) if number else []
        return [row for row in rows if (row[MARK] == mark if mark else same_key(row, natural_key))]

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Up to thirty invoices. One that is paid or credited is never edited (ACC-30)."""
        return self.writes.write(sent, key)
