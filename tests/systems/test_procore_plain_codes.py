"""Cost codes without cost types over all projects, and which of them each project has."""

from __future__ import annotations

from typing import Any

import pytest

from jobledger.systems.base import Page, Window
from jobledger.systems.procore.entities import ENTITIES
from jobledger.systems.procore.system import Procore
from tests.systems.site import Site
from tests.systems.stage import Stage


@pytest.fixture
def site(stage: Stage) -> Site:
    """Tower has the standard codes 03-300 and 03-310."""
    return Site(stage)


@pytest.fixture
def mall(site: Site) -> int:
    """Mall has 03-300 only."""
    project = site.new_project("Mall")
    site.cost_code(site.walls, project)
    return project


def page_of(system: Procore, entity: str, window: Window | None = None) -> Page:
    [page] = system.read(entity, window or Window())
    return page


def codes_of(system: Procore) -> list[tuple[str, str]]:
    return [(row["code"], row["label"]) for row in page_of(system, "plain_cost_codes").rows]


def own_code(site: Site, project: int, code: str, name: str, **more: Any) -> int:
    return int(site.seed("cost_codes", {"project_id": project, "code": code, "name": name, **more})[0]["id"])


@pytest.mark.feature("PEX-20")
def test_a_standard_code_is_one_row_whatever_the_projects_and_divisions_have_none(
    stage: Stage, site: Site, mall: int
) -> None:
    rows = page_of(stage.procore(), "plain_cost_codes").rows
    assert rows == [
        {
            "id": str(standard["id"]),
            "code": code,
            "name": name,
            "active": True,
            "label": f"{code} {name}",
            "project_id": None,
        }
        for standard, code, name in ((site.walls, "03-300", "Walls"), (site.slabs, "03-310", "Slabs"))
    ]
    card = ENTITIES["plain_cost_codes"].card(rows[0])
    assert (card.id, card.name, card.number, card.active) == (str(site.walls["id"]), "Walls", "03-300", True)


@pytest.mark.feature("PEX-20")
def test_a_code_that_only_one_project_has_names_it(stage: Stage, site: Site, mall: int) -> None:
    key = own_code(site, site.project, "09", "Painting")
    row = page_of(stage.procore(), "plain_cost_codes").rows[-1]
    assert (row["id"], row["code"], row["label"]) == (f"project-{key}", "09", "09 Painting (Tower)")
    assert row["project_id"] == site.project
    assert ENTITIES["plain_cost_codes"].card(row).evidence == {"project": str(site.project)}


@pytest.mark.feature("PEX-20")
def test_each_project_tells_which_codes_it_has(stage: Stage, site: Site, mall: int) -> None:
    key = own_code(site, mall, "09", "Painting")
    tower, other = page_of(stage.procore(), "project_cost_codes").rows
    assert tower == {
        "id": str(site.project),
        "project_id": site.project,
        "name": "Tower",
        "codes": sorted([str(site.walls["id"]), str(site.slabs["id"])]),
    }
    assert other["codes"] == sorted([str(site.walls["id"]), f"project-{key}"])
    card = ENTITIES["project_cost_codes"].card(other)
    assert (card.id, card.name, card.evidence["project"]) == (str(mall), "Mall", str(mall))
    system = stage.procore()
    assert system.places("project_cost_codes") == {str(site.project): True, str(mall): True}
    narrowed = page_of(system, "project_cost_codes", Window(only_projects=(str(mall),)))
    assert narrowed.rows == [other]


def test_codes_of_a_sub_job_count_as_the_projects_own_where_sub_jobs_are_ignored(
    stage: Stage, site: Site, mall: int
) -> None:
    [job] = site.seed("sub_jobs", {"project_id": site.project, "code": "A", "name": "North"})
    of_job = {"sub_job_id": job["id"]}
    key = own_code(site, site.project, "09", "Painting", **of_job)
    own_code(site, site.project, "10", "Doors")
    own_code(site, site.project, "10", "Other doors", **of_job)
    assert [code for code, _ in codes_of(stage.procore())] == ["03-300", "03-310", "10"]
    system = stage.procore(ignore_sub_jobs=True)
    assert codes_of(system)[2:] == [("09", "09 Painting (Tower)"), ("10", "10 Doors (Tower)")]
    assert f"project-{key}" in page_of(system, "project_cost_codes").rows[0]["codes"]


def test_a_project_that_shows_nothing_is_left_out_with_a_note(stage: Stage, site: Site, mall: int) -> None:
    site.seed("projects", {"id": mall, "disabled_tools": ["admin"]})
    system = stage.procore()
    for entity in ("plain_cost_codes", "project_cost_codes"):
        page = page_of(system, entity)
        assert page.partial
        assert page.notes[0].startswith("Project 'Mall' is left out")
    assert [row["name"] for row in page_of(system, "project_cost_codes").rows] == ["Tower"]


def test_both_kinds_are_looked_up_in_what_was_read_a_moment_ago(stage: Stage, site: Site, mall: int) -> None:
    system = stage.procore()
    [row, _] = page_of(system, "plain_cost_codes").rows
    calls = len(stage.requests("procore"))
    assert system.fetch("plain_cost_codes", [row["id"]]) == [row]
    assert system.find("plain_cost_codes", None, {"code": "03-300"}) == [row]
    assert [one["name"] for one in system.fetch("project_cost_codes", [str(mall)])] == ["Mall"]
    assert len(stage.requests("procore")) == calls


def test_no_more_is_asked_than_projects_their_codes_and_the_standard_list(stage: Stage, site: Site, mall: int) -> None:
    page_of(stage.procore(), "plain_cost_codes")
    paths = [one.path.rpartition("/")[2] for one in stage.requests("procore", "GET")]
    assert paths == ["projects", "cost_codes", "cost_codes", "standard_cost_code_lists", "standard_cost_codes"]
