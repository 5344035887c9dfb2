"""Invoices: bills to pay (ACCPAY) and sales invoices (ACCREC)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sandbox.world import Record
from sandbox.xero import contacts, documents, lines
from sandbox.xero.books import Books, How
from sandbox.xero.errors import HAS_PAYMENTS, NOT_EDITABLE, RefusedError
from sandbox.xero.wire import rounded

MOVES: documents.Moves = {
    None: frozenset({"DRAFT", "SUBMITTED", "AUTHORISED"}),
    "DRAFT": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"}),
    "SUBMITTED": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"}),
    "AUTHORISED": frozenset({"AUTHORISED", "VOIDED"}),
    "VOIDED": frozenset(),
    "DELETED": frozenset(),
}
DRAFTS = frozenset({"DRAFT", "SUBMITTED"})
KIND = documents.Kind(
    entity="invoices",
    moves=MOVES,
    wrong_move=NOT_EDITABLE,
    drafts=DRAFTS,
    texts={"InvoiceNumber": 255, "Reference": 255, "Url": 500, "BrandingThemeID": 36},
    dates=("DueDate", "ExpectedPaymentDate", "PlannedPaymentDate"),
)
_ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Applied:
    """What a payment or a credit settles of an invoice, and when. Negative amounts take it back."""

    on: str
    paid: Decimal = _ZERO
    credited: Decimal = _ZERO


_CREDITS = {"credit_notes": "CreditNotes", "overpayments": "Overpayments", "prepayments": "Prepayments"}


def match(books: Books, sent: Record) -> Record | None:
    """The invoice that a POST without id means: a sales invoice of that number, never a bill (numbers repeat)."""
    if sent.get("Type") != "ACCREC" or not sent.get("InvoiceNumber"):
        return None
    held = books.find("invoices", "number", sent["InvoiceNumber"])
    return next((one for one in held if one["Type"] == "ACCREC" and one["Status"] not in {"DELETED", "VOIDED"}), None)


def write(books: Books, sent: Record, before: Record | None, how: How) -> Record:
    """Creates or changes an invoice."""
    _check_editable(before)
    kind = _type(sent, before)
    record = {**documents.drafted(books, KIND, sent, before, how), "Type": kind}
    rules = lines.Rules(
        lines.mode(sent, before),
        documents.is_complete(KIND, record["Status"]),
        sales=kind == "ACCREC",
        discounts=kind == "ACCREC",
        decimals=how.decimals,
    )
    record = documents.with_lines(books, KIND, record, sent, rules)
    record = _numbered(books, record)
    _check(record)
    record["SentToContact"] = bool(sent.get("SentToContact", record.get("SentToContact", False)))
    stored = books.save("invoices", settled(record, record["Date"]), sent, how)
    contacts.mark_used(books, stored["Contact"]["ContactID"], "IsSupplier" if kind == "ACCPAY" else "IsCustomer")
    return stored


def settled(record: Record, on: str) -> Record:
    """The invoice with what is due; one of which nothing is due any more is paid, by the date `on`."""
    paid, credited = record.get("AmountPaid", _ZERO), record.get("AmountCredited", _ZERO)
    due = record["Total"] - paid - credited
    amounts = {"AmountPaid": paid, "AmountCredited": credited, "AmountDue": due}
    if record["Status"] in {"VOIDED", "DELETED"}:
        return {**record, **amounts, "AmountDue": _ZERO}
    if record["Status"] in DRAFTS:
        return {**record, **amounts}
    if due == 0:
        return {**record, **amounts, "Status": "PAID", "FullyPaidOnDate": on}
    return {**record, **amounts, "Status": "AUTHORISED", "FullyPaidOnDate": None}


def apply(books: Books, invoice_id: str, applied: Applied, how: How) -> None:
    """Takes a payment or credit into account."""
    invoice = books.get("invoices", invoice_id) or {}
    amounts = {
        "AmountPaid": rounded(invoice["AmountPaid"] + applied.paid),
        "AmountCredited": rounded(invoice["AmountCredited"] + applied.credited),
    }
    books.touch("invoices", settled({**invoice, **amounts}, applied.on), how)


def outward(books: Books, record: Record, detailed: bool) -> Record:
    """An invoice as it is sent, with its payments and credits; a list that is not paged leaves those out."""
    shown = documents.outward(books, record, detailed)
    settling = _settling(books, record) if detailed else {}
    fixed = {"IsDiscounted": False, "HasErrors": False, "InvoiceAddresses": [], "InvoicePaymentServices": []}
    twin = {"UpdatedDateUTCString": record["UpdatedDateUTC"]}
    return {**shown, "Payments": [], **{name: [] for name in _CREDITS.values()}, **settling, **fixed, **twin}


def _settling(books: Books, record: Record) -> Record:
    payments = books.find("payments", "document", record["InvoiceID"])
    names = ("PaymentID", "Date", "Amount", "CurrencyRate", "Reference")
    shown: dict[str, list[Record]] = {
        "Payments": [
            {**{name: one.get(name) for name in names}, "HasAccount": False, "HasValidationErrors": False}
            for one in payments
            if one["Status"] != "DELETED"
        ]
    }
    for allocation in books.find("allocations", "invoice", record["InvoiceID"]):
        entity, key = allocation["_credit"].split(" ")
        shown.setdefault(_CREDITS[entity], []).append(_credit(books, entity, key, allocation))
    return shown


def _credit(books: Books, entity: str, key: str, allocation: Record) -> Record:
    credit = books.get(entity, key) or {}
    key_name = f"{_CREDITS[entity].removesuffix('s')}ID"
    number = {"CreditNoteNumber": credit.get("CreditNoteNumber")} if entity == "credit_notes" else {}
    amounts = {"AppliedAmount": allocation["Amount"], "Total": credit["Total"]}
    return {key_name: key, **number, "Date": allocation["Date"], **amounts, "LineItems": [], "HasErrors": False}


def _check_editable(before: Record | None) -> None:
    """Stricter reading: of a document with a payment or credit nothing can be changed, whatever the product allows."""
    if before is None:
        return
    if before["AmountPaid"] or before["AmountCredited"]:
        raise RefusedError(NOT_EDITABLE, HAS_PAYMENTS)
    if before["Status"] not in MOVES or not MOVES[before["Status"]]:
        raise RefusedError(NOT_EDITABLE)


def _type(sent: Record, before: Record | None) -> str:
    kind = sent.get("Type") or (before or {}).get("Type")
    if kind not in {"ACCPAY", "ACCREC"} or (before and before["Type"] != kind):
        raise RefusedError("Invoice Type must be ACCPAY or ACCREC, and stays what it is")
    return str(kind)


def _numbered(books: Books, record: Record) -> Record:
    """Sales invoices have a unique number; a bill keeps what it was given, and has no Reference."""
    if record["Type"] == "ACCPAY":
        return {**record, "InvoiceNumber": record.get("InvoiceNumber") or "", "Reference": None}
    number = record.get("InvoiceNumber") or books.next_number("invoices", "INV")
    # Stricter reading: a voided invoice keeps its number, only a deleted draft gives it back.
    if documents.number_taken(
        books, KIND, {**record, "InvoiceNumber": number}, "InvoiceNumber", frozenset({"DELETED"})
    ):
        raise RefusedError("Invoice # must be unique.")
    return {**record, "InvoiceNumber": number}


def _check(record: Record) -> None:
    documents.checked_url(record)
    if record["Status"] == "AUTHORISED" and not record.get("DueDate"):
        raise RefusedError("Due Date is required")
    if record["Total"] < 0:
        raise RefusedError("The document total cannot be negative: use a credit note")
