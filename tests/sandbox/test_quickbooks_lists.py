from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.app import Sandbox
from sandbox.world import Clock
from tests.sandbox.quickbooks_client import QuickBooks, ref


@pytest.fixture
def quickbooks() -> QuickBooks:
    return QuickBooks()


def change(quickbooks: QuickBooks, path: str, record: Any, **changes: Any) -> Any:
    return quickbooks.post(path, {"Id": record["Id"], "SyncToken": record["SyncToken"], "sparse": True, **changes})


@pytest.mark.parametrize("path", ["vendor", "customer", "employee"])
def test_names_are_unique_over_vendors_customers_and_employees_whatever_their_case(
    quickbooks: QuickBooks, path: str
) -> None:
    held = quickbooks.vendor("Acme Concrete LLC")
    code, detail = quickbooks.refused(path, {"DisplayName": "ACME concrete llc"})
    assert (code, detail.endswith(f"Id={held['value']}")) == ("6240", True)


def test_an_inactive_name_is_marked_and_stays_taken(quickbooks: QuickBooks) -> None:
    acme = quickbooks.post("vendor", {"DisplayName": "Acme"})
    put_away = change(quickbooks, "vendor", acme, Active=False)
    assert put_away["DisplayName"] == "Acme (deleted)"
    assert quickbooks.refused("customer", {"DisplayName": "acme"})[0] == "6240"
    assert change(quickbooks, "vendor", put_away, Active=True)["DisplayName"] == "Acme"


@pytest.mark.parametrize("name", ["Acme: Concrete", "Acme\tConcrete", "Acme\nConcrete"])
def test_a_name_has_no_colon_tab_or_new_line(quickbooks: QuickBooks, name: str) -> None:
    assert quickbooks.refused("vendor", {"DisplayName": name})[0] == "2040"


def test_a_name_can_be_made_of_parts_and_has_to_be_something(quickbooks: QuickBooks) -> None:
    dana = quickbooks.post("employee", {"GivenName": "Dana", "FamilyName": "Whitfield"})
    assert dana["DisplayName"] == "Dana Whitfield"
    assert quickbooks.refused("vendor", {"CompanyName": "Acme"})[0] == "6080"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"DisplayName": "x" * 501}, "2050"),
        ({"CompanyName": "x" * 101}, "2050"),
        ({"AcctNum": "x" * 101}, "2050"),
        ({"Colour": "red"}, "2010"),
        ({"BillAddr": {"Street": "1 Main"}}, "2010"),
        ({"BillAddr": "1 Main"}, "2120"),
        ({"Active": "perhaps"}, "2230"),
        ({"CostRate": "much"}, "2080"),
        ({"TermRef": {"value": "99"}}, "2500"),
        ({"TermRef": {"name": "Net 30"}}, "2500"),
    ],
)
def test_a_field_that_cannot_be_is_refused(quickbooks: QuickBooks, changes: dict[str, Any], code: str) -> None:
    assert quickbooks.refused("vendor", {"DisplayName": "Acme", **changes})[0] == code


def test_a_sparse_change_leaves_the_rest_and_a_full_one_empties_it(quickbooks: QuickBooks) -> None:
    acme = quickbooks.post("vendor", {"DisplayName": "Acme", "AcctNum": "P-1", "PrimaryPhone": {"FreeFormNumber": "5"}})
    acme = change(quickbooks, "vendor", acme, CompanyName="Acme LLC", PrimaryPhone=None)
    assert (acme["AcctNum"], acme["CompanyName"], "PrimaryPhone" in acme) == ("P-1", "Acme LLC", False)
    acme = quickbooks.post("vendor", {"Id": acme["Id"], "SyncToken": acme["SyncToken"], "DisplayName": "Acme"})
    assert ("AcctNum" in acme, "CompanyName" in acme, acme["SyncToken"]) == (False, False, "2")


def test_a_change_has_to_know_the_latest_version(quickbooks: QuickBooks) -> None:
    acme = quickbooks.post("vendor", {"DisplayName": "Acme"})
    change(quickbooks, "vendor", acme, AcctNum="P-1")
    stale = {"Id": acme["Id"], "SyncToken": "0", "sparse": True, "AcctNum": "P-2"}
    code, detail = quickbooks.refused("vendor", stale)
    assert (code, detail.startswith("Stale Object Error")) == ("5010", True)
    assert quickbooks.refused("vendor", {"Id": acme["Id"], "AcctNum": "P-2"})[0] == "2020"
    assert quickbooks.refused("vendor", {"Id": "999", "SyncToken": "0"})[0] == "610"


def test_lists_are_not_deleted(quickbooks: QuickBooks) -> None:
    acme = quickbooks.vendor()
    assert quickbooks.refused("vendor", {"Id": acme["value"], "SyncToken": "0"}, operation="delete")[0] == "500"


def test_a_tax_number_comes_back_masked(quickbooks: QuickBooks) -> None:
    acme = quickbooks.post("vendor", {"DisplayName": "Acme", "TaxIdentifier": "12-3456789"})
    assert acme["TaxIdentifier"] == "XXXXXX6789"


def test_a_job_lies_under_its_owner_and_follows_its_name(quickbooks: QuickBooks) -> None:
    owner = quickbooks.post("customer", {"DisplayName": "Owner Inc"})
    job = quickbooks.post("customer", {"DisplayName": "2401 Riverside", "Job": True, "ParentRef": ref(owner)})
    assert (job["FullyQualifiedName"], job["Level"]) == ("Owner Inc:2401 Riverside", 1)
    floor = quickbooks.customer("Floor 1", Job=True, ParentRef=ref(job))
    change(quickbooks, "customer", owner, DisplayName="Owner LLC")
    shown = quickbooks.get(f"customer/{floor['value']}")["Customer"]
    assert shown["FullyQualifiedName"] == "Owner LLC:2401 Riverside:Floor 1"
    assert quickbooks.get(f"customer/{job['Id']}")["Customer"]["FullyQualifiedName"] == "Owner LLC:2401 Riverside"
    assert quickbooks.refused("customer", {"DisplayName": "Lost", "Job": True})[0] == "6150"


def test_five_levels_are_the_most(quickbooks: QuickBooks) -> None:
    parent = quickbooks.customer("Level 0")
    for level in range(1, 5):
        parent = quickbooks.customer(f"Level {level}", Job=True, ParentRef=parent)
    assert quickbooks.refused("customer", {"DisplayName": "Level 5", "Job": True, "ParentRef": parent})[0] == "6180"


def test_a_customer_cannot_lie_under_itself(quickbooks: QuickBooks) -> None:
    owner = quickbooks.post("customer", {"DisplayName": "Owner Inc"})
    job = quickbooks.customer("Job", Job=True, ParentRef=ref(owner))
    moved = {"Id": owner["Id"], "SyncToken": "0", "sparse": True, "Job": True, "ParentRef": job}
    assert quickbooks.refused("customer", moved)[0] == "6000"


def test_only_the_product_makes_a_project(quickbooks: QuickBooks) -> None:
    owner = quickbooks.customer()
    job = quickbooks.post("customer", {"DisplayName": "Tower", "Job": True, "ParentRef": owner, "IsProject": True})
    assert job["IsProject"] is False
    quickbooks.person("customers", {"Id": job["Id"], "IsProject": True})
    job = quickbooks.get(f"customer/{job['Id']}")["Customer"]
    assert change(quickbooks, "customer", job, Notes="n")["IsProject"] is True


def test_an_account_has_a_type_and_numbers_are_unique(quickbooks: QuickBooks) -> None:
    made = quickbooks.post("account", {"Name": "Site Trailers", "AccountType": "Fixed Asset", "AcctNum": "1510"})
    assert (made["Classification"], made["AccountSubType"]) == ("Asset", "OtherFixedAssets")
    assert quickbooks.refused("account", {"Name": "Cranes"})[0] == "6010"
    assert quickbooks.refused("account", {"Name": "Cranes", "AccountType": "Crane"})[0] == "2170"
    assert quickbooks.refused("account", {"Name": "Cranes", "AccountType": "Expense", "AcctNum": "1510"})[0] == "6000"
    assert quickbooks.refused("account", {"Name": "site trailers", "AccountType": "Expense"})[0] == "6240"


def test_account_numbers_can_be_turned_off(quickbooks: QuickBooks) -> None:
    quickbooks.prefer("AccountingInfoPrefs", UseAccountNumbers=False)
    assert quickbooks.refused("account", {"Name": "Cranes", "AccountType": "Expense", "AcctNum": "7"})[0] == "6000"


def test_the_plan_limits_accounts_and_classes_with_locations(quickbooks: QuickBooks) -> None:
    for number in range(220):
        quickbooks.person("accounts", {"Name": f"A{number}", "AccountType": "Expense"})
    for number in range(20):
        quickbooks.person("classes", {"Name": f"C{number}"})
        quickbooks.person("departments", {"Name": f"D{number}"})
    more: list[tuple[str, Any]] = [
        ("account", {"Name": "One more", "AccountType": "Expense"}),
        ("class", {"Name": "One more"}),
        ("department", {"Name": "One more"}),
    ]
    assert [quickbooks.refused(path, record)[0] for path, record in more] == ["6000"] * 3
    quickbooks.person("settings", {"plan": "Advanced"})
    assert [quickbooks.post(path, record)["Name"] for path, record in more] == ["One more"] * 3


def test_an_item_needs_its_accounts(quickbooks: QuickBooks) -> None:
    assert quickbooks.refused("item", {"Name": "03-300.S", "Type": "Service"})[0] == "2020"
    liability = {"IncomeAccountRef": quickbooks.account("4000"), "ExpenseAccountRef": quickbooks.account("2150")}
    assert quickbooks.refused("item", {"Name": "RETAINAGE", "Type": "Service", **liability})[0] == "6430"
    quickbooks.person("items", {"Name": "RETAINAGE", "Type": "Service", **liability})
    assert quickbooks.rows("select * from Item where Name = 'RETAINAGE'")[0]["ExpenseAccountRef"]["name"] == (
        "Retainage Payable"
    )


def test_item_names_are_unique_on_their_level(quickbooks: QuickBooks) -> None:
    concrete = quickbooks.post("item", {"Name": "03", "Type": "Category"})
    quickbooks.item("300", SubItem=True, ParentRef=ref(concrete))
    accounts = {"IncomeAccountRef": quickbooks.account("4000")}
    again = {"Name": "300", "Type": "Service", "SubItem": True, "ParentRef": ref(concrete), **accounts}
    assert quickbooks.refused("item", again)[0] == "6240"
    assert quickbooks.item("300")
    assert {row["FullyQualifiedName"] for row in quickbooks.rows("select * from Item")} == {"03", "03:300", "300"}


@pytest.mark.parametrize(
    ("path", "preference"), [("class", "ClassTrackingPerTxnLine"), ("department", "TrackDepartments")]
)
def test_classes_and_locations_can_be_turned_off(quickbooks: QuickBooks, path: str, preference: str) -> None:
    assert quickbooks.post(path, {"Name": "Labor"})["FullyQualifiedName"] == "Labor"
    quickbooks.prefer("AccountingInfoPrefs", **{preference: False})
    assert quickbooks.refused(path, {"Name": "Materials"})[0] == "5030"


def test_tax_codes_are_read_only(quickbooks: QuickBooks) -> None:
    assert {row["Id"] for row in quickbooks.rows("select * from TaxCode")} == {"TAX", "NON", "2"}
    assert quickbooks.refused("taxcode", {"Name": "Mine"})[0] == "500"
    assert quickbooks.refused("preferences", {"Id": "1", "SyncToken": "0"})[0] == "500"


def test_the_company_tells_its_plan_and_preferences(quickbooks: QuickBooks) -> None:
    quickbooks.person("settings", {"plan": "Advanced"})
    company = quickbooks.get("companyinfo/9341453908112233")["CompanyInfo"]
    assert {"Name": "OfferingSku", "Value": "QuickBooks Online Advanced"} in company["NameValue"]
    asked = quickbooks.rows("select * from Preferences")[0]
    assert asked == quickbooks.get("preferences")["Preferences"]
    assert asked["AccountingInfoPrefs"]["ClassTrackingPerTxnLine"] is True


@pytest.mark.parametrize(("month", "shown"), [(12, "2026-12-01T05:00:00-07:00"), (7, "2026-07-01T06:00:00-06:00")])
def test_times_have_the_companys_offset_in_winter_and_in_summer(month: int, shown: str) -> None:
    now = datetime(2026, month, 1, 12, tzinfo=UTC)
    quickbooks = QuickBooks(Sandbox(clock=Clock(now.timestamp)))
    assert quickbooks.post("vendor", {"DisplayName": "Acme"})["MetaData"]["CreateTime"] == shown
