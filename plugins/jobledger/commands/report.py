"""`airflow jobledger report`: the tie-out, job costs, what cannot be carried over; and acknowledging a difference."""

from __future__ import annotations

import sys
from typing import Any

from jobledger import platform
from jobledger.actions import reports as actions
from jobledger.actions.reports import tied
from jobledger.commands.screen import plain_errors, say, shell_user, show_table
from jobledger.reports.groups import Key
from jobledger.reports.printing import amount, as_csv
from jobledger.reports.tables import REPORTS, Tied, summary


@plain_errors
def tieout(args: Any) -> None:
    """Both sides to the cent (ACC-32); ends with code 1 while something is unexplained."""
    found = tied(platform.integration(args.integration))
    if args.by == "project" and not args.csv:
        say(summary(found))
    else:
        _show("differences" if args.by == "document" else "tieout", found, args.csv)
    sys.exit(1 if found.result.unexplained else 0)


@plain_errors
def job_costs(args: Any) -> None:
    """Job to date cost, commitment invoiced and direct costs by project and cost code (XER-141..146)."""
    _show("job_costs", tied(platform.integration(args.integration)), args.csv)


@plain_errors
def unsyncable(args: Any) -> None:
    """The costs of the books that are not carried over, each with its reason (XER-90)."""
    _show("unsyncable", tied(platform.integration(args.integration)), args.csv)


@plain_errors
def transactions(args: Any) -> None:
    """The documents of the books that the job costs are made of."""
    _show("transactions", tied(platform.integration(args.integration)), args.csv)


@plain_errors
def exported(args: Any) -> None:
    """The accountant's report: what went out of Procore into the books, and as what (XER-88)."""
    _show("exported", tied(platform.integration(args.integration)), args.csv)


@plain_errors
def acknowledge(args: Any) -> None:
    """Notes by name and reason that an unexplained difference is known, as it is now (ACC-8)."""
    key = Key(args.measure, args.project_id, args.cost_code or "")
    total = actions.acknowledge(platform.integration(args.integration), key, shell_user(), args.reason)
    say(f"acknowledged {actions.place(key)}: {amount(total)}. A different amount will be unexplained again.")


def _show(name: str, found: Tied, wants_csv: bool) -> None:
    report = REPORTS[name]
    if wants_csv:
        sys.stdout.write(as_csv(report.columns, report.rows(found)))
    else:
        show_table(report.columns, report.rows(found))
