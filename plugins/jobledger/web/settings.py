"""Settings: an integration as it was read, with where each value comes from; connections, go-live, what is offered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from airflow.models.connection import Connection as AirflowConnection
from airflow.sdk.exceptions import AirflowNotFoundException
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from jobledger import platform
from jobledger.actions.offered import NOT_OFFERED
from jobledger.integration import Integration, lines_of
from jobledger.mapping.flow import Flow
from jobledger.reports.doors import second_doors
from jobledger.reports.golive import checklist
from jobledger.settings import BY_TOKEN
from jobledger.steps import STAGE_FLOWS, carried, flows_of
from jobledger.store import checks, history
from jobledger.store.engine import reading
from jobledger.store.links import Side
from jobledger.web.access import APPROVERS, CHANGES, Visit, visiting
from jobledger.web.pages import back_to, page
from jobledger.web.runs import of_airflow, start

router = APIRouter(prefix="/{integration}/settings")
Reader = Annotated[Visit, Depends(visiting("read"))]
Runner = Annotated[Visit, Depends(visiting("run"))]


@dataclass(frozen=True)
class Setting:
    """A setting as it holds, the line of the file that says so (None: the default), and what it means."""

    path: str
    value: Any
    line: int | None


@dataclass(frozen=True)
class Connected:
    """One side of an integration: its connection in Airflow, when it was last read, and whether it works."""

    system: str
    connection: str
    host: str
    problem: str
    read_at: datetime | None


@router.get("")
def settings(request: Request, visit: Reader) -> Response:
    """All of it on one page."""
    paired = visit.paired
    flows = flows_of(paired)
    with reading(platform.engine()) as connection:
        listed = checklist(connection, paired, carried(paired, flows))
        findings = [*listed, *second_doors(paired, platform.integrations())]
        newest = history.newest_of_stages(connection, paired.pair)
        kept = checks.kept(connection, paired.pair)
    # each flow reads both sides before anything else
    read_at = max((row.started_at for row in newest if row.state not in ("reading", "failed")), default=None)
    file, dag_ids = platform.integration_file(paired.name), [*platform.dag_ids(paired), platform.checks_dag_id(paired)]
    known = {
        "file": file.name,
        "settings": list(_settings(paired, lines_of(file))),
        "findings": findings,
        "green": all(one.ok or not one.required for one in findings),
        "sides": [_side(paired, side, read_at) for side in _SIDES],
        "failed": [row for row in newest if row.state == "failed"],
        "kept": kept,
        "checked_at": min((one.at for one in kept), default=None),
        "stages": of_airflow(dag_ids),
        "dag_ids": dag_ids,
        "offered": _offered(paired, flows),
        "not_offered": NOT_OFFERED.get(paired.accounting.system, {}),
        "approvers": APPROVERS,
    }
    return page(request, "settings.html", known, visit)


@router.post("/check", dependencies=CHANGES)
def check(request: Request, visit: Runner) -> Response:
    """Starts the checks of both connections in the user's name: a DAG run calls the vendors, not the page."""
    dag_id = platform.checks_dag_id(visit.paired)
    run_id = start(dag_id, visit.user, {})
    paused, _ = of_airflow([dag_id])[dag_id]
    note = f"{dag_id} is started.{' It waits: its DAG is paused. Resume it in Airflow.' if paused else ''}"
    return back_to(request, f"/{visit.paired.name}/settings", note, stage=platform.CHECKS, run=run_id)


_SIDES: tuple[Side, Side] = ("procore", "accounting")
_LOGIN = re.compile(r"//[^/@]*@")


def _settings(paired: Integration, lines: Mapping[str, int]) -> Iterator[Setting]:
    stated = paired.model_dump(mode="json", by_alias=True, exclude={"name"})
    for path, value in _leaves("", stated):
        # a notifier may be made with a token, and whoever reads this page need not see the file
        hidden = path.startswith("notices.options.")
        yield Setting(path, "as the file says" if hidden else value, lines.get(path))


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, dict) or not value:
        yield path, value
        return
    for name, below in value.items():
        yield from _leaves(f"{path}.{name}" if path else name, below)


def _side(paired: Integration, side: Side, read_at: datetime | None) -> Connected:
    system = "procore" if side == "procore" else paired.accounting.system
    name = paired.procore.connection if side == "procore" else paired.accounting.connection
    try:
        found = AirflowConnection.get_connection_from_secrets(name)
    except AirflowNotFoundException:
        return Connected(
            system, name, "", f"Airflow has no connection '{name}'. Add one of the type {system}.", read_at
        )
    if system in BY_TOKEN:
        problem = "" if found.password else "Its API token is missing."
    else:
        problem = "" if found.login and found.password else "Its client id or client secret is missing."
    host = _LOGIN.sub("//", found.host or "the vendor's own")
    return Connected(system, name, host, problem, read_at)


def _offered(paired: Integration, flows: Mapping[str, Flow]) -> Sequence[tuple[str, str, str]]:
    """Each flow that the system has: its stage, what it carries, and whether it is on."""
    stated = paired.settings()
    return [
        (stage, flows[name].title, _state(paired, stage, flows[name].is_off(stated)))
        for stage, names in STAGE_FLOWS.items()
        for name in names
        if name in flows
    ]


def _state(paired: Integration, stage: str, is_off: bool) -> str:
    if stage not in paired.stages:
        return "off: not among the stages"
    return "off by a setting" if is_off else "on"
