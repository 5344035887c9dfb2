"""Runs that a page starts, in the name of whoever pressed the button, and how far they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import sqlalchemy as sa
from airflow.api.common.trigger_dag import trigger_dag
from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.utils.session import create_session
from airflow.utils.types import DagRunTriggeredByType
from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import Response

from jobledger import platform
from jobledger.store import history
from jobledger.store.engine import reading
from jobledger.web.access import Visit, visiting
from jobledger.web.pages import page

router = APIRouter(prefix="/{integration}")
Reader = Annotated[Visit, Depends(visiting("read"))]
ENDED = frozenset({"success", "failed"})


@router.get("/progress")
def progress(request: Request, visit: Reader, stage: str, run: str) -> Response:
    """A piece of a page: how far a run of a stage or of the checks is; it asks again until the run has ended."""
    if stage not in (*visit.paired.stages, platform.CHECKS):
        raise HTTPException(404, f"{visit.paired.name} has no stage '{stage}'.")
    dag_id = platform.dag_id(visit.paired, stage)
    with create_session() as session:
        state = session.scalar(sa.select(DagRun.state).where(DagRun.dag_id == dag_id, DagRun.run_id == run))
        tasks = sa.select(TaskInstance.state).where(TaskInstance.dag_id == dag_id, TaskInstance.run_id == run)
        states = list(session.scalars(tasks))
    if state is None:
        raise HTTPException(404, f"{dag_id} has no run '{run}'.")
    done = sum(one in ("success", "failed", "skipped", "upstream_failed") for one in states)
    with reading(platform.engine()) as connection:
        rows = history.runs_of(connection, visit.paired.pair, run)
    known = {"stage": stage, "run": run, "state": str(state), "done": done, "tasks": len(states), "rows": rows}
    ended = {"dag_id": dag_id, "ended": str(state) in ENDED, "again": _shown_now(request)}
    return page(request, "progress.html", known | ended, visit)


def _shown_now(request: Request) -> str:
    """The page of ours that asks, as its browser says, without what a form has told it; empty where it says nothing."""
    address = urlsplit(request.headers.get("hx-current-url", ""))
    kept = [(name, text) for name, text in parse_qsl(address.query) if name not in ("note", "stage", "run")]
    return f"{address.path}?{urlencode(kept)}" if address.path.startswith(f"{request.scope['root_path']}/") else ""


def start(dag_id: str, user: Any, conf: dict[str, Any]) -> str:
    """Starts a run of a DAG in a user's name; the run's id. Raises 409 where Airflow has no such DAG (yet)."""
    with create_session() as session:
        if session.get(DagModel, dag_id) is None:
            raise HTTPException(409, f"Airflow has not read the DAG {dag_id} yet. Try again in a minute.")
        started = trigger_dag(
            dag_id=dag_id,
            triggered_by=DagRunTriggeredByType.UI,
            triggering_user_name=user.get_name(),
            conf=conf,
            session=session,
        )
        return str(started.run_id) if started else ""


def unless_paused(dag_id: str) -> str:
    """What to add to the word that a run is started: a paused DAG begins none."""
    paused, _ = of_airflow([dag_id])[dag_id]
    return " It waits: the stage is paused. Resume it." if paused else ""


def of_airflow(dag_ids: Sequence[str]) -> dict[str, tuple[bool, datetime | None]]:
    """Of each DAG whether it is paused, and when Airflow runs it next."""
    columns = (DagModel.dag_id, DagModel.is_paused, DagModel.next_dagrun_create_after)
    with create_session() as session:
        rows = session.execute(sa.select(*columns).where(DagModel.dag_id.in_(dag_ids)))
        return {row.dag_id: (row.is_paused, row.next_dagrun_create_after) for row in rows}
