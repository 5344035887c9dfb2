"""Xero's limits per organisation (XTR-39): 60 calls a minute, 5,000 a day, 5 at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from jobledger.systems.attempts import retry_after, vendor_time
from jobledger.systems.budget import Limit, Told

LIMITS = (
    Limit("minute", "limit of 60 calls a minute", calls=60, seconds=60, block=5),
    Limit("day", "limit of calls a day", calls=None, seconds=86_400, block=50),
)

BATCH = 50
"""Elements that one POST takes; more of them time out (Xero: API limits)."""

IDS_PER_CALL = 40
"""An address with more ids than about fifty is refused (Xero: requests and responses)."""


def told(status: int, headers: Mapping[str, str], now: datetime) -> list[Told]:
    """What an answer says of the windows. When a window ends Xero tells only in a refusal."""
    if status == 429:
        window = headers.get("X-Rate-Limit-Problem", "").lower()
        wait = retry_after(headers, vendor_time(headers, now))
        known = window in {"minute", "day"} and wait is not None
        return [Told(window, 0, now + timedelta(seconds=wait or 0))] if known else []
    left = headers.get("X-MinLimit-Remaining", "")
    return [Told("minute", int(left))] if left.isdigit() else []
