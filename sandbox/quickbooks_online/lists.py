"""Accounts, items, classes, locations, terms, tax codes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from sandbox.quickbooks_online import trees
from sandbox.quickbooks_online.books import Books, How
from sandbox.quickbooks_online.errors import RefusedError, business, missing
from sandbox.quickbooks_online.schema_lists import ACCOUNT_TYPES
from sandbox.quickbooks_online.trees import Tree
from sandbox.world import Record

ACCOUNTS = Tree("accounts", "SubAccount")
ITEMS = Tree("items", "SubItem")
CLASSES = Tree("classes", "SubClass")
DEPARTMENTS = Tree("departments", "SubDepartment")

MOST_ACCOUNTS = 250
MOST_CLASSES = 40
UNLIMITED = "Advanced"
SMALL_PLANS = ("Simple Start", "Essentials")
_INCOME = {"Income", "Other Income"}
_EXPENSE = {"Expense", "Other Expense", "Cost of Goods Sold"}


def account(books: Books, record: Record, before: Record | None, how: How) -> Record:
    """An account, checked and complete."""
    kind = record.get("AccountType") or _type_of(record.get("AccountSubType"))
    if kind is None:
        raise RefusedError(6010, "Specify an AccountType or an AccountSubType", "AccountType")
    classification, subtype = ACCOUNT_TYPES[kind]
    checked = {"AccountSubType": subtype, **record, "AccountType": kind, "Classification": classification}
    checked = trees.placed(books, ACCOUNTS, trees.named(checked))
    if '"' in checked["Name"]:
        raise RefusedError(2040, "Invalid or unsupported characters in Name: no quotation mark", "Name")
    trees.check_unique(books, ("accounts",), "FullyQualifiedName", checked)
    _check_number(books, checked)
    _check_limit(books, before, checked, ("accounts",), MOST_ACCOUNTS)
    return checked


def item(books: Books, record: Record, before: Record | None, how: How) -> Record:
    """An item, checked and complete."""
    checked = trees.placed(books, ITEMS, trees.named({"Type": "Service", "Taxable": False, **record}))
    trees.check_unique(books, ("items",), "FullyQualifiedName", checked)
    if checked["Type"] in {"Category", "Group"}:
        return checked
    if "IncomeAccountRef" not in checked:
        raise missing("IncomeAccountRef")
    if not how.person:
        _check_posts(books, checked, "IncomeAccountRef", _INCOME)
        _check_posts(books, checked, "ExpenseAccountRef", _EXPENSE)
    return {"UnitPrice": Decimal(0), "PurchaseCost": Decimal(0), "TrackQtyOnHand": False, **checked}


def class_(books: Books, record: Record, before: Record | None, how: How) -> Record:
    """A class, where the company tracks classes."""
    if not books.preference("AccountingInfoPrefs", "ClassTrackingPerTxnLine"):
        raise RefusedError(5030, "Class tracking is turned off in this company")
    return _tracked(books, CLASSES, record, before)


def department(books: Books, record: Record, before: Record | None, how: How) -> Record:
    """A location, where the company tracks locations."""
    if not books.preference("AccountingInfoPrefs", "TrackDepartments"):
        raise RefusedError(5030, "Location tracking is turned off in this company")
    return _tracked(books, DEPARTMENTS, record, before)


def term(books: Books, record: Record, before: Record | None, how: How) -> Record:
    """A payment term."""
    return {"Type": "STANDARD", **trees.named(record)}


def tax(books: Books, record: Record, before: Record | None, how: How) -> Record:
    """A tax code or rate; only a person makes one."""
    return {"Active": True, **record}


def saved_in(tree: Tree) -> Callable[[Books, Record, Record | None, How], None]:
    """What follows when a record of a tree is stored."""

    def passed_on(books: Books, record: Record, before: Record | None, how: How) -> None:
        trees.rename_children(books, tree, record)

    return passed_on


def _tracked(books: Books, tree: Tree, record: Record, before: Record | None) -> Record:
    checked = trees.placed(books, tree, trees.named(record))
    trees.check_unique(books, (tree.entity,), "FullyQualifiedName", checked)
    _check_limit(books, before, checked, ("classes", "departments"), MOST_CLASSES)
    return checked


def _type_of(subtype: str | None) -> str | None:
    return next((kind for kind, (_, default) in ACCOUNT_TYPES.items() if default == subtype), None)


def _check_number(books: Books, record: Record) -> None:
    number = record.get("AcctNum")
    if not number:
        return
    if not books.preference("AccountingInfoPrefs", "UseAccountNumbers"):
        raise business("Account numbers are turned off in this company", "AcctNum")
    if any(other["Id"] != record.get("Id") for other in books.find("accounts", "number", number)):
        raise business(f"The account number {number} is already used", "AcctNum")


def _check_posts(books: Books, record: Record, field: str, allowed: set[str]) -> None:
    """Stricter reading: whether an app may give an item another type of account, as a person may, is not known."""
    if field in record:
        kind = (books.get("accounts", record[field]["value"]) or {}).get("AccountType")
        if kind not in allowed:
            raise RefusedError(6430, f"Invalid account type: {kind} used for {field}", field)


def _check_limit(books: Books, before: Record | None, record: Record, entities: tuple[str, ...], most: int) -> None:
    """What the plan allows counts what is active."""
    is_more = record["Active"] and not (before and before["Active"])
    if not is_more or books.settings()["plan"] == UNLIMITED:
        return
    active = sum(one["Active"] for entity in entities for one in books.all(entity))
    if active >= most:
        raise business(f"The usage limit of this plan is reached: {most} active {' and '.join(entities)}")
