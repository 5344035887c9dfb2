"""The DAGs that Airflow makes of the files in `dags/`: what they promise, and that a wrong file stops only itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from airflow.sdk.definitions.param import Param
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import TimeRestriction
from pendulum import instance

from jobledger.integration import Integration
from jobledger.listener import POOL
from jobledger.mapping.flow import flow_files
from jobledger.platform import stages_in_order
from jobledger.steps import STAGE_FLOWS
from jobledger.timetable import MonthsToBackfill
from tests.airflow.company import CARDS, DAGS, OF_BOOKS, OF_CARDS, ROOT, SETTINGS, copied_include, write_integration

FILES = sorted(DAGS.glob("*.py"))
MAPPINGS = {
    file.stem: yaml.safe_load(file.read_text())
    for system in ("pex", "xero")
    for file in flow_files(ROOT / "include/mappings", system).values()
}
"""The mapping files of Xero, and of PEX those of its own stage."""

OTHER = {**SETTINGS["accounting"], "tenant_id": "11111111-1111-4111-8111-111111111111"}


@pytest.fixture(scope="module")
def include(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        yield copied_include(tmp_path_factory.mktemp("parsed"), patch)


@pytest.fixture(scope="module")
def dags(include: Path) -> dict[str, DAG]:
    write_integration(include, "acme", stages=OF_BOOKS, billed_orders="when_closed", labour={"costing": True})
    write_integration(include, "cards", **CARDS)
    return parsed()


@pytest.fixture
def stages(dags: dict[str, DAG]) -> dict[str, DAG]:
    """Every stage there is: one of cards is a DAG of `cards`, the others are of `acme`."""
    return {name: dags[f"acme.{name}" if name in OF_BOOKS else f"cards.{name}"] for name in STAGE_FLOWS}


def parsed() -> dict[str, DAG]:
    bag = DagBag(dag_folder=DAGS, safe_mode=True)
    assert bag.import_errors == {}
    return dict(bag.dags)


def test_every_stage_of_an_integration_is_a_dag_of_its_own_and_so_are_its_checks(dags: dict[str, DAG]) -> None:
    of_books = {f"acme.{name}" for name in (*OF_BOOKS, "checks")}
    assert set(dags) == of_books | {f"cards.{name}" for name in (*OF_CARDS, "checks")}


@contextmanager
def another(include: Path, name: str, **changes: Any) -> Iterator[Path]:
    """A second integration, as long as the block lasts."""
    file = write_integration(include, name, **{"accounting": OTHER, **changes})
    try:
        yield file
    finally:
        file.unlink()


@pytest.mark.feature("PRC-API-5")
def test_a_stage_that_is_not_listed_has_no_dag(include: Path, dags: dict[str, DAG]) -> None:
    with another(include, "small", stages=["cost_codes_and_budget"]):
        found = parsed()
    assert set(found) - set(dags) == {"small.cost_codes_and_budget", "small.checks"}


def offered(system: str) -> dict[str, tuple[str, ...]]:
    """The flows of each stage of a system that have a mapping file for it (XER-79)."""
    files, stages = flow_files(ROOT / "include/mappings", system), OF_CARDS if system == "pex" else OF_BOOKS
    return {stage: tuple(flow for flow in STAGE_FLOWS[stage] if flow in files) for stage in stages}


def flows_in(dags: dict[str, DAG], name: str) -> dict[str, tuple[str, ...]]:
    """The flows of each stage of an integration, as its DAGs have them."""
    known = {flow for flows in STAGE_FLOWS.values() for flow in flows}
    mine = {dag_id.partition(".")[2]: dag for dag_id, dag in dags.items() if dag_id.partition(".")[0] == name}
    return {
        stage: tuple(one for one in dag.task_group.children if one in known)
        for stage, dag in mine.items()
        if stage in STAGE_FLOWS
    }


@pytest.mark.feature("XER-79")
def test_the_shell_runs_the_flows_that_the_dags_have(include: Path, dags: dict[str, DAG]) -> None:
    assert flows_in(dags, "acme") == offered("xero")
    assert flows_in(dags, "cards") == offered("pex")
    books = {"system": "quickbooks_online", "connection": "quickbooks_tried", "tenant_id": "9341453908112233"}
    switches: dict[str, Any] = {
        "labour": {"costing": True, "time_activities": True},
        "direct_costs": {"export_expenses": True},
        "invoice_attachments": True,
        "cost_codes": {"target": "both"},
        "line_items": {"default": "category"},
        "tax": {"mode": "exclusive", "default": "GST"},
    }
    with another(include, "books", accounting=books, stages=OF_BOOKS, **switches):
        found = flows_in(parsed(), "books")
    without = {
        stage: tuple(one for one in flows if one != "cost_code_classes")
        for stage, flows in offered(books["system"]).items()
    }
    assert found == without


@pytest.mark.feature("ACC-30")
def test_a_flow_that_a_setting_switches_off_has_no_tasks(include: Path) -> None:
    with another(include, "small", stages=["invoices_and_payments"]):
        dag = parsed()["small.invoices_and_payments"]
    assert [one for one in dag.task_group.children if one in MAPPINGS] == ["invoices", "payments"]


def test_a_dag_survives_the_way_to_the_scheduler_and_is_the_same_at_each_parse(dags: dict[str, DAG]) -> None:
    again = parsed()
    assert set(again) == set(dags)
    for name, one in dags.items():
        there = DagSerialization.to_dict(one)
        assert json.dumps(there, sort_keys=True) == json.dumps(DagSerialization.to_dict(again[name]), sort_keys=True)
        assert DagSerialization.from_dict(there).task_ids == one.task_ids


def test_each_dag_is_found_by_its_tags_and_explains_itself_and_its_tasks(stages: dict[str, DAG]) -> None:
    for name, dag in stages.items():
        assert dag.tags == {name, *(("acme", "xero") if name in OF_BOOKS else ("cards", "pex"))}
        assert "Its flows:" in str(dag.doc_md)
        assert dag.description
        assert [task.task_id for task in dag.tasks if not task.doc_md] == []


def test_nothing_runs_until_somebody_switches_it_on_and_then_one_run_at_a_time(stages: dict[str, DAG]) -> None:
    for dag in stages.values():
        assert (dag.is_paused_upon_creation, dag.catchup, dag.max_active_runs) == (True, False, 1)


def test_no_task_runs_for_ever_and_each_is_tried_again(stages: dict[str, DAG]) -> None:
    for task in [task for dag in stages.values() for task in dag.tasks]:
        assert task.execution_timeout == timedelta(hours=2)
        assert task.retries == (0 if task.task_id == "watcher" else 3)
        assert task.max_retry_delay == timedelta(minutes=10)


def test_only_tasks_that_talk_to_vendors_share_the_pool(stages: dict[str, DAG]) -> None:
    for task in [task for dag in stages.values() for task in dag.tasks]:
        talks = task.task_id.partition(".")[2] in {"extract", "load"}
        assert (task.pool == POOL) == talks


def test_runs_of_a_backfill_take_turns_at_what_one_run_at_a_time_may_do(stages: dict[str, DAG]) -> None:
    for task in [task for dag in stages.values() for task in dag.tasks]:
        talks = task.task_id.partition(".")[2] in {"extract", "load"}
        assert (task.max_active_tis_per_dag == 1) == talks


def test_the_form_asks_in_words_and_accepts_only_what_makes_sense(stages: dict[str, DAG]) -> None:
    for dag in stages.values():
        params = {name: dag.params.get_param(name) for name in dag.params}
        assert set(params) == {"mode", "full_refresh", "only_projects", "only_records", "sides"}
        assert all(param.schema["title"] and param.description for param in params.values())
        narrowed = {"only_projects": [], "only_records": [], "sides": "both"}
        assert dag.params.dump() == {"mode": "apply", "full_refresh": False, **narrowed}
        _refuses(params["mode"], "write")
        _refuses(params["full_refresh"], "yes")
        _refuses(params["only_projects"], "12")
        _refuses(params["sides"], "xero")


def _refuses(param: Param, value: Any) -> None:
    with pytest.raises(ValueError, match="Failed validating"):
        param.resolve(value)


@pytest.mark.feature("XER-81")
def test_the_first_stage_runs_by_the_clock_of_the_integrations_time_zone(stages: dict[str, DAG]) -> None:
    timetable = DagSerialization.from_dict(DagSerialization.to_dict(stages["vendors_and_projects"])).timetable
    for month, utc_hour in [(7, 9), (12, 10)]:
        since = TimeRestriction(instance(datetime(2026, month, 1, tzinfo=UTC)), None, catchup=True)
        following = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=since)
        assert following
        assert following.run_after == datetime(2026, month, 1, utc_hour, 30, tzinfo=UTC)


def test_connections_are_checked_every_morning_of_the_integrations_time_zone(dags: dict[str, DAG]) -> None:
    dag = dags["acme.checks"]
    timetable = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable
    since = TimeRestriction(instance(datetime(2026, 7, 1, tzinfo=UTC)), None, catchup=True)
    following = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=since)
    assert following
    assert following.run_after == datetime(2026, 7, 1, 12, tzinfo=UTC)
    [task] = dag.tasks
    assert (dag.is_paused_upon_creation, dag.catchup, dag.tags, task.pool) == (False, False, {"acme", "checks"}, POOL)


@pytest.mark.feature("XER-81")
def test_an_integration_without_a_schedule_runs_only_when_somebody_starts_it(include: Path) -> None:
    with another(include, "byhand", schedules={"nightly": None}):
        found = parsed()
    assert found["byhand.vendors_and_projects"].schedule is None


@pytest.mark.feature("PRC-API-2")
@pytest.mark.parametrize("written", [OF_BOOKS, OF_BOOKS[::-1]])
def test_each_next_stage_runs_after_the_one_before_it(include: Path, written: list[str]) -> None:
    with another(include, "chained", stages=written):
        found = {name.partition(".")[2]: dag for name, dag in parsed().items() if name.startswith("chained.")}
    del found["checks"]
    assert found["vendors_and_projects"].schedule.expression == SETTINGS["schedules"]["nightly"]  # type: ignore[union-attr]
    assert {name: _waits_for(dag) for name, dag in found.items()} == {
        "vendors_and_projects": [],
        "cost_codes_and_budget": ["chained.vendors_and_projects"],
        "commitments_and_change_orders": ["chained.cost_codes_and_budget"],
        "invoices_and_payments": ["chained.commitments_and_change_orders"],
        "job_costs": ["chained.invoices_and_payments"],
        "time": ["chained.job_costs"],
    }


def test_card_purchases_run_after_the_options_and_can_be_backfilled(dags: dict[str, DAG]) -> None:
    dag = dags["cards.card_purchases"]
    assert _waits_for(dag) == ["cards.cost_codes_and_budget"]
    assert type(dag.schedule) is type(dags["acme.job_costs"].schedule)


def _waits_for(dag: DAG) -> list[str]:
    """The assets on which a DAG is scheduled, as the scheduler reads it."""
    condition = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable.asset_condition
    return [asset.name for _, asset in condition.iter_assets()] if condition else []


@pytest.mark.feature("XTR-15")
def test_job_costs_on_demand_wait_for_nothing_and_can_still_be_backfilled(include: Path) -> None:
    schedules = {**SETTINGS["schedules"], "job_costs": "on_demand"}
    for stages in (OF_BOOKS, ["job_costs"]):
        with another(include, "asked", stages=stages, schedules=schedules):
            found = parsed()
            dag = found["asked.job_costs"]
        assert (_waits_for(dag), type(dag.schedule)) == ([], MonthsToBackfill)
        if "time" in stages:
            assert _waits_for(found["asked.time"]) == ["asked.invoices_and_payments"]


def test_job_costs_that_follow_no_stage_run_by_the_clock(include: Path) -> None:
    with another(include, "alone", stages=["job_costs"]):
        dag: Any = parsed()["alone.job_costs"]
    assert dag.schedule.expression == SETTINGS["schedules"]["nightly"]


@pytest.mark.feature("PRC-API-2")
def test_the_stages_follow_each_other_as_procore_wants_it_in_whatever_order_the_file_names_them() -> None:
    order = [
        "vendors_and_projects",
        "cost_codes_and_budget",
        "commitments_and_change_orders",
        "invoices_and_payments",
        "job_costs",
    ]
    written = Integration.model_validate({**SETTINGS, "stages": order[::-1]})
    assert stages_in_order(written) == order


def test_all_reading_starts_at_once(stages: dict[str, DAG]) -> None:
    for dag in stages.values():
        roots = {task.task_id for task in dag.tasks if not task.upstream_task_ids}
        assert roots == {f"{flow}.extract" for flow in MAPPINGS if f"{flow}.extract" in dag.task_dict}


@pytest.mark.feature("PRC-API-2")
@pytest.mark.parametrize(
    ("stage", "parent", "child"),
    [
        ("commitments_and_change_orders", "commitments", "change_orders"),
        ("invoices_and_payments", "invoices", "payments"),
    ],
)
def test_orders_come_before_their_changes_and_bills_before_their_payments(
    stages: dict[str, DAG], stage: str, parent: str, child: str
) -> None:
    assert f"{parent}.load" in _before(stages[stage], f"{child}.map")
    assert f"{child}.load" not in _before(stages[stage], f"{parent}.load")
    assert f"{parent}.map" not in _before(stages[stage], f"{child}.extract")


@pytest.mark.feature("PRC-API-2")
def test_parents_are_written_before_their_children_are_mapped(stages: dict[str, DAG]) -> None:
    for dag in stages.values():
        flows = [flow for flow in MAPPINGS if f"{flow}.load" in dag.task_dict]
        for parent, child in [(one, other) for one in flows for other in flows if _needs(other, one)]:
            assert f"{parent}.load" in _before(dag, f"{child}.map")


def _needs(child: str, parent: str) -> bool:
    return MAPPINGS[parent]["kind"] in set(MAPPINGS[child].get("needs", ())) - {MAPPINGS[child]["kind"]}


def test_what_goes_out_is_written_before_its_twin_comes_in(stages: dict[str, DAG]) -> None:
    dag = stages["vendors_and_projects"]
    for export, twin in [("companies", "contacts"), ("projects", "tracking_options")]:
        assert MAPPINGS[export]["twin"] == twin
        assert f"{export}.load" in _before(dag, f"{twin}.map")
        assert f"{twin}.extract" in _before(dag, f"{export}.map")


def test_a_child_waits_for_its_parents_but_not_for_their_success(include: Path, tmp_path: Path) -> None:
    mapping = include / "mappings" / "xero" / "projects.yaml"
    plain = mapping.read_text()
    mapping.write_text(plain.replace("\nkind: projects", "\nneeds: [companies]\nkind: projects"))
    dag = parsed()["acme.vendors_and_projects"]
    mapping.write_text(plain)
    assert {"companies.load", "contacts.load"} <= _before(dag, "projects.map")
    assert dag.task_dict["projects.map"].trigger_rule == "all_done"


def _before(dag: DAG, task: str) -> set[str]:
    return {one.task_id for one in dag.task_dict[task].get_flat_relatives(upstream=True)}


def test_report_comes_last_and_the_watcher_sees_every_failure(stages: dict[str, DAG]) -> None:
    for dag in stages.values():
        assert [task.task_id for task in dag.tasks if not task.downstream_task_ids] == ["watcher"]
        flows = [flow for flow in MAPPINGS if f"{flow}.load" in dag.task_dict]
        assert dag.task_dict["watcher"].upstream_task_ids == {f"{flow}.load" for flow in flows} | {"report"}
        for flow in flows:
            steps = {f"{flow}.{step}" for step in ("extract", "map", "validate")}
            assert dag.task_dict[f"{flow}.load"].upstream_task_ids == steps
        assert dag.task_dict["report"].trigger_rule == "all_done"


WRONG: dict[str, tuple[str, Callable[[str], bytes], str]] = {
    "no YAML": ("other", lambda good: b"procore: [1", "cannot be read as YAML"),
    "empty": ("other", lambda good: b"", "the file: Input should be"),
    "an unknown setting": ("other", lambda good: f"{good}\nretainag: 1\n".encode(), "retainag is not a known setting"),
    "a missing setting": ("other", lambda good: good.replace("company_id", "id").encode(), "procore.company_id"),
    "an unknown stage": ("other", lambda good: f"{good}\nstages: [vendors]\n".encode(), "stages.0"),
    "no time zone": ("other", lambda good: good.replace("America/Denver", "Denver").encode(), "schedules.timezone"),
    "no cron expression": ("other", lambda good: good.replace("30 3 * * *", "every night").encode(), "'every night'"),
    "a name with a blank": ("our books", lambda good: good.encode(), "our_books.yaml"),
    "no UTF-8": ("other", lambda good: good.encode("utf-16"), "cannot be read as YAML"),
    "an impossible day": ("other", lambda good: good.replace("2026-01-01", "2026-13-01").encode(), "cannot be read"),
    "a long name": ("o" * 200, lambda good: good.encode(), "at most 100 letters"),
}


@pytest.mark.parametrize("kind", list(WRONG))
def test_a_wrong_file_shows_as_a_dag_with_its_error_and_the_others_are_untouched(
    include: Path, dags: dict[str, DAG], kind: str
) -> None:
    name, spoil, words = WRONG[kind]
    with another(include, name) as file:
        file.write_bytes(spoil(file.read_text()))
        found = parsed()
    [wrong] = [dag for dag_id, dag in found.items() if dag_id not in dags]
    assert wrong.dag_id.endswith(".wrong_integration_file")
    assert "WRONG INTEGRATION FILE" in wrong.dag_display_name
    assert "wrong integration file" in wrong.tags
    assert words in str(wrong.doc_md)
    assert f"{name}.yaml" in str(wrong.doc_md)
    assert words[:50] in str(wrong.description)
    assert DagSerialization.from_dict(DagSerialization.to_dict(wrong)).has_task("what_is_wrong")
    assert set(dags) < set(found)


def test_two_files_with_one_pair_both_say_so(include: Path, dags: dict[str, DAG]) -> None:
    with another(include, "twice", accounting=SETTINGS["accounting"]):
        found = parsed()
    others = {name for name in dags if name.startswith("cards.")}
    wrong = {name: dag for name, dag in found.items() if name not in others}
    assert set(found) == others | {"acme.wrong_integration_file", "twice.wrong_integration_file"}
    for dag in wrong.values():
        assert "acme.yaml and twice.yaml name the same pair" in str(dag.doc_md)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_dag_file_is_short_and_leaves_airflows_database_alone(file: Path) -> None:
    text = file.read_text()
    assert len(text.splitlines()) <= 60
    assert "create_session" not in text
    assert "provide_session" not in text
