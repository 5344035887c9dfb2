"""Which of QuickBooks' lists of names there are, and what is made in each."""

from __future__ import annotations

from collections.abc import Mapping

from jobledger.systems.base import Record
from jobledger.systems.quickbooks_online.api import Api, Query
from jobledger.systems.quickbooks_online.entities import ENTITIES
from jobledger.systems.quickbooks_online.names import SHARED, Names, named
from jobledger.systems.quickbooks_online.reads import Lists
from jobledger.systems.quickbooks_online.records import flat
from jobledger.systems.quickbooks_online.writes import Echo

_CUSTOMERS = Query("Customer", inactive=True)


def all_lists(api: Api) -> Mapping[str, Names]:
    """Every list of names, by its name in mapping files."""
    return {
        "contacts": _contacts(api),
        "sub_customers": _sub_customers(api),
        "items": _items(api),
        "accounts": _plain(api, "accounts", Query("Account", inactive=True)),
        "classes": _plain(api, "classes", Query("Class", inactive=True), makes="Class"),
        "locations": _plain(api, "locations", Query("Department", inactive=True), makes="Department"),
        "tax_codes": _plain(api, "tax_codes", Query("TaxCode", inactive=True)),
        "employees": _plain(api, "employees", Query("Employee", inactive=True), unique="DisplayName"),
    }


def _contacts(api: Api) -> Names:
    """Vendors and customers as one list; a new one is a vendor (SMX-QBO-26), or what its `Kind` says."""
    lists = Lists(api, (Query("Vendor", inactive=True), _CUSTOMERS), _if_contact, named)
    echo = Echo(_contact, ENTITIES["contacts"].card)
    return Names(api, lists, echo, "contact", "DisplayName", "Vendor", shared=SHARED)


def _sub_customers(api: Api) -> Names:
    """The customers below others: what projects become. QuickBooks' own projects are among them (SMX-QBO-34, 41)."""
    lists, echo = Lists(api, (_CUSTOMERS,), _if_sub_customer), Echo(_with_id, ENTITIES["sub_customers"].card)
    always = {"Job": True, "BillWithParent": False}
    return Names(api, lists, echo, "sub-customer", "DisplayName", "Customer", always, SHARED)


def _items(api: Api) -> Names:
    """Products and services; categories, which only group them, are left out."""
    lists = Lists(api, (Query("Item", inactive=True, fields="*, Sku"),), _unless_category)
    return Names(api, lists, Echo(_with_id, ENTITIES["items"].card), "item", "Name", "Item", {"Type": "Service"})


def _plain(api: Api, name: str, query: Query, makes: str = "", unique: str = "Name") -> Names:
    """A list of one entity, as it is."""
    entity = ENTITIES[name]
    lists = Lists(api, (query,), _each)
    return Names(api, lists, Echo(_with_id, entity.card), entity.label, unique, makes)


def _contact(entity: str, record: Record) -> Record:
    return {"id": named(entity, str(record["Id"])), "Kind": entity, **flat(record)}


def _if_contact(entity: str, record: Record) -> list[Record]:
    return [] if record.get("ParentRef") else [_contact(entity, record)]


def _with_id(entity: str, record: Record) -> Record:
    return {"id": str(record["Id"]), **flat(record)}


def _if_sub_customer(entity: str, record: Record) -> list[Record]:
    return [_with_id(entity, record)] if record.get("ParentRef") else []


def _unless_category(entity: str, record: Record) -> list[Record]:
    return [] if record.get("Type") == "Category" else [_with_id(entity, record)]


def _each(entity: str, record: Record) -> list[Record]:
    return [_with_id(entity, record)]
