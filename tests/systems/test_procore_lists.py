"""The company's small lists, and what projects tell where the books ask for it: their customer and department."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from jobledger.integration import Integration
from jobledger.systems.base import Window
from jobledger.systems.procore.entities import ENTITIES
from jobledger.systems.procore.reading import reading_of
from jobledger.systems.procore.system import Procore
from tests.systems.stage import COMPANY, TENANT, Stage


def seed(stage: Stage, entity: str, **record: Any) -> dict[str, Any]:
    return stage.seed("procore", entity, record)[0]


def rows(system: Procore, entity: str, since: datetime | None = None) -> list[dict[str, Any]]:
    return [row for page in system.read(entity, Window(since=since)) for row in page.rows]


def asked(stage: Stage) -> list[str]:
    return [one.path for one in stage.requests("procore", "GET")]


def customer_field(stage: Stage, label: str = "Customer", **more: Any) -> str:
    made = seed(stage, "custom_field_definitions", label=label, data_type="vendor", **more)
    return f"custom_field_{made['id']}"


@pytest.mark.feature("SMX-QBO-36")
def test_a_project_tells_the_company_in_its_custom_field(stage: Stage) -> None:
    field, owner = customer_field(stage), seed(stage, "vendors", name="School District")
    seed(stage, "projects", name="Tower", **{field: owner["id"]})
    seed(stage, "projects", name="Depot")
    system = stage.procore(customer_field=" customer")
    found = {row["name"]: row["customer_id"] for row in rows(system, "projects")}
    assert found == {"Tower": owner["id"], "Depot": None}
    tower = str(rows(system, "projects")[0]["id"])
    assert system.fetch("projects", [tower])[0]["customer_id"] == owner["id"]
    assert system.find("projects", None, {"name": "Tower"})[0]["customer_id"] == owner["id"]
    assert sum("custom_field_definitions" in path for path in asked(stage)) == 1


@pytest.mark.feature("SMX-QBO-36")
def test_an_active_field_goes_before_a_retired_one_of_the_same_label(stage: Stage) -> None:
    old, field = customer_field(stage, active=False), customer_field(stage)
    first, second = seed(stage, "vendors", name="Then"), seed(stage, "vendors", name="Now")
    seed(stage, "projects", name="Tower", **{old: first["id"], field: second["id"]})
    [tower] = rows(stage.procore(customer_field="Customer"), "projects")
    assert tower["customer_id"] == second["id"]


@pytest.mark.feature("SMX-QBO-36")
def test_the_doctor_says_when_the_field_is_missing(stage: Stage) -> None:
    findings = {one.topic: one for one in stage.procore(customer_field="Owner").check()}
    assert not findings["Procore customer field"].ok
    assert "custom field 'Owner'" in findings["Procore customer field"].message
    customer_field(stage, "Owner")
    findings = {one.topic: one for one in stage.procore(customer_field="Owner").check()}
    assert findings["Procore customer field"].ok
    assert "Procore customer field" not in {one.topic for one in stage.procore().check()}


def test_a_project_tells_the_departments_that_it_is_in(stage: Stage) -> None:
    north, south = (seed(stage, "departments", name=name)["id"] for name in ("North", "South"))
    seed(stage, "projects", name="Tower", department_ids=[south])
    seed(stage, "projects", name="Depot", department_ids=[north, south])
    seed(stage, "projects", name="Closed", department_ids=[north], active=False)
    seed(stage, "projects", name="Annex")
    read = rows(stage.procore(departments=True), "projects")
    found = {row["name"]: row["department_ids"] for row in read}
    assert found == {"Tower": [south], "Depot": [north, south], "Closed": [north], "Annex": []}
    told = {row["name"]: ENTITIES["projects"].card(row).evidence.get("departments") for row in read}
    assert (told["Tower"], told["Depot"]) == (str(south), f"{north} {south}")


@pytest.mark.feature("SMX-QBO-36")
def test_books_without_customers_ask_for_nothing_more(stage: Stage) -> None:
    paired = Integration.model_validate(
        {
            "procore": {"connection": "p", "company_id": COMPANY},
            "accounting": {"system": "xero", "connection": "x", "tenant_id": TENANT},
        }
    )
    reading = reading_of(paired)
    assert (reading.customer_field, reading.departments) == (None, False)
    customer_field(stage)
    seed(stage, "projects", name="Tower")
    [tower] = rows(stage.procore(), "projects")
    assert "customer_id" not in tower and "department_ids" not in tower
    assert asked(stage) == ["/rest/v1.1/projects"]


@pytest.mark.parametrize(
    ("entity", "seeded", "record", "number", "name"),
    [
        ("cost_types", "line_item_types", {"name": "Temps", "code": "T", "base_type": "labor"}, "T", "Temps"),
        ("tax_codes", "tax_codes", {"code": "GST", "description": "Sales 20%", "rate1": "20"}, "GST", "Sales 20%"),
        ("departments", "departments", {"name": "North"}, None, "North"),
        (
            *("employees", "users"),
            {"first_name": "Ana", "last_name": "Ruiz", "employee_id": "E7", "is_employee": True},
            *("E7", "Ana Ruiz"),
        ),
    ],
)
def test_a_small_list_is_read_whole_and_each_record_has_a_card(
    stage: Stage, entity: str, seeded: str, record: dict[str, Any], number: str | None, name: str
) -> None:
    made = seed(stage, seeded, **record)
    system = stage.procore()
    [row] = [one for one in rows(system, entity) if one["id"] == made["id"]]
    card = ENTITIES[entity].card(row)
    assert (card.id, card.number, card.name, card.active) == (str(made["id"]), number, name, True)
    assert system.fetch(entity, [card.id]) == [row]
    assert system.find(entity, None, {"id": made["id"]}) == [row]
    assert not ENTITIES[entity].by_change


def test_only_employees_are_employees(stage: Stage) -> None:
    seed(stage, "users", first_name="Office", last_name="Guest")
    worker = seed(stage, "users", last_name="Ruiz", is_employee=True)
    assert [row["id"] for row in rows(stage.procore(), "employees")] == [worker["id"]]


def test_an_archived_tax_code_is_out_of_use(stage: Stage) -> None:
    seed(stage, "tax_codes", code="OLD", archived=True)
    [row] = rows(stage.procore(), "tax_codes")
    assert ENTITIES["tax_codes"].card(row).active is False
