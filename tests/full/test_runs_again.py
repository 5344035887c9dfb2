"""Runs side by side, and runs again: from a shell beside a scheduled one, a cleared task, an old run once more."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

import pytest

from jobledger.store import leases
from tests.airflow.shell import airflow
from tests.deployment import AIRFLOW
from tests.full.nights import FIRST, SECOND, Nights

pytestmark = [pytest.mark.full, pytest.mark.timeout(3000)]

LOAD = "commitments.load"
COMMAND = "jobledger run test commitments_and_change_orders"


def test_a_run_from_a_shell_and_one_more_by_hand_beside_a_night_write_nothing_twice(nights: Nights) -> None:
    nights.contractor.a_day()
    nights.begin()
    nights.hold("xero", "PUT", "PurchaseOrders", seconds=50)
    held_by = nights.deployment.api.newest(FIRST)
    nights.begin()
    ended = airflow(nights.deployment.place.folder, COMMAND, environment=nights.deployment.environment)[COMMAND]
    assert ended.code == 1
    assert f"commitments is being written by {FIRST} {held_by}" in ended.text
    nights.end()
    nights.settled()


def test_a_run_in_a_shell_that_is_killed_keeps_its_flow_for_the_length_of_a_lease_at_most(
    nights: Nights, measured: Callable[[str, float], None]
) -> None:
    nights.contractor.a_day()
    with subprocess.Popen([AIRFLOW, *COMMAND.split()], env=nights.deployment.environment) as shell:
        nights.hold("xero", "PUT", "PurchaseOrders")
        shell.kill()
    killed = time.time()
    nights.begin()
    nights.end()
    waited = nights.ended_at(FIRST) - killed
    measured("a shell's run killed: until the stage of the night has ended", waited)
    assert waited < leases.LIFE.total_seconds() + 120
    nights.settled()


@pytest.mark.feature("ACC-17")
def test_a_finished_task_cleared_with_what_follows_it_writes_nothing(nights: Nights) -> None:
    nights.contractor.a_day()
    nights.whole()
    run_id, writes = nights.runs[FIRST], nights.contractor.desk.night.writes()
    nights.deployment.api.clear(FIRST, run_id, LOAD)
    _wait_for_tries(nights, run_id, LOAD, 2)
    nights.end(SECOND)
    assert nights.contractor.desk.night.writes() == writes
    nights.settled()


@pytest.mark.feature("ACC-17")
def test_an_old_run_once_more_undoes_nothing_and_makes_nothing_again(nights: Nights) -> None:
    desk = nights.contractor.desk
    nights.contractor.a_day()
    nights.whole()
    old, contract = nights.runs[FIRST], desk.stage.records("procore.work_order_contracts")[-1]
    desk.edit(contract, title="Changed since")
    nights.whole()
    assert desk.order(contract["number"])["Reference"] == "Changed since"
    writes = desk.night.writes()
    nights.deployment.api.clear(FIRST, old, LOAD)
    _wait_for_tries(nights, old, LOAD, 2)
    nights.end(SECOND)
    nights.deployment.api.clear_run(FIRST, old)
    _wait_for_tries(nights, old, LOAD, 3)
    nights.end(SECOND)
    assert desk.night.writes() == writes
    assert desk.order(contract["number"])["Reference"] == "Changed since"
    nights.settled()


def _wait_for_tries(nights: Nights, run_id: str, task: str, tries: int) -> None:
    """Waits until a task has succeeded for the second or third time, and its run with it."""
    api = nights.deployment.api

    def done() -> bool:
        found = api.task(FIRST, run_id, task)
        return (found["state"], found["try_number"]) == ("success", tries)

    nights.deployment.until(lambda: done() and api.run(FIRST, run_id)["state"] == "success")
