"""What was asked of the sandbox since the last reset, for those who want to count calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from sandbox.http import Request


class Entry(msgspec.Struct):
    """One request. `status` is what the vendor decided, also where a fault hid it; None: it never ran."""

    at: str
    system: str | None
    method: str
    path: str
    query: str
    status: int | None
    idempotency_key: str | None
    fault: str | None = None


class RequestLog:
    """Every request since the last reset, oldest first."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def add(self, at: datetime, system: str | None, request: Request) -> Entry:
        """Notes a request that has arrived; the caller fills in what becomes of it."""
        entry = Entry(
            at.isoformat(timespec="milliseconds"),
            system,
            request.method,
            request.path,
            "&".join(f"{name}={value}" for name, values in request.query.items() for value in values),
            None,
            request.headers.get("idempotency-key") or request.first("requestid"),
        )
        self._entries.append(entry)
        return entry

    def entries(self, system: str | None = None) -> list[Entry]:
        """All requests, or those of one system."""
        return [entry for entry in self._entries if system in {None, entry.system}]

    def clear(self) -> None:
        """Starts afresh."""
        self._entries.clear()


def summary(entries: Iterable[Entry]) -> dict[str, Any]:
    """Counts: all requests, per method, per status, and `writes`: accepted ones that are no GET and fetch no token."""
    entries = list(entries)
    return {
        "requests": len(entries),
        "methods": Counter(entry.method for entry in entries),
        "statuses": Counter(str(entry.status) for entry in entries),
        "writes": sum(_is_accepted_write(entry) for entry in entries),
    }


def _is_accepted_write(entry: Entry) -> bool:
    accepted = entry.status is not None and entry.status < 400
    return accepted and entry.method not in {"GET", "HEAD", "OPTIONS"} and not _only_asks(entry.path)


def _only_asks(path: str) -> bool:
    """Whether a path takes what is posted to it for a question: a token is asked for, or a query."""
    return is_token_request(path) or path.endswith("/query")


def is_token_request(path: str) -> bool:
    """Whether a path belongs to signing in rather than to the data: tokens, their revocation, consent."""
    pex = path.lower() in {"/token", "/v4/token", "/v4/token/renew"}
    return pex or any(part in path for part in ("/oauth", "/connect/"))
