"""Sales invoices: what owner invoices (prime contract payment applications) become (SMX-QBO-87).

One below zero is a credit memo (ACC-36).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobledger.systems.base import Record
from jobledger.systems.compare import same_key
from jobledger.systems.quickbooks_online.api import Api, quoted
from jobledger.systems.quickbooks_online.bills import locked_bill
from jobledger.systems.quickbooks_online.credits import WithCredits, credit_of
from jobledger.systems.quickbooks_online.document_cards import invoice_card
from jobledger.systems.quickbooks_online.document_writes import Sort
from jobledger.systems.quickbooks_online.documents import MARK, Shape

ENTITY = "Invoice"


class Invoices(WithCredits):
    """The sales invoices and credit memos of one company."""

    def __init__(self, api: Api, shape: Shape) -> None:
        way_out = "take the payment or credit off it first"
        invoice = Sort(ENTITY, "invoice", "CustomerRef", invoice_card, locked_bill, way_out, {}, sold=True)
        super().__init__(api, shape, invoice, credit_of(invoice, "CreditMemo", "credit memo"))

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """The invoices with a number that carry our mark or, without a mark, agree with the rest of the key."""
        number = str(natural_key.get("DocNumber") or "")
        rows = self.matching(f"DocNumber = {quoted(number)}") if number else []
        return [row for row in rows if (row[MARK] == mark if mark else same_key(row, natural_key))]
