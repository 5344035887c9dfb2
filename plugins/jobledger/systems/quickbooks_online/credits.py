"""Bills or invoices and the credits that stand for those below zero, as one list (ACC-36).

QuickBooks takes no total below zero: what is one here is a vendor credit or a credit memo there, with every amount
turned round. In our form it keeps its sign, so that all that compares and adds up sees one kind of document. Its id is
`credit-<id>`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from jobledger.systems.base import Page, Record, Window, Write, WriteResult
from jobledger.systems.quickbooks_online.api import Api, Query
from jobledger.systems.quickbooks_online.document_writes import DocumentWrites, Sort
from jobledger.systems.quickbooks_online.documents import AS_CREDIT, CREDIT, Shape, as_credit, lines_total
from jobledger.systems.quickbooks_online.reads import Lists
from jobledger.systems.quickbooks_online.refusals import TITLE
from jobledger.systems.results import after_others, conflict

_NO_CREDIT_HAS = frozenset({AS_CREDIT, "DueDate", "SalesTermRef", "OrderRef"})


def credit_of(sort: Sort, entity: str, label: str) -> Sort:
    """The sort of the credits that stand for documents of a sort below zero."""
    way_out = "take it off the documents to which it is applied"
    return replace(sort, entity=entity, label=label, way_out=way_out, is_credit=True)


class WithCredits:
    """The documents of one sort and the credits of another, read and written as one list."""

    def __init__(self, api: Api, shape: Shape, plain: Sort, credit: Sort) -> None:
        self.shape = shape
        self.plain, self.credit = plain, credit
        self.lists = Lists(api, (Query(plain.entity), Query(credit.entity)), self._rows, self._named)
        self.writes = DocumentWrites(api, self.plain, shape, self.fetch)
        self.credit_writes = DocumentWrites(api, self.credit, shape, self.fetch)

    def read(self, window: Window) -> Iterator[Page]:
        """All of them, those changed since, or those dated in a backfill's days."""
        return self.lists.read(window)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Documents by id."""
        return self.lists.fetch([self._place(one) for one in ids if one])

    def matching(self, condition: str) -> list[Record]:
        """The documents that meet a condition of a query."""
        return [row for query in self.lists.queries for row in self.lists.rows(query.where(condition))]

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Up to thirty documents, credits in a request of their own; one that is settled is never edited (ACC-30)."""
        results = {one.key: self._of_the_other_sign(one) for one in sent if _has_turned(one)}
        left = [one for one in sent if one.key not in results]
        done = self.writes.write([_without(one, {AS_CREDIT}) for one in left if not _is_credit(one)], key)
        turned_round = [_without(one, _NO_CREDIT_HAS) for one in left if _is_credit(one)]
        done += after_others(done, turned_round, partial(self.credit_writes.write, turned_round, f"{key}.c"))
        results |= {one.key: one for one in done}
        return [results[one.key] for one in sent]

    def _rows(self, entity: str, record: Record) -> list[Record]:
        shaped = self.shape.document(record)
        return [as_credit(shaped) if entity == self.credit.entity else shaped]

    def _named(self, entity: str, record_id: str) -> str:
        return f"{CREDIT}{record_id}" if entity == self.credit.entity else record_id

    def _place(self, record_id: str) -> tuple[str, str]:
        """Entity and QuickBooks' own id of a record of ours."""
        own = record_id.removeprefix(CREDIT)
        return (self.plain.entity if own == record_id else self.credit.entity), own

    def _of_the_other_sign(self, one: Write) -> WriteResult:
        sort = self.credit if _is_credit(one) else self.plain
        message = f"It comes to {lines_total(one.document):,.2f} now, and is a {sort.label} in {TITLE}."
        return conflict(one, message, f"Delete it in {TITLE} and take the link away: it is sent anew as the other.")


def _is_credit(one: Write) -> bool:
    return bool(one.document.get(AS_CREDIT)) if one.action == "create" else _has_credit_id(one)


def _has_credit_id(one: Write) -> bool:
    return str(one.target_id or "").startswith(CREDIT)


def _has_turned(one: Write) -> bool:
    """Whether a change takes a document to the other side of zero, where it would be another kind of document."""
    total = lines_total(one.document) if one.action == "update" and one.document.get("Line") else 0
    return total > 0 if _has_credit_id(one) else total < 0


def _without(one: Write, names: frozenset[str] | set[str]) -> Write:
    document: Mapping[str, Any] = one.document
    return replace(one, document={name: value for name, value in document.items() if name not in names})
