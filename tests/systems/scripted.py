"""A server behind a real socket that answers what it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Scripted:
    """A server that answers what it is told, in order; the last answer again and again."""

    url: str
    answers: list[Any] = field(default_factory=list)
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


DROP = "drop"
"""An answer: the connection is cut after the request was read."""


def reply(status: int = 200, body: bytes | str = b"{}", length: int | None = None, **headers: str) -> tuple[Any, ...]:
    """An answer; `length` is a `Content-Length` that does not fit, names of headers have `_` for `-`."""
    raw = body.encode() if isinstance(body, str) else body
    return status, raw, length, {name.replace("_", "-"): value for name, value in headers.items()}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        script: Scripted = self.server.script
        script.seen.append((self.command, self.path, dict(self.headers.items()), body))
        answer = script.answers.pop(0) if len(script.answers) > 1 else script.answers[0]
        if answer == DROP:
            self.close_connection = True
            self.connection.close()
            return
        status, raw, length, headers = answer
        self.send_response_only(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.send_header("Content-Length", str(len(raw) if length is None else length))
        self.end_headers()
        self.wfile.write(raw)
        self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = _answer

    def log_message(self, *arguments: Any) -> None:
        """Keeps quiet."""


def served() -> Iterator[Scripted]:
    """Runs a server, and stops it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    script = Scripted(f"http://127.0.0.1:{server.server_port}")
    server.script = script  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield script
    server.shutdown()
    server.server_close()
