"""Automap: which records of the two sides may be the same thing, each proposal with a score and its evidence in words.

Matching is lenient for companies only (ACC-4). A proposal that is not `sure` is for a person to decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import product

from rapidfuzz import fuzz

from jobledger.mapping.candidates import Named, Proposal, blocked_pairs, equal_pairs
from jobledger.mapping.companies import propose_companies
from jobledger.mapping.documents import propose_documents
from jobledger.mapping.names import distinguishing, plain

__all__ = ["Named", "Proposal", "propose"]

ALIKE_ENOUGH = 85.0
CONTRADICTING = 50.0
DIFFERENT_NUMBER = "different number"


def propose(left: Sequence[Named], right: Sequence[Named], kind: str) -> list[Proposal]:
    """Proposals for records of one kind that are not linked yet, the likeliest first; either side may be left."""
    make = _KINDS.get(kind, propose_documents)
    return sorted(make(left, right), key=lambda proposal: (not proposal.sure, -proposal.score))


def _propose_named(left: Sequence[Named], right: Sequence[Named]) -> list[Proposal]:
    """Projects, employees and the like with an equal number or name; alike names are for a person to decide."""
    ours, theirs = _in_use(left), _in_use(right)
    pairs: dict[tuple[str, str], Proposal] = {}
    for one, other, rivals in equal_pairs(ours, theirs, _labels):
        proposal = _same_project(one, other, rivals)
        known = pairs.setdefault((one.id, other.id), proposal)
        pairs[one.id, other.id] = max(known, proposal, key=lambda p: p.score)
    equal = _unrivalled(list(pairs.values()))
    left_done, right_done = {p.left_id for p in equal if p.sure}, {p.right_id for p in equal if p.sure}
    rest = [one for one in ours if one.id not in left_done], [one for one in theirs if one.id not in right_done]
    alike = (_alike_project(one, other) for one, other in blocked_pairs(*rest, (_words,)))
    return equal + [p for p in alike if p and (p.left_id, p.right_id) not in pairs]


def _propose_codes(left: Sequence[Named], right: Sequence[Named]) -> list[Proposal]:
    """Cost codes with an equal code, whatever its case (ACC-2: the code is the key)."""
    pairs = equal_pairs(_in_use(left), _in_use(right), lambda card: [(card.number or card.name).strip().casefold()])
    return [_proposal(one, other, rivals, ("same code",)) for one, other, rivals in pairs]


_NAMED = (
    *("projects", "cost_code_accounts", "cost_code_classes", "cost_types", "tax_codes", "locations", "employees"),
)
"""Kinds whose records are known by a name, a number, or both."""

_KINDS = {
    "companies": propose_companies,
    **dict.fromkeys(_NAMED, _propose_named),
    "cost_codes": _propose_codes,
    "standard_cost_codes": _propose_codes,
}


def _in_use(cards: Sequence[Named]) -> list[Named]:
    return [card for card in cards if card.merged_into is None]


def _number(card: Named) -> str:
    return plain(card.number or "")


def _labels(card: Named) -> Iterable[str]:
    """Everything a project may be called by: name, number, and both as one."""
    name, number = plain(card.name), _number(card)
    return {label for label in (name, number, f"{number} {name}".strip()) if label}


def _words(card: Named) -> Iterable[str]:
    return set(plain(card.name).split())


def _same_project(one: Named, other: Named, rivals: int) -> Proposal:
    same_name = plain(one.name) == plain(other.name)
    numbers = {_number(one), _number(other)} - {""}
    if len(numbers) == 2:
        return _proposal(one, other, rivals, ("same name", DIFFERENT_NUMBER), doubtful=True)
    if same_name:
        return _proposal(one, other, rivals, ("same name",))
    unlike = bool(one.number and other.number) and fuzz.token_set_ratio(one.name, other.name) < CONTRADICTING
    evidence = ("same number", "different name") if unlike else ("same number",)
    return _proposal(one, other, rivals, evidence, doubtful=unlike)


def _alike_project(one: Named, other: Named) -> Proposal | None:
    ours, theirs = plain(one.name), plain(other.name)
    alike = max(fuzz.token_sort_ratio(*called) for called in product(_labels(one), _labels(other)))
    within = _within(ours.split(), theirs.split())
    if _set_apart(ours, theirs) or not (within or alike >= ALIKE_ENOUGH):
        return None
    evidence = "one name within the other" if within else f"names {alike:.0f}% alike"
    return Proposal(one.id, other.id, round(0.9 * alike / 100, 2), False, (evidence,))


def _within(one: list[str], other: list[str]) -> bool:
    """Whether all words of one name, at least two, are in the other."""
    return min(len(one), len(other)) > 1 and (set(one) <= set(other) or set(other) <= set(one))


def _set_apart(one: str, other: str) -> bool:
    """Whether both names hold numbers of their own, as 'Phase 1' and 'Phase 2' do."""
    ours, theirs = ({word for word in text.split() if distinguishing(word)} for text in (one, other))
    return bool(ours - theirs and theirs - ours)


def _proposal(one: Named, other: Named, rivals: int, evidence: tuple[str, ...], doubtful: bool = False) -> Proposal:
    doubts = [f"{rivals} records have it"] if rivals > 1 else []
    doubts += [] if one.active and other.active else ["one of them is archived"]
    sure = not doubts and not doubtful
    score = 1.0 if sure else 0.8 - 0.1 * (len(doubts) + doubtful)
    return Proposal(one.id, other.id, round(score, 2), sure, (*evidence, *doubts))


def _unrivalled(proposals: list[Proposal]) -> list[Proposal]:
    """Nothing is sure of a record that is claimed twice, as by one project's number and another's name.

    Two projects of one name with different numbers are no rivals, and no proposal once one of them is sure.
    """
    claims = [p for p in proposals if DIFFERENT_NUMBER not in p.evidence]
    lefts, rights = Counter(p.left_id for p in claims), Counter(p.right_id for p in claims)
    judged = [p._replace(sure=p.sure and lefts[p.left_id] == rights[p.right_id] == 1) for p in claims]
    done = {p.left_id for p in judged if p.sure}, {p.right_id for p in judged if p.sure}
    others = [p for p in proposals if DIFFERENT_NUMBER in p.evidence]
    return judged + [p for p in others if p.left_id not in done[0] and p.right_id not in done[1]]
