"""Approvals: who sent, accepted or rejected which record, with which content. Rows are only ever added (ACC-33)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from jobledger.store.bulk import among
from jobledger.store.tables import approval, open_record, record_outcome

_KEY = ("pair", "flow", "source_id", "part")

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


def standing(
    connection: Connection, pair: str, decision: Decision, flow: str, after: int, limit: int
) -> list[tuple[int, Approval]]:
    """The records about which this was decided last and that wait for what follows from it, each with its row's id.

    The longest waiting come first, those after a row's id.
    """
    statement = sa.select(approval.c.id, *_COLUMNS).where(*_standing(pair, decision), approval.c.flow == flow)
    rows = connection.execute(statement.where(approval.c.id > after).order_by(approval.c.id).limit(limit))
    return [(row[0], Approval(*row[1:])) for row in rows]


def standing_counts(connection: Connection, pair: str) -> dict[tuple[Decision, str], int]:
    """How many records `standing` has, by decision and flow."""
    decisions: tuple[Decision, ...] = get_args(Decision)
    return {
        (decision, row[0]): row[1]
        for decision in decisions
        for row in connection.execute(
            sa.select(approval.c.flow, sa.func.count()).where(*_standing(pair, decision)).group_by(approval.c.flow)
        )
    }


def _standing(pair: str, decision: Decision) -> tuple[sa.ColumnElement[bool], ...]:
    """Nothing was decided since. What was sent waits for a run; about all else a run has said that it is open."""
    later = approval.alias("later")
    newer = sa.exists().where(*(later.c[name] == approval.c[name] for name in _KEY), later.c.id > approval.c.id)
    of_record = [open_record.c[name] == approval.c[name] for name in _KEY]
    is_open = sa.exists().where(*of_record, open_record.c.dismissed_at.is_(None))
    of_outcome = [record_outcome.c[name] == approval.c[name] for name in _KEY]
    is_read = sa.exists().where(*of_outcome, record_outcome.c.at >= approval.c.at)
    return approval.c.pair == pair, approval.c.decision == decision, ~newer, ~is_read if decision == "sent" else is_open


def rejected_since(connection: Connection, pair: str, flow: str, since: datetime) -> list[Approval]:
    """The rejections of a flow's records after a moment, oldest first."""
    mine = (approval.c.pair == pair, approval.c.flow == flow, approval.c.decision == "rejected", approval.c.at > since)
    return [Approval(*row) for row in connection.execute(sa.select(*_COLUMNS).where(*mine).order_by(approval.c.id))]


def sent_ids(connection: Connection, pair: str, flow: str) -> set[str]:
    """The records that somebody has sent for export or import, and not taken back."""
    return {key[0] for key, last in latest(connection, pair, flow).items() if last.decision != "retrieved"}


def life(connection: Connection, pair: str, flow: str, source_id: str) -> list[Approval]:
    """All decisions about a record, oldest first."""
    statement = sa.select(*_COLUMNS).where(approval.c.pair == pair, approval.c.flow == flow)
    rows = connection.execute(statement.where(approval.c.source_id == source_id).order_by(approval.c.id))
    return [Approval(*row) for row in rows]
