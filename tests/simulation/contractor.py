"""What a contractor and its bookkeeper do between two nights, drawn from a seed."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from tests.pipeline.histories import CODES, Change, Happening, Invoiced, Paid, Renamed, Sign, Spend
from tests.pipeline.model import Line, Share, Spent, cents


def beginning(chance: Random) -> list[Happening]:
    """A commitment or two, and a cost."""
    return [*(_sign(chance) for _ in range(chance.randint(1, 2))), _spend(chance)]


def anything(chance: Random) -> Happening:
    """A change order, another title, an invoice, a payment or a cost."""
    made = [_invoiced, _invoiced, _paid, _change, _renamed, _renamed, _spend, _sign]
    return chance.choice(made)(chance)


def _sign(chance: Random) -> Sign:
    kind = chance.choice(("work_order_contracts", "purchase_order_contracts"))
    lines = tuple(_line(chance, 10_000) for _ in range(chance.randint(1, 3)))
    return Sign(kind, chance.choice(("0", "5", "7.5", "10")), lines, whole=chance.random() < 0.3)


def _line(chance: Random, least: int) -> Line:
    code, amount = chance.choice(CODES), Decimal(chance.randint(least, 9_000_000)) / 100
    if chance.random() < 0.6:
        return Line(code, amount)
    quantity, unit_cost = Decimal(chance.randint(1, 20_000)) / 100, Decimal(chance.randint(1, 300_000)) / 1000
    return Line(code, cents(quantity * unit_cost) or amount, quantity, unit_cost)


def _change(chance: Random) -> Change:
    lines = tuple(_line(chance, -500_000) for _ in range(chance.randint(1, 2)))
    return Change(chance.randrange(4), tuple(line for line in lines if line.amount) or (_line(chance, 100),))


def _renamed(chance: Random) -> Renamed:
    return Renamed(chance.randrange(4), f"Package {chance.randrange(100)}")


def _invoiced(chance: Random) -> Invoiced:
    shares = tuple(_share(chance) for _ in range(chance.randint(1, 3)))
    return Invoiced(chance.randrange(4), shares, chance.choice(("0", "5", "10")), approved=chance.random() < 0.8)


def _share(chance: Random) -> Share:
    stored, released = chance.choice((0, 0, 11, 40)), chance.choice((0, 0, 0, 50))
    return Share(work=chance.choice((0, 7, 33, 50)), stored=stored, used_up=chance.random() < 0.5, released=released)


def _paid(chance: Random) -> Paid:
    return Paid(chance.randrange(4), tuple(chance.choice((100, 100, 25)) for _ in range(chance.randint(1, 2))))


def _spend(chance: Random) -> Spend:
    lines = tuple(_spent(chance) for _ in range(chance.randint(1, 3)))
    return Spend(chance.choice(("bill", "credit", "spend", "refund")), lines)


def _spent(chance: Random) -> Spent:
    project = chance.choice(("Tower", "Tower", "Depot", ""))
    quantity, price = Decimal(chance.randint(50, 4000)) / 100, Decimal(chance.randint(5000, 9_000_000)) / 10_000
    return Spent(chance.choice(CODES), project, quantity, price)
