"""Reading lists: whole, by the days of a backfill, or what changed since, deletions included (XTR-41)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from jobledger.systems.base import Page, Record, Window
from jobledger.systems.paging import read_whole
from jobledger.systems.quickbooks_online.api import Api, Query, quoted
from jobledger.systems.quickbooks_online.refusals import TITLE
from jobledger.systems.quickbooks_online.times import stated

Shape = Callable[[str, Record], "list[Record]"]
"""The rows that a record of an entity becomes; none for one that does not concern us."""


def by_id(entity: str, record_id: str) -> str:
    """The id of a record in a list of one entity."""
    return record_id


@dataclass(frozen=True)
class Lists:
    """Some of QuickBooks' lists that are read as one.

    `shape` makes rows of a record, `name` tells the id of a record, or of the document whose parts the rows are
    (`in_parts`). Change data capture knows only some entities (`in_cdc`); the others are asked for by time.
    """

    api: Api
    queries: Sequence[Query]
    shape: Shape
    name: Callable[[str, str], str] = by_id
    in_cdc: bool = True
    in_parts: bool = False

    def read(self, window: Window) -> Iterator[Page]:
        """The rows of a window. Raises `RetryLater`, `FixTheSetup`."""
        if window.since is None:
            for query in self.queries:
                yield from self._listed(_dated(query, window))
        elif self.in_cdc:
            yield from self._changed(self.queries, window.since)
        else:
            for query in self.queries:
                yield from self._listed(_since(query, window.since))

    def fetch(self, ids: Sequence[tuple[str, str]]) -> list[Record]:
        """The rows of records, each named by entity and id."""
        rows: list[Record] = []
        for query in self.queries:
            wanted = [one for entity, one in ids if entity == query.entity]
            found = self.api.by_ids(query, wanted) if wanted else []
            rows += [row for record in found for row in self.shape(query.entity, record)]
        return rows

    def rows(self, query: Query) -> list[Record]:
        """The rows of a narrower list."""
        return [row for record in self.api.all(query) for row in self.shape(query.entity, record)]

    def _changed(self, queries: Sequence[Query], since: datetime) -> Iterator[Page]:
        """What changed of some entities; of more than an answer holds each alone, and then by query."""
        changes = self.api.changes([query.entity for query in queries], since)
        if changes.cut:
            for query in queries:
                yield from self._changed([query], since) if len(queries) > 1 else self._without_deletions(query, since)
            return
        for query in queries:
            records, gone = changes.rows[query.entity], changes.gone[query.entity]
            yield self._page(query, records, changes.at, tuple(self.name(query.entity, one) for one in gone))

    def _without_deletions(self, query: Query, since: datetime) -> Iterator[Page]:
        note = f"So many {query.entity} records changed that deleted ones are noticed when all are read next."
        for page in self._listed(_since(query, since)):
            yield Page(page.rows, page.read_at, (note,), partial=True, documents=page.documents)

    def _listed(self, query: Query) -> Iterator[Page]:
        for page in read_whole(partial(self.api.sheets, query), _id, f"{TITLE} {query.entity}"):
            yield self._page(query, page.rows, page.read_at)

    def _page(self, query: Query, records: list[Record], at: datetime, gone: tuple[str, ...] = ()) -> Page:
        rows = [row for record in records for row in self.shape(query.entity, record)]
        if not self.in_parts:
            return Page(rows, at, gone=gone)
        # a document that was deleted has no part left
        return Page(rows, at, documents=(*(self.name(query.entity, str(one["Id"])) for one in records), *gone))


def _dated(query: Query, window: Window) -> Query:
    if window.dated is None:
        return query
    first, end = window.dated
    return query.where(f"TxnDate >= {quoted(first.isoformat())}", f"TxnDate < {quoted(end.isoformat())}")


def _since(query: Query, since: datetime) -> Query:
    return query.where(f"MetaData.LastUpdatedTime >= {quoted(stated(since))}")


def _id(record: Record) -> str:
    return str(record["Id"])
