"""What the contractor's people buy with cards, and what is unusual about some of it; days are told back from today.

PEX tells twelve months only, so that this part of the story, unlike the rest, moves with the day on which it is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import Literal

from sandbox.datasets.crew import EMPLOYEES
from sandbox.datasets.model import Contractor

ORDINARY = 60
FARTHEST = 300
"""Days: the oldest purchase lies ten months back."""

RECENT = 50
"""Days: every second ordinary purchase and all unusual ones but one are no older."""

File = Literal["png", "jpeg", "pdf"]


@dataclass(frozen=True)
class Cardholder:
    """Somebody with a card. `number` is the company's own, "" for who is not on its payroll of hours."""

    first_name: str
    last_name: str
    number: str = ""


@dataclass(frozen=True)
class Coding:
    """What is chosen for a purchase or a part of it: project, cost code, cost type of the story; "" is not chosen."""

    project: str = ""
    code: str = ""
    cost_type: str = ""
    amount: Decimal | None = None


@dataclass(frozen=True)
class CardPurchase:
    """A movement on a card. `amount` is what was spent, negative when it came back; `codings` of two or more split it.

    `hour` is Eastern. `over_the_switch` puts it on the night in which clocks were last changed.
    """

    merchant: str
    amount: Decimal
    days_ago: int
    hour: int
    holder: int
    codings: tuple[Coding, ...] = ()
    title: str = ""
    mcc: str = ""
    status: str = "Approved"
    kind: str = "Network"
    category: str = ""
    pending: bool = False
    declined: bool = False
    note: str = ""
    synced_by_pex: bool = False
    account_code: str = ""
    files: tuple[File, ...] = ()
    upload: str = "Loaded"
    over_the_switch: bool = False


HOLDERS = (
    *(Cardholder(one.first_name, one.last_name, one.number) for one in EMPLOYEES),
    Cardholder("Dana", "Whitfield"),
    Cardholder("Marcus", "Oyelaran"),
    Cardholder("Priya", "Venkataraman"),
    Cardholder("Walt", "Brannigan"),
    Cardholder("Lupe", "Archuleta"),
    Cardholder("Tomasz", "Zieliński"),
    Cardholder("Renée", "Thibodeau"),
    Cardholder("Gus", "Halvorsen"),
    Cardholder("Kiona", "Begay"),
)
"""The crew, the office, and the superintendents."""

SHOPS: tuple[tuple[str, str, str, str, int, str], ...] = (
    ("Sinclair Fuel #2214", "5541", "01-540", "E", 90, "Diesel for the light towers"),
    ("Alpine Lumber Yard", "5211", "06-100", "M", 420, "Blocking and backing"),
    ("Mile High Tool Rental", "7394", "01-540", "E", 310, "Trencher, two days"),
    ("Comfort Inn Brighton", "7011", "01-310", "O", 240, "Superintendent, two nights"),
    ("City & County Permits", "9399", "01-310", "O", 175, "Right-of-way permit"),
    ("Cherry Creek Hardware", "5251", "01-510", "O", 65, ""),
    ("Western Safety Supply", "5099", "01-560", "M", 140, "Fencing and signs"),
    ("Front Range Ready Mix Counter", "5039", "03-300", "M", 380, "Short load, sidewalk panels"),
)
"""Merchant, its category code, cost code, cost type, dollars about, and what the cardholder notes."""

SPLIT, TWO_CODES = "split over two projects", "split over two cost codes of one project"
NO_PROJECT, UNKNOWN_VALUE = "no project chosen", "a value that no option has"
SYNCED, SWITCH = "carries the note of PEX's own connector", "crosses the night in which clocks change"
MALWARE, NOT_LOADED, TWO_FILES = "a receipt with malware", "a receipt that is not loaded yet", "a receipt of two files"
REJECTED, PENDING, DECLINED = "rejected by its reviewer", "pending: not settled yet", "declined at the till"
REFUND, LATE_REFUND = "refund", "refund of what was bought long before"
DISPUTE, FEE = "credit of a dispute", "fee of a card"
NO_OPTION = "no-such-project"


def purchases(rng: Random, contractor: Contractor, scale: int) -> tuple[CardPurchase, ...]:
    """Ordinary purchases, and each unusual one once."""
    projects = [
        one.number
        for one in contractor.projects
        if one.active and one.permitted and not one.segments and one.start.year < 2026
    ]
    ordinary = (_ordinary(rng, serial, projects) for serial in range(ORDINARY * scale))
    return (*ordinary, *unusual(*projects[:2]))


def unusual(first: str, second: str) -> Iterator[CardPurchase]:
    """What a sync has to know how to deal with, each with its title, on two projects."""
    fuel, wood = Coding(first, "01-540", "E"), Coding(second, "06-100", "M")
    parts = (replace(wood, project=first, amount=Decimal("210.45")), replace(wood, amount=Decimal("139.55")))
    codes = (replace(wood, amount=Decimal("80.01")), Coding(second, "01-510", "O", Decimal("19.99")))
    plain = CardPurchase("", Decimal("48.20"), 0, 11, 1, (fuel,))
    yield replace(plain, title=SPLIT, merchant="Boards & Beams", amount=Decimal("350.00"), days_ago=12, codings=parts)
    yield replace(
        plain, title=TWO_CODES, merchant="Aurora Builders Mart", amount=Decimal(100), days_ago=16, codings=codes
    )
    yield replace(plain, title=NO_PROJECT, merchant="Kum & Go 0417", days_ago=9, codings=(replace(fuel, project=""),))
    yield replace(
        plain, title=UNKNOWN_VALUE, merchant="Pilot 316", days_ago=21, codings=(replace(fuel, project=NO_OPTION),)
    )
    yield replace(plain, title=SYNCED, merchant="Loaf 'N Jug", days_ago=30, synced_by_pex=True)
    yield replace(
        plain, title=SWITCH, merchant="All Night Pump & Hose", days_ago=28, over_the_switch=True, files=("pdf",)
    )
    yield replace(
        plain, title=MALWARE, merchant="Dollar Hardware Online", days_ago=14, files=("pdf",), upload="HasMalware"
    )
    yield replace(plain, title=NOT_LOADED, merchant="Rental Depot", days_ago=7, files=("jpeg",), upload="NotLoaded")
    yield replace(
        plain, title=TWO_FILES, merchant="Hotel Platte", days_ago=18, files=("pdf", "jpeg"), amount=Decimal(388)
    )
    yield replace(
        plain, title=REJECTED, merchant="Mountain Steakhouse", days_ago=19, status="Rejected", note="Not on a job"
    )
    yield replace(plain, title=PENDING, merchant="Conoco 88", days_ago=1, status="NotReviewed", pending=True)
    yield replace(plain, title=DECLINED, merchant="Casino Sportsbook", days_ago=6, status="NotReviewed", declined=True)
    yield replace(plain, title=REFUND, merchant="Boards & Beams Returns", amount=Decimal("-35.10"), days_ago=8)
    yield replace(plain, title=LATE_REFUND, merchant="Mile High Tool Rental Deposit", amount=Decimal(-150), days_ago=3)
    moved = replace(plain, kind="Transfer", codings=(fuel,))
    yield replace(
        moved, title=DISPUTE, merchant="Dispute credit", amount=Decimal("-77.25"), category="Dispute", days_ago=11
    )
    yield replace(
        moved,
        title=FEE,
        merchant="Monthly card fee",
        amount=Decimal(5),
        category="CardAccountFee",
        days_ago=26,
        codings=(),
    )


def _ordinary(rng: Random, serial: int, projects: list[str]) -> CardPurchase:
    """Nine in ten are reviewed; of the others every second one is not coded yet. Most reviewed ones have a receipt."""
    merchant, mcc, code, cost_type, about, note = SHOPS[serial % len(SHOPS)]
    unreviewed = serial % 10 == 9
    coding = Coding(projects[serial % len(projects)], code, cost_type)
    kinds: tuple[File, ...] = ("png", "jpeg", "pdf")
    return CardPurchase(
        merchant=merchant,
        mcc=mcc,
        amount=Decimal(about * rng.randint(40, 190)) / 100 + Decimal(rng.randint(0, 99)) / 100,
        days_ago=rng.randint(2, FARTHEST if serial % 2 else RECENT),
        hour=rng.randint(7, 18),
        holder=rng.randrange(len(HOLDERS)),
        codings=() if serial % 20 == 19 else (coding,),
        status="NotReviewed" if unreviewed else "Approved",
        note=note if serial % 3 else "",
        account_code="5500" if serial % 4 == 0 else "",
        files=() if unreviewed or serial % 8 == 6 else (kinds[serial % 3],),
    )
