"""Nights under the vendors' real quotas: one budget for all runs, answers that take time, and the least time of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from jobledger.errors import RetryLater
from jobledger.pipeline.shared import SharedWindows
from sandbox.log import Entry, is_token_request
from tests.pipeline.night import Night

Window = tuple[int, int, float]
"""Seconds, when a window begins within them, and calls."""

WINDOWS: dict[str, tuple[Window, ...]] = {
    "procore": ((10, 0, 25), (3600, 0, 3600)),
    "xero": ((60, 17, 60), (86_400, 37_417, 5_000)),
    "quickbooks_online": ((1, 0, 10), (60, 0, 500)),
    "pex": ((60, 0, 120),),
}
"""The windows of each vendor."""

BATCHES: Window = (60, 0, 40)
"""What QuickBooks allows of batches."""

_SHORT = 60

ANSWER = 0.1
"""Seconds that a vendor takes to answer."""


def share_windows(night: Night) -> None:
    """From now on all runs have one budget, as all workers have, and answers take time; the log begins anew."""
    sandbox, around = night.stage.sandbox, night.stage.around
    handle = sandbox.handle
    sandbox.log.clear()

    def slow(request: Any) -> Any:
        night.later(seconds=ANSWER)
        return handle(request)

    sandbox.handle = slow  # type: ignore[method-assign]
    windows = lambda system, tenant: SharedWindows(night.engine, system, tenant)  # noqa: E731
    night.stage.around = replace(around, windows=windows)


def put_off(night: Night, run: Callable[[], Any]) -> list[RetryLater]:
    """Runs and, where it is put off, runs again at the moment that was named: how often that was."""
    found: list[RetryLater] = []
    while True:
        try:
            run()
        except RetryLater as error:
            assert error.at is not None, error
            night.stage.sandbox.world.clock.advance(error.at - night.stage.around.clock())
            found.append(error)
        else:
            return found


def narrow(night: Night, share: float) -> None:
    """Leaves a share of Procore's hour and Xero's day."""
    procore, xero = (night.stage.sandbox.vendors[name].quota for name in ("procore", "xero"))
    for window in (procore._windows["hourly"], xero._day):  # type: ignore[attr-defined]
        window.limit = int(window.limit * share)


def least_seconds(entries: Iterable[Entry], share: float = 1.0) -> float:
    """How long these calls take at the least, one after the other, each as soon as its vendor's windows have room.

    Of an hour and a day only a share is there.
    """
    used: Counter[tuple[str, Window, int]] = Counter()
    began = now = 0.0
    for entry in entries:
        now = (now or (began := datetime.fromisoformat(entry.at).timestamp() - ANSWER)) + ANSWER
        if is_token_request(entry.path):
            continue
        windows = [(of, at, calls * (share if of > _SHORT else 1)) for of, at, calls in _windows(entry)]
        while full := [one for one in windows if used[_key(entry, one, now)] >= one[2]]:
            now = max(of * ((now - at) // of + 1) + at for of, at, _ in full)
        used.update(_key(entry, one, now) for one in windows)
    return now - began


def _windows(entry: Entry) -> tuple[Window, ...]:
    """The windows that a call counts in."""
    of_batches = (BATCHES,) if entry.path.endswith("/batch") else ()
    return WINDOWS[entry.system or ""] + of_batches


def _key(entry: Entry, window: Window, now: float) -> tuple[str, Window, int]:
    of, at, _ = window
    return entry.system or "", window, int((now - at) // of)
