"""Backfills: job costs by their own dates, month by month, as often as one likes, beside the nightly runs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from jobledger.store.tables import cursor
from tests.pipeline.linked import site_of
from tests.pipeline.night import Died, Night, dies_at, narrowed
from tests.pipeline.site import SLABS, Site

Row = dict[str, Any]
Days = tuple[date, date]

MONTHS = [
    (date(2026, month, 1), date(2026, month + 1, 1) if month < 12 else date(2027, 1, 1)) for month in range(1, 13)
]


@pytest.fixture
def site(night: Night) -> Site:
    """A year of costs: a bill over two projects on the first of each month, card spend on its last day."""
    site = site_of(night)
    night.later(days=400)
    for month, (first, after) in enumerate(MONTHS, 1):
        lines = site.cost(f"{month}00.00"), site.cost(f"{month}0.50", "Depot", SLABS if month % 2 else "03-300.S")
        site.bill(*lines, number=f"B-{month}", Date=first.isoformat(), DueDate=after.isoformat())
        last = date.fromordinal(after.toordinal() - 1)
        site.bank("SPEND", site.cost(f"{month}.25"), Date=last.isoformat(), Reference=f"Card {month}")
    return site


def backfill(site: Site, days: Days, **options: Any) -> Row:
    """A backfill of job costs, a minute later: its counts."""
    site.night.later(minutes=1)
    return site.night.run("job_costs", scope=narrowed(dated=days), **options)["job_costs"]


def state(site: Site) -> list[tuple[Any, ...]]:
    """The direct costs with their lines, without the ids that Procore gave them."""
    names = (
        "project_id",
        "direct_cost_type",
        "invoice_number",
        "direct_cost_date",
        "status",
        "description",
        "origin_id",
    )
    lines: dict[Any, list[tuple[Any, ...]]] = {}
    for one in site.stage.records("procore.direct_cost_line_items"):
        shown = tuple(one[name] for name in ("wbs_code_id", "description", "quantity", "unit_cost", "amount"))
        lines.setdefault(one["direct_cost_id"], []).append(shown)
    rows = [(*(one[name] for name in names), tuple(lines[one["id"]])) for one in site.costs()]
    return sorted(rows, key=str)


def cursors(site: Site) -> list[Any]:
    return sorted((row.entity, row.scope, row.until) for row in site.night.rows(cursor))


@pytest.mark.feature("XER-84")
def test_twelve_months_one_after_the_other_and_once_more(site: Site) -> None:
    before = cursors(site)
    for month, days in enumerate(MONTHS, 1):
        assert backfill(site, days) == {"created": 3}
        assert len(site.costs()) == 3 * month
    assert sum(Decimal(line[4]) for cost in state(site) for line in cost[-1]) == Decimal("8667.00")
    writes, done = site.night.writes(), state(site)
    for days in MONTHS:
        assert backfill(site, days) in ({}, {"unchanged": 3})
    assert (site.night.writes(), state(site)) == (writes, done)
    assert cursors(site) == before


def test_a_month_begins_with_its_first_day_and_ends_before_the_next_one(site: Site) -> None:
    backfill(site, MONTHS[2])
    assert sorted({one["direct_cost_date"] for one in site.costs()}) == ["2026-03-01", "2026-03-31"]


WINDOWS: list[list[Days]] = [
    [*reversed(MONTHS)],
    [(date(2026, 6, 15), date(2027, 1, 1)), (date(2026, 1, 1), date(2026, 9, 1)), (date(2026, 4, 1), date(2026, 5, 1))],
    [*MONTHS[6:], *MONTHS[:8], (date(2026, 1, 1), date(2027, 1, 1))],
]


@pytest.mark.parametrize("windows", WINDOWS, ids=["backwards", "overlapping", "halves, then the year"])
def test_overlapping_windows_in_any_order_end_as_one_pass_does(site: Site, windows: list[Days]) -> None:
    for days in windows:
        backfill(site, days)
    done = state(site)
    assert len(done) == 36
    assert len({one["origin_id"] for one in site.costs()}) == 36
    writes = site.night.writes()
    assert site.night.run("job_costs")["job_costs"].get("created", 0) == 0
    assert (site.night.writes(), state(site)) == (writes, done)


@pytest.mark.feature("XTR-15", "XER-84")
def test_beside_nightly_runs_nothing_is_disturbed(site: Site) -> None:
    """A bill is edited, a backfill brings it, and the night that reads what changed finds it in step."""
    site.night.run("job_costs")
    before, done = cursors(site), state(site)
    backfill(site, MONTHS[4])
    assert (cursors(site), state(site)) == (before, done)
    site.night.later(hours=1)
    bill = next(one for one in site.stage.records("xero.invoices") if one["InvoiceNumber"] == "B-5")
    lines = [site.edited(line) for line in bill["LineItems"]]
    site.change("invoices", bill, LineItems=[lines[0] | {"UnitAmount": Decimal("501.00")}, lines[1]])
    late = site.bill(site.cost("7.00"), number="LATE", Date="2026-05-20")
    assert backfill(site, MONTHS[3]) in ({}, {"unchanged": 3})
    counts = backfill(site, MONTHS[4])
    assert (counts["created"], counts["updated"]) == (1, 1)
    writes, done = site.night.writes(), state(site)
    site.night.later(hours=1)
    site.night.run("job_costs")
    assert (site.night.writes(), state(site)) == (writes, done)
    assert sum(late["InvoiceID"] in str(one["origin_id"]) for one in site.costs()) == 1
    assert cursors(site) != before


def test_a_document_outside_the_window_is_neither_removed_nor_reported(site: Site) -> None:
    backfill(site, MONTHS[0])
    bill = next(one for one in site.stage.records("xero.invoices") if one["InvoiceNumber"] == "B-1")
    site.change("invoices", bill, Date="2026-02-10")
    assert backfill(site, MONTHS[0]) in ({}, {"unchanged": 1})
    assert len(site.costs()) == 3
    assert backfill(site, MONTHS[1]) == {"created": 3, "updated": 2}
    assert [one[3] for one in state(site) if one[2] == "B-1"] == ["2026-02-10", "2026-02-10"]
    assert site.night.open("job_costs") == []


@pytest.mark.feature("ACC-1", "ACC-30")
def test_a_backfill_sees_voids_and_parts_that_moved(site: Site) -> None:
    backfill(site, MONTHS[0])
    bill = next(one for one in site.stage.records("xero.invoices") if one["InvoiceNumber"] == "B-1")
    spent = next(one for one in site.stage.records("xero.bank_transactions") if one["Reference"] == "Card 1")
    site.change("invoices", bill, LineItems=[site.edited(bill["LineItems"][0])])
    site.change("bank_transactions", spent, Status="DELETED")
    assert backfill(site, MONTHS[0])["removed"] == 2
    assert [(one[2], one[0]) for one in state(site)] == [("B-1", site.project)]


@pytest.mark.feature("ACC-7")
def test_months_before_the_cut_over_are_opening_balance(site: Site) -> None:
    site.night.set(cutover="2026-02-01")
    assert backfill(site, MONTHS[0]) == {"opening": 3}
    assert backfill(site, (date(2026, 1, 15), date(2026, 2, 2))) == {"opening": 1, "created": 2}


@pytest.mark.parametrize("point", ["mapped", "intent_open", "step lines", "answered", "linked"])
def test_a_killed_backfill_is_made_good_by_the_next_one(site: Site, point: str) -> None:
    with pytest.raises(Died):
        backfill(site, MONTHS[6], at_point=dies_at(point))
    site.night.later(hours=1)
    backfill(site, MONTHS[6])
    assert [one[2] for one in state(site)] == [None, "B-7", "B-7"]
    assert all(one["origin_id"] and one["status"] == "approved" for one in site.costs())
