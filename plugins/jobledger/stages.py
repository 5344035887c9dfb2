"""Stage + integration -> DAG. Parsing imports neither pandas nor Great Expectations nor any connector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from airflow.sdk import (
    DAG,
    Asset,
    AssetAlias,
    AssetOrTimeSchedule,
    Param,
    RetryDecision,
    RetryPolicy,
    TriggerRule,
    get_current_context,
    task,
    task_group,
)
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from jobledger.errors import FixTheSetup, RetryLater
from jobledger.integration import BrokenIntegration, Integration
from jobledger.mapping.flow import Flow, flow_files, load_flow
from jobledger.platform import (
    as_key,
    clock_schedule,
    count_outcomes,
    dag_id,
    include_folder,
    integrations,
    stages_in_order,
)
from jobledger.settings import BACKFILLED
from jobledger.timetable import MonthsToBackfill

if TYPE_CHECKING:
    from jobledger.steps import Job

PARAMS = {
    "mode": Param(
        "apply",
        enum=["apply", "plan"],
        title="Mode",
        description="apply writes; plan only tells what would be written. With live: false every run is a plan.",
    ),
    "full_refresh": Param(
        False, type="boolean", title="Full refresh", description="Read everything again, not only what changed."
    ),
    "only_projects": Param(
        [], type="array", title="Only these projects", description="Procore project ids. Starts no further stage."
    ),
    "only_records": Param(
        [], type="array", title="Only these records", description="Ids of source records. Starts no further stage."
    ),
    "sides": Param(
        "both",
        enum=["both", "procore", "accounting"],
        title="Sides to read",
        description="One side alone is read and nothing else: nothing is planned or written, no further stage starts.",
    ),
}


class AfterAnError(RetryPolicy):
    """Whether and when a failed task is tried again: the error says it."""

    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> RetryDecision:
        """Never after what a person must mend; at the moment that a vendor or a lease named; else as the task says."""
        if isinstance(exception, FixTheSetup):
            return RetryDecision.fail(str(exception))
        if isinstance(exception, RetryLater) and exception.at:
            return RetryDecision.retry(max(exception.at - datetime.now(UTC), timedelta()), str(exception))
        return RetryDecision.default()


TASKS: dict[str, Any] = {
    "retries": 3,
    "retry_delay": timedelta(seconds=20),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
    "retry_policy": AfterAnError(),
    "execution_timeout": timedelta(hours=2),
}


@dataclass(frozen=True)
class Stage:
    """One stage of one integration: what its DAG is made from."""

    name: str
    flows: tuple[str, ...]
    integration: Integration
    doc: str
    readable: Mapping[str, Flow]

    @property
    def dag_id(self) -> str:
        """`acme_xero.vendors_and_projects`."""
        return dag_id(self.integration, self.name)

    @property
    def schedule(self) -> Any:
        """The first stage of an integration runs by the clock, each other one after the stage before it.

        Job costs and card purchases have months as data intervals besides, so that they can be backfilled; where job
        costs run on demand only, no other stage waits for them.
        """
        stages, schedules = stages_in_order(self.integration), self.integration.schedules
        waited_for = [one for one in stages if one != "job_costs" or schedules.job_costs == "daily" or one == self.name]
        place = waited_for.index(self.name)
        before = [asset_of(self.integration, waited_for[place - 1])] if place else []
        if self.name not in BACKFILLED:
            return before or clock_schedule(self.integration)
        months: Any = MonthsToBackfill(timezone=schedules.timezone)
        if self.name == "job_costs" and schedules.job_costs == "on_demand":
            return months
        return AssetOrTimeSchedule(timetable=months, assets=before) if before else clock_schedule(self.integration)


def asset_of(paired: Integration, stage: str) -> Asset:
    """What a finished stage updates, and the next stage waits for."""
    return Asset(f"{paired.name}.{stage}", uri=f"jobledger://{paired.name}/{stage}")


def stage_dags(name: str, flows: Sequence[str], doc: str | None) -> None:
    """Makes the DAG of a stage for every integration that has it; broken files are left to `wrong_files`."""
    readable = cache(lambda system: _readable(system, flows))
    for paired in integrations():
        if isinstance(paired, Integration) and name in paired.stages:
            known, settings = readable(paired.accounting.system), paired.settings()
            files = flow_files(include_folder() / "mappings", paired.accounting.system)
            offered = (one for one in flows if one in files)
            on = tuple(one for one in offered if one not in known or not known[one].is_off(settings))
            _stage_dag(Stage(name, on, paired, doc or "", known))


def wrong_file_dags(doc: str | None) -> None:
    """Makes one DAG for each integration file that is wrong: it carries the error, and the others are untouched."""
    for broken in integrations():
        if isinstance(broken, BrokenIntegration):
            _wrong_file_dag(broken, doc or "")


def _stage_dag(stage: Stage) -> None:
    with DAG(
        stage.dag_id,
        dag_display_name=f"{stage.integration.name}: {stage.name.replace('_', ' ')}",
        description=stage.doc.strip().partition("\n")[0],
        doc_md=stage.doc,
        schedule=stage.schedule,
        # without a start date nothing runs at the moment the DAG is unpaused, only at its next time
        start_date=None,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=True,
        params=PARAMS,
        tags=[stage.integration.name, stage.name, stage.integration.accounting.system],
        default_args=TASKS,
    ):
        _tasks(stage)


def _tasks(stage: Stage) -> None:
    groups = {name: _flow_tasks(stage, name) for name in stage.flows}
    loads = [tasks["load"] for tasks in groups.values()]
    _order(stage, groups)
    report = _report_task(stage)
    loads >> report
    [*loads, report] >> _watcher()


def _flow_tasks(stage: Stage, name: str) -> dict[str, Any]:
    """Extract, map, validate and load of one flow, as one group."""
    made: dict[str, Any] = {}

    @task_group(group_id=name, tooltip=f"{name.replace('_', ' ')}: extract, map, validate, load")
    def flow() -> None:
        extracted = extract.override(doc_md="Reads what changed and what is open, and stages it.")(stage.dag_id, name)
        mapped = map_.override(doc_md="Turns records into documents and decides what becomes of each.")(name, extracted)
        validated = validate.override(doc_md="Checks the documents with Great Expectations.")(name, mapped)
        loaded = load.override(doc_md="Writes, and records the outcome of every record.")(
            name, extracted, mapped, validated
        )
        made.update(extract=extracted, map=mapped, validate=validated, load=loaded)

    def job() -> Job:
        return _job(stage)

    # a backfill has several runs at once, and one of them at a time can write a flow
    @task(pool="jobledger", max_active_tis_per_dag=1)
    def extract(dag_id: str, flow: str) -> Any:
        from jobledger.steps import run_extract

        _unless_on_demand(job(), flow)
        return run_extract(job(), flow)

    @task(task_id="map", trigger_rule=TriggerRule.ALL_DONE)
    def map_(flow: str, extracted: Any) -> Any:
        from jobledger.steps import run_map

        _unless_on_demand(job(), flow)
        _needs(extracted)
        _unless_one_side(job())
        return run_map(job(), flow, extracted)

    @task
    def validate(flow: str, mapped: Any) -> Any:
        from jobledger.steps import run_validate

        return run_validate(job(), flow, mapped)

    @task(pool="jobledger", max_active_tis_per_dag=1)
    def load(flow: str, extracted: Any, mapped: Any, validated: Any) -> Any:
        from jobledger.steps import run_load

        return run_load(job(), flow, extracted, mapped, validated)

    flow()
    return made


def _order(stage: Stage, groups: dict[str, dict[str, Any]]) -> None:
    """Parents first, and of twins the export first; a flow that failed holds nothing else back."""
    flows = stage.readable
    for name, tasks in groups.items():
        flow = flows.get(name)
        if flow is None:
            continue
        for other, theirs in groups.items():
            if other in flows and _before(stage, flows[other], flow):
                theirs["load"] >> tasks["map"]
            elif flow.twin == other:
                theirs["extract"] >> tasks["map"]


def _before(stage: Stage, other: Flow, flow: Flow) -> bool:
    if other.kind in flow.needs and other.kind != flow.kind:
        return True
    return flow.twin == other.name and stage.flows.index(other.name) < stage.flows.index(flow.name)


def _readable(system: str, flows: Sequence[str]) -> dict[str, Flow]:
    """The flows whose mapping file can be read; what is wrong with another one is told by its extract task."""
    found = {}
    files = flow_files(include_folder() / "mappings", system)
    for name in (name for name in flows if name in files):
        try:
            found[name] = load_flow(files[name])
        except FixTheSetup:
            continue
    return found


def _report_task(stage: Stage) -> Any:
    alias = AssetAlias(f"{stage.dag_id} done")

    @task(trigger_rule=TriggerRule.ALL_DONE, outlets=[alias], doc_md="Tells what became of every record.")
    def report(*, outlet_events: Any = None) -> dict[str, Any]:
        from jobledger.steps import run_report

        job = _job(stage)
        told = run_report(job)
        count_outcomes(job.integration, told["flows"])
        if told["hands_over"]:
            extra = {"run_id": job.run_id, "mode": job.mode}
            outlet_events[alias].add(asset_of(stage.integration, stage.name), extra=extra)
        return dict(told)

    return report()


def _watcher() -> Any:
    """Airflow's watcher pattern: the run is red when any task failed, although `report` runs in any case."""

    @task(trigger_rule=TriggerRule.ONE_FAILED, retries=0, doc_md="Runs only when a task failed, and turns the run red.")
    def watcher() -> None:
        raise AirflowFailException("A task of this run failed: its log says why and what to do.")

    return watcher()


def _job(stage: Stage) -> Job:
    from jobledger.steps import Job

    context = get_current_context()
    params = {**context["params"], "started": context["dag_run"].run_type, "dated": _dated(stage, context)}
    return Job(stage.integration.name, stage.name, stage.flows, context["run_id"], params)


def _dated(stage: Stage, context: Any) -> tuple[date, date] | None:
    """The days whose documents a run reads: of a backfill, or of a run that a person gave an interval of its own.

    Scheduled and other manual runs read what changed since the last one.
    """
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    if stage.name not in BACKFILLED or start is None or end is None or start == end:
        return None
    asked = context["dag_run"].run_type in ("backfill", "manual")
    zone = stage.integration.timezone
    last = (end - timedelta.resolution).astimezone(zone).date()
    return (start.astimezone(zone).date(), last + timedelta(days=1)) if asked else None


def _unless_on_demand(job: Job, flow: str) -> None:
    from jobledger.steps import is_on_demand

    if is_on_demand(job, flow):
        raise AirflowSkipException("It runs only when somebody starts the stage: schedules.payments is on_demand.")


def _unless_one_side(job: Job) -> None:
    if job.scope.only_side:
        raise AirflowSkipException("Only one side was read: there is nothing to compare with.")


def _needs(upstream: Any) -> None:
    # failed, not skipped: whoever clears only what failed has to reach the steps after it too
    if upstream is None:
        raise AirflowFailException("The step before this one failed: its log says why.")


def _wrong_file_dag(broken: BrokenIntegration, doc: str) -> None:
    name = as_key(broken.name)
    with DAG(
        f"{name}.wrong_integration_file",
        dag_display_name=f"{broken.name}: WRONG INTEGRATION FILE",
        description=broken.error[:250],
        doc_md=f"{doc}\n\n```\n{broken.error}\n```",
        schedule=None,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=True,
        tags=[name, "wrong integration file"],
        default_args=TASKS,
    ):

        @task(doc_md="Fails with what is wrong in the file, and how to mend it.")
        def what_is_wrong() -> None:
            raise AirflowFailException(broken.error)

        what_is_wrong()
