"""The commands of the demo, how each shows that it is ready, and the database made when it has to be."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import requests

from demo.environment import ROOT, Place
from demo.ports import HOST, Ports
from demo.supervisor import Supervisor

_AIRFLOW = str(Path(sys.executable).parent / "airflow")
_QUOTAS = "10"
"""Ten times the vendors' real limits: at the real ones the first night would wait two minutes for Procore's."""
_SCHEMA_SOURCES = ("requirements.txt", "plugins/jobledger/store/migrations/versions/*.py")


def start(running: Supervisor, place: Place, ports: Ports, triggerer: bool = False) -> None:
    """Starts the sandbox and Airflow, migrating the database first when it is not up to date."""
    state = ["--state", str(place.folder / "sandbox.db"), "--dataset", "demo", "--quotas", _QUOTAS]
    running.start("sandbox", [sys.executable, "-m", "sandbox", "--port", str(ports.sandbox), *state])
    migrate(running, place)
    # The scheduler has the most to import, so it begins. Tasks report to their API, so that the APIs end last, and
    # without the seconds that they would take to let go of everything in order. One API server for all would block
    # itself: it writes its audit log in the event loop, where on SQLite it waits for a task's write, which is not
    # committed before the loop goes on.
    running.start("scheduler", [_AIRFLOW, "scheduler"], stops_first=True)
    task_api = ["--apps", "execution", "--port", str(ports.task_api)]
    running.start("task-api", [_AIRFLOW, "api-server", *task_api], is_killed=True)
    running.start("api-server", [_AIRFLOW, "api-server", "--apps", "core"], is_killed=True)
    for name in ("dag-processor", *(["triggerer"] if triggerer else [])):
        running.start(name, [_AIRFLOW, name], stops_first=True)


def migrate(running: Supervisor, place: Place) -> None:
    """Brings the metadata database up to date; what it was last made from is written down beside it."""
    done, wanted = place.folder / "migrated", _schema()
    if done.exists() and done.read_text() == wanted:
        return
    running.run("migrate", [_AIRFLOW, "db", "migrate"])
    done.write_text(wanted)


def wait(running: Supervisor, ports: Ports) -> None:
    """Waits until the sandbox and every part of Airflow say that they are healthy."""
    running.wait_for("sandbox", lambda: _answers(f"http://{HOST}:{ports.sandbox}/_sandbox/clock"))
    running.wait_for("api-server", lambda: _is_airflow_healthy(ports))
    # The first call makes Airflow build what its tasks talk to; better now than four times under the first tasks.
    running.wait_for("task-api", lambda: _answers(f"http://{HOST}:{ports.task_api}/execution/health"))


def _is_airflow_healthy(ports: Ports) -> bool:
    health = _get(f"http://{HOST}:{ports.airflow}/api/v2/monitor/health")
    return bool(health) and all(health[part]["status"] == "healthy" for part in ("scheduler", "dag_processor"))


def _answers(url: str) -> bool:
    return bool(_get(url))


def _get(url: str) -> dict[str, dict[str, str]]:
    """What `url` answers; nothing while nobody listens there."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            response = session.get(url, timeout=30)
    except requests.RequestException:
        return {}
    return dict(response.json()) if response.ok else {}


def _schema() -> str:
    digest = hashlib.sha256()
    for pattern in _SCHEMA_SOURCES:
        for file in sorted(ROOT.glob(pattern)):
            digest.update(file.read_bytes())
    return digest.hexdigest()
