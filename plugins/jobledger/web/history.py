"""History: runs, the records of a run, what is open, and a record's whole life; with retry and dismiss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from sqlalchemy.engine import Connection
from starlette.responses import Response

from jobledger import platform
from jobledger.actions.approvals import flow_named
from jobledger.steps import STAGE_FLOWS, stage_of
from jobledger.store import approvals, catalog, history, links
from jobledger.store.engine import reading, writing
from jobledger.web.access import CHANGES, Visit, visiting
from jobledger.web.pages import MOST, ROWS, back_to, page
from jobledger.web.runs import start, unless_paused
from jobledger.web.ways import address

router = APIRouter(prefix="/{integration}")
Reader = Annotated[Visit, Depends(visiting("read"))]
Editor = Annotated[Visit, Depends(visiting("edit"))]
Runner = Annotated[Visit, Depends(visiting("run"))]


@router.get("/runs")
def runs(request: Request, visit: Reader, before: Annotated[int | None, Query(ge=1)] = None) -> Response:
    """The latest runs, a line for each flow, newest first."""
    with reading(platform.engine()) as connection:
        rows = history.page_of_runs(connection, visit.paired.pair, before, ROWS + 1)
    shown, more = rows[:ROWS], len(rows) > ROWS
    known = {"rows": shown, "more": shown[-1].id if more else None}
    return page(request, "runs.html", known, visit)


@router.get("/runs/{run}")
def one_run(
    request: Request, visit: Reader, run: int, outcome: str = "", after: Annotated[int, Query(ge=0)] = 0
) -> Response:
    """What one flow's run did: its counts, its money, its notes, and its records, of one outcome or of all."""
    with reading(platform.engine()) as connection:
        row = history.run_row(connection, visit.paired.pair, run)
        if row is None:
            raise HTTPException(404, f"{visit.paired.name} has no run {run}.")
        rows = history.page_of_outcomes(connection, run, outcome or None, after, ROWS + 1)
    shown, more = rows[:ROWS], len(rows) > ROWS
    known = {"run": row, "outcome": outcome, "rows": shown, "more": shown[-1].id if more else None}
    return page(request, "run.html", known | {"dag_id": platform.dag_id(visit.paired, row.stage)}, visit)


@router.get("/open")
def open_records(request: Request, visit: Reader, flow: str = "", outcome: str = "", after: str = "") -> Response:
    """What is open until somebody mends it: each record with its reason and its remedy."""
    with reading(platform.engine()) as connection:
        counts = history.open_counts(connection, visit.paired.pair)
        flows = [name for stage in platform.stages_in_order(visit.paired) for name in STAGE_FLOWS[stage]]
        with_some = [name for name in flows if any(of == name for of, _ in counts)]
        chosen = flow or next(iter(with_some), "")
        rows = history.page_of_open(connection, visit.paired.pair, chosen, outcome or None, after, ROWS + 1)
    shown, more = rows[:ROWS], len(rows) > ROWS
    chosen_by = {"counts": counts, "flows": with_some, "flow": chosen, "outcome": outcome}
    known = {"rows": shown, "more": shown[-1].source_id if more else None}
    return page(request, "open.html", chosen_by | known, visit)


@router.get("/records/{flow}/{source_id:path}")
def record(request: Request, visit: Reader, flow: str, source_id: str) -> Response:
    """A record's whole life in one flow: what is open about it, every outcome with its changes, every decision."""
    pair = visit.paired.pair
    with reading(platform.engine()) as connection:
        life = history.outcomes_about(connection, pair, flow, source_id)
        decisions = approvals.life(connection, pair, flow, source_id)
        still_open = history.still_open(connection, pair, flow, source_id)
        places, linked = _places(connection, visit, flow, source_id)
    if not (life or decisions or still_open):
        raise HTTPException(404, f"{visit.paired.name} knows nothing of a record {source_id} in {flow}.")
    known = {"life": life, "decisions": decisions, "still_open": still_open, "places": places}
    known["state"] = _state(decisions, still_open, linked)
    kind = flow_named(visit.paired, flow).linked_as
    return page(
        request, "record.html", known | {"flow": flow, "source_id": source_id, "kind": kind, "linked": linked}, visit
    )


@router.post("/open/dismiss", dependencies=CHANGES)
def dismiss(
    request: Request,
    visit: Editor,
    flow: Annotated[str, Form()],
    ids: Annotated[list[str], Form(max_length=MOST)],
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Dismisses open records with a reason: no run takes them up again until their source changes."""
    if not reason.strip():
        raise HTTPException(422, "Say why: the reason is kept with the record.")
    now, by = datetime.now(UTC), visit.user.get_name()
    with writing(platform.engine()) as connection:
        done = [one for one in ids if history.dismiss(connection, (visit.paired.pair, flow, one), by, reason, now)]
    return back_to(request, f"/{visit.paired.name}/open", f"{len(done)} dismissed.", flow=flow)


@router.post("/open/retry", dependencies=CHANGES)
def retry(
    request: Request, visit: Runner, flow: Annotated[str, Form()], ids: Annotated[list[str], Form(max_length=MOST)]
) -> Response:
    """Starts a run of the records' stage that is narrowed to them."""
    stage = stage_of(visit.paired, flow)
    dag_id = platform.dag_id(visit.paired, stage)
    run_id = start(dag_id, visit.user, {"only_records": ids})
    note = f"Tried again by {run_id}: {len(ids)}.{unless_paused(dag_id)}"
    return back_to(request, f"/{visit.paired.name}/open", note, flow=flow, stage=stage, run=run_id)


def _state(decisions: Sequence[Any], still_open: Sequence[Any], linked: str) -> str:
    """How a record stands now: what is open about it, else whether it is linked, else what was last said of it."""
    if still_open:
        return "dismissed" if all(one.dismissed_at for one in still_open) else str(still_open[0].outcome)
    if linked:
        return "linked"
    return str(decisions[-1].decision if decisions else "not_linked")


@dataclass(frozen=True)
class Place:
    """Where a record is: its id in a system, and its web address there, if one is known."""

    system: str
    id: str
    address: str | None


def _places(connection: Connection, visit: Visit, name: str, source_id: str) -> tuple[list[Place], str]:
    """A record and its counterpart, and the id of the one in Procore if they are linked."""
    paired, flow = visit.paired, flow_named(visit.paired, name)
    source = catalog.known(connection, paired.pair, flow.source, [source_id]).get(source_id)
    about = source.evidence if source else {}
    places = [Place(flow.source_system, source_id, address(paired, flow.source, source_id, about))]
    side = links.side_of(flow.source_system)
    found = links.of_sources(connection, paired.pair, flow.linked_as, name, side, [source_id]).get(source_id)
    if found is None:
        return places, ""
    other = Place(flow.target_system, found.target_id, address(paired, flow.target, found.target_id, about))
    return [*places, other], source_id if side == "procore" else found.target_id
