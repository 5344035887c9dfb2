"""What happens to orders and bills after they were made: deleted, voided, edited, credited, brought back (ACC-30)."""

from __future__ import annotations

import pytest

from jobledger.commands import approvals, history, links
from tests.commands.office import Office
from tests.pipeline.desk import Desk, Row, lines
from tests.pipeline.linked import desk_of
from tests.pipeline.night import Night, narrowed
from tests.pipeline.site import CONTRACTS

WENT = ["Void", "Terminated", "deleted"]
"""How a commitment ends before its work is done."""


@pytest.fixture
def desk(night: Night) -> Desk:
    return desk_of(night)


def ends(desk: Desk, record: Row, how: str) -> None:
    if how == "deleted":
        desk.delete(record)
    else:
        desk.edit(record, status=how)


def accept(office: Office, flow: str, record: Row) -> None:
    office.do(approvals.accept, flow=flow, ids=[str(record["id"])])


# --- commitments and their orders -----------------------------------------------------------------------------------


@pytest.mark.feature("ACC-30", "XER-45")
@pytest.mark.parametrize("how", WENT)
def test_the_unbilled_order_of_a_commitment_that_ends_is_deleted_and_stays_so(desk: Desk, how: str) -> None:
    contract = desk.subcontract()
    desk.change_order(contract)
    desk.tonight()
    ends(desk, contract, how)
    counts = desk.tonight()
    assert counts["commitments"] == {"removed": 1}
    assert desk.order()["Status"] == "DELETED"
    assert desk.quiet()
    desk.night.run(*CONTRACTS, scope=narrowed(full_refresh=True))
    assert desk.night.open("commitments") == desk.night.open("change_orders") == []


@pytest.mark.feature("ACC-30", "XER-45")
def test_with_approvals_the_order_stays_until_the_removal_is_accepted(desk: Desk, office: Office) -> None:
    contract = desk.subcontract()
    desk.tonight()
    desk.night.set(approvals={"default": "required"})
    desk.edit(contract, status="Void")
    assert desk.tonight()["commitments"] == {"waiting": 1}
    assert desk.order()["Status"] == "DRAFT"
    accept(office, "commitments", contract)
    assert desk.tonight()["commitments"] == {"removed": 1}
    assert desk.order()["Status"] == "DELETED"


@pytest.mark.feature("ACC-30", "XER-45")
def test_an_acceptance_of_the_order_does_not_cover_its_removal(desk: Desk, office: Office) -> None:
    desk.night.set(approvals={"default": "required"})
    contract = desk.subcontract()
    desk.tonight()
    accept(office, "commitments", contract)
    assert desk.tonight()["commitments"] == {"created": 1}
    desk.edit(contract, status="Void")
    assert desk.tonight()["commitments"] == {"waiting": 1}
    assert desk.order()["Status"] == "DRAFT"


@pytest.mark.feature("ACC-30", "ACC-12", "XER-45")
@pytest.mark.parametrize("billed_first", [True, False])
def test_the_billed_order_of_a_voided_commitment_is_a_conflict_with_both_amounts(
    desk: Desk, billed_first: bool
) -> None:
    contract = desk.subcontract()
    desk.tonight()
    if billed_first:
        desk.mark_billed()
        desk.edit(contract, status="Void")
    else:
        desk.edit(contract, status="Void")
        desk.mark_billed()
    assert desk.tonight()["commitments"] == {"conflict": 1}
    assert desk.order()["Status"] == "BILLED"
    told = desk.night.told("commitments")["Concrete"]
    assert "'Concrete' counts no longer, and its counterpart is billed in Xero." in told
    assert "Procore has 0.00, Xero 15,000.00." in told
    assert "by hand and dismiss this" in told
    desk.change("purchase_orders", desk.order(), Status="DELETED")
    desk.tonight()
    assert desk.night.open("commitments") == []


@pytest.mark.feature("ACC-30", "ACC-13")
def test_a_commitment_that_goes_back_to_draft_keeps_its_order_and_is_held_until_it_is_back(desk: Desk) -> None:
    contract = desk.subcontract()
    desk.tonight()
    desk.edit(contract, status="Draft")
    assert desk.tonight()["commitments"] == {"blocked": 1}
    told = desk.night.told("commitments")["Concrete"]
    assert "'Concrete' is Draft now" in told and "Its counterpart stays." in told
    assert desk.order()["Status"] == "DRAFT"
    desk.edit(contract, status="Approved")
    assert desk.tonight()["commitments"] == {"unchanged": 1}
    assert desk.night.open("commitments") == []


@pytest.mark.feature("ACC-30")
@pytest.mark.parametrize("how", WENT)
def test_a_commitment_that_comes_back_after_its_order_was_deleted_makes_no_second_one(desk: Desk, how: str) -> None:
    contract = desk.subcontract()
    desk.tonight()
    ends(desk, contract, how)
    desk.tonight()
    desk.restore(contract, status="Approved")
    assert desk.tonight()["commitments"] == {"conflict": 1}
    told = desk.night.told("commitments")["Concrete"]
    assert "is deleted in Xero. Procore has 15,000.00, Xero 0.00." in told
    assert "links unlink test commitments" in told
    assert desk.orders() == []


@pytest.mark.feature("ACC-30", "XTR-19")
@pytest.mark.parametrize("later", [False, True])
def test_an_order_that_a_bookkeeper_deletes_is_a_conflict_and_is_not_made_again(desk: Desk, later: bool) -> None:
    desk.subcontract()
    desk.tonight()
    if later:
        desk.tonight()
        desk.tonight()
    desk.change("purchase_orders", desk.order(), Status="DELETED")
    assert desk.tonight()["commitments"] == {"conflict": 1}
    assert "is deleted in Xero" in desk.night.told("commitments")["Concrete"]
    assert desk.orders() == []


@pytest.mark.feature("XTR-19")
def test_a_commitment_is_exported_anew_once_its_order_is_deleted_and_its_link_taken_away(
    desk: Desk, office: Office
) -> None:
    contract = desk.subcontract()
    desk.tonight()
    desk.change("purchase_orders", desk.order(), Status="DELETED")
    desk.tonight()
    office.do(links.unlink, kind="commitments", procore_id=str(contract["id"]))
    assert desk.tonight()["commitments"] == {"conflict": 1}
    assert "a deleted one keeps it" in desk.night.told("commitments")["Concrete"]
    desk.edit(contract, number="SC-001A")
    assert desk.tonight()["commitments"] == {"created": 1}
    assert [one["PurchaseOrderNumber"] for one in desk.orders()] == ["SC-001A"]


# --- change orders --------------------------------------------------------------------------------------------------


@pytest.mark.feature("ACC-30", "XER-54")
@pytest.mark.parametrize("how", ["void", "rejected", "deleted"])
def test_the_lines_of_a_voided_change_order_leave_the_order_and_foreign_ones_stay(desk: Desk, how: str) -> None:
    contract = desk.subcontract()
    change = desk.change_order(contract)
    desk.change_order(contract, desk.line("03-310.M", "70.00", "Doors"), number="002")
    desk.tonight()
    order = desk.order()
    desk.change("purchase_orders", order, LineItems=[*order["LineItems"], desk.cost("9.00", Description="Freight")])
    ends(desk, change, how)
    assert desk.tonight()["change_orders"]["removed"] == 1
    kept = [("Walls", "10000.00"), ("Slabs", "5000.00"), ("CO 002 – Doors", "70.00"), ("Freight", "9.00")]
    assert lines(desk.order()) == kept
    assert desk.quiet()
    assert desk.night.open("change_orders") == desk.night.open("commitments") == []


@pytest.mark.feature("ACC-30", "ACC-12", "XER-54")
@pytest.mark.parametrize("billed_first", [True, False])
def test_a_voided_change_order_of_a_billed_order_is_a_conflict(desk: Desk, billed_first: bool) -> None:
    contract = desk.subcontract()
    change = desk.change_order(contract)
    desk.tonight()
    if billed_first:
        desk.mark_billed()
    desk.edit(change, status="void")
    if not billed_first:
        desk.mark_billed()
    assert desk.tonight()["change_orders"] == {"conflict": 1}
    told = desk.night.told("change_orders")["Change 001"]
    assert "is billed in Xero. Procore has 0.00, Xero 500.00." in told
    assert ("CO 001 – Drains", "500.00") in lines(desk.order())


@pytest.mark.feature("ACC-30")
def test_a_change_order_that_is_approved_again_after_its_lines_left_stays_out(desk: Desk) -> None:
    contract = desk.subcontract()
    change = desk.change_order(contract)
    desk.tonight()
    desk.edit(change, status="void")
    desk.tonight()
    desk.edit(change, status="approved")
    assert desk.tonight()["change_orders"] == {"conflict": 1}
    assert "Procore has 500.00, Xero 0.00." in desk.night.told("change_orders")["Change 001"]
    assert lines(desk.order()) == [("Walls", "10000.00"), ("Slabs", "5000.00")]


@pytest.mark.feature("ACC-30")
@pytest.mark.parametrize("change_first", [True, False])
def test_of_a_change_order_and_its_commitment_voided_in_one_night_nothing_is_left(
    desk: Desk, change_first: bool
) -> None:
    contract = desk.subcontract()
    change = desk.change_order(contract)
    desk.tonight()
    for record, status in [(change, "void"), (contract, "Void")][:: 1 if change_first else -1]:
        desk.edit(record, status=status)
    desk.tonight()
    assert desk.orders() == []
    assert desk.night.open("commitments") == desk.night.open("change_orders") == []
    assert desk.quiet()


# --- bills ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def billed(desk: Desk) -> Row:
    """An invoice of 10,000.00 less 10 % retainage whose bill is authorised, seen unchanged for two nights."""
    desk.night.set(bill_status="authorised")
    contract = desk.subcontract()
    desk.tonight()
    item = {"line_item_id": desk.sov(contract)[0], "work_completed_this_period": "10000.00"}
    invoice = desk.invoice(contract, 3, item)
    desk.tonight()
    desk.tonight()
    desk.tonight()
    return invoice


def refused(desk: Desk) -> str:
    """What the next night says of the invoice, which is a conflict; still one bill or none, and one link."""
    before = desk.night.writes()
    assert desk.tonight()["invoices"] == {"conflict": 1}
    assert desk.night.writes() == before
    return desk.night.told("invoices")["SC-001 #1"]


@pytest.mark.feature("ACC-30")
def test_a_bill_edited_in_the_books_is_never_posted_again_and_both_amounts_are_told(desk: Desk, billed: Row) -> None:
    desk.edit_line("invoices", desk.bill_of(billed), 0, UnitAmount="9500.00")
    told = refused(desk)
    assert "Procore has 9,000.00, Xero 8,500.00." in told
    assert "was edited in Xero (lines)" in told and f"links unlink test invoices {billed['id']}" in told
    refused(desk)
    assert [str(one["SubTotal"]) for one in desk.bills()] == ["8500.00"]


@pytest.mark.feature("ACC-30")
def test_a_bill_voided_in_the_books_is_never_posted_again_and_both_amounts_are_told(desk: Desk, billed: Row) -> None:
    desk.change("invoices", desk.bill_of(billed), Status="VOIDED")
    told = refused(desk)
    assert "is voided in Xero. Procore has 9,000.00, Xero 0.00." in told
    refused(desk)
    assert desk.bills() == []


@pytest.mark.feature("ACC-30")
def test_a_bill_credited_in_the_books_is_told_with_both_amounts(desk: Desk, billed: Row) -> None:
    desk.apply_credit(desk.bill_of(billed), "250.00")
    told = refused(desk)
    assert "Procore has 9,000.00, Xero 9,000.00. 250.00 of it is credited in Xero." in told
    assert "credits_as_payments" in told


@pytest.mark.feature("ACC-30")
def test_a_voided_bill_whose_link_a_person_takes_away_is_exported_anew_once(
    desk: Desk, billed: Row, office: Office
) -> None:
    desk.change("invoices", desk.bill_of(billed), Status="VOIDED")
    refused(desk)
    office.do(links.unlink, kind="invoices", procore_id=str(billed["id"]))
    assert desk.tonight()["invoices"] == {"created": 1}
    assert [str(one["SubTotal"]) for one in desk.bills()] == ["9000.00"]
    assert desk.bill_of(billed)["Status"] == "AUTHORISED"
    assert desk.quiet()


@pytest.mark.feature("ACC-30")
def test_an_edited_bill_that_a_person_dismisses_stays_as_it_is(desk: Desk, billed: Row, office: Office) -> None:
    desk.edit_line("invoices", desk.bill_of(billed), 0, UnitAmount="9500.00")
    refused(desk)
    office.do(history.dismiss, flow="invoices", ids=[str(billed["id"])], reason="agreed with Acme")
    assert desk.quiet() and desk.quiet()
    assert desk.night.open("invoices") == []
    assert [str(one["SubTotal"]) for one in desk.bills()] == ["8500.00"]


@pytest.mark.feature("ACC-30")
def test_an_edit_that_is_undone_in_the_books_closes_the_conflict(desk: Desk, billed: Row) -> None:
    desk.edit_line("invoices", desk.bill_of(billed), 0, UnitAmount="9500.00")
    refused(desk)
    desk.edit_line("invoices", desk.bill_of(billed), 0, UnitAmount="10000.00")
    assert desk.tonight()["invoices"] == {"unchanged": 1}
    assert desk.night.open("invoices") == []


@pytest.mark.feature("ACC-30", "PRC-API-33")
def test_an_exported_invoice_cannot_be_changed_in_procore(desk: Desk, billed: Row) -> None:
    assert desk.shown(billed)["origin_id"].startswith("xero:bill:")
    with pytest.raises(ValueError, match="synced with ERP"):
        desk.edit(billed, billing_date="2026-03-15")


# --- many at once ---------------------------------------------------------------------------------------------------


@pytest.mark.feature("ACC-30")
def test_more_removals_than_a_few_wait_for_a_person_who_can_let_one_through(desk: Desk) -> None:
    contracts = [desk.subcontract(number=f"SC-{number:03d}", title=f"Job {number}") for number in range(6)]
    desk.tonight()
    for one in contracts:
        desk.edit(one, status="Void")
    assert desk.tonight()["commitments"] == {"blocked": 6}
    told = desk.night.told("commitments")["Job 0"]
    assert "so many records would be removed at once that a person has to look first" in told
    assert len(desk.orders()) == 6
    named = f"commitments:{contracts[0]['id']}"
    assert desk.night.run("commitments", scope=narrowed(only_records=(named,)))["commitments"] == {"removed": 1}
    assert desk.tonight()["commitments"]["removed"] == 5
    assert desk.orders() == []


@pytest.mark.feature("ACC-30")
def test_a_few_removals_go_through(desk: Desk) -> None:
    contracts = [desk.subcontract(number=f"SC-{number:03d}") for number in range(5)]
    desk.tonight()
    for one in contracts:
        desk.edit(one, status="Void")
    assert desk.tonight()["commitments"] == {"removed": 5}
