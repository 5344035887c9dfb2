"""Approvals: who sent, accepted or rejected which record, with which content. Rows are only ever added (ACC-33)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from jobledger.store.bulk import among
from jobledger.store.tables import approval

Decision = Literal["sent", "retrieved", "waiting", "accepted", "rejected"]


@dataclass(frozen=True)
class Approval:
    """One decision about one record. `fingerprint` is the content it was about; empty where it was not yet known."""

    source_id: str
    part: str
    decision: Decision
    by: str
    name: str = ""
    number: str | None = None
    fingerprint: str = ""
    document: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    at: datetime | None = None


_COLUMNS = [approval.c[name] for name in Approval.__dataclass_fields__]


def add(connection: Connection, pair: str, flow: str, decided: Approval, now: datetime) -> None:
    """Records a decision."""
    connection.execute(sa.insert(approval).values(vars(decided) | {"pair": pair, "flow": flow, "at": now}))


def latest(
    connection: Connection, pair: str, flow: str, ids: Sequence[str] | None = None
) -> dict[tuple[str, str], Approval]:
    """The last decision about each record, by source id and part."""
    statement = sa.select(*_COLUMNS).where(approval.c.pair == pair, approval.c.flow == flow)
    if ids is not None:
        statement = statement.where(among(connection, approval.c.source_id, ids))
    rows = connection.execute(statement.order_by(approval.c.id))
    return {(row.source_id, row.part): Approval(*row) for row in rows}


def waiting_counts(connection: Connection, pair: str) -> dict[str, int]:
    """How many records wait for an approver, by flow."""
    keys = (approval.c.flow, approval.c.source_id, approval.c.part)
    newest = sa.select(sa.func.max(approval.c.id)).where(approval.c.pair == pair).group_by(*keys)
    statement = sa.select(approval.c.flow, sa.func.count()).where(approval.c.id.in_(newest))
    rows = connection.execute(statement.where(approval.c.decision == "waiting").group_by(approval.c.flow))
    return {row[0]: row[1] for row in rows}


def sent_ids(connection: Connection, pair: str, flow: str) -> set[str]:
    """The records that somebody has sent for export or import, and not taken back."""
    return {key[0] for key, last in latest(connection, pair, flow).items() if last.decision != "retrieved"}


def life(connection: Connection, pair: str, flow: str, source_id: str) -> list[Approval]:
    """All decisions about a record, oldest first."""
    statement = sa.select(*_COLUMNS).where(approval.c.pair == pair, approval.c.flow == flow)
    rows = connection.execute(statement.where(approval.c.source_id == source_id).order_by(approval.c.id))
    return [Approval(*row) for row in rows]
