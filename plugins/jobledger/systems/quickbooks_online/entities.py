"""What Jobledger knows of QuickBooks' records: their cards, limits, and the paths that mapping files may name."""

from __future__ import annotations

from collections.abc import Mapping

from jobledger.systems.base import Entity
from jobledger.systems.quickbooks_online.cards import (
    account_card,
    contact_card,
    employee_card,
    item_card,
    name_card,
    sub_customer_card,
)
from jobledger.systems.quickbooks_online.document_entities import DOCUMENT_ENTITIES
from jobledger.systems.quickbooks_online.limits import BATCH

_COMMON = ("id", "Id", "SyncToken", "Active", "Updated")
_ADDRESS = ("Line1", "Line2", "Line3", "City", "CountrySubDivisionCode", "PostalCode", "Country")
_CONTACT_PATHS = frozenset(
    (
        *_COMMON,
        *("Kind", "DisplayName", "CompanyName", "PrintOnCheckName", "GivenName", "FamilyName", "AcctNum", "Notes"),
        *("PrimaryPhone.FreeFormNumber", "Mobile.FreeFormNumber", "Fax.FreeFormNumber", "PrimaryEmailAddr.Address"),
        *("WebAddr.URI", "TermRef", "SalesTermRef", "CurrencyRef", "Balance", "Vendor1099"),
        *(f"BillAddr.{name}" for name in _ADDRESS),
    )
)
_SUB_CUSTOMER_PATHS = frozenset(
    (*_COMMON, "DisplayName", "FullyQualifiedName", "ParentRef", "Job", "BillWithParent", "IsProject", "Notes")
)
_ITEM_PATHS = frozenset(
    (
        *_COMMON,
        *("Name", "FullyQualifiedName", "Sku", "Type", "Description", "PurchaseDesc", "SubItem", "ParentRef"),
        *("UnitPrice", "PurchaseCost", "IncomeAccountRef", "ExpenseAccountRef", "Taxable"),
    )
)
_ACCOUNT_PATHS = frozenset(
    (*_COMMON, "Name", "FullyQualifiedName", "AcctNum", "AccountType", "AccountSubType", "Classification")
)
_NAME_PATHS = frozenset((*_COMMON, "Name", "FullyQualifiedName", "Description", "ParentRef", "SubClass"))
_EMPLOYEE_PATHS = frozenset(
    (*_COMMON, "DisplayName", "GivenName", "FamilyName", "EmployeeNumber", "PrimaryEmailAddr.Address")
)

ENTITIES: Mapping[str, Entity] = {
    "contacts": Entity(
        name="contacts",
        card=contact_card,
        label="vendor or customer",
        batch=BATCH,
        has_mark=False,
        paths=_CONTACT_PATHS,
    ),
    "sub_customers": Entity(
        name="sub_customers",
        card=sub_customer_card,
        label="sub-customer",
        batch=BATCH,
        has_mark=False,
        paths=_SUB_CUSTOMER_PATHS,
    ),
    "items": Entity(
        name="items",
        card=item_card,
        label="product or service",
        batch=BATCH,
        has_mark=False,
        paths=_ITEM_PATHS,
    ),
    "accounts": Entity(name="accounts", card=account_card, label="account", has_mark=False, paths=_ACCOUNT_PATHS),
    "classes": Entity(
        name="classes",
        card=name_card,
        label="class",
        batch=BATCH,
        has_mark=False,
        paths=_NAME_PATHS,
    ),
    "locations": Entity(
        name="locations",
        card=name_card,
        label="location",
        batch=BATCH,
        has_mark=False,
        paths=_NAME_PATHS,
    ),
    "tax_codes": Entity(
        name="tax_codes",
        card=name_card,
        label="tax code",
        by_change=False,
        has_mark=False,
        paths=_NAME_PATHS,
    ),
    "employees": Entity(
        name="employees",
        card=employee_card,
        label="employee",
        has_mark=False,
        paths=_EMPLOYEE_PATHS,
    ),
    **DOCUMENT_ENTITIES,
}
