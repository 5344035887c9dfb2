"""Xero's limits per organisation (XTR-39): 60 calls a minute, 5,000 a day, 5 at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from jobledger.systems.attempts import retry_after, vendor_time
from jobledger.systems.budget import Limit, Told

RESERVE = 500
"""Calls of a day that backfills leave to all other runs."""

LIMITS = (
    Limit("minute", "limit of 60 calls a minute", calls=60, seconds=60),
    Limit("day", "limit of calls a day", calls=None, seconds=86_400),
    Limit("backfill", "share of a day for backfills", calls=5_000 - RESERVE, seconds=86_400, for_backfills=True),
)

BATCH = 50
"""Elements that one POST takes; more of them time out (Xero: API limits)."""

IDS_PER_CALL = 40
"""An address with more ids than about fifty is refused (Xero: requests and responses)."""


def told(status: int, headers: Mapping[str, str], now: datetime) -> list[Told]:
    """What an answer says of the windows. When a window ends Xero tells only in a refusal."""
    if status == 429:
        return _refused(headers, now)
    left = {"minute": headers.get("X-MinLimit-Remaining", ""), "backfill": headers.get("X-DayLimit-Remaining", "")}
    kept = {"minute": 0, "backfill": RESERVE}
    return [Told(window, max(int(text) - kept[window], 0)) for window, text in left.items() if text.isdigit()]


def _refused(headers: Mapping[str, str], now: datetime) -> list[Told]:
    window = headers.get("X-Rate-Limit-Problem", "").lower()
    wait = retry_after(headers, vendor_time(headers, now))
    if window not in {"minute", "day"} or wait is None:
        return []
    ends = now + timedelta(seconds=wait)
    return [Told(one, 0, ends) for one in ([window] if window == "minute" else [window, "backfill"])]
