"""Which documents of two sides may be the same (ACC-4): same party, number and total; two of the three are a proposal.

`evidence` holds `party` (on both sides under the same side's ids), `amount`, the `tax` that its lines include besides,
`date`, and further numbers by which a document may be called: `invoice_number`, `order_number`. Two that agree in two
things only are proposed if they are no more than 45 days apart (ACC-25).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import combinations, product
from typing import NamedTuple

from jobledger.mapping.candidates import Named, Proposal, blocked_pairs
from jobledger.mapping.names import plain

NEAR_DAYS = 45
_OTHER_NUMBERS = ("invoice_number", "order_number")


class Paper(NamedTuple):
    """A document with everything comparable worked out once. `numbers` begins with its own."""

    card: Named
    party: str
    amounts: frozenset[Decimal]
    """What it comes to: before tax, and with the tax that its lines include."""

    own_number: str
    numbers: frozenset[str]
    day: date | None


def propose_documents(left: Sequence[Named], right: Sequence[Named]) -> list[Proposal]:
    """Proposals for documents that are not linked yet; only one that agrees in all three and has no rival is sure."""
    ours, theirs = [_paper(card) for card in left], [_paper(card) for card in right]
    judged = [_judge(one, other) for one, other in blocked_pairs(ours, theirs, (_keys,))]
    return _unless_rivalled([proposal for proposal in judged if proposal])


def _paper(card: Named) -> Paper:
    known = card.evidence
    numbers = [plain(number or "") for number in (card.number, *(known.get(name) for name in _OTHER_NUMBERS))]
    return Paper(
        card=card,
        party=known.get("party", ""),
        amounts=_amounts(known.get("amount"), known.get("tax")),
        own_number=numbers[0],
        numbers=frozenset(filter(None, numbers)),
        day=date.fromisoformat(known["date"][:10]) if known.get("date") else None,
    )


def _amounts(amount: str | None, tax: str | None) -> frozenset[Decimal]:
    return frozenset({Decimal(amount), Decimal(amount) + Decimal(tax or 0)} if amount else ())


def _keys(paper: Paper) -> Iterable[Hashable]:
    """Two things together: documents that share none of these pairs agree in one thing at the most."""
    return {
        pair
        for number, amount in product((*paper.numbers, ""), (*paper.amounts, None))
        for pair in combinations((("party", paper.party), ("amount", amount), ("number", number)), 2)
        if all(value not in ("", None) for _, value in pair)
    }


def _judge(one: Paper, other: Paper) -> Proposal | None:
    same_number = one.own_number != "" and one.own_number == other.own_number
    agreeing = [
        *(["same company"] if one.party and one.party == other.party else []),
        *(["same number"] if same_number else ["same order number"] if one.numbers & other.numbers else []),
        *(["same total"] if one.amounts & other.amounts else []),
    ]
    sure = len(agreeing) == 3 and same_number
    if len(agreeing) < 2 or not (sure or _near(one, other)):
        return None
    doubts = [] if one.card.active and other.card.active else ["one of them is not in use"]
    score = 1.0 if sure and not doubts else 0.3 * len(agreeing)
    return Proposal(one.card.id, other.card.id, round(score, 2), sure and not doubts, (*agreeing, *doubts))


def _near(one: Paper, other: Paper) -> bool:
    """Whether two documents may be of one occasion by their dates."""
    return one.day is None or other.day is None or abs((one.day - other.day).days) <= NEAR_DAYS


def _unless_rivalled(proposals: Sequence[Proposal]) -> list[Proposal]:
    """A document that agrees in everything with two others is a person's to decide."""
    sure = [one for one in proposals if one.sure]
    lefts, rights = Counter(one.left_id for one in sure), Counter(one.right_id for one in sure)
    return [
        one._replace(sure=False, score=0.8)
        if one.sure and (lefts[one.left_id] > 1 or rights[one.right_id] > 1)
        else one
        for one in proposals
    ]
