"""Change orders to lines of purchase orders: where they go, what they say, and which of them go (ACC-11, ACC-12)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from jobledger.commands import approvals
from tests.commands.office import Office
from tests.pipeline.builder import PACKAGES
from tests.pipeline.desk import Desk, Row, lines
from tests.pipeline.linked import desk_of
from tests.pipeline.night import STAGE_1, STAGE_2, Night
from tests.pipeline.site import CONTRACTS

SOV = [("Walls", "10000.00"), ("Slabs", "5000.00")]


@pytest.fixture
def desk(night: Night) -> Desk:
    return desk_of(night)


@pytest.fixture
def contract(desk: Desk) -> Row:
    """A subcontract of 15,000.00 with an order in the books."""
    contract = desk.subcontract()
    desk.tonight(*CONTRACTS)
    return contract


def told(desk: Desk, number: str = "001") -> str:
    return desk.night.told("change_orders")[f"Change {number}"]


# --- the field table ------------------------------------------------------------------------------------------------


@pytest.mark.feature("XER-53", "XER-107", "XER-133", "XER-134", "XER-135", "XER-136", "XER-137", "XER-138", "XER-139")
@pytest.mark.feature("XER-140")
def test_a_change_order_adds_lines_below_those_of_the_order_and_makes_no_new_order(desk: Desk, contract: Row) -> None:
    before = desk.order()
    drains = desk.line("03-310.M", "0", "Drains", quantity="4", unit_cost="125.50", extended_type="calculated")
    desk.change_order(contract, drains, number="002")
    assert desk.tonight()["change_orders"] == {"created": 1}
    [order] = desk.orders()
    assert order["LineItems"][:2] == before["LineItems"]
    line = order["LineItems"][2]
    assert (line["Description"], line["ItemCode"]) == ("CO 002 – Drains", "03-310.M")
    assert (str(line["Quantity"]), str(line["UnitAmount"])) == ("4.0000", "125.50")
    assert [(one["Name"], one["Option"]) for one in line["Tracking"]] == [("Job", "Tower")]
    assert (order["PurchaseOrderNumber"], order["Contact"]["Name"]) == ("SC-001", "Acme")


@pytest.mark.feature("ACC-11")
def test_change_orders_stand_in_number_order_whenever_they_are_approved(desk: Desk, contract: Row) -> None:
    for number in ("010", "002"):
        desk.change_order(contract, desk.line("03-300.S", "10.00", f"Work {number}"), number=number)
        desk.tonight()
    desk.change_order(contract, desk.line("03-300.S", "10.00", "Work 001"), number="001")
    desk.change_order(contract, desk.line("03-300.S", "10.00", "Work 003"), number="003")
    assert desk.tonight()["change_orders"]["created"] == 2
    numbers = ("001", "002", "003", "010")
    assert lines(desk.order()) == [*SOV, *((f"CO {one} – Work {one}", "10.00") for one in numbers)]


@pytest.mark.feature("ACC-11", "XER-140")
def test_a_commitment_and_its_change_orders_go_in_one_night(desk: Desk) -> None:
    contract = desk.subcontract()
    desk.change_order(contract, number="002")
    desk.change_order(contract, desk.line("03-310.M", "-750.00", "Less slab"), number="001")
    counts = desk.tonight()
    assert (counts["commitments"], counts["change_orders"]) == ({"created": 1}, {"created": 2})
    [order] = desk.orders()
    assert lines(order) == [*SOV, ("CO 001 – Less slab", "-750.00"), ("CO 002 – Drains", "500.00")]
    assert Decimal(order["SubTotal"]) == Decimal("14750.00")
    assert desk.quiet()


@pytest.mark.feature("ACC-11")
def test_lines_that_a_bookkeeper_added_are_sent_back_as_they_are(desk: Desk, contract: Row) -> None:
    order = desk.order()
    freight = desk.cost("9.00", "Depot", Description="Freight", AccountCode="5100")
    desk.change("purchase_orders", order, LineItems=[*order["LineItems"], freight])
    foreign = desk.order()["LineItems"][2]
    desk.change_order(contract)
    desk.tonight()
    assert lines(desk.order()) == [*SOV, ("Freight", "9.00"), ("CO 001 – Drains", "500.00")]
    assert desk.order()["LineItems"][2] == foreign


@pytest.mark.feature("ACC-11")
@pytest.mark.parametrize("tiers", [2, 3])
def test_in_projects_with_more_tiers_only_the_package_counts(desk: Desk, tiers: int) -> None:
    desk.seed("projects", {"id": desk.project, "change_order_tiers": tiers})
    contract = desk.subcontract()
    [package] = desk.seed(PACKAGES, {"contract_id": contract["id"], "project_id": desk.project, "title": "Change 001"})
    through = {"change_order_request": {"change_order_package_id": package["id"]}}
    for text in ("Drains", "Pump"):
        part = {"contract_id": contract["id"], "project_id": desk.project, "title": text, **through}
        desk.seed("potential_change_orders", {**part, "line_items": [desk.line("03-300.S", "40.00", text)]})
    assert desk.tonight()["change_orders"] == {"not_chosen": 1}
    desk.edit(package, status="approved")
    assert desk.tonight()["change_orders"] == {"created": 1}
    assert lines(desk.order()) == [*SOV, ("CO 001 – Drains", "40.00"), ("CO 001 – Pump", "40.00")]


@pytest.mark.feature("PRC-API-20", "PRC-API-30", "PRC-API-31")
def test_the_number_shows_beside_the_change_order_of_which_nothing_else_is_touched(desk: Desk, contract: Row) -> None:
    change = desk.change_order(contract, number="002")
    desk.tonight()
    shown = desk.shown(change)
    order = desk.order()["PurchaseOrderID"]
    assert (shown["origin_id"], shown["origin_code"]) == (f"xero:purchase_order_change:{order}/002", "002")
    ours = {"origin_id", "origin_code", "origin_data", "updated_at"}
    assert {name for name in shown if shown[name] != change.get(name)} <= ours


# --- which change orders go -----------------------------------------------------------------------------------------


@pytest.mark.feature("XTR-20")
@pytest.mark.parametrize("status", ["draft", "pending", "pricing", "revised", "no_charge", "rejected", "void"])
def test_only_approved_change_orders_go(desk: Desk, contract: Row, status: str) -> None:
    change = desk.change_order(contract, status=status)
    assert desk.tonight()["change_orders"] == {"not_chosen": 1}
    desk.edit(change, status="approved")
    assert desk.tonight()["change_orders"] == {"created": 1}
    assert len(lines(desk.order())) == 3


@pytest.mark.feature("XTR-20")
def test_a_change_order_without_a_line_has_nothing_to_add(desk: Desk, contract: Row) -> None:
    place = {"contract_id": contract["id"], "project_id": desk.project}
    desk.seed(PACKAGES, {**place, "title": "Change 001", "number": "001", "status": "approved"})
    assert desk.tonight()["change_orders"] == {"invalid": 1}
    assert "has no line" in told(desk)
    assert lines(desk.order()) == SOV


@pytest.mark.feature("XER-47")
def test_a_change_order_waits_for_its_acceptance(desk: Desk, contract: Row, office: Office) -> None:
    desk.night.set(approvals={"default": "automatic", "change_orders": "required"})
    change = desk.change_order(contract)
    assert desk.tonight()["change_orders"] == {"waiting": 1}
    assert lines(desk.order()) == SOV
    office.do(approvals.accept, flow="change_orders", ids=[str(change["id"])])
    assert desk.tonight()["change_orders"] == {"created": 1}


@pytest.mark.feature("PRC-API-4")
def test_a_change_order_waits_for_its_commitment(night: Night) -> None:
    desk = Desk(night)
    contract = desk.subcontract()
    desk.change_order(contract)
    counts = night.run(*CONTRACTS)
    assert counts["change_orders"] == {"blocked": 1}
    assert "refers to commitments 'SC-001 Concrete', not linked yet" in told(desk)
    night.run(*STAGE_1)
    night.run(*STAGE_2)
    assert night.run(*CONTRACTS)["change_orders"] == {"created": 1}


@pytest.mark.feature("ACC-7")
def test_change_orders_of_a_commitment_before_the_cut_over_are_opening_balance_too(desk: Desk) -> None:
    desk.night.set(cutover="2026-03-03")
    contract = desk.subcontract()
    desk.change_order(contract)
    desk.night.later(days=2)
    desk.change_order(contract, number="002")
    assert desk.tonight()["change_orders"] == {"opening": 2}
    assert desk.orders() == []


# --- billed orders --------------------------------------------------------------------------------------------------


@pytest.mark.feature("ACC-12")
def test_a_change_of_a_billed_order_is_a_conflict_with_its_remedy_and_goes_once_that_is_taken_back(
    desk: Desk, contract: Row
) -> None:
    billed = desk.mark_billed()
    desk.change_order(contract)
    assert desk.tonight()["change_orders"] == {"conflict": 1}
    assert "'Concrete' (SC-001) is billed in Xero and takes no more lines." in told(desk)
    assert "set change_order_on_billed_order: new_order" in told(desk)
    assert lines(desk.order()) == SOV
    desk.change("purchase_orders", billed, Status="AUTHORISED")
    assert desk.tonight()["change_orders"] == {"created": 1}
    assert lines(desk.order()) == [*SOV, ("CO 001 – Drains", "500.00")]


@pytest.mark.feature("ACC-12")
def test_a_change_of_a_billed_order_becomes_an_order_of_its_own_by_setting(desk: Desk, contract: Row) -> None:
    desk.mark_billed()
    desk.night.set(change_order_on_billed_order="new_order")
    desk.change_order(contract, number="002")
    assert desk.tonight()["change_orders"] == {"created": 1}
    assert [one["PurchaseOrderNumber"] for one in desk.orders()] == ["SC-001", "SC-001-CO2"]
    assert lines(desk.order("SC-001-CO2")) == [("CO 002 – Drains", "500.00")]
    assert (desk.order("SC-001-CO2")["Contact"]["Name"], desk.order("SC-001-CO2")["Status"]) == ("Acme", "DRAFT")
    assert lines(desk.order()) == SOV
    assert desk.quiet()


@pytest.mark.feature("ACC-12", "ACC-30")
def test_an_order_of_its_own_goes_when_its_change_order_is_voided(desk: Desk, contract: Row) -> None:
    desk.mark_billed()
    desk.night.set(change_order_on_billed_order="new_order")
    change = desk.change_order(contract, number="002")
    desk.tonight()
    desk.edit(change, status="void")
    assert desk.tonight()["change_orders"] == {"removed": 1}
    assert [one["PurchaseOrderNumber"] for one in desk.orders()] == ["SC-001"]


# --- changes --------------------------------------------------------------------------------------------------------


@pytest.mark.feature("PRC-API-30", "ACC-11")
def test_lines_of_a_change_order_follow_where_procore_lets_them_change(desk: Desk, contract: Row) -> None:
    desk.change_order(contract, desk.line("03-300.S", "500.00", "Drains"), desk.line("03-300.S", "20.00", "Pump"))
    desk.change_order(contract, desk.line("03-300.S", "1.00", "Doors"), number="002")
    desk.tonight()
    before = desk.order()["LineItems"]
    drains, pump, _ = sorted(row["id"] for row in desk.stage.records("procore.change_order_line_items"))
    with pytest.raises(ValueError, match="schedule of values cannot be changed"):
        desk.seed("change_order_line_items", {"id": drains, "amount": "550.00"})
    desk.seed("settings", {"id": "locks", "change_orders": "open"})
    desk.night.later(minutes=1)
    desk.seed("change_order_line_items", {"id": drains, "amount": "550.00"})
    desk.stage.sandbox.vendors["procore"].remove("change_order_line_items", str(pump))
    assert desk.tonight()["change_orders"]["updated"] == 1
    assert lines(desk.order()) == [*SOV, ("CO 001 – Drains", "550.00"), ("CO 002 – Doors", "1.00")]
    assert desk.order()["LineItems"][2]["LineItemID"] == before[2]["LineItemID"]
    assert desk.quiet()
