"""Errors, named by what has to happen next.

* JobledgerError
  x RetryLater       the same call may succeed later: a limit, an outage, a lease held by another run
  x FixTheRecord     one record is wrong and stops only itself: a person mends it in the product it came from
  x FixTheSetup      a file, setting, credential or permission is wrong: a person mends it and starts the run again
  x OutcomeUnknown   a write was sent and no answer came: it is looked up before anything else is sent
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class JobledgerError(Exception):
    """The base of all errors that Jobledger raises on purpose."""


class RetryLater(JobledgerError):
    """The same call may succeed later; `at` is the earliest moment (UTC) where the vendor told one."""

    def __init__(self, message: str, at: datetime | None = None) -> None:
        super().__init__(message)
        self.at = at


class FixTheRecord(JobledgerError):
    """One record cannot be carried over as it is; the others go on."""

    def __init__(self, reason: str, remedy: str, field: str | None = None) -> None:
        super().__init__(f"{reason} {remedy}")
        self.reason = reason
        self.remedy = remedy
        self.field = field


class FixTheSetup(JobledgerError):
    """A file, setting, credential or permission is wrong; nothing can go on until a person mends it."""

    def __init__(self, where: str, found: str, remedy: str) -> None:
        super().__init__(f"{where}: {found} {remedy}")
        self.where = where
        self.found = found
        self.remedy = remedy


class OutcomeUnknown(JobledgerError):
    """A write was sent and no answer came back."""


@dataclass(frozen=True)
class Finding:
    """One line of the doctor: whether it is well, and in words what to do if not."""

    topic: str
    ok: bool
    message: str
    remedy: str = ""
    required: bool = True
