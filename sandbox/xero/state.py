"""What kinds of records an organisation has, and the rules of each: the table that routes and `seed` work from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from sandbox.world import Record
from sandbox.xero import (
    bank_transactions,
    contacts,
    credits,
    documents,
    invoices,
    items,
    payments,
    purchase_orders,
    settings,
    tracking,
)
from sandbox.xero.books import KEYS, Books, How
from sandbox.xero.query import Test, from_date, one_of, until_date

Write = Callable[[Books, Record, Record | None, How], Record]
Filter = Callable[[str], Test]


def _without_time(books: Books, record: Record, detailed: bool) -> Record:
    return tracking.without_time(record)


def _as_stored(books: Books, record: Record, detailed: bool) -> Record:
    return record


@dataclass(frozen=True)
class Entity:
    """One kind of record. `filters` are its own query parameters, by lower-case name."""

    name: str
    plural: str
    write: Write | None = None
    match: Callable[[Books, Record], Record | None] | None = None
    remove: Callable[[Books, str], None] | None = None
    outward: Callable[[Books, Record, bool], Record] = _as_stored
    number: str | None = None
    pages: Literal["always", "when asked", "never"] = "never"
    where: bool = True
    since: bool = True
    one_per_call: bool = False
    most_per_call: int | None = None
    filters: dict[str, Filter] = field(default_factory=dict)
    search: tuple[str, ...] = ()
    attaches: bool = False

    @property
    def key(self) -> str:
        """The name of the field that holds its id."""
        return KEYS[self.name]


def _ids(field_name: str) -> Filter:
    return lambda text: one_of(text, field_name)


ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        Entity(
            "contacts",
            "Contacts",
            write=contacts.write,
            match=contacts.match,
            outward=contacts.outward,
            number="number",
            pages="when asked",
            filters={"ids": _ids("ContactID")},
            search=("Name", "FirstName", "LastName", "ContactNumber", "CompanyNumber", "EmailAddress"),
            attaches=True,
        ),
        Entity(
            "items",
            "Items",
            write=items.write,
            match=items.match,
            remove=items.remove,
            number="code",
            most_per_call=500,
        ),
        Entity("accounts", "Accounts", settings.write_account, remove=settings.remove_account, one_per_call=True),
        Entity(
            "purchase_orders",
            "PurchaseOrders",
            write=purchase_orders.write,
            match=purchase_orders.match,
            outward=purchase_orders.outward,
            number="number",
            pages="always",
            where=False,
            filters={"status": _ids("Status"), "datefrom": from_date, "dateto": until_date},
            attaches=True,
        ),
        Entity(
            "invoices",
            "Invoices",
            write=invoices.write,
            match=invoices.match,
            outward=invoices.outward,
            number="number",
            pages="when asked",
            filters={
                "ids": _ids("InvoiceID"),
                "invoicenumbers": _ids("InvoiceNumber"),
                "contactids": _ids("Contact.ContactID"),
                "statuses": _ids("Status"),
            },
            search=("InvoiceNumber", "Reference"),
            attaches=True,
        ),
        Entity(
            "credit_notes",
            "CreditNotes",
            write=credits.write_credit_note,
            match=credits.match,
            outward=credits.outward,
            number="number",
            pages="when asked",
            attaches=True,
        ),
        Entity("payments", "Payments", write=payments.write, outward=payments.outward, pages="when asked"),
        Entity(
            "bank_transactions",
            "BankTransactions",
            write=bank_transactions.write,
            outward=documents.outward,
            pages="when asked",
            attaches=True,
        ),
        Entity("overpayments", "Overpayments", outward=credits.outward, pages="when asked"),
        Entity("prepayments", "Prepayments", outward=credits.outward, pages="when asked"),
        Entity("tax_rates", "TaxRates", outward=_without_time, since=False),
        Entity("currencies", "Currencies", outward=_without_time, since=False),
    )
}

SEEDED: dict[str, Write] = {
    "organisation": settings.write_organisation,
    "tax_rates": settings.write_tax_rate,
    "tracking_categories": tracking.write_category,
    "tracking_options": tracking.write_option,
    "overpayments": credits.write_overpayment,
    "prepayments": credits.write_prepayment,
    **{entity.name: entity.write for entity in ENTITIES.values() if entity.write},
}

REMOVED: dict[str, Callable[[Books, str], None]] = {
    "tracking_categories": tracking.remove_category,
    "tracking_options": tracking.remove_option,
    **{entity.name: entity.remove for entity in ENTITIES.values() if entity.remove},
}
