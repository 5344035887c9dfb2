"""Writing: the elements of a request, each accepted or refused, all or nothing where Xero does it so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from sandbox.http import Request
from sandbox.world import Record
from sandbox.xero import query as q
from sandbox.xero.books import Books, How
from sandbox.xero.errors import RefusedError, UnknownRecordError, bad_data, refused_element
from sandbox.xero.state import Entity

_XERO_FAILED = "An error occurred in Xero. Check the API Status page http://status.developer.xero.com"

Outcome = tuple[list[Record], bool]
"""The elements of the answer, and whether the request as a whole is refused."""


def elements(request: Request, plural: str) -> list[Record]:
    """The elements of a body: under their plural name, or one element by itself. Raises `BadRequestError`."""
    try:
        body = request.json()
    except msgspec.DecodeError as error:
        raise bad_data(f"The request body is not valid JSON: {error}") from None
    if isinstance(body, dict) and isinstance(body.get(plural), list):
        body = body[plural]
    members = body if isinstance(body, list) else [body]
    if not members or not all(isinstance(member, dict) for member in members):
        raise bad_data(f"The request body holds no {plural}")
    return [_typed(member) for member in members]


def write(books: Books, entity: Entity, request: Request, app: str) -> Outcome:
    """PUT (create), POST (change by id or natural key, else create), or POST to one record's address."""
    assert entity.write is not None
    sent = elements(request, entity.plural)
    if entity.one_per_call:
        sent = sent[:1]
    if "id" in request.path_params:
        sent = [{**sent[0], entity.key: request.path_params["id"]}]
    if entity.most_per_call and len(sent) > entity.most_per_call:
        raise bad_data(f"A request takes at most {entity.most_per_call} {entity.plural}")
    how = How(decimals=decimals(request), app=app)
    write_one = entity.write

    def one(element: Record) -> Record:
        before = _before(books, entity, request, element)
        stored = write_one(books, element, before, how)
        return entity.outward(books, stored, True)

    return each(books, request, sent, entity.key, one)


def each(books: Books, request: Request, sent: list[Record], key: str, one: Callable[[Record], Record]) -> Outcome:
    """Writes elements in order. With summarizeErrors (the default) one refusal takes all of them back.

    The answer then holds only the refused ones, so that nobody counts on their place: the stricter reading.
    """
    summarize = q.parameters(request).get("summarizeerrors", "true").lower() != "false"
    start = books.tables.mark()
    accepted: list[Record] = []
    refused: list[Record] = []
    answer: list[Record] = []
    for number, element in enumerate(sent, 1):
        mark = books.tables.mark()
        try:
            answer.append(_accepted(one, element, number, request))
            accepted.append(element)
        except RefusedError as error:
            books.tables.undo(mark)
            refused.append(refused_element(element, key, error.messages))
            answer.append(refused[-1])
    if refused and summarize:
        books.tables.undo(start)
        return refused, True
    return answer, False


_OBJECTS = {"Contact", "BankAccount", "Account", "Invoice", "CreditNote", "PurchaseDetails", "SalesDetails"}
_LISTS = {"LineItems", "Phones", "Addresses", "ContactPersons"}


def _typed(element: Record) -> Record:
    """An element with what Xero reads of it: no nulls, and of nested values only those that it knows."""
    read = ((name, _read(name, value)) for name, value in element.items())
    return {name: value for name, value in read if value is not None}


def _read(name: str, value: Any) -> Any:
    if value is None or name == "Tracking":
        return value  # what is wrong with tracking is dropped later, without a word
    if name in _OBJECTS:
        return _typed(_of_type(name, value, dict))
    if name in _LISTS:
        return [_typed(_of_type(name, member, dict)) for member in _of_type(name, value, list)]
    return None if isinstance(value, list | dict) else value


def _of_type(name: str, value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise bad_data(f"The value of {name} is not of the type that Xero takes")
    return value


def decimals(request: Request) -> int:
    """How many decimals of unit amounts a request asks for."""
    return 4 if q.parameters(request).get("unitdp") == "4" else 2


def _accepted(one: Callable[[Record], Record], element: Record, number: int, request: Request) -> Record:
    if request.refuse_every and number % request.refuse_every == 0:
        raise RefusedError(_XERO_FAILED)
    return {**one(element), "StatusAttributeString": "OK"}


def _before(books: Books, entity: Entity, request: Request, element: Record) -> Record | None:
    key = element.get(entity.key)
    if key:
        before = books.get(entity.name, key)
        if before is None:
            raise UnknownRecordError(key)
        if request.method == "PUT":
            raise RefusedError(f"A record with the {entity.key} {key} already exists")
        return before
    if request.method == "POST" and entity.match:
        return entity.match(books, element)
    return None


def refused_or(messages: list[Any]) -> None:
    """Raises `RefusedError` with the messages, if there are any."""
    if messages:
        raise RefusedError(*dict.fromkeys(messages))
