"""Intents: writes about to be sent, committed before they are sent, and settled by what is known afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from jobledger.store.engine import upsert
from jobledger.store.leases import Lease, renew
from jobledger.store.tables import intent, intent_batch

Step = str
"""How far a write has come: `write`, a step that the connector names, `write_back`."""

Key = tuple[str, str]
"""A source record's id and part."""


@dataclass(frozen=True)
class NewIntent:
    """A write about to be sent: `document` is all that a later run needs in order to finish or look it up."""

    source_id: str
    part: str
    action: str
    step: Step
    mark: str | None
    document: dict[str, Any]
    target_id: str | None = None


@dataclass(frozen=True)
class Intent:
    """An intent as recorded."""

    id: int
    source_id: str
    part: str
    number: int
    action: str
    step: Step
    batch_key: str
    mark: str | None
    document: dict[str, Any]
    target_id: str | None
    opened_at: datetime


_COLUMNS = [intent.c[name] for name in Intent.__dataclass_fields__]
_OF_FLOW = sa.select(*_COLUMNS).where(intent.c.pair == sa.bindparam("pair"), intent.c.flow == sa.bindparam("flow"))
_OPENED = _OF_FLOW.where(intent.c.state == "open").order_by(intent.c.id)
_OF_BATCH = _OF_FLOW.where(intent.c.batch_key == sa.bindparam("key"))


def open_batch(
    connection: Connection, held: Lease, members: Sequence[NewIntent], body_hash: str, now: datetime
) -> tuple[str, list[Intent]]:
    """Records a batch before it is sent; its idempotency key and its intents, in order.

    Raises `RetryLater` when the lease is lost, `sqlalchemy.exc.IntegrityError` when a member has an open intent.
    """
    renew(connection, held, now)
    numbers = _last_numbers(connection, held, members)
    counted = [(member, numbers.get((member.source_id, member.part), 0) + 1) for member in members]
    key = batch_key(held.pair, held.flow, [(member.source_id, member.part, number) for member, number in counted])
    for member, number in counted:
        row = vars(member) | {"pair": held.pair, "flow": held.flow, "number": number, "batch_key": key}
        connection.execute(sa.insert(intent).values(row | {"fence": held.fence, "state": "open", "opened_at": now}))
    batch = {"pair": held.pair, "flow": held.flow, "key": key, "sent_at": now, "body_hash": body_hash}
    upsert(connection, intent_batch, [batch | {"members": [[m.source_id, m.part, n] for m, n in counted]}])
    opened = connection.execute(_OF_BATCH, {"pair": held.pair, "flow": held.flow, "key": key})
    return key, sorted((Intent(*row) for row in opened), key=lambda one: one.id)


def batch_key(pair: str, flow: str, members: Iterable[tuple[str, str, int]]) -> str:
    """The vendor's idempotency key of a batch: the same for the same intents, another for any new one."""
    text = "\n".join([pair, flow, *(f"{source_id}\t{part}\t{number}" for source_id, part, number in members)])
    return "jobledger-" + hashlib.blake2b(text.encode(), digest_size=24).hexdigest()


def open_intents(connection: Connection, pair: str, flow: str) -> list[Intent]:
    """The intents of a flow that are not settled, oldest first."""
    return [Intent(*row) for row in connection.execute(_OPENED, {"pair": pair, "flow": flow})]


def open_keys(connection: Connection, pair: str, flow: str) -> dict[Key, Intent]:
    """The open intents of a flow by source record."""
    return {(one.source_id, one.part): one for one in open_intents(connection, pair, flow)}


def open_targets(connection: Connection, pair: str, flow: str) -> tuple[set[str], set[str]]:
    """The marks and target ids of a flow's open intents: by them its own writes are recognised on the other side."""
    opened = open_intents(connection, pair, flow)
    return {one.mark for one in opened if one.mark}, {one.target_id for one in opened if one.target_id}


def advance(connection: Connection, intent_id: int, step: Step, target_id: str) -> None:
    """Notes that the target record is written, and which step comes next."""
    connection.execute(sa.update(intent).where(intent.c.id == intent_id).values(step=step, target_id=target_id))


def settle(connection: Connection, intent_id: int, outcome: str, now: datetime) -> None:
    """Closes an intent for good."""
    connection.execute(
        sa.update(intent).where(intent.c.id == intent_id).values(state="settled", outcome=outcome, settled_at=now)
    )


def _last_numbers(connection: Connection, held: Lease, members: Sequence[NewIntent]) -> dict[Key, int]:
    statement = (
        sa.select(intent.c.source_id, intent.c.part, sa.func.max(intent.c.number))
        .where(intent.c.pair == held.pair, intent.c.flow == held.flow)
        .where(intent.c.source_id.in_({member.source_id for member in members}))
        .group_by(intent.c.source_id, intent.c.part)
    )
    return {(source_id, part): number for source_id, part, number in connection.execute(statement)}
