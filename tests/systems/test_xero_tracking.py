"""Projects as options of one tracking category (XER-116)."""

from __future__ import annotations

import pytest

from jobledger.errors import FixTheSetup
from jobledger.systems.base import Window, Write
from jobledger.systems.xero.entities import ENTITIES
from sandbox.faults import Fault
from tests.systems.stage import Stage


@pytest.fixture
def job(stage: Stage) -> str:
    [category] = stage.seed("xero", "tracking_categories", {"Name": "Job"})
    return str(category["TrackingCategoryID"])


def options(stage: Stage, category: str, count: int) -> None:
    rows = ({"Name": f"Job {number}", "TrackingCategoryID": category} for number in range(count))
    stage.seed("xero", "tracking_options", *rows)


@pytest.mark.feature("XER-116")
def test_a_project_becomes_an_option_of_the_chosen_category(stage: Stage, job: str) -> None:
    stage.seed("xero", "tracking_categories", {"Name": "Region"})
    [result] = stage.xero().write("tracking_options", [Write("1", "create", {"Name": "Tower"})], "k1")
    assert result.status == "done"
    [option] = stage.records("xero.tracking_options")
    assert (option["Name"], option["TrackingCategoryID"], option["TrackingOptionID"]) == (
        "Tower",
        job,
        result.target_id,
    )


@pytest.mark.feature("XER-130")
def test_the_card_of_an_option_names_its_category_from_the_moment_it_is_made(stage: Stage, job: str) -> None:
    system = stage.xero()
    [made] = system.write("tracking_options", [Write("1", "create", {"Name": "Tower"})], "k1")
    [page] = system.read("tracking_options", Window())
    for record in (made.record, *page.rows):
        assert record is not None
        assert ENTITIES["tracking_options"].card(record).evidence == {"category_id": job}


def test_options_are_read_with_their_category_archived_ones_too(stage: Stage, job: str) -> None:
    options(stage, job, 2)
    stage.seed("xero", "tracking_options", {"Name": "Done", "TrackingCategoryID": job, "Status": "ARCHIVED"})
    [page] = stage.xero().read("tracking_options", Window())
    cards = {card.name: card.active for card in map(ENTITIES["tracking_options"].card, page.rows)}
    assert cards == {"Job 0": True, "Job 1": True, "Done": False}
    assert {row["TrackingCategoryID"] for row in page.rows} == {job}
    assert page.notes == ()


def test_an_option_is_renamed_archived_and_found_by_name(stage: Stage, job: str) -> None:
    system = stage.xero()
    [made] = system.write("tracking_options", [Write("1", "create", {"Name": "Tower"})], "k1")
    [renamed] = system.write("tracking_options", [Write("1", "update", {"Name": "Tower II"}, made.target_id)], "k2")
    assert renamed.status == "done"
    assert [row["TrackingOptionID"] for row in system.find("tracking_options", None, {"Name": "tower ii"})] == [
        made.target_id
    ]
    [archived] = system.write("tracking_options", [Write("1", "remove", {}, made.target_id)], "k3")
    assert archived.status == "done"
    assert [row["Status"] for row in system.fetch("tracking_options", [str(made.target_id)])] == ["ARCHIVED"]


def test_a_taken_name_is_a_conflict_and_the_next_option_is_made(stage: Stage, job: str) -> None:
    options(stage, job, 1)
    writes = [Write("1", "create", {"Name": "job 0"}), Write("2", "create", {"Name": "Tower"})]
    results = stage.xero().write("tracking_options", writes, "k1")
    assert [(result.status, result.outcome) for result in results] == [("refused", "conflict"), ("done", "failed")]


def test_a_lost_answer_makes_no_second_option(stage: Stage, job: str) -> None:
    stage.fault(Fault(kind="drop_after_commit", method="PUT", times=1))
    [result] = stage.xero().write("tracking_options", [Write("1", "create", {"Name": "Tower"})], "k1")
    assert result.status == "done"
    assert len(stage.records("xero.tracking_options")) == 1


def test_a_category_nearly_full_is_noted_while_it_still_works(stage: Stage, job: str) -> None:
    options(stage, job, 90)
    system = stage.xero()
    [page] = system.read("tracking_options", Window())
    assert page.notes == ("The tracking category 'Job' has 90 active options of 100: archive some.",)
    assert system.write("tracking_options", [Write("1", "create", {"Name": "Tower"})], "k1")[0].status == "done"


def test_a_full_category_stops_creation_with_a_remedy_and_lets_renames_through(stage: Stage, job: str) -> None:
    options(stage, job, 100)
    [refused] = stage.xero().write("tracking_options", [Write("1", "create", {"Name": "Tower"})], "k1")
    assert (refused.status, refused.outcome) == ("refused", "failed")
    assert "'Job' is full: it has 100 active options" in refused.message
    assert refused.remedy == "Archive options of finished projects in Xero."
    first = stage.records("xero.tracking_options")[0]["TrackingOptionID"]
    [renamed] = stage.xero().write("tracking_options", [Write("1", "update", {"Name": "Tower"}, first)], "k2")
    assert renamed.status == "done"


@pytest.mark.parametrize(
    ("status", "category", "words"),
    [
        ("ACTIVE", "Project", "names 'Project', which Xero does not have. Xero has: Job."),
        ("ARCHIVED", "Job", "names 'Job', which is archived in Xero."),
        ("ACTIVE", None, "is not set. Name one of: Job."),
    ],
)
def test_a_category_that_cannot_be_used_is_named(stage: Stage, status: str, category: str | None, words: str) -> None:
    stage.seed("xero", "tracking_categories", {"Name": "Job", "Status": status})
    with pytest.raises(FixTheSetup) as raised:
        list(stage.xero(category=category).read("tracking_options", Window()))
    assert words in str(raised.value)
