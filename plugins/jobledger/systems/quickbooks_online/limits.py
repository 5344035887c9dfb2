"""QuickBooks' limits per company and app (XTR-40): 500 calls a minute, 10 a second, 40 batches a minute.

It sends no headers of them; after a refusal a minute is waited for (Intuit: limits and throttles).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from jobledger.systems.attempts import retry_after, vendor_time
from jobledger.systems.budget import Limit, Told

MINUTE = timedelta(seconds=60)

LIMITS = (
    Limit("minute", "limit of 500 calls a minute", calls=500, seconds=60),
    Limit("second", "limit of 10 calls a second", calls=10, seconds=1),
)
BATCHES = (Limit("batches", "limit of 40 batches a minute", calls=40, seconds=60),)

BATCH = 30
"""Items that one batch takes."""

PAGE = 1000
"""The most records of one answer to a query."""

PAGES_AT_ONCE = 5
"""Pages of a long list that one batch asks for: more of them would be too much for memory."""

MOST_FILE_BYTES = 100_000_000
"""The largest file that can be attached."""

LOOKS_BACK = timedelta(days=29)
"""How far change data capture is asked to look back: it knows 30 days (XTR-41)."""

MOST_CHANGES = 1000
"""The most objects in one answer of change data capture; as many may be fewer than there are."""


def told(status: int, headers: Mapping[str, str], now: datetime) -> list[Told]:
    """What a refusal says: nothing more for a minute. Answers that are none say nothing of the limits."""
    if status != 429:
        return []
    asked = retry_after(headers, vendor_time(headers, now))
    return [Told("minute", 0, now + (timedelta(seconds=asked) if asked is not None else MINUTE))]
