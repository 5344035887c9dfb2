"""The rate budget: no call too many, no call kept back without need."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobledger.errors import RetryLater
from jobledger.systems.budget import PATIENCE, Grant, InMemory, Limit, RateBudget, Told
from jobledger.systems.procore import limits as procore
from jobledger.systems.xero import limits as xero
from tests.systems.stage import Stage

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = START
        self.slept = 0.0

    def clock(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.now += timedelta(seconds=seconds)


def nothing(status: int, headers: Mapping[str, str], now: datetime) -> list[Told]:
    return []


def budget(time: Time, windows: InMemory, *limits: Limit) -> RateBudget:
    return RateBudget("Books", limits, nothing, windows, time.clock, time.sleep)


@settings(max_examples=40)
@given(st.integers(1, 30), st.integers(1, 9), st.lists(st.sampled_from([0, 1]), min_size=1, max_size=150))
def test_two_workers_never_make_more_calls_than_a_window_has(calls: int, block: int, turns: list[int]) -> None:
    time, windows = Time(), InMemory()
    workers = [budget(time, windows, Limit("minute", "limit", calls, 60, block)) for _ in range(2)]
    made: list[datetime] = []
    for turn in turns:
        workers[turn].before()
        made.append(time.now)
        time.now += timedelta(milliseconds=10)
    for moment in made:
        assert sum(moment <= other < moment + timedelta(seconds=59) for other in made) <= calls


def test_a_used_up_minute_is_waited_for() -> None:
    time, windows = Time(), InMemory()
    worker = budget(time, windows, Limit("minute", "minute limit", 2, 60, 5))
    for _ in range(3):
        worker.before()
    assert 60 <= time.slept < 61


def test_a_used_up_day_is_not_waited_for() -> None:
    time, windows = Time(), InMemory()
    ends = START + timedelta(hours=7)
    windows.tell(Told("day", 0, ends), START)
    with pytest.raises(RetryLater, match=r"Books's day limit is used up until 2026-03-02 15:00 UTC") as raised:
        budget(time, windows, Limit("day", "day limit", None, 86_400, 50)).before()
    assert (raised.value.at, time.slept) == (ends, 0)


def test_what_ends_within_patience_is_waited_for() -> None:
    time, windows = Time(), InMemory()
    windows.tell(Told("hour", 0, START + PATIENCE), START)
    budget(time, windows, Limit("hour", "hour limit", None, 3600, 50)).before()
    assert time.now > START + PATIENCE


def test_the_vendors_word_lowers_what_is_left_and_never_raises_it() -> None:
    windows, limit = InMemory(), Limit("minute", "limit", 60, 60, 100)
    windows.take(Limit("minute", "limit", 60, 60, 1), START)
    windows.tell(Told("minute", 3), START)
    windows.tell(Told("minute", 50), START)
    assert windows.take(limit, START) == Grant(3, START + timedelta(seconds=60))


@pytest.mark.feature("XTR-39")
def test_xero_reads_never_meet_a_429_however_many_there_are(stage: Stage) -> None:
    system = stage.xero()
    for _ in range(150):
        system.find("contacts", "procore-1", {})
    assert stage.sandbox.quotas()["xero"]["minute"]["used"] <= 60
    assert {one.status for one in stage.requests("xero")} == {200}


@pytest.mark.feature("XTR-39")
def test_xeros_day_limit_puts_the_run_off_until_it_ends(stage: Stage) -> None:
    stage.sandbox.vendors["xero"].quota.set_mode(0.01)
    stage.sandbox.vendors["xero"].quota._minute.limit = 10_000  # type: ignore[attr-defined]
    system = stage.xero()
    with pytest.raises(RetryLater) as raised:
        for _ in range(60):
            system.find("contacts", "procore-1", {})
    assert raised.value.at is not None
    assert timedelta(hours=1) < raised.value.at - stage.around.clock() < timedelta(days=1)
    assert [one.status for one in stage.requests("xero")].count(429) == 1


@pytest.mark.feature("XTR-5")
def test_procore_reads_never_meet_a_429(stage: Stage) -> None:
    system = stage.procore()
    for _ in range(60):
        system.fetch("projects", ["1"])
    assert {one.status for one in stage.requests("procore")} == {200}
    assert stage.sandbox.quotas()["procore"]["spike"]["used"] <= 25


@pytest.mark.feature("XTR-5")
def test_after_a_429_procores_reset_is_waited_for_although_it_sends_no_retry_after() -> None:
    headers = {"X-Rate-Limit-Remaining": "7", "X-Rate-Limit-Reset": str(int(START.timestamp()) + 8)}
    assert procore.told(429, headers, START) == [Told("spike", 0, START + timedelta(seconds=8))]


@pytest.mark.feature("XTR-5")
def test_procores_header_is_about_whichever_window_ends_first() -> None:
    headers = {"X-Rate-Limit-Remaining": "9", "X-Rate-Limit-Reset": str(int(START.timestamp()) + 1800)}
    assert procore.told(200, headers, START) == [Told("hour", 9, START + timedelta(minutes=30))]
    skewed = {**headers, "Date": "Mon, 02 Mar 2026 08:29:55 GMT"}
    assert procore.told(200, skewed, START) == [Told("spike", 9, START + timedelta(seconds=5))]


@pytest.mark.parametrize("headers", [{}, {"X-Rate-Limit-Remaining": "x"}, {"X-MinLimit-Remaining": "-"}])
def test_headers_that_say_nothing_teach_nothing(headers: dict[str, str]) -> None:
    assert procore.told(200, headers, START) == [] == xero.told(200, headers, START)
