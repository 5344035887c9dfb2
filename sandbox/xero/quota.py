"""Xero's limits per organisation: calls in flight, a minute, a day."""

from __future__ import annotations

import math
from datetime import datetime

from sandbox.http import Request, Response
from sandbox.vendor import QuotaMode
from sandbox.world import Clock
from sandbox.xero.errors import problem

API = "/api.xro/"
_CONCURRENT = 5
_APP_MINUTE = 10_000


class Window:
    """A fixed window. Each tenant's windows begin at an instant of their own: `begins` seconds after the full one."""

    def __init__(self, name: str, limit: int, seconds: int, begins: int) -> None:
        self.name = name
        self.limit = limit
        self.used = 0
        self.highest = 0
        self._seconds = seconds
        self._begins = begins
        self._number = -1

    def turn(self, now: datetime) -> None:
        """Starts counting anew when a new window has begun."""
        number = math.floor((now.timestamp() - self._begins) / self._seconds)
        if number != self._number:
            self._number, self.used = number, 0

    def count(self) -> None:
        """Counts one call."""
        self.used += 1
        self.highest = max(self.highest, self.used)

    def ends_in(self, now: datetime) -> int:
        """Full seconds until the window ends."""
        return math.ceil(self._seconds - (now.timestamp() - self._begins) % self._seconds)


class XeroQuota:
    """5 calls in flight, 60 a minute, 5,000 a day. A refused call does not count."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._multiple: float | None = 1.0
        self.reset()

    def reset(self) -> None:
        """Forgets what was counted; the mode stays."""
        self._minute = Window("minute", 60, 60, 17)
        self._day = Window("day", 5000, 86400, 37_417)
        self._most_in_flight = 0

    def set_mode(self, mode: QuotaMode) -> None:
        """`real`, `off`, or a multiple of the real limits."""
        self._multiple = 1.0 if mode == "real" else None if mode == "off" else float(mode)

    def take(self, request: Request) -> Response | None:
        """Counts an accounting call; signing in costs nothing."""
        if not request.path.lower().startswith(API):
            return None
        now = self._clock.now()
        self._most_in_flight = max(self._most_in_flight, request.in_flight)
        if self._multiple is not None and request.in_flight > max(1, _CONCURRENT * self._multiple):
            return _refusal("concurrent", None)
        windows = (self._minute, self._day)
        for window in windows:
            window.turn(now)
            if self._multiple is not None and window.used >= window.limit * self._multiple:
                return _refusal(window.name, window.ends_in(now))
        for window in windows:
            window.count()
        return None

    def headers(self, request: Request) -> dict[str, str]:
        """What is left; with the limits off, all of it, always."""
        if not request.path.lower().startswith(API):
            return {}
        return {
            "x-minlimit-remaining": str(self._left(self._minute)),
            "x-daylimit-remaining": str(self._left(self._day)),
            "x-appminlimit-remaining": str(_APP_MINUTE - self._minute.used),
        }

    def highest_use(self) -> dict[str, dict[str, float]]:
        """Per window: the real limit times the mode's multiple, and the highest use."""
        multiple = self._multiple or 1.0
        used = {"minute": (60, self._minute.highest), "day": (5000, self._day.highest)}
        used["concurrent"] = (_CONCURRENT, self._most_in_flight)
        return {name: {"limit": limit * multiple, "used": most} for name, (limit, most) in used.items()}

    def _left(self, window: Window) -> int:
        if self._multiple is None:
            return window.limit
        return max(0, int(window.limit * self._multiple) - window.used)


def _refusal(window: str, retry_after: int | None) -> Response:
    headers = {"x-rate-limit-problem": window}
    if retry_after is not None:
        headers["retry-after"] = str(retry_after)
    return problem(429, "Too Many Requests", f"The {window} limit of this organisation is exceeded", headers)
