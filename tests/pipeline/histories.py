"""Random histories as plain data: what persons do in both products, stretch by stretch, a night after each.

An event names its record by a number that goes round those that are there (`which`), so that any list of events is a
history; what is not possible at that moment is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.pipeline.model import Line, Share, Spent, cents
from tests.pipeline.site import SLABS, WALLS

STAIRS = "03-320.S"
CODES = (WALLS, SLABS, STAIRS)
HOURS = (1, 24, 24 * 8)
"""How long after the night before: lists are read whole once a week."""


@dataclass(frozen=True)
class Sign:
    """A commitment is approved."""

    kind: str
    rate: str
    lines: tuple[Line, ...]
    whole: bool = False


@dataclass(frozen=True)
class Change:
    """A change order is approved."""

    which: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Renamed:
    """A commitment gets another title."""

    which: int
    title: str


@dataclass(frozen=True)
class Invoiced:
    """The next invoice of a commitment; where the last one waits for approval, that one is approved."""

    which: int
    shares: tuple[Share, ...]
    rate: str
    approved: bool = True


@dataclass(frozen=True)
class Paid:
    """Some open bills are paid in one go, each by a share of what is due."""

    which: int
    percents: tuple[int, ...]


@dataclass(frozen=True)
class Spend:
    """A cost that begins in the books."""

    kind: str
    lines: tuple[Spent, ...]


@dataclass(frozen=True)
class Event:
    """Something that a person does on one side (`tests.pipeline.fates`): create, edit, void, delete, restore."""

    act: str
    which: int = 0
    amount: Decimal = Decimal("100.00")


Happening = Sign | Change | Renamed | Invoiced | Paid | Spend
Night = tuple[int, tuple[Happening, ...]]
Stretch = tuple[int, tuple[Event, ...]]
"""Hours since the night before, and what happens in them."""


def _amounts(least: str, most: str) -> st.SearchStrategy[Decimal]:
    return st.decimals(least, most, places=2).filter(bool)


@st.composite
def lines(draw: st.DrawFn, least: str = "100.00") -> Line:
    """By the amount; or by the unit with up to four decimals, multiplied or with an amount set by hand."""
    code = draw(st.sampled_from(CODES))
    amount = draw(st.one_of(_amounts(least, "90000.00"), _amounts("-900.00", "-1.00")))
    if draw(st.booleans()):
        return Line(code, amount)
    quantity = draw(st.decimals("0.01", "2000", places=draw(st.integers(0, 4)))) or Decimal(1)
    unit_cost = draw(st.decimals("0.0001", "300", places=draw(st.integers(0, 4)))) or Decimal("31.375")
    return Line(code, draw(st.sampled_from((cents(quantity * unit_cost), amount))), quantity, unit_cost)


RATES = st.sampled_from(("0", "5", "7.5", "10", "100"))
SHARES = st.builds(
    Share,
    work=st.sampled_from((0, 0, 7, 33, 50, 100)),
    stored=st.sampled_from((0, 0, 11, 40)),
    used_up=st.booleans(),
    released=st.sampled_from((0, 0, 0, 50, 100)),
)
SIGNS = st.builds(
    Sign,
    kind=st.sampled_from(("work_order_contracts", "purchase_order_contracts")),
    rate=RATES,
    lines=st.lists(lines(), min_size=1, max_size=3).map(tuple),
    whole=st.booleans(),
)
WHICH = st.integers(0, 3)
CHANGES = st.builds(Change, which=WHICH, lines=st.lists(lines("-5000.00"), min_size=1, max_size=2).map(tuple))
INVOICED = st.builds(
    Invoiced,
    which=WHICH,
    shares=st.lists(SHARES, min_size=1, max_size=3).map(tuple),
    rate=RATES,
    approved=st.sampled_from((True, True, True, False)),
)
PAID = st.builds(
    Paid, which=WHICH, percents=st.lists(st.sampled_from((100, 100, 25, 1)), min_size=1, max_size=3).map(tuple)
)
RENAMED = st.builds(Renamed, which=WHICH, title=st.integers(1, 99).map("Package {}".format))
SPENT = st.builds(
    Spent,
    code=st.sampled_from(CODES),
    project=st.sampled_from(("Tower", "Tower", "Depot", "")),
    quantity=st.decimals("0.5", "40", places=2),
    price=st.decimals("0.5", "900", places=4),
)
SPENDS = st.builds(
    Spend,
    kind=st.sampled_from(("bill", "credit", "spend", "refund")),
    lines=st.lists(SPENT, min_size=1, max_size=3).map(tuple),
)


def _nights(happenings: st.SearchStrategy[Any], most: int = 4) -> st.SearchStrategy[list[tuple[int, tuple[Any, ...]]]]:
    stretch = st.tuples(st.sampled_from(HOURS), st.lists(happenings, min_size=2, max_size=most).map(tuple))
    return st.lists(stretch, min_size=2, max_size=4)


@st.composite
def money(draw: st.DrawFn) -> tuple[Night, ...]:
    """A commitment or two at first, then months of billing, paying, changing and spending."""
    first = draw(st.lists(SIGNS, min_size=1, max_size=2))
    months = draw(_nights(st.one_of(INVOICED, INVOICED, PAID, CHANGES, SPENDS, RENAMED)))
    return ((1, (*first, draw(SPENDS))), *months)


ACTS = {
    "commitments": (
        *("sign", "retitle", "renumber", "reprice", "void", "withdraw", "approve", "delete"),
        *("edit_order", "rename_order", "add_line", "delete_order", "bill_order", "unbill_order"),
    ),
    "change_orders": (
        *("extend", "propose", "approve_change", "void_change", "reopen_change", "reprice_change", "delete_change"),
        *("reprice", "void", "approve", "edit_order", "add_line", "delete_order", "bill_order", "unbill_order"),
    ),
    "invoices": (
        *("invoice", "submit", "accept", "reopen", "rebill", "drop"),
        *("edit_bill", "void_bill", "credit_bill", "pay", "unpay", "remove_payment"),
    ),
    "job_costs": (
        *("enter", "draft", "spend", "authorise", "edit_cost", "recode", "void_cost"),
        *("remove_cost", "edit_direct_cost"),
    ),
}
"""What persons do, by what it is about."""

_FIRST = {"commitments": (), "change_orders": ("extend",), "invoices": ("invoice",), "job_costs": ("enter", "spend")}
_EVERY = sorted({act for acts in ACTS.values() for act in acts})


@st.composite
def events(draw: st.DrawFn) -> tuple[Stretch, ...]:
    """A commitment at first and what the history is mostly about; then anything, stretch by stretch.

    Drawn by a generator of its own: histories that are full from the first example on say more than small ones.
    """
    chance = draw(st.randoms(use_true_random=True))
    about = chance.choice(sorted(ACTS))

    def event(act: str) -> Event:
        return Event(act, chance.randrange(3), Decimal(chance.randrange(200, 90000)) / 100)

    def stretch() -> tuple[Event, ...]:
        acts = (chance.choice(ACTS[about] if chance.random() < 0.8 else _EVERY) for _ in range(chance.randint(2, 6)))
        return tuple(event(act) for act in acts)

    first = tuple(event(act) for act in ("sign", *_FIRST[about]))
    return ((1, first), *((chance.choice(HOURS), stretch()) for _ in range(chance.randint(2, 4))))
