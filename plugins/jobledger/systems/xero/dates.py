"""Xero's dates: `/Date(1552348800000+0000)/`, with or without an offset, before 1970 too."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(text: str | None) -> datetime | None:
    """The point in time that Xero's text or an ISO time names, in UTC; None for none. Raises `ValueError`.

    >>> moment("/Date(1552348800000+0000)/")
    datetime.datetime(2019, 3, 12, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if not text:
        return None
    if match := _DATE.fullmatch(text):
        return _EPOCH + timedelta(milliseconds=int(match[1]))
    parsed = datetime.fromisoformat(text)
    return parsed.replace(tzinfo=parsed.tzinfo or UTC).astimezone(UTC)


def day(text: str | None) -> date | None:
    """The day of a document: the UTC day of Xero's midnight, never shifted to a local one."""
    found = moment(text)
    return found.date() if found else None


@lru_cache(maxsize=4096)
def iso_day(text: str | None) -> str | None:
    """The day of a document as ISO text.

    >>> iso_day("/Date(1552348800000+0000)/")
    '2019-03-12'
    """
    found = day(text)
    return found.isoformat() if found else None


def version(text: str | None) -> str | None:
    """A time of change as text that sorts as time does."""
    found = moment(text)
    return found.isoformat(timespec="milliseconds")[:23] + "Z" if found else None
