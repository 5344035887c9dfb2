"""The words of a contractor's story: frozen records that belong to no system.

Companies and documents refer to each other by `key`; dates are local to the project, money is `Decimal` US dollars.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

CompanyKind = Literal["subcontractor", "supplier", "owner", "architect", "bidder"]
CommitmentKind = Literal["subcontract", "purchase_order"]
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Place:
    """An address in the United States."""

    street: str
    city: str
    state: str
    zip: str


@dataclass(frozen=True)
class Company:
    """A company of the directory. `trade` is a key of `names.TRADES`."""

    key: str
    name: str
    kind: CompanyKind
    trade: str
    place: Place
    phone: str
    fax: str = ""
    email: str = ""
    notes: str = ""
    active: bool = True


@dataclass(frozen=True)
class Project:
    """A construction project. `number` is its key; `segments` are items of a custom WBS segment "Phase"."""

    number: str
    name: str
    place: Place
    time_zone: str
    start: date
    finish: date
    value: Decimal
    active: bool = True
    permitted: bool = True
    sub_jobs: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()


@dataclass(frozen=True)
class CostCode:
    """A leaf of the standard list: `division` "03" and `own` "300" make "03-300"."""

    division: str
    own: str
    name: str

    @property
    def code(self) -> str:
        """The full code, parents first."""
        return f"{self.division}-{self.own}"


@dataclass(frozen=True)
class Line:
    """A line of a schedule of values, a change order or a direct cost. No `quantity`: the amount stands alone."""

    cost_code: str
    cost_type: str
    description: str
    amount: Decimal
    quantity: Decimal | None = None
    uom: str = ""
    unit_cost: Decimal | None = None

    @property
    def budget_code(self) -> str:
        """Cost code and cost type as one code, such as `03-300.S`."""
        return f"{self.cost_code}.{self.cost_type}"


@dataclass(frozen=True)
class Commitment:
    """A subcontract or purchase order. `unit_based` lines have quantities; `retainage` is in percent."""

    key: str
    kind: CommitmentKind
    number: str
    title: str
    project: str
    company: str
    status: str
    unit_based: bool
    retainage: Decimal
    signed: date
    lines: tuple[Line, ...]

    @property
    def amount(self) -> Decimal:
        """The original sum, change orders left out."""
        return sum((line.amount for line in self.lines), ZERO)


@dataclass(frozen=True)
class ChangeOrder:
    """A change order of a commitment: the package, with one potential change order that carries the lines."""

    commitment: str
    number: str
    title: str
    status: str
    dated: date
    lines: tuple[Line, ...]

    @property
    def amount(self) -> Decimal:
        """What it adds to (or takes from) the commitment."""
        return sum((line.amount for line in self.lines), ZERO)


@dataclass(frozen=True)
class Progress:
    """What one invoice says of one line: amounts of this period, gross of retainage.

    `change_order` is the number of the order that the line belongs to, "" for the original contract; `line` counts
    from 0. `stored` is what lies on site at the end of the period; `new_stored` the part of it that arrived now.
    `held_stored` is the retainage on what is stored at the end.
    """

    change_order: str
    line: int
    work: Decimal
    work_before: Decimal
    new_stored: Decimal
    stored: Decimal
    stored_before: Decimal
    held: Decimal
    held_stored: Decimal
    held_stored_before: Decimal
    released: Decimal

    @property
    def gross(self) -> Decimal:
        """Total completed and stored to date, less the same of the invoice before."""
        return self.work + self.stored - self.stored_before

    @property
    def to_date(self) -> Decimal:
        """Total completed and stored to date."""
        return self.work_before + self.work + self.stored

    @property
    def retainage(self) -> Decimal:
        """Held less released in this period; negative when more is released."""
        return self.held + self.held_stored - self.held_stored_before - self.released


@dataclass(frozen=True)
class BillingPeriod:
    """A month of a project, in which subcontractors may invoice."""

    project: str
    start: date
    end: date
    due: date
    open: bool


@dataclass(frozen=True)
class Invoice:
    """A subcontractor invoice (requisition). `vendor_number` is the subcontractor's own number."""

    commitment: str
    number: int
    vendor_number: str
    period_end: date
    status: str
    final: bool
    progress: tuple[Progress, ...]

    @property
    def gross(self) -> Decimal:
        """What was done and stored in this period."""
        return sum((line.gross for line in self.progress), ZERO)

    @property
    def retainage(self) -> Decimal:
        """Held less released in this period."""
        return sum((line.retainage for line in self.progress), ZERO)

    @property
    def due(self) -> Decimal:
        """Current payment due."""
        return self.gross - self.retainage


@dataclass(frozen=True)
class Payment:
    """A payment of a subcontractor invoice that somebody recorded in Procore by hand."""

    commitment: str
    invoice: int
    dated: date
    amount: Decimal
    method: Literal["check", "electronic"]
    check: str


@dataclass(frozen=True)
class DirectCost:
    """A cost without a commitment that was typed into Procore."""

    project: str
    company: str
    kind: Literal["invoice", "expense"]
    number: str
    dated: date
    status: str
    description: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Contractor:
    """The whole story of the contractor, as it would be if everything were in one place."""

    companies: tuple[Company, ...]
    projects: tuple[Project, ...]
    cost_codes: tuple[CostCode, ...]
    commitments: tuple[Commitment, ...]
    change_orders: tuple[ChangeOrder, ...]
    periods: tuple[BillingPeriod, ...]
    invoices: tuple[Invoice, ...]
    payments: tuple[Payment, ...]
    direct_costs: tuple[DirectCost, ...]
