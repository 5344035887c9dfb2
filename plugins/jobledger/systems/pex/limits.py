"""PEX's limits per business: 120 calls a minute, and 10 an hour on the two lists that show the whole business.

They stand in an older reference only (PEX: External API, usage limits), and no header tells what is left; so they are
kept to, and a refusal waits for a tenth of the hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from jobledger.systems.budget import Limit, ReadLimits, Told

LIMITS = (Limit("minute", "limit of 120 calls a minute", calls=120, seconds=60),)
PURCHASES = (Limit("purchases", "limit of 10 lists of purchases an hour", calls=10, seconds=3600),)
CARDHOLDERS = (Limit("cardholders", "limit of 10 lists of cardholders an hour", calls=10, seconds=3600),)

MOST_FILE_BYTES = 25_000_000
"""The largest receipt that is carried; PEX names no limit, Procore neither."""


def told(window: str, wait: timedelta) -> ReadLimits:
    """What a refusal says of a window: nothing more for a while. Other answers say nothing of the limits."""

    def read(status: int, headers: Mapping[str, str], now: datetime) -> list[Told]:
        return [Told(window, 0, now + wait)] if status == 429 else []

    return read


A_MINUTE = timedelta(minutes=1)
A_TENTH = timedelta(minutes=6)
