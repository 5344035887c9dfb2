"""The first page: every integration and stage, when it ran, what came of it, and what waits for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse
from sqlalchemy.engine import Connection
from starlette.responses import Response

from jobledger import platform
from jobledger.integration import BrokenIntegration, Integration
from jobledger.steps import STAGE_FLOWS
from jobledger.store import approvals, history
from jobledger.store.engine import reading
from jobledger.web.access import CHANGES, Visit, allowed, form_token, readable, visiting
from jobledger.web.pages import back_to, page
from jobledger.web.runs import of_airflow, start, unless_paused

NIGHTS = 30
BAD = frozenset({"invalid", "conflict", "failed", "unknown", "blocked"})
"""Outcomes of which a person should know; `waiting` is somebody's decision, and in order."""

router = APIRouter()
Runner = Annotated[Visit, Depends(visiting("run"))]
Editor = Annotated[Visit, Depends(visiting("edit"))]


@dataclass(frozen=True)
class Night:
    """One day of a stage, for the small picture: `none`, `good`, `held` (some records did not go through) or `bad`."""

    day: date
    state: Literal["none", "good", "held", "bad"]


@dataclass(frozen=True)
class Stage:
    """A stage of an integration as the overview shows it."""

    name: str
    dag_id: str
    state: str
    began: datetime | None
    run_id: str
    counts: Counter[str]
    applied: datetime | None
    open: Counter[str]
    waiting: int
    nights: Sequence[Night]
    paused: bool
    next_run: datetime | None


@dataclass(frozen=True)
class Shown:
    """An integration on the overview."""

    paired: Integration
    stages: Sequence[Stage]
    may_run: bool
    may_edit: bool


@router.get("/")
def overview(request: Request, user: GetUserDep) -> Response:
    """Every integration that the user may see; those of which the file is wrong with their error."""
    seen = readable(user)
    shown = [_shown(one, user) for one in seen if isinstance(one, Integration)]
    broken = [one for one in seen if isinstance(one, BrokenIntegration)]
    known = {"shown": shown, "broken": broken, "token": form_token(user)}
    return page(request, "overview.html", known)


@router.get("/dags/{dag_id}")
def of_dag(request: Request, user: GetUserDep, dag_id: str) -> Response:
    """The tab on a DAG: the history of its integration, or its checks; a word where the DAG is none of ours."""
    for one in readable(user):
        if isinstance(one, Integration) and dag_id in (*platform.dag_ids(one), platform.checks_dag_id(one)):
            path = "settings" if dag_id == platform.checks_dag_id(one) else "runs"
            return RedirectResponse(f"{request.scope['root_path']}/{one.name}/{path}", status_code=303)
    raise HTTPException(404, f"{dag_id} is no stage of an integration that you may see.")


@router.post("/{integration}/stages/{stage}/run", dependencies=CHANGES)
def run(request: Request, visit: Runner, stage: str, mode: Annotated[Literal["apply", "plan"], Form()]) -> Response:
    """Starts a run of a stage in the user's name, as Airflow's own button does."""
    dag_id = _dag_id(visit.paired, stage)
    start(dag_id, visit.user, {"mode": mode})
    return back_to(request, "/", f"{dag_id} is started: {mode}.{unless_paused(dag_id)}")


@router.post("/{integration}/stages/{stage}/paused", dependencies=CHANGES)
def pause(request: Request, visit: Editor, stage: str, paused: Annotated[bool, Form()]) -> Response:
    """Pauses a stage, or lets it go on."""
    dag_id = _dag_id(visit.paired, stage)
    platform.set_paused([dag_id], paused)
    return back_to(request, "/", f"{dag_id} {'is paused' if paused else 'goes on'}.")


def _dag_id(paired: Integration, stage: str) -> str:
    if stage not in paired.stages:
        raise HTTPException(404, f"{paired.name} has no stage '{stage}'.")
    return platform.dag_id(paired, stage)


def _shown(paired: Integration, user: Any) -> Shown:
    with reading(platform.engine()) as connection:
        stages = _stages(connection, paired)
    return Shown(paired, stages, allowed(user, paired, "run"), allowed(user, paired, "edit"))


def _stages(connection: Connection, paired: Integration) -> list[Stage]:
    pair = paired.pair
    latest = history.newest_of_stages(connection, pair)
    since = datetime.now(UTC) - timedelta(days=NIGHTS)
    past = history.runs_of_pair_since(connection, pair, since)
    still_open = history.open_counts(connection, pair)
    decisions = approvals.standing_counts(connection, pair)
    applied = history.last_applied(connection, pair)
    airflow = of_airflow(platform.dag_ids(paired))
    found = []
    for name in platform.stages_in_order(paired):
        flows, dag_id = STAGE_FLOWS[name], platform.dag_id(paired, name)
        rows = [row for row in latest if row.stage == name]
        paused, next_run = airflow.get(dag_id, (True, None))
        ends = [applied[flow][1] for flow in flows if flow in applied]
        found.append(
            Stage(
                name=name,
                dag_id=dag_id,
                state=state_of(rows),
                began=rows[0].started_at if rows else None,
                run_id=rows[0].run_id if rows else "",
                counts=_summed(row.counts for row in rows),
                applied=max(ends, default=None),
                open=_summed({outcome: count} for (flow, outcome), count in still_open.items() if flow in flows),
                waiting=sum(decisions.get(("waiting", flow), 0) for flow in flows),
                nights=_nights([row for row in past if row.stage == name], paired),
                paused=paused,
                next_run=next_run,
            )
        )
    return found


def state_of(rows: Sequence[Any]) -> str:
    """The state of a run, of those of its flows: the worst; `never` where there are none."""
    states = {row.state for row in rows}
    order = ("failed", "reading", "read", "writing", "done")
    worst = next((one for one in order if one in states), "never")
    return "running" if worst in {"reading", "read", "writing"} else worst


def _nights(rows: Sequence[Any], paired: Integration) -> list[Night]:
    """The last nights of a stage, oldest first: the worst of what happened on each day."""
    by_day: dict[date, list[Any]] = {}
    for row in rows:
        by_day.setdefault(row.started_at.astimezone(paired.timezone).date(), []).append(row)
    today = datetime.now(paired.timezone).date()
    days = [today - timedelta(days=back) for back in reversed(range(NIGHTS))]
    return [Night(day, _of_day(by_day.get(day, []))) for day in days]


def _of_day(rows: Sequence[Any]) -> Literal["none", "good", "held", "bad"]:
    if not rows:
        return "none"
    if any(row.state == "failed" for row in rows):
        return "bad"
    return "held" if any(row.counts.get(outcome) for row in rows for outcome in BAD) else "good"


def _summed(counts: Iterable[Any]) -> Counter[str]:
    return sum((Counter(one) for one in counts), start=Counter())
