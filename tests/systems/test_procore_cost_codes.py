"""Cost codes as the books know them: one row for a standard code and a cost type, over all projects (ACC-2)."""

from __future__ import annotations

from typing import Any

import pytest

from jobledger.systems.base import Window
from jobledger.systems.procore.entities import ENTITIES
from tests.systems.stage import Stage


class Company:
    """Two projects that share the standard code 03-300."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        [self.list] = self.seed("standard_cost_code_lists", {"name": "Standard"})
        [self.division] = self.standard(code="03", name="Concrete")
        [self.concrete] = self.standard(code="300", name="Cast-in-Place", parent_id=self.division["id"])
        self.tower, self.mall = self.seed("projects", {"name": "Tower"}, {"name": "Mall"})
        self.types = {row["code"]: row["id"] for row in stage.records("procore.line_item_types")}

    def seed(self, entity: str, *records: dict[str, Any]) -> list[dict[str, Any]]:
        return self.stage.seed("procore", entity, *records)

    def standard(self, **fields: Any) -> list[dict[str, Any]]:
        return self.seed("standard_cost_codes", {"standard_cost_code_list_id": self.list["id"], **fields})

    def code(self, project: dict[str, Any], standard: dict[str, Any] | None, **fields: Any) -> dict[str, Any]:
        """A project's cost code: a copy of a standard one, or one of its own."""
        copied = {"standard_cost_code_id": standard["id"], **standard} if standard else {}
        named = {name: copied[name] for name in ("code", "name", "standard_cost_code_id") if name in copied}
        [made] = self.seed("cost_codes", {"project_id": project["id"], **named, **fields})
        return made

    def wbs(self, project: dict[str, Any], code: dict[str, Any], kind: str, **fields: Any) -> dict[str, Any]:
        chosen = {"cost_code_id": code["id"], "line_item_type_id": self.types[kind]}
        [made] = self.seed("wbs_codes", {"project_id": project["id"], **chosen, **fields})
        return made


def rows(stage: Stage) -> dict[str, Any]:
    [page] = stage.procore().read("cost_codes", Window())
    return {row["full_code"]: row for row in page.rows}


@pytest.fixture
def company(stage: Stage) -> Company:
    return Company(stage)


def in_both(company: Company) -> list[dict[str, Any]]:
    made = []
    for project in (company.tower, company.mall):
        division = company.code(project, company.division)
        code = company.code(project, company.concrete, parent_id=division["id"])
        made.append(company.wbs(project, code, "S"))
    return made


def test_the_same_code_in_two_projects_is_one_row(stage: Stage, company: Company) -> None:
    first, second = in_both(company)
    row = rows(stage)["03-300.S"]
    assert row["id"] == f"{company.concrete['id']}-{company.types['S']}"
    assert (row["code"], row["cost_type"], row["name"]) == ("03-300", "S", "Cast-in-Place")
    assert (row["project_only"], row["custom_segments"], row["sub_job"], row["active"]) == (None, None, None, True)
    assert row["wbs_codes"] == [
        {"project_id": company.tower["id"], "id": first["id"]},
        {"project_id": company.mall["id"], "id": second["id"]},
    ]
    assert ENTITIES["cost_codes"].card(row).number == "03-300.S"


@pytest.mark.feature("XER-97")
def test_each_cost_type_of_a_code_is_a_row(stage: Stage, company: Company) -> None:
    in_both(company)
    code = stage.records("procore.cost_codes")[1]
    company.wbs(company.tower, code, "L")
    assert sorted(rows(stage)) == ["03-300.L", "03-300.S"]


def test_a_code_that_only_a_project_has_is_a_row_that_says_so(stage: Stage, company: Company) -> None:
    code = company.code(company.tower, None, code="99", name="Extra")
    wbs = company.wbs(company.tower, code, "M")
    row = rows(stage)["99.M"]
    assert row["id"] == f"wbs-{wbs['id']}"
    assert row["project_only"] == "99.M in project 'Tower'"


def test_a_sub_job_is_a_row_that_says_so(stage: Stage, company: Company) -> None:
    [job] = company.seed("sub_jobs", {"project_id": company.tower["id"], "code": "A", "name": "North"})
    division = company.code(company.tower, company.division)
    code = company.code(company.tower, company.concrete, parent_id=division["id"])
    company.wbs(company.tower, code, "S", sub_job_id=job["id"])
    [row] = rows(stage).values()
    assert row["sub_job"] == "A North in project 'Tower'"
    assert row["id"].startswith("wbs-")


def test_a_custom_segment_is_a_row_that_says_so(stage: Stage, company: Company) -> None:
    [segment] = company.seed("segments", {"name": "Phase", "project_id": company.tower["id"]})
    [item] = company.seed("segment_items", {"code": "P1", "name": "One", "segment_id": segment["id"]})
    code = company.code(company.tower, company.division)
    company.wbs(company.tower, code, "S", custom_items={str(segment["id"]): item["id"]})
    [row] = rows(stage).values()
    assert row["custom_segments"] == "Phase P1 in project 'Tower'"


def test_divisions_and_closed_projects_have_no_rows(stage: Stage, company: Company) -> None:
    in_both(company)
    division = stage.records("procore.cost_codes")[0]
    company.wbs(company.tower, division, "S")
    company.seed("projects", {"id": company.mall["id"], "active": False})
    [row] = rows(stage).values()
    assert row["wbs_codes"][0]["project_id"] == company.tower["id"]
    assert len(row["wbs_codes"]) == 1


def test_a_code_in_use_nowhere_any_more_is_not_active(stage: Stage, company: Company) -> None:
    for wbs in in_both(company):
        company.seed("wbs_codes", {"id": wbs["id"], "status": "inactive"})
    assert rows(stage)["03-300.S"]["active"] is False


def test_a_look_up_after_a_read_costs_no_further_call(stage: Stage, company: Company) -> None:
    in_both(company)
    system = stage.procore()
    [page] = system.read("cost_codes", Window())
    calls = len(stage.requests("procore"))
    assert [row["full_code"] for row in system.fetch("cost_codes", [page.rows[0]["id"]])] == ["03-300.S"]
    assert [row["full_code"] for row in system.find("cost_codes", None, {"full_code": "03-300.s"})] == ["03-300.S"]
    assert len(stage.requests("procore")) == calls


def test_a_project_that_hides_its_codes_is_left_out_with_a_note(stage: Stage, company: Company) -> None:
    in_both(company)
    company.seed("projects", {"id": company.mall["id"], "disabled_tools": ["admin"]})
    [page] = stage.procore().read("cost_codes", Window())
    assert [len(row["wbs_codes"]) for row in page.rows] == [1]
    assert page.notes[0].startswith("Project 'Mall' is left out")
