"""Several writes and queries in one request: one after the other, each for itself."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from sandbox.http import Request
from sandbox.quickbooks_online import writes
from sandbox.quickbooks_online.books import Books, How
from sandbox.quickbooks_online.entities import BY_TYPE, Entity
from sandbox.quickbooks_online.errors import RefusedError
from sandbox.quickbooks_online.query import Queries
from sandbox.world import Record

MOST_ITEMS = 30
ALLOW_DUPLICATES = "allowduplicatedocnum"
_OPERATIONS: dict[str, Callable[[Books, Entity, Record, How], Record]] = {
    "create": writes.write,
    "update": writes.write,
    "delete": writes.delete,
}


def answer(books: Books, queries: Queries, request: Request) -> list[Record]:
    """The `BatchItemResponse`s, in an order of their own. Raises `RefusedError` for the batch as a whole."""
    items = request.json()
    items = items.get("BatchItemRequest") if isinstance(items, dict) else None
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise RefusedError(2010, "The body holds no BatchItemRequest")
    if len(items) > MOST_ITEMS:
        raise RefusedError(1040, f"A batch has at most {MOST_ITEMS} items, this one has {len(items)}")
    books.unseen.clear()
    try:
        answers = [_item(books, queries, item, _refusal(request, number)) for number, item in enumerate(items, 1)]
    finally:
        books.unseen.clear()
    # The order of answers is not promised: here it is another one, the same for the same number of items.
    Random(len(answers)).shuffle(answers)
    return answers


def _refusal(request: Request, number: int) -> RefusedError | None:
    if not request.refuse_every or number % request.refuse_every:
        return None
    if request.refuse_status == 429:
        return RefusedError(3001, "The request limit was reached for this item")
    return RefusedError(10000, "An application error has occurred while processing your request")


def _item(books: Books, queries: Queries, item: Record, refusal: RefusedError | None) -> Record:
    named = {"bId": str(item.get("bId", ""))}
    mark = books.tables.mark()
    try:
        if refusal:
            raise refusal
        return {**named, **_done(books, queries, item)}
    except RefusedError as error:
        books.tables.undo(mark)
        return {**named, "Fault": error.fault()}


def _done(books: Books, queries: Queries, item: Record) -> Record:
    if "Query" in item:
        return {"QueryResponse": queries.answer(str(item["Query"]))}
    entity, sent = _sent(item)
    operation = _OPERATIONS.get(str(item.get("operation", "")).lower())
    if operation is None:
        raise RefusedError(500, f"Operation {item.get('operation')} is not supported in a batch", "operation")
    how = How(allow_duplicates=ALLOW_DUPLICATES in str(item.get("optionsData", "")))
    done = operation(books, entity, sent, how)
    if done.get("status") == "Deleted":
        return {entity.type: done}
    if done["SyncToken"] == "0":
        books.unseen.add((entity.name, done["Id"]))
    return {entity.type: entity.outward(books, done)}


def _sent(item: Record) -> tuple[Entity, Any]:
    for name, value in item.items():
        if name.lower() in BY_TYPE:
            return BY_TYPE[name.lower()], value
    raise RefusedError(2000, "The item holds no entity")
