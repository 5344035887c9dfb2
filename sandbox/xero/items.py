"""Items: products and services, untracked."""

from __future__ import annotations

from typing import Any

from sandbox.world import Record
from sandbox.xero.books import Books, How
from sandbox.xero.errors import RefusedError
from sandbox.xero.wire import inward_flag, inward_number, inward_text, rounded

_LONGEST = {"Code": 30, "Name": 50, "Description": 4000, "PurchaseDescription": 4000}


def match(books: Books, sent: Record) -> Record | None:
    """The item that a POST without ItemID means: by Code, whatever its case."""
    return books.first("items", "code", str(sent.get("Code", "")).casefold())


def write(books: Books, sent: Record, before: Record | None, how: How) -> Record:
    """Creates or changes an item."""
    texts = {name: inward_text(sent, name, length) for name, length in _LONGEST.items() if name in sent}
    record = {**(before or {"IsTrackedAsInventory": False}), **texts}
    _check_code(books, record)
    if sent.get("InventoryAssetAccountCode"):
        raise RefusedError("The sandbox has no tracked inventory: leave InventoryAssetAccountCode out")
    _one_side(books, record, sent, ("IsPurchased", "PurchaseDetails"), how)
    _one_side(books, record, sent, ("IsSold", "SalesDetails"), how)
    if not record["IsPurchased"]:
        record["PurchaseDescription"] = None
    return books.save("items", record, sent, how)


def remove(books: Books, key: str) -> None:
    """Deletes an item; lines that carry its code keep it, as Xero's do."""
    books.remove("items", key)


def _check_code(books: Books, record: Record) -> None:
    code = record.get("Code")
    if not code or not code.strip():
        raise RefusedError("Item Code must be specified")
    for other in books.find("items", "code", code.casefold()):
        if other["ItemID"] != record.get("ItemID"):
            raise RefusedError(f"Price List Item with Code '{code}' already exists")


def _one_side(books: Books, record: Record, sent: Record, names: tuple[str, str], how: How) -> None:
    """Buying or selling: switched off, its details go."""
    flag, details = names
    record[flag] = inward_flag(sent, flag, record.get(flag, True))
    if not record[flag]:
        record[details] = {}
        return
    record[details] = {**record.get(details, {}), **_details(books, sent.get(details), how)}


def _details(books: Books, sent: Any, how: How) -> Record:
    if not isinstance(sent, dict):
        return {}
    details: Record = {name: str(sent[name]) for name in ("AccountCode", "TaxType") if sent.get(name)}
    price = inward_number(sent, "UnitPrice")
    if price is not None:
        details["UnitPrice"] = rounded(price, how.decimals)
    code = details.get("AccountCode")
    if code and not any(account["Status"] == "ACTIVE" for account in books.find("accounts", "code", code)):
        raise RefusedError(f"Account code '{code}' is not a valid code for this document.")
    if "TaxType" in details and books.get("tax_rates", details["TaxType"]) is None:
        raise RefusedError(f"The TaxType code '{details['TaxType']}' does not exist")
    return details
