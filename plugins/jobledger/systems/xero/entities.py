"""What Jobledger knows of Xero's records: their cards, limits, and the paths that mapping files may name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobledger.systems.base import Card, Entity, Record
from jobledger.systems.xero.dates import version
from jobledger.systems.xero.document_entities import DOCUMENT_ENTITIES
from jobledger.systems.xero.limits import BATCH
from jobledger.systems.xero.marks import MARK_PREFIX

MOST_ACTIVE_OPTIONS = 100
OPTIONS_ALARM = 90
MOST_ITEMS = 4000
ITEMS_ALARM = 3800


def contact(record: Record) -> Card:
    """A contact's card. A number that is not our mark is another integration's, and stays what it is."""
    number = record.get("ContactNumber") or None
    return Card(
        id=record["ContactID"],
        name=record.get("Name") or "",
        number=record.get("AccountNumber") or None,
        mark=number if number and number.startswith(MARK_PREFIX) else None,
        version=version(record.get("UpdatedDateUTC")),
        status=record.get("ContactStatus"),
        active=record.get("ContactStatus", "ACTIVE") == "ACTIVE",
        evidence=_evidence(record),
        merged_into=record.get("MergedToContactID") or None,
    )


def tracking_option(record: Record) -> Card:
    """A tracking option's card. Xero tells no time of change of options."""
    return Card(
        id=record["TrackingOptionID"],
        name=record.get("Name") or "",
        status=record.get("Status"),
        active=record.get("Status", "ACTIVE") == "ACTIVE",
        evidence=_filled({"category_id": record.get("TrackingCategoryID")}),
    )


def item(record: Record) -> Card:
    """An item's card; its code is its number."""
    return Card(
        id=record["ItemID"],
        name=record.get("Name") or record.get("Code") or "",
        number=record.get("Code"),
        version=version(record.get("UpdatedDateUTC")),
        evidence=_filled({"purchase_account": (record.get("PurchaseDetails") or {}).get("AccountCode")}),
    )


def _evidence(record: Record) -> Mapping[str, str]:
    phones = {phone.get("PhoneType"): _phone(phone) for phone in record.get("Phones") or ()}
    places = {place.get("AddressType"): place for place in record.get("Addresses") or ()}
    place: Mapping[str, Any] = next((places[kind] for kind in ("POBOX", "STREET") if _used(places.get(kind))), {})
    social = record.get("TaxNumberType") == "SSN"
    return _filled(
        {
            "email": record.get("EmailAddress"),
            "phone": phones.get("DEFAULT") or phones.get("MOBILE"),
            "street": place.get("AddressLine1"),
            "city": place.get("City"),
            "postal_code": place.get("PostalCode"),
            "website": record.get("Website"),
            "tax_number": None if social else record.get("TaxNumber"),
            "foreign_number": _foreign(record.get("ContactNumber")),
        }
    )


def _foreign(number: str | None) -> str | None:
    return number if number and not number.startswith(MARK_PREFIX) else None


def _phone(phone: Mapping[str, Any]) -> str:
    parts = (phone.get(name) for name in ("PhoneCountryCode", "PhoneAreaCode", "PhoneNumber"))
    return " ".join(part for part in parts if part)


def _used(place: Mapping[str, Any] | None) -> bool:
    return bool(place and (place.get("AddressLine1") or place.get("City") or place.get("PostalCode")))


def _filled(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value}


_CONTACT_PATHS = frozenset(
    [
        "ContactID",
        "ContactNumber",
        "AccountNumber",
        "ContactStatus",
        "Name",
        "FirstName",
        "LastName",
        "CompanyNumber",
        "EmailAddress",
        "TaxNumber",
        "TaxNumberType",
        "DefaultCurrency",
        "Website",
        "IsSupplier",
        "IsCustomer",
        "UpdatedDateUTC",
        "MergedToContactID",
        "Phones.PhoneType",
        "Phones.PhoneNumber",
        "Phones.PhoneAreaCode",
        "Phones.PhoneCountryCode",
        "Addresses.AddressType",
        "Addresses.AddressLine1",
        "Addresses.AddressLine2",
        "Addresses.AddressLine3",
        "Addresses.AddressLine4",
        "Addresses.City",
        "Addresses.Region",
        "Addresses.PostalCode",
        "Addresses.Country",
        "Addresses.AttentionTo",
    ]
)
_OPTION_PATHS = frozenset(["TrackingOptionID", "TrackingCategoryID", "Name", "Status"])
_ITEM_PATHS = frozenset(
    [
        "ItemID",
        "Code",
        "Name",
        "Description",
        "PurchaseDescription",
        "IsSold",
        "IsPurchased",
        "UpdatedDateUTC",
        "PurchaseDetails.AccountCode",
        "PurchaseDetails.UnitPrice",
        "PurchaseDetails.TaxType",
        "SalesDetails.AccountCode",
        "SalesDetails.UnitPrice",
        "SalesDetails.TaxType",
    ]
)

ENTITIES: Mapping[str, Entity] = {
    "contacts": Entity(
        name="contacts",
        card=contact,
        label="contact",
        batch=BATCH,
        paths=_CONTACT_PATHS,
    ),
    "tracking_options": Entity(
        name="tracking_options",
        card=tracking_option,
        label="tracking option",
        by_change=False,
        has_mark=False,
        paths=_OPTION_PATHS,
    ),
    "items": Entity(
        name="items",
        card=item,
        label="item",
        by_change=False,
        batch=BATCH,
        has_mark=False,
        paths=_ITEM_PATHS,
    ),
    **DOCUMENT_ENTITIES,
}
