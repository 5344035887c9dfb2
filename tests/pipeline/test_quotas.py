"""Nights under the vendors' real quotas: no 429 that could be avoided, no waiting without need, payments first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
import yaml

from jobledger.errors import RetryLater
from jobledger.store.tables import intent
from jobledger.systems.budget import Left
from jobledger.systems.procore import limits as procore
from jobledger.systems.xero import limits as xero
from tests.pipeline.linked import site_of
from tests.pipeline.night import ROOT, Night, narrowed
from tests.pipeline.quotas import least_seconds, narrow, put_off, share_windows
from tests.pipeline.site import BILLING, CONTRACTS, Site
from tests.systems.stage import COMPANY

STAGES = (
    ("companies", "contacts", "projects", "tracking_options"),
    ("cost_codes", "items"),
    ("commitments", "change_orders"),
    ("invoices", "payments", "billed_orders"),
    ("job_costs",),
)


@pytest.mark.feature("XTR-39", "XTR-5")
def test_a_night_meets_no_429_and_uses_the_allowance(night: Night) -> None:
    """Ten seconds and minute are as they are; a tenth of the hour is for the demo what it is for ten times as many."""
    integration = yaml.safe_load((ROOT / "include" / "integrations" / "demo_xero.yaml").read_text())
    sandbox = night.stage.sandbox
    sandbox.reset("demo")
    narrow(night, 0.1)
    night.settings = integration | {"name": "demo_xero"}
    share_windows(night)
    began = night.stage.around.clock()
    for flows in STAGES:
        put_off(night, partial(night.run, *flows))
    took = (night.stage.around.clock() - began).total_seconds()
    entries = sandbox.log.entries()
    assert [one for one in entries if one.status == 429] == []
    assert took <= 1.05 * least_seconds(entries, 0.1)


# -- a day is used up in the middle of a flow ----------------------------------------------------------------------


@pytest.mark.feature("XTR-39")
def test_a_used_up_day_stops_the_flow_in_order_and_it_goes_on_at_the_moment_that_was_named(night: Night) -> None:
    night.job_category()
    for number in range(9):
        night.project(f"Project {number}")
    share_windows(night)
    night.run("tracking_options")
    day_with(night, 6)
    with pytest.raises(RetryLater, match="a limit is used up") as stopped:
        night.run("projects", run_id="tonight")
    made = len(night.options())
    assert 0 < made < 9
    assert len(night.links("projects")) == made
    assert [one.outcome for one in night.rows(intent) if one.flow == "projects"] == [*["created"] * made, "not_sent"]
    assert sum(bool(one["origin_id"]) for one in night.stage.records("procore.projects")) == made
    [told] = night.history("projects")[0].notes
    assert told == f"{9 - made} of 9 records are not dealt with yet: {stopped.value}"
    again = put_off(night, partial(night.run, "projects", run_id="tonight"))
    assert [str(one.at) for one in again] == [str(stopped.value.at)]
    assert night.options() == [f"Project {number}" for number in range(9)]
    assert len(night.links("projects")) == 9
    assert [one.status for one in night.stage.requests("xero")].count(429) == 1


@pytest.mark.feature("XTR-5")
def test_an_hour_that_ends_in_the_middle_of_a_batch_is_waited_for_and_the_rest_sent_then(night: Night) -> None:
    site = site_of(night)
    contract = site.subcontract()
    night.run(*CONTRACTS)
    for month in range(1, 10):
        site.billed(contract, month, "100.00")
    share_windows(night)
    hour_with(night, 14)
    with pytest.raises(
        RetryLater, match="Procore's limit of calls an hour is used up until 2026-03-02 09:00"
    ) as stopped:
        night.run("invoices", run_id="tonight")
    marked = sum(bool(one["origin_id"]) for one in night.stage.records("procore.requisitions"))
    assert 0 < marked < 9
    assert len(night.links("invoices")) == 9
    assert night.history("invoices")[0].notes[0].endswith(f"records are not dealt with yet: {stopped.value}")
    put_off(night, partial(night.run, "invoices", run_id="tonight"))
    assert all(one["origin_id"] for one in night.stage.records("procore.requisitions"))
    assert len(night.stage.records("xero.invoices")) == 9
    assert [one for one in night.rows(intent) if one.state == "open"] == []
    assert [one for one in night.stage.sandbox.log.entries() if one.status == 429] == []


def hour_with(night: Night, calls: int) -> None:
    """Of Procore's hour so many calls are left."""
    hour = night.stage.sandbox.vendors["procore"].quota._windows["hourly"]  # type: ignore[attr-defined]
    hour.limit = hour.used + calls


def day_with(night: Night, calls: int) -> None:
    """Of Xero's day so many calls are left."""
    quota: Any = night.stage.sandbox.vendors["xero"].quota
    quota._day.limit = quota._day.used + calls


# -- payments before backfills -------------------------------------------------------------------------------------


@pytest.fixture
def paid(night: Night) -> Site:
    """A contractor with a paid bill to carry back, and a year of costs to be read."""
    site = site_of(night)
    contract = site.subcontract()
    invoices = [site.billed(contract, month, f"{month}00.00") for month in (1, 2, 3)]
    night.run(*CONTRACTS)
    night.run("invoices")
    for invoice in invoices:
        bill = site.bill_of(invoice)
        site.pay(bill, str(bill["Total"]))
    for month in range(1, 13):
        site.bill(site.cost(f"{month}.00"), number=f"B-{month}", Date=f"2026-{month:02}-10")
    share_windows(night)
    return site


def backfilled(site: Site) -> None:
    """The months whose costs are not in Procore yet, one after the other."""
    for month in range(len(site.costs()) + 1, 13):
        days = date(2026, month, 1), date(2026 + month // 12, month % 12 + 1, 1)
        site.night.run("job_costs", scope=narrowed(dated=days))


def short_of_xero(site: Site) -> None:
    """The day has 20 calls more than what backfills leave."""
    day_with(site.night, xero.RESERVE + 20)


def short_of_procore(site: Site) -> None:
    """All runs have made 60 calls less in this hour than backfills may."""
    quota: Any = site.stage.sandbox.vendors["procore"].quota
    hour, [share] = quota._windows["hourly"], [one for one in procore.LIMITS if one.for_backfills]
    hour.used += (share.calls or 0) - 60
    windows = site.stage.around.windows("procore", f"procore-demo-client:{COMPANY}")
    now = site.stage.around.clock()
    windows.revise([share.name], now, lambda known: {share.name: Left(60, now + timedelta(minutes=50))})


@pytest.mark.parametrize("short", [short_of_xero, short_of_procore])
@pytest.mark.feature("XTR-39", "XTR-5")
def test_payments_go_out_before_a_backfill_goes_on(paid: Site, short: Callable[[Site], None]) -> None:
    night = paid.night
    short(paid)
    with pytest.raises(RetryLater, match="for backfills is used up until") as stopped:
        backfilled(paid)
    months = len(paid.costs())
    assert 0 < months < 12
    assert night.run(*BILLING)["payments"] == {"created": 3}
    assert [one["amount"] for one in paid.issued()] == ["90.00", "180.00", "270.00"]
    assert stopped.value.at is not None
    night.stage.sandbox.world.clock.advance(stopped.value.at - night.stage.around.clock())
    put_off(night, partial(backfilled, paid))
    assert sorted(one["invoice_number"] for one in paid.costs()) == sorted(f"B-{month}" for month in range(1, 13))
    assert [one for one in night.stage.sandbox.log.entries() if one.status == 429] == []
