"""What the catalog keeps of contacts, projects, items, accounts, classes and their like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobledger.systems.base import Card, Record
from jobledger.systems.quickbooks_online.records import UPDATED, filled


def contact_card(record: Record) -> Card:
    """The card of a vendor or customer: its status is its kind (SMX-QBO-32), `vendor_id` or `customer_id` its id."""
    kind, place = record["Kind"], record.get("BillAddr") or {}
    return _card(
        record,
        "DisplayName",
        status=kind,
        evidence={
            f"{kind.lower()}_id": record["Id"],
            "kind": kind.lower(),
            "email": (record.get("PrimaryEmailAddr") or {}).get("Address"),
            "phone": (record.get("PrimaryPhone") or {}).get("FreeFormNumber"),
            "fax": (record.get("Fax") or {}).get("FreeFormNumber"),
            "street": place.get("Line1"),
            "city": place.get("City"),
            "postal_code": place.get("PostalCode"),
            "website": (record.get("WebAddr") or {}).get("URI"),
            "trade_name": record.get("CompanyName"),
        },
    )


def sub_customer_card(record: Record) -> Card:
    """The card of a sub-customer, or of a project that QuickBooks keeps as one."""
    kind = "project" if record.get("IsProject") else "sub-customer"
    return _card(record, "DisplayName", evidence={"customer_id": record.get("ParentRef"), "kind": kind})


def item_card(record: Record) -> Card:
    """An item's card; its name is its number too, below the parent that it may have."""
    facts = {"description": record.get("Description"), "kind": record.get("Type")}
    accounts = {"purchase_account": record.get("ExpenseAccountRef"), "income_account": record.get("IncomeAccountRef")}
    return _card(record, "FullyQualifiedName", record.get("Name"), evidence={**facts, **accounts})


def account_card(record: Record) -> Card:
    """An account's card, with its number where the company uses numbers."""
    kinds = {"kind": record.get("AccountType"), "detail": record.get("AccountSubType")}
    return _card(record, "FullyQualifiedName", record.get("AcctNum"), evidence=kinds)


def name_card(record: Record) -> Card:
    """The card of a class, location, tax code or term."""
    return _card(record, "FullyQualifiedName" if "FullyQualifiedName" in record else "Name")


def employee_card(record: Record) -> Card:
    """An employee's card."""
    mail = (record.get("PrimaryEmailAddr") or {}).get("Address")
    return _card(record, "DisplayName", record.get("EmployeeNumber"), evidence={"email": mail})


def _card(
    record: Record,
    name: str,
    number: str | None = None,
    *,
    status: str | None = None,
    evidence: Mapping[str, Any] = {},
) -> Card:
    active = record.get("Active", True) is not False
    return Card(
        id=record["id"],
        name=record.get(name) or "",
        number=number or None,
        version=record.get(UPDATED),
        status=(status or "Active") if active else "Inactive",
        active=active,
        evidence=filled(evidence),
    )
