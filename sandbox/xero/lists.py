"""Reading: one record, or a list of them as its query asks."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from sandbox.http import Request
from sandbox.world import Record
from sandbox.xero import query as q
from sandbox.xero.books import Books
from sandbox.xero.errors import UnknownRecordError
from sandbox.xero.state import Entity

_REMEMBERED = 8
_HEAVY = ("LineItems", "Payments", "CreditNotes", "Prepayments", "Overpayments", "Allocations", "Addresses", "Phones")


class Lists:
    """Lists of one organisation. The rows of a query are remembered, so that its next page costs only that page."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._remembered: OrderedDict[tuple[Any, ...], tuple[int, list[Record]]] = OrderedDict()

    def one(self, entity: Entity, key: str) -> Record:
        """The record with an id or, where Xero takes it in the path, a number. Raises `UnknownRecordError`."""
        record = self._books.get(entity.name, key)
        if record is None and entity.number:
            wanted = key.casefold() if entity.number == "code" else key
            record = self._books.first(entity.name, entity.number, wanted)
        if record is None:
            raise UnknownRecordError(key)
        return entity.outward(self._books, record, True)

    def many(self, entity: Entity, request: Request, app: str) -> tuple[list[Record], dict[str, int] | None]:
        """A list, and its `pagination` where the list is paged."""
        query = q.parameters(request)
        light = query.get("summaryonly", "").lower() == "true" and bool(entity.search)
        rows = self._rows(entity, query, request.headers.get("if-modified-since"), app)
        asked = light or "page" in query or "pagesize" in query
        if entity.pages == "never" or (entity.pages == "when asked" and not asked):
            return [entity.outward(self._books, row, entity.pages == "never") for row in rows], None
        shown, pagination = q.page(rows, query)
        return [self._shown(entity, row, light) for row in shown], pagination

    def _shown(self, entity: Entity, row: Record, light: bool) -> Record:
        record = entity.outward(self._books, row, not light)
        return {name: value for name, value in record.items() if name not in _HEAVY} if light else record

    def _rows(self, entity: Entity, query: dict[str, str], since: str | None, app: str) -> list[Record]:
        asked = tuple(sorted((name, text) for name, text in query.items() if name not in {"page", "pagesize"}))
        key = (entity.name, asked, since, app)
        revision = self._books.tables.revision(f"xero.{entity.name}")
        remembered = self._remembered.get(key)
        if remembered and remembered[0] == revision:
            return remembered[1]
        rows = q.matching(self._books.all(entity.name), _tests(entity, query, since, app))
        rows = q.ordered(rows, query["order"]) if "order" in query else rows
        self._remembered[key] = (revision, rows)
        while len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return rows


def _tests(entity: Entity, query: dict[str, str], since: str | None, app: str) -> list[q.Test]:
    tests = [make(query[name]) for name, make in entity.filters.items() if query.get(name)]
    if since and entity.since:
        tests.append(q.modified_since(since))
    if entity.where and query.get("where"):
        tests.append(q.where(query["where"]))
    if entity.name == "contacts" and query.get("includearchived", "").lower() != "true":
        tests.append(lambda contact: bool(contact["ContactStatus"] != "ARCHIVED"))
    if entity.name == "invoices" and query.get("createdbymyapp", "").lower() == "true":
        tests.append(lambda invoice: bool(invoice.get("_app") == app))
    if entity.search and query.get("searchterm"):
        tests.append(_searching(entity.search, query["searchterm"].casefold()))
    return tests


def _searching(names: tuple[str, ...], term: str) -> q.Test:
    return lambda record: any(term in str(record.get(name) or "").casefold() for name in names)
