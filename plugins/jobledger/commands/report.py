"""`airflow jobledger report`: the tie-out, job costs, what cannot be carried over; and acknowledging a difference."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from jobledger import platform
from jobledger.commands.screen import plain_errors, say, shell_user, show_table
from jobledger.errors import FixTheSetup
from jobledger.integration import Integration
from jobledger.reports import jobcosts
from jobledger.reports import unsyncable as left
from jobledger.reports.printing import amount
from jobledger.reports.tables import (
    CODE_COLUMNS,
    DOCUMENT_COLUMNS,
    Row,
    Tied,
    code_rows,
    document_rows,
    read_tie_out,
    summary,
)
from jobledger.steps import carried, flows_of
from jobledger.store import ledger
from jobledger.store.engine import reading, writing

COST_COLUMNS = ("project", "cost code", "job to date", "commitment invoiced", "direct costs", "direct costs in Procore")
LEFT_COLUMNS = ("project", "document", "kind", "date", "amount", "outcome", "why", "what to do")


@plain_errors
def tieout(args: Any) -> None:
    """Both sides to the cent (ACC-32); ends with code 1 while something is unexplained."""
    tied = _tied(platform.integration(args.integration))
    if args.by == "project" and not args.csv:
        say(summary(tied))
    else:
        columns, rows = _by(tied, args.by)
        _show(columns, rows, args.csv)
    sys.exit(1 if tied.result.unexplained else 0)


@plain_errors
def job_costs(args: Any) -> None:
    """Job to date cost, commitment invoiced and direct costs by project and cost code (XER-141..146)."""
    tied = _tied(platform.integration(args.integration))
    _show(COST_COLUMNS, _cost_rows(tied), args.csv)


@plain_errors
def unsyncable(args: Any) -> None:
    """The costs of the books that are not carried over, each with its reason (XER-90)."""
    tied = _tied(platform.integration(args.integration))
    _show(LEFT_COLUMNS, _left_rows(tied), args.csv)


@plain_errors
def acknowledge(args: Any) -> None:
    """Notes by name and reason that an unexplained difference is known, as it is now (ACC-8)."""
    paired = platform.integration(args.integration)
    key = (args.measure, args.project_id, args.cost_code or "")
    found = [one.amount for one in _tied(paired).result.unexplained if tuple(one.key) == key]
    if not found:
        raise FixTheSetup(paired.name, f"has no unexplained {_place(key)}.", "See `report tieout --by document`.")
    total = sum(found, start=Decimal(0))
    one = ledger.Acknowledged(*key, amount=total, by=shell_user(), why=args.reason, at=datetime.now(UTC))
    with writing(platform.engine()) as connection:
        ledger.acknowledge(connection, paired.pair, one)
    say(f"acknowledged {_place(key)}: {amount(total)}. A different amount will be unexplained again.")


def _tied(paired: Integration) -> Tied:
    with reading(platform.engine()) as connection:
        return read_tie_out(connection, paired, carried(paired, flows_of(paired)))


def _by(tied: Tied, by: str) -> tuple[Sequence[str], Iterable[Row]]:
    return (DOCUMENT_COLUMNS, document_rows(tied)) if by == "document" else (CODE_COLUMNS, code_rows(tied))


def _cost_rows(tied: Tied) -> Iterator[Row]:
    for one in jobcosts.job_costs(tied.papers):
        amounts = (one.job_to_date, one.commitment_invoiced, one.direct_costs, one.in_procore)
        yield tied.papers.named(one.project), one.cost_code, *map(amount, amounts)


def _left_rows(tied: Tied) -> Iterator[Row]:
    for one in left.unsyncable(tied.papers):
        facts = one.document.evidence
        head = (tied.papers.named(one.project), one.document.label, facts.get("kind", ""), facts.get("date", ""))
        yield *head, amount(one.amount), one.outcome, one.why, one.remedy


def _show(columns: Sequence[str], rows: Iterable[Row], as_csv: bool) -> None:
    if as_csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows([columns, *rows])
    else:
        show_table(columns, rows)


def _place(key: tuple[str, str, str]) -> str:
    measure, project, code = key
    return f"{measure} in project {project or '(none)'}" + (f" on {code}" if code else "")
