"""The sandbox in the test's own process, both connectors on it, and a scripted server behind a real socket."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from jobledger.systems.procore.connect import oauth_url, procore
from jobledger.systems.procore.system import Procore
from jobledger.systems.surroundings import Account, Surroundings
from jobledger.systems.xero.connect import XeroAccount, xero
from jobledger.systems.xero.system import Xero
from sandbox.app import Sandbox
from sandbox.faults import Fault
from sandbox.in_process import InProcessAdapter

COMPANY = 598134325683880
TENANT = "7f1c0c3e-2a54-4a0e-9d4e-0b5f6c1d2e3f"
PROCORE = "https://api.procore.com"
XERO = "https://api.xero.com"


@dataclass
class Stage:
    """A sandbox whose time stands still unless something sleeps, and connectors on it."""

    sandbox: Sandbox
    around: Surroundings
    slept: list[float]
    logged: list[str]

    def procore(self, company: int = COMPANY, **options: Any) -> Procore:
        account = Account("procore_demo", PROCORE, oauth_url(PROCORE), "procore-demo-client", "procore-demo-secret")
        return procore(account, company, around=self.around, **options)

    def xero(self, tenant: str = TENANT, category: str | None = "Job") -> Xero:
        return xero(self.xero_account(), tenant, category, self.around)

    def xero_account(self, **changes: Any) -> XeroAccount:
        values = {"client_id": "xero-demo-client", "secret": "xero-demo-secret", **changes}
        return XeroAccount("xero_demo", XERO, "https://identity.xero.com/connect/token", **values)

    def seed(self, system: str, entity: str, *records: dict[str, Any]) -> list[dict[str, Any]]:
        return [self.sandbox.vendors[system].seed(entity, record) for record in records]

    def fault(self, *faults: Fault) -> None:
        self.sandbox.faults.active = list(faults)

    def records(self, name: str) -> list[dict[str, Any]]:
        return list(self.sandbox.world.tables.all(name))

    def requests(self, system: str, method: str | None = None) -> list[Any]:
        entries = [one for one in self.sandbox.log.entries if one.system == system]
        return [one for one in entries if method in {None, one.method}]


@pytest.fixture
def stage() -> Iterator[Stage]:
    base = datetime.fromisoformat("2026-03-02T08:00:00+00:00").timestamp()
    from sandbox.world import Clock

    sandbox = Sandbox(clock=Clock(lambda: base))
    sandbox.reset("empty")
    slept: list[float] = []
    logged: list[str] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        sandbox.world.clock.advance(timedelta(seconds=seconds))

    session = requests.Session()
    session.mount("https://", InProcessAdapter(sandbox))
    yield Stage(sandbox, Surroundings(session, sandbox.world.clock.now, sleep, log=logged.append), slept, logged)
    sandbox.close()


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
        self.send_header("Content-Length", str(len(raw) if length is None else length))
        self.end_headers()
        self.wfile.write(raw)
        self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = _answer

    def log_message(self, *arguments: Any) -> None:
        """Keeps quiet."""


@pytest.fixture
def vendor() -> Iterator[Scripted]:
    yield from _served()


@pytest.fixture
def stranger() -> Iterator[Scripted]:
    """Another origin."""
    yield from _served()


def _served() -> Iterator[Scripted]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    script = Scripted(f"http://127.0.0.1:{server.server_port}")
    server.script = script  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield script
    server.shutdown()
    server.server_close()
