"""Commitments whose life is written by hand, month by month, because tests and readers count on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sandbox.datasets.model import ChangeOrder, Commitment, Line

INACTIVE_VENDOR_TITLE = "Parking lot paving"
NEGATIVE_INVOICE_NUMBER = "RA-7702-CR"
FIVE_MONTHS = "24-021-SC-001"
"""Five invoices: materials stored and used up, a deductive change order, half of the retainage released, a final."""


@dataclass(frozen=True)
class Step:
    """One invoice. `done` and `stored` are percents of each line (work to date, and what lies on site); the lines are
    those of the contract and then of the change orders. `release` is the percent of the retainage held so far."""

    end: date
    done: tuple[int, ...]
    stored: tuple[int, ...]
    release: int = 0
    number: str = ""
    status: str = "approved"


def _line(code: str, description: str, amount: str) -> Line:
    return Line(code, "S", description, Decimal(amount))


COMMITMENTS: tuple[Commitment, ...] = (
    Commitment(
        key=FIVE_MONTHS,
        kind="subcontract",
        number=FIVE_MONTHS,
        title="Plumbing, complete",
        project="24-021",
        company="cast-nunez",
        status="Complete",
        unit_based=False,
        retainage=Decimal(10),
        signed=date(2026, 1, 15),
        lines=(
            _line("22-110", "Domestic water piping", "118400.00"),
            _line("22-130", "Sanitary and vent piping", "96250.50"),
            _line("22-400", "Fixtures", "74999.99"),
        ),
    ),
    Commitment(
        key="24-017-SC-001",
        kind="subcontract",
        number="24-017-SC-001",
        title="Demolition of the north wing",
        project="24-017",
        company="cast-oneil",
        status="Approved",
        unit_based=False,
        retainage=Decimal(10),
        signed=date(2026, 3, 2),
        lines=(_line("02-410", "Selective demolition", "48200.00"),),
    ),
    Commitment(
        key="25-002-SC-001",
        kind="subcontract",
        number="25-002-SC-001",
        title=INACTIVE_VENDOR_TITLE,
        project="25-002",
        company="cast-inactive",
        status="Approved",
        unit_based=False,
        retainage=Decimal(5),
        signed=date(2026, 2, 20),
        lines=(_line("32-120", "Asphalt paving", "212500.00"), _line("32-130", "Curb and gutter", "38140.25")),
    ),
)

CHANGE_ORDERS: tuple[ChangeOrder, ...] = (
    ChangeOrder(
        FIVE_MONTHS,
        "001",
        "Delete roof drains at canopy",
        "approved",
        date(2026, 4, 6),
        (_line("22-130", "Credit: roof drains", "-12350.00"),),
    ),
    ChangeOrder(
        "24-017-SC-001",
        "001",
        "Credit for owner-salvaged casework",
        "approved",
        date(2026, 5, 11),
        (_line("02-410", "Credit: casework kept by the owner", "-8750.00"),),
    ),
)

STEPS: dict[str, tuple[Step, ...]] = {
    FIVE_MONTHS: (
        Step(date(2026, 2, 28), (20, 10, 0), (15, 0, 0)),
        Step(date(2026, 3, 31), (50, 35, 0), (0, 20, 10)),
        Step(date(2026, 4, 30), (75, 70, 20, 100), (0, 0, 30, 0)),
        Step(date(2026, 5, 31), (95, 90, 80, 100), (0, 0, 0, 0), release=50),
        Step(date(2026, 6, 30), (100, 100, 100, 100), (0, 0, 0, 0), release=100),
    ),
    "24-017-SC-001": (
        Step(date(2026, 4, 30), (100,), (0,)),
        Step(date(2026, 5, 31), (100, 100), (0, 0), number=NEGATIVE_INVOICE_NUMBER),
        Step(date(2026, 6, 30), (100, 100), (0, 0)),
        Step(date(2026, 7, 31), (100, 100), (0, 0), release=100),
    ),
    "25-002-SC-001": (Step(date(2026, 9, 30), (40, 0), (0, 0)),),
}
"""The second one bills a credit (a negative total), then nothing at all, then only the retainage."""
