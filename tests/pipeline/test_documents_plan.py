"""A plan of documents: what would be made of parents that would be made themselves (ACC-35)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pipeline.desk import Desk
from tests.pipeline.night import STAGE_1, STAGE_2, Night
from tests.pipeline.site import BILLING, CONTRACTS, COSTS, Row

EVERY_STAGE = (STAGE_1, STAGE_2, CONTRACTS, BILLING, COSTS)


@pytest.fixture
def desk(night: Night) -> Desk:
    """A new integration: nothing is linked."""
    return Desk(night)


def worked(desk: Desk) -> Row:
    contract = desk.subcontract()
    desk.change_order(contract)
    return desk.billed(contract, 3, "1000.00")


def every_stage(night: Night, **options: Any) -> dict[str, dict[str, int]]:
    return {name: counts for stage in EVERY_STAGE for name, counts in night.run(*stage, **options).items()}


@pytest.mark.feature("ACC-35", "ACC-7")
@pytest.mark.parametrize("live", [False, True])
def test_a_plan_of_a_new_integration_shows_orders_changes_and_bills(desk: Desk, live: bool) -> None:
    worked(desk)
    desk.night.live(live)
    before = desk.night.writes()
    counts = every_stage(desk.night, mode="plan")
    for flow in ("companies", "commitments", "change_orders", "invoices"):
        assert counts[flow] == {"planned": 1}, flow
    assert (desk.night.writes(), desk.night.links("companies")) == (before, {})


@pytest.mark.feature("ACC-35")
def test_a_parent_that_is_planned_reads_will_be_created(desk: Desk) -> None:
    worked(desk)
    every_stage(desk.night, mode="plan")
    [order] = desk.night.outcomes("commitments")
    [bill] = desk.night.outcomes("invoices")
    for outcome in (order, bill):
        assert {one["field"]: one["after"] for one in outcome.changes}["Contact.ContactID"] == "will be created"


@pytest.mark.feature("ACC-35")
def test_a_parent_that_would_be_linked_reads_as_the_record_that_it_would_be_linked_with(desk: Desk) -> None:
    contact = desk.night.contact("Acme")
    worked(desk)
    every_stage(desk.night, mode="plan")
    [order] = desk.night.outcomes("commitments")
    assert {one["field"]: one["after"] for one in order.changes}["Contact.ContactID"] == contact["ContactID"]


@pytest.mark.feature("ACC-35")
def test_what_cannot_be_made_blocks_what_refers_to_it_in_a_plan_too(desk: Desk) -> None:
    desk.night.contact("Steel Framing")
    desk.seed("vendors", {"id": desk.vendor["id"], "name": "Steele Framing"})
    worked(desk)
    counts = every_stage(desk.night, mode="plan")
    assert counts["companies"] == {"conflict": 1}
    assert counts["commitments"] == counts["change_orders"] == counts["invoices"] == {"blocked": 1}
    assert "refers to companies 'Steele Framing', not linked yet" in desk.night.told("commitments")["Concrete"]


@pytest.mark.feature("ACC-35")
def test_a_planned_parent_does_not_count_in_a_run_that_writes(desk: Desk) -> None:
    worked(desk)
    every_stage(desk.night, mode="plan")
    assert desk.night.run(*CONTRACTS)["commitments"] == {"blocked": 1}
    assert desk.orders() == []


@pytest.mark.feature("ACC-35")
def test_a_plan_after_a_night_counts_only_what_was_linked(desk: Desk) -> None:
    worked(desk)
    every_stage(desk.night, mode="plan")
    desk.night.set(approvals={"default": "required"})
    desk.night.run(*STAGE_1)
    assert desk.night.run(*CONTRACTS, mode="plan")["commitments"] == {"blocked": 1}


@pytest.mark.feature("ACC-35")
def test_the_nights_after_the_plan_make_what_it_told(desk: Desk) -> None:
    worked(desk)
    planned = every_stage(desk.night, mode="plan")
    done = every_stage(desk.night)
    for flow in ("commitments", "change_orders", "invoices"):
        assert done[flow] == {"created": planned[flow]["planned"]}
