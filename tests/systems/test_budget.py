"""The rate budget: no call too many, no call kept back without need."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from itertools import count
from typing import Any

import pytest
from requests.structures import CaseInsensitiveDict

from jobledger.errors import RetryLater
from jobledger.systems.budget import PATIENCE, InMemory, Left, Limit, RateBudget, Told, learned
from jobledger.systems.procore import limits as procore
from jobledger.systems.xero import limits as xero
from sandbox.faults import Fault
from sandbox.http import Request
from sandbox.procore.quota import ProcoreQuota
from sandbox.world import Clock
from sandbox.xero.quota import XeroQuota
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


def budget(time: Time, windows: InMemory, *limits: Limit, **options: Any) -> RateBudget:
    return RateBudget("Books", limits, nothing, windows, time.clock, time.sleep, **options)


# -- several workers on one allowance, against the vendors' own windows --------------------------------------------


class Asleep(Exception):
    """A worker sleeps for so many seconds."""


def fall_asleep(seconds: float) -> None:
    raise Asleep(seconds)


@dataclass
class Workers:
    """Workers that share windows and ask one vendor, each call as soon as it may: time is the sandbox's, and moves."""

    vendor: str
    busy: float
    """Seconds that a call takes, at the most."""

    now: float = START.timestamp()
    refused: int = 0
    under_way: int = 0
    events: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        limits: Any = {"xero": xero, "procore": procore}[self.vendor]
        clock = Clock(lambda: self.now)
        self.quota = {"xero": XeroQuota, "procore": ProcoreQuota}[self.vendor](clock)
        self.chance, self.order, self.windows = random.Random(7), count(), InMemory()
        self.budget = partial(RateBudget, "Books", limits.LIMITS, limits.told, self.windows, clock.now, fall_asleep)

    def seconds_for(self, calls: int, workers: int) -> float:
        """How long some workers take for so many calls."""
        left = iter(range(calls))
        for _ in range(workers):
            self._next(0.0, partial(self._ask, self.budget(), left))
        while self.events:
            self.now, _, event = heapq.heappop(self.events)
            event()
        return self.now - START.timestamp()

    def _next(self, seconds: float, event: Callable[[], None]) -> None:
        heapq.heappush(self.events, (self.now + seconds, next(self.order), event))

    def _ask(self, mine: RateBudget, left: Iterable[int]) -> None:
        try:
            mine.before()
        except Asleep as pause:
            self._next(pause.args[0], partial(self._ask, mine, left))
            return
        if next(iter(left), None) is not None:
            self.under_way += 1
            self._next(self.busy * self.chance.random() / 2, partial(self._answer, mine, left))

    def _answer(self, mine: RateBudget, left: Iterable[int]) -> None:
        request = Request("GET", "/api.xro/2.0/Contacts", {}, {}, b"", self.under_way)
        refusal = self.quota.take(request)
        self.refused += refusal is not None
        date = {"Date": format_datetime(datetime.fromtimestamp(int(self.now), UTC), usegmt=True)}
        told = {**self.quota.headers(request), **(refusal.headers if refusal else {}), **date}
        status = refusal.status if refusal else 200
        self._next(self.busy * self.chance.random() / 2, partial(self._learn, mine, left, status, told))

    def _learn(self, mine: RateBudget, left: Iterable[int], status: int, told: Mapping[str, str]) -> None:
        self.under_way -= 1
        mine.after(status, CaseInsensitiveDict(told))
        self._ask(mine, left)


@pytest.mark.parametrize("busy", [0.0, 0.3, 2.0])
@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize(("vendor", "calls", "rate"), [("xero", 1500, 1.0), ("procore", 2500, 2.5)])
@pytest.mark.feature("XTR-39", "XTR-5")
def test_workers_use_the_allowance_and_meet_no_429(
    vendor: str, calls: int, rate: float, workers: int, busy: float
) -> None:
    """The least time is that of the allowance or, where calls take long, that of the calls themselves."""
    some = Workers(vendor, busy)
    took = some.seconds_for(calls, workers)
    assert some.refused == 0
    assert took <= 1.05 * max(calls / rate, calls * busy / 2 / workers)


# -- one worker ----------------------------------------------------------------------------------------------------


def test_a_used_up_minute_is_waited_for() -> None:
    time, windows = Time(), InMemory()
    worker = budget(time, windows, Limit("minute", "minute limit", 2, 60))
    for _ in range(3):
        worker.before()
    assert 60 <= time.slept < 61


def test_a_used_up_day_is_not_waited_for() -> None:
    time, windows = Time(), InMemory()
    ends = START + timedelta(hours=7)
    windows.revise(["day"], START, lambda known: {"day": Left(0, ends)})
    with pytest.raises(RetryLater, match=r"Books's day limit is used up until 2026-03-02 15:00 UTC") as raised:
        budget(time, windows, Limit("day", "day limit", None, 86_400)).before()
    assert (raised.value.at, time.slept) == (ends, 0)


def test_what_ends_within_patience_is_waited_for() -> None:
    time, windows = Time(), InMemory()
    windows.revise(["hour"], START, lambda known: {"hour": Left(0, START + PATIENCE)})
    budget(time, windows, Limit("hour", "hour limit", None, 3600)).before()
    assert time.now > START + PATIENCE


def test_a_window_that_is_used_up_takes_no_call_of_another_one() -> None:
    time, windows = Time(), InMemory()
    windows.revise(["day"], START, lambda known: {"day": Left(0, START + timedelta(hours=7))})
    with pytest.raises(RetryLater):
        budget(time, windows, Limit("minute", "limit", 60, 60), Limit("day", "day limit", None, 86_400)).before()
    windows.revise(["minute"], START, lambda known: {} if known == {} else pytest.fail(f"taken: {known}"))


def test_a_backfill_stops_where_the_reserve_begins_and_others_go_on() -> None:
    time, windows = Time(), InMemory()
    share = Limit("backfill", "share of a day for backfills", 3, 86_400, for_backfills=True)
    nightly, backfill = budget(time, windows, share), budget(time, windows, share, backfill=True)
    nightly.before()
    backfill.before()
    backfill.before()
    with pytest.raises(RetryLater, match=r"share of a day for backfills is used up until 2026-03-03 08:00") as raised:
        backfill.before()
    for _ in range(10):
        nightly.before()
    assert raised.value.at == START + timedelta(days=1)
    time.now = raised.value.at
    backfill.before()


MINUTE, SPIKE, HOUR = Limit("minute", "", 60, 60), Limit("spike", "", 25, 10), Limit("hour", "", None, 3600)


def left(calls: int, seconds: float) -> Left:
    """So many calls in so many seconds from the start."""
    return Left(calls, START + timedelta(seconds=seconds))


def told(remaining: int, seconds: float | None = None) -> Told:
    return Told("it", remaining, None if seconds is None else START + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("limit", "known", "told", "then"),
    [
        pytest.param(MINUTE, left(9, 30), told(3), left(3, 30), id="lowered"),
        pytest.param(MINUTE, left(9, 30), told(14), left(9, 30), id="calls under way raise nothing"),
        pytest.param(MINUTE, left(9, 30), told(59), left(55, 60), id="the vendor's minute began anew"),
        pytest.param(MINUTE, None, told(59), None, id="no end is known"),
        pytest.param(MINUTE, None, told(0, 40), left(0, 40), id="refused"),
        pytest.param(SPIKE, left(24, 10), told(24, 3), left(24, 3), id="told when it ends"),
        pytest.param(SPIKE, left(3, 0.2), told(24, 10), left(20, 10), id="the vendor's next one"),
        pytest.param(SPIKE, left(24, 10), told(99, 3), left(95, 3), id="more than was assumed"),
        pytest.param(SPIKE, left(9, 4), told(8, 4.9), left(8, 4), id="an answer that was long under way"),
        pytest.param(HOUR, None, told(24, 900), left(20, 900), id="nothing was known"),
    ],
)
def test_what_an_answer_says_of_a_window(limit: Limit, known: Left | None, told: Told, then: Left | None) -> None:
    before = Left(known.calls + 1, known.resets_at) if known else None
    assert learned(limit, known, before, told, START) == then


@pytest.mark.parametrize(
    ("known", "before", "told", "then"),
    [
        pytest.param(left(5, 30), left(10, 30), told(59), left(51, 60), id="others took four since"),
        pytest.param(left(55, 60), left(10, 30), told(9), left(55, 60), id="about the minute before"),
        pytest.param(left(24, 9), left(2, -1), told(0, -1), left(24, 9), id="about the ten seconds before"),
        pytest.param(left(9, 4), left(20, 10), told(8, 4.5), left(8, 4), id="another worker knew the end already"),
        pytest.param(left(0, 0.5), left(20, 10), told(24, 10), left(20, 10), id="another worker's have just ended"),
    ],
)
def test_an_answer_that_comes_after_others_have_called(known: Left, before: Left, told: Told, then: Left) -> None:
    limit = MINUTE if told.resets_at is None else SPIKE
    assert learned(limit, known, before, told, START) == then


# -- the vendors ---------------------------------------------------------------------------------------------------


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
def test_a_token_that_has_to_wait_lets_no_call_pass_into_another_window(stage: Stage) -> None:
    stage.fault(Fault(system="procore", path="/oauth/token", kind="status", status=429, retry_after=7, times=1))
    stage.sandbox.world.clock.advance(timedelta(seconds=8))
    procore = stage.procore()
    for _ in range(60):
        procore.api.rows("v1.0/line_item_types", {"company_id": procore.api.company_id})
    assert not [one for one in stage.requests("procore") if one.status == 429 and not one.fault]


@pytest.mark.feature("XTR-5")
def test_after_a_429_procores_reset_is_waited_for_although_it_sends_no_retry_after() -> None:
    headers = {"X-Rate-Limit-Remaining": "7", "X-Rate-Limit-Reset": str(int(START.timestamp()) + 8)}
    assert procore.told(429, headers, START) == [Told("spike", 0, START + timedelta(seconds=8))]


@pytest.mark.feature("XTR-5")
def test_procores_header_is_about_whichever_window_ends_first() -> None:
    headers = {"X-Rate-Limit-Remaining": "9", "X-Rate-Limit-Reset": str(int(START.timestamp()) + 1800)}
    ends = START + timedelta(minutes=30)
    assert procore.told(200, headers, START) == [Told("hour", 9, ends), Told("backfill", 0, ends)]
    skewed = {**headers, "Date": "Mon, 02 Mar 2026 08:29:55 GMT"}
    assert procore.told(200, skewed, START) == [Told("spike", 9, START + timedelta(seconds=5))]


@pytest.mark.parametrize("headers", [{}, {"X-Rate-Limit-Remaining": "x"}, {"X-MinLimit-Remaining": "-"}])
def test_headers_that_say_nothing_teach_nothing(headers: dict[str, str]) -> None:
    assert procore.told(200, headers, START) == [] == xero.told(200, headers, START)
