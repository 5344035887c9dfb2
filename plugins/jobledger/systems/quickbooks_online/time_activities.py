"""Time activities: what approved timecards become (SMX-QBO-77). Our mark stands at the end of their description.

Change data capture does not know them: what changed is asked for by time, what was deleted shows when all are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jobledger.systems.base import Page, Record, Window, Write, WriteResult
from jobledger.systems.compare import same_key
from jobledger.systems.quickbooks_online.api import Api, Query, quoted
from jobledger.systems.quickbooks_online.document_cards import time_card
from jobledger.systems.quickbooks_online.document_writes import DocumentWrites, Sort
from jobledger.systems.quickbooks_online.documents import MARK, Shape
from jobledger.systems.quickbooks_online.reads import Lists

ENTITY = "TimeActivity"
_NOTE = "Description"


class TimeActivities:
    """The time of one company's employees."""

    def __init__(self, api: Api, shape: Shape) -> None:
        self.lists = Lists(api, (Query(ENTITY),), lambda _, record: [shape.document(record, _NOTE)], in_cdc=False)
        always = {"NameOf": "Employee"}
        sort = Sort(ENTITY, "time activity", "EmployeeRef", time_card, _billed, "undo the billing", always, note=_NOTE)
        self.writes = DocumentWrites(api, sort, shape, self.fetch)

    def read(self, window: Window) -> Iterator[Page]:
        """All activities, those changed since, or those dated in a backfill's days."""
        return self.lists.read(window)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Activities by id."""
        return self.lists.fetch([(ENTITY, one) for one in ids if one])

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """The activities of a day that carry our mark or, without a mark, agree with the rest of the key."""
        day = str(natural_key.get("TxnDate") or "")[:10]
        rows = self.lists.rows(self.lists.queries[0].where(f"TxnDate = {quoted(day)}")) if day else []
        return [row for row in rows if (row[MARK] == mark if mark else same_key(row, natural_key))]

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Up to thirty activities. One that was billed is never edited."""
        return self.writes.write(sent, key)


def _billed(activity: Record) -> str:
    return "was billed to the customer" if activity.get("BillableStatus") == "HasBeenBilled" else ""
