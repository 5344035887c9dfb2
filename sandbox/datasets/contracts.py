"""Commitments and their change orders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from random import Random

from sandbox.datasets import scripted
from sandbox.datasets.masterformat import LONG_CODE, cost_codes
from sandbox.datasets.model import ChangeOrder, Commitment, CommitmentKind, Company, Line, Project
from sandbox.datasets.trades import SUBCONTRACT_TRADES, SUPPLY_TRADES, TRADES, UNITS

TODAY = date(2026, 11, 20)
"""The day on which the story is told, whenever it is loaded."""

CASTING: dict[str, tuple[str, ...]] = {
    "24-017": ("cast-baker-1", "cast-smith-1", "cast-drywall-1", "cast-omalley", "cast-nonsense"),
    "24-021": ("cast-baker-2", "cast-drywall-2", "cast-mueller", "cast-painted"),
    "25-002": ("cast-smith-2", "cast-long", "cast-rebar", "cast-3d"),
    "25-004": ("cast-emoji", "cast-hakansson", "cast-oneil"),
    "25-008": ("cast-bridge", "cast-earth", "cast-readymix"),
    "26-001": ("cast-dangelo",),
}
"""Companies of the cast, and the project on which each has an approved commitment."""

LONG_CODE_USER = "cast-smith-2"

SUBCONTRACT_STATUSES = (
    "Approved",
    "Approved",
    "Complete",
    "Approved",
    "Draft",
    "Approved",
    "Approved",
    "Out For Signature",
    "Complete",
    "Approved",
    "Out For Bid",
    "Approved",
    "Approved",
    "Void",
    "Approved",
    "Terminated",
)
PURCHASE_ORDER_STATUSES = (
    "Approved",
    "Received",
    "Partially Received",
    "Draft",
    "Approved",
    "Closed",
    "Submitted",
    "Processing",
)
CHANGE_ORDER_STATUSES = (
    "approved",
    "approved",
    "pending",
    "approved",
    "draft",
    "approved",
    "approved",
    "rejected",
    "approved",
    "pricing",
    "void",
)
FINISHED = {"Complete", "Closed"}
OPEN_FOR_CHANGES = {"Approved", "Complete", "Partially Received", "Received"}
AREAS = ("Level 1", "Level 2", "Level 3", "Area A", "Area B", "East Wing", "West Wing", "Site", "Core", "Podium")
CHANGES = (
    "Owner-requested revision",
    "Unforeseen site condition",
    "RFI 041 response",
    "Bulletin 3 pricing",
    "Added scope at corridor",
    "Schedule acceleration",
    "Design clarification",
)
CENT = Decimal("0.01")
NAMES = {code.code: code.name for code in cost_codes()}


@dataclass(frozen=True)
class Scope:
    """What a commitment is for: the trade's codes and the sum in mind."""

    trade: str
    kind: CommitmentKind
    target: Decimal


def cents(amount: Decimal) -> Decimal:
    """Rounded to the cent, halves up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def commitments(rng: Random, companies: Sequence[Company], projects: Sequence[Project]) -> tuple[Commitment, ...]:
    """For each project the scripted ones, those of the cast, and some ten others in all stages."""
    statuses = {"subcontract": _cycle(SUBCONTRACT_STATUSES), "purchase_order": _cycle(PURCHASE_ORDER_STATUSES)}
    return tuple(one for project in projects for one in _of_project(rng, companies, project, statuses))


def _cycle(values: Sequence[str]) -> Iterator[str]:
    return (values[index % len(values)] for index in count())


def _of_project(
    rng: Random, companies: Sequence[Company], project: Project, statuses: dict[str, Iterator[str]]
) -> Iterator[Commitment]:
    script = [one for one in scripted.COMMITMENTS if one.project == project.number]
    yield from script
    by_key = {company.key: company for company in companies}
    cast = [(by_key[key], "Approved") for key in CASTING.get(project.number, ()) if key in by_key]
    numbers = {"subcontract": count(len(script) + 1), "purchase_order": count(1)}
    for company, status in (*cast, *_hired(rng, companies)):
        kind: CommitmentKind = "purchase_order" if company.kind == "supplier" else "subcontract"
        one = _commitment(
            rng, project, company, Scope(company.trade, kind, _target(rng, project, kind)), next(numbers[kind])
        )
        yield _with_status(one, status or next(statuses[kind]))


def _hired(rng: Random, companies: Sequence[Company]) -> list[tuple[Company, str]]:
    """Seven subcontractors and three suppliers, each of another trade. Their status is still to be given."""
    hired = []
    for kind, trades, number in (("subcontractor", SUBCONTRACT_TRADES, 7), ("supplier", SUPPLY_TRADES, 3)):
        for trade in rng.sample(sorted(trades), number):
            able = [
                one for one in companies if one.kind == kind and one.trade == trade and not one.key.startswith("cast")
            ]
            hired.append((rng.choice(able), ""))
    return hired


def _target(rng: Random, project: Project, kind: CommitmentKind) -> Decimal:
    least, most = (15, 95) if kind == "subcontract" else (2, 22)
    return project.value * rng.randint(least, most) / 1000


def _commitment(rng: Random, project: Project, company: Company, scope: Scope, serial: int) -> Commitment:
    codes = TRADES[scope.trade].codes
    by_unit = all(code in UNITS for code in codes) and rng.random() < 0.8
    prefix = "SC" if scope.kind == "subcontract" else "PO"
    number = f"{project.number}-{prefix}-{serial:03d}"
    return Commitment(
        key=number,
        kind=scope.kind,
        number=number,
        title=f"{TRADES[scope.trade].title} – {company.place.city} crew"
        if serial % 9 == 0
        else TRADES[scope.trade].title,
        project=project.number,
        company=company.key,
        status="Approved",
        unit_based=by_unit,
        retainage=Decimal(0) if scope.kind == "purchase_order" else Decimal(rng.choice(("10", "10", "5", "7.5"))),
        signed=min(project.start + timedelta(days=rng.randint(8, 110)), TODAY - timedelta(days=9)),
        lines=tuple(_lines(rng, scope, by_unit, company)),
    )


def _with_status(commitment: Commitment, status: str) -> Commitment:
    """Nothing signed in the last six months is complete yet."""
    young = commitment.signed > TODAY - timedelta(days=180)
    return replace(commitment, status="Approved" if young and status in FINISHED else status)


def _lines(rng: Random, scope: Scope, by_unit: bool, company: Company) -> Iterator[Line]:
    codes = [code for code in TRADES[scope.trade].codes for _ in range(rng.choice((1, 1, 2)))]
    if company.key == LONG_CODE_USER:
        codes.append(LONG_CODE.code)
    weights = [rng.randint(5, 40) for _ in codes]
    for code, weight in zip(codes, weights, strict=True):
        yield line(rng, code, _cost_type(scope), scope.target * weight / sum(weights), by_unit)


def _cost_type(scope: Scope) -> str:
    if scope.kind == "subcontract":
        return "S"
    return "E" if scope.trade == "rental" else "M"


def line(rng: Random, code: str, cost_type: str, target: Decimal, by_unit: bool) -> Line:
    """A line of about `target` dollars: by the unit where asked and the code has one, else by the amount."""
    description = f"{NAMES[code]} – {rng.choice(AREAS)}"
    if not by_unit or code not in UNITS:
        amount = cents(target) if rng.random() < 0.4 else Decimal(int(target // 50 + 1) * 50)
        return Line(code, cost_type, description, cents(amount))
    unit = UNITS[code]
    price = unit.least + (unit.most - unit.least) * rng.randint(0, 1000) / 1000
    price = price.quantize(Decimal(1).scaleb(-unit.places), ROUND_HALF_UP)
    quantity = max((abs(target) / price).quantize(Decimal(rng.choice(("1", "1", "0.1", "0.25")))), Decimal(1))
    return Line(code, cost_type, description, cents(quantity * price), quantity, unit.uom, price)


def change_orders(rng: Random, all_commitments: Sequence[Commitment]) -> tuple[ChangeOrder, ...]:
    """For two commitments in five that are under way: one or two orders, one in five of them deductive."""
    statuses = _cycle(CHANGE_ORDER_STATUSES)
    keys = {one.key for one in all_commitments}
    made = [order for order in scripted.CHANGE_ORDERS if order.commitment in keys]
    scripts = {one.key for one in scripted.COMMITMENTS}
    for commitment in all_commitments:
        if commitment.key not in scripts and commitment.status in OPEN_FOR_CHANGES and rng.random() < 0.4:
            made += [_change_order(rng, commitment, serial, next(statuses)) for serial in range(1, rng.randint(2, 3))]
    return tuple(made)


def _change_order(rng: Random, commitment: Commitment, serial: int, status: str) -> ChangeOrder:
    last = (TODAY - commitment.signed).days - 5
    dated = commitment.signed + timedelta(days=min(40 * serial + rng.randint(0, 25), last))
    changed = rng.sample(commitment.lines, min(len(commitment.lines), rng.randint(1, 2)))
    factor = Decimal("-0.5") if rng.random() < 0.2 else Decimal(1)
    return ChangeOrder(
        commitment=commitment.key,
        number=f"{serial:03d}",
        title=rng.choice(CHANGES),
        status="approved" if commitment.status in FINISHED else status,
        dated=dated,
        lines=tuple(_changed_line(rng, one, factor) for one in changed),
    )


def _changed_line(rng: Random, original: Line, factor: Decimal) -> Line:
    amount = cents(original.amount * rng.randint(10, 140) / 1000 * factor)
    return Line(original.cost_code, original.cost_type, f"Change to {original.description}", amount)
