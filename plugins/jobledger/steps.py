"""The steps of a flow as tasks and the command line call them: surroundings gathered, then one plain function."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
from jobledger.pipeline.plan import WRITES
from jobledger.pipeline.run import FlowRun, Mode, Scope
from jobledger.pipeline.staging import Staged
from jobledger.pipeline.validate import Validated, validate
from jobledger.reports.golive import held_back, is_first_write
from jobledger.reports.stage import report_stage
from jobledger.store import history
from jobledger.store.engine import reading
from jobledger.store.links import Side
from jobledger.systems.base import System

STAGE_FLOWS: dict[str, tuple[str, ...]] = {
    "vendors_and_projects": ("companies", "contacts", "projects", "tracking_options", "sub_customers", "employees"),
    "cost_codes_and_budget": (
        *("cost_codes", "items", "cost_code_accounts", "cost_code_classes", "cost_types", "tax_codes", "locations"),
        "cost_code_rules",
    ),
    "commitments_and_change_orders": ("commitments", "change_orders"),
    "invoices_and_payments": (
        *("invoices", "invoice_attachments", "payments", "billed_orders", "expenses", "owner_invoices", "receipts"),
    ),
    "job_costs": ("job_costs",),
    "time": ("labour_costs", "time_activities"),
    "card_purchases": ("purchases", "purchase_receipts"),
}
"""The flows of each stage, as the DAG files list them; a test holds the two together."""


SIDES: tuple[Side, Side] = ("procore", "accounting")
"""What a run may be narrowed to, to read it anew and do nothing else."""


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
            only_side=next((side for side in SIDES if side == self.params.get("sides")), None),
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
    """Step 4: writes and records outcomes.

    While the go-live checklist keeps the first write off, it records the outcomes of a plan, so that what is open can
    be seen, and raises `FixTheSetup` (ACC-8).
    """
    run = flow_run(job, flow)
    hold = _hold(run, mapped) if run.applies else None
    loaded = load(replace(run, mode="plan") if hold else run, mapped, validated, extracted["notes"])
    if hold:
        raise hold
    return loaded


def _hold(run: FlowRun, mapped: MappedRows) -> FixTheSetup | None:
    """What keeps off the first write of a flow's kind; nothing where there is nothing to write."""
    with reading(run.engine) as connection:
        if not is_first_write(connection, run.integration, run.flow, run.flows):
            return None
        writes, alike = _first_rows(run, mapped, history.dismissed_ids(connection, run.pair, run.flow.name))
        found = None if run.scope.narrowed else alike
        return held_back(connection, run.integration, run.flow, run.flows, found) if writes or alike else None


def _first_rows(run: FlowRun, mapped: MappedRows, dismissed: Collection[str]) -> tuple[int, int]:
    """How many of the mapped records are to be written, and how many are look-alikes that nobody has dismissed."""
    found: Counter[str] = Counter()
    for row in run.staging.read(Staged(file=mapped["file"], rows=mapped["rows"])):
        found["writes"] += row["decision"] in WRITES
        found["alike"] += history.is_look_alike(row["decision"], row["remedy"]) and row["source_id"] not in dismissed
    return found["writes"], found["alike"]


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
