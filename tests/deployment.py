"""A whole deployment for tests: Airflow's parts as processes on an embedded PostgreSQL, and a sandbox over HTTP.

The sandbox is served by the test's own process, so that a test can play persons, order faults and see every request.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psutil
import requests
import yaml
from sqlalchemy.engine import Engine

from demo import components, ports, processes
from demo.api import Api, Record
from demo.environment import Place, process_environment, secrets_of, variables
from demo.supervisor import Supervisor
from jobledger.store.engine import make_engine
from jobledger.systems.surroundings import Surroundings
from sandbox.app import Sandbox
from sandbox.in_process import InProcessAdapter
from tests.pipeline.desk import STAGES, Desk
from tests.pipeline.night import SETTINGS, Night
from tests.sandbox.server import serving
from tests.systems.stage import Stage

INTEGRATION = str(SETTINGS["name"])
AIRFLOW = str(Path(sys.executable).parent / "airflow")
PARTS = ("scheduler", "dag-processor", "api-server")
CHAIN = [f"{INTEGRATION}.{stage}" for stage in STAGES]
"""The DAGs of a night, in order."""


@dataclass(frozen=True)
class OnPostgres(Place):
    """A deployment's folder, and its metadata database."""

    url: str = ""

    @property
    def database(self) -> str:
        """The metadata database."""
        return self.url


class Parts(Supervisor):
    """The processes of a deployment; each can be killed and started again."""

    def begin(self, name: str) -> None:
        """Starts a part of Airflow."""
        self.start(name, [AIRFLOW, name], is_killed=True)

    def kill(self, name: str) -> None:
        """Kills a part (SIGKILL) and nothing that it has started."""
        child = self._children.pop(name)
        child.kill()
        child.wait()

    def kill_all(self) -> None:
        """Kills every part and all that they have started."""
        processes.sweep(self.folder)
        self._children.clear()

    def revive(self) -> None:
        """Starts the parts again that have ended by themselves, as docker compose does."""
        for name in [name for name, child in self._children.items() if child.poll() is not None]:
            self.begin(name)

    def pid(self, name: str) -> int:
        """The process id of a part."""
        return self._children[name].pid


class Rest(Api):
    """What tests ask of Airflow's REST API besides."""

    def newest(self, dag_id: str) -> str:
        """The id of the latest run of a DAG."""
        run = self.newest_run(dag_id)
        assert run is not None
        return str(run["dag_run_id"])

    def task(self, dag_id: str, run_id: str, task_id: str) -> Record:
        """One task of a run."""
        return next(one for one in self.tasks(dag_id, run_id) if one["task_id"] == task_id)

    def tries(self, dag_id: str, run_id: str, task_id: str) -> list[Record]:
        """All tries of a task, oldest first."""
        found = self._get(f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/tries")["task_instances"]
        return sorted(found, key=lambda one: one["try_number"])

    def trigger_as(self, dag_id: str, run_id: str) -> None:
        """Starts a run by hand, with an id that is known before."""
        self._send("POST", f"dags/{dag_id}/dagRuns", {"dag_run_id": run_id, "logical_date": None, "conf": {}})

    def clear(self, dag_id: str, run_id: str, task_id: str) -> None:
        """Clears a task and those that follow it, as the UI does."""
        of = {"dag_run_id": run_id, "task_ids": [task_id], "include_downstream": True}
        self._send("POST", f"dags/{dag_id}/clearTaskInstances", {**of, "only_failed": False, "dry_run": False})

    def clear_run(self, dag_id: str, run_id: str) -> None:
        """Clears all tasks of a run, as the UI does."""
        self._send("POST", f"dags/{dag_id}/dagRuns/{run_id}/clear", {"dry_run": False, "only_failed": False})

    def log(self, dag_id: str, run_id: str, task_id: str, number: int = 1) -> str:
        """The log of a try of a task, as one text."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{number}"
        return str(self._get(path)["content"])


@dataclass
class Deployment:
    """A running Airflow, the contractor's company and its books, and the persons who work in both."""

    place: OnPostgres
    ports: ports.Ports
    parts: Parts
    desk: Desk
    environment: Mapping[str, str]

    @property
    def night(self) -> Night:
        """The same integration in the test's process: for what it looks up, and to make the world of a test."""
        return self.desk.night

    @cached_property
    def api(self) -> Rest:
        """Airflow's REST API."""
        return Rest(self.ports, secrets_of(self.place)["password"])

    def parsed(self, *dag_ids: str) -> None:
        """Waits until the DAG processor has found these DAGs, and lets them run."""
        self.parts.wait_for("dag-processor", lambda: all(map(self.api.has_dag, dag_ids)))
        for dag_id in dag_ids:
            self.api.unpause(dag_id)

    def until(self, what: Callable[[], bool], seconds: float = 300) -> float:
        """Waits for a condition; how long it took. Raises NotHealthy after `seconds`."""
        began = time.monotonic()
        self.parts.wait_for("scheduler", what, seconds, pause=0.1)
        return time.monotonic() - began


def process_of(task: Record) -> psutil.Process | None:
    """The process that carries out a task, as Airflow names it; none while there is none."""
    try:
        return psutil.Process(task["pid"]) if task["state"] == "running" and task["pid"] else None
    except psutil.NoSuchProcess:
        return None


@contextmanager
def world(engine: Engine, folder: Path) -> Iterator[Desk]:
    """The contractor's company and books on a sandbox of their own, a day ago: `now` brings it to the present."""
    sandbox = Sandbox()
    sandbox.reset("empty")
    sandbox.world.clock.advance(-timedelta(days=1))
    for vendor in sandbox.vendors.values():
        vendor.quota.set_mode(10)
    session = requests.Session()
    session.mount("https://", InProcessAdapter(sandbox))
    logged: list[str] = []
    around = Surroundings(session, sandbox.world.clock.now, log=logged.append)
    yield Desk(Night(Stage(sandbox, around, [], logged), engine, folder))
    sandbox.close()


def now(desk: Desk) -> None:
    """The vendors' time is the machine's from here on."""
    desk.stage.sandbox.world.clock.offset = 0.0


@contextmanager
def deployed(
    folder: Path,
    url: str,
    dags: Path,
    make: Callable[[Desk], None],
    settings: Mapping[str, Any] = MappingProxyType({}),
    surroundings: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Deployment]:
    """A deployment whose parts are up, some settings of its integration changed, and some of Airflow's.

    `make` makes the world, while Airflow starts.
    """
    place = OnPostgres(folder, dags, url=url)
    engine = make_engine(url)
    with world(engine, folder / "staged_before") as desk, serving(desk.stage.sandbox) as sandbox_url:
        desk.night.set(**settings)
        chosen = _ports(int(sandbox_url.rpartition(":")[2]))
        environment = process_environment(variables(place, chosen) | _changes(folder) | surroundings)
        _integrate(folder / "include", desk.night.settings)
        with Parts(folder, environment) as parts:
            components.migrate(parts, place)
            for name in PARTS:
                parts.begin(name)
            make(desk)
            now(desk)
            components.wait(parts, chosen)
            yield Deployment(place, chosen, parts, desk, environment)
    engine.dispose()


def _ports(sandbox: int) -> ports.Ports:
    """Ports that nobody uses: those of the demo may be wanted by one that another test starts."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.create_server((ports.HOST, 0))) for _ in range(3)]
        airflow, task_logs, trigger_logs = (int(probe.getsockname()[1]) for probe in probes)
    return ports.Ports(airflow, airflow, sandbox, task_logs, trigger_logs)


def _changes(folder: Path) -> dict[str, str]:
    """What differs from the demo: the integration; a dead scheduler's tasks are looked for sooner than every 5 minutes;
    DAG files that do not change are read once.
    """
    return {
        "AIRFLOW__JOBLEDGER__INCLUDE": str(folder / "include"),
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "600",
    }


def _integrate(include: Path, settings: dict[str, Any]) -> None:
    """An include folder with one integration, as the test's process has it."""
    include.mkdir()
    for name in ("mappings", "expectations"):
        (include / name).symlink_to(Place().dags.parent / "include" / name)
    (include / "integrations").mkdir()
    written = {name: value for name, value in settings.items() if name != "name"}
    written["schedules"] = {"nightly": None}
    (include / "integrations" / f"{INTEGRATION}.yaml").write_text(yaml.safe_dump(written))
