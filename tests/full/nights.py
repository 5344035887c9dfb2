"""Whole nights of a deployment, watched through Airflow's API also while parts of it are away."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import requests

from demo.api import Record
from sandbox.faults import Fault
from tests.airflow.shell import airflow
from tests.deployment import CHAIN, Deployment
from tests.full.contractor import Contractor

LONG = 1200.0
"""The seconds after which a night is given up."""
ONE_MORE, TIE_OUT = "jobledger run test", "jobledger report tieout test"


FIRST, SECOND, _ = CHAIN[2:]
"""The stages of a night from commitments on: the contractor's companies and codes are carried over before."""


@dataclass
class Nights:
    """The nights of a contractor's deployment."""

    deployment: Deployment
    contractor: Contractor
    runs: dict[str, str] = field(default_factory=dict)
    """The last run of each stage that was waited for."""

    def ready(self) -> None:
        """Waits until Airflow knows all stages."""
        self.deployment.parsed(*CHAIN)

    def begin(self) -> None:
        """Starts a night, at the first stage for which there is work."""
        self.deployment.api.trigger(FIRST)

    def end(self, first: str = FIRST, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Waits for the end of a night that began at a stage. Fails when a run of it does."""
        end = time.monotonic() + LONG
        for stage in CHAIN[CHAIN.index(first) :]:
            while not self._has_ended(stage):
                assert time.monotonic() < end, f"{stage} has not ended"
                meanwhile()
                time.sleep(0.5)

    def whole(self) -> None:
        """A night from its beginning to its end."""
        self.begin()
        self.end()

    def hold(self, system: str, method: str, path: str, seconds: float = 20) -> None:
        """Waits until a write has come to a vendor, who carries it out and answers it that much later."""
        fault = Fault(kind="slow", system=system, method=method, path=path, seconds=seconds, times=1)
        self.contractor.desk.stage.fault(fault)
        self.deployment.until(lambda: fault.fired > 0)

    def settled(self) -> None:
        """What must hold after any trouble: all is accounted for, and all stages once more write nothing."""
        self.contractor.desk.stage.fault()
        self._idle()
        self.contractor.accounted()
        writes, deployment = self.contractor.desk.night.writes(), self.deployment
        ended = airflow(deployment.place.folder, ONE_MORE, TIE_OUT, environment=deployment.environment)
        assert ended[ONE_MORE].code == 0, ended[ONE_MORE].text
        assert "unexplained: 0.00" in ended[TIE_OUT].text
        assert self.contractor.desk.night.writes() == writes
        self.contractor.accounted()

    def _idle(self, looks: int = 5) -> None:
        """Waits until no stage runs; between two stages of a night there is a moment in which none does."""
        quiet = 0
        while quiet < looks:
            time.sleep(0.5)
            quiet = 0 if any(map(self.deployment.api.has_unfinished_runs, CHAIN)) else quiet + 1

    def running(self, stage: str, task: str) -> Record:
        """A task of the newest run of a stage."""
        api = self.deployment.api
        return api.task(stage, api.newest(stage), task)

    def ended_at(self, stage: str) -> float:
        """When the newest run of a stage has ended, in seconds of the clock."""
        run = self.deployment.api.newest_run(stage)
        assert run is not None
        return datetime.fromisoformat(run["end_date"]).timestamp()

    def _has_ended(self, stage: str) -> bool:
        try:
            run = self.deployment.api.newest_run(stage)
            if run is None or run["dag_run_id"] == self.runs.get(stage):
                return False
            assert run["state"] != "failed", self._failed(stage, run["dag_run_id"])
        except requests.RequestException:
            return False
        if run["state"] == "success":
            self.runs[stage] = run["dag_run_id"]
            return True
        return False

    def _failed(self, stage: str, run_id: str) -> str:
        tasks = self.deployment.api.tasks(stage, run_id)
        return f"{stage} {run_id}: {[one['task_id'] for one in tasks if one['state'] == 'failed']}"
