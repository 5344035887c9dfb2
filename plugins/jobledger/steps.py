"""The steps of a flow as tasks and the command line call them: surroundings gathered, then one plain function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from jobledger import platform
from jobledger.errors import FixTheSetup
from jobledger.integration import Integration
from jobledger.mapping.document import check_flow
from jobledger.mapping.flow import WITHIN, Flow, flows_for
from jobledger.mapping.suite import Suite, suite_for
from jobledger.pipeline.extract import Extracted, extract
from jobledger.pipeline.load import Loaded, load
from jobledger.pipeline.map import MappedRows, map_records
from jobledger.pipeline.run import FlowRun, Mode, Scope
from jobledger.pipeline.validate import Validated, validate
from jobledger.reports.golive import hold_until_tied_out
from jobledger.reports.stage import report_stage
from jobledger.store.engine import reading
from jobledger.systems.base import System

STAGE_FLOWS: dict[str, tuple[str, ...]] = {
    "vendors_and_projects": ("companies", "contacts", "projects", "tracking_options"),
    "cost_codes_and_budget": ("cost_codes", "items"),
    "commitments_and_change_orders": ("commitments", "change_orders"),
    "invoices_and_payments": ("invoices", "payments", "billed_orders"),
    "job_costs": ("job_costs",),
    "time": ("labour_costs",),
}
"""The flows of each stage, as the DAG files list them; a test holds the two together."""


@dataclass(frozen=True)
class Job:
    """Which flow of which integration is to run, and as what."""

    integration: str
    stage: str
    flows: Sequence[str]
    run_id: str
    params: Mapping[str, Any]

    @property
    def mode(self) -> Mode:
        """`plan` or `apply`; an integration that is not live only ever plans."""
        return "plan" if self.params.get("mode") == "plan" else "apply"

    @property
    def scope(self) -> Scope:
        """What the run was narrowed to."""
        return Scope(
            full_refresh=bool(self.params.get("full_refresh")),
            only_projects=tuple(str(one) for one in self.params.get("only_projects") or ()),
            only_records=tuple(str(one) for one in self.params.get("only_records") or ()),
            dated=self.params.get("dated"),
        )


def run_extract(job: Job, flow: str) -> Extracted:
    """Step 1: reads and stages. The mapping file is checked first, so that a slip in it stops before any reading."""
    run = flow_run(job, flow)
    check_mapping(run.integration, run.flow, run.systems)
    return extract(run)


def is_on_demand(job: Job, flow: str) -> bool:
    """Whether a flow waits for a run that somebody starts, and this run is none (XTR-15)."""
    by_hand = job.params.get("started", "manual") in ("manual", "backfill")
    return (
        flow == "payments" and not by_hand and platform.integration(job.integration).schedules.payments == "on_demand"
    )


def run_map(job: Job, flow: str, extracted: Extracted) -> MappedRows:
    """Step 2: documents and decisions."""
    return map_records(flow_run(job, flow), extracted)


def run_validate(job: Job, flow: str, mapped: MappedRows) -> Validated:
    """Step 3: expectations."""
    return validate(flow_run(job, flow), mapped)


def run_load(job: Job, flow: str, extracted: Extracted, mapped: MappedRows, validated: Validated) -> Loaded:
    """Step 4: writes and records outcomes. Raises `FixTheSetup` while opening amounts do not tie (ACC-8)."""
    run = flow_run(job, flow)
    if run.applies:
        with reading(run.engine) as connection:
            hold_until_tied_out(connection, run.integration, run.flow, run.flows)
    return load(run, mapped, validated, extracted["notes"])


class Told(TypedDict):
    """The counts of a stage's run by flow, and whether the next stage may start (ACC-35)."""

    flows: dict[str, dict[str, int]]
    hands_over: bool


def run_report(job: Job) -> Told:
    """The last task of a stage: tells what became of every record."""
    paired = platform.integration(job.integration)
    carries = carried(paired, flows_of(paired))
    counts = report_stage(platform.engine(), paired, job.stage, job.run_id, carries)
    return Told(flows=counts, hands_over=paired.live and job.mode == "apply" and not job.scope.narrowed)


def flow_run(job: Job, name: str) -> FlowRun:
    """A flow's run with its real surroundings. Raises `FixTheSetup`."""
    paired = platform.integration(job.integration)
    flows = flows_of(paired)
    flow = flows.get(name)
    if flow is None:
        raise FixTheSetup(_mapping_file(paired, name), "does not exist.", f"There are: {', '.join(sorted(flows))}.")
    return FlowRun(
        integration=paired,
        flow=flow,
        stage=job.stage,
        run_id=job.run_id,
        mode=job.mode,
        engine=platform.engine(),
        systems=platform.systems(paired, backfill=job.scope.dated is not None),
        staging_root=platform.staging_root(),
        twin=flows.get(flow.twin) if flow.twin and flow.twin in job.flows else None,
        written_by=tuple(other for other in flows.values() if other.target == flow.source),
        flows=carried(paired, flows),
        suite=suite_of(flow),
        scope=job.scope,
        holder=f"{job.integration}.{job.stage} {job.run_id}"[:250],
        settings=paired.settings(),
    )


def stage_of(paired: Integration, flow: str) -> str:
    """The stage of an integration that has a flow. Raises `FixTheSetup` where none has it."""
    for stage in paired.stages:
        if flow in STAGE_FLOWS[stage]:
            return stage
    raise FixTheSetup(paired.name, f"has no flow '{flow}'.", "See `stages` in the integration's file.")


def flows_of(paired: Integration) -> dict[str, Flow]:
    """The mapping files of an integration's accounting system and those within Procore. Raises `FixTheSetup`."""
    return flows_for(platform.include_folder() / "mappings", paired.accounting.system)


def carried(paired: Integration, flows: Mapping[str, Flow]) -> tuple[Flow, ...]:
    """The flows of the stages that an integration has, without those that its settings switch off."""
    settings = paired.settings()
    names = {name for stage in paired.stages for name in STAGE_FLOWS[stage]}
    return tuple(flow for name, flow in flows.items() if name in names and not flow.is_off(settings))


def suite_of(flow: Flow) -> Suite | None:
    """The expectations of a flow, if there are any. Raises `FixTheSetup`."""
    return suite_for(platform.include_folder() / "expectations", flow)


def _mapping_file(paired: Integration, name: str, within: bool = False) -> str:
    return f"include/mappings/{WITHIN if within else paired.accounting.system}/{name}.yaml"


def check_mapping(paired: Integration, flow: Flow, systems: Mapping[str, System]) -> None:
    """Holds a mapping file against what its systems and the settings have. Raises `FixTheSetup` for a slip in it."""
    settings = paired.settings()
    source = _paths(systems, flow.source) | set(_settings_paths("settings", settings))
    check_flow(flow, source, _paths(systems, flow.target), _mapping_file(paired, flow.name, flow.is_within))


def _paths(systems: Mapping[str, System], entity: str) -> frozenset[str]:
    system, _, name = entity.partition(".")
    return systems[system].entities[name].paths


def _settings_paths(path: str, value: Any) -> Iterator[str]:
    if not isinstance(value, dict):
        yield path
        return
    yield f"{path}.*" if not value else path
    for name, below in value.items():
        yield from _settings_paths(f"{path}.{name}", below)
