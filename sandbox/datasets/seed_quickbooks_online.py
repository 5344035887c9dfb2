"""Puts a set of books into QuickBooks Online, record by record, as the bookkeeper would have typed it.

Contacts are vendors; a job is a sub-customer of an owner; a cost type is a class; a region is a location.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import cycle

from sandbox.datasets import books, story
from sandbox.datasets.books import Books, Contact, Document, Entry, Item, Order
from sandbox.datasets.crew import EMPLOYEES
from sandbox.datasets.model import Contractor
from sandbox.datasets.procore_ids import Seed
from sandbox.datasets.seed_xero import OPENED
from sandbox.world import Record

CLASSES = {"L": "Labor", "M": "Materials", "E": "Equipment", "S": "Subcontract", "O": "Other"}
CLASS_OF_ACCOUNT = {account: CLASSES[cost_type] for cost_type, account in books.JOB_COSTS.items()}
OFFICE = (("Dana", "Whitfield"), ("Marcus", "Oyelaran"), ("Priya", "Venkataraman"))
"""Employees who write no timecards."""

REVENUE = "4000"
RETAINAGE_RECEIVABLE = "1150"
TERM = "Net 30"


@dataclass
class Company:
    """The company while it is being filled. `refs` holds what names and numbers refer to, by entity."""

    put: Seed
    refs: dict[tuple[str, str], Record] = field(default_factory=dict)

    def add(self, entity: str, name: str, record: Record, day: date = OPENED) -> Record:
        """Puts a record of a day, and lets documents refer to it by `name`."""
        stored = self.put(entity, {**record, "MetaData": {"LastUpdatedTime": f"{day.isoformat()}T17:00:00+00:00"}})
        self.refs[entity, name] = {"value": stored["Id"]}
        return stored

    def ref(self, entity: str, name: str) -> Record:
        """The reference to a record."""
        return self.refs[entity, name]


def seed(put: Seed, installed: Sequence[Record], own: Books, contractor: Contractor) -> None:
    """Fills an installed company whose accounts and terms are `installed`. Raises `ValueError` for a refused record."""
    company = Company(put)
    for record in installed:
        kind, name = ("accounts", record["AcctNum"]) if "AcctNum" in record else ("terms", record["Name"])
        company.refs[kind, name] = {"value": record["Id"]}
    put("company", {"CompanyName": story.NAME, "LegalName": f"{story.NAME}, Inc."})
    _lists(company, own, contractor)
    for order in own.orders:
        _order(company, order)
    for document in own.documents:
        # QuickBooks has no drafts of bills: the bookkeeper has not typed these yet.
        if document.status != "DRAFT":
            _document(company, document)


def _lists(company: Company, own: Books, contractor: Contractor) -> None:
    for name in CLASSES.values():
        company.add("classes", name, {"Name": name})
    for name in books.REGIONS:
        company.add("departments", name, {"Name": name})
    for contact in own.contacts:
        company.add("vendors", contact.name, _vendor(company, contact))
    _customers(company, own, contractor)
    for item in own.items:
        company.add("items", item.code, _item(company, item))
    crew = ((one.first_name, one.last_name) for one in EMPLOYEES)
    for given, family in (*crew, *OFFICE):
        named = {"GivenName": given, "FamilyName": family, "DisplayName": f"{given} {family}"}
        company.add("employees", f"{given} {family}", named)


def _customers(company: Company, own: Books, contractor: Contractor) -> None:
    """The owners, who are sent invoices, and the jobs below them in turn.

    An owner that is also a vendor has another name as a customer, since no two may be alike.
    """
    vendors = {contact.name.casefold() for contact in own.contacts}
    owners = [one for one in contractor.companies if one.kind == "owner" and one.active]
    names = [f"{one.name} (Owner)" if one.name.casefold() in vendors else one.name for one in owners]
    for name, owner in zip(names, owners, strict=True):
        company.add("customers", name, {"DisplayName": name, "CompanyName": owner.name[:100]})
    for job, name in zip(own.jobs, cycle(names), strict=False):
        parent = company.ref("customers", name)
        company.add("customers", job, {"DisplayName": job, "Job": True, "ParentRef": parent})


def _vendor(company: Company, contact: Contact) -> Record:
    place = contact.place
    address: Record = {}
    if place:
        address = {
            "Line1": place.street,
            "City": place.city,
            "CountrySubDivisionCode": place.state,
            "PostalCode": place.zip,
            "Country": "USA",
        }
    return {
        "DisplayName": contact.name,
        "CompanyName": contact.name[:100],
        "TermRef": company.ref("terms", TERM),
        **({"PrimaryPhone": {"FreeFormNumber": contact.phone}} if contact.phone else {}),
        **({"PrimaryEmailAddr": {"Address": contact.email}} if contact.email else {}),
        **({"BillAddr": address} if address else {}),
    }


def _item(company: Company, item: Item) -> Record:
    """Also bought items need an account for sales; that of retainage is what owners hold back."""
    sold = RETAINAGE_RECEIVABLE if item.code == books.RETAINAGE_ITEM else REVENUE
    return {
        "Name": item.code,
        "Type": "Service",
        "Description": item.name,
        "PurchaseDesc": item.name,
        "IncomeAccountRef": company.ref("accounts", sold),
        "ExpenseAccountRef": company.ref("accounts", item.account),
    }


def _line(company: Company, entry: Entry) -> Record:
    tracked: Record = {"BillableStatus": "NotBillable"}
    if entry.job:
        tracked["CustomerRef"] = company.ref("customers", entry.job)
    if entry.account in CLASS_OF_ACCOUNT:
        tracked["ClassRef"] = company.ref("classes", CLASS_OF_ACCOUNT[entry.account])
    kind = "AccountBasedExpenseLineDetail"
    detail: Record = {"AccountRef": company.ref("accounts", entry.account)}
    if entry.item:
        kind = "ItemBasedExpenseLineDetail"
        detail = {"ItemRef": company.ref("items", entry.item), "Qty": 1, "UnitPrice": entry.amount}
    return {"Description": entry.description, "Amount": entry.amount, "DetailType": kind, kind: {**detail, **tracked}}


def _order(company: Company, order: Order) -> None:
    record = {
        "VendorRef": company.ref("vendors", order.contact),
        "DocNumber": order.number,
        "TxnDate": order.dated.isoformat(),
        "Memo": order.title,
        "Line": [_line(company, entry) for entry in order.entries],
    }
    company.add("purchase_orders", order.number, record, order.dated)


def _document(company: Company, document: Document) -> None:
    entity, own = _kind(company, document)
    region = next((entry.region for entry in document.entries if entry.region), "")
    record = {
        **own,
        "TxnDate": document.dated.isoformat(),
        "Line": [_line(company, entry) for entry in document.entries],
        **({"DocNumber": document.reference} if document.reference else {}),
        **({"DepartmentRef": company.ref("departments", region)} if region else {}),
    }
    stored = company.add(entity, document.reference, record, document.dated)
    if document.paid_on:
        company.add("bill_payments", stored["Id"], _payment(company, document, stored["Id"]), document.paid_on)


def _kind(company: Company, document: Document) -> tuple[str, Record]:
    """The entity of a document, and what only that entity has."""
    vendor = company.ref("vendors", document.contact)
    if document.kind == "bill":
        return "bills", {
            "VendorRef": vendor,
            "SalesTermRef": company.ref("terms", TERM),
            "DueDate": document.due.isoformat(),
        }
    if document.kind == "credit":
        return "vendor_credits", {"VendorRef": vendor}
    return "purchases", {
        "PaymentType": "CreditCard" if document.account == books.CARD else "Check",
        "AccountRef": company.ref("accounts", document.account),
        "EntityRef": {**vendor, "type": "Vendor"},
        "Credit": document.kind == "refund",
    }


def _payment(company: Company, document: Document, bill_id: str) -> Record:
    return {
        "VendorRef": company.ref("vendors", document.contact),
        "PayType": "Check",
        "CheckPayment": {"BankAccountRef": company.ref("accounts", books.CHECKING)},
        "TxnDate": (document.paid_on or document.dated).isoformat(),
        "TotalAmt": document.paid,
        "Line": [{"Amount": document.paid, "LinkedTxn": [{"TxnId": bill_id, "TxnType": "Bill"}]}],
    }
