"""Credit notes, overpayments and prepayments, and how they are allocated to invoices."""

from __future__ import annotations

from decimal import Decimal

from sandbox.world import Record
from sandbox.xero import contacts, documents, invoices, lines
from sandbox.xero.books import KEYS, Books, How, lock_problem
from sandbox.xero.errors import HAS_PAYMENTS, NOT_EDITABLE, RefusedError, UnknownRecordError
from sandbox.xero.wire import inward_date, inward_number, rounded

CREDIT_NOTE = documents.Kind(
    entity="credit_notes",
    moves=invoices.MOVES,
    wrong_move="Credit note not of valid status for modification",
    drafts=invoices.DRAFTS,
    texts={"CreditNoteNumber": 255, "Reference": 255, "BrandingThemeID": 36},
    dates=("DueDate",),
)
_OTHER = {
    entity: documents.Kind(
        entity=entity,
        moves={
            None: frozenset({"AUTHORISED"}),
            "AUTHORISED": frozenset({"AUTHORISED", "VOIDED"}),
            "VOIDED": frozenset(),
        },
        wrong_move=NOT_EDITABLE,
        drafts=frozenset(),
        texts={"Reference": 255},
    )
    for entity in ("overpayments", "prepayments")
}
_ZERO = Decimal("0.00")


def match(books: Books, sent: Record) -> Record | None:
    """The credit note that a POST without id means: one to a customer with that number."""
    if sent.get("Type") != "ACCRECCREDIT" or not sent.get("CreditNoteNumber"):
        return None
    held = books.find("credit_notes", "number", sent["CreditNoteNumber"])
    return next((one for one in held if one["Type"] == "ACCRECCREDIT" and one["Status"] != "DELETED"), None)


def write_credit_note(books: Books, sent: Record, before: Record | None, how: How) -> Record:
    """Creates or changes a credit note. A person's may come with its Allocations."""
    _check_editable(before)
    kind = sent.get("Type") or (before or {}).get("Type")
    if kind not in {"ACCPAYCREDIT", "ACCRECCREDIT"}:
        raise RefusedError("Credit note Type must be ACCPAYCREDIT or ACCRECCREDIT")
    record = {**documents.drafted(books, CREDIT_NOTE, sent, before, how), "Type": kind}
    complete = documents.is_complete(CREDIT_NOTE, record["Status"])
    sales = kind == "ACCRECCREDIT"
    rules = lines.Rules(lines.mode(sent, before), complete, sales, discounts=False, decimals=how.decimals)
    record = documents.with_lines(books, CREDIT_NOTE, record, sent, rules)
    if record["Total"] < 0:
        raise RefusedError("The document total cannot be negative")
    record["CreditNoteNumber"] = _number(books, record)
    contacts.mark_used(books, record["Contact"]["ContactID"], "IsCustomer" if sales else "IsSupplier")
    return _saved(books, "credit_notes", record, sent, how)


def write_overpayment(books: Books, sent: Record, before: Record | None, how: How) -> Record:
    """Puts an overpayment, as a person does by paying too much."""
    return _write_other(books, "overpayments", sent, before, how)


def write_prepayment(books: Books, sent: Record, before: Record | None, how: How) -> Record:
    """Puts a prepayment, as a person does by paying before the bill."""
    return _write_other(books, "prepayments", sent, before, how)


def allocate(books: Books, entity: str, credit: Record, sent: Record, how: How) -> Record:
    """Uses a part of a credit for an invoice of the same contact."""
    invoice = _invoice(books, sent)
    amount = inward_number(sent, "Amount")
    if amount is None or amount <= 0:
        raise RefusedError("Allocation amount must be greater than zero")
    _check_allocation(credit, invoice, amount)
    on = inward_date(sent, "Date")
    if on is None:
        raise RefusedError("Allocation date must be specified")
    _check_lock(books, on, how)
    key = credit[KEYS[entity]]
    brief = {name: invoice[name] for name in ("InvoiceID", "InvoiceNumber", "Type")}
    record = {"Amount": rounded(amount), "Date": on, "Invoice": brief, "_credit": f"{entity} {key}"}
    stored = books.save("allocations", record, sent, how)
    use(books, stored["_credit"], stored["Amount"], on, how)
    invoices.apply(books, invoice["InvoiceID"], invoices.Applied(on, credited=stored["Amount"]), how)
    return stored


def deallocate(books: Books, entity: str, credit: Record, allocation_id: str, how: How) -> Record:
    """Takes an allocation back."""
    allocation = books.get("allocations", allocation_id)
    key = credit[KEYS[entity]]
    if allocation is None or allocation["_credit"] != f"{entity} {key}":
        raise UnknownRecordError(allocation_id)
    books.remove("allocations", allocation["AllocationID"])
    on, amount = allocation["Date"], -allocation["Amount"]
    use(books, allocation["_credit"], amount, on, how)
    invoices.apply(books, allocation["Invoice"]["InvoiceID"], invoices.Applied(on, credited=amount), how)
    return {**allocation, "IsDeleted": True}


def use(books: Books, which: str, amount: Decimal, on: str, how: How) -> None:
    """Uses up a part of a credit (`<entity> <id>`); a negative amount gives it back. One that is used up is paid."""
    entity, key = which.split(" ")
    credit = books.get(entity, key) or {}
    left = rounded(credit["RemainingCredit"] - amount)
    paid = {"Status": "PAID", "FullyPaidOnDate": on} if left == 0 else {"Status": "AUTHORISED", "FullyPaidOnDate": None}
    books.touch(entity, {**credit, **paid, "RemainingCredit": left}, how)


def outward(books: Books, record: Record, detailed: bool) -> Record:
    """A credit as it is sent, with its allocations."""
    entity = next(name for name in ("credit_notes", "overpayments", "prepayments") if KEYS[name] in record)
    shown = documents.outward(books, record, detailed)
    held = books.find("allocations", "credit", f"{entity} {record[KEYS[entity]]}") if detailed else []
    applied = record["Total"] - record["RemainingCredit"]
    twin = {"UpdatedDateUTCString": record["UpdatedDateUTC"], "AppliedAmount": applied}
    return {
        **shown,
        **twin,
        "Allocations": [outward_allocation(one) for one in held],
        "Payments": [],
        "HasErrors": False,
    }


def outward_allocation(allocation: Record) -> Record:
    """An allocation as it is sent."""
    return {"IsDeleted": False, **{name: value for name, value in allocation.items() if name != "UpdatedDateUTC"}}


def _saved(books: Books, entity: str, record: Record, sent: Record, how: How) -> Record:
    gone = record["Status"] in {"DELETED", "VOIDED"}
    stored = books.save(entity, {**record, "RemainingCredit": _ZERO if gone else record["Total"]}, sent, how)
    if how.person:
        for allocation in sent.get("Allocations", []):
            allocate(books, entity, books.get(entity, stored[KEYS[entity]]) or {}, allocation, how)
    return books.get(entity, stored[KEYS[entity]]) or stored


def _write_other(books: Books, entity: str, sent: Record, before: Record | None, how: How) -> Record:
    _check_editable(before)
    record = documents.drafted(books, _OTHER[entity], sent, before, how)
    record["Type"] = sent.get("Type") or record.get("Type") or f"SPEND-{entity[:-1].upper()}"
    sales = record["Type"].startswith("RECEIVE")
    rules = lines.Rules(lines.mode(sent, before), True, sales, discounts=False, decimals=how.decimals)
    record = documents.with_lines(books, _OTHER[entity], record, sent, rules)
    return _saved(books, entity, record, sent, how)


def _check_editable(before: Record | None) -> None:
    if before is None:
        return
    if before["RemainingCredit"] != before["Total"] and before["Status"] not in {"DELETED", "VOIDED"}:
        raise RefusedError(CREDIT_NOTE.wrong_move, HAS_PAYMENTS)


def _number(books: Books, record: Record) -> str:
    number = record.get("CreditNoteNumber")
    if not number:
        return books.next_number("credit_notes", "CN")
    free = frozenset({"DELETED"})
    sales = record["Type"] == "ACCRECCREDIT"
    if sales and documents.number_taken(books, CREDIT_NOTE, record, "CreditNoteNumber", free):
        raise RefusedError("Credit note number must be unique.")
    return str(number)


def _invoice(books: Books, sent: Record) -> Record:
    named = sent.get("Invoice") or {}
    invoice = books.get("invoices", named.get("InvoiceID"))
    if invoice is None:
        invoice = books.first("invoices", "number", named.get("InvoiceNumber"))
    if invoice is None:
        raise RefusedError("An invoice that exists must be specified")
    return invoice


def _check_allocation(credit: Record, invoice: Record, amount: Decimal) -> None:
    buying = "ACCPAY" in credit["Type"] or credit["Type"].startswith("SPEND")
    if credit["Status"] != "AUTHORISED" or invoice["Status"] != "AUTHORISED":
        raise RefusedError("Credits can only be allocated when both documents are Authorised")
    if credit["Contact"]["ContactID"] != invoice["Contact"]["ContactID"]:
        raise RefusedError("The credit and the invoice must have the same contact")
    if invoice["Type"] != ("ACCPAY" if buying else "ACCREC"):
        raise RefusedError("The credit cannot be allocated to an invoice of that type")
    if amount > credit["RemainingCredit"]:
        raise RefusedError("Allocation amount exceeds the credit remaining")
    if amount > invoice["AmountDue"]:
        raise RefusedError("Allocation amount exceeds the amount outstanding on this document")


def _check_lock(books: Books, on: str, how: How) -> None:
    problem = lock_problem(books, [on], how)
    if problem:
        raise RefusedError(problem)
