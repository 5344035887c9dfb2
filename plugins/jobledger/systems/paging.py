"""Lists that move while they are read: records are edited, added and removed between two pages, and none may be lost.

A list is read in an order that edits do not change (by id) and without an upper bound of time, so that an edit can
only add a record to it. The vendor's count tells whether a pass saw all; if not, the list is passed over again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from jobledger.errors import FixTheSetup, RetryLater
from jobledger.systems.base import Page, Record

MOST_PASSES = 4


@dataclass(frozen=True)
class Sheet:
    """One page as the vendor sent it; `total` is its count of the whole list, where it tells one."""

    rows: list[Record]
    at: datetime
    total: int | None = None


@dataclass
class _Pass:
    """What one pass over a list saw."""

    ids: set[str]
    totals: set[int | None]

    def saw_all(self) -> bool:
        """Whether the vendor's count stayed the same and as many records were seen."""
        return self.totals == {None} or self.totals == {len(self.ids)}


def read_whole(sheets: Callable[[], Iterable[Sheet]], key: Callable[[Record], str], what: str) -> Iterator[Page]:
    """Every record of a list, once. `sheets` starts a pass. Raises `RetryLater` if it never comes to rest."""
    seen: set[str] = set()
    before: _Pass | None = None
    read_at: datetime | None = None
    for number in range(MOST_PASSES):
        # what the first pass sees is what was seen: the ids of a long list are kept once
        this = _Pass(set() if number else seen, set())
        for sheet in sheets():
            read_at = read_at or sheet.at
            this.totals.add(sheet.total)
            ids = _ids(sheet.rows, key, what)
            rows = _unseen(sheet.rows, ids, seen)
            this.ids.update(ids)
            yield Page(rows, read_at)
        if this.saw_all() or (before and before.ids == this.ids and before.totals == this.totals):
            return
        before = _Pass(set(this.ids), this.totals)
    raise RetryLater(f"The list of {what} kept changing while it was read, {MOST_PASSES} times over.")


def _ids(rows: list[Record], key: Callable[[Record], str], what: str) -> list[str]:
    try:
        return [key(row) for row in rows]
    except (KeyError, TypeError):
        raise FixTheSetup(what, "has a record without an id.", "Nothing was written. Report this.") from None


def _unseen(rows: list[Record], ids: list[str], seen: set[str]) -> list[Record]:
    """The rows whose ids were not seen, each once; they count as seen from now on."""
    distinct = set(ids)
    if len(distinct) < len(ids) or not seen.isdisjoint(distinct):
        first = {one: row for one, row in zip(reversed(ids), reversed(rows), strict=True) if one not in seen}
        rows = [first[one] for one in dict.fromkeys(ids) if one in first]
    seen |= distinct
    return rows


def chunks(ids: Iterable[str], size: int) -> Iterator[list[str]]:
    """Ids in groups of at most `size`, each id once."""
    each = list(dict.fromkeys(ids))
    return (each[start : start + size] for start in range(0, len(each), size))
