"""Answers a query, and the change feed."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from operator import eq, ge, gt, le, lt
from typing import Any

from sandbox.quickbooks_online.books import SYSTEM, Books, How
from sandbox.quickbooks_online.entities import BY_TYPE, Entity
from sandbox.quickbooks_online.errors import query_invalid
from sandbox.quickbooks_online.kinds import Day, Flag, Moment, Number, PersonOnly, utc
from sandbox.quickbooks_online.statement import Condition, Statement, parse
from sandbox.world import Record

FEED_LIFE = timedelta(days=30)
MOST_IN_FEED = 1000
_REMEMBERED = 8
_ALWAYS = ("Id", "MetaData.CreateTime", "MetaData.LastUpdatedTime")
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {"=": eq, "<": lt, ">": gt, "<=": le, ">=": ge}
_OMITTED = {"items": {"Sku"}}
"""What SELECT * leaves out."""


class Queries:
    """Queries of one company. The rows of a statement are remembered, so that its next page costs only that page."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._remembered: OrderedDict[Statement, tuple[int, list[Record]]] = OrderedDict()

    def answer(self, text: str) -> Record:
        """The `QueryResponse` of a statement. Raises `RefusedError` 4000 or 4001."""
        books, statement = self._books, parse(text)
        entity = _entity(statement.entity)
        rows = [row for row in self._rows(entity, statement) if (entity.name, row["Id"]) not in books.unseen]
        if statement.counts:
            return {"totalCount": len(rows)}
        page = rows[statement.start - 1 : statement.start - 1 + statement.most]
        shown = [_selected(entity, entity.outward(books, row), statement) for row in page]
        if not shown:
            return {}
        return {entity.type: shown, "startPosition": statement.start, "maxResults": len(shown)}

    def _rows(self, entity: Entity, statement: Statement) -> list[Record]:
        asked = replace(statement, start=1, most=1)
        revision = self._books.tables.revision(f"{SYSTEM}.{entity.name}")
        remembered = self._remembered.get(asked)
        if remembered and remembered[0] == revision:
            return remembered[1]
        rows = _ordered(entity, _matching(self._books, entity, statement), statement)
        self._remembered[asked] = (revision, rows)
        while len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return rows


def changes(books: Books, type_names: str, since: str) -> list[Record]:
    """The change feed: per entity what was changed or deleted since a moment, at most a thousand in all.

    Raises `RefusedError` 4001 for a moment more than 30 days ago, and for entities that the feed has not.
    """
    moment = utc(books, since, "changedSince")
    if books.world.clock.now() - datetime.fromisoformat(moment) > FEED_LIFE:
        raise query_invalid("changedSince is more than 30 days ago")
    answers: list[Record] = []
    left = MOST_IN_FEED
    for name in type_names.split(","):
        entity = _entity(name.strip())
        if not entity.in_feed:
            raise query_invalid(f"{entity.type} is not supported for change data capture")
        rows = _changed(books, entity, moment)[:left]
        left -= len(rows)
        answers.append({entity.type: rows, "startPosition": 1, "maxResults": len(rows)} if rows else {})
    return answers


def _entity(name: str) -> Entity:
    entity = BY_TYPE.get(name.lower())
    if entity is None:
        raise query_invalid(f"metadata not found for entity {name}")
    return entity


def _matching(books: Books, entity: Entity, statement: Statement) -> list[Record]:
    tests = [_test(books, entity, condition) for condition in statement.conditions]
    if entity.is_list and not any(one.field.lower() == "active" for one in statement.conditions):
        tests.append(lambda record: bool(record.get("Active", True)))
    return [row for row in books.all(entity.name) if all(test(row) for test in tests)]


def _changed(books: Books, entity: Entity, moment: str) -> list[Record]:
    rows = [entity.outward(books, row) for row in books.all(entity.name) if _moved(row) >= moment]
    for gone in books.tables.all(f"{SYSTEM}.tombstones"):
        if gone["_entity"] == entity.name and _moved(gone) >= moment:
            at = books.local(_moved(gone))
            row = {"domain": "QBO", "status": "Deleted", "Id": gone["Id"], "MetaData": {"LastUpdatedTime": at}}
            rows.append(row)
    return rows


def _moved(record: Record) -> str:
    return str(record["MetaData"]["LastUpdatedTime"])


def _checked(entity: Entity, field: str) -> str:
    """The field as it is spelt, if a WHERE or an ORDERBY may name it."""
    allowed = {one.lower(): one for one in (*_ALWAYS, *entity.filters.split())}
    if field.lower() in allowed:
        return allowed[field.lower()]
    known = field.split(".")[0] in entity.fields.fields
    raise query_invalid(
        f"property '{field}' is not queryable" if known else f"Property {field} not found for Entity {entity.type}"
    )


def _test(books: Books, entity: Entity, condition: Condition) -> Callable[[Record], bool]:
    field = _checked(entity, condition.field)
    if condition.operator == "LIKE":
        parts = (re.escape(part) for part in condition.values[0].split("%"))
        pattern = re.compile(".*".join(parts), re.DOTALL | re.IGNORECASE)
        return lambda record: any(pattern.fullmatch(str(value)) for value in _values(record, field))
    wanted = [_typed(books, entity, field, value) for value in condition.values]
    if condition.operator == "IN":
        return lambda record: any(value in wanted for value in _values(record, field))
    compare = _COMPARISONS[condition.operator]
    if field == "Id":
        key = _id_key({"Id": condition.values[0]})
        return lambda record: compare(_id_key(record), key)
    return lambda record: any(compare(value, wanted[0]) for value in _values(record, field))


def _typed(books: Books, entity: Entity, field: str, text: str) -> Any:
    """What a field is compared with, by the kind of the field."""
    if field.startswith("MetaData."):
        return utc(books, text, field)
    kind: Any = entity.fields.fields.get(field.split(".")[0])
    kind = kind.kind if isinstance(kind, PersonOnly) else kind
    if field == "Balance" or field.endswith(("Amt", "Credit")):
        kind = Number()
    return kind.read(books, How(), text, field) if isinstance(kind, Number | Flag | Day | Moment) else text


def _values(record: Record, field: str) -> list[Any]:
    """What a record has at a path; several where a list lies on the way."""
    found: list[Any] = [record]
    for name in field.split("."):
        # A statement says EntityRef.Type for what the record calls type.
        key = "type" if name == "Type" and field.startswith("AttachableRef") else name
        found = [one[key] for one in found if isinstance(one, dict) and key in one]
        found = [member for one in found for member in (one if isinstance(one, list) else [one])]
    return [one["value"] if isinstance(one, dict) and "value" in one else one for one in found]


def _ordered(entity: Entity, rows: list[Record], statement: Statement) -> list[Record]:
    """By what was asked for. Without that the order is not told by QuickBooks: here the newest come first."""
    if not statement.orders:
        return sorted(rows, key=_id_key, reverse=True)
    for field, descending in reversed(statement.orders):
        checked = _checked(entity, field)
        rows = sorted(rows, key=partial(_sort_key, checked), reverse=descending)
    return rows


def _id_key(row: Record) -> tuple[int, str]:
    return (int(row["Id"]), "") if row["Id"].isdigit() else (0, row["Id"])


def _sort_key(field: str, row: Record) -> tuple[bool, Any]:
    if field == "Id":
        return True, _id_key(row)
    values = _values(row, field)
    if not values:
        return False, 0
    value = values[0]
    return True, value if isinstance(value, bool | Decimal | int) else str(value).casefold()


def _selected(entity: Entity, shown: Record, statement: Statement) -> Record:
    if "*" in statement.fields:
        asked = set(statement.fields)
        return {name: value for name, value in shown.items() if name not in _OMITTED.get(entity.name, set()) - asked}
    for field in statement.fields:
        if field.split(".")[0] not in entity.fields.fields:
            raise query_invalid(f"Property {field} not found for Entity {entity.type}")
    asked = {field.split(".")[0] for field in statement.fields} | {"domain", "Id"}
    return {name: value for name, value in {**shown, "sparse": True}.items() if name in asked | {"sparse"}}
