"""`airflow jobledger cost-codes add` and `remove`, against the sandbox."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jobledger import platform
from jobledger.commands import approvals
from jobledger.commands.cost_codes import add, remove
from jobledger.store import ledger
from jobledger.store.tables import catalog_record
from tests.pipeline.night import ROOT, Night, nights


@pytest.fixture
def night(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Night]:
    for one in nights(sqlite_url, tmp_path):
        monkeypatch.setattr(platform, "integration", lambda name, one=one: one.integration)
        monkeypatch.setattr(platform, "engine", lambda one=one: one.engine)
        monkeypatch.setattr(platform, "systems", lambda paired, one=one: {"procore": one.stage.procore()})
        yield one


@pytest.fixture
def project(night: Night) -> dict[str, Any]:
    """A project without cost codes, beside a company list with two of them."""
    seed = night.stage.seed
    (codes,) = seed("procore", "standard_cost_code_lists", {"name": "Xero Standard Cost Codes"})
    for code, name in (("300", "Cast-in-Place Concrete"), ("200", "Reinforcing")):
        seed(
            "procore",
            "standard_cost_codes",
            {"standard_cost_code_list_id": codes["id"], "code": f"03-{code}", "name": name},
        )
    return seed("procore", "projects", {"name": "Riverside School", "project_number": "24-017"})[0]


def added(project: dict[str, Any], *codes: str) -> None:
    add(Namespace(integration="test", project_id=str(project["id"]), codes=list(codes)))


def taken_out(project: dict[str, Any], *codes: str) -> None:
    remove(Namespace(integration="test", project_id=str(project["id"]), codes=list(codes)))


def flat_codes(night: Night, project: dict[str, Any]) -> list[str]:
    """The codes that can be chosen in the project."""
    mine = (one for one in night.stage.records("procore.wbs_codes") if one["project_id"] == project["id"])
    return sorted(one["flat_code"] for one in mine if one["status"] == "active")


@pytest.mark.feature("XER-33", "XER-34", "XER-29", "XER-113")
def test_a_standard_code_joins_a_project_and_the_next_run_makes_its_item(night: Night, project: dict[str, Any]) -> None:
    added(project, "03-300.S")
    assert flat_codes(night, project) == ["03-300.S"]
    assert night.run("cost_codes", "items")["cost_codes"] == {"created": 1}
    assert [one["Code"] for one in night.stage.records("xero.items")] == ["03-300.S"]


def test_adding_it_again_changes_nothing(night: Night, project: dict[str, Any]) -> None:
    added(project, "03-300.S", "03-200.M")
    added(project, "03-300.S", "03-200.M")
    assert flat_codes(night, project) == ["03-200.M", "03-300.S"]


@pytest.mark.feature("XER-35", "XER-36")
def test_a_code_without_a_cost_type_takes_the_one_that_the_settings_say(night: Night, project: dict[str, Any]) -> None:
    night.set(cost_codes={"default_cost_types": {"03-300": "L"}, "default_cost_type": "M"})
    added(project, "03-300", "03-200")
    assert flat_codes(night, project) == ["03-200.M", "03-300.L"]


def test_a_code_without_a_cost_type_and_without_a_setting_says_which_setting(
    night: Night, project: dict[str, Any]
) -> None:
    with pytest.raises(SystemExit, match=r"cost code 03-300: has no cost type\. .*default_cost_types"):
        added(project, "03-300")
    assert flat_codes(night, project) == []


@pytest.mark.feature("XER-38")
def test_a_code_that_a_project_does_not_need_is_taken_out_and_can_come_back(
    night: Night, project: dict[str, Any]
) -> None:
    added(project, "03-300.S", "03-200.M")
    assert night.run("cost_codes", "items")["cost_codes"] == {"created": 2}
    taken_out(project, "03-200.M")
    assert flat_codes(night, project) == ["03-300.S"]
    assert night.run("cost_codes", "items")["cost_codes"].get("created") is None
    assert sorted(one["Code"] for one in night.stage.records("xero.items")) == ["03-200.M", "03-300.S"]
    added(project, "03-200.M")
    assert flat_codes(night, project) == ["03-200.M", "03-300.S"]


@pytest.mark.feature("XER-38")
def test_a_code_with_a_budget_or_a_document_stays_and_so_do_those_named_with_it(
    night: Night, project: dict[str, Any]
) -> None:
    added(project, "03-300.S", "03-200.M")
    wbs = {one["flat_code"]: one["id"] for one in night.stage.records("procore.wbs_codes")}
    line = {"project_id": project["id"], "wbs_code_id": wbs["03-300.S"], "original_budget_amount": "100.00"}
    night.stage.seed("procore", "budget_line_items", line)
    with pytest.raises(SystemExit, match=r"its budget has 03-300\.S"):
        taken_out(project, "03-200.M", "03-300.S")
    with night.engine.begin() as connection:
        stands = {"line": "1", "measure": "commitment", "project": str(project["id"]), "cost_code": "03-200.M"}
        rest = {"party": "", "parent": "", "dated": None, "amount": Decimal("5.00")}
        ledger.replace(connection, night.integration.pair, "procore.commitments", {"77": [stands | rest]})
    with pytest.raises(SystemExit, match=r"documents stand on 03-200\.M"):
        taken_out(project, "03-200.M")
    assert flat_codes(night, project) == ["03-200.M", "03-300.S"]


@pytest.mark.feature("XER-38")
def test_a_code_that_the_project_does_not_have_is_named_and_none_is_taken_out(
    night: Night, project: dict[str, Any]
) -> None:
    added(project, "03-300.S")
    with pytest.raises(SystemExit, match=r"has no 03-999\.S"):
        taken_out(project, "03-300.S", "03-999.S")
    night.live(False)
    with pytest.raises(SystemExit, match="not live"):
        taken_out(project, "03-300.S")
    assert flat_codes(night, project) == ["03-300.S"]


@pytest.mark.parametrize(
    ("code", "named"), [("99-999.S", "standard cost code '99-999'"), ("03-300.X", "cost type 'X'")]
)
def test_an_unknown_code_or_type_is_named_and_nothing_is_written(
    night: Night, project: dict[str, Any], code: str, named: str
) -> None:
    with pytest.raises(SystemExit, match=named):
        added(project, "03-200.M", code)
    assert flat_codes(night, project) == []


def test_an_integration_that_is_not_live_adds_nothing(night: Night, project: dict[str, Any]) -> None:
    night.live(False)
    with pytest.raises(SystemExit, match="not live"):
        added(project, "03-300.S")
    assert flat_codes(night, project) == []


@pytest.mark.feature("XER-30", "XER-31")
def test_a_cost_code_waits_for_its_acceptance_and_a_refused_one_stays_out(
    night: Night, project: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "include_folder", lambda: ROOT / "include")
    night.set(approvals={"default": "required"}, cost_codes={"export": "sent"})
    added(project, "03-300.S", "03-200.M")
    assert night.run("cost_codes", "items")["cost_codes"] == {"not_chosen": 2}
    wanted, unwanted = [key for (key,) in known_ids(night)]
    for verb in (approvals.send, approvals.retrieve, approvals.send):
        verb(Namespace(integration="test", flow="cost_codes", ids=[wanted, unwanted]))
    assert night.run("cost_codes", "items")["cost_codes"] == {"waiting": 2}
    approvals.accept(Namespace(integration="test", flow="cost_codes", ids=[wanted], all=False))
    approvals.reject(Namespace(integration="test", flow="cost_codes", ids=[unwanted], reason="not ours"))
    assert night.run("cost_codes", "items")["cost_codes"] == {"created": 1, "blocked": 1}
    assert [one["Code"] for one in night.stage.records("xero.items")] == ["03-300.S"]
    [held] = night.open("cost_codes")
    assert "not ours" in held.reason


def known_ids(night: Night) -> list[Any]:
    """The ids of the cost codes that a run has read, 03-300.S first."""
    rows = [row for row in night.rows(catalog_record) if row.entity == "procore.cost_codes"]
    return [(row.id,) for row in sorted(rows, key=lambda row: row.number, reverse=True)]
