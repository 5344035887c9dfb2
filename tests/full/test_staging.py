"""The disk with the staging folder is full in mid-run."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deployment import INTEGRATION
from tests.full.nights import FIRST, Nights

pytestmark = [pytest.mark.full, pytest.mark.timeout(3000)]

RUN = "manual__full"
FULL = Path("/dev/full")
"""A file of Linux that takes no byte: whoever writes to it is told that no space is left on the device."""
STEPS = {"commitments": "map", "change_orders": "extract"}


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full on this system")
def test_a_full_disk_fails_the_steps_that_need_it_and_their_next_tries_finish_the_night(
    nights: Nights, measured: Callable[[str, float], None]
) -> None:
    api = nights.deployment.api
    files = [_full(nights, flow, step) for flow, step in STEPS.items()]
    nights.contractor.a_day()
    api.trigger_as(FIRST, RUN)
    tasks = [f"{flow}.{step}" for flow, step in STEPS.items()]
    nights.deployment.until(lambda: all(api.tries(FIRST, RUN, task)[0]["state"] == "failed" for task in tasks))
    assert all("No space left on device" in api.log(FIRST, RUN, task) for task in tasks)
    for file in files:
        file.unlink()
    freed = time.time()
    nights.end()
    measured("a full disk has room again: until the stage has ended", nights.ended_at(FIRST) - freed)
    nights.settled()


def _full(nights: Nights, flow: str, step: str) -> Path:
    """The file that a step is going to write, on a full disk."""
    file = nights.deployment.place.folder / "staging" / INTEGRATION / RUN / flow / f"{step}.ndjson.gz"
    file.parent.mkdir(parents=True)
    file.symlink_to(FULL)
    return file
