"""`airflow jobledger doctor`: what is not well is named with its remedy; at the end the go-live checklist (ACC-8)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.engine import Engine

from jobledger import platform
from jobledger.commands.doctor import doctor
from jobledger.store import checks
from jobledger.store.engine import make_engine, reading
from jobledger.systems.procore.connect import ProcoreAccount, oauth_url, procore
from jobledger.systems.xero.connect import xero
from tests.commands.office import Office
from tests.pipeline.night import STAGE_1, STAGE_2
from tests.systems.stage import COMPANY, PROCORE, TENANT


@pytest.fixture
def ready(office: Office) -> Office:
    """An integration after its first plan, with everything in order."""
    night = office.night
    night.job_category()
    night.company("Apex Steel")
    tower = night.project("Tower")
    [codes] = night.stage.seed("procore", "standard_cost_code_lists", {"name": "Standard"})
    row = {"standard_cost_code_list_id": codes["id"], "code": "03-300", "name": "Concrete"}
    [standard] = night.stage.seed("procore", "standard_cost_codes", row)
    code = {"project_id": tower["id"], "code": "03-300", "name": "Concrete", "standard_cost_code_id": standard["id"]}
    [made] = night.stage.seed("procore", "cost_codes", code)
    [kind] = [one["id"] for one in night.stage.records("procore.line_item_types") if one["code"] == "S"]
    wbs = {"project_id": tower["id"], "cost_code_id": made["id"], "line_item_type_id": kind}
    night.stage.seed("procore", "wbs_codes", wbs)
    night.live(False)
    night.run(*STAGE_1)
    night.run(*STAGE_2)
    return office


def red(told: str) -> list[str]:
    return [line.strip() for line in told.splitlines() if line.strip().startswith("NO ")]


@pytest.mark.feature("ACC-8", "PRC-API-12", "SMX-QBO-11")
def test_with_everything_in_order_nothing_is_red(ready: Office) -> None:
    told = ready.do(doctor)
    assert red(told) == []
    for line in (
        f"ok  integration file: pair {COMPANY}:xero:{TENANT}",
        "ok  mapping files: ",
        "ok  Procore company: Connected to Ironwood Builders.",
        "ok  Procore projects: 1 active projects are permitted.",
        "ok  Procore origin ids of companies: No companies carry another integration's origin_id.",
        "ok  Xero tracking category: 'Job' has 0 active options of 100.",
        "Go-live checklist of test (live: false)",
        "ok  cut-over: documents before 2026-01-01 are opening balance",
        "ok  account of new items: 5000",
        "ok  companies: 1 read, 0 linked.",
        "ok  companies decided: none may be on both sides unnoticed",
        "ok  cost codes: 1 read, 0 linked.",
        "ok  foreign origin_ids: none",
    ):
        assert line in told


@pytest.mark.feature("ACC-7", "ACC-8")
def test_before_the_first_run_the_checklist_says_what_to_do(office: Office) -> None:
    office.night.settings = {
        name: value for name, value in office.night.settings.items() if name not in {"cutover", "live", "defaults"}
    }
    office.night.job_category()
    told = office.fails(doctor)
    assert "NO  cut-over: no day is set. Set `cutover: YYYY-MM-DD` in the integration file." in told
    assert "NO  companies: 0 read, 0 linked. Run the stage once: a plan will do." in told
    assert "?   account of new items: none is set" in told
    assert "Set `defaults.purchase_account` in the integration file." in told


@pytest.mark.feature("ACC-8", "PRC-API-5")
def test_a_stage_that_is_not_switched_on_is_not_asked_for(office: Office) -> None:
    night = office.night
    night.set(stages=["vendors_and_projects"])
    night.job_category()
    night.company("Apex Steel")
    night.project("Tower")
    night.run(*STAGE_1)
    told = office.do(doctor)
    assert red(told) == []
    assert "cost codes" not in told.partition("Go-live checklist")[2]


@pytest.mark.feature("ACC-8", "PRC-API-12")
def test_open_records_and_another_integration_s_ids_keep_it_from_going_live(ready: Office) -> None:
    night = ready.night
    night.company("Steele Framing")
    night.contact("Steel Framing")
    night.company("Old", origin_id="sage:4711")
    night.run(*STAGE_1)
    told = red(ready.fails(doctor))
    remedy = "See `airflow jobledger history test --open`: link each, or say that it is another one."
    assert f"NO  companies decided: 1 may be on the other side already. {remedy}" in told
    assert any(line.startswith("NO  foreign origin_ids: 1 records carry another integration's.") for line in told)


def with_systems(monkeypatch: pytest.MonkeyPatch, **systems: Any) -> None:
    known = platform.systems
    monkeypatch.setattr(platform, "systems", lambda paired: known(paired) | systems)


def test_a_wrong_secret_is_told_for_its_own_connection_and_the_other_one_is_still_checked(
    ready: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = ready.night.stage
    with_systems(monkeypatch, xero=xero(stage.xero_account(secret="wrong"), TENANT, "Job", stage.around))
    told = ready.fails(doctor)
    [line] = red(told)
    assert line.startswith("NO  Xero connection: Xero does not accept the client id or the client secret. Copy both")
    assert "ok  Procore company: Connected to Ironwood Builders." in told


def test_a_wrong_procore_secret_is_told_too(ready: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    account = ProcoreAccount("procore_demo", PROCORE, oauth_url(PROCORE), "procore-demo-client", "wrong")
    with_systems(monkeypatch, procore=procore(account, COMPANY, around=ready.night.stage.around))
    told = ready.fails(doctor)
    [line] = red(told)
    assert line.startswith("NO  Procore company: Procore does not accept the client id or the client secret.")
    assert "ok  Xero connection" in told


def test_what_both_vendors_say_is_kept_for_the_pages_until_they_are_asked_again(ready: Office) -> None:
    pair = f"{COMPANY}:xero:{TENANT}"

    def wrong() -> list[str]:
        with reading(ready.night.engine) as connection:
            kept = checks.kept(connection, pair)
        assert {one.side for one in kept} == {"procore", "accounting"}
        return [one.finding.topic for one in kept if not one.finding.ok]

    ready.night.stage.seed("procore", "permissions", {"tool": "directory", "level": "read"})
    ready.fails(doctor)
    assert wrong() == ["Procore permission: Directory"]
    ready.night.stage.seed("procore", "permissions", {"tool": "directory", "level": "admin"})
    ready.do(doctor)
    assert wrong() == []


@pytest.mark.feature("SMX-QBO-5")
def test_a_company_in_which_the_app_is_not_installed_is_told(ready: Office) -> None:
    ready.night.set(procore={"connection": "procore_demo", "company_id": 4711})
    ready.night.systems = lambda backfill=False: {  # type: ignore[method-assign]
        "procore": ready.night.stage.procore(company=4711),
        "xero": ready.night.stage.xero(),
    }
    told = ready.fails(doctor)
    assert "NO  Procore company: Procore says that the app is not connected to this company." in told
    assert "Install it in Procore under Company Admin > App Management, and check company_id." in told
    assert "ok  Xero connection" in told


@pytest.mark.feature("XER-1")
def test_a_missing_permission_is_told_with_the_tool_and_the_level(ready: Office) -> None:
    ready.night.stage.seed("procore", "permissions", {"tool": "directory", "level": "read"})
    told = red(ready.fails(doctor))
    assert told == [
        "NO  Procore permission: Directory: Not an administrator of the Directory tool."
        " Give the app's service account the level Admin on the company's Directory tool."
    ]


@pytest.mark.feature("XER-163")
def test_a_budget_view_without_direct_costs_is_told_with_the_project(ready: Office) -> None:
    [code] = ready.night.stage.records("procore.wbs_codes")
    line = {"project_id": code["project_id"], "wbs_code_id": code["id"], "original_budget_amount": "10.00"}
    ready.night.stage.seed("procore", "budget_line_items", line)
    assert "ok  Procore budget views: Direct costs have a column wherever there is a budget." in ready.do(doctor)
    ready.night.stage.seed("procore", "settings", {"id": "budget_view", "direct_costs": "hidden"})
    [line] = [line for line in ready.do(doctor).splitlines() if "budget views" in line]
    assert "No budget view shows direct costs in Tower." in line


def test_a_tracking_category_that_is_not_there_is_told(ready: Office) -> None:
    ready.night.set(accounting={**ready.night.settings["accounting"], "project_tracking_category": "Jobs"})
    told = ready.fails(doctor)
    assert "names 'Jobs', which Xero does not have." in told
    assert "Xero has: Job." in told


def test_a_database_without_tables_is_told_and_not_a_traceback(
    office: Office, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for engine in (make_engine("sqlite://"), make_engine(postgres_url)):
        monkeypatch.setattr(platform, "engine", lambda engine=engine: engine)
        told = office.fails(doctor)
        assert "tables are missing. Run `airflow db migrate`." in told
        assert "NO  checklist: the database answers: " in told
        engine.dispose()


def test_a_database_that_cannot_be_reached_is_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere: Engine = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    monkeypatch.setattr(platform, "engine", lambda: nowhere)
    told = office.fails(doctor)
    assert "NO  database: the database answers: " in told
    assert "ok  Procore company" in told


def test_a_wrong_mapping_file_is_told(ready: Office) -> None:
    file = ready.include / "mappings" / "xero" / "projects.yaml"
    file.write_text(file.read_text().replace("{value: name | squeeze", "{value: nam | squeeze"))
    told = ready.fails(doctor)
    assert "NO  mapping files: include/mappings/xero/projects.yaml: fields.Name: 'nam' is not a known path." in told


@pytest.mark.feature("ACC-25")
def test_books_beside_cards_on_one_company_are_not_well_until_the_accounts_of_the_cards_are_left_out(
    ready: Office,
) -> None:
    cards = {"system": "pex", "connection": "pex_demo", "tenant_id": "68225"}
    ready.write("cards", accounting=cards, stages=["vendors_and_projects"])
    [line] = red(ready.fails(doctor))
    assert line.startswith("NO  second door of card costs: Cost would enter by a second door: cards.yaml and test.yaml")
    assert "Set `job_costs.exclude_accounts` in include/integrations/test.yaml" in line
    ready.night.set(job_costs={"exclude_accounts": ["2150"]})
    assert "ok  second door of card costs: test.yaml leaves out 2150, which cards.yaml brings" in ready.do(doctor)


def test_a_broken_integration_is_told_and_the_others_are_checked(ready: Office) -> None:
    (ready.include / "integrations" / "broken.yaml").write_text("procore: 1")
    told = ready.fails(doctor, integration=None)
    assert "NO  integration file: " in told
    assert "broken.yaml: procore: Input should be" in told
    assert "ok  Procore company: Connected to Ironwood Builders." in told
