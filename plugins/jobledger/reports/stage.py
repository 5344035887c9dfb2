"""What a stage's run did, for its last task: told in the log, judged by `fail_when`."""

from __future__ import annotations

import logging
from typing import Any, TypedDict

from jobledger import platform
from jobledger.errors import FixTheSetup
from jobledger.reports.night import flow_table, open_lines
from jobledger.steps import Job
from jobledger.store import history
from jobledger.store.engine import reading

log = logging.getLogger(__name__)


class Told(TypedDict):
    """The counts of a run by flow, and whether the next stage may start."""

    flows: dict[str, dict[str, int]]
    hands_over: bool


def report_stage(job: Job) -> Told:
    """Logs the run's table and its open records. Raises `FixTheSetup` when an outcome of `fail_when` occurred."""
    paired = platform.integration(job.integration)
    with reading(platform.engine()) as connection:
        rows = [row for row in history.runs_of(connection, paired.pair, job.run_id) if row.stage == job.stage]
        still_open = history.open_records(connection, paired.pair)
    log.info("%s %s\n%s", job.integration, job.stage, flow_table(rows))
    for line in open_lines(still_open, [row.flow for row in rows]):
        log.info("%s", line)
    _judge(paired.fail_when, rows)
    flows = {row.flow: dict(row.counts) for row in rows}
    return Told(flows=flows, hands_over=paired.live and job.mode == "apply" and not job.scope.narrowed)


def _judge(fail_when: tuple[str, ...], rows: list[Any]) -> None:
    for row in rows:
        found = [f"{row.counts[outcome]} {outcome}" for outcome in fail_when if row.counts.get(outcome)]
        if found:
            raise FixTheSetup("fail_when", f"{row.flow}: {', '.join(found)}.", "See the open records above.")
