"""Backfills: job costs by their own dates, month by month, as often as one likes, beside the nightly runs."""

from __future__ import annotations

import random
import tempfile
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from jobledger.errors import RetryLater
from jobledger.store.tables import cursor, intent, ledger_line
from tests.pipeline.linked import site_of
from tests.pipeline.night import Died, Night, dies_at, narrowed, nights
from tests.pipeline.site import SLABS, Site

Row = dict[str, Any]
Days = tuple[date, date]

MONTHS = [
    (date(2026, month, 1), date(2026, month + 1, 1) if month < 12 else date(2027, 1, 1)) for month in range(1, 13)
]


YEAR = date(2026, 1, 1), date(2027, 1, 1)


@pytest.fixture
def site(night: Night) -> Site:
    return with_costs(site_of(night))


def with_costs(site: Site) -> Site:
    """A year of costs: a bill over two projects on the first of each month, card spend on its last day."""
    site.night.later(days=400)
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


def shuffled(seed: int) -> list[Days]:
    """A year in windows of a random length and order that overlap, each of a week at least."""
    chance, first, last = random.Random(seed), date(2026, 1, 1), date(2027, 1, 1)
    cuts = sorted(chance.sample(range(7, 358, 7), 5))
    days = [first, *(first + timedelta(days=cut) for cut in cuts), last]
    windows = [(start - timedelta(days=chance.randrange(20)), end) for start, end in pairwise(days)]
    return chance.sample(windows, len(windows))


WINDOWS: list[list[Days]] = [
    [*reversed(MONTHS)],
    [(date(2026, 6, 15), date(2027, 1, 1)), (date(2026, 1, 1), date(2026, 9, 1)), (date(2026, 4, 1), date(2026, 5, 1))],
    [*MONTHS[6:], *MONTHS[:8], YEAR],
    shuffled(1),
    shuffled(2),
]


@pytest.mark.parametrize("windows", WINDOWS, ids=["backwards", "overlapping", "halves, then the year", "one", "two"])
def test_overlapping_windows_in_any_order_end_as_one_pass_does(site: Site, windows: list[Days]) -> None:
    before = cursors(site)
    for days in windows:
        backfill(site, days)
    assert everything(site) == one_pass()
    assert len(one_pass()["links"]) == 36
    assert cursors(site) == before
    writes, done = site.night.writes(), state(site)
    assert site.night.run("job_costs")["job_costs"].get("created", 0) == 0
    assert (site.night.writes(), state(site)) == (writes, done)


@cache
def one_pass() -> dict[str, Any]:
    """Everything after a backfill of the year in one window, on a world of its own."""
    with tempfile.TemporaryDirectory() as folder:
        for night in nights(f"sqlite:///{folder}/night.db", Path(folder)):
            site = with_costs(site_of(night))
            backfill(site, YEAR)
            return everything(site)
    raise AssertionError("no night")


def everything(site: Site) -> dict[str, Any]:
    """What a backfill leaves on both sides and between them, without the ids that Procore gave."""
    origins = {str(one["id"]): one["origin_id"] for one in site.costs()}
    lines = [
        (one.entity, origins.get(one.document, one.document), *[getattr(one, name) for name in _OF_LINES])
        for one in site.night.rows(ledger_line)
    ]
    links = {books: origins[direct] for direct, books in site.night.links("job_costs").items()}
    return {"costs": state(site), "links": links, "lines": sorted(lines, key=str), "open": site.night.open("job_costs")}


_OF_LINES = ("measure", "project", "cost_code", "party", "parent", "dated", "amount")


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


# -- at the same time as nightly runs ------------------------------------------------------------------------------


class Turns:
    """Two threads that begin together; one that is told to come later waits until the other has done a run."""

    def __init__(self) -> None:
        self._done = threading.Condition()
        self._start = threading.Barrier(2, timeout=60)
        self.put_off: list[str] = []

    def take(self, runs: Iterable[Callable[[], Any]]) -> None:
        """Runs one after the other, each again for as long as it is put off."""
        self._start.wait()
        for run in runs:
            while not self._went_through(run):
                with self._done:
                    self._done.wait(timeout=1)
            with self._done:
                self._done.notify_all()

    def _went_through(self, run: Callable[[], Any]) -> bool:
        try:
            run()
        except RetryLater as error:
            self.put_off.append(str(error))
            return False
        return True


@pytest.mark.feature("XTR-15", "XER-84")
def test_a_backfill_and_nightly_runs_at_once_end_as_one_after_the_other(any_night: Night) -> None:
    any_night.stage.sandbox.vendors["xero"].quota.set_mode("off")
    any_night.stage.sandbox.vendors["procore"].quota.set_mode("off")
    site = with_costs(site_of(any_night))
    site.night.run("job_costs", scope=narrowed(dated=MONTHS[0]))
    site.night.later(hours=1)
    other, turns = replace(site.night), Turns()
    months = [
        partial(site.night.run, "job_costs", scope=narrowed(dated=days), run_id=f"month {number}")
        for number, days in enumerate(MONTHS)
    ]
    nightly = [partial(other.run, "job_costs", run_id=f"night {number}") for number in range(3)]
    with ThreadPoolExecutor(2) as both:
        for done in [both.submit(turns.take, months), both.submit(turns.take, nightly)]:
            done.result(timeout=120)
    assert all("job_costs" in why for why in turns.put_off)
    assert everything(site) == one_pass()
    assert [one for one in site.night.rows(intent) if one.state == "open"] == []
    read_until = {one.until for one in site.night.rows(cursor) if one.entity == "xero.costs"}
    assert read_until == {site.stage.around.clock().replace(microsecond=0)}
    writes = site.night.writes()
    site.night.later(hours=1)
    site.night.run("job_costs")
    assert site.night.writes() == writes
