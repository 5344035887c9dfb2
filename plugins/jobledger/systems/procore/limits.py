"""Procore's two windows: an hour and ten seconds (XTR-5).

Neither number is promised: those that the documentation shows are assumed until Procore tells otherwise. Each answer
tells what is left of the window that is nearer its end, and when that is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from jobledger.systems.attempts import vendor_time
from jobledger.systems.budget import Limit, Told

SPIKE_SECONDS = 10
HOUR_SECONDS = 3600
USUAL_HOUR = 3600
"""Calls an hour that Procore's documentation once stated: of the hour it tells nothing until it is nearly used up."""

RESERVE = 720
"""Calls of an hour, a fifth, that backfills leave to all other runs."""

LIMITS = (
    Limit("spike", "limit of calls in ten seconds", calls=25, seconds=SPIKE_SECONDS),
    Limit("hour", "limit of calls an hour", calls=None, seconds=HOUR_SECONDS),
    Limit("backfill", "share of an hour for backfills", USUAL_HOUR - RESERVE, HOUR_SECONDS, for_backfills=True),
)


def told(status: int, headers: Mapping[str, str], now: datetime) -> list[Told]:
    """What an answer says. Its times are the vendor's own, so they are read as a distance from its `Date`."""
    remaining, reset = headers.get("X-Rate-Limit-Remaining", ""), headers.get("X-Rate-Limit-Reset", "")
    if not (remaining.isdigit() and reset.isdigit()):
        return []
    seconds = max(float(reset) - vendor_time(headers, now).timestamp(), 0.0)
    window = "spike" if seconds <= SPIKE_SECONDS else "hour"
    left = 0 if status == 429 else int(remaining)
    ends = now + timedelta(seconds=min(seconds, HOUR_SECONDS))
    of_backfills = [Told("backfill", max(left - RESERVE, 0), ends)] if window == "hour" else []
    return [Told(window, left, ends), *of_backfills]
