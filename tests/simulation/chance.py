"""One seed's draws: what goes wrong where, the same for the same seed, and the story of it."""

from __future__ import annotations

from collections import Counter
from random import Random

ACTIVE = 0.25
"""In how many of the seeds a labelled place is one at which something goes wrong at all."""


class Chance:
    """A labelled place is active in a quarter of the seeds; then it strikes at some of its passings."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.calm = False
        self.story: list[str] = []
        self.passed: Counter[str] = Counter()
        """How often each labelled place was passed, and under `struck` how often it struck."""

        self.struck: Counter[str] = Counter()
        self._active: dict[str, bool] = {}

    def strikes(self, label: str, share: float) -> bool:
        """Whether something goes wrong at a place this time; `share` of its passings, where it is active."""
        self.passed[label] += 1
        if label not in self._active:
            self._active[label] = self.random.random() < ACTIVE
        if self.calm or not self._active[label] or self.random.random() >= share:
            return False
        self.struck[label] += 1
        self.tell(label)
        return True

    def tell(self, what: str) -> None:
        """A line of the story, which a failing seed prints."""
        self.story.append(what)
