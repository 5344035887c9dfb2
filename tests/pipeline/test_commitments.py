"""Commitments to purchase orders: what an order says, which commitments go, and how changes follow."""

from __future__ import annotations

from decimal import Decimal

import pytest

from jobledger.commands import approvals, history
from tests.commands.office import Office
from tests.pipeline.desk import Desk, Row, lines
from tests.pipeline.linked import desk_of
from tests.pipeline.night import STAGE_1, STAGE_2, Night

ONLY = ("commitments",)


@pytest.fixture
def desk(night: Night) -> Desk:
    return desk_of(night)


def told(desk: Desk, name: str = "Concrete") -> str:
    return desk.night.told("commitments")[name]


def amounts(order: Row) -> list[tuple[str, str, str]]:
    return [(one["Description"], str(one["Quantity"]), str(one["UnitAmount"])) for one in order["LineItems"]]


# --- the field table ------------------------------------------------------------------------------------------------


@pytest.mark.feature("XER-43", "XER-107", "XER-123", "XER-124", "XER-125", "XER-126", "XER-127", "XER-130", "XER-131")
def test_a_purchase_order_is_an_order_with_its_number_company_title_items_and_job(desk: Desk) -> None:
    base = desk.line("03-300.S", "3750.00", "Base", quantity="12", unit_cost="312.50", extended_type="calculated")
    desk.purchase_order(base, number="PO-007", title="Concrete", ship_via="Acme's own truck")
    assert desk.tonight(*ONLY)["commitments"] == {"created": 1}
    order = desk.order("PO-007")
    assert (order["Contact"]["Name"], order["Reference"]) == ("Acme", "Concrete")
    assert order["DeliveryInstructions"] == "Acme's own truck"
    [line] = order["LineItems"]
    assert (line["ItemCode"], line["Description"]) == ("03-300.S", "Base")
    assert [(one["Name"], one["Option"]) for one in line["Tracking"]] == [("Job", "Tower")]


@pytest.mark.feature("XER-122", "ACC-13")
def test_the_date_of_an_order_is_the_day_of_the_commitment_where_its_project_is(desk: Desk) -> None:
    desk.seed("projects", {"id": desk.project, "time_zone": "America/Denver"})
    desk.night.later(hours=19)
    desk.subcontract()
    desk.tonight(*ONLY)
    assert desk.order()["Date"] == "2026-03-02"


@pytest.mark.feature("ACC-10", "XER-128", "XER-129")
def test_lines_go_by_the_unit_where_a_purchase_order_can_hold_it_and_else_as_one_times_the_amount(desk: Desk) -> None:
    by_unit = {"extended_type": "calculated"}
    desk.purchase_order(
        desk.line("03-310.M", "0", "Rebar", quantity="12", unit_cost="31.25", uom="ea", **by_unit),
        desk.line("03-310.M", "0", "Base", quantity="12.5", unit_cost="31.375", uom="cy", **by_unit),
        desk.line("03-310.M", "800.00", "By hand", quantity="3", unit_cost="250.00"),
        desk.line("03-310.M", "5000.00", "Lump sum"),
    )
    desk.tonight(*ONLY)
    assert amounts(desk.order("PO-001")) == [
        ("Rebar", "12.0000", "31.25"),
        ("Base (12.5 cy @ 31.375)", "1.0000", "392.19"),
        ("By hand (3 @ 250)", "1.0000", "800.00"),
        ("Lump sum", "1.0000", "5000.00"),
    ]
    assert Decimal(desk.order("PO-001")["SubTotal"]) == Decimal("6567.19")


@pytest.mark.feature("ACC-10")
def test_lines_that_do_not_add_up_to_the_commitment_are_invalid_and_nothing_is_sent(desk: Desk) -> None:
    flow = desk.night.flows["commitments"]
    own = flow.lines[0].fields
    rounded = {name: own[of].model_copy(update={"value": f"line.{name_there}"}) for name, of, name_there in UNITS}
    lines_of = flow.lines[0].model_copy(update={"fields": own | rounded})
    desk.night.flows["commitments"] = flow.model_copy(update={"lines": (lines_of,)})
    units = {"quantity": "12.5", "unit_cost": "31.375", "extended_type": "calculated"}
    desk.purchase_order(desk.line("03-310.M", "0", "Base", **units))
    assert desk.tonight(*ONLY)["commitments"] == {"invalid": 1}
    assert "The lines of 'Lumber' add up to 392.25, and Procore says 392.19." in told(desk, "Lumber")
    assert desk.orders() == []


UNITS = (("Quantity", "Quantity", "quantity"), ("UnitAmount", "UnitAmount", "unit_cost"))


@pytest.mark.feature("XER-132", "XER-107")
def test_subcontracts_and_purchase_orders_make_one_order_each_and_nothing_comes_back(desk: Desk) -> None:
    desk.subcontract()
    desk.purchase_order()
    assert desk.tonight(*ONLY)["commitments"] == {"created": 2}
    assert [one["PurchaseOrderNumber"] for one in desk.orders()] == ["PO-001", "SC-001"]
    desk.books("purchase_orders", {"PurchaseOrderNumber": "X-1", **desk._document((desk.cost("10.00"),))})
    desk.tonight()
    assert len(desk.stage.records("procore.work_order_contracts")) == 1
    assert len(desk.stage.records("procore.purchase_order_contracts")) == 1


@pytest.mark.feature("XER-98", "XER-123")
def test_an_order_carries_the_number_of_the_commitment_by_default(desk: Desk) -> None:
    desk.subcontract(number="24-021-SC-014")
    desk.tonight(*ONLY)
    assert [one["PurchaseOrderNumber"] for one in desk.orders()] == ["24-021-SC-014"]


@pytest.mark.feature("ACC-14")
@pytest.mark.parametrize(("setting", "status"), [(None, "DRAFT"), ("authorised", "AUTHORISED")])
def test_orders_are_drafts_unless_a_setting_says_otherwise(desk: Desk, setting: str | None, status: str) -> None:
    desk.night.set(**({"purchase_order_status": setting} if setting else {}))
    desk.subcontract()
    desk.tonight(*ONLY)
    assert desk.order()["Status"] == status


@pytest.mark.feature("PRC-API-19", "PRC-API-26", "PRC-API-27", "PRC-API-28", "PRC-API-38", "PRC-API-39")
def test_the_order_shows_beside_the_commitment_of_which_nothing_else_is_touched(desk: Desk) -> None:
    contract = desk.subcontract(workflow=True)
    desk.tonight(*ONLY)
    shown = desk.shown(contract)
    assert (shown["origin_id"], shown["origin_code"]) == (
        f"xero:purchase_order:{desk.order()['PurchaseOrderID']}",
        "SC-001",
    )
    ours = {"origin_id", "origin_code", "origin_data", "updated_at"}
    assert {name: value for name, value in shown.items() if name not in ours} == {
        name: value for name, value in contract.items() if name not in ours
    }


# --- which commitments go -------------------------------------------------------------------------------------------


@pytest.mark.feature("ACC-13", "XER-43")
@pytest.mark.parametrize("status", ["Approved", "Complete"])
def test_subcontracts_go_when_they_are_approved_or_complete(desk: Desk, status: str) -> None:
    desk.subcontract(status=status)
    for other in ("Draft", "Out For Bid", "Out For Signature", "Terminated", "Void"):
        desk.subcontract(status=other, number=other)
    assert desk.tonight(*ONLY)["commitments"]["created"] == 1
    assert [one["PurchaseOrderNumber"] for one in desk.orders()] == ["SC-001"]


@pytest.mark.feature("ACC-13", "XER-43")
@pytest.mark.parametrize("status", ["Approved", "Partially Received", "Received", "Closed"])
def test_purchase_orders_go_when_they_are_approved_or_received(desk: Desk, status: str) -> None:
    desk.purchase_order(status=status)
    for other in ("Draft", "Processing", "Submitted"):
        desk.purchase_order(status=other, number=other)
    assert desk.tonight(*ONLY)["commitments"]["created"] == 1
    assert [one["PurchaseOrderNumber"] for one in desk.orders()] == ["PO-001"]


@pytest.mark.feature("XER-47", "XER-43")
def test_a_commitment_that_nobody_has_accepted_does_not_go_out(desk: Desk, office: Office) -> None:
    desk.night.set(approvals={"default": "required"})
    contract = desk.subcontract()
    assert desk.tonight(*ONLY)["commitments"] == {"waiting": 1}
    assert desk.tonight(*ONLY)["commitments"] == {"waiting": 1}
    assert desk.orders() == []
    office.do(approvals.accept, flow="commitments", ids=[str(contract["id"])])
    assert desk.tonight(*ONLY)["commitments"] == {"created": 1}
    assert len(desk.orders()) == 1


@pytest.mark.feature("PRC-API-4")
def test_a_commitment_waits_for_its_company_project_and_cost_codes_and_names_them(night: Night) -> None:
    desk = Desk(night)
    desk.subcontract()
    assert night.run(*ONLY)["commitments"] == {"blocked": 1}
    assert "companies" in told(desk) and "projects" in told(desk) and "cost codes" in told(desk)
    assert "Link or export it first." in told(desk)
    night.run(*STAGE_1)
    assert night.run(*ONLY)["commitments"] == {"blocked": 1}
    assert "companies" not in told(desk) and "cost codes" in told(desk)
    night.run(*STAGE_2)
    assert night.run(*ONLY)["commitments"] == {"created": 1}


@pytest.mark.feature("XER-48")
def test_a_commitment_whose_export_fails_is_listed_with_what_to_do_and_goes_once_that_is_done(
    desk: Desk, office: Office
) -> None:
    taken = desk.books("purchase_orders", {"PurchaseOrderNumber": "SC-001", **desk._document((desk.cost("9.00"),))})
    desk.change("purchase_orders", taken, Status="DELETED")
    contract = desk.subcontract()
    assert desk.tonight(*ONLY)["commitments"] == {"conflict": 1}
    shown = office.do(history.history, open=True)
    assert f"commitments {contract['id']}  conflict: SC-001 Concrete" in shown
    assert "what to do:" in shown and "give the commitment another" in shown
    desk.edit(contract, number="SC-001A")
    assert desk.tonight(*ONLY)["commitments"] == {"created": 1}
    assert desk.night.open("commitments") == []


@pytest.mark.feature("ACC-31")
def test_the_money_of_a_run_is_posted_or_held(desk: Desk) -> None:
    desk.subcontract()
    desk.subcontract(desk.line("03-300.S", "4000.00"), number="SC-002", vendor_id=None)
    desk.tonight(*ONLY)
    assert desk.money("commitments") == {
        "source": "19000.00",
        "posted": "15000.00",
        "held": "4000.00",
        "difference": "0.00",
    }
    desk.tonight(*ONLY)
    assert desk.money("commitments")["difference"] == "0.00"


# --- cut-over -------------------------------------------------------------------------------------------------------


@pytest.mark.feature("ACC-7")
def test_a_commitment_before_the_cut_over_is_counted_and_never_made(desk: Desk) -> None:
    desk.night.set(cutover="2026-03-03")
    desk.subcontract()
    assert desk.tonight(*ONLY)["commitments"] == {"opening": 1}
    desk.subcontract(number="SC-002")
    assert desk.tonight(*ONLY)["commitments"] == {"created": 1}
    assert [one["PurchaseOrderNumber"] for one in desk.orders()] == ["SC-002"]
    assert desk.night.open("commitments") == []


@pytest.mark.feature("ACC-7", "ACC-4")
def test_a_commitment_before_the_cut_over_is_linked_with_the_order_that_the_books_have(desk: Desk) -> None:
    desk.night.set(cutover="2026-03-03")
    order = desk.books("purchase_orders", {"PurchaseOrderNumber": "SC-001", **desk._document((desk.cost("15000.00"),))})
    contract = desk.subcontract()
    assert desk.tonight(*ONLY)["commitments"] == {"updated": 1}
    assert desk.night.links("commitments") == {str(contract["id"]): order["PurchaseOrderID"]}
    assert lines(desk.order()) == [("Concrete", "15000.00")]


# --- changes --------------------------------------------------------------------------------------------------------


@pytest.mark.feature("XER-44")
def test_a_new_title_follows_and_what_the_bookkeeper_did_to_the_order_stays(desk: Desk) -> None:
    contract = desk.subcontract()
    desk.tonight(*ONLY)
    order = desk.order()
    freight = desk.cost("9.00", Description="Freight")
    desk.change("purchase_orders", order, LineItems=[*order["LineItems"], freight], Telephone="303 555 0100")
    desk.edit(contract, title="Concrete and formwork")
    assert desk.tonight(*ONLY)["commitments"] == {"updated": 1}
    now = desk.order()
    assert (now["Reference"], now["Telephone"]) == ("Concrete and formwork", "303 555 0100")
    assert lines(now) == [("Walls", "10000.00"), ("Slabs", "5000.00"), ("Freight", "9.00")]
    assert [one["LineItemID"] for one in now["LineItems"]][:2] == [one["LineItemID"] for one in order["LineItems"]]


@pytest.mark.feature("XER-44", "PRC-API-27", "PRC-API-29")
def test_the_schedule_of_values_of_an_approved_commitment_follows_where_procore_lets_it_change(desk: Desk) -> None:
    contract = desk.subcontract()
    desk.tonight(*ONLY)
    walls, slabs = desk.sov(contract)
    with pytest.raises(ValueError, match="schedule of values cannot be changed"):
        desk.seed("contract_line_items", {"id": walls, "amount": "11000.00"})
    desk.seed("settings", {"id": "locks", "commitments": "open"})
    before = desk.order()
    desk.night.later(minutes=1)
    desk.seed("contract_line_items", {"id": walls, "amount": "11000.00"})
    desk.seed("contract_line_items", {"contract_id": contract["id"], **desk.line("03-310.M", "70.00", "Doors")})
    desk.stage.sandbox.vendors["procore"].remove("contract_line_items", str(slabs))
    assert desk.tonight(*ONLY)["commitments"] == {"updated": 1}
    assert lines(desk.order()) == [("Walls", "11000.00"), ("Doors", "70.00")]
    assert desk.order()["LineItems"][0]["LineItemID"] == before["LineItems"][0]["LineItemID"]
    assert desk.quiet()


@pytest.mark.feature("XER-44", "ACC-12")
def test_a_change_of_a_billed_order_is_a_conflict_with_both_amounts(desk: Desk) -> None:
    contract = desk.subcontract()
    desk.tonight(*ONLY)
    desk.mark_billed()
    desk.edit(contract, title="Concrete and formwork")
    assert desk.tonight(*ONLY)["commitments"] == {"conflict": 1}
    assert "is billed in Xero. Procore has 15,000.00, Xero 15,000.00." in told(desk, "Concrete and formwork")
    assert desk.order()["Reference"] == "Concrete"


@pytest.mark.feature("XER-44")
def test_an_amount_that_both_sides_changed_is_a_conflict(desk: Desk) -> None:
    desk.seed("settings", {"id": "locks", "commitments": "open"})
    contract = desk.subcontract()
    desk.tonight(*ONLY)
    desk.edit_line("purchase_orders", desk.order(), 0, UnitAmount="9000.00")
    desk.night.later(minutes=1)
    desk.seed("contract_line_items", {"id": desk.sov(contract)[0], "amount": "11000.00"})
    assert desk.tonight(*ONLY)["commitments"] == {"conflict": 1}
    assert "was changed on both sides (lines:" in told(desk)
    assert lines(desk.order())[0] == ("Walls", "9000.00")
