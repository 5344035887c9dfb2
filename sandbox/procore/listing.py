"""Lists: filters, sorting and pages, as far as each list documents them. What a list does not document is ignored."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from sandbox.http import Request
from sandbox.procore import errors
from sandbox.procore.fields import instant, stamp
from sandbox.world import Record

HARD_MOST = 10_000
"""A page above this is refused (older documentation: the hard maximum)."""

_ALMOST_A_SECOND = timedelta(microseconds=999_999)

Test = Callable[[Record], bool]
Filter = Callable[[str, list[str]], Test]


def one_of(name: str, values: list[str]) -> Test:
    """Equal to one of the values; `filters[id]=[1,2]` and `filters[id][]=1` are both accepted."""
    wanted = {part.strip().strip('"') for value in values for part in value.strip("[]").split(",")}
    return lambda record: _word(record.get(name)) in wanted


def exactly(name: str, values: list[str]) -> Test:
    """Equal to the value as a whole."""
    return lambda record: _word(record.get(name)) == values[0]


def within(name: str, values: list[str]) -> Test:
    """Between two times, both included: `a...b`. A date is its midnight in UTC. Raises `RefusedError`."""
    first, dots, last = values[0].strip('"').partition("...")
    try:
        low = instant(first)
        high = instant(last) if dots else low
    except ValueError as error:
        raise errors.bad_request(f"filters[{name}] {error}") from error
    earliest, latest = stamp(low + _ALMOST_A_SECOND), stamp(high)
    return lambda record: bool(record.get(name)) and earliest <= _full(record[name]) <= latest


def _full(kept: str) -> str:
    return kept if len(kept) > 10 else f"{kept}T00:00:00Z"


def containing(*names: str) -> Filter:
    """Any of the fields contains the text, whatever its case."""

    def build(_: str, values: list[str]) -> Test:
        wanted = values[0].lower()
        return lambda record: any(wanted in str(record.get(name) or "").lower() for name in names)

    return build


def keep_all(name: str, values: list[str]) -> Test:
    """A filter that takes effect elsewhere."""
    return lambda record: True


@dataclass(frozen=True)
class Listing:
    """What one list offers. `most` is the largest page: more is silently clamped to it."""

    filters: Mapping[str, Filter] = field(default_factory=dict)
    per_page: int = 100
    most: int = 2000
    paged: bool = True
    sorts: frozenset[str] = frozenset({"id", "name", "created_at", "updated_at"})


UPDATED: Mapping[str, Filter] = {"created_at": within, "updated_at": within}
BY_ID: Mapping[str, Filter] = {"id": one_of}
BY_ORIGIN: Mapping[str, Filter] = {"origin_id": exactly}
CHANGES: Mapping[str, Filter] = {**UPDATED, **BY_ID}
FULL: Mapping[str, Filter] = {**UPDATED, **BY_ID, **BY_ORIGIN}


def selected(listing: Listing, request: Request, records: Iterable[Record]) -> list[Record]:
    """The records that pass every filter of the request, in the order that it asks for (else by id)."""
    tests = _tests(listing, request)
    rows = [record for record in records if all(test(record) for test in tests)] if tests else list(records)
    rows.sort(key=lambda record: record["id"])
    for name in reversed([part for part in (request.first("sort") or "").split(",") if part]):
        if name.lstrip("-") in listing.sorts:
            rows.sort(key=_sort_key(name.lstrip("-")), reverse=name.startswith("-"))
    return rows


def page_of(listing: Listing, request: Request, rows: list[Record]) -> tuple[list[Record], dict[str, str]]:
    """One page, and the headers `Total`, `Per-Page` and `Link`; a list that does not page is answered whole."""
    if not listing.paged:
        return rows, {}
    size = min(_positive(request, "per_page", listing.per_page), listing.most)
    page = _positive(request, "page", 1)
    headers = {"total": str(len(rows)), "per-page": str(size)}
    links = _links(request, page, size, len(rows))
    return rows[(page - 1) * size : page * size], {**headers, **({"link": links} if links else {})}


def filter_values(request: Request, name: str) -> list[str]:
    """The values of `filters[name]` and `filters[name][]`."""
    return [*request.query.get(f"filters[{name}]", []), *request.query.get(f"filters[{name}][]", [])]


def with_deleted(request: Request, records: Iterable[Record]) -> list[Record]:
    """Leaves out deleted records, unless `filters[include_deleted]` says `with` or `only`."""
    wanted = (filter_values(request, "include_deleted") or [""])[0]
    if wanted == "with":
        return list(records)
    return [record for record in records if bool(record.get("deleted_at")) == (wanted == "only")]


def _tests(listing: Listing, request: Request) -> list[Test]:
    found = [(name, build, filter_values(request, name)) for name, build in listing.filters.items()]
    return [build(name, values) for name, build, values in found if values]


def _positive(request: Request, name: str, default: int) -> int:
    value = request.first(name)
    if value is None:
        return default
    if not re.fullmatch(r"[1-9]\d*", value) or (name == "per_page" and int(value) > HARD_MOST):
        raise errors.bad_request(f"{name} is invalid")
    return int(value)


def _links(request: Request, page: int, size: int, total: int) -> str:
    last = max(1, -(-total // size))
    pages = {"first": 1, "prev": page - 1, "next": page + 1, "last": last}
    shown = {name: number for name, number in pages.items() if 1 <= number <= last and last > 1 and number != page}
    return ", ".join(f'<{_address(request, number, size)}>; rel="{name}"' for name, number in shown.items())


def _address(request: Request, page: int, size: int) -> str:
    host = request.headers.get("host", "api.procore.com")
    scheme = "https" if host.endswith("procore.com") else request.headers.get("x-forwarded-proto", "http")
    kept = [(name, value) for name, values in request.query.items() for value in values]
    query = [(name, value) for name, value in kept if name not in {"page", "per_page"}]
    return f"{scheme}://{host}{request.path}?{urlencode([*query, ('page', page), ('per_page', size)])}"


def _sort_key(name: str) -> Callable[[Record], tuple[bool, Any]]:
    return lambda record: (record.get(name) is None, record.get(name) if record.get(name) is not None else 0)


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
