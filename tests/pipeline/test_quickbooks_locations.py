"""The location of documents: that of their project's department, where the integration says so."""

from __future__ import annotations

from typing import Any

import pytest

from jobledger.integration import Integration
from tests.pipeline.quickbooks_desk import QuickBooksDesk
from tests.pipeline.quickbooks_night import QuickBooksNight
from tests.pipeline.test_quickbooks_credits import owned

Row = dict[str, Any]


@pytest.fixture
def desk(books: QuickBooksNight) -> QuickBooksDesk:
    """Tower is in the department North; documents carry locations, and invoices below zero become credits."""
    made = QuickBooksDesk(books)
    books.set(locations={"on_documents": True}, negative_invoices="credit")
    moved(made, department(made, "North"))
    return made


def department(desk: QuickBooksDesk, name: str) -> Any:
    [found] = desk.seed("departments", {"name": name})
    return found["id"]


def moved(desk: QuickBooksDesk, *departments: Any) -> None:
    """A person puts Tower into departments in Procore."""
    desk.night.later(minutes=1)
    desk.seed("projects", {"id": desk.project, "department_ids": list(departments)})
    desk.night.later(minutes=1)
    desk.night.run("projects", "sub_customers")
    desk.night.run("locations")


def place(desk: QuickBooksDesk) -> str:
    """A person makes the location North in QuickBooks and links it; its id."""
    north = desk.night.put("departments", Name="North Region")
    [ours] = [one["id"] for one in desk.stage.records("procore.departments") if one["name"] == "North"]
    desk.link("locations", ours, north["Id"])
    desk.night.run("locations")
    return str(north["Id"])


def located(desk: QuickBooksDesk, entity: str) -> list[str | None]:
    return [one.get("DepartmentRef", {}).get("value") for one in desk.night.held(entity)]


def tracking(desk: QuickBooksDesk, on: bool) -> None:
    """A person switches location tracking on or off in QuickBooks."""
    [held] = desk.night.held("preferences")
    desk.night.put(
        "preferences", Id=held["Id"], AccountingInfoPrefs={**held["AccountingInfoPrefs"], "TrackDepartments": on}
    )


@pytest.mark.feature("SMX-QBO-101", "SMX-QBO-13")
def test_every_document_carries_the_location_of_its_project_and_the_next_night_is_quiet(desk: QuickBooksDesk) -> None:
    north = place(desk)
    desk.night.set(direct_costs={"export_expenses": True}, change_orders="own_order")
    contract = desk.subcontract()
    desk.change_order(contract)
    desk.tonight("commitments", "change_orders")
    desk.work(contract, 2, "4000.00")
    desk.work(contract, 3, "-100.00")
    owned(desk, "A-1", walls="100.00")
    owned(desk, "A-2", walls="-100.00")
    desk.seed(
        "direct_costs",
        {
            "project_id": desk.project,
            "direct_cost_type": "expense",
            "vendor_id": desk.vendor["id"],
            "direct_cost_date": "2026-03-01",
            "status": "approved",
            "description": "Fuel",
            "line_items": [desk.line("03-300.S", "76.25", "Diesel")],
        },
    )
    flows = ("invoices", "owner_invoices", "expenses")
    desk.tonight(*flows)
    for entity, count in (("purchase_orders", 2), ("bills", 2), ("vendor_credits", 1), ("invoices", 1)):
        assert located(desk, entity) == [north] * count
    assert located(desk, "credit_memos") == [north]
    before = desk.night.writes()
    desk.night.later(days=1)
    desk.tonight("commitments", "change_orders")
    desk.tonight(*flows)
    assert desk.night.writes() == before


@pytest.mark.feature("SMX-QBO-13")
def test_a_document_waits_for_the_link_of_its_department_only_where_documents_use_it(desk: QuickBooksDesk) -> None:
    desk.subcontract()
    assert desk.tonight("commitments")["commitments"] == {"blocked": 1}
    assert "refers to locations 'North', not linked yet" in desk.night.told("commitments")["Concrete"]
    desk.night.set(locations={"on_documents": False})
    assert desk.tonight("commitments")["commitments"] == {"created": 1}
    assert located(desk, "purchase_orders") == [None]


@pytest.mark.feature("SMX-QBO-13", "SMX-QBO-101")
def test_a_document_that_waited_goes_out_once_its_department_is_linked(desk: QuickBooksDesk) -> None:
    desk.subcontract()
    desk.tonight("commitments")
    north = place(desk)
    assert desk.tonight("commitments")["commitments"] == {"created": 1}
    assert located(desk, "purchase_orders") == [north]


@pytest.mark.feature("SMX-QBO-101")
def test_of_several_departments_none_is_guessed_and_without_one_there_is_no_location(desk: QuickBooksDesk) -> None:
    place(desk)
    [north] = [one["id"] for one in desk.stage.records("procore.departments")]
    moved(desk, north, department(desk, "South"))
    desk.subcontract()
    assert desk.tonight("commitments")["commitments"] == {"blocked": 1}
    assert "project 'Tower' is in 2 departments" in desk.night.told("commitments")["Concrete"]
    moved(desk)
    assert desk.tonight("commitments")["commitments"] == {"created": 1}
    assert located(desk, "purchase_orders") == [None]


@pytest.mark.feature("SMX-QBO-101")
def test_books_that_track_no_locations_get_none_and_ask_for_no_link(desk: QuickBooksDesk) -> None:
    tracking(desk, on=False)
    desk.subcontract()
    assert desk.tonight("commitments")["commitments"] == {"created": 1}
    assert located(desk, "purchase_orders") == [None]


@pytest.mark.feature("SMX-QBO-101")
def test_for_xero_the_setting_is_refused(desk: QuickBooksDesk) -> None:
    stated = {**desk.night.settings, "accounting": {"system": "xero", "connection": "x", "tenant_id": "t"}}
    with pytest.raises(ValueError, match="Xero has no locations"):
        Integration.model_validate(stated)
