"""What becomes of a change after linking: field by field, by owner, in both directions (ACC-5, ACC-6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pipeline.night import STAGE_1, Night, narrowed

BOTH = ("companies", "contacts")
PLACE = {"address": "1 Main St", "city": "Denver", "state_code": "CO", "country_code": "US", "zip": "80202"}


@pytest.fixture
def linked(night: Night) -> Night:
    """Apex Steel in both systems, in step since an hour."""
    night.company("Apex Steel", business_phone="303 555 0100", fax_number="303 555 0199", **PLACE)
    night.run(*BOTH)
    night.later(hours=1)
    night.run(*BOTH)
    night.later(hours=1)
    return night


def company(night: Night) -> dict[str, Any]:
    return night.stage.records("procore.vendors")[0]


def phone(contact: dict[str, Any], kind: str = "DEFAULT") -> str:
    return str(next(one["PhoneNumber"] for one in contact["Phones"] if one["PhoneType"] == kind))


def address(contact: dict[str, Any]) -> dict[str, Any]:
    return dict(next(one for one in contact["Addresses"] if one["AddressType"] == "POBOX"))


def own(night: Night, owners: dict[str, str], update: bool = False) -> None:
    night.set(companies={"export": "all", "owners": owners, "update_from_accounting": update})


@pytest.mark.feature("XER-9", "XER-106", "XER-117", "XER-118", "XER-119", "XER-120", "XER-121")
def test_a_new_contact_has_name_billing_address_phone_and_fax(linked: Night) -> None:
    contact = linked.contact_of(company(linked))
    assert contact["Name"] == "Apex Steel"
    assert (phone(contact), phone(contact, "FAX")) == ("303 555 0100", "303 555 0199")
    there = address(contact)
    assert [there[name] for name in ("AddressLine1", "City", "Region", "PostalCode", "Country")] == [
        *("1 Main St", "Denver", "CO", "80202", "US")
    ]


def test_nights_without_a_change_write_nothing(linked: Night) -> None:
    before = linked.writes()
    for _ in range(3):
        linked.later(days=1)
        linked.run(*BOTH, scope=narrowed(full_refresh=True))
    assert linked.writes() == before


@pytest.mark.feature("ACC-5")
def test_a_company_renamed_in_procore_renames_its_contact_and_makes_no_second_one(linked: Night) -> None:
    linked.edit(company(linked), name="Apex Structural")
    assert linked.run(*BOTH)["companies"] == {"updated": 1}
    assert linked.contacts() == ["Apex Structural"]
    assert company(linked)["origin_code"] == "Apex Structural"
    [updated] = [one for one in linked.outcomes("companies") if one.outcome == "updated"]
    assert updated.changes == [{"field": "Name", "before": "Apex Steel", "after": "Apex Structural"}]


@pytest.mark.feature("ACC-5", "XER-105", "XER-115", "XER-116", "XER-24")
def test_a_project_renamed_in_procore_renames_its_option(night: Night) -> None:
    night.job_category()
    tower = night.project("Tower")
    night.run(*STAGE_1)
    assert night.options() == ["Tower"]
    night.later(hours=1)
    night.edit(tower, name="Tower East")
    assert night.run(*STAGE_1)["projects"] == {"updated": 1}
    assert night.options() == ["Tower East"]


@pytest.mark.feature("ACC-5")
def test_a_new_name_that_is_taken_is_a_conflict_and_nothing_is_renamed(linked: Night) -> None:
    linked.set(companies={"export": "all"})
    taken = linked.contact("Apex Structural")
    linked.edit(company(linked), name="Apex Structural")
    assert linked.run(*BOTH)["companies"] == {"conflict": 1}
    told = linked.told("companies")["Apex Structural"]
    assert f"Xero has 'Apex Structural' ({taken['ContactID']}) already" in told
    assert linked.contacts() == ["Apex Steel", "Apex Structural"]
    linked.edit(taken, Name="Somebody Else")
    assert linked.run(*BOTH)["companies"] == {"updated": 1}
    assert linked.contacts() == ["Apex Structural", "Somebody Else"]


@pytest.mark.feature("ACC-6")
def test_an_edit_in_xero_of_a_field_that_procore_owns_is_told_and_not_overwritten(linked: Night) -> None:
    linked.edit(linked.contact_of(company(linked)), Name="Apex Steel (old)")
    before = linked.writes()
    assert linked.run(*BOTH)["contacts"] == {"unchanged": 1}
    told = linked.told("contacts")["Apex Steel (old)"]
    assert told.startswith("unchanged: Changed by a person and left as it is")
    assert "Name in Xero from 'Apex Steel' to 'Apex Steel (old)'" in told
    assert (linked.contacts(), company(linked)["name"]) == (["Apex Steel (old)"], "Apex Steel")
    assert linked.writes() == before
    assert linked.open("contacts") == linked.open("companies") == []


@pytest.mark.feature("ACC-6")
def test_an_edit_in_the_first_night_after_the_creation_is_told_too(night: Night) -> None:
    made = night.company("Apex Steel")
    night.run(*BOTH)
    night.later(hours=1)
    night.edit(night.contact_of(made), Name="Apex Steel (old)")
    night.run(*BOTH)
    assert "Name in Xero from 'Apex Steel' to 'Apex Steel (old)'" in night.told("contacts")["Apex Steel (old)"]


@pytest.mark.feature("ACC-6")
def test_a_field_changed_differently_on_both_sides_is_a_conflict_with_both_values(linked: Night) -> None:
    contact = linked.contact_of(company(linked))
    linked.edit(contact, Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "720 555 0777"}])
    linked.edit(company(linked), business_phone="303 555 0888")
    assert linked.run(*BOTH)["companies"] == {"conflict": 1}
    told = linked.told("companies")["Apex Steel"]
    assert "Procore has '303 555 0888', Xero '720 555 0777'; last in step '303 555 0100'" in told
    assert "Make both sides equal" in told
    assert phone(linked.contact_of(company(linked))) == "720 555 0777"
    linked.edit(linked.contact_of(company(linked)), Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "303 555 0888"}])
    linked.run(*BOTH)
    assert linked.open("companies") == []
    linked.edit(company(linked), business_phone="303 555 0999")
    assert linked.run(*BOTH)["companies"] == {"updated": 1}
    assert phone(linked.contact_of(company(linked))) == "303 555 0999"


def test_the_same_change_on_both_sides_is_in_step(linked: Night) -> None:
    linked.edit(linked.contact_of(company(linked)), Name="Apex Structural")
    linked.edit(company(linked), name="Apex Structural")
    assert linked.run(*BOTH)["companies"] == {"unchanged": 1}
    linked.later(hours=1)
    linked.edit(company(linked), name="Apex Iron")
    assert linked.run(*BOTH)["companies"] == {"updated": 1}
    assert linked.contacts() == ["Apex Iron"]


@pytest.mark.feature("ACC-6", "QBD-16")
@pytest.mark.parametrize("update", [True, False])
def test_a_field_that_the_books_own_flows_back_only_where_updates_from_the_books_are_allowed(
    night: Night, update: bool
) -> None:
    own(night, {"phone": "accounting"}, update)
    made = night.company("Apex Steel", business_phone="303 555 0100")
    night.run(*BOTH)
    night.later(hours=1)
    night.run(*BOTH)
    night.later(hours=1)
    night.edit(night.contact_of(made), Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "720 555 0777"}])
    night.run(*BOTH)
    assert company(night)["business_phone"] == ("720 555 0777" if update else "303 555 0100")
    night.later(hours=1)
    night.edit(company(night), business_phone="303 555 0888")
    night.run(*BOTH)
    assert phone(night.contact_of(made)) == "720 555 0777"


@pytest.mark.feature("QBD-15")
def test_a_company_renamed_in_the_books_is_renamed_in_procore_where_they_own_the_name(night: Night) -> None:
    own(night, {"name": "accounting"}, update=True)
    made = night.company("Apex Steel")
    night.run(*BOTH)
    night.later(hours=1)
    night.run(*BOTH)
    night.later(hours=1)
    night.edit(night.contact_of(made), Name="Apex Structural")
    assert night.run(*BOTH)["contacts"] == {"updated": 1}
    assert company(night)["name"] == "Apex Structural"
    before = night.writes()
    night.later(hours=1)
    night.run(*BOTH)
    assert night.writes() == before


def test_a_project_whose_name_the_books_own_follows_its_option(night: Night) -> None:
    night.set(projects={"export": "all", "owners": {"name": "accounting"}})
    night.job_category()
    night.project("Tower")
    night.run(*STAGE_1)
    night.later(hours=1)
    night.run(*STAGE_1)
    night.later(hours=1)
    night.edit(night.stage.records("xero.tracking_options")[0], Name="Tower East")
    assert night.run(*STAGE_1)["tracking_options"] == {"updated": 1}
    assert [one["name"] for one in night.stage.records("procore.projects")] == ["Tower East"]


@pytest.mark.feature("XTR-18", "XER-118")
def test_an_address_is_sent_with_a_new_contact_and_never_again(linked: Night) -> None:
    contact = linked.contact_of(company(linked))
    before = linked.writes()
    linked.edit(company(linked), address="99 Other St", city="Boulder", zip="80301")
    changed = linked.writes()
    linked.run(*BOTH)
    linked.edit(contact, Addresses=[{"AddressType": "POBOX", "City": "Aspen"}])
    linked.run(*BOTH)
    assert linked.writes() == changed + 1 == before + 2
    assert address(linked.contact_of(company(linked)))["City"] == "Aspen"
    assert company(linked)["city"] == "Boulder"


@pytest.mark.feature("XER-118")
def test_an_address_that_procore_owns_by_setting_follows(night: Night) -> None:
    own(night, {"address": "procore"})
    made = night.company("Apex Steel", **PLACE)
    night.run(*BOTH)
    night.later(hours=1)
    night.edit(made, city="Boulder", zip="80301")
    night.run(*BOTH)
    there = address(night.contact_of(made))
    assert (there["City"], there["PostalCode"], there["AddressLine1"]) == ("Boulder", "80301", "1 Main St")


@pytest.mark.feature("XER-119", "XER-120")
def test_phone_and_fax_follow_a_change_in_procore_and_leave_the_other_numbers_alone(linked: Night) -> None:
    linked.edit(linked.contact_of(company(linked)), Phones=[{"PhoneType": "MOBILE", "PhoneNumber": "720 555 0123"}])
    linked.edit(company(linked), business_phone="303 555 0111", fax_number="303 555 0222")
    linked.run(*BOTH)
    contact = linked.contact_of(company(linked))
    assert [phone(contact, kind) for kind in ("DEFAULT", "FAX", "MOBILE")] == [
        *("303 555 0111", "303 555 0222", "720 555 0123")
    ]


@pytest.mark.feature("XER-119")
def test_a_field_emptied_in_procore_is_emptied_in_xero(linked: Night) -> None:
    linked.edit(company(linked), business_phone="", fax_number=None)
    assert linked.run(*BOTH)["companies"] == {"updated": 1}
    contact = linked.contact_of(company(linked))
    assert (phone(contact), phone(contact, "FAX")) == ("", "")
    before = linked.writes()
    linked.later(hours=1)
    linked.run(*BOTH, scope=narrowed(full_refresh=True))
    assert linked.writes() == before


def test_a_field_emptied_in_the_books_is_emptied_in_procore_where_they_own_it(night: Night) -> None:
    own(night, {"phone": "accounting", "address": "accounting"}, update=True)
    made = night.company("Apex Steel", business_phone="303 555 0100", **PLACE)
    night.run(*BOTH)
    night.later(hours=1)
    night.run(*BOTH)
    night.later(hours=1)
    empty = {"AddressType": "POBOX", "City": "", "Region": "", "Country": "", "PostalCode": ""}
    night.edit(night.contact_of(made), Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": ""}], Addresses=[empty])
    assert night.run(*BOTH)["contacts"] == {"updated": 1}
    now = company(night)
    assert not any(now[name] for name in ("business_phone", "city", "state_code", "country_code", "zip"))


@pytest.mark.feature("ACC-6")
def test_bank_details_tax_numbers_and_terms_are_never_written(linked: Night) -> None:
    linked.edit(linked.contact_of(company(linked)), TaxNumber="12-3456789", BankAccountDetails="01-1234-5678")
    linked.edit(company(linked), name="Apex Structural")
    linked.run(*BOTH)
    contact = linked.contact_of(company(linked))
    assert (contact["Name"], contact["TaxNumber"], contact["BankAccountDetails"]) == (
        *("Apex Structural", "12-3456789", "01-1234-5678"),
    )
    fields = [path for name in BOTH for path in linked.flows[name].fields]
    assert not [path for path in fields if "tax" in path.lower() or "bank" in path.lower() or "terms" in path.lower()]


def test_a_cost_code_renamed_in_procore_renames_its_item_with_items_read_in_the_same_run(night: Night) -> None:
    [codes] = night.stage.seed("procore", "standard_cost_code_lists", {"name": "Standard"})
    row = {"standard_cost_code_list_id": codes["id"], "code": "03-300", "name": "Concrete"}
    [standard] = night.stage.seed("procore", "standard_cost_codes", row)
    [kind] = [one["id"] for one in night.stage.records("procore.line_item_types") if one["code"] == "S"]
    tower = night.project("Tower")
    code = {"project_id": tower["id"], "code": "03-300", "name": "Concrete"}
    [made] = night.stage.seed("procore", "cost_codes", {**code, "standard_cost_code_id": standard["id"]})
    wbs = {"project_id": tower["id"], "cost_code_id": made["id"], "line_item_type_id": kind}
    night.stage.seed("procore", "wbs_codes", wbs)
    for _ in range(2):
        night.run("cost_codes", "items")
        night.later(hours=1)
    night.stage.seed("procore", "standard_cost_codes", {"id": standard["id"], "name": "Cast-in-Place Concrete"})
    assert night.run("cost_codes", "items")["cost_codes"] == {"updated": 1}
    assert [one["Name"] for one in night.stage.records("xero.items")] == ["Cast-in-Place Concrete"]
