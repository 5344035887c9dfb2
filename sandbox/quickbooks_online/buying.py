"""Purchase orders, bills, vendor credits and purchases."""

from __future__ import annotations

from decimal import Decimal

from sandbox.quickbooks_online import documents, lines, orders, tax
from sandbox.quickbooks_online.books import Books, How
from sandbox.quickbooks_online.documents import Numbering
from sandbox.quickbooks_online.errors import RefusedError, business
from sandbox.quickbooks_online.lists import SMALL_PLANS
from sandbox.world import Record

ORDERS = Numbering(own=("OtherPrefs", "VendorAndPurchasesPrefs.UseCustomTxnNumbers"))
BILLS = Numbering(warns=("OtherPrefs", "WarnDuplicateBillNumber"), per_owner="VendorRef")
CREDITS = Numbering(unique=False)
PURCHASES = Numbering(warns=("OtherPrefs", "WarnDuplicateCheckNumber"))
ZERO = Decimal("0.00")


def purchase_order(books: Books, record: Record, before: Record | None, how: How) -> Record:
    """An order, checked and complete."""
    if books.settings()["plan"] in SMALL_PLANS:
        raise RefusedError(5030, "Purchase orders need the plan Plus or a higher one")
    checked = _bought(books, "purchase_orders", ORDERS, record, before, how)
    checked["Line"] = [_unlinked(line) for line in checked["Line"]]
    by_hand = record.get("POStatus") == "Closed" and not (before and orders.is_billed(books, {**before, **checked}))
    return orders.standing(books, {**checked, "_closed": by_hand})


def bill(books: Books, record: Record, before: Record | None, how: How) -> Record:
    """A bill, checked and complete."""
    checked = _bought(books, "bills", BILLS, record, before, how)
    checked["DueDate"] = documents.due(books, checked)
    _check_total(checked)
    return documents.settled(orders.linked(books, checked, before))


def bill_saved(books: Books, record: Record, before: Record | None, how: How) -> None:
    """Orders follow what bills take up."""
    orders.follow(books, before, record, how)


def bill_removed(books: Books, record: Record, how: How) -> None:
    """Orders are open again."""
    orders.follow(books, record, None, how)


def vendor_credit(books: Books, record: Record, before: Record | None, how: How) -> Record:
    """A credit of a vendor, checked and complete."""
    checked = _bought(books, "vendor_credits", CREDITS, record, before, how)
    checked["Line"] = [_unlinked(line) for line in checked["Line"]]
    _check_total(checked)
    return documents.settled(_unlinked(checked))


def purchase(books: Books, record: Record, before: Record | None, how: How) -> Record:
    """An expense, check or card charge; a `Credit` is what comes back to the card."""
    documents.required(record, "PaymentType", "AccountRef")
    on_card = record["PaymentType"] == "CreditCard"
    documents.check_account_type(books, record["AccountRef"], "AccountRef", "Credit Card" if on_card else "Bank")
    if record.get("Credit") and not on_card:
        raise business("Credit is for a PaymentType of CreditCard only", "Credit")
    checked = documents.header(books, "purchases", {"Credit": False, **record}, before, how)
    checked = documents.numbered(books, "purchases", PURCHASES, checked, before, how)
    held = [_unlinked(line) for line in lines.checked(books, checked, before, how)]
    checked = tax.taxed(books, _unlinked({**checked, "Line": held}), sales=False)
    _check_total(checked)
    return checked


def _bought(books: Books, entity: str, numbering: Numbering, record: Record, before: Record | None, how: How) -> Record:
    documents.required(record, "VendorRef")
    account = documents.account_of_type(books, "Accounts Payable")
    checked = documents.header(books, entity, {"APAccountRef": account, **record}, before, how)
    documents.check_account_type(books, checked["APAccountRef"], "APAccountRef", "Accounts Payable")
    checked = documents.numbered(books, entity, numbering, checked, before, how)
    held = lines.checked(books, checked, before, how)
    return tax.taxed(books, {**checked, "Line": held}, sales=False)


def _unlinked(record: Record) -> Record:
    return {name: value for name, value in record.items() if name != "LinkedTxn"}


def _check_total(record: Record) -> None:
    if record["TotalAmt"] < ZERO:
        raise business(f"The transaction amount must be 0 or greater, not {record['TotalAmt']}", "TotalAmt")
