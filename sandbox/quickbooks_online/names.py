"""Vendors, customers and employees, who share one set of names."""

from __future__ import annotations

from decimal import Decimal

from sandbox.quickbooks_online import trees
from sandbox.quickbooks_online.books import DELETED, NAMES, Books, How
from sandbox.quickbooks_online.errors import RefusedError
from sandbox.quickbooks_online.trees import Tree
from sandbox.world import Record

CUSTOMERS = Tree("customers", "Job", "DisplayName")
_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
_MASKED = {"TaxIdentifier": 4, "SSN": 4}
ZERO = Decimal("0.00")


def vendor(books: Books, record: Record, before: Record | None, how: How) -> Record:
    """A vendor, checked and complete."""
    return _checked(books, "vendors", {"Vendor1099": False, **record})


def employee(books: Books, record: Record, before: Record | None, how: How) -> Record:
    """An employee, checked and complete."""
    return _checked(books, "employees", {"BillableTime": False, **record})


def customer(books: Books, record: Record, before: Record | None, how: How) -> Record:
    """A customer, or a sub-customer of one; a project is a sub-customer that the product has made."""
    unchanged = {"IsProject": (before or {}).get("IsProject", False), "BillWithParent": False, "Taxable": False}
    checked = _checked(books, "customers", {**unchanged, **record})
    return trees.placed(books, CUSTOMERS, checked)


def customer_saved(books: Books, record: Record, before: Record | None, how: How) -> None:
    """Sub-customers carry the name of those above."""
    trees.rename_children(books, CUSTOMERS, record)


def shown_vendor(books: Books, record: Record) -> Record:
    """With the open balance: bills less credits; the tax number masked."""
    owed = _open(books, "bills", record) - _open(books, "vendor_credits", record)
    return {**_masked(record), "Balance": owed}


def shown_customer(books: Books, record: Record) -> Record:
    """With the open balance, by itself and with those below."""
    own = _open(books, "invoices", record) - _open(books, "credit_memos", record)
    below = books.find("customers", "parent", record["Id"])
    with_jobs = own + sum((shown_customer(books, child)["BalanceWithJobs"] for child in below), ZERO)
    return {**record, "Balance": own, "BalanceWithJobs": with_jobs}


def shown_employee(books: Books, record: Record) -> Record:
    """With the social security number masked."""
    return _masked(record)


def _open(books: Books, entity: str, record: Record) -> Decimal:
    return sum((one.get("Balance", ZERO) for one in books.find(entity, "owner", record["Id"])), ZERO)


def _masked(record: Record) -> Record:
    hidden = {
        name: "X" * max(0, len(record[name]) - shown) + record[name][-shown:]
        for name, shown in _MASKED.items()
        if name in record
    }
    return {**record, **hidden}


def _checked(books: Books, entity: str, record: Record) -> Record:
    full = " ".join(record[part] for part in _PARTS if record.get(part))
    display = record.get("DisplayName") or full
    if not display.removesuffix(DELETED).strip():
        parts = ", ".join(_PARTS)
        raise RefusedError(6080, f"At least one of {parts} or DisplayName is required", "DisplayName")
    checked = trees.named({**record, "DisplayName": display}, "DisplayName")
    others = tuple(one for one in NAMES if one != entity)
    trees.check_unique(books, (entity, *others), "DisplayName", checked)
    return {"PrintOnCheckName": (record.get("CompanyName") or display)[:110], **checked}
