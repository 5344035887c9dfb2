"""The calls that all of QuickBooks' records share: queries, change data capture, batches, and faults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from math import ceil
from typing import Any

from jobledger.errors import FixTheSetup, RetryLater
from jobledger.systems.base import Record
from jobledger.systems.budget import RateBudget
from jobledger.systems.client import Answer, Call, Client
from jobledger.systems.paging import Sheet, chunks
from jobledger.systems.quickbooks_online.limits import BATCH, PAGE, PAGES_AT_ONCE
from jobledger.systems.quickbooks_online.refusals import TITLE, faults_of, refusal, whole
from jobledger.systems.quickbooks_online.times import stated

MINOR = {"minorversion": "75"}
"""What QuickBooks serves to everybody since August 2025; stated, so that a later one changes nothing unseen."""

IDS_PER_QUERY = 100
_STEP = PAGE - 1


@dataclass(frozen=True)
class Query:
    """A list: its entity, the fields that are asked for, and the conditions, which all must hold.

    `inactive`: records out of use are left out unless they are asked for, and here they are.
    """

    entity: str
    conditions: tuple[str, ...] = ()
    inactive: bool = False
    fields: str = "*"

    def text(self, start: int = 1) -> str:
        """The statement for a page, in an order that edits do not change."""
        page = f"ORDERBY Id STARTPOSITION {start} MAXRESULTS {PAGE}"
        return f"SELECT {self.fields} FROM {self.entity}{self._where} {page}"  # noqa: S608 -- every value is quoted

    def count(self) -> str:
        """The statement that counts the list."""
        return f"SELECT COUNT(*) FROM {self.entity}{self._where}"  # noqa: S608 -- every value is quoted

    def where(self, *conditions: str) -> Query:
        """The list narrowed further."""
        return Query(self.entity, (*self.conditions, *conditions), self.inactive, self.fields)

    @property
    def _where(self) -> str:
        every = [*self.conditions, *(["Active IN (true, false)"] if self.inactive else [])]
        return f" WHERE {' AND '.join(every)}" if every else ""


@dataclass(frozen=True)
class Changes:
    """What changed of some entities: their records, and the ids of those that were deleted.

    `cut`: there may be more than the answer holds.
    """

    rows: Mapping[str, list[Record]]
    gone: Mapping[str, list[str]]
    at: datetime
    cut: bool


@dataclass(frozen=True)
class Api:
    """The Accounting API of one company. `batches` is the budget that batches have besides that of all calls."""

    client: Client
    realm_id: str
    connection: str = ""
    batches: RateBudget | None = field(default=None, repr=False)

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """Reads. Raises `RetryLater`, and `FixTheSetup` for a fault."""
        answer = self.client.get(self.path(path), {**(params or {}), **MINOR})
        self.check(answer, path)
        return answer

    def path(self, path: str) -> str:
        """The path of something in the company."""
        return f"v3/company/{self.realm_id}/{path}"

    def query(self, query: Query, start: int = 1) -> list[Record]:
        """One page of a list."""
        return _rows(self.get("query", {"query": query.text(start)}).body, query.entity)

    def all(self, query: Query) -> list[Record]:
        """A list, however long, as it is found in one pass."""
        return [row for sheet in self.sheets(query) for row in sheet.rows]

    def by_ids(self, query: Query, ids: Sequence[str]) -> list[Record]:
        """The records of a list with these ids."""
        wanted = [query.where(f"Id IN ({', '.join(map(quoted, some))})") for some in chunks(ids, IDS_PER_QUERY)]
        if len(wanted) == 1:
            return self.query(wanted[0])
        return [row for rows in self.together(wanted) for row in rows]

    def together(self, queries: Sequence[Query]) -> list[list[Record]]:
        """The first page of several lists, thirty lists in a call."""
        found: list[list[Record]] = []
        for start in range(0, len(queries), BATCH):
            some = queries[start : start + BATCH]
            items = self._asked([query.text() for query in some])
            found += [_rows(item, query.entity) for query, item in zip(some, items, strict=True)]
        return found

    def sheets(self, query: Query) -> Iterator[Sheet]:
        """One pass over a list: a page, and where that is full the others by batch, each time with the count.

        Each page begins with the last record of the one before. Where it does not, the list has moved, and the count
        is not told: one record that left and another that came would leave it as it was.
        """
        answer = self.get("query", {"query": query.text()})
        first = _rows(answer.body, query.entity)
        if len(first) < PAGE:
            yield Sheet(first, answer.at)
            return
        last = first[-1].get("Id")
        for turn in count():
            start = PAGE + turn * PAGES_AT_ONCE * _STEP
            starts = [start + number * _STEP for number in range(PAGES_AT_ONCE)]
            items = self._asked([query.count(), *(query.text(one) for one in starts)])
            total = int((items[0].get("QueryResponse") or {}).get("totalCount") or 0)
            if turn == 0:
                yield Sheet(first, answer.at, total)
            needed = max(ceil((total - start - _STEP) / _STEP), 0) + 1
            for rows in (_rows(item, query.entity) for item in items[1 : needed + 1]):
                follows = bool(rows) and rows[0].get("Id") == last
                yield Sheet(rows[1:] if follows else rows, answer.at, total if follows else None)
                last = rows[-1].get("Id") if rows else last
            if needed <= PAGES_AT_ONCE:
                return

    def changes(self, entities: Sequence[str], since: datetime) -> Changes:
        """What changed of some entities since a moment, deletions included (Intuit: change data capture)."""
        answer = self.get("cdc", {"entities": ",".join(entities), "changedSince": stated(since)})
        rows: dict[str, list[Record]] = {name: [] for name in entities}
        responses = (answer.body or {}).get("CDCResponse") or []
        for response in (one for entry in responses for one in entry.get("QueryResponse") or []):
            for name in entities:
                rows[name] += response.get(name) or []
        gone = {name: [str(row["Id"]) for row in some if _is_deleted(row)] for name, some in rows.items()}
        live = {name: [row for row in some if not _is_deleted(row)] for name, some in rows.items()}
        return Changes(live, gone, answer.at, sum(map(len, rows.values())) >= PAGE)

    def batch(self, items: Sequence[Record], key: str | None = None) -> Answer:
        """Sends up to thirty items in one call; with a key QuickBooks recognises the same call when it comes again.

        Raises `RetryLater`, `FixTheSetup`, and for writes `OutcomeUnknown`.
        """
        params = {**({"requestid": key} if key else {}), **MINOR}
        if self.batches:
            self.batches.before()
        document = {"BatchItemRequest": list(items)}
        return self.client.send(Call("POST", self.path("batch"), params, document=document, repeatable=True))

    def check(self, answer: Answer, path: str) -> None:
        """Raises what the faults of a whole answer mean."""
        faults = faults_of(answer.body)
        if answer.ok and not faults:
            return
        if meant := whole(faults, answer.status, self.client.where, self.connection):
            raise meant
        words = refusal(faults).message if faults else f"status {answer.status}"
        raise FixTheSetup(f"{TITLE} {path}", f"refused the request: {words}", "Report this with the time of the run.")

    def _asked(self, statements: Sequence[str]) -> list[Record]:
        """The answers to some queries, in their order; a fault in one is a fault of all."""
        answer = self.batch([{"bId": str(number), "Query": text} for number, text in enumerate(statements)])
        self.check(answer, "batch")
        items = items_of(answer)
        for item in items.values():
            faults = faults_of(item)
            if any(one.throttled for one in faults):
                raise RetryLater(f"{TITLE} refused a part of a batch, because a limit is used up.")
            self.check(Answer(200, item, answer.headers, answer.at), "query")
        if len(items) < len(statements):
            raise RetryLater(f"{TITLE} answered {len(items)} of {len(statements)} queries of a batch.")
        return [items[str(number)] for number in range(len(statements))]


def items_of(answer: Answer) -> dict[str, Record]:
    """The items of a batch's answer by their `bId`: their order may be another one."""
    body = answer.body if isinstance(answer.body, dict) else {}
    return {str(item.get("bId")): item for item in body.get("BatchItemResponse") or [] if isinstance(item, dict)}


def quoted(value: str) -> str:
    """A text in a query.

    >>> quoted("O'Brien")
    "'O\\\\'Brien'"
    """
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _rows(body: Any, entity: str) -> list[Record]:
    response = body.get("QueryResponse") if isinstance(body, dict) else None
    if not isinstance(response, dict):
        raise FixTheSetup(f"{TITLE} {entity}", "answered something that is not a list.", "Report this.")
    return list(response.get(entity) or [])


def _is_deleted(row: Mapping[str, Any]) -> bool:
    return row.get("status") == "Deleted"
