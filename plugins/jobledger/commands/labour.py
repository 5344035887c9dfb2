"""`airflow jobledger labour rates`: what an hour of each employee costs (SMX-QBO-78)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from jobledger import platform
from jobledger.actions import labour
from jobledger.actions.labour import Payroll
from jobledger.commands.screen import plain_errors, say, shell_user, show_table
from jobledger.errors import FixTheSetup
from jobledger.integration import Integration
from jobledger.store import labour_rates
from jobledger.store.engine import reading, writing
from jobledger.systems.base import Window


@plain_errors
def show(args: Any) -> None:
    """Every rate, by employee."""
    paired = platform.integration(args.integration)
    payroll = _payroll(paired)
    with reading(platform.engine()) as connection:
        rates = labour_rates.every(connection, paired.pair)
    show_table(labour.SHOWN, [labour.shown(one, payroll) for one in rates])


@plain_errors
def export(args: Any) -> None:
    """Every rate as CSV, to a file or to the screen; the same file can be imported."""
    paired = platform.integration(args.integration)
    payroll = _payroll(paired)
    with reading(platform.engine()) as connection:
        text = labour.export_rates(labour_rates.every(connection, paired.pair), payroll)
    if args.file:
        Path(args.file).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


@plain_errors
def import_csv(args: Any) -> None:
    """Keeps the rates of a CSV file: all of them, or none and every fault by its line."""
    paired = platform.integration(args.integration)
    content, payroll = _content(args.file), _payroll(paired)
    with writing(platform.engine()) as connection:
        done = labour.import_rates(connection, paired.pair, content, payroll, shell_user())
    say(f"{done.kept} rates kept, {done.taken_away} taken away")
    say(f"costs made before follow with: airflow jobledger run {paired.name} time --full-refresh")


def _payroll(paired: Integration) -> Payroll:
    """Employees and time types as Procore has them now."""
    procore = platform.systems(paired)["procore"]
    employees = {str(row["id"]): row for page in procore.read("employees", Window()) for row in page.rows}
    types = [str(row["time_type"]) for page in procore.read("time_types", Window()) for row in page.rows]
    return Payroll(employees, types)


def _content(name: str | None) -> bytes:
    if not name:
        raise FixTheSetup("labour rates", "no file is named.", "Write the path of a CSV file after the integration.")
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise FixTheSetup(name, f"cannot be read ({error}).", "Write the path of a CSV file.") from None
