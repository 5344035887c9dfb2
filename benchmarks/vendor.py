"""Xero and Procore as far as job costs ask of them, in a process of their own: pages that are made already.

python -m benchmarks.vendor DOCUMENTS    prints its address, and serves until it is ended
"""

from __future__ import annotations

import json
import sys
from email.utils import formatdate
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from benchmarks.books import COMPANY, PROJECTS, List, lists

ANSWERS: dict[str, Any] = {
    "/token": {"access_token": "bench", "token_type": "Bearer", "expires_in": 86_400},
    "/api.xro/2.0/Organisation": {"Organisations": [{"Name": "Ironwood", "BaseCurrency": "USD"}]},
    "/api.xro/2.0/Accounts": {"Accounts": []},
    "/rest/v1.1/projects": [
        {"id": 1000 + number, "name": f"Project {number}", "active": True, "company": {"id": COMPANY}}
        for number in range(PROJECTS)
    ],
}
"""What is answered whatever the query; anything else of Procore is an empty list."""


class Books(ThreadingHTTPServer):
    """Serves so many documents on a free port of this machine."""

    daemon_threads = True

    def __init__(self, documents: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lists = lists(documents)


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    server: Books

    def do_GET(self) -> None:
        """A page of a list, or one of the fixed answers."""
        parts = urlsplit(self.path)
        found = self.server.lists.get(parts.path.rpartition("/")[2]) if "/api.xro/" in parts.path else None
        self._answer(_page(found, parts.query) if found else json.dumps(ANSWERS.get(parts.path, [])).encode())

    def do_POST(self) -> None:
        """A token."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer(json.dumps(ANSWERS["/token"]).encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""

    @cached_property
    def _now(self) -> str:
        return formatdate(usegmt=True)

    def _answer(self, body: bytes) -> None:
        self.wfile.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            + f"Date: {self._now}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )


def _page(found: List, query: str) -> bytes:
    return found.page(int(parse_qs(query).get("page", ["1"])[0]))


if __name__ == "__main__":
    books = Books(int(sys.argv[1]))
    print(f"http://127.0.0.1:{books.server_port}", flush=True)
    books.serve_forever()
