"""Contacts: suppliers and customers."""

from __future__ import annotations

import re
from typing import Any

from sandbox.world import Record
from sandbox.xero.books import DOCUMENTS, Books, How
from sandbox.xero.errors import ARCHIVED_CONTACT, RefusedError, UnknownRecordError
from sandbox.xero.wire import inward_text

_LONGEST = {
    "Name": 255,
    "FirstName": 255,
    "LastName": 255,
    "ContactNumber": 50,
    "AccountNumber": 50,
    "CompanyNumber": 50,
    "TaxNumber": 50,
    "TaxNumberType": 10,
    "EmailAddress": 255,
    "BankAccountDetails": 255,
    "AccountsReceivableTaxType": 50,
    "AccountsPayableTaxType": 50,
    "DefaultCurrency": 3,
    "SalesDefaultAccountCode": 10,
    "PurchasesDefaultAccountCode": 10,
}
_PHONE = {"PhoneNumber": 50, "PhoneAreaCode": 10, "PhoneCountryCode": 20}
_ADDRESS = {
    "AddressLine1": 500,
    "AddressLine2": 500,
    "AddressLine3": 500,
    "AddressLine4": 500,
    "City": 255,
    "Region": 255,
    "PostalCode": 50,
    "Country": 50,
    "AttentionTo": 255,
}
_PHONES = ("DEFAULT", "DDI", "FAX", "MOBILE")
_ADDRESSES = ("POBOX", "STREET")
_DETAILS = {
    "ContactPersons",
    "MergedToContactID",
    "Balances",
    "Website",
    "PaymentTerms",
    "SalesDefaultAccountCode",
    "PurchasesDefaultAccountCode",
    "SalesTrackingCategories",
    "PurchasesTrackingCategories",
    "HasAttachments",
}


def match(books: Books, sent: Record) -> Record | None:
    """The contact that a POST without ContactID means: by ContactNumber, then by Name among active ones."""
    by_number = books.first("contacts", "number", sent.get("ContactNumber"))
    return by_number or books.first("contacts", "name", str(sent.get("Name", "")).casefold())


def write(books: Books, sent: Record, before: Record | None, how: How) -> Record:
    """Creates or changes a contact."""
    if before and before["ContactStatus"] == "ARCHIVED" and not how.person:
        raise RefusedError(ARCHIVED_CONTACT)
    record = {**(before or _new()), **_texts(sent, _LONGEST)}
    record["ContactStatus"] = _status(sent, record, how)
    _check_name(books, record)
    _check_number(books, record)
    _check_email(record)
    record["Phones"] = _slots(record["Phones"], sent.get("Phones"), "PhoneType", _PHONE)
    record["Addresses"] = _slots(record["Addresses"], sent.get("Addresses"), "AddressType", _ADDRESS)
    if "ContactPersons" in sent:
        record["ContactPersons"] = _persons(sent["ContactPersons"])
    if how.person:
        record |= {name: sent[name] for name in ("IsSupplier", "IsCustomer", "MergedToContactID") if name in sent}
    stored = books.save("contacts", record, sent, how)
    if how.person and sent.get("MergedToContactID"):
        _move_documents(books, stored, how)
    return stored


def for_document(books: Books, sent: Any, how: How, may_create: bool) -> Record:
    """The contact that a document names, created by its name where the endpoint does that."""
    if not isinstance(sent, dict) or not any(sent.get(name) for name in ("ContactID", "ContactNumber", "Name")):
        raise RefusedError("A Contact must be specified for this type of transaction")
    contact = _named(books, sent, by_name=may_create)
    if contact is None and may_create and sent.get("Name"):
        return write(books, {"Name": sent["Name"]}, None, how)
    if contact is None:
        raise RefusedError("The Contact with the specified details could not be found")
    if contact["ContactStatus"] != "ACTIVE" and not how.person:
        raise RefusedError(ARCHIVED_CONTACT)
    return contact


def mark_used(books: Books, contact_id: str, flag: str) -> None:
    """Makes a contact a supplier or customer by its first document; its time of change stays, as in Xero."""
    contact = books.get("contacts", contact_id)
    if contact and not contact[flag]:
        books.put("contacts", {**contact, flag: True})


def outward(books: Books, contact: Record, detailed: bool) -> Record:
    """A contact as it is sent. A list that is not paged leaves the details out, MergedToContactID included."""
    if detailed:
        return contact
    return {name: value for name, value in contact.items() if name not in _DETAILS}


def brief(books: Books, contact: Record) -> Record:
    """A contact as documents carry it, under the name it has now."""
    current = books.get("contacts", contact["ContactID"]) or contact
    return {
        "ContactID": current["ContactID"],
        "Name": current["Name"],
        "Addresses": [],
        "Phones": [],
        "ContactGroups": [],
        "ContactPersons": [],
        "HasValidationErrors": False,
    }


def _named(books: Books, sent: Record, by_name: bool) -> Record | None:
    if sent.get("ContactID"):
        contact = books.get("contacts", sent["ContactID"])
        if contact is None:
            raise UnknownRecordError(sent["ContactID"])
        return contact
    if sent.get("ContactNumber"):
        return books.first("contacts", "number", sent["ContactNumber"])
    return books.first("contacts", "name", str(sent["Name"]).casefold()) if by_name else None


def _new() -> Record:
    return {
        "ContactStatus": "ACTIVE",
        "EmailAddress": "",
        "BankAccountDetails": "",
        "Phones": [],
        "Addresses": [],
        "ContactGroups": [],
        "ContactPersons": [],
        "SalesTrackingCategories": [],
        "PurchasesTrackingCategories": [],
        "IsSupplier": False,
        "IsCustomer": False,
        "HasAttachments": False,
        "HasValidationErrors": False,
    }


def _texts(sent: Record, longest: dict[str, int]) -> Record:
    texts = {name: inward_text(sent, name, length) for name, length in longest.items() if name in sent}
    return {name: text for name, text in texts.items() if text is not None}


def _status(sent: Record, record: Record, how: How) -> str:
    status = sent.get("ContactStatus", record["ContactStatus"])
    allowed = {"ACTIVE", "ARCHIVED", "GDPRREQUEST"} if how.person else {"ACTIVE", "ARCHIVED"}
    if status not in allowed:
        raise RefusedError(f"The ContactStatus '{status}' is not valid")
    return str(status)


def _check_name(books: Books, record: Record) -> None:
    name = record.get("Name", "")
    if not name.strip():
        raise RefusedError("The Contact Name must be specified.")
    # Stricter reading: Xero says that names may have no angle brackets and no stray spaces; elsewhere it trims them.
    if re.search(r"[<>]|^\s|\s$|\s{2}", name):
        raise RefusedError(
            "The Contact Name must not contain angle brackets, nor leading, trailing or repeated spaces."
        )
    record["Name"] = name
    others = [other for other in books.find("contacts", "name", name.casefold()) if _is_other(other, record)]
    if others and record["ContactStatus"] == "ACTIVE":
        raise RefusedError(
            f"The contact name {name} is already assigned to another contact. "
            "The contact name must be unique across all active contacts."
        )


def _check_number(books: Books, record: Record) -> None:
    number = record.get("ContactNumber")
    if number and any(_is_other(other, record) for other in books.find("contacts", "number", number)):
        raise RefusedError(
            f"The contact number {number} is already assigned to another contact. "
            "The contact number must be unique across all contacts."
        )


def _check_email(record: Record) -> None:
    email = record["EmailAddress"]
    if email and not re.fullmatch(r"[!-?A-~]+@[!-?A-~]+", email):
        raise RefusedError("Email address must be valid.")


def _is_other(one: Record, record: Record) -> bool:
    return bool(one["ContactID"] != record.get("ContactID"))


def _slots(before: list[Record], sent: Any, kind_name: str, longest: dict[str, int]) -> list[Record]:
    """Xero's fixed places: what was sent goes to its place, all places are always there."""
    kinds = _PHONES if kind_name == "PhoneType" else _ADDRESSES
    slots = {kind: {kind_name: kind, **dict.fromkeys(_empty(kind_name), "")} for kind in kinds}
    for slot in [*before, *(sent or [])]:
        kind = str(slot.get(kind_name, "")).upper()
        if kind not in slots:
            raise RefusedError(f"The {kind_name} '{slot.get(kind_name)}' is not valid")
        slots[kind] |= _texts(slot, longest)
    return list(slots.values())


def _empty(kind_name: str) -> tuple[str, ...]:
    return tuple(_PHONE) if kind_name == "PhoneType" else ("City", "Region", "PostalCode", "Country")


def _persons(sent: Any) -> list[Record]:
    names = {"FirstName": 255, "LastName": 255, "EmailAddress": 255}
    if len(sent) > 5:
        raise RefusedError("A maximum of 5 ContactPersons can be specified")
    return [{**_texts(person, names), "IncludeInEmails": bool(person.get("IncludeInEmails"))} for person in sent]


def _move_documents(books: Books, merged: Record, how: How) -> None:
    """A merge moves what the merged contact had to the contact that stays."""
    stays = books.get("contacts", merged["MergedToContactID"])
    if stays is None:
        raise RefusedError(f"There is no contact {merged['MergedToContactID']} to merge into")
    for entity in DOCUMENTS:
        for document in books.find(entity, "contact", merged["ContactID"]):
            books.touch(entity, {**document, "Contact": {"ContactID": stays["ContactID"], "Name": stays["Name"]}}, how)
    if merged["ContactStatus"] == "ACTIVE":
        books.put("contacts", {**merged, "ContactStatus": "ARCHIVED"})
