"""The money of a run: source = posted + held, to the cent, for every flow (ACC-31)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from jobledger.pipeline.map import MappedRows
from jobledger.pipeline.plan import Planned

POSTED = frozenset({"created", "updated", "unchanged"})
"""The outcomes after which the target holds what the source says; all others hold a record back."""

FEWEST, SHARE = 5, Decimal("0.02")
"""More removals than these (the larger of the two) stop all of a run's: a person looks first."""


class Tally:
    """Counts and amounts of a run's records, until their outcomes are known."""

    def __init__(self) -> None:
        self.unchanged = 0
        self._amounts: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}

    def note(self, planned: Planned) -> None:
        """Keeps what a record amounts to, and what its target holds or will hold of it."""
        if planned.amount is not None:
            amount = Decimal(str(planned.amount))
            worth = amount if planned.worth is None else Decimal(str(planned.worth))
            self._amounts[planned.source_id, planned.part] = amount, worth

    def money(self, outcomes: Mapping[tuple[str, str], str]) -> dict[str, str]:
        """`source`, `posted`, `held` and `difference` (source − posted − held) as text; empty without amounts.

        What left no outcome of its own is unchanged.
        """
        if not self._amounts:
            return {}
        sums = dict.fromkeys(("source", "posted", "held"), Decimal(0))
        for key, (amount, worth) in self._amounts.items():
            posted = outcomes.get(key, "unchanged") in POSTED
            sums["source"] += amount
            sums["posted" if posted else "held"] += worth if posted else amount
        sums["difference"] = sums["source"] - sums["posted"] - sums["held"]
        return {name: format(amount, "f") for name, amount in sums.items()}


def too_many(mapped: MappedRows, narrowed: bool) -> bool:
    """Whether so many records are to be removed that a person has to look first; one who names records has looked."""
    return not narrowed and mapped["removals"] > max(FEWEST, int(SHARE * mapped["linked"]))
