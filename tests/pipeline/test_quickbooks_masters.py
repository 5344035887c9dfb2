"""Companies, projects and cost codes between Procore and QuickBooks Online."""

from __future__ import annotations

from typing import Any

import pytest

from jobledger.store import links
from jobledger.store.engine import writing
from sandbox.faults import Fault
from tests.pipeline.quickbooks_night import SYSTEM, QuickBooksNight
from tests.systems.site import Site

COMPANIES = ("companies", "contacts")
PROJECTS = ("companies", "projects")


def link(books: QuickBooksNight, kind: str, procore_id: Any, accounting_id: str) -> None:
    with writing(books.engine) as connection:
        shared = kind == "cost_code_accounts"
        now = books.stage.around.clock()
        links.make(connection, books.pair, kind, (str(procore_id), accounting_id), "person", now, shared=shared)


def customer_field(books: QuickBooksNight) -> str:
    made = books.stage.seed("procore", "custom_field_definitions", {"label": "Customer", "data_type": "vendor"})
    return f"custom_field_{made[0]['id']}"


def owned(books: QuickBooksNight, name: str = "Tower") -> dict[str, Any]:
    """A project of the owner, who is a customer in the books."""
    owner, customer = books.company("School District"), books.put("customers", DisplayName="School District")
    link(books, "companies", owner["id"], f"customer-{customer['Id']}")
    return books.project(name, **{customer_field(books): owner["id"]})


@pytest.mark.feature("SMX-QBO-24", "SMX-QBO-26", "SMX-QBO-29")
def test_a_company_becomes_a_vendor_once(books: QuickBooksNight) -> None:
    books.company(
        "Acme", address="1 Main St", city="Denver", state_code="CO", zip="80202", business_phone="303 555 0142"
    )
    assert books.run(*COMPANIES)["companies"] == {"created": 1}
    [vendor] = books.held("vendors")
    assert (vendor["DisplayName"], vendor["CompanyName"]) == ("Acme", "Acme")
    assert vendor["BillAddr"]["CountrySubDivisionCode"] == "CO"
    assert vendor["PrimaryPhone"]["FreeFormNumber"] == "303 555 0142"
    [company] = books.stage.records("procore.vendors")
    assert company["origin_id"] == f"quickbooks_online:contact:vendor-{vendor['Id']}"
    before = books.writes()
    books.later(days=1)
    assert books.run(*COMPANIES)["companies"] == {"unchanged": 1}
    assert books.writes() == before


@pytest.mark.feature("SMX-QBO-24", "ACC-5")
def test_a_renamed_company_renames_its_vendor_and_its_phone_follows(books: QuickBooksNight) -> None:
    acme = books.company("Acme", business_phone="303 555 0142")
    books.run(*COMPANIES)
    books.edit(acme, name="Acme Concrete", business_phone="303 555 0199")
    assert books.run(*COMPANIES)["companies"] == {"updated": 1}
    [vendor] = books.held("vendors")
    assert (vendor["DisplayName"], vendor["PrimaryPhone"]["FreeFormNumber"]) == ("Acme Concrete", "303 555 0199")


@pytest.mark.feature("SMX-QBO-19", "SMX-QBO-20", "SMX-QBO-31", "SMX-QBO-32")
def test_a_company_is_matched_with_the_vendor_or_the_customer_that_it_is(books: QuickBooksNight) -> None:
    acme, owner = books.company("Acme Concrete"), books.company("School District")
    vendor = books.put("vendors", DisplayName="Acme Concrete, LLC")
    customer = books.put("customers", DisplayName="School District")
    assert books.run(*COMPANIES)["companies"] == {"updated": 2}
    assert books.links("companies") == {
        str(acme["id"]): f"vendor-{vendor['Id']}",
        str(owner["id"]): f"customer-{customer['Id']}",
    }
    assert books.names("vendors") == ["Acme Concrete, LLC"]


@pytest.mark.feature("SMX-QBO-23", "SMX-QBO-25", "SMX-QBO-28")
def test_vendors_and_customers_become_companies_where_all_are_imported(books: QuickBooksNight) -> None:
    books.set(companies={"export": "all", "import": "all"})
    books.put("vendors", DisplayName="Acme", BillAddr={"Line1": "1 Main St", "City": "Denver"})
    customer = books.put("customers", DisplayName="School District")
    books.put("customers", DisplayName="Gym", Job=True, ParentRef={"value": customer["Id"]})
    assert books.run(*COMPANIES)["contacts"] == {"created": 2}
    assert sorted(one["name"] for one in books.stage.records("procore.vendors")) == ["Acme", "School District"]
    before = books.writes()
    books.later(days=1)
    books.run(*COMPANIES)
    assert books.writes() == before


@pytest.mark.feature("SMX-QBO-24")
def test_a_name_that_an_employee_has_is_a_conflict_that_says_so(books: QuickBooksNight) -> None:
    books.put("employees", GivenName="Jo", FamilyName="Smith", DisplayName="Jo Smith")
    books.company("Jo Smith")
    assert books.run(*COMPANIES)["companies"] == {"conflict": 1}
    told = books.told("companies")["Jo Smith"]
    assert "QuickBooks has the employee 'Jo Smith'" in told
    assert "share their names" in told


@pytest.mark.feature("XTR-41")
def test_a_lost_answer_makes_no_second_vendor(books: QuickBooksNight) -> None:
    books.company("Acme")
    books.stage.fault(Fault(kind="drop_after_commit", system=SYSTEM, method="POST", path="batch", times=9))
    books.run(*COMPANIES)
    books.stage.fault()
    books.later(hours=1)
    books.run(*COMPANIES)
    assert books.names("vendors") == ["Acme"]
    assert len(books.links("companies")) == 1


@pytest.mark.feature("XTR-41")
def test_a_vendor_that_was_made_inactive_is_seen_by_change_data_capture(books: QuickBooksNight) -> None:
    books.company("Acme")
    books.run(*COMPANIES)
    [vendor] = books.held("vendors")
    books.later(minutes=10)
    books.put("vendors", Id=vendor["Id"], Active=False)
    books.later(minutes=10)
    books.stage.sandbox.log.clear()
    assert books.run(*COMPANIES)["companies"] == {"conflict": 1}
    assert any("/cdc" in one.path for one in books.stage.requests(SYSTEM, "GET"))
    assert "is archived in QuickBooks" in books.told("companies")["Acme"]


@pytest.mark.feature("SMX-QBO-33", "SMX-QBO-34", "SMX-QBO-38")
def test_a_project_becomes_a_sub_customer_of_the_company_in_its_field(books: QuickBooksNight) -> None:
    project = owned(books)
    assert books.run(*PROJECTS)["projects"] == {"created": 1}
    job = next(one for one in books.held("customers") if one.get("ParentRef"))
    assert (job["DisplayName"], job["FullyQualifiedName"], job["Job"]) == ("Tower", "School District:Tower", True)
    assert not job.get("IsProject")
    [tower] = books.stage.records("procore.projects")
    assert tower["origin_id"] == f"quickbooks_online:sub_customer:{job['Id']}"
    assert books.links("projects") == {str(project["id"]): job["Id"]}


@pytest.mark.feature("SMX-QBO-39")
def test_a_project_of_a_company_that_is_a_vendor_there_waits(books: QuickBooksNight) -> None:
    owner, vendor = books.company("School District"), books.put("vendors", DisplayName="School District")
    link(books, "companies", owner["id"], f"vendor-{vendor['Id']}")
    books.project("Tower", **{customer_field(books): owner["id"]})
    assert books.run(*PROJECTS)["projects"] == {"blocked": 1}
    assert (
        "'School District' is linked with a vendor, and ParentRef needs a customer" in books.told("projects")["Tower"]
    )


@pytest.mark.feature("SMX-QBO-35", "SMX-QBO-37", "SMX-QBO-40")
def test_a_project_without_a_company_in_its_field_waits(books: QuickBooksNight) -> None:
    customer_field(books)
    books.project("Tower")
    assert books.run(*PROJECTS)["projects"] == {"blocked": 1}
    assert "Choose the company in the field of the project" in books.told("projects")["Tower"]


@pytest.mark.feature("SMX-QBO-41", "SMX-QBO-42")
def test_a_project_is_matched_with_the_sub_customer_that_is_there(books: QuickBooksNight) -> None:
    project = owned(books)
    customer = books.held("customers")[0]
    job = books.put("customers", DisplayName="Tower", Job=True, ParentRef={"value": customer["Id"]})
    assert books.run("companies", "projects", "sub_customers")["projects"] == {"updated": 1}
    assert books.links("projects") == {str(project["id"]): job["Id"]}
    assert len(books.held("customers")) == 2


@pytest.mark.feature("SMX-QBO-50", "SMX-QBO-53", "SMX-QBO-54", "SMX-QBO-55", "SMX-QBO-56")
def test_a_cost_code_becomes_a_service_on_the_default_accounts(books: QuickBooksNight) -> None:
    Site(books.stage)
    assert books.run("cost_codes")["cost_codes"] == {"created": 2}
    items = {one["Name"]: one for one in books.held("items")}
    accounts = {one["Id"]: one["AcctNum"] for one in books.held("accounts")}
    assert sorted(items) == ["03-300.S", "03-310.M"]
    walls = items["03-300.S"]
    assert walls["Type"] == "Service"
    assert (accounts[walls["ExpenseAccountRef"]["value"]], accounts[walls["IncomeAccountRef"]["value"]]) == (
        "5000",
        "4000",
    )


@pytest.mark.feature("SMX-QBO-57")
def test_an_account_that_was_changed_in_the_books_is_not_written_over(books: QuickBooksNight) -> None:
    Site(books.stage)
    books.run("cost_codes")
    walls = next(one for one in books.held("items") if one["Name"] == "03-300.S")
    other = next(one for one in books.held("accounts") if one["AcctNum"] == "5100")
    books.later(minutes=1)
    books.put("items", Id=walls["Id"], ExpenseAccountRef={"value": other["Id"]})
    books.later(days=1)
    books.run("cost_codes")
    walls = next(one for one in books.held("items") if one["Name"] == "03-300.S")
    assert walls["ExpenseAccountRef"]["value"] == other["Id"]


@pytest.mark.feature("SMX-QBO-55")
def test_without_a_default_account_no_item_is_made(books: QuickBooksNight) -> None:
    Site(books.stage)
    books.set(defaults={"income_account": "4000"})
    assert books.run("cost_codes")["cost_codes"] == {"blocked": 2}
    assert "defaults.purchase_account is not set" in next(iter(books.told("cost_codes").values()))


@pytest.mark.feature("SMX-QBO-43", "SMX-QBO-44", "SMX-QBO-46", "SMX-QBO-47")
def test_cost_codes_wait_for_their_account_and_may_share_one(books: QuickBooksNight) -> None:
    Site(books.stage)
    books.set(cost_codes={"target": "accounts"}, line_items={"default": "category"})
    assert books.run("cost_code_accounts")["cost_code_accounts"] == {"blocked": 2}
    assert "has no counterpart in QuickBooks yet" in next(iter(books.told("cost_code_accounts").values()))
    account = next(one for one in books.held("accounts") if one["AcctNum"] == "5000")
    for one in books.open("cost_code_accounts"):
        link(books, "cost_code_accounts", one.source_id, account["Id"])
    books.later(days=1)
    assert books.run("cost_code_accounts")["cost_code_accounts"] == {"unchanged": 2}
    assert len(books.held("items")) == 0


@pytest.mark.feature("SMX-QBO-62", "SMX-QBO-63", "SMX-QBO-65")
def test_cost_codes_become_classes_where_the_integration_maps_them_so(books: QuickBooksNight) -> None:
    Site(books.stage)
    books.set(cost_codes={"target": "classes"}, line_items={"class_means": "cost_code"})
    books.run("cost_code_classes")
    assert "03-300 Walls" in books.names("classes")


@pytest.mark.feature("SMX-QBO-67")
def test_a_cost_type_that_was_sent_becomes_a_class(books: QuickBooksNight) -> None:
    books.put("classes", Name="Labor")
    books.run("cost_types")
    assert books.names("classes") == ["Labor"]


@pytest.mark.feature("SMX-QBO-71", "SMX-QBO-72")
def test_tax_codes_are_linked_by_a_person_where_tax_is_carried(books: QuickBooksNight) -> None:
    books.stage.seed("procore", "tax_codes", {"code": "STATE", "description": "State", "rate1": "4.5"})
    books.set(tax={"mode": "exclusive", "default": "NON"})
    assert books.run("tax_codes")["tax_codes"] == {"blocked": 1}
