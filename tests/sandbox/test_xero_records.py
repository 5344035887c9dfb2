"""Contacts, items, tracking, accounts: what Xero takes, what it refuses, and how it says so."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.xero_client import Xero, line


@pytest.fixture
def xero() -> Xero:
    return Xero()


def test_a_contact_comes_back_with_every_phone_and_address(xero: Xero) -> None:
    sent = {
        "Name": "Acme Concrete LLC",
        "Phones": [{"PhoneType": "FAX", "PhoneNumber": "555-0100", "PhoneAreaCode": "303"}],
        "Addresses": [{"AddressType": "STREET", "AddressLine1": "1 Quarry Rd", "City": "Golden", "Region": "CO"}],
    }
    contact = xero.put("Contacts", {"Contacts": [sent]})
    phones = {phone["PhoneType"]: phone for phone in contact["Phones"]}
    addresses = {address["AddressType"]: address for address in contact["Addresses"]}
    assert list(phones) == ["DEFAULT", "DDI", "FAX", "MOBILE"]
    assert phones["FAX"]["PhoneNumber"] == "555-0100"
    assert list(addresses) == ["POBOX", "STREET"]
    assert addresses["STREET"]["City"] == "Golden"
    assert contact["ContactStatus"] == "ACTIVE"


def test_a_changed_phone_leaves_the_others(xero: Xero) -> None:
    phones = [{"PhoneType": "DEFAULT", "PhoneNumber": "1"}, {"PhoneType": "FAX", "PhoneNumber": "2"}]
    contact = xero.put("Contacts", {"Name": "Acme", "Phones": phones})
    changed = xero.post(f"Contacts/{contact['ContactID']}", {"Phones": [{"PhoneType": "FAX", "PhoneNumber": "3"}]})
    assert [phone["PhoneNumber"] for phone in changed["Phones"]] == ["1", "", "3", ""]


def test_the_name_of_an_active_contact_is_taken_whatever_its_case(xero: Xero) -> None:
    first = xero.put("Contacts", {"Name": "Acme"})
    message = xero.refused("PUT", "Contacts", {"Name": "ACME"})
    assert message == (
        "The contact name ACME is already assigned to another contact. "
        "The contact name must be unique across all active contacts."
    )
    xero.post(f"Contacts/{first['ContactID']}", {"ContactStatus": "ARCHIVED"})
    assert xero.put("Contacts", {"Name": "ACME"})["ContactID"] != first["ContactID"]


@pytest.mark.parametrize(
    ("contact", "message"),
    [
        ({}, "Name must be specified"),
        ({"Name": "a" * 256}, "Maximum of 255"),
        ({"Name": "Acme <x>"}, "angle brackets"),
        ({"Name": "Acme "}, "spaces"),
        ({"Name": "Acme", "ContactNumber": "n" * 51}, "Maximum of 50"),
        ({"Name": "Acme", "EmailAddress": "no address"}, "Email address must be valid"),
        ({"Name": "Acme", "Phones": [{"PhoneType": "HOME", "PhoneNumber": "1"}]}, "PhoneType"),
    ],
)
def test_a_contact_that_xero_would_not_take_is_refused(xero: Xero, contact: Any, message: str) -> None:
    assert message in xero.refused("PUT", "Contacts", contact)
    assert xero.rows("Contacts") == []


def test_a_post_without_id_finds_the_contact_by_number_then_by_name(xero: Xero) -> None:
    first = xero.put("Contacts", {"Name": "Acme", "ContactNumber": "procore-1"})
    second = xero.put("Contacts", {"Name": "Bolt"})
    by_number = xero.post("Contacts", {"Name": "Acme Concrete", "ContactNumber": "procore-1"})
    by_name = xero.post("Contacts", {"Name": "bolt", "EmailAddress": "office@bolt.test"})
    assert (by_number["ContactID"], by_number["Name"]) == (first["ContactID"], "Acme Concrete")
    assert (by_name["ContactID"], by_name["EmailAddress"]) == (second["ContactID"], "office@bolt.test")
    assert "contact number procore-1 is already" in xero.refused(
        "PUT", "Contacts", {"Name": "Other", "ContactNumber": "procore-1"}
    )
    assert xero.rows("Contacts/procore-1")[0]["ContactID"] == first["ContactID"]


def test_an_archived_contact_is_hidden_and_cannot_be_edited(xero: Xero) -> None:
    contact = xero.put("Contacts", {"Name": "Acme"})
    xero.post("Contacts", {"ContactID": contact["ContactID"], "ContactStatus": "ARCHIVED"})
    assert xero.rows("Contacts", page=1) == []
    assert [row["Name"] for row in xero.rows("Contacts", page=1, includeArchived="true")] == ["Acme"]
    assert "matched an archived contact" in xero.refused(
        "POST", "Contacts", {"ContactID": contact["ContactID"], "Name": "Acme 2"}
    )


def test_a_merged_contact_points_to_the_one_that_stays_and_its_bills_move(xero: Xero) -> None:
    gone, stays = xero.contact("Acme"), xero.contact("Acme Concrete")
    bill = xero.bill(Contact=gone)
    xero.seed("contacts", {**gone, "MergedToContactID": stays["ContactID"]})
    assert "MergedToContactID" not in next(iter(xero.rows("Contacts", includeArchived="true")))
    merged = xero.rows(f"Contacts/{gone['ContactID']}")[0]
    assert (merged["ContactStatus"], merged["MergedToContactID"]) == ("ARCHIVED", stays["ContactID"])
    assert xero.rows(f"Invoices/{bill['InvoiceID']}")[0]["Contact"]["ContactID"] == stays["ContactID"]


def test_the_first_bill_makes_a_contact_a_supplier_without_a_new_time_of_change(xero: Xero) -> None:
    contact = xero.put("Contacts", {"Name": "Acme"})
    xero.later("1 hour")
    xero.sign_in()
    xero.bill(Contact={"ContactID": contact["ContactID"]})
    supplier = xero.rows(f"Contacts/{contact['ContactID']}")[0]
    assert supplier["IsSupplier"] is True
    assert supplier["UpdatedDateUTC"] == contact["UpdatedDateUTC"]


def test_an_unknown_contact_is_a_404_for_the_whole_request(xero: Xero) -> None:
    unknown = {"ContactID": "11111111-1111-4111-8111-111111111111", "Name": "X"}
    answer = xero.call("POST", "Contacts", {"Contacts": [{"Name": "Acme"}, unknown]}, summarizeErrors="false")
    assert answer.status_code == 404
    assert xero.rows("Contacts") == []


def test_item_codes_are_unique_whatever_their_case_and_thirty_long_at_most(xero: Xero) -> None:
    item = xero.put("Items", {"Code": "03-300.S", "Name": "Concrete"})
    assert "'03-300.s' already exists" in xero.refused("PUT", "Items", {"Code": "03-300.s"})
    assert xero.post("Items", {"Code": "03-300.s", "Name": "Cast in place"})["ItemID"] == item["ItemID"]
    assert "Maximum of 30" in xero.refused("PUT", "Items", {"Code": "x" * 31})
    assert "Maximum of 50" in xero.refused("PUT", "Items", {"Code": "y", "Name": "n" * 51})
    assert xero.rows("Items/03-300.S")[0]["ItemID"] == item["ItemID"]


def test_an_item_that_is_not_sold_has_no_sales_details(xero: Xero) -> None:
    details = {"AccountCode": "5300", "UnitPrice": Decimal("1.23456")}
    body = {"Code": "A", "IsSold": False, "PurchaseDetails": details, "SalesDetails": {"AccountCode": "4000"}}
    item = xero.put("Items", body, unitdp=4)
    assert item["SalesDetails"] == {}
    assert item["PurchaseDetails"] == {"AccountCode": "5300", "UnitPrice": Decimal("1.2346")}
    assert xero.rows("Items")[0]["PurchaseDetails"]["UnitPrice"] == Decimal("1.23")
    assert "not a valid code" in xero.refused("PUT", "Items", {"Code": "B", "PurchaseDetails": {"AccountCode": "9"}})


def test_there_are_two_active_tracking_categories_and_four_in_all(xero: Xero) -> None:
    made = [xero.put("TrackingCategories", {"Name": name}) for name in ("Job", "Region")]
    assert "maximum number" in xero.refused("PUT", "TrackingCategories", {"Name": "Third"})
    for number in (3, 4):
        xero.post(f"TrackingCategories/{made.pop(0)['TrackingCategoryID']}", {"Status": "ARCHIVED"})
        made.append(xero.put("TrackingCategories", {"Name": f"Category {number}"}))
    xero.post(f"TrackingCategories/{made[0]['TrackingCategoryID']}", {"Status": "ARCHIVED"})
    assert "maximum number" in xero.refused("PUT", "TrackingCategories", {"Name": "Fifth"})
    assert len(xero.rows("TrackingCategories")) == 1
    assert len(xero.rows("TrackingCategories", includeArchived="true")) == 4


def test_option_names_are_unique_and_an_option_is_renamed_in_place(xero: Xero) -> None:
    path = f"TrackingCategories/{xero.put('TrackingCategories', {'Name': 'Job'})['TrackingCategoryID']}/Options"
    option = xero.put(path, {"Name": "Tower"})
    assert "name must be unique" in xero.refused("PUT", path, {"Name": "TOWER"})
    assert "100 characters" in xero.refused("PUT", path, {"Name": "n" * 101})
    renamed = xero.post(f"{path}/{option['TrackingOptionID']}", {"Name": "Tower East"})
    assert renamed["TrackingOptionID"] == option["TrackingOptionID"]
    assert [one["Name"] for one in xero.rows("TrackingCategories")[0]["Options"]] == ["Tower East"]


def test_one_option_is_put_per_call(xero: Xero) -> None:
    path = f"TrackingCategories/{xero.put('TrackingCategories', {'Name': 'Job'})['TrackingCategoryID']}/Options"
    answer = xero.call("PUT", path, {"Options": [{"Name": "a"}, {"Name": "b"}]})
    assert (answer.status_code, answer.json()["ErrorNumber"]) == (400, 14)


def test_the_hundred_and_first_active_option_is_refused_until_one_is_archived(xero: Xero) -> None:
    category = xero.put("TrackingCategories", {"Name": "Job"})["TrackingCategoryID"]
    path = f"TrackingCategories/{category}/Options"
    options = [xero.put(path, {"Name": f"Job {number}"}) for number in range(100)]
    assert "at most 100 active" in xero.refused("PUT", path, {"Name": "Job 100"})
    xero.post(f"{path}/{options[0]['TrackingOptionID']}", {"Status": "ARCHIVED"})
    assert xero.put(path, {"Name": "Job 100"})["IsActive"] is True
    assert "at most 100 active" in xero.refused(
        "POST", f"{path}/{options[0]['TrackingOptionID']}", {"Status": "ACTIVE"}
    )


def test_an_option_that_a_document_uses_cannot_be_deleted(xero: Xero) -> None:
    category = xero.put("TrackingCategories", {"Name": "Job"})["TrackingCategoryID"]
    path = f"TrackingCategories/{category}/Options"
    used, unused = xero.put(path, {"Name": "Used"}), xero.put(path, {"Name": "Unused"})
    tracking = [{"TrackingCategoryID": category, "TrackingOptionID": used["TrackingOptionID"]}]
    xero.bill(LineItems=[line(Tracking=tracking)])
    assert "archived, not deleted" in xero.refused("DELETE", f"{path}/{used['TrackingOptionID']}", None)
    assert xero.call("DELETE", f"{path}/{unused['TrackingOptionID']}").status_code == 200
    assert [one["Name"] for one in xero.rows("TrackingCategories")[0]["Options"]] == ["Used"]


def test_accounts_are_put_one_per_call_with_unique_code_and_name(xero: Xero) -> None:
    accounts = [{"Code": "5600", "Name": "Dump fees", "Type": "DIRECTCOSTS"}, {"Code": "5700", "Name": "Second"}]
    made = xero.put("Accounts", {"Accounts": accounts})
    assert (made["Class"], made["Status"]) == ("EXPENSE", "ACTIVE")
    assert xero.rows("Accounts", where='Code=="5700"') == []
    assert "unique Code" in xero.refused("PUT", "Accounts", {"Code": "5600", "Name": "Other", "Type": "EXPENSE"})
    assert "unique Name" in xero.refused("PUT", "Accounts", {"Code": "5601", "Name": "dump FEES", "Type": "EXPENSE"})
    assert "10 characters" in xero.refused("PUT", "Accounts", {"Code": "x" * 11, "Name": "Y", "Type": "EXPENSE"})
    assert "System accounts" in xero.refused(
        "POST",
        "Accounts",
        {"AccountID": xero.rows("Accounts", where='Code=="2100"')[0]["AccountID"], "Status": "ARCHIVED"},
    )


def test_a_new_organisation_has_what_a_contractor_needs(xero: Xero) -> None:
    accounts = {account["Code"]: account for account in xero.rows("Accounts")}
    organisation = xero.rows("Organisation")[0]
    assert accounts["090"]["Type"] == "BANK"
    assert accounts["2150"]["Class"] == "LIABILITY"
    assert {"5000", "5100", "5200", "5300", "5400", "5500"} <= set(accounts)
    assert {rate["TaxType"] for rate in xero.rows("TaxRates")} >= {"NONE", "INPUT", "OUTPUT"}
    assert [currency["Code"] for currency in xero.rows("Currencies")] == ["USD"]
    assert (organisation["CountryCode"], organisation["BaseCurrency"]) == ("US", "USD")
    xero.seed("organisation", {"Edition": "STARTER", "PeriodLockDate": "2026-03-31"})
    changed = xero.rows("Organisation")[0]
    assert (changed["Edition"], changed["PeriodLockDate"]) == ("STARTER", "/Date(1774915200000+0000)/")
