"""The owner of a project is a customer in QuickBooks, a subcontractor a vendor: neither is taken for the other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pipeline.quickbooks_desk import STAGES
from tests.pipeline.quickbooks_night import STAGE_1, QuickBooksNight

pytestmark = pytest.mark.feature("ACC-9", "SMX-QBO-32")

Row = dict[str, Any]


@pytest.fixture
def night(books: QuickBooksNight) -> QuickBooksNight:
    """The default choice of companies."""
    books.set(stages=STAGES, companies={"export": "used_on_commitments"})
    return books


def project(night: QuickBooksNight, owner: Row | None, name: str = "Tower", **more: Any) -> Row:
    known = night.stage.records("procore.custom_field_definitions")
    definition = {"label": "Customer", "data_type": "vendor"}
    [field] = known or night.stage.seed("procore", "custom_field_definitions", definition)
    owned = {f"custom_field_{field['id']}": owner["id"]} if owner else {}
    return night.project(name, **owned, **more)


def commitment(night: QuickBooksNight, of: Row, company: Row) -> Row:
    row = {"project_id": of["id"], "vendor_id": company["id"], "title": "Work", "number": "SC-001"}
    return night.stage.seed("procore", "work_order_contracts", row)[0]


def names(night: QuickBooksNight) -> dict[str, list[str]]:
    return {entity: night.names(entity) for entity in ("customers", "vendors")}


def test_an_owner_becomes_a_customer_with_its_project_below_and_a_subcontractor_a_vendor(
    night: QuickBooksNight,
) -> None:
    owner, sub = night.company("School District"), night.company("Acme")
    night.company("Bidder")
    commitment(night, project(night, owner), sub)
    counts = night.run(*STAGE_1)
    assert (counts["companies"], counts["projects"]) == ({"created": 2, "not_chosen": 1}, {"created": 1})
    assert names(night) == {"customers": ["School District", "Tower"], "vendors": ["Acme"]}
    [customer] = [one for one in night.held("customers") if not one.get("ParentRef")]
    assert night.links("companies")[str(owner["id"])] == f"customer-{customer['Id']}"
    before = night.writes()
    night.later(days=1)
    assert set(night.run(*STAGE_1)["companies"]) <= {"unchanged", "not_chosen"}
    assert night.writes() == before


def test_an_owner_is_linked_with_the_customer_that_is_there_and_is_found_when_it_becomes_one(
    night: QuickBooksNight,
) -> None:
    owner = night.company("School District")
    customer = night.put("customers", DisplayName="School District")
    tower = project(night, None)
    assert night.run(*STAGE_1)["companies"] == {"not_chosen": 1}
    [field] = night.stage.records("procore.custom_field_definitions")
    night.later(days=1)
    night.stage.seed("procore", "projects", {"id": tower["id"], f"custom_field_{field['id']}": owner["id"]})
    counts = night.run(*STAGE_1)
    assert (counts["companies"], counts["projects"]) == ({"updated": 1}, {"created": 1})
    assert night.links("companies") == {str(owner["id"]): f"customer-{customer['Id']}"}


@pytest.mark.parametrize("role", ["customer", "vendor"])
@pytest.mark.parametrize("export", ["used_on_commitments", "all"])
def test_one_role_is_never_made_of_the_other(night: QuickBooksNight, role: str, export: str) -> None:
    """QuickBooks has the name already, as what the company is not: a person decides, and nothing is made."""
    night.set(companies={"export": export})
    company = night.company("Acme")
    there = "vendors" if role == "customer" else "customers"
    night.put(there, DisplayName="Acme")
    of = project(night, company if role == "customer" else None)
    if role == "vendor":
        commitment(night, of, company)
    if export == "all":
        night.run("commitments")
    night.run(*STAGE_1)
    night.later(days=1)
    assert night.run(*STAGE_1)["companies"]["conflict"] == 1
    assert names(night) == {"customers": [], "vendors": [], there: ["Acme"]}
    assert night.links("companies") == {}
    [held] = night.open("companies")
    assert f"QuickBooks has 'Acme' ({there[:-1]}-" in held.reason
    assert "Rename one of the two, or link them" in held.remedy


def test_a_company_in_both_roles_is_a_vendor_and_its_project_waits(night: QuickBooksNight) -> None:
    both = night.company("Acme")
    commitment(night, project(night, both), both)
    counts = night.run(*STAGE_1)
    assert (counts["companies"], counts["projects"]) == ({"created": 1}, {"blocked": 1})
    assert names(night) == {"customers": [], "vendors": ["Acme"]}


def test_the_owner_of_a_project_that_is_not_carried_over_is_not_used(night: QuickBooksNight) -> None:
    night.set(projects={"export": "sent"})
    project(night, night.company("School District"))
    assert night.run(*STAGE_1)["companies"] == {"not_chosen": 1}
    night.set(projects={"export": "all"}, procore={**night.settings["procore"], "projects": [4711]})
    night.later(days=1)
    night.run(*STAGE_1)
    assert names(night) == {"customers": [], "vendors": []}
