"""What a reading of a list has shown: when the vendor said the first page was made, and which records were there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.engine import Connection

from jobledger.pipeline.run import FlowRun
from jobledger.store import catalog
from jobledger.store.engine import BATCH
from jobledger.systems.base import Page, Window


class Seen:
    """The pages of one list as they go by: when the vendor said the first page was made, and what was seen.

    Whatever is saved carries the reading's mark in the catalog. A list that is read by change is short: of it the ids
    are kept besides; of a long one (`whole`, or a backfill's) nothing is kept that grows with it.
    """

    def __init__(self, mark: datetime, window: Window | None = None) -> None:
        self.mark = mark
        self.whole = window is not None and window.since is None and not window.dated
        self.ids: set[str] | None = None if self.whole or (window and window.dated) else set()
        self.documents: set[str] = set()
        self.parts_gone: set[str] = set()
        self.deleted: set[str] = set()
        self.read_at: datetime | None = None
        self.notes: list[str] = []
        self.partial = False
        self.count, self.counted = 0, BATCH

    def has_grown(self) -> bool:
        """Whether ten times as many records were seen as when it was last asked and said so; the first time a batch."""
        grown = self.count >= self.counted
        self.counted *= 10 if grown else 1
        return grown

    def note(self, page: Page) -> None:
        """Keeps the vendor's time of the first page, and every page's notes."""
        self.read_at = self.read_at or page.read_at
        self.notes += page.notes
        self.partial = self.partial or page.partial
        self.deleted.update(page.gone)
        # a list that is read whole and holds everything tells by itself which parts are gone
        self.documents.update(() if self.whole and not page.partial else page.documents)

    def saw(self, ids: Iterable[str]) -> None:
        """Keeps which records were seen."""
        some = set(ids)
        self.count += len(some)
        if self.ids is not None:
            self.ids |= some


def not_shown(run: FlowRun, connection: Connection, seen: Seen, ids: Iterable[str]) -> list[str]:
    """Those of some ids that this reading of the source has not shown."""
    some = list(ids)
    shown = seen.ids
    if shown is None:
        shown = catalog.marked_since(connection, run.pair, run.flow.source, some, seen.mark)
    return [one for one in some if one not in shown]
