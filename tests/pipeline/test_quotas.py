"""Nights under the vendors' real quotas: no 429 that could be avoided, no waiting without need, payments first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
import yaml

from jobledger.errors import RetryLater
from jobledger.pipeline.shared import SharedWindows
from sandbox.log import Entry, is_token_request
from tests.pipeline.night import ROOT, Night

STAGES = (
    ("companies", "contacts", "projects", "tracking_options"),
    ("cost_codes", "items"),
    ("commitments", "change_orders"),
    ("invoices", "payments", "billed_orders"),
    ("job_costs",),
)
WINDOWS = {"procore": ((10, 0, 25), (3600, 0, 3600)), "xero": ((60, 17, 60), (86_400, 37_417, 5_000))}
"""Of each vendor: seconds, when a window begins within them, and calls."""

ANSWER = 0.1
"""Seconds that a vendor takes to answer."""


def share_windows(night: Night) -> None:
    """All runs of the night have one budget, as all workers have; answers take time."""
    sandbox, around = night.stage.sandbox, night.stage.around
    handle = sandbox.handle

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


def least_seconds(entries: Iterable[Entry], share: float) -> float:
    """How long these calls take at the least, one after the other, each as soon as its vendor's windows have room."""
    used: Counter[tuple[str, int, int]] = Counter()
    began = now = 0.0
    for entry in entries:
        now = (now or (began := datetime.fromisoformat(entry.at).timestamp() - ANSWER)) + ANSWER
        if is_token_request(entry.path):
            continue
        windows = WINDOWS[entry.system or ""]
        while full := [(of, at) for of, at, calls in windows if used[_key(entry, of, at, now)] >= calls * share]:
            now = max(of * ((now - at) // of + 1) + at for of, at in full)
        used.update(_key(entry, of, at, now) for of, at, _ in windows)
    return now - began


def _key(entry: Entry, seconds: int, begins: int, now: float) -> tuple[str, int, int]:
    return entry.system or "", seconds, int((now - begins) // seconds)


@pytest.mark.parametrize("share", [1.0, 0.1], ids=["real quotas", "a tenth of them"])
@pytest.mark.feature("XTR-39", "XTR-5")
def test_a_night_meets_no_429_and_uses_the_allowance(night: Night, share: float) -> None:
    """A tenth of the quotas is for the demo's night what the whole is for one ten times as large."""
    integration = yaml.safe_load((ROOT / "include" / "integrations" / "demo_xero.yaml").read_text())
    sandbox = night.stage.sandbox
    sandbox.reset("demo")
    for vendor in sandbox.vendors.values():
        vendor.quota.set_mode(share)
    night.settings = integration | {"name": "demo_xero"}
    share_windows(night)
    began = night.stage.around.clock()
    waits = [error for flows in STAGES for error in put_off(night, lambda flows=flows: night.run(*flows))]
    took = (night.stage.around.clock() - began).total_seconds()
    entries = sandbox.log.entries()
    assert [one for one in entries if one.status == 429] == []
    assert took <= 1.05 * least_seconds(entries, share)
