"""Tie-out: Procore against the books, to the cent, every difference explained by the document that causes it (ACC-32).

Pure: everything known is in `Papers`. Documents that belong together are a group; what their lines differ by, project
by project and code by code, is classed by the state of the group. What no class explains is `unexplained`, and is to
be zero.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from jobledger.reports.causes import Class, cause_of
from jobledger.reports.groups import Group, Key, groups
from jobledger.reports.papers import COMES_WITH, HOURS, MEASURES, Paper, Papers

ORDER = ("commitment", "billed", "retained", "paid", "cost", "expense", "invoiced", "receivable", "received", HOURS)
"""What is compared, in the order of the report."""


@dataclass(frozen=True)
class Difference:
    """What one group of documents differs by in one place: Procore's amount less the books'."""

    key: Key
    cause: Class
    amount: Decimal
    document: str
    why: str


@dataclass
class TieOut:
    """Both sides' totals by place, and every difference with its cause."""

    procore: dict[Key, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    books: dict[Key, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    differences: list[Difference] = field(default_factory=list)

    @property
    def unexplained(self) -> list[Difference]:
        """The differences that nothing explains."""
        return [one for one in self.differences if one.cause == "unexplained"]


def tie_out(papers: Papers) -> TieOut:
    """Adds both sides up and explains each difference."""
    result = TieOut()
    for group in groups(papers):
        for key, amount in group.sums["procore"].items():
            result.procore[key] += amount
        for key, amount in group.sums["books"].items():
            result.books[key] += amount
        result.differences += _differences(papers, group)
    return result


def _differences(papers: Papers, group: Group) -> Iterator[Difference]:
    ours, theirs = group.sums["procore"], group.sums["books"]
    found = {key: ours.get(key, Decimal(0)) - theirs.get(key, Decimal(0)) for key in (*ours, *theirs)}
    different = {key: amount for key, amount in found.items() if amount}
    if not different:
        return
    cause, why = cause_of(papers, group, different)
    label = (group.procore or group.books or _nobody(group)).label
    for key, amount in different.items():
        yield Difference(key, cause, amount, label, why)


def _nobody(group: Group) -> Paper:
    return Paper("", group.kind, group.kind, None, None, False, None, {})


def measures_of(kinds: Iterable[str]) -> list[str]:
    """What documents of some kinds let the tie-out compare, in the order of the report."""
    found = {MEASURES[kind] for kind in kinds}
    found |= {COMES_WITH[one] for one in found if one in COMES_WITH}
    return [one for one in ORDER if one in found]
