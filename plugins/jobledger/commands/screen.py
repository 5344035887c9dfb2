"""What all commands share: errors as plain sentences, tables, and who is at the keyboard."""

from __future__ import annotations

import functools
import getpass
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from jobledger.errors import JobledgerError

Command = Callable[[Any], None]


def plain_errors(command: Command) -> Command:
    """A command whose expected errors end it with a sentence and code 1 instead of a traceback."""

    @functools.wraps(command)
    def carried_out(args: Any) -> None:
        try:
            command(args)
        except JobledgerError as error:
            sys.exit(f"{error}")
        except BrokenPipeError:
            # the reader (`| head`) has seen enough; what Python would still flush at its end goes nowhere
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    return carried_out


def say(text: str) -> None:
    """A line for the person at the terminal."""
    sys.stdout.write(text + "\n")


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; cells are wrapped, never cut."""
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 180).print(table)


def shell_user() -> str:
    """Who acts from a shell: the operating system's user, marked as such (ACC-34)."""
    return f"{getpass.getuser()} (shell)"
