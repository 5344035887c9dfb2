"""Tables and amounts as text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from rich import box
from rich.console import Console
from rich.table import Table

WIDEST = 1000


def plain_table() -> Table:
    """An empty table without frame."""
    return Table(box=box.SIMPLE_HEAD, pad_edge=False)


def printed(table: Table) -> str:
    """A table as plain text, as wide as its figures need, without blanks at the ends of lines."""
    console = Console(no_color=True, highlight=False, markup=False)
    console.width = console.measure(table, options=console.options.update(max_width=WIDEST)).maximum
    with console.capture() as capture:
        console.print(table)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def amount(value: Decimal) -> str:
    """`1,234.50`; all the digits that there are, two at least."""
    exact = value.normalize()
    places = max(2, -int(exact.as_tuple().exponent))
    return f"{value:,.{places}f}"


def amount_or_dash(value: Decimal) -> str:
    """The amount, or a dash for nothing."""
    return amount(value) if value else "-"


_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"-?[\d,]+(\.\d+)?")


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as CSV. What a spreadsheet would take for a formula gets an apostrophe before it; a number is none."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([columns, *([_harmless(cell) for cell in row] for row in rows)])
    return written.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell
