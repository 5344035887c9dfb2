"""Lists: filters, `where`, `order`, If-Modified-Since, pages."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from sandbox.http import Request
from sandbox.world import Record
from sandbox.xero.errors import bad_query
from sandbox.xero.wire import iso_time

Test = Callable[[Record], bool]

MOST_ROWS = 1000
# What IIS takes by default, and why some fifty IDs are the most that a list can be asked for.
LONGEST_QUERY = 2048

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda found, wanted: found == wanted,
    "=": lambda found, wanted: found == wanted,
    "!=": lambda found, wanted: found != wanted,
    ">=": lambda found, wanted: found is not None and found >= wanted,
    "<=": lambda found, wanted: found is not None and found <= wanted,
    ">": lambda found, wanted: found is not None and found > wanted,
    "<": lambda found, wanted: found is not None and found < wanted,
}
_CALLS: dict[str, Callable[[str, str], bool]] = {
    "StartsWith": str.startswith,
    "EndsWith": str.endswith,
    "Contains": lambda found, wanted: wanted in found,
}
_CLAUSE = re.compile(r"\s*([A-Za-z][\w.]*?)\s*(==|!=|>=|<=|>|<|=)\s*(.+?)\s*", re.DOTALL)
_CALL = re.compile(r'\s*([A-Za-z][\w.]*)\.(StartsWith|EndsWith|Contains)\("([^"]*)"\)\s*')
_AND = re.compile(r'(?:&&|\s+AND\s+)(?=(?:[^"]*"[^"]*")*[^"]*$)')


def parameters(request: Request) -> dict[str, str]:
    """The query by lower-case names; of a name that comes twice, the first."""
    return {name.lower(): values[0] for name, values in request.query.items()}


def is_too_long(request: Request) -> bool:
    """Whether the address is longer than Xero's front door takes."""
    return len(urlencode(dict(request.query), doseq=True)) > LONGEST_QUERY


def where(text: str) -> Test:
    """A `where` as a test: clauses joined by `&&`. Anything else than the sandbox's subset is refused, not ignored."""
    tests = [_clause(clause) for clause in _AND.split(text)]
    return lambda record: all(test(record) for test in tests)


def _clause(text: str) -> Test:
    if call := _CALL.fullmatch(text):
        path, name, wanted = call.groups()
        return lambda record: _CALLS[name](str(_value(record, path) or ""), wanted)
    clause = _CLAUSE.fullmatch(text)
    if clause is None:
        raise bad_query(f"The where clause '{text.strip()}' cannot be parsed")
    path, operator, literal = clause.groups()
    wanted, compare = _literal(literal), _COMPARISONS[operator]
    if isinstance(wanted, datetime):
        moment = iso_time(wanted)
        return lambda record: compare(_moment(_value(record, path)), moment)
    return lambda record: _compared(compare, _value(record, path), wanted)


def _compared(compare: Callable[[Any, Any], bool], found: Any, wanted: Any) -> bool:
    try:
        return compare(found, wanted)
    except TypeError:
        raise bad_query(f"The value {wanted} of a where clause cannot be compared with {found}") from None


def _literal(text: str) -> Any:
    if match := re.fullmatch(r'"([^"]*)"', text):
        return match[1]
    if match := re.fullmatch(r'guid\("([0-9a-f-]+)"\)', text, re.IGNORECASE):
        return match[1].lower()
    if match := re.fullmatch(r"DateTime\(([\d,\s]+)\)", text, re.IGNORECASE):
        return _date(text, *(int(part) for part in match[1].split(",")))
    if text.lower() in {"true", "false", "null"}:
        return {"true": True, "false": False, "null": None}[text.lower()]
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return Decimal(text)
    raise bad_query(f"The value {text} of a where clause cannot be parsed")


def _date(text: str, *parts: int) -> datetime:
    try:
        return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]
    except (TypeError, ValueError):
        raise bad_query(f"The value {text} of a where clause is no date") from None


def _moment(stored: Any) -> str | None:
    if not isinstance(stored, str):
        return None
    return f"{stored}T00:00:00.000Z" if len(stored) == 10 else stored


def _value(record: Record, path: str) -> Any:
    value: Any = record
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def ordered(rows: list[Record], text: str) -> list[Record]:
    """Rows by `UpdatedDateUTC ASC` or `Date DESC, InvoiceNumber`; those without a value come first."""
    for part in reversed(text.split(",")):
        match = re.fullmatch(r"\s*([A-Za-z][\w.]*)(?:\s+(ASC|DESC))?\s*", part, re.IGNORECASE)
        if match is None:
            raise bad_query(f"The order '{text}' cannot be parsed")
        path, descending = match[1], (match[2] or "").upper() == "DESC"
        rows = sorted(rows, key=lambda row, path=path: _sort_key(_value(row, path)), reverse=descending)
    return rows


def _sort_key(value: Any) -> tuple[bool, Any]:
    if isinstance(value, list | dict):
        raise bad_query("A list cannot be ordered by a field that holds others")
    return (value is not None, value if value is not None else 0)


def modified_since(header: str) -> Test:
    """Records changed after a moment, given as ISO text or as an HTTP date, in UTC, to the second."""
    try:
        moment = datetime.fromisoformat(header)
    except ValueError:
        try:
            moment = parsedate_to_datetime(header)
        except ValueError:
            raise bad_query(f"If-Modified-Since '{header}' is no date") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    since = iso_time(moment.replace(microsecond=0))
    return lambda record: record["UpdatedDateUTC"] > since


def one_of(text: str, path: str) -> Test:
    """Records whose field is one of those listed with commas."""
    wanted = {part.strip().lower() for part in text.split(",")}
    return lambda record: str(_value(record, path) or "").lower() in wanted


def from_date(text: str) -> Test:
    """Documents dated that day or later."""
    return lambda record: bool(record["Date"] >= text[:10])


def until_date(text: str) -> Test:
    """Documents dated that day or earlier."""
    return lambda record: bool(record["Date"] <= text[:10])


def matching(rows: Iterable[Record], tests: list[Test]) -> list[Record]:
    """The rows that pass all tests."""
    return [row for row in rows if all(test(row) for test in tests)]


def page(rows: list[Any], query: dict[str, str]) -> tuple[list[Any], dict[str, int]]:
    """One page of rows and Xero's `pagination`. Raises `BadRequestError` for a page or size that there cannot be."""
    number, size = _whole(query, "page", 1), _whole(query, "pagesize", 100)
    if number < 1 or not 1 <= size <= MOST_ROWS:
        raise bad_query(f"page starts at 1 and pageSize is 1 to {MOST_ROWS}")
    counts = {"page": number, "pageSize": size, "pageCount": math.ceil(len(rows) / size), "itemCount": len(rows)}
    return rows[(number - 1) * size : number * size], counts


def _whole(query: dict[str, str], name: str, default: int) -> int:
    try:
        return int(query.get(name, default))
    except ValueError:
        raise bad_query(f"The value '{query[name]}' of {name} is not a whole number") from None
