"""What the reports of an integration are made from, and what a person says to an unexplained difference."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from jobledger import platform
from jobledger.errors import FixTheSetup
from jobledger.integration import Integration
from jobledger.reports.groups import Key
from jobledger.reports.tables import Tied, read_tie_out
from jobledger.steps import carried, flows_of
from jobledger.store import ledger
from jobledger.store.engine import reading, writing


def tied(paired: Integration) -> Tied:
    """An integration's tie-out, from which all reports are made. Raises `FixTheSetup` for a wrong mapping file."""
    with reading(platform.engine()) as connection:
        return read_tie_out(connection, paired, carried(paired, flows_of(paired)))


def acknowledge(paired: Integration, key: Key, by: str, why: str, seen: Decimal | None = None) -> Decimal:
    """Notes by name and reason that an unexplained difference is known (ACC-8); its amount, as it is now.

    Raises `FixTheSetup` where nothing is unexplained there, or not by the amount that the person has `seen`.
    """
    found = [one.amount for one in tied(paired).result.unexplained if one.key == key]
    if not found:
        raise FixTheSetup(paired.name, f"has no unexplained {place(key)}.", "See `report tieout --by document`.")
    total = sum(found, start=Decimal(0))
    if seen not in (None, total):
        raise FixTheSetup(place(key), f"differs by {total:,.2f}, not by {seen:,.2f}.", "Open the report again.")
    one = ledger.Acknowledged(*key, amount=total, by=by, why=why, at=datetime.now(UTC))
    with writing(platform.engine()) as connection:
        ledger.acknowledge(connection, paired.pair, one)
    return total


def place(key: Key) -> str:
    """Where an amount belongs, in words."""
    code = f" on {key.cost_code}" if key.cost_code else ""
    return f"{key.measure} in project {key.project or '(none)'}{code}"
