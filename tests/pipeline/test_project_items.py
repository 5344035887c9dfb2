"""Items with the project in their name, [project number]-[cost code].[cost type], through all documents (XTR-33)."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from jobledger.integration import Integration
from jobledger.reports.tieout import tie_out
from tests.pipeline.quickbooks_desk import SLABS, WALLS, QuickBooksDesk
from tests.pipeline.quickbooks_night import QuickBooksNight

pytestmark = pytest.mark.feature("XTR-33")

OWN = {"item_names": "project_and_code"}
TOWER, DEPOT = "T100", "D200"
Row = dict[str, Any]


@pytest.fixture
def bare(books: QuickBooksNight) -> QuickBooksDesk:
    """Projects without numbers."""
    books.set(cost_codes=OWN)
    return QuickBooksDesk(books)


@pytest.fixture
def desk(bare: QuickBooksDesk) -> QuickBooksDesk:
    numbered(bare, TOWER, DEPOT)
    bare.night.run("cost_codes", "items")
    return bare


def numbered(desk: QuickBooksDesk, tower: str, depot: str) -> None:
    desk.night.later(minutes=1)
    desk.seed("projects", {"id": desk.project, "project_number": tower}, {"id": desk.depot, "project_number": depot})


def items(desk: QuickBooksDesk) -> list[str]:
    return sorted(one["Name"] for one in desk.night.held("items"))


def on(document: Row) -> list[str]:
    """The ids of the items of a document's lines."""
    return [line[line["DetailType"]]["ItemRef"]["value"] for line in document["Line"] if "Detail" in line["DetailType"]]


def test_each_budget_code_of_a_project_has_an_item_of_its_own(desk: QuickBooksDesk) -> None:
    assert items(desk) == ["D200-03-300.S", "T100-03-300.S", "T100-03-310.M"]
    before = desk.night.writes()
    desk.night.later(days=1)
    assert desk.night.run("cost_codes", "items")["cost_codes"] == {"unchanged": 3}
    assert desk.night.writes() == before


def test_orders_bills_and_costs_find_the_items_of_their_project(desk: QuickBooksDesk) -> None:
    walls, slabs = (desk.item(f"{TOWER}-{code}") for code in (WALLS, SLABS))
    elsewhere = desk.item(f"{DEPOT}-{WALLS}")
    contract = desk.subcontract()
    [its] = [one["id"] for one in desk.records("wbs_codes") if one["project_id"] == desk.depot]
    line = {"wbs_code_id": its, "amount": "700.00", "description": "Walls"}
    desk.subcontract(line, number="SC-002", project_id=desk.depot)
    desk.change_order(contract)
    desk.tonight()
    desk.work(contract, 2, "4000.00")
    desk.tonight()
    assert on(desk.order()) == [walls["value"], slabs["value"], walls["value"]]
    assert on(desk.order("SC-002")) == [elsewhere["value"]]
    [bill] = desk.bills()
    assert on({"Line": bill["Line"][:1]}) == [walls["value"]]

    desk.bill(desk.cost("100.00", code=f"{TOWER}-{WALLS}"), number="77")
    desk.bill(desk.cost("30.00", project="Depot", code=f"{DEPOT}-{WALLS}"), number="78")
    desk.bill(desk.cost("5.00", project="Depot", code=f"{TOWER}-{WALLS}"), number="79")
    assert desk.tonight("job_costs")["job_costs"] == {"created": 2, "blocked": 1, "not_chosen": 1}
    lines = desk.stage.records("procore.direct_cost_line_items")
    of = {one["id"]: one["project_id"] for one in desk.stage.records("procore.direct_costs")}
    codes = {one["id"]: one for one in desk.stage.records("procore.wbs_codes")}
    assert {(of[one["direct_cost_id"]], codes[one["wbs_code_id"]]["project_id"]) for one in lines} == {
        (desk.project, desk.project),
        (desk.depot, desk.depot),
    }
    [held] = desk.night.open("job_costs")
    assert "the item 'T100-03-300.S' is another project's" in held.reason
    found = tie_out(desk.night.papers())
    assert found.unexplained == []
    assert {key.cost_code for key in found.books if key.measure == "cost"} == {WALLS}

    before = desk.night.writes()
    desk.night.later(days=1)
    desk.tonight()
    assert desk.night.writes() == before


def test_sales_and_expenses_find_the_items_of_their_project(desk: QuickBooksDesk) -> None:
    desk.night.set(direct_costs={"export_expenses": True})
    here = {"project_id": desk.project}
    paid = {"vendor_id": desk.vendor["id"], "direct_cost_date": "2026-03-01", "direct_cost_type": "expense"}
    desk.seed("direct_costs", {**here, **paid, "status": "approved", "line_items": [desk.line(SLABS, "76.25")]})
    header = {**here, "vendor_id": desk.owner["id"], "title": "School", "number": "1", "status": "Approved"}
    [contract] = desk.seed("prime_contracts", {**header, "line_items": [desk.line(WALLS, "9000.00")]})
    [line] = desk.records("prime_contract_line_items")
    days = {"start_date": "2026-02-01", "end_date": "2026-02-28"}
    [period] = desk.seed("billing_periods", {**here, **days, "status": "open", "due_date": "2026-03-31"})
    work = [{"line_item_id": line["id"], "work_completed_this_period": "400.00"}]
    of = {"contract_id": contract["id"], "commitment_billing_period_id": period["id"], "invoice_number": "A-1"}
    desk.seed("payment_applications", {**of, "status": "approved", "items": work})
    assert desk.tonight("expenses", "owner_invoices") == {
        "expenses": {"created": 1},
        "owner_invoices": {"created": 1},
    }
    [bill], [invoice] = desk.bills(), desk.night.held("invoices")
    assert on(bill) == [desk.item(f"{TOWER}-{SLABS}")["value"]]
    [sold] = [one for one in invoice["Line"] if one["DetailType"] == "SalesItemLineDetail"]
    assert sold["SalesItemLineDetail"]["ItemRef"]["value"] == desk.item(f"{TOWER}-{WALLS}")["value"]


def test_a_project_that_is_renumbered_renames_its_items(desk: QuickBooksDesk) -> None:
    kept = desk.item(f"{TOWER}-{WALLS}")
    numbered(desk, "T101", DEPOT)
    desk.night.run("cost_codes", "items")
    assert items(desk) == ["D200-03-300.S", "T101-03-300.S", "T101-03-310.M"]
    assert desk.item(f"T101-{WALLS}") == kept


def test_a_code_that_only_a_project_has_is_an_item_too(desk: QuickBooksDesk) -> None:
    made = {"project_id": desk.project, "code": "99", "name": "Extra"}
    [code] = desk.seed("cost_codes", made)
    kind = {"cost_code_id": code["id"], "line_item_type_id": desk.types["M"]}
    desk.seed("wbs_codes", {"project_id": desk.project, **kind})
    assert desk.night.run("cost_codes", "items")["cost_codes"]["created"] == 1
    assert f"{TOWER}-99.M" in items(desk)


def test_projects_without_a_number_or_with_one_number_wait(bare: QuickBooksDesk) -> None:
    assert items(bare) == []
    held = bare.night.open("cost_codes")
    assert sorted(one.reason.partition("project ")[2] for one in held) == ["'Depot'.", "'Tower'.", "'Tower'."]
    assert all("Give the project a number in Procore" in one.remedy for one in held)
    numbered(bare, TOWER, TOWER)
    bare.night.with_suites = True
    assert bare.night.run("cost_codes", "items")["cost_codes"] == {"created": 1, "invalid": 2}
    assert items(bare) == ["T100-03-310.M"]


@pytest.mark.parametrize(
    ("number", "told"),
    [("T:1", "holds a colon"), ("T" * 92, "more than 100 characters"), (" T1", "begins or ends with a space")],
)
def test_a_name_that_quickbooks_does_not_take_is_told_and_the_others_go_on(
    bare: QuickBooksDesk, number: str, told: str
) -> None:
    bare.night.with_suites = True
    numbered(bare, number, DEPOT)
    assert bare.night.run("cost_codes", "items")["cost_codes"] == {"created": 1, "invalid": 2}
    assert all(told in one.reason for one in bare.night.open("cost_codes"))
    assert items(bare) == ["D200-03-300.S"]


@pytest.mark.parametrize(
    ("system", "target"), [("xero", "items"), ("quickbooks_online", "classes"), ("quickbooks_online", "both")]
)
def test_only_items_of_quickbooks_can_hold_the_project(system: str, target: str) -> None:
    pair = {
        "procore": {"connection": "p", "company_id": 1},
        "accounting": {"system": system, "connection": "q", "tenant_id": "1"},
    }
    lines = {"default": "category"} if target == "both" else {"class_means": "cost_code"} if target == "classes" else {}
    with pytest.raises(ValidationError, match=r"only QuickBooks with cost_codes\.target: items"):
        Integration.model_validate({**pair, "cost_codes": {**OWN, "target": target}, "line_items": lines})
