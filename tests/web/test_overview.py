"""The first page: what ran, what came of it, what waits; run now, plan now, pause."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session

from jobledger.web.pages import words
from tests.airflow.company import Company, write_integration
from tests.web.conftest import Pages


def queued(dag_id: str) -> DagRun:
    with create_session() as session:
        newest = sa.select(DagRun).where(DagRun.dag_id == dag_id).order_by(DagRun.id.desc()).limit(1)
        return session.scalars(newest).one()


def row_of(text: str, stage: str) -> str:
    """The text of a stage's line on the overview."""
    [found] = [one for one in text.split("<tr>") if f">{words(stage)}</a>" in one]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found.partition("</tr>")[0]))


@pytest.mark.feature("PEX-34")
def test_each_stage_shows_its_last_run_and_what_waits_for_a_person(pages: Pages) -> None:
    text = pages.get("/").text
    assert [stage for stage in pages.stages if f">{words(stage)}</a>" not in text] == []
    companies = row_of(text, "vendors_and_projects")
    assert "done" in companies
    assert re.search(r"\b2 invalid", companies)
    assert re.search(r"(a minute|\d+ (min|h)) ago", companies)
    assert "nothing" in row_of(text, "job_costs")


def test_the_picture_of_the_nights_says_in_words_what_it_shows(pages: Pages) -> None:
    labels = re.findall(r'aria-label="([^"]+of 30 days)"', pages.get("/").text)
    assert len(labels) == len(pages.stages)
    held = [int(re.search(r"(\d+) with records held back", label)[1]) for label in labels]  # type: ignore[index]
    assert held[0] in {2, 3}
    assert held[-1] == 0


@pytest.mark.feature("PEX-35")
@pytest.mark.parametrize("mode", ["apply", "plan"])
def test_a_run_is_started_in_the_users_name(pages: Pages, mode: str) -> None:
    told = pages.follow(pages.send("/acme/stages/vendors_and_projects/run", mode=mode))
    assert f"acme.vendors_and_projects is started: {mode}. It waits: the stage is paused." in told
    run = queued("acme.vendors_and_projects")
    assert (run.state, run.conf["mode"], run.triggering_user_name) == ("queued", mode, "a user")


@pytest.mark.feature("PEX-33")
def test_a_stage_is_paused_and_goes_on(pages: Pages) -> None:
    for paused in (False, True):
        told = pages.follow(pages.send("/acme/stages/job_costs/paused", paused=str(paused).lower()))
        assert ("is paused" if paused else "goes on") in told
        with create_session() as session:
            assert session.get(DagModel, "acme.job_costs").is_paused is paused
        assert ("paused" in row_of(told, "job_costs")) is paused


def test_who_may_only_read_is_offered_no_button(pages: Pages) -> None:
    assert "<button" not in pages.get("/", "viewer").text
    assert "<button" in pages.get("/", "user").text


def test_a_wrong_form_says_what_is_wrong(pages: Pages) -> None:
    assert pages.send("/acme/stages/no_stage/run", mode="apply").status_code == 404
    assert pages.send("/acme/stages/job_costs/run", mode="destroy").status_code == 422


def test_an_integration_whose_file_is_wrong_shows_why(pages: Pages) -> None:
    acme: Company = pages.acme
    file = write_integration(acme.include, "broken", live="perhaps")
    try:
        text = pages.get("/").text
        assert "This integration does not run." in text
        assert "live" in text
        assert pages.get("/broken/runs").status_code == 409
        assert "acme" in text
    finally:
        file.unlink()


def test_the_tab_on_a_dag_leads_to_its_integration_and_elsewhere_says_so(pages: Pages) -> None:
    assert pages.get("/dags/acme.job_costs").headers["location"] == "/jobledger/acme/runs"
    assert "is no stage" in pages.get("/dags/other").text
