"""What time costs: rates per employee, day and time type, and the converters of the mapping file that uses them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

from jobledger.errors import FixTheRecord
from jobledger.mapping import path
from jobledger.mapping.context import Context, NotYet
from jobledger.mapping.converters import converter, date, decimal

_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Rate:
    """What an hour of an employee costs from a day to a day, both included; for one time type or, empty, for any."""

    employee_id: str
    time_type: str
    valid_from: dt.date
    valid_to: dt.date | None
    rate: Decimal

    def holds_on(self, day: dt.date) -> bool:
        """Whether a day is in its period."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def meets(self, other: Rate) -> bool:
        """Whether two rates hold for the same employee and time type on one day: then none would be the right one."""
        same = (self.employee_id, type_key(self.time_type)) == (other.employee_id, type_key(other.time_type))
        ends = (self.valid_to or dt.date.max, other.valid_to or dt.date.max)
        return same and max(self.valid_from, other.valid_from) <= min(ends)


def type_key(time_type: str | None) -> str:
    """A time type without case and stray spaces."""
    return " ".join(str(time_type or "").split()).casefold()


def rate_on(rates: Iterable[Rate], employee_id: str, day: dt.date, time_type: str | None) -> Decimal | None:
    """The rate of an employee on a day (SMX-QBO-78): that of the time type, else the one for any type; None without.

    >>> any_time = Rate("7", "", dt.date(2026, 1, 1), None, Decimal("40"))
    >>> overtime = Rate("7", "Overtime", dt.date(2026, 1, 1), None, Decimal("60"))
    >>> rate_on([any_time, overtime], "7", dt.date(2026, 3, 2), "overtime")
    Decimal('60')
    """
    holding = [one for one in rates if one.employee_id == employee_id and one.holds_on(day)]
    by_type = {type_key(one.time_type): one.rate for one in holding}
    return by_type.get(type_key(time_type), by_type.get(""))


def overlapping(rates: Sequence[Rate]) -> list[tuple[Rate, Rate]]:
    """The pairs of rates of one employee and time type of which both hold on some day."""
    ordered = sorted(rates, key=lambda one: (one.employee_id, type_key(one.time_type), one.valid_from))
    return [(one, other) for one, other in pairwise(ordered) if one.meets(other)]


@converter()
def labour_rate(hours: Any, _argument: None, context: Context) -> Decimal:
    """The rate of the record's employee on its day for its time type; without one the record is `blocked`.

    >>> labour_rate(8, None, Context(record={"date": "2026-03-02"}, rates=lambda *of: Decimal("40.5")))
    Decimal('40.5')
    """
    day, time_type = date(path.read(context.record, "date")), path.read(context.record, "time_type")
    employee = path.read(context.record, "employee_id")
    found = context.rates(str(employee), day, time_type)
    if found is None:
        name = path.read(context.record, "employee.name") or employee
        why = f"{name} has no rate for {time_type or 'any time type'} on {day}"
        command = f"airflow jobledger labour rates import {context.settings.get('name') or 'INTEGRATION'} FILE.csv"
        raise NotYet(why, f"Enter it: `{command}`.")
    return found


@converter()
def labour_amount(hours: Any, _argument: None, context: Context) -> Decimal:
    """Hours × rate, half up to the cent.

    >>> labour_amount("7.5", None, Context(record={"date": "2026-03-02"}, rates=lambda *of: Decimal("33.35")))
    Decimal('250.13')
    """
    return (decimal(hours) * labour_rate(hours, None, context)).quantize(_CENT, ROUND_HALF_UP)


@converter("the path of a setting with a cost type")
def labour_code(line: Any, cost_type: str | None, context: Context) -> str:
    """The budget code of a line of time: its cost code with its cost type or, where it names none, that of the setting.

    >>> labour_code({"cost_code": "06-100"}, "L", Context())
    '06-100.L'
    """
    code, own = path.read(line, "cost_code"), path.read(line, "cost_type")
    if not code:
        raise FixTheRecord("The time has no cost code.", "Choose one in Procore's timesheet.", "budget_code")
    return f"{code}.{own or cost_type}"
