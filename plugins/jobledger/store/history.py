"""History: what ran, what became of each record, and what is open until somebody mends it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from jobledger.store.bulk import among, as_wanted, insert_rows, one_of
from jobledger.store.engine import upsert
from jobledger.store.tables import open_record, record_outcome, sync_run

OUTCOMES = (
    "created",
    "updated",
    "unchanged",
    "removed",
    "planned",
    "waiting",
    "blocked",
    "invalid",
    "conflict",
    "failed",
    "unknown",
)
"""What can become of one record in one run."""

State = Literal["reading", "read", "writing", "done", "failed"]
"""How far a flow's run has come; one that died stays where it was."""

OPEN = frozenset({"waiting", "blocked", "invalid", "conflict", "failed", "unknown"})
"""The outcomes that leave a record open."""


LOOK_ALIKE = "`airflow jobledger links dismiss "
"""What the remedy of a conflict with a look-alike has, and no other: a person may say that it is another record."""


def is_look_alike(outcome: str, remedy: str) -> bool:
    """Whether a record may be one that the other side has already, and no person has said so or otherwise yet."""
    return outcome == "conflict" and LOOK_ALIKE in remedy


@dataclass(frozen=True)
class Outcome:
    """What became of one record. `changes` lists field, before and after."""

    source_id: str
    part: str
    outcome: str
    name: str
    number: str | None = None
    target_id: str | None = None
    changes: list[dict[str, Any]] = field(default_factory=list)
    reason: str = ""
    remedy: str = ""
    amount: Decimal | None = None


@dataclass(frozen=True)
class NewRun:
    """A flow's run as it begins."""

    pair: str
    integration: str
    stage: str
    flow: str
    run_id: str
    mode: str
    filtered: bool


_SAME = (
    sync_run.c.pair == sa.bindparam("of_pair"),
    sync_run.c.flow == sa.bindparam("of_flow"),
    sync_run.c.run_id == sa.bindparam("of_run"),
)
_PRESENT = sa.select(sync_run.c.id, sync_run.c.state).where(*_SAME)
_STATED = sa.update(sync_run).where(*_SAME)


def begin(connection: Connection, run: NewRun, now: datetime, state: State | None = None) -> int:
    """The id of the run's row; a task that is tried again finds the row of its first try. No `state` leaves it.

    A run that has ended and is started once more, as when a person clears it, starts a new round.
    """
    same = {"of_pair": run.pair, "of_flow": run.flow, "of_run": run.run_id}
    present = connection.execute(_PRESENT, same).first()
    if present:
        if state:
            again = {"started_at": now} if state == "reading" and present.state in {"done", "failed"} else {}
            stated = {"state": state, "mode": run.mode, "ended_at": None, **again}
            connection.execute(_STATED, same | stated)
        return int(present.id)
    row = vars(run) | {"state": state or "reading", "started_at": now, "counts": {}, "money": {}, "notes": []}
    key = connection.execute(sa.insert(sync_run).values(row)).inserted_primary_key
    return int(key[0]) if key else 0


def close_failed(connection: Connection, pair: str, run_id: str, stage: str, now: datetime) -> None:
    """Marks the flows of a run that did not come to their end as failed: their tasks' logs say why."""
    mine = (sync_run.c.pair == pair, sync_run.c.run_id == run_id, sync_run.c.stage == stage)
    statement = sa.update(sync_run).where(*mine, sync_run.c.state != "done")
    connection.execute(statement.values(state="failed", ended_at=now))


def has_read(connection: Connection, pair: str, flow: str, run_id: str) -> bool:
    """Whether a flow has read its source in this run."""
    same = (sync_run.c.pair == pair, sync_run.c.flow == flow, sync_run.c.run_id == run_id)
    return connection.scalar(sa.select(sync_run.c.state).where(*same)) in {"read", "writing", "done"}


def end(connection: Connection, run_row: int, tally: dict[str, Any], now: datetime) -> None:
    """Closes a run with its counts, its money and its notes (`tally` has these three keys)."""
    connection.execute(
        sa.update(sync_run).where(sync_run.c.id == run_row).values(tally | {"state": "done", "ended_at": now})
    )


def note(connection: Connection, run_row: int, notes: Sequence[str]) -> None:
    """Tells something of a run that is still under way; its end has notes of its own."""
    connection.execute(sa.update(sync_run).where(sync_run.c.id == run_row).values(notes=list(notes)))


def record(connection: Connection, run: tuple[int, str, str], outcomes: Sequence[Outcome], now: datetime) -> None:
    """Records outcomes and what is open because of them; `run` is the run's row, its pair and its flow.

    `unchanged` leaves no row of its own unless there is something to tell, but closes what was open.
    """
    run_row, pair, flow = run
    head = {"pair": pair, "flow": flow}
    rows = [head | _row(one) | {"sync_run_id": run_row, "at": now} for one in outcomes if leaves_row(one)]
    insert_rows(connection, record_outcome, rows)
    _close(connection, head, [one for one in outcomes if one.outcome not in OPEN | {"planned"}])
    _open(connection, head, [one for one in outcomes if one.outcome in OPEN], now)


def leaves_row(one: Outcome) -> bool:
    """Whether an outcome is recorded: all are, but for records that are in step and have nothing to tell."""
    return one.outcome != "unchanged" or bool(one.reason)


def _of_round(*columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """What is asked of the outcomes of the present round of a `run`."""
    of_run = record_outcome.c.sync_run_id == sa.bindparam("run")
    of_round = sa.select(*columns).join_from(record_outcome, sync_run).where(of_run)
    return of_round.where(record_outcome.c.at >= sync_run.c.started_at)


_RECORDED = _of_round(record_outcome.c.source_id, record_outcome.c.part, record_outcome.c.outcome).order_by(
    record_outcome.c.id
)


@cache
def _recorded_of(dialect: str) -> sa.Select[Any]:
    mine = (record_outcome.c.pair == sync_run.c.pair, record_outcome.c.flow == sync_run.c.flow)
    return _RECORDED.where(*mine, one_of(dialect, record_outcome.c.source_id))


def recorded(connection: Connection, run_row: int, ids: Sequence[str] | None = None) -> dict[tuple[str, str], str]:
    """The outcomes that a run has recorded in its present round, by source id and part; of some `ids`, or all."""
    if ids is None:
        rows = connection.execute(_RECORDED, {"run": run_row})
    else:
        asked = {"run": run_row, "wanted": as_wanted(connection, ids)}
        rows = connection.execute(_recorded_of(connection.dialect.name), asked)
    return {(source_id, part): outcome for source_id, part, outcome in rows}


def counted(connection: Connection, run_row: int) -> dict[str, int]:
    """How many records came to which outcome in a run's present round; of one with several, the last counts."""
    return {row[0]: row[1] for row in connection.execute(_counted(), {"run": run_row})}


@cache
def _counted() -> sa.Select[Any]:
    newest = _of_round(sa.func.max(record_outcome.c.id))
    last = newest.group_by(record_outcome.c.source_id, record_outcome.c.part)
    counts = sa.select(record_outcome.c.outcome, sa.func.count()).where(record_outcome.c.id.in_(last))
    return counts.group_by(record_outcome.c.outcome)


def planned(connection: Connection, pair: str, flow: str) -> dict[str, str | None]:
    """What the latest run of a flow would make, if it was a plan: source id -> target id, None for what is new."""
    mine = (sync_run.c.pair == pair, sync_run.c.flow == flow)
    latest = sa.select(sync_run.c.id, sync_run.c.mode).where(*mine).order_by(sync_run.c.id.desc()).limit(1)
    run = connection.execute(latest).first()
    if run is None or run.mode != "plan":
        return {}
    columns = (record_outcome.c.source_id, record_outcome.c.target_id)
    statement = sa.select(*columns).where(record_outcome.c.sync_run_id == run.id)
    rows = connection.execute(statement.where(record_outcome.c.outcome == "planned"))
    return {row.source_id: row.target_id for row in rows}


_IDS = sa.select(open_record.c.source_id).where(
    open_record.c.pair == sa.bindparam("pair"), open_record.c.flow == sa.bindparam("flow")
)
_OPEN_IDS = _IDS.where(open_record.c.dismissed_at.is_(None)).distinct()
_DISMISSED_IDS = _IDS.where(open_record.c.dismissed_at.is_not(None))


def open_ids(connection: Connection, pair: str, flow: str) -> list[str]:
    """The source ids of a flow's open records that nobody has dismissed."""
    return list(connection.scalars(_OPEN_IDS, {"pair": pair, "flow": flow}))


def dismissed_ids(connection: Connection, pair: str, flow: str) -> set[str]:
    """The source ids of a flow's records that a person has dismissed."""
    return set(connection.scalars(_DISMISSED_IDS, {"pair": pair, "flow": flow}))


def open_records(connection: Connection, pair: str, flow: str | None = None) -> list[sa.Row[Any]]:
    """What is open and not dismissed, oldest first, with reason and remedy."""
    statement = sa.select(open_record).where(open_record.c.pair == pair, open_record.c.dismissed_at.is_(None))
    if flow:
        statement = statement.where(open_record.c.flow == flow)
    return list(connection.execute(statement.order_by(open_record.c.flow, open_record.c.first_seen)))


def every_open(connection: Connection, pair: str) -> list[sa.Row[Any]]:
    """What is open, dismissed records included."""
    return list(connection.execute(sa.select(open_record).where(open_record.c.pair == pair)))


def dismiss(connection: Connection, key: tuple[str, str, str], by: str, why: str, now: datetime) -> bool:
    """Dismisses an open record, `key` being its pair, flow and source id; whether there was one."""
    pair, flow, source_id = key
    changed = connection.execute(
        sa.update(open_record)
        .where(open_record.c.pair == pair, open_record.c.flow == flow, open_record.c.source_id == source_id)
        .values(dismissed_by=by, dismissed_at=now, dismissed_why=why)
    )
    return changed.rowcount > 0


def runs(connection: Connection, pair: str, limit: int = 50) -> list[sa.Row[Any]]:
    """The latest runs of an integration, newest first."""
    statement = sa.select(sync_run).where(sync_run.c.pair == pair).order_by(sync_run.c.id.desc()).limit(limit)
    return list(connection.execute(statement))


def runs_of(connection: Connection, pair: str, run_id: str) -> list[sa.Row[Any]]:
    """The rows of one DAG run, one per flow, in the order in which they began."""
    statement = sa.select(sync_run).where(sync_run.c.pair == pair, sync_run.c.run_id == run_id)
    return list(connection.execute(statement.order_by(sync_run.c.id)))


def last_applied(connection: Connection, pair: str) -> dict[str, tuple[datetime, datetime]]:
    """By flow: beginning and end of the last run that wrote all there was to write, and came to its end."""
    newest = sa.func.max(sync_run.c.id)
    mine = (sync_run.c.pair == pair, sync_run.c.mode == "apply", sync_run.c.state == "done", ~sync_run.c.filtered)
    ids = sa.select(newest).where(*mine).group_by(sync_run.c.flow)
    columns = (sync_run.c.flow, sync_run.c.started_at, sync_run.c.ended_at)
    rows = connection.execute(sa.select(*columns).where(sync_run.c.id.in_(ids)))
    return {row.flow: (row.started_at, row.ended_at) for row in rows}


def runs_since(connection: Connection, since: datetime) -> list[sa.Row[Any]]:
    """All runs that began at or after a moment, oldest first."""
    statement = sa.select(sync_run).where(sync_run.c.started_at >= since)
    return list(connection.execute(statement.order_by(sync_run.c.id)))


def newest_of_stages(connection: Connection, pair: str) -> list[sa.Row[Any]]:
    """The rows of each stage's latest run, one per flow, in the order in which they began."""
    newest = sa.select(sa.func.max(sync_run.c.id)).where(sync_run.c.pair == pair).group_by(sync_run.c.stage)
    runs = sa.select(sync_run.c.stage, sync_run.c.run_id).where(sync_run.c.id.in_(newest)).subquery()
    of_run = (sync_run.c.stage == runs.c.stage) & (sync_run.c.run_id == runs.c.run_id)
    statement = sa.select(sync_run).join(runs, of_run).where(sync_run.c.pair == pair)
    return list(connection.execute(statement.order_by(sync_run.c.id)))


def runs_of_pair_since(connection: Connection, pair: str, since: datetime) -> list[sa.Row[Any]]:
    """The runs of an integration that began at or after a moment, oldest first."""
    statement = sa.select(sync_run).where(sync_run.c.pair == pair, sync_run.c.started_at >= since)
    return list(connection.execute(statement.order_by(sync_run.c.id)))


def page_of_runs(connection: Connection, pair: str, before: int | None, limit: int) -> list[sa.Row[Any]]:
    """The latest runs of an integration, newest first; those older than a row, to go on from it."""
    statement = sa.select(sync_run).where(sync_run.c.pair == pair)
    if before is not None:
        statement = statement.where(sync_run.c.id < before)
    return list(connection.execute(statement.order_by(sync_run.c.id.desc()).limit(limit)))


def run_row(connection: Connection, pair: str, row_id: int) -> sa.Row[Any] | None:
    """One flow's run of an integration."""
    return connection.execute(sa.select(sync_run).where(sync_run.c.pair == pair, sync_run.c.id == row_id)).first()


def page_of_outcomes(
    connection: Connection, run_row: int, outcome: str | None, after: int, limit: int
) -> list[sa.Row[Any]]:
    """What one run recorded, in order, of one outcome or of all; `after` is the row to go on from, 0 for the first."""
    statement = sa.select(record_outcome).where(record_outcome.c.sync_run_id == run_row, record_outcome.c.id > after)
    if outcome:
        statement = statement.where(record_outcome.c.outcome == outcome)
    return list(connection.execute(statement.order_by(record_outcome.c.id).limit(limit)))


def open_counts(connection: Connection, pair: str) -> dict[tuple[str, str], int]:
    """How many records are open and not dismissed, by flow and outcome."""
    of_pair = (open_record.c.pair == pair, open_record.c.dismissed_at.is_(None))
    statement = sa.select(open_record.c.flow, open_record.c.outcome, sa.func.count()).where(*of_pair)
    rows = connection.execute(statement.group_by(open_record.c.flow, open_record.c.outcome))
    return {(flow, outcome): count for flow, outcome, count in rows}


def page_of_open(
    connection: Connection, pair: str, flow: str, outcome: str | None, after: str, limit: int
) -> list[sa.Row[Any]]:
    """A flow's open records that nobody has dismissed, by source id; `after` is the id to go on from."""
    mine = (open_record.c.pair == pair, open_record.c.flow == flow, open_record.c.dismissed_at.is_(None))
    statement = sa.select(open_record).where(*mine, open_record.c.source_id > after)
    if outcome:
        statement = statement.where(open_record.c.outcome == outcome)
    return list(connection.execute(statement.order_by(open_record.c.source_id, open_record.c.part).limit(limit)))


def still_open(connection: Connection, pair: str, flow: str, source_id: str) -> list[sa.Row[Any]]:
    """What is open about one record, dismissed or not, part by part."""
    mine = (open_record.c.pair == pair, open_record.c.flow == flow, open_record.c.source_id == source_id)
    return list(connection.execute(sa.select(open_record).where(*mine).order_by(open_record.c.part)))


def outcomes_about(connection: Connection, pair: str, flow: str, source_id: str) -> list[sa.Row[Any]]:
    """All that a flow has recorded about one record, newest first, each with its run."""
    columns = (sync_run.c.run_id, sync_run.c.mode, sync_run.c.stage)
    mine = (record_outcome.c.pair == pair, record_outcome.c.flow == flow, record_outcome.c.source_id == source_id)
    statement = sa.select(record_outcome, *columns).join(sync_run).where(*mine)
    return list(connection.execute(statement.order_by(record_outcome.c.id.desc())))


def outcomes_of(connection: Connection, run_row: int) -> list[sa.Row[Any]]:
    """What one run recorded, in order."""
    statement = sa.select(record_outcome).where(record_outcome.c.sync_run_id == run_row)
    return list(connection.execute(statement.order_by(record_outcome.c.id)))


def has_written(connection: Connection, pair: str, flows: Sequence[str]) -> bool:
    """Whether any record of these flows was ever created, changed or removed."""
    wrote = record_outcome.c.outcome.in_(("created", "updated", "removed"))
    mine = (record_outcome.c.pair == pair, record_outcome.c.flow.in_(flows), wrote)
    statement = sa.select(record_outcome.c.id).join(sync_run).where(*mine, sync_run.c.mode == "apply").limit(1)
    return connection.scalar(statement) is not None


def life_of(connection: Connection, pair: str, sought: str) -> list[sa.Row[Any]]:
    """A record's whole life, found by its id, its target's id, its number or its name: outcome rows with their run."""
    columns = (sync_run.c.run_id, sync_run.c.mode, sync_run.c.stage)
    same = sa.or_(
        record_outcome.c.source_id == sought,
        record_outcome.c.target_id == sought,
        record_outcome.c.name == sought,
        sa.func.lower(record_outcome.c.number) == sought.lower(),
        sa.func.lower(record_outcome.c.name) == sought.lower(),
    )
    statement = sa.select(record_outcome, *columns).join(sync_run).where(record_outcome.c.pair == pair, same)
    return list(connection.execute(statement.order_by(record_outcome.c.id)))


def _row(one: Outcome) -> dict[str, Any]:
    return {name: value for name, value in vars(one).items() if name != "amount"}


def _close(connection: Connection, head: dict[str, str], done: Iterable[Outcome]) -> None:
    ids = sorted({one.source_id for one in done})
    if not ids:
        return
    mine = (open_record.c.pair == head["pair"], open_record.c.flow == head["flow"])
    connection.execute(sa.delete(open_record).where(*mine, among(connection, open_record.c.source_id, ids)))


def _open(connection: Connection, head: dict[str, str], held: Sequence[Outcome], now: datetime) -> None:
    if not held:
        return
    known = _attempts(connection, head, {one.source_id for one in held})
    rows = []
    for one in held:
        first_seen, attempts = known.get((one.source_id, one.part), (now, 0))
        row = {name: value for name, value in _row(one).items() if name not in ("target_id", "changes")}
        rows.append(head | row | {"first_seen": first_seen, "last_seen": now, "attempts": attempts + 1})
    upsert(connection, open_record, rows)


def _attempts(
    connection: Connection, head: dict[str, str], ids: set[str]
) -> dict[tuple[str, str], tuple[datetime, int]]:
    columns = (open_record.c.source_id, open_record.c.part, open_record.c.first_seen, open_record.c.attempts)
    statement = sa.select(*columns).where(open_record.c.pair == head["pair"], open_record.c.flow == head["flow"])
    rows = connection.execute(statement.where(among(connection, open_record.c.source_id, ids)))
    return {(source_id, part): (first_seen, attempts) for source_id, part, first_seen, attempts in rows}
