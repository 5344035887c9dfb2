"""A part of Airflow is killed (SIGKILL) while a write is under way, and started again."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil
import pytest

from tests.deployment import PARTS, process_of
from tests.full.nights import FIRST, Nights

pytestmark = [pytest.mark.full, pytest.mark.timeout(3000)]

TASK = "commitments.load"


def nothing(nights: Nights) -> None:
    """No part is killed: what a held write costs by itself."""


def killed(part: str) -> Callable[[Nights], None]:
    """Kills a part alone, and starts it again."""

    def kill(nights: Nights) -> None:
        nights.deployment.parts.kill(part)
        nights.deployment.parts.begin(part)

    return kill


def scheduler_with_its_tasks(nights: Nights) -> None:
    """Kills the scheduler and all that it has started, as the end of a container does."""
    parts = nights.deployment.parts
    below = psutil.Process(parts.pid("scheduler")).children(recursive=True)
    parts.kill("scheduler")
    for process in below:
        process.kill()
    parts.begin("scheduler")


def worker(nights: Nights) -> None:
    """Kills the process that watches over the task, but not the task."""
    process = process_of(nights.running(FIRST, TASK))
    assert process is not None
    process.parent().kill()


def everything(nights: Nights) -> None:
    """Kills all parts and their tasks, as a machine that loses its power does."""
    nights.deployment.parts.kill_all()
    for part in PARTS:
        nights.deployment.parts.begin(part)


STRIKES = {
    "nothing": nothing,
    **{part: killed(part) for part in PARTS},
    "scheduler with its tasks": scheduler_with_its_tasks,
    "worker": worker,
    "everything": everything,
}


@pytest.mark.parametrize("what", STRIKES)
def test_a_night_of_which_a_part_is_killed_comes_to_the_same_end(
    nights: Nights, what: str, measured: Callable[[str, float], None]
) -> None:
    nights.contractor.a_day()
    nights.begin()
    nights.hold("xero", "PUT", "PurchaseOrders")
    struck = time.time()
    STRIKES[what](nights)
    nights.end()
    measured(f"{what} killed: until the stage has ended", nights.ended_at(FIRST) - struck)
    nights.settled()
