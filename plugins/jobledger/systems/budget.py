"""The rate budget of one system and tenant: waits before a limit is passed, and learns from the vendor's headers.

What is left of each window is kept by `Windows`, which all workers and runs share; each call is taken from there, so
that none is lost when a task ends.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from jobledger.errors import RetryLater
from jobledger.systems.client import utc_now

PATIENCE = timedelta(minutes=5)
"""A window that ends later is not waited for: the task gives its slot away and comes back."""

IN_FLIGHT = 5
"""Calls that may be under way at once: by so many the vendor's count may differ from ours."""

DATE_IS_EXACT_TO = timedelta(seconds=2)
"""An end that is reckoned from `Date` is late by its broken second and by the answer's way."""


@dataclass(frozen=True)
class Limit:
    """One of a vendor's windows: so many calls in so many seconds.

    `calls` is what a new window is taken to have until the vendor tells otherwise, None where nothing is assumed. Every
    call counts against a window that is `for_backfills`, and only a backfill waits for it: the rest of the vendor's
    window is left to all other runs.
    """

    name: str
    title: str
    calls: int | None
    seconds: float
    for_backfills: bool = False


@dataclass(frozen=True)
class Left:
    """What is left of a window: so many calls until it ends."""

    calls: int
    resets_at: datetime


@dataclass(frozen=True)
class Told:
    """What the vendor said about a window; `resets_at` None where it did not say when it ends."""

    window: str
    remaining: int
    resets_at: datetime | None = None


ReadLimits = Callable[[int, Mapping[str, str], datetime], Sequence[Told]]
"""What the status and the headers of an answer say of a vendor's windows, at a moment."""

Known = Mapping[str, Left]
"""What is left of the windows of which something is known and that have not ended, by name."""


class Windows(Protocol):
    """What is left of each window of one system and tenant, shared by all workers."""

    def revise(self, names: Sequence[str], now: datetime, rule: Callable[[Known], Known]) -> None:
        """Puts what `rule` makes of the windows with these names, while no other worker can change them."""
        ...


class InMemory:
    """The windows of a process on its own."""

    def __init__(self) -> None:
        self._left: dict[str, Left] = {}

    def revise(self, names: Sequence[str], now: datetime, rule: Callable[[Known], Known]) -> None:
        """Puts what `rule` makes of these windows."""
        known = {name: left for name, left in self._left.items() if name in names and left.resets_at > now}
        self._left |= rule(known)


@dataclass
class RateBudget:
    """Waits on behalf of one connector. `read` finds what the headers of an answer say (vendor's own)."""

    title: str
    limits: Sequence[Limit]
    read: ReadLimits
    windows: Windows = field(default_factory=InMemory)
    clock: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep
    log: Callable[[str], None] = lambda _: None
    backfill: bool = False
    _before: Known = field(default_factory=dict)
    """The windows as they were before the last call was taken."""

    def before(self) -> None:
        """Takes one call of every window, waiting where one is used up. Raises `RetryLater` if that takes too long."""
        while used_up := self._take():
            self._wait(*used_up)

    def after(self, status: int, headers: Mapping[str, str]) -> None:
        """Learns what is left."""
        now = self.clock()
        told = {one.window: one for one in self.read(status, headers, now)}
        limits = [one for one in self.limits if one.name in told]

        def learn(known: Known) -> Known:
            valid = {} if status == 429 else known
            new = {
                one.name: learned(one, valid.get(one.name), self._before.get(one.name), told[one.name], now)
                for one in limits
            }
            return {name: left for name, left in new.items() if left and left != known.get(name)}

        if limits and learn(_taken_from(self._before)):
            self.windows.revise([one.name for one in limits], now, learn)

    def _take(self) -> tuple[Limit, Left] | None:
        """Takes one call of every window or, where one is used up, of none: that one."""
        now = self.clock()
        anew = {one.name: Left(one.calls, now + timedelta(seconds=one.seconds)) for one in self.limits if one.calls}

        def take(known: Known) -> Known:
            self._before = {**anew, **known}
            if self._used_up():
                return {}
            return _taken_from(self._before)

        self.windows.revise([one.name for one in self.limits], now, take)
        return self._used_up()

    def _used_up(self) -> tuple[Limit, Left] | None:
        """The window that is used up and ends last, of those that this run waits for."""
        waited_for = [one for one in self.limits if self.backfill or not one.for_backfills]
        found = [(one, self._before[one.name]) for one in waited_for if one.name in self._before]
        return max((one for one in found if one[1].calls < 1), key=lambda one: one[1].resets_at, default=None)

    def _wait(self, limit: Limit, left: Left) -> None:
        wait = left.resets_at - self.clock()
        if wait > PATIENCE:
            at = f"{left.resets_at:%Y-%m-%d %H:%M} UTC"
            raise RetryLater(f"{self.title}'s {limit.title} is used up until {at}.", left.resets_at)
        seconds = max(wait.total_seconds(), 0.0) + 0.05
        self.log(f"{self.title}'s {limit.title} is used up; waiting {seconds:.0f} s.")
        self.sleep(seconds)


def _taken_from(windows: Known) -> Known:
    """Windows after a call."""
    return {name: Left(max(left.calls - 1, 0), left.resets_at) for name, left in windows.items()}


def learned(limit: Limit, known: Left | None, before: Left | None, told: Told, now: datetime) -> Left | None:
    """A window after an answer, or None where nothing can be said of it.

    `known` is how it stands now (None also after a refusal, which is the last word), `before` how it stood when the
    call was taken.
    """
    if known is None:
        return _without_calls_under_way(told.remaining, told.resets_at) if told.resets_at else None
    if not _is_about(known, before, told):
        is_newer = told.resets_at is not None and told.resets_at > known.resets_at
        return _without_calls_under_way(told.remaining, told.resets_at or now) if is_newer else known
    taken_since = before.calls - 1 - known.calls if before else 0
    more = _without_calls_under_way(
        told.remaining - taken_since, told.resets_at or now + timedelta(seconds=limit.seconds)
    )
    if more.calls > known.calls + IN_FLIGHT:
        return more
    # an answer that was long under way tells the end too late, never too early
    return Left(min(known.calls, told.remaining), min(known.resets_at, told.resets_at or known.resets_at))


def _is_about(known: Left, before: Left | None, told: Told) -> bool:
    """Whether an answer tells of the window as it is known now, and not of the one before it or after it."""
    if before and before.resets_at == known.resets_at:
        return True
    return told.resets_at is not None and abs(told.resets_at - known.resets_at) <= DATE_IS_EXACT_TO


def _without_calls_under_way(remaining: int, ends: datetime) -> Left:
    """A window that was not counted from its beginning: other calls may be under way."""
    return Left(max(remaining - IN_FLIGHT + 1, 0), ends)
