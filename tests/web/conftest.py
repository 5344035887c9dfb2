"""The pages as Airflow mounts them, asked as users of every role, over a company with a history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import sqlalchemy as sa
from airflow.api_fastapi.app import get_auth_manager, init_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from airflow.utils.types import DagRunTriggeredByType
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from jobledger import platform
from jobledger.steps import STAGE_FLOWS
from jobledger.web.access import form_token
from jobledger.web.app import PREFIX, make_app
from tests.airflow.company import DAGS, OF_BOOKS, Company, company
from tests.airflow.shell import carried_out
from tests.pipeline.desk import Desk
from tests.pipeline.night import Night

ROLES = ("viewer", "user", "op", "admin")
HOSTILE = "<script>alert('Acme')</script>"


def somebody(role: str) -> SimpleAuthManagerUser:
    return SimpleAuthManagerUser(username=f"a {role}", role=role)


@dataclass
class Pages:
    """The application under the address at which Airflow has it, and the company that it shows."""

    client: TestClient
    acme: Company
    desk: Desk = field(init=False)
    stages: list[str] = field(default_factory=lambda: OF_BOOKS)

    def get(self, path: str, role: str | None = "viewer", **query: Any) -> Response:
        """What somebody of a role is shown; nobody is logged in where there is no role."""
        return self.client.get(PREFIX + path, headers=_headers(role), params=query, follow_redirects=False)

    def send(
        self,
        path: str,
        role: str | None = "user",
        headers: dict[str, str] | None = None,
        files: dict[str, Any] | None = None,
        **form: Any,
    ) -> Response:
        """A form that somebody of a role sends from a page of ours."""
        data = {"token": form_token(somebody(role)) if role else "", **form}
        said = _headers(role) | (headers or {})
        return self.client.post(PREFIX + path, headers=said, data=data, files=files, follow_redirects=False)

    @staticmethod
    def pairs(address: str) -> list[tuple[str, str]]:
        """What an address in a page asks for; a name may be there more than once."""
        return parse_qsl(unescape(address))

    def query(self, address: str) -> dict[str, str]:
        """The same, where each name is there once."""
        return dict(self.pairs(address))

    @staticmethod
    def started() -> list[dict[str, Any]]:
        """What the runs were told that pages have started, oldest first."""
        with create_session() as session:
            runs = sa.select(DagRun.conf).where(DagRun.triggered_by == DagRunTriggeredByType.UI)
            return list(session.scalars(runs.order_by(DagRun.id)))

    def follow(self, answer: Response, role: str = "user") -> str:
        """The page to which a form leads."""
        assert answer.status_code == 303, answer.text
        return self.client.get(answer.headers["location"], headers=_headers(role)).text


def _headers(role: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {get_auth_manager().generate_jwt(somebody(role))}"} if role else {}


@pytest.fixture(scope="session")
def client(airflow_db: str) -> Iterator[TestClient]:
    app = FastAPI()
    init_auth_manager(app)
    app.mount(PREFIX, make_app())
    with TestClient(app) as client:
        yield client


@pytest.fixture(scope="module")
def pages(client: TestClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A company after three nights: of its vendors one has a hostile name, and one a name that is too long."""
    folder: Path = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as patch, company(folder, patch) as acme:
        acme.integrate(stages=OF_BOOKS)
        patch.setenv("AIRFLOW__JOBLEDGER__APPROVERS", "a op, somebody else")
        acme.sandbox.reset("empty")
        acme.sandbox.world.clock.advance(-timedelta(days=2))
        for vendor in acme.sandbox.vendors.values():
            vendor.quota.set_mode(10)
        shown = Pages(client, acme)
        shown.desk = acme.desk(folder / "staged")
        _three_nights(shown.desk)
        patch.setenv("AIRFLOW__CORE__DAGS_FOLDER", str(DAGS))
        if not _airflow_has(platform.dag_id(platform.integration("acme"), "job_costs")):
            assert carried_out("dags reserialize").code == 0
        yield shown


def _airflow_has(dag_id: str) -> bool:
    with create_session() as session:
        return session.get(DagModel, dag_id) is not None


def _three_nights(desk: Desk) -> None:
    night = desk.night
    for name in (HOSTILE, "x" * 300):
        night.company(name)
    _run_all(night)
    contract = desk.subcontract(number="SC-014", title="Plumbing")
    desk.work(contract, 1, "1000.00")
    night.later(days=1)
    _run_all(night)
    desk.edit(contract, title="Plumbing, complete")
    night.later(hours=1)
    _run_all(night)


def _run_all(night: Night) -> None:
    for stage in OF_BOOKS:
        # what is wrong is a vendor, so that the other stages need no suites
        night.with_suites = stage == "vendors_and_projects"
        night.run(*(name for name in STAGE_FLOWS[stage] if name in night.flows), stage=stage)
