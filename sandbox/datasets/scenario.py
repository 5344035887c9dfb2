"""What a dataset is before it is put into the vendors: both sides, and which records are the same."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.datasets.books import Books
from sandbox.datasets.cards import CardPurchase
from sandbox.datasets.model import Contractor

Pair = tuple[str, str]
KINDS = ("companies", "projects", "cost_codes", "commitments", "invoices")


@dataclass(frozen=True)
class Scenario:
    """Procore's side, the books, and the truth: pairs by kind, `<kind>_doubtful` where only a person can tell.

    `cards` are the movements on cards; without any, the card platform has its tags and nothing else.
    """

    contractor: Contractor
    books: Books
    truth: dict[str, list[Pair]] = field(default_factory=dict)
    cards: tuple[CardPurchase, ...] = ()
