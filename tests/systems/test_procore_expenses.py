"""Direct costs that began in Procore, told apart from those that we made; and payroll costs of employees."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from jobledger.systems.base import Window, Write
from jobledger.systems.procore.entities import ENTITIES
from jobledger.systems.procore.system import Procore
from tests.systems.site import Site
from tests.systems.stage import Stage


@pytest.fixture
def site(stage: Stage) -> Site:
    return Site(stage)


@pytest.fixture
def system(stage: Stage) -> Procore:
    return stage.procore()


def typed(site: Site, **more: Any) -> dict[str, Any]:
    """A direct cost that somebody entered in Procore."""
    record = {
        "project_id": site.project,
        "direct_cost_type": "expense",
        "vendor_id": site.vendor["id"],
        "direct_cost_date": "2026-02-01",
        "status": "approved",
        "description": "Fuel",
        "line_items": [site.line("03-300.S", "76.25", "Diesel"), site.line("03-310.M", "10.00", "Oil")],
    }
    return site.seed("direct_costs", {**record, **more})[0]


def ours(site: Site) -> Write:
    line = {"budget_code": "03-300.S", "amount": Decimal("5.00"), "description": "Ours"}
    document = {
        "project_id": site.project,
        "direct_cost_type": "expense",
        "status": "approved",
        "line_items": [line],
        "origin_id": "xero:cost:bill:9",
    }
    return Write("9", "create", document, mark="xero-bill:9")


def rows(system: Procore, entity: str = "expenses", **window: Any) -> list[dict[str, Any]]:
    return [row for page in system.read(entity, Window(**window)) for row in page.rows]


def test_a_cost_that_began_in_procore_is_read_with_the_codes_of_its_lines(site: Site, system: Procore) -> None:
    made = typed(site)
    system.write("direct_costs", [ours(site)], "k")
    [row] = rows(system)
    assert (row["id"], row["amount"], row["project"]["name"]) == (made["id"], Decimal("86.25"), "Tower")
    assert [(line["code"], line["amount"], line["description"]) for line in row["line_items"]] == [
        ("03-300.S", Decimal("76.25"), "Diesel"),
        ("03-310.M", Decimal("10.00"), "Oil"),
    ]
    card = ENTITIES["expenses"].card(row)
    assert (card.name, card.status, card.evidence["amount"]) == ("Fuel", "approved", "86.25")
    assert len(rows(system, "direct_costs")) == 2
    assert system.fetch("expenses", [card.id]) == [row]


def test_an_exported_cost_still_began_in_procore(site: Site, stage: Stage, system: Procore) -> None:
    made = typed(site)
    [result] = system.write("expenses", [Write("1", "mark", {"origin_id": "xero:bill:b1"}, str(made["id"]))], "k")
    assert result.status == "done", result.message
    [kept] = stage.records("procore.direct_costs")
    assert (kept["origin_id"], kept["status"], kept["description"]) == ("xero:bill:b1", "approved", "Fuel")
    assert [row["origin_id"] for row in rows(system)] == ["xero:bill:b1"]


@pytest.mark.feature("PRC-API-11")
def test_another_integration_s_id_is_never_overwritten(site: Site, stage: Stage, system: Procore) -> None:
    made = typed(site, origin_id="erp:1")
    [result] = system.write("expenses", [Write("1", "mark", {"origin_id": "xero:bill:b1"}, str(made["id"]))], "k")
    assert (result.status, result.outcome) == ("refused", "conflict")
    assert stage.records("procore.direct_costs")[0]["origin_id"] == "erp:1"


def test_a_line_on_a_sub_job_says_so(site: Site, system: Procore) -> None:
    [job] = site.seed("sub_jobs", {"project_id": site.project, "code": "A", "name": "Annex"})
    cost_code = site.cost_code(site.stairs)
    code = {"project_id": site.project, "cost_code_id": cost_code, "line_item_type_id": site.types["S"]}
    [wbs] = site.seed("wbs_codes", {**code, "sub_job_id": job["id"]})
    typed(site, line_items=[{"wbs_code_id": wbs["id"], "amount": "1.00"}])
    [[line]] = [row["line_items"] for row in rows(system)]
    assert (line["code"], line["sub_job"]) == ("03-320.S", "A in project 'Tower'")


@pytest.mark.feature("ACC-27")
def test_a_payroll_cost_names_its_employee_and_follows_its_document(site: Site, stage: Stage, system: Procore) -> None:
    ana, bo = site.seed("users", {"last_name": "Ruiz", "is_employee": True}, {"last_name": "Webb", "is_employee": True})
    line = {"budget_code": "03-300.L", "quantity": Decimal(8), "unit_cost": Decimal(40), "amount": Decimal(320)}
    document = {
        "project_id": site.project,
        "direct_cost_type": "payroll",
        "employee_id": str(ana["id"]),
        "direct_cost_date": "2026-03-02",
        "status": "approved",
        "description": "Ana Ruiz",
        "origin_id": "procore:timecard:7",
        "line_items": [line],
    }
    [made] = system.write("direct_costs", [Write("7", "create", document, mark="procore-7")], "k")
    assert made.status == "done", made.message
    [row] = rows(system, "direct_costs")
    assert (row["direct_cost_type"], row["employee_id"], row["amount"]) == ("payroll", ana["id"], Decimal("320.00"))
    assert made.record == row
    assert rows(system) == []
    moved = {**document, "employee_id": str(bo["id"])}
    lines = [{**line, "id": row["line_items"][0]["id"], "amount": Decimal(360), "quantity": Decimal(9)}]
    change = Write("7", "update", {**moved, "line_items": lines}, made.target_id)
    [changed] = system.write("direct_costs", [change], "k")
    assert changed.status == "done", changed.message
    [cost] = stage.records("procore.direct_costs")
    assert (cost["employee_id"], cost["origin_id"], cost["status"]) == (bo["id"], "procore:timecard:7", "approved")
    assert rows(system, "direct_costs")[0]["amount"] == Decimal("360.00")
