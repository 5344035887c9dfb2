"""The contractor's own crew: three employees, and two weeks of their time on two projects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

FIRST_DAY = date(2026, 11, 2)
WEEKS = 2
PROJECTS = ("24-017", "24-021")
REGULAR, OVERTIME = "Regular Time", "Overtime"


@dataclass(frozen=True)
class Employee:
    """Somebody on the payroll. `number` is the company's own."""

    number: str
    first_name: str
    last_name: str
    job_title: str


@dataclass(frozen=True)
class Timecard:
    """Some hours of one employee on one cost code. Without a timesheet it was written in the daily log."""

    employee: str
    project: str
    day: date
    hours: str
    time_type: str
    cost_code: str
    description: str
    status: Literal["approved", "pending"] = "approved"
    on_timesheet: bool = True


EMPLOYEES = (
    Employee("E-101", "Ana", "Ruiz", "Carpenter foreman"),
    Employee("E-102", "Marcus", "Webb", "Carpenter"),
    Employee("E-103", "Siobhán", "O'Dea", "Laborer"),
)
_WORK = {
    "E-101": ("06-100", "Blocking and backing"),
    "E-102": ("06-100", "Rough carpentry"),
    "E-103": ("01-740", "Cleaning up"),
}


def timecards() -> tuple[Timecard, ...]:
    """Every working day of the crew: the foreman on the first project, the laborer on both, overtime on Fridays.

    The last day of the last week waits for its approval.
    """
    days = [FIRST_DAY + timedelta(days=7 * week + day) for week in range(WEEKS) for day in range(5)]
    return tuple(card for day in days for card in _of_day(day, is_last=day == days[-1]))


def _of_day(day: date, is_last: bool) -> Iterator[Timecard]:
    first, second = PROJECTS
    yield _card("E-101", first, day, "8")
    yield _card("E-102", second, day, "8", status="pending" if is_last else "approved")
    yield _card("E-103", first, day, "4.5")
    yield _card("E-103", second, day, "3.5", on_timesheet=False)
    if day.weekday() == 4:
        yield _card("E-101", first, day, "2", time_type=OVERTIME)


def _card(
    employee: str,
    project: str,
    day: date,
    hours: str,
    time_type: str = REGULAR,
    status: Literal["approved", "pending"] = "approved",
    on_timesheet: bool = True,
) -> Timecard:
    code, description = _WORK[employee]
    return Timecard(employee, project, day, hours, time_type, code, description, status, on_timesheet)
