"""A failed task is tried again when that can help, and at the time that was named; otherwise it fails at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jobledger import platform
from jobledger.store import leases
from sandbox.faults import Fault
from tests.airflow.company import SETTINGS, Company


def test_a_flow_that_another_run_writes_is_tried_again_when_its_lease_ends(acme: Company) -> None:
    ran = acme.run()
    leases.take(platform.engine(), platform.integration("acme").pair, "companies", "another run", datetime.now(UTC))
    task = acme.task_again(ran, "companies.load")
    assert str(task.state) == "up_for_retry"
    assert task.retry_reason.startswith("companies is being written by another run")
    assert task.next_retry_datetime() - datetime.now(UTC) == pytest.approx(leases.LIFE, abs=timedelta(minutes=1))


def test_a_used_up_quota_is_waited_for_until_its_reset(acme: Company) -> None:
    ran = acme.run({"mode": "plan"})
    acme.sandbox.faults.active = [Fault(kind="status", status=429, path="vendors", retry_after=7200)]
    task = acme.task_again(ran, "companies.extract")
    assert str(task.state) == "up_for_retry"
    assert "limit is used up" in task.retry_reason
    assert task.next_retry_datetime() - datetime.now(UTC) == pytest.approx(timedelta(hours=2), abs=timedelta(minutes=1))


def test_an_outage_is_tried_again_after_the_usual_pause(acme: Company) -> None:
    ran = acme.run({"mode": "plan"})
    acme.sandbox.faults.active = [Fault(kind="status", status=503, path="vendors")]
    acme.patch.setattr("jobledger.systems.client.MOST_ATTEMPTS", 1)
    task = acme.task_again(ran, "companies.extract")
    assert (str(task.state), task.retry_delay_override) == ("up_for_retry", None)
    assert timedelta(0) < task.next_retry_datetime() - datetime.now(UTC) < timedelta(minutes=2)


def test_a_wrong_secret_fails_at_once_and_is_not_tried_again(acme: Company) -> None:
    acme.connect("xero", password="a-secret-of-yesterday")
    ran = acme.run()
    assert (ran.state, ran.tasks["companies.extract"]) == ("failed", ("failed", 1))


@pytest.mark.feature("ACC-8", "SMX-QBO-10")
def test_a_first_write_that_was_held_back_is_done_when_its_task_is_cleared(acme: Company) -> None:
    acme.integrate(accounting=SETTINGS["accounting"] | {"project_tracking_category": None})
    ran = acme.run()
    assert ran.state == "failed"
    assert ran.tasks["companies.load"] == ("failed", 1)
    assert ran.counts() == {"companies": {"planned": 2}}
    assert acme.names("xero.contacts") == []
    acme.integrate()
    assert str(acme.task_again(ran, "companies.load").state) == "success"
    assert acme.names("xero.contacts") == ["Ace Concrete", "Bolt Electric"]
    assert ran.counts() == {"companies": {"created": 2}}
