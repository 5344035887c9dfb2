"""Our own lock: a record that carries our origin_id is changed in three steps (ACC-27, PRC-API-25 to 37).

The origin_id is taken away, the record changed or deleted, the origin_id set again. Meanwhile our mark in origin_data
tells which origin_id it was: a crash in between leaves the record open, and the next run does the rest.
"""

from __future__ import annotations

from decimal import Decimal

from jobledger.systems.base import Record, Write, WriteResult
from jobledger.systems.results import conflict

ORIGIN_PREFIXES = ("xero:", "quickbooks_online:", "pex:", "procore:")
"""What our own origin ids begin with: the system that they lead to, Procore itself for costs made from its time."""

_OPENED = " opened, was "
_MOST = 255
"""Characters of origin_data that Procore surely keeps."""


def opening(record: Record) -> Record:
    """The fields that unlock a record: no origin_id, and which one it was behind our mark."""
    noted = f"{record.get('origin_data') or ''}{_OPENED}{record['origin_id']}"
    return {"origin_id": None, **({"origin_data": noted} if len(noted) <= _MOST else {})}


def closing(record: Record, origin_id: str) -> Record:
    """The fields that lock a record again. `record` is as `as_marked` gives it."""
    return {"origin_id": origin_id, **({"origin_data": record.get("origin_data")} if record.get(WAS_LOCKED) else {})}


WAS_LOCKED = "was_locked_by"
"""The field of a read record with the origin_id that a step of ours took away."""


def as_marked(row: Record) -> Record:
    """`origin_data` as it was before a step of ours, and the origin_id that the step took away."""
    mark, opened, origin_id = str(row.get("origin_data") or "").partition(_OPENED)
    if not opened:
        return {"origin_data": row.get("origin_data"), WAS_LOCKED: None}
    return {"origin_data": mark or None, WAS_LOCKED: origin_id}


def is_foreign(record: Record) -> bool:
    """Whether another integration's origin_id is on a record (PRC-API-11)."""
    there = str(record.get("origin_id") or "")
    return bool(there) and not there.startswith(ORIGIN_PREFIXES)


def foreign(write: Write, record: Record) -> WriteResult:
    """The refusal to touch a record of another integration."""
    message = f"The record carries origin_id '{record['origin_id']}' of another integration; it was left as it is."
    return conflict(write, message, "Disconnect the other integration and clear its origin_id in Procore.")


def not_there(write: Write, label: str) -> WriteResult:
    """The refusal to change a record that Procore no longer has."""
    return conflict(
        write,
        f"The {label} {write.target_id} is no longer in Procore.",
        "Take the link away; then it is made again, or dismiss the record.",
    )


def cannot_unlock(write: Write, label: str, amounts: tuple[Decimal, Decimal | None], said: str) -> WriteResult:
    """The refusal of a change, because Procore does not let go of the lock. `amounts`: there, and as it should be."""
    there, wanted = amounts
    should = "changed" if wanted == there else f"{wanted:,.2f}" if wanted is not None else "taken away"
    message = f"The {label} over {there:,.2f} is locked and should be {should}. {said}".strip()
    remedy = f"Let an administrator of Procore unlock the {label}, or book the difference there by hand."
    return conflict(write, message, remedy)
