"""Card purchases of the whole business, a row per purchase and project (ACC-1).

One list shows them all: by time of the purchase or of its settlement, which PEX does not say; so a window reaches back
behind what it is about. It shows 12 months at most, and in pages of 30,000 rows, each of which begins with the last row
of the one before (PEX: AllCardholderTransactions).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from jobledger.errors import FixTheSetup, RetryLater
from jobledger.systems.base import Page, Record, Window, Write, WriteResult
from jobledger.systems.client import Answer
from jobledger.systems.pex.api import Api, many
from jobledger.systems.pex.eastern import CLOCKS_TURN, asked
from jobledger.systems.pex.purchase_rows import CARRIED, OTHERS, Known, rows_of, settled
from jobledger.systems.pex.reading import COST_CODES, COST_TYPES, PROJECTS, Reading
from jobledger.systems.pex.refusals import TITLE
from jobledger.systems.pex.tags import Tags
from jobledger.systems.results import conflict

T = TypeVar("T")

MOST_MONTHS_BACK = timedelta(days=365)
SETTLES_WITHIN = timedelta(days=30)
"""So long after a purchase it may be settled: a window of purchases is asked for until then."""

ROWS_AT_ONCE = 1000
"""Purchases of a page here: one of PEX's has thirty times as many."""

_LIST = "Details/AllCardholderTransactions"
_WITHOUT = {"IncludePendings": "false", "IncludeDeclines": "false", "IncludeVendorBillPay": "false"}
_MOST_PAGES = 1000


class Span(NamedTuple):
    """What is asked for: from one moment to another."""

    start: datetime
    end: datetime


@dataclass
class Purchases:
    """The settled purchases of one business, with refunds and disputes. Nothing is written here.

    `named`: whether rows name the cardholder, which takes a call.
    """

    api: Api
    tags: Tags
    reading: Reading
    named: bool = True
    _known: Known | None = None
    _looked_up: dict[str, list[Record]] = field(default_factory=dict, repr=False)
    """The rows of the purchases that were last looked up: a task asks for some of them twice."""

    def read(self, window: Window) -> Iterator[Page]:
        """The purchases of the last days that are looked back on, or of more; of a backfill those made in its days."""
        held: Counter[str] = Counter()
        money: dict[str, Decimal] = {}
        at = self.api.now()
        for transactions, at in self.transactions(self.span(window)):
            for some in chunked(transactions, ROWS_AT_ONCE):
                shown = [rows for one in some if (rows := self.rows(one)) and self.is_dated(rows[0], window)]
                for row in (row for rows in shown for row in rows if row["status"] != CARRIED):
                    held[row["status"]] += 1
                    money[row["status"]] = money.get(row["status"], Decimal(0)) + row["amount"]
                documents = tuple(str(rows[0]["transaction_id"]) for rows in shown)
                yield Page([row for rows in shown for row in rows], at, partial=True, documents=documents)
        notes = tuple(_told(state, count, money[state]) for state, count in sorted(held.items()))
        yield Page([], at, notes, partial=True)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Rows by id, of the last 12 months; a purchase's id without a project asks for all of its rows."""
        wanted = set(ids)
        rows = (row for rows in self.of_ids(ids) for row in rows)
        return [row for row in rows if {row["id"], str(row["transaction_id"])} & wanted]

    def of_ids(self, ids: Sequence[str]) -> list[list[Record]]:
        """All rows of the purchases to which some rows belong: PEX has no list by ids, and one call shows all."""
        purchases = {one.partition("/")[0] for one in ids}
        if not purchases <= self._looked_up.keys():
            shown = (one for some, _ in self.transactions(self.span(Window())) for one in some)
            found = {key: self.rows(one) for one in shown if (key := str(one["TransactionId"])) in purchases}
            self._looked_up = {one: found.get(one, []) for one in purchases}
        return [self._looked_up[one] for one in sorted(purchases) if self._looked_up[one]]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """Nothing: purchases are never written, so none carries a mark."""
        return []

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Refuses: purchases are only read."""
        return [conflict(one, f"Purchases are only read from {TITLE}.", f"Change it in {TITLE}.") for one in sent]

    def rows(self, transaction: Record) -> list[Record]:
        """The rows of a transaction; none for one that is not settled, or no purchase."""
        if not settled(transaction):
            return []
        self._known = self._known or self._look_around()
        return rows_of(transaction, self._known)

    def span(self, window: Window) -> Span:
        """From when to when is asked for. Raises `FixTheSetup` for days that PEX does not show any more."""
        now = self.api.now()
        earliest = now - MOST_MONTHS_BACK + timedelta(days=1)
        if window.dated:
            return self._dated(window.dated, earliest, now)
        start = min(window.since, now - self.reading.look_back) if window.since else earliest
        return Span(max(start - CLOCKS_TURN, earliest), now + CLOCKS_TURN)

    def transactions(self, span: Span) -> Iterator[tuple[list[Record], datetime]]:
        """Every transaction of a span, once, page by page, each with PEX's own time."""
        seen: set[str] = set()
        start, total = asked(span.start), None
        for _ in range(_MOST_PAGES):
            answer = self._page(start, asked(span.end))
            pages = answer.body.get("Pages") or {}
            rows = many(answer, "purchases", "TransactionList")
            fresh = {str(one["TransactionId"]): one for one in rows if str(one["TransactionId"]) not in seen}
            seen.update(fresh)
            total = int(pages.get("TotalRecords") or len(rows)) if total is None else total
            yield list(fresh.values()), answer.at
            if int(pages.get("NumberOfPages") or 1) <= 1:
                break
            if not fresh:
                raise RetryLater(f"{TITLE}'s list of purchases does not go on after {start} (US Eastern).")
            start = str(pages["LastTimeRetrieved"])
        if len(seen) < (total or 0):
            raise RetryLater(f"{TITLE}'s list of purchases showed {len(seen)} of {total}: it moved while it was read.")

    def _page(self, start: str, end: str) -> Answer:
        return self.api.get(_LIST, {"StartDate": start, "EndDate": end, **_WITHOUT}, self.api.purchases)

    def _dated(self, days: tuple[date, date], earliest: datetime, now: datetime) -> Span:
        first, after = (datetime.combine(day, time(), self.reading.zone) for day in days)
        if first < earliest:
            found = f"shows the last 12 months only, and {days[0]} is before {earliest:%Y-%m-%d}."
            raise FixTheSetup(TITLE, found, "Begin the backfill with a later month.")
        return Span(max(first - CLOCKS_TURN, earliest), min(after + SETTLES_WITHIN, now + CLOCKS_TURN))

    def is_dated(self, row: Record, window: Window) -> bool:
        """Whether a purchase was made in the days of a backfill."""
        if window.dated is None:
            return True
        first, after = window.dated
        return first <= date.fromisoformat(row["day"]) < after

    def _look_around(self) -> Known:
        """What rows are made with: the tags by their meaning, and who holds which card."""
        self.api.check_business()
        named = {kind: self.tags.named(kind) for kind in (PROJECTS, COST_CODES, COST_TYPES)}
        return Known(
            tags={kind: str(tag["Id"]) for kind, tag in named.items() if tag},
            names={str(one["Id"]): str(one.get("Name")) for one in self.tags.definitions},
            allocations=self.tags.allocations(),
            cardholders=self._cardholders() if self.named else {},
            approved_only=self.reading.approved_only,
            zone=self.reading.zone,
        )

    def _cardholders(self) -> dict[int, str]:
        accounts = self.api.get("Details/AccountDetails", budget=self.api.cardholders)
        return {
            int(one["AccountId"]): " ".join(filter(None, (one.get("FirstName"), one.get("LastName"))))
            for one in many(accounts, "cardholders", "CHAccountList")
        }


_WHY = {
    OTHERS: "are marked by PEX's own connector as carried over and are left to it",
}


def chunked(rows: list[T], size: int) -> Iterator[list[T]]:
    """A list in pieces."""
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _told(state: str, count: int, amount: Decimal) -> str:
    why = _WHY.get(state, f"are {state} and are held back (pex.purchases: approved_only)")
    return f"{count} purchases over {amount:,.2f} {why}."
