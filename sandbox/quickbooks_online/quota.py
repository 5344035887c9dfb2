"""QuickBooks' limits per company and app: calls in flight, a second, a minute; batches a minute."""

from __future__ import annotations

from sandbox.http import Request, Response
from sandbox.quickbooks_online.errors import throttled
from sandbox.vendor import QuotaMode
from sandbox.window import Window
from sandbox.world import Clock

API = "/v3/company/"
_CONCURRENT = 10


class QuickBooksQuota:
    """10 calls in flight, 10 a second, 500 a minute; 40 batches a minute by one app. No answer tells what is left."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._multiple: float | None = 1.0
        self.reset()

    def reset(self) -> None:
        """Forgets what was counted; the mode stays."""
        self._windows = {"second": Window(10, 1), "minute": Window(500, 60), "batches": Window(40, 60)}
        self._most_in_flight = 0

    def set_mode(self, mode: QuotaMode) -> None:
        """`real`, `off`, or a multiple of the real limits."""
        self._multiple = 1.0 if mode == "real" else None if mode == "off" else float(mode)

    def take(self, request: Request) -> Response | None:
        """Counts an accounting call; signing in costs nothing. The gateway's refusals, by the second, are no JSON."""
        path = request.path.lower()
        if not path.startswith(API):
            return None
        now = self._clock.now()
        self._most_in_flight = max(self._most_in_flight, request.in_flight)
        if self._multiple is not None and request.in_flight > max(1, _CONCURRENT * self._multiple):
            return throttled(as_json=False)
        windows = {name: one for name, one in self._windows.items() if name != "batches" or path.endswith("/batch")}
        for name, window in windows.items():
            if window.used(now) >= window.limit * (self._multiple or float("inf")):
                return throttled(as_json=name != "second")
        for window in windows.values():
            window.count(now)
        return None

    def headers(self, request: Request) -> dict[str, str]:
        """None: QuickBooks does not tell."""
        return {}

    def highest_use(self) -> dict[str, dict[str, float]]:
        """Per window: the real limit times the mode's multiple, and the highest use."""
        multiple = self._multiple or 1.0
        used = {name: (window.limit, window.highest) for name, window in self._windows.items()}
        used["concurrent"] = (_CONCURRENT, self._most_in_flight)
        return {name: {"limit": limit * multiple, "used": most} for name, (limit, most) in used.items()}
