"""What can go wrong between a client and a vendor, on order.

A fault is matched against each request by system, method and path; `after`, `every` and `times` choose which of the
matching requests it strikes. The first fault that strikes a request is the only one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Literal

import msgspec

from sandbox.http import Request, Response, json_response
from sandbox.vendor import Vendor
from sandbox.world import Tables

Kind = Literal[
    "status",
    "timeout",
    "drop_before_commit",
    "drop_after_commit",
    "slow",
    "truncate_body",
    "partial_batch",
    "stale_token",
    "garbage",
    "edit_while_paging",
]


class Fault(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One fault, as it is ordered by `POST /_sandbox/faults`, with counters of what it did.

    `status` and `garbage` answer in the vendor's place and `timeout` lets the client wait for nothing: the request is
    not executed unless `executed` is true. `seconds` is how long `slow` and `timeout` last. `entity` names the table
    that `edit_while_paging` touches, where the last word of the path does not.
    """

    kind: Kind
    system: str | None = None
    method: str | None = None
    path: str = ""
    after: int = 0
    every: int = 1
    times: int | None = None
    status: int | None = None
    retry_after: int | str | None = None
    seconds: float | None = None
    executed: bool = False
    entity: str | None = None
    matched: int = 0
    fired: int = 0

    def __post_init__(self) -> None:
        if self.every < 1 or self.after < 0:
            raise ValueError("every must be at least 1, and after at least 0")
        try:
            re.compile(self.path)
        except re.error as error:
            raise ValueError(f"path is not a regular expression: {error}") from error

    def strikes(self, system: str | None, request: Request) -> bool:
        """Counts a request that matches, and says whether it is one of those that the fault is for."""
        if not self._matches(system, request) or self.fired == self.times:
            return False
        self.matched += 1
        if self.matched <= self.after or (self.matched - self.after) % self.every:
            return False
        self.fired += 1
        return True

    def _matches(self, system: str | None, request: Request) -> bool:
        return (
            self.system in {None, system}
            and self.method in {None, request.method}
            and re.search(self.path, request.path) is not None
        )


class Faults:
    """The faults in force."""

    def __init__(self) -> None:
        self.active: list[Fault] = []

    def striking(self, system: str | None, request: Request) -> Fault | None:
        """The fault that a request runs into, if any."""
        return next((fault for fault in self.active if fault.strikes(system, request)), None)


def instead(fault: Fault) -> Response | None:
    """The answer to a request that a fault keeps from being executed, or None when it is executed."""
    if fault.executed or fault.kind not in _REPLACED:
        return None
    return _REPLACED[fault.kind](fault)


def spoiled(fault: Fault, request: Request) -> Request:
    """The request as the vendor gets to see it."""
    if fault.kind == "stale_token":
        return replace(request, headers={**request.headers, "authorization": "Bearer stale"})
    if fault.kind == "partial_batch":
        return replace(request, refuse_every=2, refuse_status=fault.status)
    return request


def after(fault: Fault, response: Response) -> Response:
    """What the client gets to see of the vendor's answer."""
    if fault.executed and fault.kind in _REPLACED:
        return _REPLACED[fault.kind](fault)
    if fault.kind == "drop_after_commit":
        return replace(response, cut="drop")
    if fault.kind == "truncate_body":
        return replace(response, cut="truncate")
    if fault.kind == "slow":
        return replace(response, delay=_seconds(fault, 2.0))
    return response


def edit_listed_row(fault: Fault, vendor: Vendor, tables: Tables, request: Request, response: Response) -> None:
    """Touches a row of the page just served, as a person would, so that a list by change date moves.

    It is the first one that the vendor lets a person touch.
    """
    if fault.kind != "edit_while_paging" or not _lists(request) or response.status != 200:
        return
    entity = fault.entity or _snake(request.path.rstrip("/").rsplit("/", 1)[-1])
    for row in _rows(response):
        key = next((name for name in row if _is_key(tables, f"{vendor.name}.{entity}", name, row[name])), None)
        if key is None:
            continue
        with suppress(ValueError):
            vendor.seed(entity, {key: row[key]})
            return


def _status(fault: Fault) -> Response:
    headers = {} if fault.retry_after is None else {"retry-after": str(fault.retry_after)}
    status = fault.status or 500
    return json_response({"message": f"Sandbox fault: status {status}"}, status, headers)


def _garbage(fault: Fault) -> Response:
    page = b"<!DOCTYPE html><html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1></body></html>"
    return Response(fault.status or 502, page, {"content-type": "text/html"})


def _timeout(fault: Fault) -> Response:
    return Response(504, cut="drop", delay=_seconds(fault, 60.0))


def _drop(_: Fault) -> Response:
    return Response(504, cut="drop")


_REPLACED: dict[str, Callable[[Fault], Response]] = {
    "status": _status,
    "garbage": _garbage,
    "timeout": _timeout,
    "drop_before_commit": _drop,
}


def _seconds(fault: Fault, default: float) -> float:
    return default if fault.seconds is None else fault.seconds


def _snake(word: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word).lower()


def _is_key(tables: Tables, table: str, name: str, value: Any) -> bool:
    return name.lower().endswith("id") and isinstance(value, str | int) and tables.get(table, value) is not None


def _lists(request: Request) -> bool:
    return request.method == "GET" or request.path.endswith("/query")


def _rows(response: Response) -> list[dict[str, Any]]:
    body = msgspec.json.decode(response.body)
    if isinstance(body, dict):
        # QuickBooks wraps its list once more.
        body = body.get("QueryResponse", body)
        body = next((value for value in body.values() if isinstance(value, list)), [])
    return [row for row in body if isinstance(row, dict)] if isinstance(body, list) else []
