"""Prime contracts, owner invoices reckoned to what each period bills, and payments received."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from jobledger.systems.base import Window, Write
from jobledger.systems.procore.entities import ENTITIES
from jobledger.systems.procore.system import Procore
from tests.systems.site import Site
from tests.systems.stage import Stage

RETAINED = "work_completed_retainage_retained_this_period"
RELEASED = "work_completed_retainage_released_this_period"


class OwnerSite(Site):
    """The site with a prime contract over 100,000.00 of walls and 50,000.00 of slabs, with 10 % retainage."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        [self.owner] = self.seed("vendors", {"name": "School District"})
        self.contract = self.prime()
        self.walls_line, self.slabs_line = (row["id"] for row in self.lines(self.contract))

    def prime(self, **more: Any) -> dict[str, Any]:
        rows = [self.line("03-300.S", "100000.00", "Walls"), self.line("03-310.M", "50000.00", "Slabs")]
        header = {"project_id": self.project, "vendor_id": self.owner["id"], "title": "School", "number": "1"}
        record = {**header, "status": "Approved", "retainage_percent": "10", "line_items": rows, **more}
        return self.seed("prime_contracts", record)[0]

    def lines(self, contract: dict[str, Any]) -> list[dict[str, Any]]:
        rows = self.stage.records("procore.prime_contract_line_items")
        return sorted((row for row in rows if row["contract_id"] == contract["id"]), key=lambda row: row["position"])

    def application(self, month: int, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
        days = {"start_date": f"2026-{month:02d}-01", "end_date": f"2026-{month:02d}-28", "due_date": "2026-12-31"}
        [period] = self.seed("billing_periods", {"project_id": self.project, "status": "open", **days})
        record = {"contract_id": self.contract["id"], "commitment_billing_period_id": period["id"], **more}
        return self.seed("payment_applications", {"status": "approved", **record, "items": list(items)})[0]


@pytest.fixture
def site(stage: Stage) -> OwnerSite:
    return OwnerSite(stage)


@pytest.fixture
def system(stage: Stage) -> Procore:
    return stage.procore()


def rows(system: Procore, entity: str, **window: Any) -> list[dict[str, Any]]:
    return [row for page in system.read(entity, Window(**window)) for row in page.rows]


def adds_up(invoice: dict[str, Any]) -> bool:
    lines = [line["amount"] for line in (*invoice["work_lines"], *invoice["retainage_lines"])]
    return bool(sum(lines) == invoice["current_payment_due"])


def test_a_prime_contract_tells_its_owner_and_sum(site: OwnerSite, system: Procore) -> None:
    [row] = rows(system, "prime_contracts")
    assert (row["vendor_id"], row["grand_total"], row["project_id"]) == (
        *(site.owner["id"], Decimal("150000.00")),
        site.project,
    )
    card = ENTITIES["prime_contracts"].card(row)
    assert (card.name, card.number, card.evidence["party"]) == ("School", "1", str(site.owner["id"]))
    assert system.fetch("prime_contracts", [card.id]) == [row]


def test_an_owner_invoice_bills_this_period_line_by_line(site: OwnerSite, system: Procore) -> None:
    site.application(
        1,
        {"line_item_id": site.walls_line, "work_completed_this_period": "40000.00"},
        {
            "line_item_id": site.slabs_line,
            "materials_presently_stored": "10000.00",
            "materials_stored_retainage_retained_this_period": "1000.00",
        },
    )
    site.application(
        2,
        {
            "line_item_id": site.slabs_line,
            "work_completed_this_period": "15000.00",
            "materials_presently_stored": "0.00",
            RETAINED: "1500.00",
            "materials_stored_retainage_released_this_period": "1000.00",
        },
        {"line_item_id": site.walls_line, RELEASED: "2000.00"},
        invoice_number="A-2",
    )
    first, second = rows(system, "owner_invoices")
    assert [(line["code"], line["amount"]) for line in first["work_lines"]] == [
        ("03-300.S", Decimal("40000.00")),
        ("03-310.M", Decimal("10000.00")),
    ]
    assert [(line["id"], line["amount"]) for line in first["retainage_lines"]] == [("held", Decimal("-5000.00"))]
    # the materials of the first period are used up in the second
    assert [(line["code"], line["amount"]) for line in second["work_lines"]] == [("03-310.M", Decimal("5000.00"))]
    assert [(line["id"], line["amount"]) for line in second["retainage_lines"]] == [
        ("held", Decimal("-1500.00")),
        ("released", Decimal("3000.00")),
    ]
    assert (second["current_payment_due"], second["total_retainage"]) == (Decimal("6500.00"), Decimal("3500.00"))
    assert (second["vendor_id"], second["vendor_name"]) == (site.owner["id"], "School District")
    assert (second["billing_date"], second["period_due_date"]) == ("2026-02-28", "2026-12-31")
    assert adds_up(first) and adds_up(second)
    card = ENTITIES["owner_invoices"].card(second)
    assert (card.name, card.number, card.status) == ("School #2", "A-2", "approved")


def test_what_changed_is_asked_for_with_the_invoice_before_it(site: OwnerSite, stage: Stage, system: Procore) -> None:
    for month in (1, 2, 3):
        site.application(month, {"line_item_id": site.walls_line, "work_completed_this_period": "1000.00"})
    stage.around.sleep(3600)
    since = stage.around.clock()
    last = site.application(4, {"line_item_id": site.walls_line, "work_completed_this_period": "2500.00"})
    stage.sandbox.log.clear()
    [row] = rows(system, "owner_invoices", since=since)
    assert (row["id"], [line["amount"] for line in row["work_lines"]]) == (last["id"], [Decimal("2500.00")])
    shows = [one.path for one in stage.requests("procore", "GET") if "/payment_applications/" in one.path]
    assert len(shows) == 2
    stage.sandbox.log.clear()
    assert rows(system, "owner_invoices", since=since.replace(year=2027)) == []
    assert [one.path for one in stage.requests("procore", "GET")] == [
        *("/rest/v1.1/projects", "/rest/v1.0/payment_applications"),
    ]


def test_what_an_approved_owner_invoice_adds_to_the_reports(site: OwnerSite, system: Procore) -> None:
    walls = {"line_item_id": site.walls_line, "work_completed_this_period": "40000.00"}
    site.application(1, walls)
    [row] = rows(system, "owner_invoices")
    reckon = ENTITIES["owner_invoices"].ledger
    assert reckon
    assert [(line.measure, line.cost_code, line.amount) for line in reckon(row)] == [
        ("invoiced", "03-300.S", Decimal("40000.00")),
        ("receivable", "", Decimal("4000.00")),
    ]
    assert reckon({**row, "status": "draft"}) == []


@pytest.mark.feature("PRC-API-35")
def test_our_id_goes_on_an_owner_invoice_and_comes_off_again(site: OwnerSite, stage: Stage, system: Procore) -> None:
    made = site.application(1)
    document = {"origin_id": "xero:invoice:i1", "origin_data": "xero-i1", "status": "draft"}
    [result] = system.write("owner_invoices", [Write("1", "mark", document, str(made["id"]))], "k")
    assert result.status == "done", result.message
    [kept] = stage.records("procore.payment_applications")
    assert (kept["origin_id"], kept["status"]) == ("xero:invoice:i1", "approved")
    cleared = {"origin_id": None, "origin_data": None}
    [result] = system.write("owner_invoices", [Write("1", "mark", cleared, str(made["id"]))], "k")
    assert (result.status, stage.records("procore.payment_applications")[0]["origin_id"]) == ("done", None)
    [refused] = system.write("owner_invoices", [Write("2", "update", {"status": "draft"}, str(made["id"]))], "k")
    assert (refused.status, refused.outcome) == ("refused", "conflict")


@pytest.mark.feature("PRC-API-35")
def test_payments_received_are_made_changed_and_taken_away_under_our_lock(
    site: OwnerSite, stage: Stage, system: Procore
) -> None:
    place = {"project_id": site.project, "contract_id": site.contract["id"]}
    document = {**place, "amount": Decimal("450.00"), "date": "2026-03-01", "origin_id": "xero:payment:p1"}
    [made] = system.write("payments_received", [Write("p1", "create", document, mark="xero-p1")], "k")
    [there] = stage.records("procore.contract_payments")
    assert (made.status, there["amount"], there["origin_id"]) == ("done", "450.00", "xero:payment:p1")
    [row] = rows(system, "payments_received")
    assert (row["amount"], row["contract_id"]) == (Decimal("450.00"), site.contract["id"])
    reckon = ENTITIES["payments_received"].ledger
    assert reckon and [(line.measure, line.amount) for line in reckon(row)] == [("received", Decimal("450.00"))]
    assert rows(system, "payments") == []
    more = Write("p1", "update", {**document, "amount": Decimal("500.00")}, made.target_id)
    [changed] = system.write("payments_received", [more], "k")
    assert (changed.status, stage.records("procore.contract_payments")[0]["amount"]) == ("done", "500.00")
    [gone] = system.write("payments_received", [Write("p1", "remove", {}, made.target_id)], "k")
    assert (gone.status, stage.records("procore.contract_payments")) == ("done", [])


def test_a_project_without_the_tool_is_left_out_with_a_note(site: OwnerSite, system: Procore) -> None:
    site.application(1)
    site.new_project("Depot", disabled_tools=["prime_contracts"])
    pages = list(system.read("owner_invoices", Window()))
    assert len([row for page in pages for row in page.rows]) == 1
    assert [note for page in pages for note in page.notes] == [
        "Project 'Depot' is left out: The Prime Contracts tool is not enabled for this project."
    ]
