"""QuickBooks' times: ISO with the company's own offset, such as 2026-01-31T17:05:09-08:00."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=4096)
def version(text: str | None) -> str | None:
    """A time of change in UTC, as text that sorts as time does.

    >>> version("2026-01-31T17:05:09-08:00")
    '2026-02-01T01:05:09Z'
    """
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stated(moment: datetime) -> str:
    """A point in time as queries and change data capture take it.

    >>> stated(datetime(2026, 2, 1, 1, 5, 9, tzinfo=UTC))
    '2026-02-01T01:05:09+00:00'
    """
    return moment.astimezone(UTC).isoformat(timespec="seconds")
