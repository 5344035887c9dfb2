"""Pruning: what is evidence stays for years (ACC-33), what is only working paper goes."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from jobledger.store.tables import record_outcome, sync_run

PLANS = timedelta(days=30)
"""How long the rows of plans are kept."""


def prune(connection: Connection, now: datetime, retention_years: int) -> dict[str, int]:
    """Removes outcomes of plans after 30 days, and outcomes of applied runs after the retention; rows removed by kind.

    Links, intents and approvals are never removed here.
    """
    kept_since = now - timedelta(days=366 * retention_years)
    plans = _outcomes_before(connection, now - PLANS, sync_run.c.mode == "plan")
    applied = _outcomes_before(connection, kept_since, sync_run.c.mode == "apply")
    return {"plan outcomes": plans, "outcomes": applied}


def _outcomes_before(connection: Connection, moment: datetime, which: sa.ColumnElement[bool]) -> int:
    old = sa.select(sync_run.c.id).where(which)
    statement = sa.delete(record_outcome).where(record_outcome.c.at < moment, record_outcome.c.sync_run_id.in_(old))
    return connection.execute(statement).rowcount
