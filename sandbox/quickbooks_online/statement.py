"""The query language: a statement's text becomes a `Statement`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from sandbox.quickbooks_online.errors import query_invalid, query_parse

_Member = TypeVar("_Member")
MOST_ROWS = 1000
_TOKEN = re.compile(r"\s*('(?:\\.|[^'\\])*'|<=|>=|!=|<>|[=<>(),*]|[A-Za-z_][\w.]*|-?\d+(?:\.\d+)?)")
_OPERATORS = {"=", "<", ">", "<=", ">=", "IN", "LIKE"}


@dataclass(frozen=True)
class Condition:
    """A field, an operator, and what it is compared with: one value, or those of an IN."""

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Statement:
    """What a query asks for. No `fields`: a count. `orders` are fields, each with whether it descends."""

    entity: str
    fields: tuple[str, ...]
    conditions: tuple[Condition, ...]
    orders: tuple[tuple[str, bool], ...]
    start: int
    most: int

    @property
    def counts(self) -> bool:
        """Whether the number of records is asked for."""
        return not self.fields


def parse(text: str) -> Statement:
    """Reads a statement. Raises `RefusedError` 4000 for one that cannot be read, 4001 for a page that cannot be."""
    return _Parser(text).statement()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0

    def statement(self) -> Statement:
        self._word("SELECT")
        fields = self._fields()
        self._word("FROM")
        entity = self._name()
        conditions = self._list(self._condition, "AND") if self._take("WHERE") else ()
        orders = self._list(self._order, ",") if self._ordered() else ()
        start = self._number() if self._take("STARTPOSITION") else 1
        most = self._number() if self._take("MAXRESULTS") else 100
        if self._at < len(self._tokens):
            self._fail()
        if most > MOST_ROWS:
            raise query_invalid(f"value {most} is too large. Max allowed value is {MOST_ROWS}.")
        if start < 1 or most < 1:
            raise query_invalid("STARTPOSITION and MAXRESULTS begin at 1")
        return Statement(entity, fields, conditions, orders, start, most)

    def _fields(self) -> tuple[str, ...]:
        if self._take("COUNT"):
            for token in ("(", "*", ")"):
                self._word(token)
            return ()
        return self._list(lambda: "*" if self._take("*") else self._name(), ",")

    def _condition(self) -> Condition:
        field = self._name()
        operator = self._next().upper()
        if operator not in _OPERATORS:
            self._fail(-1)
        if operator != "IN":
            return Condition(field, operator, (self._value(),))
        self._word("(")
        values = self._list(self._value, ",")
        self._word(")")
        return Condition(field, operator, values)

    def _order(self) -> tuple[str, bool]:
        field = self._name()
        descending = self._take("DESC")
        return field, descending or (self._take("ASC") and False)

    def _ordered(self) -> bool:
        if self._take("ORDERBY"):
            return True
        if self._take("ORDER"):
            self._word("BY")
            return True
        return False

    def _list(self, member: Callable[[], _Member], joint: str) -> tuple[_Member, ...]:
        members = [member()]
        while self._take(joint):
            members.append(member())
        return tuple(members)

    def _name(self) -> str:
        token = self._next()
        if not re.fullmatch(r"[A-Za-z_][\w.]*", token):
            self._fail(-1)
        return token

    def _value(self) -> str:
        token = self._next()
        if token.startswith("'"):
            return re.sub(r"\\(.)", r"\1", token[1:-1])
        if token.lower() not in {"true", "false"} and not re.fullmatch(r"-?\d+(\.\d+)?", token):
            self._fail(-1)
        return token.lower()

    def _number(self) -> int:
        token = self._next().strip("'")
        if not token.isdigit():
            self._fail(-1)
        return int(token)

    def _word(self, word: str) -> None:
        if not self._take(word):
            self._fail()

    def _take(self, word: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at].upper() == word:
            self._at += 1
            return True
        return False

    def _next(self) -> str:
        if self._at >= len(self._tokens):
            self._fail()
        self._at += 1
        return self._tokens[self._at - 1]

    def _fail(self, back: int = 0) -> NoReturn:
        at = self._at + back
        found = f'"{self._tokens[at]}"' if at < len(self._tokens) else "the end"
        raise query_parse(f"Encountered {found} at token {at + 1} of the statement")


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    text = text.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise query_parse(f"Lexical error at column {at + 1}: {text[at : at + 10]!r}")
        tokens.append(found[1])
        at = found.end()
    return tokens
