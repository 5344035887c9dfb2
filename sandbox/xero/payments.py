"""Payments of invoices, and refunds of credit notes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sandbox.world import Record
from sandbox.xero import contacts, credits, invoices, settings
from sandbox.xero.books import Books, How, lock_problem
from sandbox.xero.errors import RefusedError
from sandbox.xero.wire import inward_date, inward_flag, inward_number, inward_text, rounded

_TYPES = {
    "ACCPAY": "ACCPAYPAYMENT",
    "ACCREC": "ACCRECPAYMENT",
    "ACCPAYCREDIT": "APCREDITPAYMENT",
    "ACCRECCREDIT": "ARCREDITPAYMENT",
}


@dataclass(frozen=True)
class _Paid:
    """The document that a payment is for, and what is still open of it."""

    name: str
    key: str
    number: str
    record: Record
    open: Decimal


def write(books: Books, sent: Record, before: Record | None, how: How) -> Record:
    """Creates a payment, or deletes one by its status: nothing else of a payment can be changed."""
    if before is not None:
        return _changed(books, sent, before, how)
    paid = _document(books, sent)
    amount = _amount(sent, paid)
    account = _account(books, sent)
    on = inward_date(sent, "Date") or books.today()
    _check_lock(books, on, how)
    record = {
        "Date": on,
        "Amount": amount,
        "BankAmount": amount,
        "CurrencyRate": paid.record.get("CurrencyRate", 1),
        "Reference": inward_text(sent, "Reference", 255) or "",
        "IsReconciled": inward_flag(sent, "IsReconciled", False),
        "Status": "AUTHORISED",
        "PaymentType": _TYPES[paid.record["Type"]],
        "Account": {name: account.get(name) for name in ("AccountID", "Code", "Name")},
        paid.name: {paid.key: paid.record[paid.key], "Type": paid.record["Type"]},
        "_document": paid.record[paid.key],
    }
    if how.person:
        record |= {name: sent[name] for name in ("BatchPaymentID", "BatchPayment") if name in sent}
    _apply(books, record, amount, how)
    return books.save("payments", record, sent, how)


def outward(books: Books, record: Record, detailed: bool) -> Record:
    """A payment as it is sent."""
    flags = {"HasAccount": True, "HasValidationErrors": False, "UpdatedDateUTCString": record["UpdatedDateUTC"]}
    if "CreditNote" in record:
        return {**record, **flags, "CreditNote": _brief(books, "credit_notes", "CreditNoteNumber", record["_document"])}
    return {**record, **flags, "Invoice": _brief(books, "invoices", "InvoiceNumber", record["_document"])}


def _brief(books: Books, entity: str, number: str, key: str) -> Record:
    document = books.get(entity, key) or {}
    names = (f"{number.removesuffix('Number')}ID", number, "Type", "CurrencyCode")
    contact = contacts.brief(books, document["Contact"])
    shown = {name: document[name] for name in names}
    return {**shown, "Contact": contact, "LineItems": [], "IsDiscounted": False, "HasErrors": False}


def _changed(books: Books, sent: Record, before: Record, how: How) -> Record:
    if how.person and "IsReconciled" in sent and "Status" not in sent:
        return books.save("payments", {**before, "IsReconciled": bool(sent["IsReconciled"])}, sent, how)
    if sent.get("Status") != "DELETED":
        raise RefusedError("A payment cannot be changed, only deleted")
    if before["Status"] == "DELETED":
        raise RefusedError("This payment has already been deleted.")
    if not how.person and (before["IsReconciled"] or before.get("BatchPaymentID")):
        raise RefusedError("This payment cannot be deleted: it is reconciled or part of a batch payment")
    _check_lock(books, before["Date"], how)
    _apply(books, before, -before["Amount"], how)
    return books.save("payments", {**before, "Status": "DELETED"}, sent, how)


def _apply(books: Books, payment: Record, amount: Decimal, how: How) -> None:
    if "Invoice" in payment:
        invoices.apply(books, payment["_document"], invoices.Applied(payment["Date"], paid=amount), how)
    else:
        credits.use(books, f"credit_notes {payment['_document']}", amount, payment["Date"], how)


def _document(books: Books, sent: Record) -> _Paid:
    for name, entity, key, number, open_name in (
        ("Invoice", "invoices", "InvoiceID", "InvoiceNumber", "AmountDue"),
        ("CreditNote", "credit_notes", "CreditNoteID", "CreditNoteNumber", "RemainingCredit"),
    ):
        named = {number: sent.get(number), **(sent.get(name) or {})}
        record = books.get(entity, named[key]) if named.get(key) else books.first(entity, "number", named.get(number))
        if record is not None:
            return _Paid(name, key, number, record, record[open_name])
    raise RefusedError("Payment must be for an invoice or credit note that exists")


def _amount(sent: Record, paid: _Paid) -> Decimal:
    amount = inward_number(sent, "Amount")
    if amount is None or amount <= 0 or amount != rounded(amount):
        raise RefusedError("Payment amount must be greater than zero, with at most two decimals")
    messages = []
    if paid.record["Status"] != "AUTHORISED":
        messages.append("Payments can only be made against Authorised documents")
    if amount > paid.open or messages:
        messages.append("Payment amount exceeds the amount outstanding on this document")
    if messages:
        raise RefusedError(*messages)
    return rounded(amount)


def _account(books: Books, sent: Record) -> Record:
    account = settings.account_named(books, sent.get("Account") or {})
    if account is None or account["Status"] != "ACTIVE":
        raise RefusedError("Account must be specified and active")
    if account["Type"] != "BANK" and not account["EnablePaymentsToAccount"]:
        raise RefusedError("Account is not valid for payments: it is no bank account and does not take payments")
    return account


def _check_lock(books: Books, on: str, how: How) -> None:
    problem = lock_problem(books, [on], how)
    if problem:
        raise RefusedError(problem)
