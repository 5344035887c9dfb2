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
    """Counts and amounts of a run's records; of each one only until its outcome is known."""

    def __init__(self) -> None:
        self.unchanged = 0
        self._amounts: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
        self._sums: dict[str, Decimal] = {}

    def note(self, planned: Planned) -> None:
        """Keeps what a record amounts to, and what its target holds or will hold of it."""
        if planned.amount is not None:
            amount = Decimal(str(planned.amount))
            worth = amount if planned.worth is None else Decimal(str(planned.worth))
            self._amounts[planned.source_id, planned.part] = amount, worth

    def close(self, outcomes: Mapping[tuple[str, str], str]) -> None:
        """Adds up what was noted. What left no outcome of its own is unchanged."""
        if self._amounts and not self._sums:
            self._sums = dict.fromkeys(("source", "posted", "held"), Decimal(0))
        for key, (amount, worth) in self._amounts.items():
            posted = outcomes.get(key, "unchanged") in POSTED
            self._sums["source"] += amount
            self._sums["posted" if posted else "held"] += worth if posted else amount
        self._amounts.clear()

    def money(self) -> dict[str, str]:
        """`source`, `posted`, `held` and `difference` (source − posted − held) as text; empty without amounts."""
        if not self._sums:
            return {}
        difference = self._sums["source"] - self._sums["posted"] - self._sums["held"]
        return {name: format(amount, "f") for name, amount in (self._sums | {"difference": difference}).items()}


def too_many(mapped: MappedRows, narrowed: bool) -> bool:
    """Whether so many records are to be removed that a person has to look first; one who names records has looked."""
    return not narrowed and mapped["removals"] > max(FEWEST, int(SHARE * mapped["linked"]))
