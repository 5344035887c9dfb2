"""Labour rates: what an hour of an employee costs, from when to when, and who entered it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from jobledger.store.tables import labour_rate

_KEY = ("employee_id", "time_type", "valid_from")


@dataclass(frozen=True)
class LabourRate:
    """A rate as it is kept. `time_type` is empty where it holds for any; `valid_to` is the last day, None: for ever."""

    employee_id: str
    time_type: str
    valid_from: date
    valid_to: date | None
    rate: Decimal
    by: str
    at: datetime


_COLUMNS = [labour_rate.c[name] for name in LabourRate.__dataclass_fields__]


def every(connection: Connection, pair: str) -> list[LabourRate]:
    """All rates, by employee, time type and day."""
    order = [labour_rate.c[name] for name in _KEY]
    rows = connection.execute(sa.select(*_COLUMNS).where(labour_rate.c.pair == pair).order_by(*order))
    return [LabourRate(**{**row._mapping, "rate": Decimal(row.rate)}) for row in rows]


def put(connection: Connection, pair: str, rates: Sequence[LabourRate]) -> None:
    """Keeps rates; one of the same employee, time type and first day is replaced."""
    take_away(connection, pair, [(one.employee_id, one.time_type, one.valid_from) for one in rates])
    rows = [{**vars(one), "pair": pair, "rate": format(one.rate, "f")} for one in rates]
    if rows:
        connection.execute(sa.insert(labour_rate), rows)


def take_away(connection: Connection, pair: str, keys: Sequence[tuple[str, str, date]]) -> None:
    """Forgets the rates with these employees, time types and first days."""
    for key in keys:
        named = (labour_rate.c[name] == value for name, value in zip(_KEY, key, strict=True))
        connection.execute(sa.delete(labour_rate).where(labour_rate.c.pair == pair, *named))
