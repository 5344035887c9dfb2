"""A plan tells what a run would do and writes nothing; a narrowed run touches only what it was narrowed to."""

from __future__ import annotations

import pytest

from jobledger.store.tables import approval, cursor, intent, link
from tests.pipeline.night import STAGE_1, STAGE_2, Night, narrowed

BOTH = ("companies", "contacts")


@pytest.fixture
def planned(night: Night) -> Night:
    """One company to be created, one to be linked, one doubtful, one project."""
    night.job_category()
    night.company("Apex Steel", business_phone="303 555 0100")
    night.company("Baker Electric LLC")
    night.contact("Baker Electric")
    night.company("Steele Framing")
    night.contact("Steel Framing")
    night.project("Tower")
    night.stage.sandbox.world.forget_ledger()
    return night


def nothing_written(night: Night) -> bool:
    asked = [one for one in night.stage.sandbox.log.entries() if one.method != "GET" and "token" not in one.path]
    kept = [row for table in (link, intent, cursor, approval) for row in night.rows(table)]
    return not (night.writes() or asked or kept)


@pytest.mark.feature("ACC-7")
@pytest.mark.parametrize("how", ["not live", "plan"])
def test_a_plan_tells_what_it_would_do_and_writes_nothing_anywhere(planned: Night, how: str) -> None:
    planned.live(how == "plan")
    mode = {"mode": "plan"} if how == "plan" else {}
    counts = planned.run(*STAGE_1, **mode) | planned.run(*STAGE_2, **mode)
    assert nothing_written(planned)
    assert counts["companies"] == {"planned": 2, "conflict": 1}
    assert counts["projects"] == {"planned": 1}
    told = {one.name: one for one in planned.outcomes("companies")}
    assert told["Apex Steel"].reason == "Would be created."
    assert told["Apex Steel"].changes == [
        {"field": "Name", "before": None, "after": "Apex Steel"},
        {"field": "Phones[PhoneType=DEFAULT].PhoneNumber", "before": None, "after": "303 555 0100"},
    ]
    assert told["Baker Electric LLC"].reason == "Would be linked: same name without 'LLC'"
    assert told["Steele Framing"].outcome == "conflict"


@pytest.mark.feature("ACC-7")
def test_the_run_after_going_live_does_what_the_plan_told(planned: Night) -> None:
    planned.live(False)
    plan = planned.run(*STAGE_1)
    planned.live(True)
    done = planned.run(*STAGE_1)
    assert done["companies"] == {"created": 1, "updated": 1, "conflict": 1}
    assert done["projects"] == {"created": plan["projects"]["planned"]}
    planned.later(hours=1)
    before = planned.writes()
    assert "planned" not in planned.run(*STAGE_1, mode="plan")["companies"]
    assert planned.writes() == before


def test_a_plan_on_a_live_integration_tells_changes_field_by_field(night: Night) -> None:
    company = night.company("Apex Steel")
    night.run(*BOTH)
    night.later(hours=1)
    night.edit(company, name="Apex Structural")
    before = night.writes()
    assert night.run(*BOTH, mode="plan")["companies"] == {"planned": 1}
    [told] = [one for one in night.outcomes("companies") if one.outcome == "planned"]
    assert (told.reason, told.changes) == (
        "Would be updated.",
        [{"field": "Name", "before": "Apex Steel", "after": "Apex Structural"}],
    )
    assert night.writes() == before
    assert night.run(*BOTH)["companies"] == {"updated": 1}


def test_a_plan_does_not_ask_for_acceptances(planned: Night) -> None:
    planned.set(approvals={"default": "required"})
    assert planned.run(*BOTH, mode="plan")["companies"] == {"planned": 2, "conflict": 1}
    assert planned.rows(approval) == []


def test_expectations_are_checked_in_a_plan_too(planned: Night) -> None:
    planned.with_suites = True
    planned.company("x" * 300)
    assert planned.run(*BOTH, mode="plan")["companies"] == {"planned": 2, "conflict": 1, "invalid": 1}


def test_a_run_narrowed_to_records_reads_and_writes_only_those(planned: Night) -> None:
    apex = next(one for one in planned.stage.records("procore.vendors") if one["name"] == "Apex Steel")
    planned.company("Zeller Roofing")
    planned.asked("procore")
    counts = planned.run("companies", scope=narrowed(only_records=(str(apex["id"]),)))
    assert counts == {"companies": {"created": 1}}
    asked = [one for one in planned.asked("procore") if "vendors" in one]
    assert asked and all(f"filters[id][]={apex['id']}" in one for one in asked)
    assert planned.contacts() == ["Apex Steel", "Baker Electric", "Steel Framing"]
    assert planned.run(*BOTH)["companies"] == {"created": 1, "updated": 1, "unchanged": 1, "conflict": 1}


def test_an_id_that_nobody_knows_is_no_record(night: Night) -> None:
    night.company("Apex Steel")
    assert night.run(*BOTH, scope=narrowed(only_records=("4711",))) == {"companies": {}, "contacts": {}}


def test_a_run_narrowed_to_projects_leaves_the_others_alone(night: Night) -> None:
    night.job_category()
    tower, mall = night.project("Tower"), night.project("Mall")
    scope = narrowed(only_projects=(str(tower["id"]),))
    assert night.run("projects", "tracking_options", scope=scope)["projects"] == {"created": 1}
    assert night.options() == ["Tower"]
    assert str(mall["id"]) not in night.links("projects")
    assert night.run("projects", "tracking_options")["projects"] == {"created": 1, "unchanged": 1}


def test_an_integration_narrowed_to_projects_exports_no_other_one(night: Night) -> None:
    night.job_category()
    tower = night.project("Tower")
    night.project("Mall")
    night.set(procore={**night.settings["procore"], "projects": [tower["id"]]})
    night.run("projects", "tracking_options")
    assert night.options() == ["Tower"]
