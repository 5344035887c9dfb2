"""Subcontractor invoices to bills: this period's work, retainage on lines of its own, and nothing paid by itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from jobledger.commands import approvals, history, links
from jobledger.reports.tieout import tie_out
from jobledger.store import ledger
from jobledger.store.engine import reading
from tests.commands.office import Office
from tests.pipeline.desk import STAGES, Desk, Row, lines
from tests.pipeline.linked import desk_of
from tests.pipeline.night import Night
from tests.pipeline.site import CONTRACTS

ONLY = ("invoices",)
HELD, RELEASED = "Retainage held this period", "Retainage released this period"


@pytest.fixture
def desk(night: Night) -> Desk:
    return desk_of(night)


@pytest.fixture
def contract(desk: Desk) -> Row:
    """A subcontract of 15,000.00 with 10 % retainage, and its order."""
    contract = desk.subcontract()
    desk.tonight(*CONTRACTS)
    return contract


def told(desk: Desk, name: str = "SC-001 #1") -> str:
    return desk.night.told("invoices")[name]


def bill(desk: Desk) -> Row:
    [found] = desk.bills()
    return found


# --- the field table ------------------------------------------------------------------------------------------------


@pytest.mark.feature("XER-60", "XER-164", "XER-165", "XER-168", "XER-169", "XER-170", "XER-171", "XER-172", "XER-174")
def test_an_invoice_is_a_bill_to_pay_of_the_company_with_this_period_s_work(desk: Desk, contract: Row) -> None:
    desk.work(contract, 3, "4000.00", "250.00")
    assert desk.tonight(*ONLY)["invoices"] == {"created": 1}
    made = bill(desk)
    assert (made["Type"], made["Contact"]["Name"], made["Date"]) == ("ACCPAY", "Acme", "2026-03-28")
    walls, slabs, held = made["LineItems"]
    assert [(one["ItemCode"], str(one["Quantity"]), str(one["UnitAmount"])) for one in (walls, slabs)] == [
        ("03-300.S", "1.0000", "4000.0000"),
        ("03-310.M", "1.0000", "250.0000"),
    ]
    for line in (walls, slabs, held):
        assert [(one["Name"], one["Option"]) for one in line["Tracking"]] == [("Job", "Tower")]
    assert desk.quiet()


@pytest.mark.feature("ACC-15", "XER-171")
def test_a_second_invoice_bills_only_what_was_done_since_the_first(desk: Desk, contract: Row) -> None:
    desk.work(contract, 3, "4000.00")
    desk.work(contract, 4, "6000.00", "100.00")
    desk.tonight(*ONLY)
    first, second = desk.bills()
    assert lines(first) == [("Walls", "4000.00"), (HELD, "-400.00")]
    assert lines(second) == [("Walls", "6000.00"), ("Slabs", "100.00"), (HELD, "-610.00")]


@pytest.mark.feature("ACC-15")
def test_stored_materials_are_billed_once_when_they_are_stored_and_not_again_when_they_are_used(
    desk: Desk, contract: Row
) -> None:
    walls = desk.sov(contract)[0]
    desk.invoice(contract, 3, {"line_item_id": walls, "materials_presently_stored": "1000.00"})
    used = {"work_completed_this_period": "1500.00", "materials_presently_stored": "0.00"}
    desk.invoice(contract, 4, {"line_item_id": walls, **used})
    desk.tonight(*ONLY)
    first, second = desk.bills()
    assert lines(first) == [("Walls", "1000.00"), (HELD, "-100.00")]
    assert lines(second)[0] == ("Walls", "500.00")


@pytest.mark.feature("ACC-15")
def test_a_change_order_billed_as_a_whole_is_split_over_its_lines(desk: Desk) -> None:
    contract = desk.subcontract(whole_change_orders=True)
    desk.change_order(
        contract, desk.line("03-300.S", "100.00", "Drains"), desk.line("03-310.M", "200.00", "Pump"), number="001"
    )
    desk.tonight(*CONTRACTS)
    whole = {"item_type": "whole_change_order_item", "work_completed_this_period": "100.00"}
    [package] = desk.stage.records("procore.change_order_packages")
    desk.invoice(contract, 3, {**whole, "change_order_package_id": package["id"]})
    desk.tonight(*ONLY)
    assert lines(bill(desk)) == [("Drains", "33.33"), ("Pump", "66.67"), (HELD, "-10.00")]
    assert [one["ItemCode"] for one in bill(desk)["LineItems"]] == ["03-300.S", "03-310.M", "RETAINAGE"]


@pytest.mark.feature("XER-166", "ACC-20")
def test_a_bill_is_due_on_the_payment_date_else_as_agreed_else_by_the_period(desk: Desk, contract: Row) -> None:
    def due(month: int, **more: Any) -> str:
        invoice = desk.work(contract, month, "10.00", **more)
        desk.tonight(*ONLY)
        return str(desk.bill_of(invoice)["DueDate"])

    assert due(3, payment_date="2026-05-05", due_date="2026-06-06") == "2026-05-05"
    assert due(4, due_date="2026-06-06") == "2026-06-06"
    assert due(5) == "2026-12-31"


@pytest.mark.feature("XER-167", "ACC-17")
@pytest.mark.parametrize("with_orders", [True, False])
def test_the_reference_is_the_order_s_number_or_without_orders_the_invoice_s(
    desk: Desk, contract: Row, with_orders: bool
) -> None:
    carried = [one for one in STAGES if with_orders or "commitments" not in one]
    desk.night.set(stages=carried)
    desk.work(contract, 3, "4000.00", invoice_number="RA-7702")
    desk.tonight(*ONLY)
    assert bill(desk)["InvoiceNumber"] == ("SC-001" if with_orders else "RA-7702")
    assert lines(bill(desk))[0][0] == "Invoice RA-7702 – Walls"


@pytest.mark.feature("ACC-17")
def test_a_bill_holds_our_mark_and_leads_to_procore(desk: Desk, contract: Row) -> None:
    invoice = desk.work(contract, 3, "4000.00")
    desk.tonight(*ONLY)
    assert bill(desk)["Url"].startswith("https://app.procore.com/")
    assert bill(desk)["Url"].endswith(f"#procore-{invoice['id']}")


@pytest.mark.feature("ACC-14", "XER-174")
@pytest.mark.parametrize(("setting", "status"), [("draft", "DRAFT"), ("submitted", "SUBMITTED")])
def test_an_acceptance_makes_no_bill_payable_by_itself(
    desk: Desk, contract: Row, office: Office, setting: str, status: str
) -> None:
    desk.night.set(approvals={"default": "required"}, bill_status=setting)
    invoice = desk.work(contract, 3, "4000.00")
    assert desk.tonight(*ONLY)["invoices"] == {"waiting": 1}
    assert desk.bills() == []
    office.do(approvals.accept, flow="invoices", ids=[str(invoice["id"])])
    assert desk.tonight(*ONLY)["invoices"] == {"created": 1}
    assert bill(desk)["Status"] == status


@pytest.mark.feature("PRC-API-33", "PRC-API-37")
def test_the_invoice_is_locked_once_its_bill_is_made_and_the_next_nights_do_not_touch_it(
    desk: Desk, contract: Row
) -> None:
    invoice = desk.work(contract, 3, "4000.00")
    desk.tonight(*ONLY)
    assert desk.shown(invoice)["origin_id"] == f"xero:bill:{bill(desk)['InvoiceID']}"
    with pytest.raises(ValueError, match="synced with ERP"):
        desk.edit(invoice, billing_date="2026-03-15")
    assert desk.quiet()


# --- which invoices go ----------------------------------------------------------------------------------------------


@pytest.mark.feature("ACC-20", "XER-60")
@pytest.mark.parametrize("status", ["approved", "approved_as_noted"])
def test_invoices_go_when_they_are_approved(desk: Desk, contract: Row, status: str) -> None:
    invoice = desk.work(contract, 3, "4000.00", status="draft")
    for other in ("draft", "under_review", "revise_and_resubmit", "pending_owner_approval"):
        desk.edit(invoice, status=other)
        assert desk.tonight(*ONLY)["invoices"] == {"not_chosen": 1}, other
    desk.edit(invoice, status=status)
    assert desk.tonight(*ONLY)["invoices"] == {"created": 1}


@pytest.mark.feature("ACC-18")
def test_an_invoice_that_bills_nothing_is_nothing_to_post(desk: Desk, contract: Row) -> None:
    desk.work(contract, 3, "0.00")
    assert desk.tonight(*ONLY)["invoices"] == {"unchanged": 1}
    assert "Invoice #1 bills nothing" in told(desk)
    assert desk.bills() == desk.night.open("invoices") == []


@pytest.mark.feature("ACC-7")
def test_an_invoice_before_the_cut_over_is_counted_and_one_after_it_on_an_old_commitment_is_posted(desk: Desk) -> None:
    desk.night.set(cutover="2026-04-01")
    contract = desk.subcontract()
    desk.work(contract, 3, "4000.00")
    desk.work(contract, 4, "100.00")
    counts = desk.tonight()
    assert (counts["commitments"], counts["invoices"]) == ({"opening": 1}, {"opening": 1, "created": 1})
    assert lines(bill(desk)) == [("Walls", "100.00"), (HELD, "-10.00")]
    assert desk.orders() == []


@pytest.mark.feature("ACC-7", "ACC-4")
def test_an_invoice_before_the_cut_over_is_linked_with_the_bill_that_the_books_have(desk: Desk) -> None:
    desk.night.set(cutover="2026-04-01")
    contract = desk.subcontract()
    invoice = desk.work(contract, 3, "4000.00", invoice_number="RA-1")
    typed = desk.bill(desk.cost("3600.00"), number="RA-1", Date="2026-03-28")
    assert desk.tonight()["invoices"] == {"updated": 1}
    assert desk.night.links("invoices") == {str(invoice["id"]): typed["InvoiceID"]}
    assert lines(bill(desk)) == [("Concrete", "3600.00")]


# --- retainage ------------------------------------------------------------------------------------------------------


@pytest.mark.feature("ACC-18", "XER-173")
def test_retainage_held_and_released_are_two_lines_on_the_liability_never_netted(desk: Desk, contract: Row) -> None:
    desk.work(contract, 3, "4000.00")
    desk.work(contract, 4, "1000.00", released="150.00")
    desk.tonight(*ONLY)
    _, second = desk.bills()
    assert lines(second) == [("Walls", "1000.00"), (HELD, "-100.00"), (RELEASED, "150.00")]
    for line in second["LineItems"][1:]:
        assert (line["ItemCode"], line["AccountCode"]) == ("RETAINAGE", "2150")
    assert Decimal(second["SubTotal"]) == Decimal("1050.00")


@pytest.mark.feature("ACC-18")
def test_an_invoice_that_only_releases_retainage_is_a_bill(desk: Desk, contract: Row) -> None:
    desk.work(contract, 3, "4000.00")
    desk.work(contract, 4, released="400.00", final=True)
    desk.tonight(*ONLY)
    assert lines(desk.bills()[1]) == [(RELEASED, "400.00")]


@pytest.mark.feature("ACC-19")
def test_held_less_released_is_procore_s_retainage_after_every_night(desk: Desk, contract: Row) -> None:
    for month, (amount, released) in enumerate([("4000.00", "0"), ("3333.33", "120.00"), ("0", "200.00")], start=3):
        invoice = desk.work(contract, month, amount, released=released)
        desk.tonight(*ONLY)
        kept = [one for made in desk.bills() for one in made["LineItems"] if one["ItemCode"] == "RETAINAGE"]
        assert -sum(Decimal(one["LineAmount"]) for one in kept) == desk.retained(invoice), month
        assert sums(desk, "retained") == {
            "procore.invoices": desk.retained(invoice),
            "xero.bills": desk.retained(invoice),
        }


def sums(desk: Desk, measure: str) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    with reading(desk.night.engine) as connection:
        for one in ledger.lines(connection, desk.night.pair, [measure]):
            found[one.entity] = found.get(one.entity, Decimal(0)) + one.amount
    return found


@pytest.mark.feature("ACC-16")
def test_a_bill_whose_lines_do_not_come_to_the_payment_due_is_invalid_with_both_figures(
    desk: Desk, contract: Row
) -> None:
    flow = desk.night.flows["invoices"]
    desk.night.flows["invoices"] = flow.model_copy(update={"lines": flow.lines[:1]})
    desk.work(contract, 3, "4000.00")
    assert desk.tonight(*ONLY)["invoices"] == {"invalid": 1}
    assert "The lines of 'SC-001 #1' add up to 4,000.00, and Procore says 3,600.00." in told(desk)
    assert desk.bills() == []


@pytest.mark.feature("ACC-31", "ACC-16")
def test_the_money_of_a_run_is_posted_or_held(desk: Desk, contract: Row) -> None:
    desk.work(contract, 3, "4000.00")
    other = desk.subcontract(number="SC-002", title="Not carried over yet")
    desk.work(other, 3, "500.00")
    desk.tonight(*ONLY)
    money = {"source": "4050.00", "posted": "3600.00", "held": "450.00", "difference": "0.00"}
    assert desk.money("invoices") == money


# --- numbers that are used twice ------------------------------------------------------------------------------------


@pytest.mark.feature("ACC-17")
def test_a_number_used_twice_is_held_until_a_person_releases_it_with_a_reason(
    desk: Desk, contract: Row, office: Office
) -> None:
    desk.work(contract, 3, "4000.00", invoice_number="77")
    desk.tonight(*ONLY)
    second = desk.work(contract, 4, "1000.00", invoice_number="77")
    assert desk.tonight(*ONLY)["invoices"] == {"unchanged": 1, "invalid": 1}
    assert "Number '77' of 'SC-001 #2' is on 'SC-001 #1'" in told(desk, "SC-001 #2")
    assert f"airflow jobledger release test invoices {second['id']} --reason" in told(desk, "SC-001 #2")
    office.do(history.release, flow="invoices", ids=[str(second["id"])], reason="Acme counts by month")
    assert desk.tonight(*ONLY)["invoices"] == {"created": 1}
    assert len(desk.bills()) == 2


@pytest.mark.feature("ACC-17")
def test_a_number_that_is_corrected_goes(desk: Desk, contract: Row) -> None:
    desk.work(contract, 3, "4000.00", invoice_number="77")
    desk.tonight(*ONLY)
    second = desk.work(contract, 4, "1000.00", invoice_number="77")
    desk.tonight(*ONLY)
    desk.edit(second, invoice_number="78")
    assert desk.tonight(*ONLY)["invoices"] == {"created": 1}


@pytest.mark.feature("ACC-17")
def test_two_companies_may_use_one_number(desk: Desk, contract: Row) -> None:
    [other] = desk.seed("vendors", {"name": "Lumber Yard"})
    lumber = desk.subcontract(vendor_id=other["id"], number="SC-002")
    desk.work(contract, 3, "4000.00", invoice_number="77")
    desk.work(lumber, 3, "1000.00", invoice_number="77")
    desk.night.run("companies", "contacts")
    assert desk.tonight()["invoices"] == {"created": 2}


# --- no second door -------------------------------------------------------------------------------------------------


@pytest.mark.feature("ACC-25")
@pytest.mark.parametrize("alike", ["total", "order number"])
def test_a_bill_that_a_bookkeeper_typed_already_stops_the_export_until_a_person_says_what_it_is(
    desk: Desk, contract: Row, office: Office, alike: str
) -> None:
    amount, number = ("3600.00", "A-9") if alike == "total" else ("10.00", "SC-001")
    typed = desk.bill(desk.cost(amount), number=number, Date="2026-03-20")
    invoice = desk.work(contract, 3, "4000.00")
    assert desk.tonight(*ONLY)["invoices"] == {"conflict": 1}
    assert "may be a record that Xero has already" in told(desk) and typed["InvoiceID"] in told(desk)
    assert [one["InvoiceNumber"] for one in desk.bills()] == [number]
    ids = {"procore_id": str(invoice["id"]), "accounting_id": typed["InvoiceID"]}
    office.do(links.dismiss, kind="invoices", **ids, why="another delivery")
    assert desk.tonight(*ONLY)["invoices"] == {"created": 1}
    assert len(desk.bills()) == 2


@pytest.mark.feature("ACC-25")
def test_the_bill_that_it_is_can_be_linked_and_is_left_as_it_is(desk: Desk, contract: Row, office: Office) -> None:
    typed = desk.bill(desk.cost("3600.00"), number="A-9", Date="2026-03-20")
    invoice = desk.work(contract, 3, "4000.00")
    desk.tonight(*ONLY)
    ids = {"procore_id": str(invoice["id"]), "accounting_id": typed["InvoiceID"]}
    office.do(links.link, kind="invoices", **ids)
    desk.tonight(*ONLY)
    assert [one["InvoiceID"] for one in desk.bills()] == [typed["InvoiceID"]]
    assert desk.night.links("invoices") == {str(invoice["id"]): typed["InvoiceID"]}
    assert desk.shown(invoice)["origin_id"] == f"xero:bill:{typed['InvoiceID']}"


@pytest.mark.feature("ACC-25")
def test_a_bill_of_another_season_or_company_stops_nothing(desk: Desk, contract: Row) -> None:
    desk.bill(desk.cost("3600.00"), number="A-9", Date="2026-02-01")
    other = desk.night.contact("Lumber Yard")
    desk.bill(desk.cost("3600.00"), number="A-10", Date="2026-03-20", Contact={"ContactID": other["ContactID"]})
    desk.work(contract, 3, "4000.00")
    assert desk.tonight(*ONLY)["invoices"] == {"created": 1}


# --- tax and periods ------------------------------------------------------------------------------------------------


def taxed(desk: Desk, rate: str = "8.81", mode: str = "exclusive") -> dict[str, Any]:
    """Lines of a contract carry Procore's tax code, which is INPUT in the books."""
    [code] = desk.seed("tax_codes", {"code": "Denver", "rate1": rate})
    retainage = {"item": "RETAINAGE", "tax_type": "NONE"}
    desk.night.set(tax={"mode": mode, "codes": {str(code["id"]): "INPUT"}}, retainage=retainage)
    return {"tax_code_id": code["id"]}


@pytest.mark.feature("ACC-26")
def test_with_exclusive_tax_net_tax_and_total_are_procore_s(desk: Desk) -> None:
    contract = desk.subcontract(desk.line("03-300.S", "10000.00", "Walls", **taxed(desk)))
    desk.tonight(*CONTRACTS)
    desk.work(contract, 3, "4000.00")
    assert desk.tonight(*ONLY)["invoices"] == {"created": 1}
    made = bill(desk)
    assert made["LineAmountTypes"] == "Exclusive"
    assert [str(made[name]) for name in ("SubTotal", "TotalTax", "Total")] == ["3600.00", "352.40", "3952.40"]
    assert [one["TaxType"] for one in made["LineItems"]] == ["INPUT", "NONE"]


@pytest.mark.feature("ACC-26")
def test_a_bill_that_the_books_tax_otherwise_is_taken_back_and_invalid_with_both_figures(desk: Desk) -> None:
    contract = desk.subcontract(desk.line("03-300.S", "10000.00", "Walls", **taxed(desk, rate="5.00")))
    desk.tonight(*CONTRACTS)
    desk.work(contract, 3, "4000.00")
    assert desk.tonight(*ONLY)["invoices"] == {"invalid": 1}
    assert "tax 352.40 instead of 200.00" in told(desk)
    assert desk.bills() == []
    assert desk.night.links("invoices") == {}


@pytest.mark.feature("ACC-22", "ACC-26")
def test_with_inclusive_tax_procore_s_amounts_hold_the_tax_and_the_total_is_procore_s(desk: Desk) -> None:
    desk.night.set(tax={"mode": "inclusive", "default": "INPUT"}, retainage={"item": "RETAINAGE", "tax_type": "NONE"})
    contract = desk.subcontract()
    desk.tonight(*CONTRACTS)
    desk.work(contract, 3, "4000.00")
    assert desk.tonight(*ONLY)["invoices"] == {"created": 1}
    made = bill(desk)
    assert made["LineAmountTypes"] == "Inclusive"
    assert [str(made[name]) for name in ("SubTotal", "TotalTax", "Total")] == ["3276.13", "323.87", "3600.00"]
    assert desk.quiet() and desk.night.open("invoices") == []
    differing = tie_out(desk.night.papers()).differences
    assert {one.cause for one in differing} == {"tax"}
    amounts = sorted((one.key.measure, str(one.amount)) for one in differing)
    assert amounts == [("billed", "323.87"), ("commitment", "404.83"), ("commitment", "809.67")]


@pytest.mark.feature("ACC-4", "ACC-26")
def test_a_bill_of_the_books_whose_amounts_include_tax_is_linked_by_its_total(desk: Desk) -> None:
    retainage = {"item": "RETAINAGE", "tax_type": "NONE"}
    desk.night.set(cutover="2026-04-01", tax={"mode": "inclusive", "default": "INPUT"}, retainage=retainage)
    invoice = desk.work(desk.subcontract(), 3, "4000.00", invoice_number="RA-1")
    line = desk.cost("3600.00") | {"TaxType": "INPUT"}
    typed = desk.bill(line, number="RA-1", Date="2026-03-28", LineAmountTypes="Inclusive")
    assert desk.tonight()["invoices"] == {"updated": 1}
    assert desk.night.links("invoices") == {str(invoice["id"]): typed["InvoiceID"]}
    billed = [one for one in tie_out(desk.night.papers()).differences if one.key.measure == "billed"]
    assert [one.cause for one in billed] == ["tax"]


@pytest.mark.feature("ACC-26")
def test_amounts_that_procore_taxes_besides_are_not_taken_for_amounts_with_tax(desk: Desk) -> None:
    contract = desk.subcontract(desk.line("03-300.S", "10000.00", "Walls", **taxed(desk, mode="inclusive")))
    desk.tonight(*CONTRACTS)
    desk.work(contract, 3, "4000.00")
    assert desk.tonight(*ONLY)["invoices"] == {"invalid": 1}
    assert "total 3600.00 instead of 3952.40" in told(desk)
    assert desk.bills() == []


@pytest.mark.feature("ACC-26")
def test_without_tax_every_line_is_exempt(desk: Desk, contract: Row) -> None:
    desk.work(contract, 3, "4000.00")
    desk.tonight(*ONLY)
    assert bill(desk)["LineAmountTypes"] == "NoTax"
    assert {one["TaxType"] for one in bill(desk)["LineItems"]} == {"NONE"}
    assert (bill(desk)["CurrencyCode"], str(bill(desk)["TotalTax"])) == ("USD", "0.00")


@pytest.mark.feature("ACC-28")
def test_an_invoice_of_a_closed_period_waits_and_is_posted_once_when_it_is_reopened(desk: Desk, contract: Row) -> None:
    desk.close_books("2026-03-31")
    desk.work(contract, 3, "4000.00")
    assert desk.tonight(*ONLY)["invoices"] == {"blocked": 1}
    assert "'SC-001 #1' is dated 2026-03-28, and the books are closed until 2026-03-31." in told(desk)
    assert "Reopen the period in Xero, or set closed_period: first_open_day." in told(desk)
    assert desk.tonight(*ONLY)["invoices"] == {"blocked": 1}
    desk.close_books(None)
    assert desk.tonight(*ONLY)["invoices"] == {"created": 1}
    desk.tonight(*ONLY)
    assert (len(desk.bills()), bill(desk)["Date"]) == (1, "2026-03-28")


@pytest.mark.feature("ACC-28")
def test_by_setting_an_invoice_of_a_closed_period_goes_to_the_first_open_day_and_says_so(
    desk: Desk, contract: Row
) -> None:
    desk.close_books("2026-03-31")
    desk.night.set(closed_period="first_open_day")
    desk.work(contract, 3, "4000.00")
    assert desk.tonight(*ONLY)["invoices"] == {"created": 1}
    assert bill(desk)["Date"] == "2026-04-01"
    assert "Dated 2026-04-01 instead of 2026-03-28: the period is closed." in told(desk)
    desk.close_books(None)
    assert desk.quiet() and desk.night.open("invoices") == []
