"""Orders that are marked billed when a commitment is complete or closed and billed in full, if the setting says so."""

from __future__ import annotations

from typing import Any

import pytest

from jobledger.pipeline.run import Scope
from jobledger.store import approvals
from jobledger.store.approvals import Approval
from jobledger.store.engine import writing
from jobledger.systems.base import Write
from sandbox.faults import Fault
from tests.pipeline.linked import site_of
from tests.pipeline.night import Night
from tests.pipeline.site import BILLING, CONTRACTS, Row, Site

pytestmark = pytest.mark.feature("ACC-30")

FLOW = "billed_orders"


@pytest.fixture
def site(night: Night) -> Site:
    site = site_of(night)
    night.set(billed_orders="when_closed", purchase_order_status="authorised")
    return site


def a_night(site: Site, **options: Any) -> dict[str, dict[str, int]]:
    """The stages that have to do with orders and bills."""
    site.night.later(hours=24)
    counts = site.night.run(*CONTRACTS, **options) | site.night.run(*BILLING, FLOW, **options)
    counts[FLOW].pop("not_chosen", None)
    return counts


def order(site: Site) -> Row:
    [one] = site.stage.records("xero.purchase_orders")
    return one


def status(site: Site, contract: Row, to: str) -> None:
    site.night.later(minutes=1)
    site.seed("work_order_contracts", {"id": contract["id"], "status": to})


def billed_in_full(site: Site, to: str = "Complete") -> Row:
    """A subcontract of 15,000.00 with two invoices over all of it, as it is before its next night."""
    contract = site.subcontract()
    a_night(site)
    site.billed(contract, 1, "10000.00")
    site.billed(contract, 2, "5000.00", line=1)
    status(site, contract, to)
    return contract


def made_earlier(site: Site) -> Row:
    """The same, its bills made before the setting was chosen."""
    contract = billed_in_full(site)
    site.night.set(billed_orders="never")
    a_night(site)
    site.night.set(billed_orders="when_closed")
    return contract


def test_it_is_marked_in_the_night_in_which_its_last_bill_is_made_and_left_alone_ever_after(site: Site) -> None:
    contract = billed_in_full(site)
    counts = a_night(site)
    assert (counts["invoices"], counts[FLOW]) == ({"created": 2}, {"updated": 1})
    made = order(site)
    assert (made["Status"], len(made["LineItems"])) == ("BILLED", 2)
    [told] = site.night.outcomes(FLOW)
    assert told.changes == [{"field": "Status", "before": "AUTHORISED", "after": "BILLED"}]
    assert site.night.links("commitments") == {str(contract["id"]): made["PurchaseOrderID"]}
    assert site.night.links(FLOW) == {}

    written = site.night.writes()
    for options in ({}, {}, {"scope": Scope(full_refresh=True)}):
        counts = a_night(site, **options)
        assert {name for some in counts.values() for name in some} <= {"unchanged"}
    assert (site.night.writes(), site.night.open("commitments"), site.night.open(FLOW)) == (written, [], [])


def test_it_asks_no_vendor_what_the_night_has_read_already(site: Site) -> None:
    billed_in_full(site)
    a_night(site)
    site.night.asked("procore"), site.night.asked("xero")
    assert site.night.run(FLOW) == {FLOW: {}}, "nothing is left to be looked at"
    assert (site.night.asked("procore"), site.night.asked("xero")) == ([], [])


def test_a_purchase_order_that_is_closed_is_marked_too(site: Site) -> None:
    line = site.line("03-300.S", "500.00", "Walls")
    head = {"project_id": site.project, "vendor_id": site.vendor["id"], "title": "Rebar", "number": "PO-1"}
    [bought] = site.seed("purchase_order_contracts", {**head, "status": "Approved", "line_items": [line]})
    a_night(site)
    rows = site.stage.records("procore.contract_line_items")
    [its_line] = [one["id"] for one in rows if one["contract_id"] == bought["id"]]
    work = {"line_item_id": its_line, "work_completed_this_period": "500.00", "work_retainage_percent": "0"}
    site.invoice(bought, 1, work)
    site.night.later(minutes=1)
    site.seed("purchase_order_contracts", {"id": bought["id"], "status": "Closed"})
    assert a_night(site)[FLOW] == {"updated": 1}
    assert order(site)["Status"] == "BILLED"


def test_without_the_setting_no_order_is_marked(site: Site) -> None:
    site.night.set(billed_orders="never")
    billed_in_full(site)
    assert a_night(site)[FLOW] == {}
    assert order(site)["Status"] == "AUTHORISED"


def test_one_that_is_not_billed_in_full_or_not_finished_waits(site: Site) -> None:
    contract = site.subcontract()
    a_night(site)
    site.billed(contract, 1, "10000.00")
    status(site, contract, "Complete")
    assert a_night(site)[FLOW] == {}
    site.billed(contract, 2, "4999.99", line=1)
    assert a_night(site)[FLOW] == {}
    site.billed(contract, 3, "0.01", line=1)
    status(site, contract, "Approved")
    assert a_night(site)[FLOW] == {}
    status(site, contract, "Complete")
    assert a_night(site)[FLOW] == {"updated": 1}


def test_approved_change_orders_belong_to_what_is_to_be_billed(site: Site) -> None:
    contract = billed_in_full(site)
    named = {"project_id": site.project, "contract_id": contract["id"], "number": "001", "title": "Roof drains"}
    line = site.line("03-300.S", "-5000.00", "Less wall")
    site.seed("change_order_packages", {**named, "status": "approved", "line_items": [line]})
    site.night.set(approvals={"default": "automatic", "change_orders": "required"})
    assert a_night(site)[FLOW] == {}, "15,000.00 billed of 10,000.00"
    contract = site.subcontract(site.line("03-300.S", "15000.00"), number="SC-002", title="Roof")
    named |= {"contract_id": contract["id"]}
    line = site.line("03-300.S", "250.00", "Roof drains")
    site.seed("change_order_packages", {**named, "status": "approved", "line_items": [line]})
    a_night(site)
    site.billed(contract, 3, "15250.00")
    status(site, contract, "Complete")
    assert a_night(site)[FLOW] == {}, "its change order is not in the order yet"
    site.night.set(approvals={"default": "automatic"})
    assert a_night(site)[FLOW] == {"updated": 1}
    orders = {one["PurchaseOrderNumber"]: one["Status"] for one in site.stage.records("xero.purchase_orders")}
    assert orders == {"SC-001": "AUTHORISED", "SC-002": "BILLED"}


def test_an_invoice_without_a_bill_of_its_own_holds_the_order_open(site: Site) -> None:
    billed_in_full(site)
    site.night.set(approvals={"default": "automatic", "invoices": "required"})
    counts = a_night(site)
    assert (counts["invoices"], counts[FLOW]) == ({"waiting": 2}, {})
    site.night.set(approvals={"default": "automatic"})
    assert a_night(site)[FLOW] == {"updated": 1}


def test_a_bill_that_was_voided_in_the_books_holds_the_order_open(site: Site) -> None:
    contract = site.subcontract(site.line("03-300.S", "100.00"))
    a_night(site)
    invoice = site.billed(contract, 1, "100.00")
    a_night(site)
    site.change("invoices", site.bill_of(invoice), Status="VOIDED")
    status(site, contract, "Complete")
    assert a_night(site)[FLOW] == {}
    assert order(site)["Status"] == "AUTHORISED"


def test_what_was_billed_before_the_cut_over_counts(site: Site) -> None:
    contract = site.subcontract(site.line("03-300.S", "100.00"))
    a_night(site)
    site.billed(contract, 1, "60.00", billing_date="2025-11-30")
    site.billed(contract, 2, "40.00")
    status(site, contract, "Complete")
    counts = a_night(site)
    assert (counts["invoices"]["created"], counts[FLOW]) == (1, {"updated": 1})


def test_a_person_who_marks_it_first_has_done_the_work(site: Site) -> None:
    billed_in_full(site)
    site.change("purchase_orders", order(site), Status="BILLED")
    before = site.night.writes()
    assert a_night(site)[FLOW] == {}
    assert site.night.writes() > before, "the bills"
    assert (site.night.open(FLOW), site.night.open("commitments")) == ([], [])


def test_a_person_who_takes_it_back_is_not_fought(site: Site) -> None:
    billed_in_full(site)
    a_night(site)
    site.change("purchase_orders", order(site), Status="AUTHORISED")
    assert a_night(site)[FLOW] == {}
    assert order(site)["Status"] == "AUTHORISED"
    assert (site.night.open(FLOW), site.night.open("commitments")) == ([], [])


def test_an_order_that_nobody_has_approved_is_blocked_until_somebody_does(site: Site) -> None:
    site.night.set(purchase_order_status="draft")
    billed_in_full(site)
    before = len([one for one in site.stage.requests("xero", "POST") if "PurchaseOrders" in one.path])
    for _ in range(2):
        assert a_night(site)[FLOW] == {"blocked": 1}
    assert len([one for one in site.stage.requests("xero", "POST") if "PurchaseOrders" in one.path]) == before
    [held] = site.night.open(FLOW)
    assert (held.reason, held.remedy) == (
        "Its counterpart SC-001 is DRAFT in Xero.",
        "Approve the purchase order in Xero; the next run marks it billed.",
    )
    site.change("purchase_orders", order(site), Status="AUTHORISED")
    assert a_night(site)[FLOW] == {"updated": 1}
    assert (order(site)["Status"], site.night.open(FLOW)) == ("BILLED", [])


def test_what_held_it_up_is_over_when_the_commitment_is_opened_again(site: Site) -> None:
    site.night.set(purchase_order_status="draft")
    contract = billed_in_full(site)
    a_night(site)
    status(site, contract, "Approved")
    assert a_night(site)[FLOW] == {"unchanged": 1}
    assert site.night.open(FLOW) == []


def test_xero_bills_no_draft(site: Site) -> None:
    """The rule by which a draft is blocked, and what is told where an order has become one since it was read."""
    site.night.set(purchase_order_status="draft")
    billed_in_full(site)
    a_night(site)
    [result] = site.stage.xero().write(
        "purchase_orders", [Write("1", "update", {"Status": "BILLED"}, order(site)["PurchaseOrderID"])], "key"
    )
    assert (result.status, result.outcome) == ("refused", "conflict")
    assert "status change is invalid" in result.message


def test_it_waits_for_an_acceptance_of_its_own_and_a_plan_only_tells(site: Site) -> None:
    contract = billed_in_full(site)
    night = site.night
    night.set(approvals={"default": "automatic", FLOW: "required"})
    assert a_night(site)[FLOW] == {"waiting": 1}
    assert night.run(FLOW, mode="plan")[FLOW] == {"planned": 1}
    assert order(site)["Status"] == "AUTHORISED"
    with writing(night.engine) as connection:
        [asked] = approvals.latest(connection, night.pair, FLOW, [str(contract["id"])]).values()
        accepted = Approval(**{**vars(asked), "decision": "accepted", "by": "ann"})
        approvals.add(connection, night.pair, FLOW, accepted, night.stage.sandbox.world.clock.now())
    assert asked.document == {"PurchaseOrderNumber": "SC-001", "Status": "BILLED"}
    assert a_night(site)[FLOW] == {"updated": 1}


def test_an_answer_that_is_lost_is_looked_up_and_the_order_is_written_once(site: Site) -> None:
    made_earlier(site)
    path, kind = "PurchaseOrders", "drop_after_commit"
    site.stage.fault(Fault(system="xero", method="POST", path=path, kind=kind, times=99))
    assert site.night.run(FLOW)[FLOW] == {"unknown": 1}
    site.stage.fault()
    before = site.night.writes()
    a_night(site)
    assert (site.night.writes(), site.night.open(FLOW), order(site)["Status"]) == (before, [], "BILLED")


def test_expectations_are_asked_of_the_fields_that_it_writes(site: Site) -> None:
    made_earlier(site)
    site.night.with_suites = True
    assert site.night.run(FLOW)[FLOW] == {"updated": 1}


def test_a_run_that_is_narrowed_marks_only_what_it_is_about(site: Site) -> None:
    contract = made_earlier(site)
    for scope in (Scope(only_projects=(str(site.depot),)), Scope(only_records=("1",))):
        assert site.night.run(FLOW, scope=scope)[FLOW] == {}
    assert site.night.run(FLOW, scope=Scope(only_records=(f"{FLOW}:{contract['id']}",)))[FLOW] == {"updated": 1}
