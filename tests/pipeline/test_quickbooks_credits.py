"""Invoices below zero between Procore and QuickBooks Online: vendor credits and credit memos, by setting."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from jobledger.errors import RetryLater
from jobledger.integration import Integration
from jobledger.reports.tieout import tie_out
from jobledger.systems.base import Write
from sandbox.faults import Fault
from tests.pipeline.quickbooks_desk import QuickBooksDesk
from tests.pipeline.quickbooks_night import SYSTEM, QuickBooksNight

Row = dict[str, Any]
OWNER = ("owner_invoices", "receipts")


@pytest.fixture
def desk(books: QuickBooksNight) -> QuickBooksDesk:
    """The setting is made by which an invoice below zero becomes a credit."""
    made = QuickBooksDesk(books)
    books.set(negative_invoices="credit")
    return made


def billed(desk: QuickBooksDesk) -> Row:
    """A commitment in the books, of which a first invoice of 4,000.00 less 400.00 retainage is billed."""
    contract = desk.subcontract()
    desk.tonight("commitments")
    desk.work(contract, 2, "4000.00")
    desk.tonight("invoices")
    return contract


def amounts(document: Row) -> list[str]:
    return [str(one["Amount"]) for one in document["Line"] if one["DetailType"] != "SubTotalLineDetail"]


def detail(line: Row) -> Row:
    return line[line["DetailType"]]


@pytest.mark.feature("ACC-36", "ACC-18", "XER-109", "ACC-24", "ACC-32")
def test_an_invoice_below_zero_is_a_vendor_credit_and_never_a_cost(desk: QuickBooksDesk) -> None:
    desk.night.with_suites = True
    contract = billed(desk)
    taken_back = desk.work(contract, 3, "-1000.00")
    assert desk.tonight("invoices")["invoices"] == {"created": 1, "unchanged": 1}
    [credit] = desk.night.held("vendor_credits")
    assert (amounts(credit), str(credit["TotalAmt"])) == (["1000.00", "-100.00"], "900.00")
    assert credit["PrivateNote"] == f"Concrete procore-{taken_back['id']}"
    assert (credit["VendorRef"]["value"], credit["DocNumber"]) == (desk.acme()["value"], "SC-001")
    assert detail(credit["Line"][0])["ItemRef"]["value"] == desk.item("03-300.S")["value"]
    assert detail(credit["Line"][1])["AccountRef"]["value"] == desk.account("2150")["value"]
    assert desk.shown(taken_back)["origin_id"] == f"quickbooks_online:bill:credit-{credit['Id']}"
    tied = tie_out(desk.night.papers())
    sums = {key.measure: Decimal(0) for key in tied.books}
    for key, amount in tied.books.items():
        sums[key.measure] += amount
    assert (sums["billed"], sums["retained"]) == (Decimal("3000.00"), Decimal("300.00"))
    assert tied.differences == []
    before = desk.night.writes()
    desk.night.later(days=1)
    assert "created" not in desk.tonight()["job_costs"]
    assert desk.costs() == []
    assert desk.night.writes() == before


@pytest.mark.feature("XER-109")
def test_without_the_setting_an_invoice_below_zero_is_invalid_on_both_sides(desk: QuickBooksDesk) -> None:
    desk.night.with_suites = True
    desk.night.set(negative_invoices="invalid")
    contract = billed(desk)
    desk.work(contract, 3, "-1000.00")
    assert desk.tonight("invoices")["invoices"] == {"invalid": 1, "unchanged": 1}
    assert "set negative_invoices: credit" in desk.night.open("invoices")[0].remedy
    assert desk.night.held("vendor_credits") == []
    owned(desk, "A-1", walls="-100.00")
    assert desk.tonight(*OWNER)["owner_invoices"] == {"invalid": 1}
    assert desk.night.held("credit_memos") == []
    desk.night.set(negative_invoices="credit")
    assert desk.tonight("invoices", *OWNER)["invoices"]["created"] == 1
    assert len(desk.night.held("vendor_credits")) == len(desk.night.held("credit_memos")) == 1


@pytest.mark.feature("XER-109")
def test_to_xero_no_setting_carries_an_invoice_below_zero(desk: QuickBooksDesk) -> None:
    stated = {**desk.night.settings, "accounting": {"system": "xero", "connection": "x", "tenant_id": "t"}}
    with pytest.raises(ValueError, match="negative_invoices: credit: to Xero"):
        Integration.model_validate(stated)


def owned(desk: QuickBooksDesk, number: str, **amounts: str) -> Row:
    """An owner invoice of a prime contract over walls; `walls` is its work, `held` what the owner retains of it."""
    books = desk.night
    if "Retainage withheld" not in books.names("items"):
        books.put("items", Name="Retainage withheld", Type="Service", IncomeAccountRef=desk.account("1150"))
        held = {f"payable_{one}": "2150" for one in ("held", "released")}
        books.set(retainage={**held, **{f"receivable_{one}": "1150" for one in ("held", "released")}})
    header = {"project_id": desk.project, "vendor_id": desk.owner["id"], "title": "School", "number": number}
    rows = [desk.line("03-300.S", "100000.00", "Walls")]
    [contract] = desk.seed("prime_contracts", {**header, "status": "Approved", "line_items": rows})
    lines = desk.stage.records("procore.prime_contract_line_items")
    [line] = [one["id"] for one in lines if one["contract_id"] == contract["id"]]
    days = {"start_date": "2026-01-01", "end_date": "2026-01-28", "due_date": "2026-12-31"}
    [period] = desk.seed("billing_periods", {"project_id": desk.project, "status": "open", **days})
    item = {"line_item_id": line, "work_completed_this_period": amounts["walls"]}
    item["work_completed_retainage_retained_this_period"] = amounts.get("held", "0")
    record = {"contract_id": contract["id"], "commitment_billing_period_id": period["id"], "invoice_number": number}
    return desk.seed("payment_applications", {"status": "approved", **record, "items": [item]})[0]


@pytest.mark.feature("ACC-36", "SMX-QBO-90", "ACC-32")
def test_an_owner_invoice_below_zero_is_a_credit_memo(desk: QuickBooksDesk) -> None:
    desk.night.with_suites = True
    invoice = owned(desk, "A-1", walls="-5000.00", held="-500.00")
    assert desk.tonight(*OWNER)["owner_invoices"] == {"created": 1}
    [memo] = desk.night.held("credit_memos")
    assert (amounts(memo), str(memo["TotalAmt"])) == (["5000.00", "-500.00"], "4500.00")
    assert (memo["DocNumber"], memo["PrivateNote"]) == ("A-1", f"School procore-{invoice['id']}")
    assert memo["CustomerRef"]["value"] == desk.job("Tower")["value"]
    assert detail(memo["Line"][1])["ItemRef"]["value"] == desk.item("Retainage withheld")["value"]
    tied = tie_out(desk.night.papers())
    assert {key.measure: amount for key, amount in tied.books.items()} == {
        "invoiced": Decimal("-5000.00"),
        "receivable": Decimal("-500.00"),
    }
    assert (tied.procore, tied.differences) == (tied.books, [])
    before = desk.night.writes()
    desk.night.later(days=1)
    assert desk.tonight(*OWNER)["owner_invoices"] == {"unchanged": 1}
    assert desk.night.writes() == before


FAULTS = ["drop_before_commit", "drop_after_commit", "timeout", "truncate_body", "garbage"]


@pytest.mark.parametrize("turn", [1, 2])
@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.feature("ACC-17", "ACC-36")
def test_a_credit_is_written_once_whatever_becomes_of_the_answers(desk: QuickBooksDesk, kind: str, turn: int) -> None:
    contract = desk.subcontract()
    desk.tonight("commitments")
    desk.work(contract, 2, "4000.00")
    desk.work(contract, 3, "-1000.00")
    owned(desk, "A-1", walls="-5000.00")
    flows = ("invoices", *OWNER)
    for _ in range(2):
        fault = Fault(system=SYSTEM, method="POST", path="batch", kind=kind, times=9, every=turn)  # type: ignore[arg-type]
        desk.stage.fault(fault)
        for flow in flows:
            with suppress(RetryLater):
                desk.tonight(flow)
        desk.stage.fault()
        desk.night.later(hours=1)
        desk.tonight(*flows)
    for entity, total in (("bills", "3600.00"), ("vendor_credits", "900.00"), ("credit_memos", "5000.00")):
        assert [str(one["TotalAmt"]) for one in desk.night.held(entity)] == [total]
    assert desk.night.open("invoices") == desk.night.open("owner_invoices") == []


@pytest.mark.feature("ACC-30")
@pytest.mark.parametrize("how", ["edited", "deleted"])
def test_a_credit_that_a_bookkeeper_changes_is_told_and_never_written_again(desk: QuickBooksDesk, how: str) -> None:
    contract = billed(desk)
    desk.work(contract, 3, "-1000.00")
    desk.tonight("invoices")
    desk.tonight("invoices")
    [credit] = desk.night.held("vendor_credits")
    desk.night.later(minutes=10)
    if how == "deleted":
        desk.stage.sandbox.vendors[SYSTEM].remove("vendor_credits", credit["Id"])
    else:
        own = [{name: value for name, value in one.items() if name[0] != "_"} for one in credit["Line"]]
        desk.night.put("vendor_credits", Id=credit["Id"], Line=[{**own[0], "Amount": Decimal("950.00")}, own[1]])
    before = desk.night.writes()
    assert desk.tonight("invoices")["invoices"]["conflict"] == 1
    told = desk.night.told("invoices")["SC-001 #2"]
    assert ("deleted in QuickBooks" if how == "deleted" else "Procore has -900.00, QuickBooks -850.00.") in told
    assert desk.night.writes() == before


@pytest.mark.feature("ACC-21")
@pytest.mark.parametrize("counted", [False, True])
def test_a_credit_that_is_applied_to_a_bill_pays_of_that_bill_only(desk: QuickBooksDesk, counted: bool) -> None:
    desk.night.set(credits_as_payments=counted)
    contract = billed(desk)
    desk.work(contract, 3, "-1000.00")
    desk.tonight("invoices", "payments")
    [bill], [credit] = desk.bills(), desk.night.held("vendor_credits")
    desk.night.later(minutes=1)
    desk.pay((bill, "3600.00"), credits=((credit, "900.00"),))
    desk.tonight("invoices", "payments")
    assert [one["amount"] for one in desk.issued()] == (["900.00", "2700.00"] if counted else ["2700.00"])
    assert "settled by" not in str([list(run.notes) for run in desk.night.history("payments")])


@pytest.mark.feature("ACC-4", "ACC-25")
def test_a_credit_that_was_entered_by_hand_is_proposed_for_the_invoice_and_is_no_cost(desk: QuickBooksDesk) -> None:
    contract = billed(desk)
    head = {"VendorRef": desk.acme(), "TxnDate": "2026-03-28", "DocNumber": "SC-001"}
    retained = desk.cost("-100.00", code=None)
    retained["AccountBasedExpenseLineDetail"]["AccountRef"] = desk.account("2150")
    credit = desk.night.put("vendor_credits", **head, Line=[desk.cost("1000.00"), retained])
    invoice = desk.work(contract, 3, "-1000.00")
    proposed = f"links link test invoices {invoice['id']} credit-{credit['Id']}"
    for flow in ("invoices", "job_costs"):
        assert desk.tonight(flow)[flow]["conflict"] == 1
        assert proposed in str(desk.night.told(flow))
    desk.link("invoices", invoice["id"], f"credit-{credit['Id']}")
    assert "created" not in str(desk.tonight("invoices", "job_costs"))
    assert desk.night.open("invoices") == desk.night.open("job_costs") == []
    assert (len(desk.night.held("vendor_credits")), desk.costs()) == (1, [])


def test_a_document_is_not_taken_to_the_other_side_of_zero(desk: QuickBooksDesk) -> None:
    contract = billed(desk)
    desk.work(contract, 3, "-1000.00")
    desk.tonight("invoices")
    books = desk.night.systems()[SYSTEM]
    [bill], [credit] = desk.bills(), desk.night.held("vendor_credits")
    line = {"Amount": Decimal("-5.00"), "AccountRef": desk.account("5000")["value"]}
    writes = [
        Write("bill", "update", {"Line": [line]}, target_id=bill["Id"]),
        Write("credit", "update", {"Line": [{**line, "Amount": Decimal("5.00")}]}, target_id=f"credit-{credit['Id']}"),
    ]
    results = books.write("bills", writes, "a key")
    assert [(one.key, one.status, one.outcome) for one in results] == [
        ("bill", "refused", "conflict"),
        ("credit", "refused", "conflict"),
    ]
    assert "is a vendor credit in QuickBooks" in results[1].message


def test_an_applied_credit_is_left_alone_and_an_open_one_can_be_changed_and_removed(desk: QuickBooksDesk) -> None:
    contract = billed(desk)
    desk.work(contract, 3, "-1000.00")
    desk.tonight("invoices")
    books = desk.night.systems()[SYSTEM]
    [bill], [credit] = desk.bills(), desk.night.held("vendor_credits")
    key = f"credit-{credit['Id']}"
    line = {"Amount": Decimal("-700.00"), "ItemRef": desk.item("03-300.S")["value"]}
    [changed] = books.write("bills", [Write("1", "update", {"Line": [line]}, key, replaces=("1", "2"))], "a")
    assert (changed.status, changed.target_id) == ("done", key)
    assert [amounts(one) for one in desk.night.held("vendor_credits")] == [["700.00"]]
    payment = desk.pay((bill, "100.00"), credits=((credit, "100.00"),))
    [held] = books.write("bills", [Write("1", "remove", {}, key)], "b")
    assert (held.outcome, "has payments or credits of 100.00" in held.message) == ("conflict", True)
    desk.stage.sandbox.vendors[SYSTEM].remove("bill_payments", payment["Id"])
    [removed] = books.write("bills", [Write("1", "remove", {}, key)], "c")
    assert (removed.status, desk.night.held("vendor_credits")) == ("done", [])
