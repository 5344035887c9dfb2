"""When a request failed: whether it may have been executed all the same, and how long to wait before the next try."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
from urllib3.exceptions import NewConnectionError

from jobledger.errors import FixTheSetup

LONGEST_RETRY_AFTER = 86_400.0
"""Seconds. No limit of a vendor lasts longer than its day: a greater `Retry-After` is taken for a day."""

LONGEST_PAUSE = 60.0
FIRST_PAUSE = 1.0


@dataclass(frozen=True)
class Trouble:
    """Why there is no usable answer, in words, and whether the vendor may have executed the request all the same.

    `wait` is what it asks for, in seconds; `hopeless`: the next try would end in the same way.
    """

    reason: str
    executed: bool
    wait: float | None = None
    hopeless: bool = False


class TooMuchError(requests.RequestException):
    """An answer beyond the bounds of size or time."""


_BY_STATUS = {
    408: Trouble("took too long to answer (408)", executed=True),
    429: Trouble("refused the call, because a limit is used up (429)", executed=False),
}
_NEVER_SENT = (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.ProxyError)
_NO_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
)


def trouble_of_status(status: int, wait: float | None) -> Trouble | None:
    """What a status means for trying again; None for an answer that stands."""
    if status >= 500:
        return Trouble(f"is in trouble (status {status})", executed=True, wait=wait)
    known = _BY_STATUS.get(status)
    return Trouble(known.reason, known.executed, wait) if known else None


def trouble_of_error(error: requests.RequestException, where: str) -> Trouble:
    """What a failed exchange means. Raises `FixTheSetup` if the address itself is none."""
    if isinstance(error, _NO_ADDRESS):
        raise FixTheSetup(where, "the host is not a web address.", "Write it as https://api.example.com.") from None
    if isinstance(error, _NEVER_SENT) or _refused(error):
        return Trouble("cannot be reached", executed=False)
    if isinstance(error, TooMuchError):
        return Trouble("sends an answer that is too large or too slow", executed=True, hopeless=True)
    if isinstance(error, requests.Timeout):
        return Trouble("did not answer in time", executed=True)
    return Trouble("broke off the answer", executed=True)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that `Retry-After` asks for, given in seconds or as a date; None if it says nothing that makes sense.

    `now` is the vendor's own time, so that a clock that is wrong here does no harm.
    """
    text = headers.get("Retry-After", "").strip()
    try:
        seconds = float(text) if _is_number(text) else (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def vendor_time(headers: Mapping[str, str], now: datetime) -> datetime:
    """The vendor's own time (`Date`), or ours where it does not tell."""
    try:
        return parsedate_to_datetime(headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return now


def pause_before(attempt: int, asked: float | None, chance: float) -> float:
    """Seconds before attempt 2, 3, …: as asked, else doubled each time; spread by `chance` (0 to 1)."""
    if asked is not None:
        return asked + chance * FIRST_PAUSE
    doubled = FIRST_PAUSE * 2.0 ** min(attempt - 2, 30)
    return float(min(doubled, LONGEST_PAUSE) * (1 + chance) / 2)


def _refused(error: requests.RequestException) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)


def _is_number(text: str) -> bool:
    return text.isascii() and text.replace(".", "", 1).isdigit()
