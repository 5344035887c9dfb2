"""Checks that are kept: what each side of a pair said of its connection when it was last asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from jobledger.errors import Finding
from jobledger.store.engine import upsert
from jobledger.store.links import Side
from jobledger.store.tables import check


@dataclass(frozen=True)
class Kept:
    """A finding about one side's connection, and when it was made."""

    side: Side
    finding: Finding
    at: datetime


def keep(connection: Connection, pair: str, side: Side, findings: Sequence[Finding], now: datetime) -> None:
    """Keeps the findings of a side, in their order, in the place of all that were kept of it."""
    mine = {"pair": pair, "side": side, "checked_at": now}
    # replaced row by row, so that two that check at once do not meet at the key
    upsert(connection, check, [{**mine, "place": place, **vars(one)} for place, one in enumerate(findings)])
    more = (check.c.pair == pair, check.c.side == side, check.c.place >= len(findings))
    connection.execute(sa.delete(check).where(*more))


def kept(connection: Connection, pair: str) -> list[Kept]:
    """What is kept of a pair: Procore's side first, each in its order; nothing before the first check."""
    order = (sa.case((check.c.side == "procore", 0), else_=1), check.c.place)
    rows = connection.execute(sa.select(check).where(check.c.pair == pair).order_by(*order))
    return [
        Kept(row.side, Finding(row.topic, row.ok, row.message, row.remedy, row.required), row.checked_at)
        for row in rows
    ]
