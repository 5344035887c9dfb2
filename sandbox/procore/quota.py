"""Procore's two rate windows: an hour and ten seconds (Procore: rate limiting).

The documentation promises no numbers: 3,600 an hour is what it used to state, 25 in ten seconds is its sample. A 429
carries no `Retry-After` here, because only one of two pages of the documentation mentions it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.http import Request, Response, json_response
from sandbox.procore.errors import RATE_LIMITED
from sandbox.vendor import QuotaMode
from sandbox.world import Clock


@dataclass
class Window:
    """A fixed window of `seconds`. `used` counts since its start; `highest` is the most that any window saw."""

    real: int
    seconds: int
    limit: float
    number: int = -1
    used: int = 0
    highest: int = 0

    def roll(self, now: float) -> None:
        """Starts counting afresh when a new window has begun."""
        if int(now // self.seconds) != self.number:
            self.number, self.used = int(now // self.seconds), 0

    @property
    def left(self) -> float:
        """How many requests are left."""
        return max(0, self.limit - self.used)

    @property
    def reset_at(self) -> int:
        """When the next window begins, in Unix seconds."""
        return (self.number + 1) * self.seconds


class ProcoreQuota:
    """The rate limits of one company. Refused and failed calls count as well; token requests do not."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._windows = {"hourly": Window(3600, 3600, 3600), "spike": Window(25, 10, 25)}

    def take(self, request: Request) -> Response | None:
        """Counts a request; 429 when it is one too many."""
        if not _counts(request):
            return None
        for window in self._windows.values():
            window.roll(self._clock.now().timestamp())
            window.used += 1
            window.highest = max(window.highest, window.used)
        if all(window.used <= window.limit for window in self._windows.values()):
            return None
        return json_response({"errors": RATE_LIMITED}, 429)

    def headers(self, request: Request) -> dict[str, str]:
        """Limit, remaining and reset of the window that is nearest to its end."""
        if not _counts(request):
            return {}
        window = min(self._windows.values(), key=lambda one: one.left)
        if window.limit == float("inf"):
            return {}
        return {
            "x-rate-limit-limit": str(int(window.limit)),
            "x-rate-limit-remaining": str(int(window.left)),
            "x-rate-limit-reset": str(window.reset_at),
        }

    def set_mode(self, mode: QuotaMode) -> None:
        """`real`, `off`, or a multiple of the real limits."""
        multiple = {"real": 1.0, "off": float("inf")}.get(mode, mode) if isinstance(mode, str) else mode
        for window in self._windows.values():
            window.limit = max(1, float(multiple) * window.real)

    def reset(self) -> None:
        """Forgets what was counted."""
        for window in self._windows.values():
            window.number, window.used, window.highest = -1, 0, 0

    def highest_use(self) -> dict[str, dict[str, Any]]:
        """Per window: the limit and the most that was used. Without a limit, `limit` is None."""
        return {
            name: {"limit": None if window.limit == float("inf") else window.limit, "used": window.highest}
            for name, window in self._windows.items()
        }


def _counts(request: Request) -> bool:
    return not request.path.startswith("/oauth/")
