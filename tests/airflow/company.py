"""A company with its books for runs in real Airflow: a sandbox behind a socket, connections to it, integration files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.app import Sandbox
from sandbox.http import Request, Response
from tests.sandbox.server import serving
from tests.systems.stage import COMPANY, TENANT

ROOT = Path(__file__).resolve().parents[2]
DAGS = ROOT / "dags"

SETTINGS: dict[str, Any] = {
    "procore": {"connection": "procore_tried", "company_id": COMPANY},
    "accounting": {
        "system": "xero",
        "connection": "xero_tried",
        "tenant_id": TENANT,
        "project_tracking_category": "Job",
    },
    "live": True,
    "cutover": datetime(2026, 1, 1).date(),
    "schedules": {"nightly": "30 3 * * *", "timezone": "America/Denver"},
    "approvals": {"default": "automatic"},
    "companies": {"export": "all"},
    "projects": {"export": "all"},
    "defaults": {"purchase_account": "5000"},
}


class Listening(Sandbox):
    """A sandbox that keeps the headers of each request."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[dict[str, str]] = []

    def handle(self, request: Request) -> Response:
        self.heard.append(dict(request.headers))
        return super().handle(request)


def include_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of `include/` without integrations, which Airflow is led to."""
    copied = folder / "include"
    shutil.copytree(ROOT / "include", copied, ignore=shutil.ignore_patterns("demo_*.yaml"))
    (copied / "integrations").mkdir(exist_ok=True)
    monkeypatch.setenv("AIRFLOW__JOBLEDGER__INCLUDE", str(copied))
    return copied


def write_integration(include: Path, name: str, **changes: Any) -> Path:
    """An integration file with the settings above, some of them changed."""
    file = include / "integrations" / f"{name}.yaml"
    file.write_text(yaml.safe_dump({**SETTINGS, **changes}))
    return file


def connection_values(url: str, system: str, **changes: Any) -> dict[str, Any]:
    """An Airflow connection to the sandbox."""
    login = {"procore": "/oauth/token", "xero": "/connect/token"}[system]
    values = {
        "conn_type": system,
        "host": url,
        "login": f"{system}-demo-client",
        "password": f"{system}-demo-secret",
        "extra": {"oauth_url": url + login},
    }
    return {**values, **changes}


@dataclass
class Company:
    """An empty sandbox and the integration `acme` on it."""

    sandbox: Listening
    url: str
    include: Path
    seeded: dict[str, Any] = field(default_factory=dict)

    def seed(self, system: str, entity: str, *records: dict[str, Any]) -> list[dict[str, Any]]:
        return [self.sandbox.vendors[system].seed(entity, record) for record in records]

    def records(self, name: str) -> list[dict[str, Any]]:
        return list(self.sandbox.world.tables.all(name))

    def writes(self) -> int:
        return len(self.sandbox.world.ledger())

    def integrate(self, **changes: Any) -> None:
        write_integration(self.include, "acme", **changes)


@contextmanager
def company(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    """A company with two vendors and a project, whose connections Airflow knows."""
    sandbox = Listening()
    sandbox.reset("empty")
    with serving(sandbox) as url:
        for system in ("procore", "xero"):
            monkeypatch.setenv(f"AIRFLOW_CONN_{system.upper()}_TRIED", json.dumps(connection_values(url, system)))
        one = Company(sandbox, url, include_folder(folder, monkeypatch))
        one.seed("xero", "tracking_categories", {"Name": "Job"})
        one.seed("procore", "vendors", {"name": "Ace Concrete"}, {"name": "Bolt Electric"})
        one.seed("procore", "projects", {"name": "Tower"})
        one.integrate()
        yield one
    sandbox.close()
