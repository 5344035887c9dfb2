"""A company and its books for real Airflow: a sandbox behind a socket, connections to it, an integration, DAG runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from airflow.dag_processing.dagbag import DagBag
from airflow.models.backfill import Backfill, BackfillDagRun
from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance, clear_task_instances
from airflow.sdk import DAG
from airflow.sdk.definitions.dag import _run_task
from airflow.serialization.serialized_objects import DagSerialization
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState, TaskInstanceState
from airflow.utils.types import DagRunTriggeredByType, DagRunType

from jobledger import platform
from jobledger.steps import STAGE_FLOWS
from jobledger.store import history
from jobledger.store.engine import reading, writing
from jobledger.store.tables import metadata
from sandbox.app import Sandbox
from sandbox.http import Request, Response
from tests.pipeline.desk import Desk
from tests.pipeline.night import Night
from tests.sandbox.server import serving
from tests.systems.stage import BUSINESS, COMPANY, TENANT, stage_on

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
    "cutover": date(2026, 1, 1),
    "schedules": {"nightly": "30 3 * * *", "timezone": "America/Denver"},
    "approvals": {"default": "automatic"},
    "companies": {"export": "all"},
    "projects": {"export": "all"},
    "defaults": {"purchase_account": "5000"},
}

OF_BOOKS = [stage for stage in STAGE_FLOWS if stage != "card_purchases"]
"""The stages that an integration with books may have, which is all but one."""

OF_CARDS = ["vendors_and_projects", "cost_codes_and_budget", "card_purchases"]
"""The stages that one with PEX may have."""

CARDS: dict[str, Any] = {
    "accounting": {"system": "pex", "connection": "pex_tried", "tenant_id": BUSINESS},
    "stages": OF_CARDS,
}
"""What sets an integration with PEX apart from the settings above."""

DAG_ID = "acme.vendors_and_projects"

DAG_FILE = '''"""A stage with few flows, made as the Airflow DAG files make theirs."""

from jobledger.stages import stage_dags

stage_dags("vendors_and_projects", flows={flows}, doc=__doc__)
'''


class Listening(Sandbox):
    """A sandbox that keeps the headers of every request."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[dict[str, str]] = []

    def handle(self, request: Request) -> Response:
        self.heard.append(dict(request.headers))
        return super().handle(request)


def copied_include(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`include/` without its integrations, as a copy to which Airflow is led."""
    copied = folder / "include"
    shutil.copytree(ROOT / "include", copied, ignore=lambda path, names: names if path.endswith("integrations") else ())
    monkeypatch.setenv("AIRFLOW__JOBLEDGER__INCLUDE", str(copied))
    return copied


def write_integration(include: Path, name: str, **changes: Any) -> Path:
    """An integration file with the settings above, some of them changed."""
    file = include / "integrations" / f"{name}.yaml"
    file.write_text(yaml.safe_dump({**SETTINGS, **changes}))
    return file


def connection_values(url: str, system: str, extra: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A connection to the sandbox, as Airflow's environment variables and its API take it."""
    login = {"procore": "/oauth/token", "xero": "/connect/token"}[system]
    values = {
        "conn_type": system,
        "host": url,
        "login": f"{system}-demo-client",
        "password": f"{system}-demo-secret",
        "extra": {"oauth_url": url + login, **(extra or {})},
    }
    return {**values, **changes}


@dataclass
class Company:
    """The integration `acme` on an empty sandbox."""

    sandbox: Listening
    url: str
    include: Path
    dags: Path
    patch: pytest.MonkeyPatch

    def seed(self, system: str, entity: str, *records: dict[str, Any]) -> None:
        for record in records:
            self.sandbox.vendors[system].seed(entity, record)

    def names(self, table: str, field: str = "Name") -> list[str]:
        return sorted(one[field] for one in self.sandbox.world.tables.all(table))

    def writes(self) -> int:
        return len([line for line in self.sandbox.world.ledger() if line["by"] == "api"])

    def desk(self, folder: Path) -> Desk:
        """A contractor's documents in the sandbox, and nights in this process that write to the same tables."""
        return Desk(Night(stage_on(self.sandbox), platform.engine(), folder))

    def integrate(self, **changes: Any) -> None:
        write_integration(self.include, "acme", **changes)

    def connect(self, system: str, **changes: Any) -> None:
        values = connection_values(self.url, system, **changes)
        self.patch.setenv(f"AIRFLOW_CONN_{system.upper()}_TRIED", json.dumps(values))

    def stage_of(self, *flows: str) -> None:
        (self.dags / "vendors_and_projects.py").write_text(DAG_FILE.format(flows=list(flows)))

    def task_again(self, ran: Ran, task: str) -> Any:
        """Clears a task of a run, as one does in the UI, and runs it once more."""
        dag = self._dag(self.dags)
        with create_session() as session:
            one = session.scalars(_instances(ran).where(TaskInstance.task_id == task)).one()
            clear_task_instances([one], session, dag_run_state=False)
            one.try_number += 1
        _run_task(ti=one, task=dag.task_dict[task])
        with create_session() as session:
            found = session.scalars(_instances(ran).where(TaskInstance.task_id == task)).one()
            found.task = dag.task_dict[task]
            return found

    def run(self, conf: dict[str, Any] | None = None, at: datetime | None = None, dags: Path | None = None) -> Ran:
        """A run of the stage in this process, as `airflow dags test` does it; `at` again is the same run again."""
        dag = self._dag(dags or self.dags)
        moment: dict[str, Any] = {"logical_date": at, "run_after": at} if at else {}
        run = dag.test(run_conf=conf or {}, **moment)
        return _came_of(run)

    def run_stage(self, stage: str) -> Ran:
        """A run of one of the real stages, as `airflow dags test` does it."""
        return _came_of(self._dag(DAGS, f"acme.{stage}").test())

    def follow(self, stage: str) -> Ran:
        """A run of a real stage that the stage before it has started. The stage must have run before."""
        dag, now = self._dag(DAGS, f"acme.{stage}"), datetime.now(UTC)
        kind = DagRunType.ASSET_TRIGGERED
        with create_session() as session:
            DagSerialization.from_dict(DagSerialization.to_dict(dag)).create_dagrun(
                run_id=f"{kind}__{now.isoformat()}",
                run_after=now,
                run_type=kind,
                triggered_by=DagRunTriggeredByType.ASSET,
                state=DagRunState.QUEUED,
                session=session,
            )
        [ran] = self.carry_out(stage)
        return ran

    def carry_out(self, stage: str) -> list[Ran]:
        """The runs of a real stage that are queued, one after the other, each task in this process."""
        dag = self._dag(DAGS, f"acme.{stage}")
        queued = sa.select(DagRun.run_id).where(DagRun.dag_id == dag.dag_id, DagRun.state == DagRunState.QUEUED)
        with create_session() as session:
            runs = list(session.scalars(queued.order_by(DagRun.logical_date)))
        done = [_carry_out(run_id, dag) for run_id in runs]
        with create_session() as session:
            session.execute(sa.update(Backfill).values(completed_at=datetime.now(UTC)))
        return done

    def _dag(self, folder: Path, dag_id: str = DAG_ID) -> DAG:
        self.patch.setenv("AIRFLOW__CORE__DAGS_FOLDER", str(folder))
        bag = DagBag(dag_folder=folder)
        assert bag.import_errors == {}
        return bag.dags[dag_id]


def _carry_out(run_id: str, dag: DAG) -> Ran:
    """What a scheduler and its executor do for one run."""
    there, of_run = DagSerialization.from_dict(DagSerialization.to_dict(dag)), sa.select(DagRun)
    of_run = of_run.where(DagRun.dag_id == dag.dag_id, DagRun.run_id == run_id)
    while True:
        with create_session() as session:
            run = session.scalars(of_run).one()
            if run.state not in (DagRunState.QUEUED, DagRunState.RUNNING):
                return _came_of(run)
            run.dag, run.state = there, DagRunState.RUNNING
            ready, _ = run.update_state(session=session)
            for one in ready:
                one.try_number += 1
                one.state = TaskInstanceState.SCHEDULED
        for one in ready:
            _run_task(ti=one, task=dag.task_dict[one.task_id])


def _came_of(run: Any) -> Ran:
    ran = Ran(run.run_id, str(run.state), {}, run.dag_id)
    with create_session() as session:
        tasks = session.scalars(_instances(ran))
        return replace(ran, tasks={one.task_id: (str(one.state), one.try_number) for one in tasks})


@dataclass
class Ran:
    """What came of a run: its state, and of each task the state and the number of tries."""

    run_id: str
    state: str
    tasks: dict[str, tuple[str, int]]
    dag_id: str = DAG_ID

    def counts(self) -> dict[str, dict[str, int]]:
        with reading(platform.engine()) as connection:
            rows = history.runs_of(connection, platform.integration("acme").pair, self.run_id)
        return {row.flow: {name: count for name, count in row.counts.items() if count} for row in rows}


def _instances(ran: Ran) -> Any:
    return sa.select(TaskInstance).where(TaskInstance.dag_id == ran.dag_id, TaskInstance.run_id == ran.run_id)


@contextmanager
def company(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    """Two vendors and a project in Procore, no contact in Xero, and nothing in our tables."""
    _forget_everything()
    sandbox = Listening()
    sandbox.reset("empty")
    dags = folder / "dags"
    dags.mkdir()
    with serving(sandbox) as url:
        one = Company(sandbox, url, copied_include(folder, monkeypatch), dags, monkeypatch)
        one.connect("procore")
        one.connect("xero")
        one.seed("xero", "tracking_categories", {"Name": "Job"})
        one.seed("procore", "vendors", {"name": "Ace Concrete"}, {"name": "Bolt Electric"})
        one.seed("procore", "projects", {"name": "Tower"})
        one.integrate()
        one.stage_of("companies")
        yield one
    sandbox.close()


def _forget_everything() -> None:
    with writing(platform.engine()) as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(sa.delete(table))
    with create_session() as session:
        for runs in (BackfillDagRun, DagRun, Backfill):
            session.execute(sa.delete(runs))
