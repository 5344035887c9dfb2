"""Procore's two windows: an hour and ten seconds (XTR-5).

Neither number is promised. Each answer tells what is left of the window that is nearer its end, and when that is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from jobledger.systems.attempts import vendor_time
from jobledger.systems.budget import Limit, Told

SPIKE_SECONDS = 10
LIMITS = (
    Limit("spike", "limit of calls in ten seconds", calls=None, seconds=SPIKE_SECONDS, block=5),
    Limit("hour", "limit of calls an hour", calls=None, seconds=3600, block=50),
)


def told(status: int, headers: Mapping[str, str], now: datetime) -> list[Told]:
    """What an answer says. Its times are the vendor's own, so they are read as a distance from its `Date`."""
    remaining, reset = headers.get("X-Rate-Limit-Remaining", ""), headers.get("X-Rate-Limit-Reset", "")
    if not (remaining.isdigit() and reset.isdigit()):
        return []
    seconds = max(float(reset) - vendor_time(headers, now).timestamp(), 0.0)
    window = "spike" if seconds <= SPIKE_SECONDS else "hour"
    left = 0 if status == 429 else int(remaining)
    return [Told(window, left, now + timedelta(seconds=min(seconds, 3600.0)))]
