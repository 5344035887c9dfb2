"""A limit that counts back from each call, as most vendors' do."""

from __future__ import annotations

from collections import deque
from datetime import datetime


class Window:
    """The calls of the last so many seconds."""

    def __init__(self, limit: int, seconds: int) -> None:
        self.limit = limit
        self.highest = 0
        self._seconds = seconds
        self._calls: deque[float] = deque()

    def used(self, now: datetime) -> int:
        """How many calls count now."""
        while self._calls and self._calls[0] <= now.timestamp() - self._seconds:
            self._calls.popleft()
        return len(self._calls)

    def count(self, now: datetime) -> None:
        """Counts one call."""
        self._calls.append(now.timestamp())
        self.highest = max(self.highest, len(self._calls))
