"""The owner's side, direct costs that were entered in Procore, and time: between Procore and QuickBooks Online."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from jobledger.reports.tieout import tie_out
from tests.pipeline.quickbooks_desk import QuickBooksDesk
from tests.pipeline.quickbooks_night import SYSTEM, QuickBooksNight

Row = dict[str, Any]
OWNER = ("owner_invoices", "receipts")
RETAINED = "work_completed_retainage_retained_this_period"
RELEASED = "work_completed_retainage_released_this_period"


@pytest.fixture
def desk(books: QuickBooksNight) -> QuickBooksDesk:
    made = QuickBooksDesk(books)
    books.put("items", Name="Retainage withheld", Type="Service", IncomeAccountRef=made.account("1150"))
    retainage = {"payable_held": "2150", "payable_released": "2150"}
    books.set(retainage={**retainage, "receivable_held": "1150", "receivable_released": "1150"})
    return made


def prime(desk: QuickBooksDesk) -> list[Any]:
    """The ids of the lines of a prime contract over walls and slabs, and the contract's."""
    rows = [desk.line("03-300.S", "100000.00", "Walls"), desk.line("03-310.M", "50000.00", "Slabs")]
    header = {"project_id": desk.project, "vendor_id": desk.owner["id"], "title": "School", "number": "1"}
    [contract] = desk.seed("prime_contracts", {**header, "status": "Approved", "line_items": rows})
    lines = [
        one for one in desk.stage.records("procore.prime_contract_line_items") if one["contract_id"] == contract["id"]
    ]
    return [contract["id"], *(one["id"] for one in sorted(lines, key=lambda one: one["position"]))]


def application(desk: QuickBooksDesk, contract: Any, month: int, *items: Row, **more: Any) -> Row:
    days = {"start_date": f"2026-{month:02d}-01", "end_date": f"2026-{month:02d}-28", "due_date": "2026-12-31"}
    [period] = desk.seed("billing_periods", {"project_id": desk.project, "status": "open", **days})
    record = {"contract_id": contract, "commitment_billing_period_id": period["id"], **more}
    return desk.seed("payment_applications", {"status": "approved", **record, "items": list(items)})[0]


def detail(line: Row) -> Row:
    return line[line["DetailType"]]


@pytest.mark.feature("SMX-QBO-87", "SMX-QBO-90", "SMX-QBO-91", "XER-63", "ACC-32", "ACC-36")
def test_an_owner_invoice_is_a_sales_invoice_with_retainage_on_its_own_service(desk: QuickBooksDesk) -> None:
    contract, walls, _ = prime(desk)
    work = {"line_item_id": walls, "work_completed_this_period": "40000.00", RETAINED: "4000.00"}
    application(desk, contract, 1, work, invoice_number="A-1")
    assert desk.tonight(*OWNER)["owner_invoices"] == {"created": 1}
    [invoice] = desk.night.held("invoices")
    assert (invoice["DocNumber"], str(invoice["TotalAmt"])) == ("A-1", "36000.00")
    assert invoice["CustomerRef"]["value"] == desk.job("Tower")["value"]
    sold = [one for one in invoice["Line"] if one["DetailType"] == "SalesItemLineDetail"]
    assert [str(one["Amount"]) for one in sold] == ["40000.00", "-4000.00"]
    assert detail(sold[0])["ItemRef"]["value"] == desk.item("03-300.S")["value"]
    assert detail(sold[1])["ItemRef"]["value"] == desk.item("Retainage withheld")["value"]
    tied = tie_out(desk.night.papers())
    amounts = {key.measure: amount for key, amount in tied.books.items() if amount}
    assert amounts == {"invoiced": Decimal("40000.00"), "receivable": Decimal("4000.00")}
    assert (tied.procore, tied.differences) == (tied.books, [])
    before = desk.night.writes()
    desk.night.later(days=1)
    desk.tonight(*OWNER)
    assert desk.night.writes() == before


@pytest.mark.feature("SMX-QBO-93")
def test_retainage_without_its_code_holds_the_owner_invoice(desk: QuickBooksDesk) -> None:
    desk.night.set(retainage={})
    contract, walls, _ = prime(desk)
    work = {"line_item_id": walls, "work_completed_this_period": "40000.00", RETAINED: "4000.00"}
    application(desk, contract, 1, work, invoice_number="A-1")
    assert desk.tonight(*OWNER)["owner_invoices"] == {"blocked": 1}
    assert "retainage.receivable_held is not set" in next(iter(desk.night.told("owner_invoices").values()))


@pytest.mark.feature("SMX-QBO-97")
def test_a_code_without_an_item_goes_to_the_service_of_the_fallback_account(desk: QuickBooksDesk) -> None:
    desk.night.put("items", Name="Contract revenue", Type="Service", IncomeAccountRef=desk.account("4900"))
    desk.night.set(fallbacks={"invoice_code": "4900"})
    contract, walls, _ = prime(desk)
    with_code = desk.night.links("cost_codes")
    desk.unlink("cost_codes", *with_code)
    work = {"line_item_id": walls, "work_completed_this_period": "100.00"}
    application(desk, contract, 1, work, invoice_number="A-1")
    assert desk.tonight(*OWNER)["owner_invoices"] == {"created": 1}
    assert "goes to the service of the fallback account" in next(iter(desk.night.told("owner_invoices").values()))


@pytest.mark.feature("XER-64", "ACC-21")
def test_a_customer_payment_is_a_payment_received_and_goes_when_it_is_taken_back(desk: QuickBooksDesk) -> None:
    contract, walls, _ = prime(desk)
    work = {"line_item_id": walls, "work_completed_this_period": "40000.00"}
    application(desk, contract, 1, work, invoice_number="A-1")
    desk.tonight(*OWNER)
    [invoice] = desk.night.held("invoices")
    desk.night.later(minutes=1)
    line = {"Amount": Decimal("15000.00"), "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    paid = {"CustomerRef": invoice["CustomerRef"], "TotalAmt": Decimal("15000.00"), "TxnDate": "2026-03-02"}
    payment = desk.night.put("payments", **paid, Line=[line])
    assert desk.tonight(*OWNER)["receipts"] == {"created": 1}
    desk.tonight(*OWNER)
    assert tie_out(desk.night.papers()).differences == []
    [received] = desk.stage.records("procore.contract_payments")
    assert (received["contract_id"], received["amount"]) == (contract, "15000.00")
    desk.night.later(minutes=1)
    desk.stage.sandbox.vendors[SYSTEM].remove("payments", payment["Id"])
    assert desk.tonight(*OWNER)["receipts"] == {"removed": 1}
    assert desk.stage.records("procore.contract_payments") == []


def typed(desk: QuickBooksDesk, **more: Any) -> Row:
    """A direct cost that somebody entered in Procore."""
    head = {"project_id": desk.project, "direct_cost_type": "expense", "vendor_id": desk.vendor["id"]}
    rest = {"direct_cost_date": "2026-03-01", "status": "approved", "description": "Fuel"}
    return desk.seed(
        "direct_costs", {**head, **rest, "line_items": [desk.line("03-300.S", "76.25", "Diesel")], **more}
    )[0]


@pytest.mark.feature("SMX-QBO-85", "ACC-24")
def test_a_direct_cost_of_procore_is_a_bill_only_where_the_switch_is_on_and_never_comes_back(
    desk: QuickBooksDesk,
) -> None:
    cost = typed(desk)
    assert desk.tonight("expenses").get("expenses", {}).get("created") is None
    desk.night.set(direct_costs={"export_expenses": True})
    assert desk.tonight("expenses")["expenses"] == {"created": 1}
    [bill] = desk.bills()
    assert (bill["PrivateNote"], str(bill["TotalAmt"])) == (f"Fuel procore-cost-{cost['id']}", "76.25")
    [shown] = desk.stage.records("procore.direct_costs")
    assert shown["origin_id"] == f"quickbooks_online:cost_bill:{bill['Id']}"
    before = desk.night.writes()
    desk.night.later(days=1)
    assert desk.tonight("expenses")["expenses"] == {"unchanged": 1}
    assert "created" not in desk.tonight("job_costs")["job_costs"]
    assert desk.night.writes() == before


@pytest.mark.feature("SMX-QBO-85")
def test_an_invoice_and_a_direct_cost_with_one_id_are_two_bills(desk: QuickBooksDesk) -> None:
    contract = desk.subcontract()
    desk.tonight("commitments")
    invoice = desk.work(contract, 2, "4000.00")
    typed(desk, id=invoice["id"])
    desk.night.set(direct_costs={"export_expenses": True})
    counts = desk.tonight("invoices", "expenses")
    assert counts == {"invoices": {"created": 1}, "expenses": {"created": 1}}
    assert len(desk.bills()) == 2


def crew(desk: QuickBooksDesk) -> Row:
    [ana] = desk.seed("users", {"first_name": "Ana", "last_name": "Ruiz", "is_employee": True})
    return ana


def works(desk: QuickBooksDesk, ana: Row, hours: str = "7.5", **more: Any) -> Row:
    times = {row["time_type"]: row["id"] for row in desk.stage.records("procore.timecard_time_types")}
    code = next(
        row["cost_code_id"] for row in desk.stage.records("procore.wbs_codes") if row["project_id"] == desk.project
    )
    entry = {
        "project_id": desk.project,
        "party_id": ana["id"],
        "date": "2026-03-02",
        "hours": hours,
        "cost_code_id": code,
    }
    kinds = {"line_item_type_id": desk.types["S"], "timecard_time_type_id": times["Regular Time"]}
    return desk.seed("timecard_entries", {**entry, **kinds, "approval_status": "approved", **more})[0]


@pytest.mark.feature("SMX-QBO-77", "SMX-QBO-81")
def test_approved_time_is_a_time_activity_and_follows_its_timecard(desk: QuickBooksDesk) -> None:
    ana = crew(desk)
    card = works(desk, ana)
    desk.night.set(labour={"time_activities": True})
    assert desk.tonight("employees", "time_activities")["time_activities"] == {"blocked": 1}
    employee = desk.night.put("employees", GivenName="Ana", FamilyName="Ruiz", DisplayName="Ana Ruiz")
    assert desk.tonight("employees")["employees"] == {"updated": 1}
    assert desk.tonight("time_activities")["time_activities"] == {"created": 1}
    [activity] = desk.night.held("time_activities")
    assert (activity["Hours"], activity["Minutes"], activity["TxnDate"]) == (7, 30, "2026-03-02")
    assert (activity["EmployeeRef"]["value"], activity["CustomerRef"]["value"]) == (
        employee["Id"],
        desk.job("Tower")["value"],
    )
    assert activity["ItemRef"]["value"] == desk.item("03-300.S")["value"]
    before = desk.night.writes()
    desk.night.later(days=1)
    desk.tonight("time_activities")
    assert desk.night.writes() == before
    desk.night.later(minutes=1)
    desk.seed("timecard_entries", {"id": card["id"], "hours": "8.25"})
    assert desk.tonight("time_activities")["time_activities"] == {"updated": 1}
    [activity] = desk.night.held("time_activities")
    assert (activity["Hours"], activity["Minutes"]) == (8, 15)
    desk.night.later(minutes=1)
    desk.seed("timecard_entries", {"id": card["id"], "approval_status": "pending"})
    assert desk.tonight("time_activities")["time_activities"] == {"removed": 1}
    assert desk.night.held("time_activities") == []
