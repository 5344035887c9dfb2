"""Whole runs of a stage in Airflow: what they hand over, when they turn red, and what a repetition does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from airflow.models.asset import AssetEvent, AssetModel
from airflow.sdk._shared.observability.metrics import stats
from airflow.sdk._shared.observability.metrics.base_stats_logger import NoStatsLogger
from airflow.sdk.exceptions import AirflowSkipException
from airflow.utils.session import create_session

from tests.airflow.company import DAGS, SETTINGS, Company, Ran


def handed_over(ran: Ran) -> list[tuple[str, dict[str, Any]]]:
    """The asset events of a run: which asset, and what the event says."""
    with create_session() as session:
        events = sa.select(AssetModel.name, AssetEvent.extra).join(AssetModel, AssetModel.id == AssetEvent.asset_id)
        return [tuple(row) for row in session.execute(events.where(AssetEvent.source_run_id == ran.run_id))]


class Recorded(NoStatsLogger):
    """A metrics backend that keeps what it is sent."""

    counted: dict[tuple[str, ...], int] = {}  # noqa: RUF012

    @classmethod
    def incr(cls, stat: str, count: int = 1, rate: int | float = 1, *, tags: Any = None) -> None:
        key = (stat, *(str(tags[name]) for name in sorted(tags or {})))
        cls.counted[key] = cls.counted.get(key, 0) + count


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, ...], int]:
    monkeypatch.setattr(Recorded, "counted", {})
    monkeypatch.setattr(stats, "_backend", Recorded)
    return Recorded.counted


@pytest.mark.feature("ACC-35", "XER-116")
def test_a_live_unfiltered_run_writes_and_hands_over_to_the_next_stage(
    acme: Company, counted: dict[tuple[str, ...], int]
) -> None:
    ran = acme.run(dags=DAGS)
    assert ran.state == "success"
    assert {task for task, (state, _) in ran.tasks.items() if state != "success"} == {"watcher"}
    assert acme.names("xero.contacts") == ["Ace Concrete", "Bolt Electric"]
    [category] = acme.sandbox.world.tables.all("xero.tracking_categories")
    [option] = acme.sandbox.world.tables.all("xero.tracking_options")
    assert (option["Name"], option["TrackingCategoryID"]) == ("Tower", category["TrackingCategoryID"])
    assert ran.counts() == {
        "companies": {"created": 2},
        "contacts": {},
        "projects": {"created": 1},
        "tracking_options": {},
    }
    assert handed_over(ran) == [("acme.vendors_and_projects", {"run_id": ran.run_id, "mode": "apply"})]
    assert counted["jobledger.records", "companies", "acme", "created"] == 2
    asked = {key[1:]: count for key, count in counted.items() if key[0] == "jobledger.requests"}
    sent = [one for one in acme.sandbox.log.entries() if one.system == "xero" and one.method == "PUT"]
    assert asked["PUT", "200", "xero"] == len(sent) > 0
    assert sum(asked.values()) == len(acme.sandbox.log.entries())


@pytest.mark.feature("ACC-35")
@pytest.mark.parametrize(("live", "mode"), [(True, "plan"), (False, "apply")])
def test_a_plan_writes_nothing_and_starts_no_further_stage(acme: Company, live: bool, mode: str) -> None:
    acme.integrate(live=live)
    ran = acme.run({"mode": mode})
    assert ran.counts() == {"companies": {"planned": 2}}
    assert (acme.writes(), ran.state, handed_over(ran)) == (0, "success", [])


@pytest.mark.feature("ACC-35")
def test_a_narrowed_run_writes_and_starts_no_further_stage(acme: Company) -> None:
    [ace, _] = acme.sandbox.world.tables.all("procore.vendors")
    ran = acme.run({"only_records": [ace["id"]]})
    assert ran.counts() == {"companies": {"created": 1}}
    assert acme.names("xero.contacts") == ["Ace Concrete"]
    assert (ran.state, handed_over(ran)) == ("success", [])
    ran = acme.run({"only_projects": [1]})
    assert (ran.state, handed_over(ran)) == ("success", [])


@pytest.mark.feature("SMX-QBO-18", "ACC-35")
@pytest.mark.parametrize(("side", "other"), [("procore", "xero"), ("accounting", "procore")])
def test_a_run_that_reads_one_side_asks_the_other_nothing_and_ends(acme: Company, side: str, other: str) -> None:
    ran = acme.run({"sides": side, "full_refresh": True})
    assert (ran.state, handed_over(ran), acme.writes()) == ("success", [], 0)
    assert ran.tasks["companies.extract"] == ("success", 1)
    assert {state for task, (state, _) in ran.tasks.items() if task.endswith((".map", ".load"))} == {"skipped"}
    assert ran.counts() == {"companies": {}}
    asked = {
        one.system for one in acme.sandbox.log.entries() if "/oauth" not in one.path and "/connect" not in one.path
    }
    assert other not in asked
    assert asked


def test_an_outcome_that_should_not_happen_turns_the_run_red(acme: Company) -> None:
    acme.integrate(approvals={"default": "required"}, fail_when=["waiting"])
    ran = acme.run()
    assert ran.counts() == {"companies": {"waiting": 2}}
    assert ran.tasks["report"] == ("failed", 1)
    assert ran.state == "failed"
    assert handed_over(ran) == []


def test_a_flow_that_fails_leaves_the_others_done_and_the_run_red(acme: Company) -> None:
    acme.stage_of("companies", "projects")
    mapping = acme.include / "mappings" / "xero" / "companies.yaml"
    mapping.write_text(mapping.read_text().replace("name | squeeze", "name | sqeeze"))
    ran = acme.run()
    assert ran.tasks["companies.extract"] == ("failed", 1)
    assert ran.tasks["projects.load"] == ("success", 1)
    assert ran.tasks["report"] == ("success", 1)
    assert ran.state == "failed"
    assert acme.names("xero.tracking_options") == ["Tower"]


def test_the_same_run_again_tells_what_it_did_this_time_and_writes_nothing(acme: Company) -> None:
    night = datetime(2026, 11, 20, 10, tzinfo=UTC)
    first = acme.run(at=night)
    assert first.counts() == {"companies": {"created": 2}}
    written = acme.writes()
    again = acme.run(at=night)
    assert again.counts() == {"companies": {"unchanged": 2}}
    assert first.run_id == again.run_id
    assert str(acme.task_again(again, "companies.load").state) == "success"
    assert again.counts() == first.counts()
    assert acme.writes() == written
    assert acme.names("xero.contacts") == ["Ace Concrete", "Bolt Electric"]


def test_payments_on_demand_are_left_out_of_the_night_and_said_to_be_and_run_when_somebody_starts_them(
    acme: Company,
) -> None:
    said: list[str] = []

    def skipping(text: str) -> AirflowSkipException:
        said.append(text)
        return AirflowSkipException(text)

    acme.patch.setattr("jobledger.stages.AirflowSkipException", skipping)
    acme.integrate(stages=["invoices_and_payments"], schedules={**SETTINGS["schedules"], "payments": "on_demand"})
    asked = acme.run_stage("invoices_and_payments")
    assert (asked.state, asked.tasks["payments.load"]) == ("success", ("success", 1))
    assert said == []
    night = acme.follow("invoices_and_payments")
    assert {task for task, (state, _) in night.tasks.items() if state == "skipped"} == {
        *(f"payments.{step}" for step in ("extract", "map", "validate", "load")),
        "watcher",
    }
    assert (night.state, night.tasks["report"], night.counts()) == ("success", ("success", 1), {"invoices": {}})
    assert "schedules.payments is on_demand" in said[0]
    [(asset, _)] = handed_over(night)
    assert asset == "acme.invoices_and_payments"
