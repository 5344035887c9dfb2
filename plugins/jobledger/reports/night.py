"""The table of a night: a line for each flow, and below it why some records did not go through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from sqlalchemy.engine import Engine

from jobledger.store import history
from jobledger.store.engine import reading

COLUMNS = (
    "created",
    "updated",
    "unchanged",
    "planned",
    "waiting",
    "blocked",
    "invalid",
    "conflict",
    "failed",
    "unknown",
)

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
    shown = [name for name in COLUMNS if name != "planned" or any(row.counts.get("planned") for row in rows)]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("stage", "flow"):
        table.add_column(name, no_wrap=True)
    for name in ("extracted", *shown, "amount", "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(row.stage, row.flow, *_cells(row, shown))
    return _printed(table)


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


def _cells(row: Any, shown: list[str]) -> list[str]:
    counts = row.counts
    extracted = sum(count for outcome, count in counts.items() if outcome != "not_chosen")
    seconds = f"{(row.ended_at - row.started_at).total_seconds():.1f}" if row.ended_at else row.state
    total = sum((_money(amount) for amount in row.money.values()), start=_money("0"))
    return [
        str(extracted),
        *(str(counts.get(name, 0)) for name in shown),
        f"{total:,.2f}" if row.money else "-",
        seconds,
    ]


def _money(text: Any) -> Any:
    from decimal import Decimal

    return Decimal(str(text))


def _named(record: Any) -> str:
    name = record.name if len(record.name) <= 60 else f"{record.name[:57]}…"
    return f"{record.number} {name}" if record.number else name


def _printed(table: Table) -> str:
    console = Console(width=200, no_color=True, highlight=False)
    with console.capture() as capture:
        console.print(table)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())
