"""Requests and answers as plain data, and the table that leads from a path to its handler.

Nothing here opens a socket: `sandbox.asgi` serves a world over HTTP, `sandbox.in_process` calls it directly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, Literal

import msgspec
from starlette.routing import compile_path

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")

Cut = Literal["drop", "truncate"]


@dataclass(frozen=True)
class Request:
    """One request as it arrived. Header names are lower case; a query name may have several values.

    `in_flight` is the number of requests of that system under way when it arrived, itself included. `refuse_every`
    is a fault: the vendor refuses every n-th member of a bulk write (0: none), with `refuse_status` where it was asked
    for and the vendor knows it for a member.
    """

    method: str
    path: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    path_params: Mapping[str, str] = field(default_factory=dict)
    in_flight: int = 1
    refuse_every: int = 0
    refuse_status: int | None = None

    def json(self) -> Any:
        """The body as JSON, numbers with a fraction as `Decimal`. Raises `msgspec.DecodeError`."""
        return _decoder.decode(self.body)

    def first(self, name: str, default: str | None = None) -> str | None:
        """The first value of a query parameter."""
        values = self.query.get(name)
        return values[0] if values else default


@dataclass(frozen=True)
class Response:
    """One answer. `cut` and `delay` are for the server's edge: drop the connection, stop half-way, wait first."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: Cut | None = None
    delay: float = 0.0


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer with a JSON body; `Decimal` becomes a JSON number, digit for digit."""
    content_type = {"content-type": "application/json; charset=utf-8"}
    return Response(status, _encoder.encode(value), {**content_type, **(headers or {})})


Handler = Callable[[Request], Response]


class Router:
    """Paths such as `/rest/v1.0/vendors/{id}`, tried in the order in which they were added."""

    def __init__(self, ignore_case: bool = False) -> None:
        self._flags = re.IGNORECASE if ignore_case else re.NOFLAG
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []

    def add(self, method: str, template: str, handler: Handler) -> None:
        """Leads `method template` to `handler`, which receives the request with `path_params` filled in."""
        self._routes.append((method, _pattern(template, self._flags), handler))

    def find(self, request: Request) -> tuple[Handler, dict[str, str]] | None:
        """The handler for a request and its path parameters, or None."""
        for method, pattern, handler in self._routes:
            if method == request.method and (match := pattern.match(request.path)):
                return handler, match.groupdict()
        return None


@cache
def _pattern(template: str, flags: re.RegexFlag) -> re.Pattern[str]:
    pattern, _, _ = compile_path(template)
    return re.compile(pattern.pattern, flags)
