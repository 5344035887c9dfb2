"""The few calls of Airflow's REST API that the demo needs."""

from __future__ import annotations

from typing import Any

import requests

from demo.environment import USER
from demo.ports import HOST, Ports

Record = dict[str, Any]


class Api:
    """Airflow on this machine, logged in as the demo's user."""

    def __init__(self, ports: Ports, password: str) -> None:
        self.url = f"http://{HOST}:{ports.airflow}"
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy between two processes of one machine
        login = self._session.post(f"{self.url}/auth/token", json={"username": USER, "password": password}, timeout=60)
        login.raise_for_status()
        self._session.headers["Authorization"] = f"Bearer {login.json()['access_token']}"

    def has_dag(self, dag_id: str) -> bool:
        """Whether the DAG processor has found this DAG."""
        return self._session.get(f"{self.url}/api/v2/dags/{dag_id}", timeout=60).ok

    def import_errors(self) -> list[str]:
        """What DAG files could not be read, and why."""
        errors = self._get("importErrors")["import_errors"]
        return [f"{error['filename']}:\n{error['stack_trace']}" for error in errors]

    def follows_an_asset(self, dag_id: str) -> bool:
        """Whether another DAG's asset starts this one."""
        return bool(self._get(f"dags/{dag_id}/details")["asset_expression"])

    def unpause(self, dag_id: str) -> None:
        """Lets the scheduler start runs of this DAG."""
        self._send("PATCH", f"dags/{dag_id}", {"is_paused": False})

    def trigger(self, dag_id: str) -> Record:
        """Starts a run by hand."""
        return self._send("POST", f"dags/{dag_id}/dagRuns", {"logical_date": None, "conf": {}})

    def run(self, dag_id: str, run_id: str) -> Record:
        """One run."""
        return self._get(f"dags/{dag_id}/dagRuns/{run_id}")

    def newest_run(self, dag_id: str) -> Record | None:
        """The latest run of this DAG, if there is one."""
        runs = self._get(f"dags/{dag_id}/dagRuns?order_by=-run_after&limit=1")["dag_runs"]
        return dict(runs[0]) if runs else None

    def has_unfinished_runs(self, dag_id: str) -> bool:
        """Whether a run of this DAG is waiting or running."""
        return bool(self._get(f"dags/{dag_id}/dagRuns?state=queued&state=running&limit=1")["dag_runs"])

    def tasks(self, dag_id: str, run_id: str) -> list[Record]:
        """The task instances of a run."""
        found = self._get(f"dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=1000")["task_instances"]
        return [dict(task) for task in found]

    def _get(self, path: str) -> Record:
        return self._send("GET", path)

    def _send(self, method: str, path: str, body: Record | None = None) -> Record:
        response = self._session.request(method, f"{self.url}/api/v2/{path}", json=body, timeout=60)
        response.raise_for_status()
        return dict(response.json())
