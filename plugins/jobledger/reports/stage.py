"""What a stage's run did, for its last task: told in the log, judged by `fail_when`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.engine import Engine

from jobledger.errors import FixTheSetup
from jobledger.integration import Integration
from jobledger.mapping.flow import Flow
from jobledger.reports.night import flow_table, open_lines
from jobledger.reports.tables import read_tie_out, summary
from jobledger.store import history
from jobledger.store.engine import reading, writing

log = logging.getLogger(__name__)


def report_stage(
    engine: Engine, paired: Integration, stage: str, run_id: str, flows: Sequence[Flow]
) -> dict[str, dict[str, int]]:
    """Logs a run's table, its open records and, after documents, the tie-out; the counts by flow.

    `flows` are all that the integration carries.

    Raises `FixTheSetup` when an outcome of `fail_when` occurred.
    """
    with writing(engine) as connection:
        history.close_failed(connection, paired.pair, run_id, stage, datetime.now(UTC))
    with reading(engine) as connection:
        rows = [row for row in history.runs_of(connection, paired.pair, run_id) if row.stage == stage]
        still_open = history.open_records(connection, paired.pair)
    log.info("%s %s\n%s", paired.name, stage, flow_table(rows))
    for row in rows:
        for note in row.notes:
            log.info("%s: %s", row.flow, note)
    for line in open_lines(still_open, [row.flow for row in rows]):
        log.info("%s", line)
    ran = {row.flow for row in rows}
    if any(flow.is_document for flow in flows if flow.name in ran):
        _tell_tie_out(engine, paired, flows)
    _judge(paired.fail_when, rows)
    return {row.flow: dict(row.counts) for row in rows}


def _tell_tie_out(engine: Engine, paired: Integration, flows: Sequence[Flow]) -> None:
    with reading(engine) as connection:
        tied = read_tie_out(connection, paired, flows)
    log.info("%s", summary(tied))
    if tied.result.unexplained:
        log.warning("Something is unexplained: `airflow jobledger report tieout %s --by document`.", paired.name)
        if "unexplained" in paired.fail_when:
            raise FixTheSetup("fail_when", "the tie-out has unexplained differences.", "See the report above.")


def _judge(fail_when: tuple[str, ...], rows: list[Any]) -> None:
    for row in rows:
        found = [f"{row.counts[outcome]} {outcome}" for outcome in fail_when if row.counts.get(outcome)]
        if found:
            raise FixTheSetup("fail_when", f"{row.flow}: {', '.join(found)}.", "See the open records above.")
