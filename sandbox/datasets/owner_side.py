"""What the owners of two projects pay for: a prime contract each, and three monthly invoices with retainage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sandbox.datasets.contracts import cents
from sandbox.datasets.model import ZERO, Contractor, Line, Project

PROJECTS = ("24-017", "24-021")
RETAINAGE = Decimal(10)
MOST_LINES = 5


@dataclass(frozen=True)
class PrimeContract:
    """The contract of a project with its owner; its lines share the project's value."""

    project: str
    title: str
    signed: date
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Month:
    """An owner invoice: percent of each line done to date and stored at the end, and of what is held released."""

    end: date
    done: int
    stored: int = 0
    release: int = 0


@dataclass(frozen=True)
class Billed:
    """What an owner invoice says of one line: amounts of this period, gross of retainage."""

    work: Decimal
    stored: Decimal
    held: Decimal
    held_stored: Decimal
    released: Decimal
    released_stored: Decimal


MONTHS = (
    Month(date(2026, 8, 31), done=25),
    Month(date(2026, 9, 30), done=45, stored=5),
    Month(date(2026, 10, 31), done=70, release=50),
)


def prime_contracts(contractor: Contractor) -> tuple[PrimeContract, ...]:
    """The prime contracts, on budget codes that the projects' commitments use."""
    by_number = {project.number: project for project in contractor.projects}
    return tuple(_contract(contractor, by_number[number]) for number in PROJECTS)


def _contract(contractor: Contractor, project: Project) -> PrimeContract:
    of_project = (one for one in contractor.commitments if one.project == project.number)
    by_code = {line.budget_code: line for one in of_project for line in one.lines}
    chosen = list(by_code.values())[:MOST_LINES]
    share = cents(project.value / len(chosen))
    amounts = [*([share] * (len(chosen) - 1)), project.value - share * (len(chosen) - 1)]
    lines = tuple(
        Line(line.cost_code, line.cost_type, line.description, amount)
        for line, amount in zip(chosen, amounts, strict=True)
    )
    return PrimeContract(project.number, project.name, project.start, lines)


def billed(line: Line) -> tuple[Billed, ...]:
    """What each month's invoice says of a line. Stored materials are used up in the next month."""
    work = held = held_stored = ZERO
    found = []
    for month in MONTHS:
        new = cents(line.amount * month.done / 100) - work
        on_site = cents(line.amount * month.stored / 100)
        kept, kept_stored = cents(new * RETAINAGE / 100), cents(on_site * RETAINAGE / 100)
        released = cents((held + kept) * month.release / 100)
        found.append(Billed(new, on_site, kept, kept_stored, released, held_stored))
        work, held, held_stored = work + new, held + kept - released, kept_stored
    return tuple(found)
