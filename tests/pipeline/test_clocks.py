"""A clock that is wrong here, by an hour: windows and revisions go by the vendors' own time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.pipeline.desk import Desk
from tests.pipeline.linked import desk_of
from tests.pipeline.night import Night


@pytest.fixture(params=[-1, 1], ids=lambda hours: f"{hours:+} h")
def desk(request: pytest.FixtureRequest, night: Night) -> Desk:
    """A desk where our own clock differs from both vendors'."""
    desk = desk_of(night)
    vendors, wrong = night.stage.around.clock, timedelta(hours=request.param)
    night.stage.around = replace(night.stage.around, clock=lambda: vendors() + wrong)
    return desk


def a_night(desk: Desk) -> None:
    """All documents, a quarter of an hour after the last time."""
    desk.night.later(minutes=15)
    desk.documents()


def amounts(desk: Desk) -> list[str]:
    """What the lines of the direct costs amount to."""
    return sorted(one["amount"] for one in desk.stage.records("procore.direct_cost_line_items"))


def test_what_changes_between_two_nights_is_neither_lost_nor_carried_twice(desk: Desk) -> None:
    contract = desk.subcontract()
    bills = [desk.bill(desk.cost(f"{number}00.00"), number=f"B-{number}") for number in (1, 2)]
    a_night(desk)
    assert (len(desk.orders()), len(desk.costs())) == (1, 2)
    desk.edit(contract, title="Concrete and more")
    late = desk.bill(desk.cost("300.00"), number="B-3")
    desk.change("invoices", bills[0], LineItems=[desk.edited(bills[0]["LineItems"][0], UnitAmount=Decimal("150.00"))])
    work = desk.work(contract, 1, "1000.00")
    a_night(desk)
    assert amounts(desk) == ["150.00", "200.00", "300.00"]
    desk.pay(desk.change("invoices", desk.bill_of(work), Status="AUTHORISED"), "900.00")
    desk.change("invoices", late, Status="VOIDED")
    a_night(desk)
    assert [one["amount"] for one in desk.issued()] == ["900.00"]
    assert amounts(desk) == ["150.00", "200.00"]
    writes = desk.night.writes()
    a_night(desk)
    assert desk.night.writes() == writes


def test_a_bill_recoded_minutes_after_it_was_written_is_in_its_new_project_only(desk: Desk) -> None:
    bill = desk.bill(desk.cost("100.00"), desk.cost("50.00", "Depot"), number="B-1")
    a_night(desk)
    first, second = (desk.edited(line) for line in bill["LineItems"])
    desk.change("invoices", bill, LineItems=[first, second | {"Tracking": [desk.option("Tower")]}])
    a_night(desk)
    assert [one["project_id"] for one in desk.costs()] == [desk.project]
    assert amounts(desk) == ["100.00", "50.00"]
