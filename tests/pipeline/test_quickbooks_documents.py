"""Commitments, invoices, payments and costs between Procore and QuickBooks Online."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from jobledger.errors import RetryLater
from sandbox.faults import Fault
from tests.pipeline.quickbooks_desk import QuickBooksDesk
from tests.pipeline.quickbooks_night import SYSTEM, QuickBooksNight

ROW = dict[str, Any]


@pytest.fixture
def desk(books: QuickBooksNight) -> QuickBooksDesk:
    return QuickBooksDesk(books)


def lines(document: ROW) -> list[tuple[str, str]]:
    return [(one.get("Description", ""), str(one["Amount"])) for one in document["Line"]]


def detail(line: ROW) -> ROW:
    return line[line["DetailType"]]


@pytest.mark.feature("ACC-10", "ACC-11", "SMX-QBO-34", "SMX-QBO-58", "SMX-QBO-96")
def test_a_subcontract_is_an_order_with_its_number_vendor_items_and_project(desk: QuickBooksDesk) -> None:
    contract = desk.subcontract(title="Concrete")
    assert desk.tonight("commitments")["commitments"] == {"created": 1}
    order = desk.order()
    assert (order["VendorRef"]["value"], order["PrivateNote"]) == (
        desk.acme()["value"],
        f"Concrete procore-{contract['id']}",
    )
    assert lines(order) == [("Walls", "10000.00"), ("Slabs", "5000.00")]
    assert detail(order["Line"][0])["ItemRef"]["value"] == desk.item("03-300.S")["value"]
    assert {detail(one)["CustomerRef"]["value"] for one in order["Line"]} == {desk.job("Tower")["value"]}
    shown = desk.shown(contract)
    assert shown["origin_id"] == f"quickbooks_online:purchase_order:{order['Id']}"


@pytest.mark.feature("ACC-11")
def test_a_second_night_writes_nothing(desk: QuickBooksDesk) -> None:
    contract = desk.subcontract()
    desk.change_order(contract)
    desk.tonight()
    desk.work(contract, 2, "4000.00")
    desk.tonight()
    desk.bill(desk.cost("100.00"), number="77")
    desk.tonight()
    before = desk.night.writes()
    for _ in range(2):
        desk.night.later(days=1)
        counts = desk.tonight()
        assert {name: found for one in counts.values() for name, found in one.items() if name not in _QUIET} == {}
    assert desk.night.writes() == before


_QUIET = ("unchanged", "not_chosen", "opening")


@pytest.mark.feature("ACC-11", "ACC-30")
def test_an_edited_line_follows_and_a_line_of_the_bookkeeper_stays(desk: QuickBooksDesk) -> None:
    contract = desk.subcontract()
    desk.tonight("commitments")
    order = desk.order()
    own = [{name: value for name, value in one.items() if name[0] != "_"} for one in order["Line"]]
    desk.night.put("purchase_orders", Id=order["Id"], Line=[*own, {**desk.cost("75.00"), "Description": "Permit"}])
    rows = [{"id": desk.sov(contract)[0], **desk.line("03-300.S", "11000.00", "Walls")}]
    rows += [{"id": desk.sov(contract)[1], **desk.line("03-310.M", "5000.00", "Slabs")}]
    desk.edit(contract, status="Draft")
    desk.edit(contract, line_items=rows)
    desk.edit(contract, status="Approved")
    desk.tonight("commitments")
    assert lines(desk.order()) == [("Walls", "11000.00"), ("Slabs", "5000.00"), ("Permit", "75.00")]


@pytest.mark.feature("ACC-11", "ACC-30")
def test_a_change_order_joins_its_order_and_leaves_it_when_it_is_void(desk: QuickBooksDesk) -> None:
    contract = desk.subcontract()
    change = desk.change_order(contract)
    desk.tonight("commitments", "change_orders")
    assert lines(desk.order())[-1] == ("CO 001 – Drains", "500.00")
    desk.edit(change, status="void")
    assert desk.tonight("commitments", "change_orders")["change_orders"] == {"removed": 1}
    assert len(desk.order()["Line"]) == 2


@pytest.mark.feature("ACC-12")
def test_a_change_order_of_a_closed_order_is_an_order_of_its_own_by_setting(desk: QuickBooksDesk) -> None:
    contract = desk.subcontract()
    desk.tonight("commitments")
    desk.night.put("purchase_orders", Id=desk.order()["Id"], POStatus="Closed")
    desk.change_order(contract)
    assert desk.tonight("commitments", "change_orders")["change_orders"] == {"conflict": 1}
    desk.night.set(change_order_on_billed_order="new_order")
    assert desk.tonight("commitments", "change_orders")["change_orders"] == {"created": 1}
    assert lines(desk.order("SC-001-CO1")) == [("CO 001 – Drains", "500.00")]


@pytest.mark.feature("ACC-11", "ACC-12")
def test_a_change_order_is_an_order_of_its_own_by_setting_and_follows(desk: QuickBooksDesk) -> None:
    desk.night.set(change_orders="own_order")
    contract = desk.subcontract()
    change = desk.change_order(contract)
    desk.tonight("commitments", "change_orders")
    assert lines(desk.order("SC-001-CO1")) == [("CO 001 – Drains", "500.00")]
    assert len(desk.order()["Line"]) == 2
    before = desk.night.writes()
    desk.night.later(days=1)
    desk.tonight("commitments", "change_orders")
    assert desk.night.writes() == before
    desk.edit(change, status="void")
    assert desk.tonight("commitments", "change_orders")["change_orders"] == {"removed": 1}
    assert [one["DocNumber"] for one in desk.night.held("purchase_orders")] == ["SC-001"]


@pytest.mark.feature("ACC-30")
def test_a_void_commitment_takes_its_order_with_it(desk: QuickBooksDesk) -> None:
    contract = desk.subcontract()
    desk.tonight("commitments")
    desk.edit(contract, status="Void")
    assert desk.tonight("commitments")["commitments"] == {"removed": 1}
    assert desk.night.held("purchase_orders") == []


@pytest.mark.feature("XTR-41", "ACC-30")
def test_an_order_that_was_deleted_in_the_books_is_told_and_not_made_again(desk: QuickBooksDesk) -> None:
    desk.subcontract()
    desk.tonight("commitments")
    desk.night.later(minutes=10)
    desk.stage.sandbox.vendors[SYSTEM].remove("purchase_orders", desk.order()["Id"])
    desk.night.later(minutes=10)
    assert desk.tonight("commitments")["commitments"] == {"conflict": 1}
    assert "deleted in QuickBooks" in desk.night.told("commitments")["Concrete"]


@pytest.mark.feature("SMX-QBO-86", "SMX-QBO-88", "SMX-QBO-89", "ACC-15", "ACC-18")
def test_an_invoice_is_a_bill_linked_with_its_order_and_retainage_on_its_account(desk: QuickBooksDesk) -> None:
    contract = desk.subcontract()
    desk.tonight("commitments")
    desk.work(contract, 2, "4000.00", released="0")
    desk.tonight("invoices")
    [bill] = desk.bills()
    assert [str(one["Amount"]) for one in bill["Line"]] == ["4000.00", "-400.00"]
    assert str(bill["TotalAmt"]) == "3600.00"
    held = detail(bill["Line"][1])
    assert (held["AccountRef"]["value"], held["CustomerRef"]["value"]) == (
        desk.account("2150")["value"],
        desk.job("Tower")["value"],
    )
    order = desk.order()
    assert [one["TxnId"] for one in bill["LinkedTxn"]] == [order["Id"]]
    assert bill["Line"][0]["LinkedTxn"][0]["TxnLineId"] == order["Line"][0]["Id"]
    assert [one["TxnId"] for one in order["LinkedTxn"]] == [bill["Id"]]


@pytest.mark.feature("SMX-QBO-92")
def test_retainage_without_its_code_holds_the_invoice(desk: QuickBooksDesk) -> None:
    desk.night.set(retainage={})
    contract = desk.subcontract()
    desk.tonight("commitments")
    desk.work(contract, 2, "4000.00")
    assert desk.tonight("invoices")["invoices"] == {"blocked": 1}
    assert "retainage.payable_held is not set" in next(iter(desk.night.told("invoices").values()))
    assert desk.bills() == []


@pytest.mark.feature("ACC-28", "XTR-42")
def test_a_bill_of_a_closed_period_waits_and_goes_out_once_it_is_open(desk: QuickBooksDesk) -> None:
    contract = desk.subcontract()
    desk.tonight("commitments")
    desk.close_books("2026-12-31")
    desk.work(contract, 2, "4000.00")
    assert desk.tonight("invoices")["invoices"] == {"blocked": 1}
    desk.close_books(None)
    assert desk.tonight("invoices")["invoices"] == {"created": 1}


@pytest.mark.feature("ACC-21")
def test_one_payment_over_two_bills_is_two_payments_issued(desk: QuickBooksDesk) -> None:
    contract = desk.subcontract()
    desk.tonight("commitments")
    for month in (1, 2):
        desk.work(contract, month, "2000.00")
    desk.tonight("invoices")
    first, second = desk.bills()
    desk.night.later(minutes=1)
    payment = desk.pay((first, "1800.00"), (second, "1000.00"), DocNumber="1203")
    assert desk.tonight("invoices", "payments")["payments"] == {"created": 2}
    assert [one["amount"] for one in desk.issued()] == ["1000.00", "1800.00"]
    desk.night.later(minutes=1)
    desk.stage.sandbox.vendors[SYSTEM].remove("bill_payments", payment["Id"])
    assert desk.tonight("invoices", "payments")["payments"] == {"removed": 2}
    assert desk.issued() == []


@pytest.mark.feature("SMX-QBO-83", "ACC-1", "ACC-23")
def test_a_bill_over_two_projects_is_two_direct_costs(desk: QuickBooksDesk) -> None:
    desk.bill(desk.cost("100.00"), desk.cost("50.00", "Depot"))
    assert desk.tonight("job_costs")["job_costs"] == {"created": 2}
    assert desk.costs() == sorted([(desk.project, Decimal("100.00")), (desk.depot, Decimal("50.00"))])


@pytest.mark.feature("SMX-QBO-99")
def test_a_line_without_an_item_goes_to_the_fallback_code_and_says_so(desk: QuickBooksDesk) -> None:
    desk.bill(desk.cost("100.00", code=None))
    assert desk.tonight("job_costs")["job_costs"] == {"blocked": 1}
    desk.night.set(fallbacks={"procore_bill_code": "03-300.S"})
    assert desk.tonight("job_costs")["job_costs"] == {"created": 1}
    assert "goes to 03-300.S" in next(iter(desk.night.told("job_costs").values()))


@pytest.mark.feature("SMX-QBO-84")
def test_a_card_expense_is_a_direct_cost_and_its_refund_a_negative_one(desk: QuickBooksDesk) -> None:
    card = {"PaymentType": "CreditCard", "AccountRef": desk.account("091"), "TxnDate": "2026-03-01"}
    desk.night.put("purchases", **card, Line=[desk.cost("54.00")])
    desk.night.put("purchases", **card, Credit=True, Line=[desk.cost("4.00")])
    assert desk.tonight("job_costs")["job_costs"] == {"created": 2}
    assert [amount for _, amount in desk.costs()] == [Decimal("-4.00"), Decimal("54.00")]


@pytest.mark.feature("ACC-18")
def test_retainage_that_the_books_have_on_an_item_of_its_own_is_no_cost(desk: QuickBooksDesk) -> None:
    accounts = {"ExpenseAccountRef": desk.account("2150"), "IncomeAccountRef": desk.account("1150")}
    desk.night.put("items", Name="RETAINAGE", Type="Service", **accounts)
    desk.bill(desk.cost("100.00"), {**desk.cost("-10.00", code="RETAINAGE"), "Description": "Retainage"})
    assert desk.tonight("job_costs")["job_costs"] == {"created": 1}
    assert desk.costs() == [(desk.project, Decimal("100.00"))]


@pytest.mark.feature("ACC-24")
def test_our_own_bill_is_never_a_direct_cost(desk: QuickBooksDesk) -> None:
    contract = desk.subcontract()
    desk.tonight("commitments")
    desk.work(contract, 2, "4000.00")
    counts = desk.tonight()
    assert counts["invoices"] == {"created": 1}
    assert desk.costs() == []


@pytest.mark.parametrize("kind", ["drop_before_commit", "drop_after_commit", "timeout", "truncate_body", "garbage"])
@pytest.mark.feature("ACC-17")
def test_nothing_is_written_twice_whatever_becomes_of_the_answers(desk: QuickBooksDesk, kind: str) -> None:
    contract = desk.subcontract()
    desk.change_order(contract)
    for _ in range(2):
        desk.stage.fault(Fault(system=SYSTEM, method="POST", path="batch", kind=kind, times=9))  # type: ignore[arg-type]
        with suppress(RetryLater):
            desk.tonight("commitments", "change_orders")
        desk.stage.fault()
        desk.night.later(hours=1)
        desk.tonight("commitments", "change_orders")
    assert lines(desk.order()) == [("Walls", "10000.00"), ("Slabs", "5000.00"), ("CO 001 – Drains", "500.00")]
    assert len(desk.night.held("purchase_orders")) == 1
