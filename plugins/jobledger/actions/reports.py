"""What the reports of an integration are made from, as last read from both sides."""

from __future__ import annotations

from jobledger import platform
from jobledger.integration import Integration
from jobledger.reports.tables import Tied, read_tie_out
from jobledger.steps import carried, flows_of
from jobledger.store.engine import reading


def tied(paired: Integration) -> Tied:
    """An integration's tie-out, from which all reports are made. Raises `FixTheSetup` for a wrong mapping file."""
    with reading(platform.engine()) as connection:
        return read_tie_out(connection, paired, carried(paired, flows_of(paired)))
