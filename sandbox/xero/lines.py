"""The lines of a document: amounts, accounts, taxes, tracking, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.world import Record
from sandbox.xero import settings, tracking
from sandbox.xero.books import Books
from sandbox.xero.errors import RefusedError, bad_data
from sandbox.xero.wire import inward_number, inward_text, rounded

LARGEST = Decimal("9999999999.99")
MODES = {"EXCLUSIVE": "Exclusive", "INCLUSIVE": "Inclusive", "NOTAX": "NoTax"}
_CLASS_FLAGS = {
    "ASSET": "CanApplyToAssets",
    "EQUITY": "CanApplyToEquity",
    "EXPENSE": "CanApplyToExpenses",
    "LIABILITY": "CanApplyToLiabilities",
    "REVENUE": "CanApplyToRevenue",
}


@dataclass(frozen=True)
class Rules:
    """What a document asks of its lines. `complete`: each has a description and an account; `sales`: it sells."""

    mode: str
    complete: bool
    sales: bool
    discounts: bool
    decimals: int


def mode(sent: Record, before: Record | None) -> str:
    """LineAmountTypes of a document, whatever its case."""
    given = sent.get("LineAmountTypes") or (before or {}).get("LineAmountTypes", "Exclusive")
    if str(given).upper() not in MODES:
        raise RefusedError(f"The LineAmountTypes '{given}' is not valid")
    return MODES[str(given).upper()]


def built(books: Books, sent: Any, before: list[Record], rules: Rules) -> list[Record]:
    """The lines as they will be. One sent with the id of a line of the document changes it, any other is a new one.

    Lines of the document that are not sent are gone. Raises `RefusedError` with the messages of all lines.
    """
    if not isinstance(sent, list) or not all(isinstance(line, dict) for line in sent):
        raise bad_data("LineItems is not a list of lines")
    known = {line["LineItemID"]: line for line in before}
    lines: list[Record] = []
    messages: list[str] = []
    for line in sent:
        try:
            lines.append(_line(books, line, known.pop(str(line.get("LineItemID", "")).lower(), {}), rules))
        except RefusedError as error:
            messages.extend(error.messages)
    if messages:
        raise RefusedError(*dict.fromkeys(messages))
    return lines


def check_complete(lines: list[Record]) -> None:
    """Refuses lines that a document beyond draft cannot have."""
    if not lines:
        raise RefusedError("One or more line items must be specified")
    if not all(line.get("Description") for line in lines):
        raise RefusedError("Description is required for each line item")
    # A line of words only needs no account.
    if any(not line.get("AccountCode") and line["LineAmount"] for line in lines):
        raise RefusedError("Account code must be specified")


def totals(lines: list[Record], mode: str) -> Record:
    """SubTotal (net), TotalTax and Total of lines."""
    amount = sum((line["LineAmount"] for line in lines), Decimal("0.00"))
    tax = sum((line["TaxAmount"] for line in lines), Decimal("0.00"))
    net = amount - tax if mode == "Inclusive" else amount
    return {"SubTotal": net, "TotalTax": tax, "Total": net + tax}


def outward(books: Books, line: Record) -> Record:
    """A line as it is sent: with its item, and tracking under today's names."""
    item = books.first("items", "code", line.get("ItemCode", "").casefold())
    shown = {name: item[name] for name in ("ItemID", "Name", "Code") if item.get(name)} if item else None
    tracked = [tracking.of_line_outward(books, entry) for entry in line["Tracking"]]
    return {**line, "Tracking": tracked, "ValidationErrors": [], **({"Item": shown} if shown else {})}


def _line(books: Books, sent: Record, before: Record, rules: Rules) -> Record:
    merged = {**before, **{name: value for name, value in sent.items() if name != "LineAmount"}}
    item = _item(books, merged)
    side = (item or {}).get("SalesDetails" if rules.sales else "PurchaseDetails", {})
    account = _account(books, _account_named(sent, before, side))
    quantity, unit, amount = _amounts(sent, before, side, rules)
    line = {
        "LineItemID": before.get("LineItemID") or books.world.guid(),
        "Description": inward_text(merged, "Description", 4000) or _item_text(item, rules),
        "Quantity": quantity,
        "UnitAmount": unit,
        "LineAmount": amount,
        "ItemCode": item["Code"] if item else None,
        "AccountCode": account.get("Code") if account else None,
        "AccountID": account["AccountID"] if account else None,
        "Tracking": tracking.of_line(books, merged.get("Tracking"), before.get("Tracking", [])),
        **{name: merged[name] for name in ("DiscountRate", "DiscountAmount") if merged.get(name)},
    }
    # Else the account's own rate; the item's is never taken.
    tax_type = sent.get("TaxType") or before.get("TaxType") or (account or {}).get("TaxType", "NONE")
    line |= _tax(books, {**sent, "TaxType": tax_type}, account, amount, rules)
    return {name: value for name, value in line.items() if value is not None}


def _item(books: Books, merged: Record) -> Record | None:
    code = merged.get("ItemCode")
    if not code:
        return None
    item = books.first("items", "code", str(code).casefold())
    if item is None:
        raise RefusedError(f"Item code '{code}' is not valid")
    return item


def _item_text(item: Record | None, rules: Rules) -> str | None:
    if item is None:
        return None
    text = item.get("Description") if rules.sales else item.get("PurchaseDescription")
    return str(text) if text else None


def _account_named(sent: Record, before: Record, side: Record) -> Record:
    """By what the account is named: by the line sent, else by the line as it was, else by the item."""
    for source in (sent, before, side):
        if source.get("AccountCode") or source.get("AccountID"):
            return {"AccountID": None if source.get("AccountCode") else source["AccountID"], **source}
    return {}


def _account(books: Books, named: Record) -> Record | None:
    if not named:
        return None
    code = named.get("AccountCode")
    account = settings.account_named(books, {"AccountCode": code} if code else named)
    if account is None or account["Type"] == "BANK" or account.get("SystemAccount") in {"DEBTORS", "CREDITORS"}:
        raise RefusedError(f"Account code '{code}' is not a valid code for this document.")
    if account["Status"] != "ACTIVE":
        raise RefusedError(
            f"Account code '{account['Code']}' has been archived, or has been deleted. "
            "Each line item must reference a valid account."
        )
    return account


def _amounts(sent: Record, before: Record, side: Record, rules: Rules) -> tuple[Decimal, Decimal, Decimal]:
    """Quantity, unit amount, line amount. A line amount that does not follow from the others is refused."""
    merged = {**before, **sent}
    quantity = rounded(_number(merged, "Quantity", Decimal(1)), 4)
    given, unit = inward_number(sent, "LineAmount"), inward_number(merged, "UnitAmount")
    if unit is None and given is not None and quantity:
        return quantity, rounded(given / quantity, rules.decimals), rounded(given)
    unit = rounded(_number(side, "UnitPrice", Decimal(0)) if unit is None else unit, rules.decimals)
    amount = rounded(quantity * unit * _discounted(merged, rules) - _number(merged, "DiscountAmount", Decimal(0)))
    if given is not None and rounded(given) != amount:
        raise RefusedError(f"The line total {given} does not match the expected line total {amount}")
    if abs(amount) > LARGEST:
        raise RefusedError(f"The line amount {amount} is larger than Xero can hold")
    return quantity, unit, amount


def _discounted(merged: Record, rules: Rules) -> Decimal:
    rate = _number(merged, "DiscountRate", Decimal(0))
    if not rules.discounts and (rate or inward_number(merged, "DiscountAmount")):
        raise RefusedError("Discounts are only for sales invoices and quotes")
    return 1 - rate / 100


def _tax(books: Books, sent: Record, account: Record | None, amount: Decimal, rules: Rules) -> Record:
    """TaxType and TaxAmount: what was sent, else what follows from the rate."""
    if rules.mode == "NoTax":
        return {"TaxType": "NONE", "TaxAmount": Decimal("0.00")}
    tax_type = sent["TaxType"]
    rate = books.get("tax_rates", tax_type)
    if rate is None or rate["Status"] != "ACTIVE":
        raise RefusedError(
            f"The TaxType code {tax_type} does not exist or cannot be used for this type of transaction."
        )
    if account and not rate[_CLASS_FLAGS[account["Class"]]]:
        raise RefusedError(f"The TaxType code '{tax_type}' cannot be used with account code '{account['Code']}'.")
    percent = rate["EffectiveRate"]
    computed = amount * percent / (100 + percent) if rules.mode == "Inclusive" else amount * percent / 100
    return {"TaxType": tax_type, "TaxAmount": rounded(_number(sent, "TaxAmount", computed))}


def _number(sent: Record, name: str, default: Decimal) -> Decimal:
    number = inward_number(sent, name)
    return default if number is None else number
