"""What the vendor did not take: its outcome is recorded, and what had no answer stays open."""

from __future__ import annotations

from collections.abc import Sequence

from jobledger.pipeline.confirm import Confirmed, link
from jobledger.pipeline.gate import held
from jobledger.pipeline.plan import Planned
from jobledger.pipeline.run import FlowRun
from jobledger.store import history, intents, leases
from jobledger.store.engine import writing
from jobledger.store.history import Outcome
from jobledger.store.intents import Intent
from jobledger.store.leases import Lease
from jobledger.systems.base import WriteResult

Refused = tuple[Planned, Intent, WriteResult]


def refuse(run: FlowRun, lease: Lease, row: int, refused: Sequence[Refused]) -> None:
    """Records what the vendor refused, and leaves open what had no answer. Raises `RetryLater` without the lease."""
    if not refused:
        return
    with writing(run.engine) as connection:
        leases.renew(connection, lease, run.clock())
        for planned, intent, result in refused:
            if result.status == "refused":
                intents.settle(connection, intent.id, "refused", run.clock())
            if result.status == "refused" and result.target_id and planned.decision == "create":
                # the vendor made the record but dropped a field of it: without a link it would be made again
                link(connection, run, Confirmed(planned, intent, result.target_id, result.version, result.record))
            history.record(connection, (row, run.pair, run.flow.name), [_outcome(planned, result)], run.clock())


def _outcome(planned: Planned, result: WriteResult) -> Outcome:
    if result.status == "unknown":
        reason = f"The {planned.decision} was sent and had no answer. {result.message}".strip()
        return held(planned, "unknown", reason, "Nothing to do: the next run looks it up and goes on.")
    return held(planned, result.outcome, result.message, result.remedy)
