"""The rate budget of one system and tenant: waits before a limit is passed, and learns from the vendor's headers.

What is left is shared by all workers through `Windows`; each of them takes calls in blocks, so that the shared state
is asked once per block and not once per call.
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


@dataclass(frozen=True)
class Limit:
    """One of a vendor's windows: so many calls in so many seconds, taken in blocks.

    `calls` is None where the number is not known until the vendor tells it.
    """

    name: str
    title: str
    calls: int | None
    seconds: float
    block: int


@dataclass(frozen=True)
class Grant:
    """Calls that a worker may make until `resets_at` (None: nothing is known of an end)."""

    calls: int
    resets_at: datetime | None


@dataclass(frozen=True)
class Told:
    """What the vendor said about a window; `resets_at` None where it did not say when it ends."""

    window: str
    remaining: int
    resets_at: datetime | None = None


class Windows(Protocol):
    """What is left of each window of one system and tenant, shared by all workers."""

    def take(self, limit: Limit, now: datetime) -> Grant:
        """Up to `limit.block` calls; a window that has ended begins anew with `limit.calls`.

        Of a window that is not known (`limit.calls` None and nothing told) a whole block is granted.
        """
        ...

    def tell(self, told: Told, now: datetime) -> None:
        """Lowers what is left to what the vendor says, and takes over its end."""
        ...


class InMemory:
    """The windows of a process on its own."""

    def __init__(self) -> None:
        self._left: dict[str, Grant] = {}

    def take(self, limit: Limit, now: datetime) -> Grant:
        """Up to a block of calls."""
        left = self._left.get(limit.name)
        if left is None or (left.resets_at and left.resets_at <= now):
            if limit.calls is None:
                return Grant(limit.block, None)
            left = Grant(limit.calls, now + timedelta(seconds=limit.seconds))
        taken = min(limit.block, left.calls)
        self._left[limit.name] = Grant(left.calls - taken, left.resets_at)
        return Grant(taken, left.resets_at)

    def tell(self, told: Told, now: datetime) -> None:
        """Keeps the lower of what was known and what was told."""
        left = self._left.get(told.window)
        if left is None or (left.resets_at and left.resets_at <= now):
            if told.resets_at:
                self._left[told.window] = Grant(told.remaining, told.resets_at)
            return
        self._left[told.window] = Grant(min(left.calls, told.remaining), told.resets_at or left.resets_at)


@dataclass
class RateBudget:
    """Waits on behalf of one connector. `read` finds what the headers of an answer say (vendor's own)."""

    title: str
    limits: Sequence[Limit]
    read: Callable[[int, Mapping[str, str], datetime], Sequence[Told]]
    windows: Windows = field(default_factory=InMemory)
    clock: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep
    log: Callable[[str], None] = lambda _: None
    _held: dict[str, Grant] = field(default_factory=dict)

    def before(self) -> None:
        """Takes one call of every window, waiting where one is used up. Raises `RetryLater` if that takes too long."""
        for limit in self.limits:
            held = self._held_of(limit)
            self._held[limit.name] = Grant(held.calls - 1, held.resets_at)

    def after(self, status: int, headers: Mapping[str, str]) -> None:
        """Learns what is left."""
        now = self.clock()
        for told in self.read(status, headers, now):
            self.windows.tell(told, now)
            held = self._held.get(told.window)
            if held and held.calls > told.remaining:
                self._held[told.window] = Grant(told.remaining, held.resets_at)

    def _held_of(self, limit: Limit) -> Grant:
        held = self._held.get(limit.name)
        while held is None or held.calls < 1 or (held.resets_at and held.resets_at <= self.clock()):
            held = self.windows.take(limit, self.clock())
            if held.calls < 1:
                self._wait(limit, held)
        return held

    def _wait(self, limit: Limit, used_up: Grant) -> None:
        now = self.clock()
        ends = used_up.resets_at or now + timedelta(seconds=1)
        if ends - now > PATIENCE:
            raise RetryLater(f"{self.title}'s {limit.title} is used up until {ends:%Y-%m-%d %H:%M} UTC.", ends)
        seconds = max((ends - now).total_seconds(), 0.0) + 0.05
        self.log(f"{self.title}'s {limit.title} is used up; waiting {seconds:.0f} s.")
        self.sleep(seconds)
