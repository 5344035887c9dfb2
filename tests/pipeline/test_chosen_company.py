"""The Procore company of an integration: chosen wrongly, mended, and chosen again; two companies are never mixed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jobledger.commands import links
from jobledger.commands.run import run
from jobledger.reports.golive import checklist
from jobledger.store.engine import reading
from jobledger.store.tables import catalog_record
from tests.commands.office import offices
from tests.pipeline.builder import Builder
from tests.pipeline.quickbooks_desk import STAGES, QuickBooksDesk
from tests.pipeline.quickbooks_night import STAGE_1, STAGE_2, QuickBooksNight
from tests.systems.stage import COMPANY

SOUTH = 598134325683881
PAPERS = ("commitments", "invoices", "job_costs")


class South(Builder):
    """Another company of the app's: the same vendor, owner and cost codes, and a project Library."""

    def __init__(self, night: QuickBooksNight) -> None:
        night.stage.seed("procore", "companies", {"id": SOUTH, "name": "Ironwood South"})
        super().__init__(night.stage, SOUTH)
        self.night = night
        [field] = self.seed("custom_field_definitions", {"label": "Customer", "data_type": "vendor"})
        [owner] = self.seed("vendors", {"name": "School District"})
        self.seed("projects", {"id": self.project, "name": "Library", f"custom_field_{field['id']}": owner["id"]})


def choose(night: QuickBooksNight, company: int) -> None:
    night.set(procore={"connection": "procore_demo", "company_id": company})


def a_night(night: QuickBooksNight) -> dict[str, dict[str, int]]:
    night.later(hours=1)
    return night.run(*STAGE_1) | night.run(*STAGE_2) | night.run(*PAPERS)


def standing(night: QuickBooksNight, company: str) -> dict[str, Any]:
    """The documents and lists of a company in Procore, as they stand."""
    every = ("vendors", "projects", "cost_codes", "work_order_contracts", "requisitions", "direct_costs")
    return {entity: night.stage.records(f"{company}.{entity}") for entity in every}


@pytest.mark.feature("SMX-QBO-7")
def test_a_wrong_choice_is_mended_and_neither_company_gets_the_other_s_records(books: QuickBooksNight) -> None:
    desk = QuickBooksDesk(books)
    contract = desk.subcontract()
    desk.work(contract, 2, "4000.00")
    a_night(books)
    desk.bill(desk.cost("100.00"), number="77")
    a_night(books)
    wrong, [order], orders = books.pair, books.held("purchase_orders"), books.held("purchase_orders")
    before, linked = standing(books, "procore"), books.links("commitments")

    south = South(books)
    theirs = south.subcontract(south.line("03-300.S", "500.00"), number="SC-001")
    other = south.subcontract(south.line("03-300.S", "700.00"), number="SC-900")
    choose(books, SOUTH)
    counts = a_night(books)
    assert (counts["projects"], counts["commitments"]) == ({"created": 1}, {"created": 1, "conflict": 1})
    assert str(other["id"]) in books.links("commitments")
    held = next(one for one in books.open("commitments") if one.source_id == str(theirs["id"]))
    assert f"({order['Id']}: same company, same number)" in held.reason
    assert standing(books, "procore") == before
    assert [one for one in books.held("purchase_orders") if one["Id"] == order["Id"]] == orders
    assert {one["DisplayName"] for one in books.held("customers")} == {"School District", "Tower", "Depot", "Library"}
    assert standing(books, f"procore-{SOUTH}")["direct_costs"] == []
    with reading(books.engine) as connection:
        found = checklist(connection, books.integration, tuple(books.flows.values()))
        [told] = [one for one in found if one.topic == "links with other Procore companies"]
    assert f"links with the Procore company {COMPANY} (" in told.message
    assert (told.ok, told.required) == (False, False)

    choose(books, COMPANY)
    assert (books.pair, books.links("commitments")) == (wrong, linked)
    written = books.writes()
    a_night(books)
    assert books.writes() == written


@pytest.mark.feature("SMX-QBO-6", "SMX-QBO-10")
def test_once_procore_is_connected_its_lists_can_be_linked_and_nothing_was_written(
    books: QuickBooksNight, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No two names are alike, so that a person links each; what was not read could not be linked."""
    site = Builder(books.stage)
    [tax] = site.seed("tax_codes", {"code": "Denver", "rate1": "4"})
    [jo] = site.seed("users", {"first_name": "Jo", "last_name": "Smith", "is_employee": True})
    owner = books.put("customers", DisplayName="District 9")
    income, costs = (
        next(one["Id"] for one in books.held("accounts") if one.get("AcctNum") == n) for n in ("4000", "5000")
    )
    theirs = {
        "companies": f"vendor-{books.put('vendors', DisplayName='Zenith')['Id']}",
        "projects": books.put("customers", DisplayName="Job 7", Job=True, ParentRef={"value": owner["Id"]})["Id"],
        "employees": books.put("employees", GivenName="Al", FamilyName="Ng", DisplayName="Al Ng")["Id"],
        "cost_codes": books.put("items", Name="Pour", Type="Service", **_on(income, costs))["Id"],
        "tax_codes": books.held("tax_codes")[0]["Id"],
    }
    taxed = {"mode": "exclusive", "default": books.held("tax_codes")[0]["Name"]}
    books.set(live=False, stages=[*STAGES], tax=taxed, labour={"time_activities": True})
    written, before = books.writes(), standing(books, "procore")
    for office in offices(books, tmp_path, monkeypatch, capsys):
        office.do(run, stages=["vendors_and_projects", "cost_codes_and_budget"])
        codes = [one for one in books.rows(catalog_record) if one.entity == "procore.cost_codes"]
        code = next(one.id for one in codes if one.number == "03-300.S")
        ours = {"companies": site.vendor["id"], "projects": site.project, "employees": jo["id"]}
        for kind, one in {**ours, "cost_codes": code, "tax_codes": tax["id"]}.items():
            told = office.do(links.link, kind=kind, procore_id=str(one), accounting_id=theirs[kind])
            assert told == f"linked {kind} {one} with {theirs[kind]}\n"
        office.do(run, stages=["vendors_and_projects", "cost_codes_and_budget"])
    assert [set(books.links(kind).values()) for kind in theirs] == [{one} for one in theirs.values()]
    assert (books.writes(), standing(books, "procore")) == (written, before)


def _on(income: str, costs: str) -> dict[str, Any]:
    return {"IncomeAccountRef": {"value": income}, "ExpenseAccountRef": {"value": costs}}
