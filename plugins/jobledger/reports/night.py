"""The table of a night: a line for each flow, and below it why some records did not go through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Engine

from jobledger.reports.printing import amount_or_dash, plain_table, printed
from jobledger.store import history
from jobledger.store.engine import reading

COLUMNS = (
    "created",
    "updated",
    "unchanged",
    "planned",
    "removed",
    "opening",
    "waiting",
    "blocked",
    "invalid",
    "conflict",
    "failed",
    "unknown",
)

SELDOM = ("planned", "removed", "opening")
"""Outcomes that are shown only where there are any."""

MONEY = ("source", "posted", "held", "difference")
"""What the records of a flow amount to: source = posted + held, or the difference says so (ACC-31)."""

SHOWN = 6
"""How many open records of one flow and outcome are told one by one; the rest is counted."""


def night_table(engine: Engine, since: datetime) -> str:
    """The table of all runs that began at or after `since`, and what is open, each with its remedy."""
    with reading(engine) as connection:
        rows = in_order(history.runs_since(connection, since))
        pairs = dict.fromkeys(row.pair for row in rows)
        still_open = [record for pair in pairs for record in history.open_records(connection, pair)]
    lines = list(open_lines(still_open, {row.flow for row in rows}))
    return "\n".join([flow_table(rows), *lines])


def in_order(rows: Sequence[Any]) -> list[Any]:
    """Runs one after the other, and the flows of each as they ended."""
    first: dict[str, int] = {}
    for row in rows:
        first.setdefault(row.run_id, row.id)
    never = datetime.max.replace(tzinfo=UTC)
    return sorted(rows, key=lambda row: (first[row.run_id], row.ended_at or never))


def flow_table(rows: Sequence[Any]) -> str:
    """One line for each flow's run: how many records came to which outcome, with which amounts, in how many seconds."""
    shown = [name for name in COLUMNS if name not in SELDOM or any(row.counts.get(name) for row in rows)]
    money = MONEY if any(row.money for row in rows) else ()
    table = plain_table()
    for name in ("stage", "flow"):
        table.add_column(name, no_wrap=True)
    for name in ("extracted", *shown, *money, "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(row.stage, row.flow, *_cells(row, shown, money))
    return printed(table)


def open_lines(records: Sequence[Any], flows: Collection[str]) -> Iterator[str]:
    """Why records of these flows did not go through, and what to do about each."""
    grouped: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for record in records:
        if record.flow in flows:
            grouped[record.flow, record.outcome].append(record)
    for (flow, outcome), some in grouped.items():
        yield f"{flow}: {len(some)} {outcome}"
        for record in some[:SHOWN]:
            yield f"  - {_named(record)}: {record.reason} -> {record.remedy}"
        if len(some) > SHOWN:
            yield f"  … and {len(some) - SHOWN} more: airflow jobledger history --open"


def _cells(row: Any, shown: Sequence[str], money: Sequence[str]) -> list[str]:
    counts = row.counts
    extracted = sum(count for outcome, count in counts.items() if outcome != "not_chosen")
    seconds = f"{(row.ended_at - row.started_at).total_seconds():.1f}" if row.ended_at else row.state
    return [
        str(extracted),
        *(str(counts.get(name, 0)) for name in shown),
        *(amount_or_dash(Decimal(row.money.get(name, 0))) for name in money),
        seconds,
    ]


def _named(record: Any) -> str:
    name = record.name if len(record.name) <= 60 else f"{record.name[:57]}…"
    return f"{record.number} {name}" if record.number else name
