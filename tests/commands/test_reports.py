"""`airflow jobledger report`: tie-out, job costs and unsyncable costs of a night, and what holds up the first one."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from jobledger.commands import links, report
from jobledger.commands.doctor import doctor
from jobledger.commands.run import run
from jobledger.store.engine import writing
from jobledger.store.tables import ledger_line
from tests.commands.office import Office
from tests.pipeline.linked import site_of
from tests.pipeline.site import OPERATING, SLABS, Row, Site

STAGES = ["commitments_and_change_orders", "invoices_and_payments", "job_costs"]


@pytest.fixture
def site(office: Office) -> Site:
    """Acme's subcontract and one invoice of it; in the books a bill, one without number, a draft, and overhead."""
    office.night.set(stages=["vendors_and_projects", "cost_codes_and_budget", *STAGES])
    site = site_of(office.night)
    site.billed(site.subcontract(), 2, "1000.00")
    site.bill(site.cost("300.00"), site.cost("75.50", code=SLABS), number="S-1")
    site.bill(site.cost("12.00"), number=None)
    site.bill(site.cost("99.00"), number="S-2", Status="DRAFT")
    site.bank("SPEND", site.cost("40.00", project=None), account=OPERATING)
    return site


def rows(told: str) -> list[Row]:
    """CSV as a spreadsheet reads it."""
    return list(csv.DictReader(told.splitlines()))


def totals(found: list[Row], column: str, by: str = "measure") -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for row in found:
        sums[row[by]] = sums.get(row[by], Decimal(0)) + Decimal(row[column].replace(",", ""))
    return sums


def plant(office: Office, site: Site, amount: str = "12.34") -> None:
    """A difference that nothing explains: a line of the order is kept wrongly."""
    wrong = sa.update(ledger_line).where(
        ledger_line.c.entity == "xero.purchase_orders", ledger_line.c.cost_code == SLABS
    )
    with writing(office.night.engine) as connection:
        assert connection.execute(wrong.values(amount=amount)).rowcount == 1


@pytest.mark.feature("ACC-32")
def test_both_sides_agree_project_by_project_after_a_night(office: Office, site: Site) -> None:
    office.do(run, stages=STAGES)
    told = office.do(report.tieout)
    assert "Tower" in told
    assert "unexplained: 0.00, every difference has its cause" in told
    found = rows(office.do(report.tieout, by="code", csv=True))
    procore = {
        "commitment": Decimal(15000),
        "billed": Decimal(1000),
        "retained": Decimal(100),
        "cost": Decimal("387.5"),
    }
    assert totals(found, "procore") == procore
    assert totals(found, "books") == procore | {"cost": Decimal("427.50")}
    assert totals(found, "difference") == dict.fromkeys(procore, 0) | {"cost": Decimal(-40)}
    [only] = rows(office.do(report.tieout, by="document", csv=True))
    assert (only["project"], only["cause"], only["difference"]) == ("no project", "unlinked", "-40.00")
    assert "Job" in only["why"]


@pytest.mark.feature("XER-89", "XER-141", "XER-142", "XER-143", "XER-144", "XER-145", "XER-146")
def test_costs_that_came_from_procore_are_counted_once(office: Office, site: Site) -> None:
    office.do(run, stages=STAGES)
    office.night.later(minutes=10)
    office.do(run, stages=STAGES)
    found = {row["cost code"]: row for row in rows(office.do(report.job_costs, csv=True)) if row["project"] == "Tower"}
    walls, slabs = found["03-300.S"], found["03-310.M"]
    columns = ("job to date", "commitment invoiced", "direct costs", "direct costs in Procore")
    assert [walls[name] for name in columns] == ["1,312.00", "1,000.00", "312.00", "312.00"]
    assert [slabs[name] for name in columns] == ["75.50", "0.00", "75.50", "75.50"]
    assert "03-300.S" in office.do(report.job_costs)


@pytest.mark.feature("XER-78", "XER-90", "ACC-23")
def test_costs_that_stay_in_the_books_are_listed_with_the_reason(office: Office, site: Site) -> None:
    office.do(run, stages=STAGES)
    found = rows(office.do(report.unsyncable, csv=True))
    by_amount = {row["amount"]: row for row in found}
    assert set(by_amount) == {"12.00", "99.00", "40.00"}
    assert by_amount["12.00"]["outcome"] == "carried over"
    assert "in Procore it is XERO-" in by_amount["12.00"]["why"]
    assert (by_amount["99.00"]["document"], by_amount["99.00"]["why"]) == ("S-2 Acme", "It is a draft in Xero.")
    assert "It has no option of the tracking category 'Job'." in by_amount["40.00"]["why"]


@pytest.mark.feature("ACC-8", "ACC-32")
def test_an_unexplained_difference_is_red_until_it_is_acknowledged_to_the_cent(office: Office, site: Site) -> None:
    office.do(run, stages=STAGES)
    plant(office, site)
    told = office.fails(report.tieout)
    assert "unexplained: 4,987.66" in told
    reason = "4,987.66 are unexplained, commitment of 'SC-001 Concrete' 4,987.66 first."
    assert f"NO  tie-out: {reason}" in office.fails(doctor)
    place: dict[str, Any] = {"measure": "commitment", "project_id": str(site.project), "cost_code": "03-310.M"}
    wrong = place | {"cost_code": "03-300.S", "reason": "known"}
    assert "has no unexplained commitment in project" in office.fails(report.acknowledge, **wrong)
    assert "4,987.66" in office.do(report.acknowledge, **place, reason="booked under one line before the cut-over")
    told = office.do(report.tieout, by="document")
    on = f"{datetime.now(UTC):%Y-%m-%d}"
    assert f"acknowledged by ann (shell) on {on}: booked under one line" in " ".join(told.split())
    plant(office, site, "12.35")
    assert "unexplained: 4,987.65" in office.fails(report.tieout)


@pytest.mark.feature("ACC-8")
def test_nothing_is_written_for_the_first_time_before_opening_amounts_tie(office: Office, site: Site) -> None:
    night = office.night
    order = {
        "PurchaseOrderNumber": "SC-001",
        "Contact": site.acme(),
        "Date": "2026-03-01",
        "LineAmountTypes": "NoTax",
        "Status": "AUTHORISED",
        "LineItems": [site.cost("10000.00"), site.cost("5000.00", code=SLABS)],
    }
    site.books("purchase_orders", order)
    night.live(False)
    office.do(run, stages=STAGES)
    [theirs] = night.stage.records("xero.purchase_orders")
    [ours] = night.stage.records("procore.work_order_contracts")
    ids = {"procore_id": str(ours["id"]), "accounting_id": theirs["PurchaseOrderID"]}
    office.do(links.link, kind="commitments", **ids)
    plant(office, site)
    night.live(True)
    before = night.writes()
    told = office.fails(run, stages=["invoices_and_payments"])
    assert "go-live checklist: tie-out: 4,987.66 are unexplained" in told
    assert night.writes() == before


@pytest.mark.feature("ACC-8", "SMX-QBO-12")
def test_no_document_is_written_before_the_look_alikes_of_its_companies_are_decided(office: Office, site: Site) -> None:
    night = office.night
    night.company("Bolt Electrics")
    night.contact("Bolt Electric")
    office.do(run, stages=["vendors_and_projects"])
    told = office.fails(run, stages=STAGES)
    assert "commitments: go-live checklist: companies decided: 1 may be on the other side already." in told
    assert night.stage.records("xero.purchase_orders") == []


@pytest.mark.feature("XER-88")
def test_what_went_into_the_books_is_listed_with_both_amounts(office: Office, site: Site) -> None:
    office.do(run, stages=STAGES)
    found = {row["kind"]: row for row in rows(office.do(report.exported, csv=True))}
    assert set(found) == {"commitments", "invoices"}
    order, bill = found["commitments"], found["invoices"]
    assert (order["number"], order["amount"], order["amount there"]) == ("SC-001", "15,000.00", "15,000.00")
    assert bill["its status"] == "AUTHORISED"
    assert totals([order, bill], "amount", by="kind") == totals([order, bill], "amount there", by="kind")


@pytest.mark.feature("XER-147", "XER-89")
def test_the_transactions_of_a_cost_code_add_up_to_its_job_to_date(office: Office, site: Site) -> None:
    office.do(run, stages=STAGES)
    costs, documents = rows(office.do(report.job_costs, csv=True)), rows(office.do(report.transactions, csv=True))
    assert totals(costs, "job to date", by="cost code") == totals(documents, "amount", by="cost code")
    began = {row["document"].partition(" ")[0]: row["began in"] for row in documents}
    assert began["S-1"] == "the books"
    assert sorted(began.values()).count("invoice of Procore") == 1
