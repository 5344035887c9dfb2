"""Invoices and credit memos."""

from __future__ import annotations

from decimal import Decimal

from sandbox.quickbooks_online import documents, lines, tax
from sandbox.quickbooks_online.books import Books, How
from sandbox.quickbooks_online.documents import Numbering
from sandbox.quickbooks_online.errors import business
from sandbox.world import Record

NUMBERING = Numbering(own=("SalesFormsPrefs", "CustomTxnNumbers"))
ZERO = Decimal("0.00")


def invoice(books: Books, record: Record, before: Record | None, how: How) -> Record:
    """An invoice, checked and complete. Its lines have no ids that last."""
    checked = _sold(books, "invoices", record, before, how, keeps_ids=False)
    checked["DueDate"] = documents.due(books, checked)
    return documents.settled(checked)


def credit_memo(books: Books, record: Record, before: Record | None, how: How) -> Record:
    """A credit memo, checked and complete."""
    checked = documents.settled(_sold(books, "credit_memos", record, before, how, keeps_ids=True))
    return {**checked, "RemainingCredit": checked["Balance"]}


def voided_invoice(books: Books, record: Record) -> Record:
    """The invoice with nothing left of its amounts."""
    documents.check_unpaid(books, record)
    held = [_emptied(line) for line in record["Line"]]
    rest = {name: value for name, value in record.items() if name != "TxnTaxDetail"}
    return {**rest, "Line": held, "TotalAmt": ZERO, "Balance": ZERO, "PrivateNote": _voided_note(record)}


def _sold(books: Books, entity: str, record: Record, before: Record | None, how: How, keeps_ids: bool) -> Record:
    documents.required(record, "CustomerRef")
    checked = documents.header(books, entity, {"EmailStatus": "NotSet", **record}, before, how)
    checked = documents.numbered(books, entity, NUMBERING, checked, before, how)
    held = lines.checked(books, checked, before, how, keeps_ids)
    if not any(line["DetailType"] == "SalesItemLineDetail" for line in held):
        raise business("At least one line with a SalesItemLineDetail is required", "Line")
    bare = {name: value for name, value in checked.items() if name != "LinkedTxn"}
    taxed = tax.taxed(books, {**bare, "Line": held}, sales=True)
    if taxed["TotalAmt"] < ZERO:
        raise business(f"The transaction amount must be 0 or greater, not {taxed['TotalAmt']}", "TotalAmt")
    return {**taxed, "Line": [*taxed["Line"], _subtotal(taxed["Line"])]}


def _subtotal(held: list[Record]) -> Record:
    amount = sum((line["Amount"] for line in held if line["DetailType"] == "SalesItemLineDetail"), ZERO)
    return {"Amount": amount, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}


def _emptied(line: Record) -> Record:
    if line["DetailType"] != "SalesItemLineDetail":
        return {**line, "Amount": ZERO}
    return {**line, "Amount": ZERO, "SalesItemLineDetail": {**line["SalesItemLineDetail"], "Qty": Decimal(0)}}


def _voided_note(record: Record) -> str:
    return f"Voided - {record['PrivateNote']}" if record.get("PrivateNote") else "Voided"
