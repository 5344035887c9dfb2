"""`airflow jobledger run`: whole stages from a shell, and `prune` after them."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobledger import platform
from jobledger.commands import links
from jobledger.commands.history import history
from jobledger.commands.prune import prune
from jobledger.commands.run import in_order, run
from jobledger.steps import STAGE_FLOWS
from jobledger.store import history as kept
from jobledger.store.engine import writing
from jobledger.store.history import NewRun, Outcome
from jobledger.store.tables import cursor
from sandbox.faults import Fault
from tests.commands.office import Office
from tests.pipeline.night import FLOWS


@pytest.fixture
def office(office: Office) -> Office:
    """After its first night; since then there are a new company, one that looks like a contact, and a project."""
    night = office.night
    night.job_category()
    night.company("Zenith Roofing")
    night.run("companies", "contacts")
    night.later(hours=1)
    night.company("Apex Steel")
    night.company("Steele Framing")
    night.contact("Steel Framing")
    night.project("Tower")
    return office


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_run_does_every_stage_and_ends_with_a_table_and_what_is_open(office: Office) -> None:
    told = words(office.do(run))
    assert "vendors_and_projects companies 3 1 0 1 0 0 0 1 0 0" in told
    assert "vendors_and_projects projects 1 1 0 0" in told
    assert "cost_codes_and_budget items 0" in told
    assert "companies: 1 conflict - Steele Framing: 'Steele Framing' may be a record that Xero has already." in told
    assert "-> If it is, `airflow jobledger links link test companies" in told
    assert office.night.contacts() == ["Apex Steel", "Steel Framing", "Zenith Roofing"]
    assert office.night.options() == ["Tower"]
    assert "conflict" in office.do(history, last_night=True)


def test_the_demo_s_expectations_hold_in_a_run_from_a_shell(office: Office) -> None:
    office.expect()
    office.night.company("x" * 300)
    assert "companies: 1 invalid" in words(office.do(run, stages=["vendors_and_projects"]))


def test_a_second_run_finds_everything_in_step(office: Office) -> None:
    office.do(run)
    before = office.night.writes()
    office.do(run)
    assert office.night.writes() == before


def test_with_plan_nothing_is_written(office: Office) -> None:
    before, cursors = office.night.writes(), office.night.rows(cursor)
    told = words(office.do(run, plan=True))
    assert "planned" in told
    assert office.night.writes() == before
    assert office.night.rows(cursor) == cursors


def test_a_run_can_be_narrowed_to_records(office: Office) -> None:
    cursors = office.night.rows(cursor)
    apex = office.night.stage.records("procore.vendors")[1]
    office.do(run, stages=["vendors_and_projects"], only_records=[f"companies:{apex['id']}"])
    assert office.night.contacts() == ["Apex Steel", "Steel Framing", "Zenith Roofing"]
    assert office.night.options() == []
    assert office.night.rows(cursor) == cursors


def test_a_system_that_is_down_holds_back_only_what_needs_it(office: Office) -> None:
    night = office.night
    night.stage.fault(Fault(system="xero", kind="status", status=503, path="TrackingCategories"))
    told = office.fails(run, stages=["vendors_and_projects"])
    assert "Not everything could run:" in told
    assert "vendors_and_projects / tracking_options: Xero is in trouble (status 503)." in told
    assert "vendors_and_projects / projects: projects needs the list of xero.tracking_options" in told
    assert night.contacts() == ["Apex Steel", "Steel Framing", "Zenith Roofing"]
    night.stage.fault()
    office.do(run, stages=["vendors_and_projects"])
    assert night.options() == ["Tower"]


def test_stages_that_are_not_there_are_named_with_those_that_are(office: Office) -> None:
    told = office.fails(run, stages=["vendors", "vendors_and_projects"])
    assert told == "test: has no stage vendors. It has vendors_and_projects, cost_codes_and_budget."
    assert office.night.options() == []


@pytest.mark.feature("PRC-API-5")
def test_only_the_stages_of_the_integration_run(office: Office) -> None:
    office.night.set(stages=["vendors_and_projects"])
    assert "cost_codes" not in office.do(run)


@pytest.mark.feature("PRC-API-2", "PRC-API-3")
def test_parents_run_before_those_that_need_them() -> None:
    names = in_order([FLOWS[name] for name in ("items", "cost_codes")])
    assert names == ["cost_codes", "items"]
    for flows in STAGE_FLOWS.values():
        there = [name for name in flows if name in FLOWS]
        assert sorted(in_order([FLOWS[name] for name in there])) == sorted(there)


def test_a_link_made_from_a_shell_takes_effect_in_the_next_run(office: Office) -> None:
    office.do(run)
    company = office.night.stage.records("procore.vendors")[2]
    contact = next(one for one in office.night.stage.records("xero.contacts") if one["Name"] == "Steel Framing")
    ids = {"procore_id": str(company["id"]), "accounting_id": contact["ContactID"]}
    office.do(links.link, kind="companies", **ids)
    assert "conflict" not in office.do(run).partition("companies: 1")[2]
    assert office.night.open("companies") == []


@pytest.mark.feature("ACC-33")
def test_prune_takes_old_staging_and_plans_away_and_keeps_the_rest(office: Office) -> None:
    office.do(run)
    root = Path(str(platform.staging_root()).removeprefix("file://"))
    folders = sorted((root / "test").iterdir())
    old = time.time() - 15 * 86_400
    for file in folders[0].rglob("*"):
        os.utime(file, (old, old))
    with writing(office.night.engine) as connection:
        long_ago = datetime(2020, 1, 1, tzinfo=UTC)
        begun = NewRun(office.night.pair, "test", "s", "companies", "old plan", "plan", False)
        row = kept.begin(connection, begun, long_ago)
        kept.record(connection, (row, office.night.pair, "companies"), [Outcome("1", "", "planned", "Apex")], long_ago)
    before = len(office.night.outcomes("companies"))
    told = office.do(prune)
    assert "plan outcomes: 1 rows removed" in told
    assert "staging: 1 runs removed" in told
    assert sorted((root / "test").iterdir()) == folders[1:]
    assert len(office.night.outcomes("companies")) == before - 1
    assert "staging: 0 runs removed" in office.do(prune)
