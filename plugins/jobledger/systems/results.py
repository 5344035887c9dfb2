"""What became of writes, as all connectors tell it."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Sized
from datetime import datetime

from jobledger.errors import RetryLater
from jobledger.systems.base import Card, Record, Write, WriteResult
from jobledger.systems.compare import lost_fields


def unknown(write: Write, why: str, put_off_until: datetime | None = None) -> WriteResult:
    """The result of a write that had no answer, or that was put off after others of its batch were accepted."""
    remedy = "The next run looks it up."
    return WriteResult(
        write.key, "unknown", target_id=write.target_id, message=why, remedy=remedy, put_off_until=put_off_until
    )


def conflict(write: Write, message: str, remedy: str) -> WriteResult:
    """The result of a write that was not sent, because somebody else's work is in the way."""
    return WriteResult(write.key, "refused", "conflict", write.target_id, message=message, remedy=remedy)


def accepted(vendor: str, write: Write, card: Card, sent: Record, record: Record) -> WriteResult:
    """The result of a write that the vendor took; `refused`, with the record's id, if it silently dropped a field."""
    lost = lost_fields(sent, record)
    if not lost:
        return WriteResult(write.key, "done", target_id=card.id, version=card.version, record=record)
    message = f"{vendor} took the record, but dropped {', '.join(lost)} without a word."
    remedy = f"Look at the record in {vendor}; mend the field there or in the mapping file."
    return WriteResult(write.key, "refused", "failed", card.id, card.version, record, message, remedy)


def after_others(done: Sized, group: Sequence[Write], send: Callable[[], list[WriteResult]]) -> list[WriteResult]:
    """Sends a group; put off after others were accepted, its writes are `unknown`, and look-up finds none of them.

    (`System.write` may raise `RetryLater` only when nothing was accepted.)
    """
    try:
        return send() if group else []
    except RetryLater as error:
        if not len(done):
            raise
        return [unknown(one, str(error), error.at) for one in group]
