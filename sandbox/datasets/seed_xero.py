"""Puts a set of books into Xero, record by record, as the bookkeeper would have typed it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from sandbox.datasets import books, story
from sandbox.datasets.books import Books, Contact, Document, Entry, Item, Order
from sandbox.datasets.procore_ids import Seed
from sandbox.world import Record

OPENED = date(2025, 8, 1)
KINDS = {
    "bill": ("invoices", "ACCPAY", "InvoiceNumber"),
    "credit": ("credit_notes", "ACCPAYCREDIT", "CreditNoteNumber"),
    "spend": ("bank_transactions", "SPEND", "Reference"),
    "refund": ("bank_transactions", "RECEIVE", "Reference"),
}
"""Per kind of document: the entity, Xero's type, and where the reference goes."""


def seed(put: Seed, own: Books) -> None:
    """Fills an installed organisation. Raises `ValueError` when Xero refuses a record."""
    put("organisation", {"Name": story.NAME, "LegalName": f"{story.NAME}, Inc."})
    tracked = _tracking(put, own)
    contacts = {contact.name: put("contacts", _contact(contact))["ContactID"] for contact in own.contacts}
    for item in own.items:
        put("items", _item(item))
    for order in own.orders:
        put("purchase_orders", _order(order, contacts[order.contact], tracked))
    for document in own.documents:
        _document(put, document, contacts[document.contact], tracked)


def _tracking(put: Seed, own: Books) -> dict[tuple[str, str], Record]:
    """The two categories and their options; what a line says to be tracked by each."""
    tracked = {}
    for category, options in ((books.CATEGORY, own.jobs), (books.OTHER_CATEGORY, books.REGIONS)):
        key = put("tracking_categories", {"Name": category, "Status": "ACTIVE", **_changed(OPENED)})[
            "TrackingCategoryID"
        ]
        for name in options:
            option = put("tracking_options", {"TrackingCategoryID": key, "Name": name, **_changed(OPENED)})
            tracked[category, name] = {"TrackingCategoryID": key, "TrackingOptionID": option["TrackingOptionID"]}
    return tracked


def _changed(day: date) -> Record:
    return {"UpdatedDateUTC": f"{day.isoformat()}T17:00:00.000Z"}


def _contact(contact: Contact) -> Record:
    place = contact.place
    address = place and {
        "AddressType": "STREET",
        "AddressLine1": place.street,
        "City": place.city,
        "Region": place.state,
        "PostalCode": place.zip,
        "Country": "USA",
    }
    return {
        "Name": contact.name,
        "EmailAddress": contact.email,
        "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": contact.phone}] if contact.phone else [],
        "Addresses": [address] if address else [],
        **_changed(OPENED),
    }


def _item(item: Item) -> Record:
    return {
        "Code": item.code,
        "Name": item.name,
        "PurchaseDescription": item.name,
        "IsSold": False,
        "IsPurchased": True,
        "PurchaseDetails": {"AccountCode": item.account},
        **_changed(OPENED),
    }


def _lines(entries: tuple[Entry, ...], tracked: dict[tuple[str, str], Record]) -> list[Record]:
    return [_line(entry, list(_options(entry, tracked))) for entry in entries]


def _line(entry: Entry, tracking: list[Record]) -> Record:
    line: Record = {
        "Description": entry.description,
        "Quantity": Decimal(1),
        "UnitAmount": entry.amount,
        "AccountCode": entry.account,
        "TaxType": "NONE",
        "Tracking": tracking,
    }
    return {**line, "ItemCode": entry.item} if entry.item else line


def _options(entry: Entry, tracked: dict[tuple[str, str], Record]) -> Iterator[Record]:
    if entry.job:
        yield tracked[books.CATEGORY, entry.job]
    if entry.region:
        yield tracked[books.OTHER_CATEGORY, entry.region]


def _order(order: Order, contact_id: str, tracked: dict[tuple[str, str], Record]) -> Record:
    return {
        "Contact": {"ContactID": contact_id},
        "PurchaseOrderNumber": order.number,
        "Reference": order.title,
        "Date": order.dated.isoformat(),
        "Status": order.status,
        "LineAmountTypes": "NoTax",
        "CurrencyCode": "USD",
        "LineItems": _lines(order.entries, tracked),
        **_changed(order.dated),
    }


def _document(put: Seed, document: Document, contact_id: str, tracked: dict[tuple[str, str], Record]) -> None:
    entity, kind, reference = KINDS[document.kind]
    stored = put(
        entity,
        {
            "Type": kind,
            "Contact": {"ContactID": contact_id},
            reference: document.reference,
            "Date": document.dated.isoformat(),
            "Status": document.status,
            "LineAmountTypes": "NoTax",
            "CurrencyCode": "USD",
            "LineItems": _lines(document.entries, tracked),
            **({"DueDate": document.due.isoformat()} if document.kind == "bill" else {}),
            **({"BankAccount": {"Code": document.account}} if entity == "bank_transactions" else {}),
            **_changed(document.dated),
        },
    )
    if document.paid_on:
        put("payments", _payment(document, document.paid_on, stored["InvoiceID"]))


def _payment(document: Document, paid_on: date, invoice_id: str) -> Record:
    return {
        "Invoice": {"InvoiceID": invoice_id},
        "Account": {"Code": books.CHECKING},
        "Date": paid_on.isoformat(),
        "Amount": document.paid,
        "Reference": document.reference,
        **_changed(paid_on),
    }
