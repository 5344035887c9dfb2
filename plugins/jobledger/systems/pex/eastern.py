"""PEX's times: US Eastern without an offset, in what is asked as in what is answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")

CLOCKS_TURN = timedelta(hours=1)
"""A window is wider by this at both ends: in the night when clocks are set back an hour has two meanings."""


def asked(moment: datetime) -> str:
    """A moment as PEX takes it in a query."""
    return moment.astimezone(EASTERN).replace(tzinfo=None).isoformat(timespec="seconds")


def moment(stated: str) -> datetime:
    """A time of an answer, in UTC. Raises `ValueError`."""
    found = datetime.fromisoformat(stated)
    return (found if found.tzinfo else found.replace(tzinfo=EASTERN)).astimezone(UTC)
