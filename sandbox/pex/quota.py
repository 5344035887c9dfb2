"""PEX's limits as an older reference states them: 120 calls a minute, and a few an hour or a day of some."""

from __future__ import annotations

from sandbox.http import Request, Response
from sandbox.pex.errors import throttled
from sandbox.vendor import QuotaMode
from sandbox.window import Window
from sandbox.world import Clock

MINUTE, HOUR, DAY = 60, 3600, 86_400
FILES = "/v4/files/"
"""Where the linked addresses of receipts lead: no part of the API, so that they cost nothing."""

_LIMITS = {
    "minute": (120, MINUTE),
    "all_cardholder_transactions": (10, HOUR),
    "account_details": (10, HOUR),
    "transaction_details": (1, MINUTE),
    "token_post": (2, DAY),
    "token_delete": (2, DAY),
}
_SPECIAL = {
    ("GET", "/v4/details/allcardholdertransactions"): "all_cardholder_transactions",
    ("GET", "/v4/details/accountdetails"): "account_details",
    ("GET", "/v4/details/transactiondetails"): "transaction_details",
    ("POST", "/v4/token"): "token_post",
    ("POST", "/token"): "token_post",
    ("DELETE", "/v4/token"): "token_delete",
}


class PexQuota:
    """Limits per business. What is refused does not count; no answer tells what is left, or how long to wait."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._multiple: float | None = 1.0
        self.reset()

    def reset(self) -> None:
        """Forgets what was counted; the mode stays."""
        self._windows = {name: Window(limit, seconds) for name, (limit, seconds) in _LIMITS.items()}

    def set_mode(self, mode: QuotaMode) -> None:
        """`real`, `off`, or a multiple of the real limits."""
        self._multiple = 1.0 if mode == "real" else None if mode == "off" else float(mode)

    def take(self, request: Request) -> Response | None:
        """Counts a call; 429 when one of its limits is passed."""
        path = request.path.lower().rstrip("/")
        if path.startswith(FILES):
            return None
        now = self._clock.now()
        windows = [self._windows["minute"]]
        if special := _SPECIAL.get((request.method, path)):
            windows.append(self._windows[special])
        if any(window.used(now) >= window.limit * (self._multiple or float("inf")) for window in windows):
            return throttled()
        for window in windows:
            window.count(now)
        return None

    def headers(self, request: Request) -> dict[str, str]:
        """None: PEX does not tell."""
        return {}

    def highest_use(self) -> dict[str, dict[str, float]]:
        """Per window: the real limit times the mode's multiple, and the highest use."""
        multiple = self._multiple or 1.0
        return {
            name: {"limit": window.limit * multiple, "used": window.highest} for name, window in self._windows.items()
        }
