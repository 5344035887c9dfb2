"""`airflow jobledger run`: stages in this process, step after step, without a scheduler."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from typing import Any

from jobledger import platform
from jobledger.commands.screen import plain_errors, say
from jobledger.errors import FixTheSetup, RetryLater
from jobledger.integration import Integration
from jobledger.mapping.flow import Flow
from jobledger.reports.night import night_table
from jobledger.settings import BACKFILLED
from jobledger.steps import STAGE_FLOWS, Job, flows_of, run_extract, run_load, run_map, run_validate


@plain_errors
def run(args: Any) -> None:
    """Runs stages in the order given. A flow that cannot go on says why and holds back no other one."""
    paired = platform.integration(args.integration)
    began = datetime.now(UTC)
    params = {
        "mode": "plan" if args.plan else "apply",
        "full_refresh": args.full_refresh,
        "only_projects": args.only_projects,
        "only_records": args.only_records,
        "sides": args.sides,
        "dated": _days(args),
    }
    failed = [problem for stage in _stages(paired, args.stages) for problem in _run_stage(paired, stage, params)]
    say(night_table(platform.engine(), began))
    if failed:
        sys.exit("Not everything could run:\n" + "\n".join(failed))


def _stages(paired: Integration, wanted: list[str]) -> list[str]:
    known: list[str] = [stage for stage in platform.stages_in_order(paired) if stage in STAGE_FLOWS]
    unknown = [stage for stage in wanted if stage not in known]
    if unknown:
        raise FixTheSetup(paired.name, f"has no stage {', '.join(unknown)}.", f"It has {', '.join(known)}.")
    return wanted or list(known)


def _days(args: Any) -> tuple[date, date] | None:
    """The days of a backfill that were asked for, as first day and day after the last. Raises `FixTheSetup`."""
    if args.first_day is None and args.last_day is None:
        return None
    if len(args.stages) != 1 or args.stages[0] not in BACKFILLED:
        found = f"are for {' and '.join(BACKFILLED)}, not for {', '.join(args.stages) or 'all stages'}."
        raise FixTheSetup("--from and --to", found, "Name one of these stages alone.")
    if args.first_day is None or (args.last_day or date.max) < args.first_day:
        raise FixTheSetup("--from", f"{args.first_day} is not before --to {args.last_day}.", "Give the first day.")
    return args.first_day, (args.last_day or datetime.now(UTC).date()) + timedelta(days=1)


def _run_stage(paired: Integration, stage: str, params: dict[str, Any]) -> list[str]:
    known, settings = flows_of(paired), paired.settings()
    flows = [name for name in STAGE_FLOWS[stage] if name in known and not known[name].is_off(settings)]
    job = Job(paired.name, stage, flows, f"shell__{datetime.now(UTC).isoformat()}", params)
    problems: list[str] = []
    extracted = {}
    for name in flows:
        try:
            extracted[name] = run_extract(job, name)
        except (FixTheSetup, RetryLater) as error:
            problems.append(f"{stage} / {name}: {error}")
    if job.scope.only_side:
        return problems
    for name in in_order([known[name] for name in flows if name in extracted]):
        say(f"{stage} / {name} …")
        try:
            mapped = run_map(job, name, extracted[name])
            run_load(job, name, extracted[name], mapped, run_validate(job, name, mapped))
        except (FixTheSetup, RetryLater) as error:
            problems.append(f"{stage} / {name}: {error}")
    return problems


def in_order(flows: list[Flow]) -> list[str]:
    """The names of flows, parents before those that need them, otherwise as they stand."""
    placed: list[str] = []
    kinds = {flow.name: flow.kind for flow in flows}
    waiting = list(flows)
    while waiting:
        missing = {kinds[name] for name in (flow.name for flow in waiting)}
        ready = [flow for flow in waiting if not (set(flow.needs) - {flow.kind}) & missing] or waiting
        placed.append(ready[0].name)
        waiting.remove(ready[0])
    return placed
