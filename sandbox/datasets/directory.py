"""The contractor's company directory, 180 companies a block: who builds, who sells, who owns, who only bids."""

from __future__ import annotations

from itertools import cycle, islice
from random import Random

from sandbox.datasets import names
from sandbox.datasets.cast import CAST
from sandbox.datasets.model import Company, CompanyKind
from sandbox.datasets.trades import SUBCONTRACT_TRADES, SUPPLY_TRADES

PER_BLOCK: tuple[tuple[CompanyKind, int, tuple[str, ...]], ...] = (
    ("subcontractor", 111, tuple(SUBCONTRACT_TRADES)),
    ("supplier", 33, tuple(SUPPLY_TRADES)),
    ("owner", 9, ("owner",)),
    ("architect", 7, ("architect",)),
    ("bidder", 20, tuple(SUBCONTRACT_TRADES)),
)


def companies(rng: Random, blocks: int) -> tuple[Company, ...]:
    """180 a block: the cast, and others in place of those that it has already. No two are alike but planted twins."""
    taken = {names.plain(company.name) for company in CAST}
    roles = [role for _ in range(blocks) for role in _roles()][len(CAST) :]
    others = (_company(rng, number, kind, trade, taken) for number, (kind, trade) in enumerate(roles))
    return (*CAST, *others)


def _roles() -> list[tuple[CompanyKind, str]]:
    return [(kind, trade) for kind, count, trades in PER_BLOCK for trade in islice(cycle(trades), count)]


def _company(rng: Random, number: int, kind: CompanyKind, trade: str, taken: set[str]) -> Company:
    name = names.company_name(rng, trade, taken)
    has_fax, has_mail = rng.random() < 0.3, rng.random() < 0.7
    return Company(
        key=f"c{number:05d}",
        name=name,
        kind=kind,
        trade=trade,
        place=names.place(rng),
        phone=names.phone(2 * number, rng.randrange(len(names.PHONE_FORMATS))),
        fax=names.phone(2 * number + 1, 0) if has_fax else "",
        email=f"office@{names.tidy(name)}.example" if has_mail else "",
        active=rng.random() > 0.03 or kind != "bidder",
    )
