"""Approvals: what waits for an acceptance, as the document that will be written beside what is there now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from sqlalchemy.engine import Connection
from starlette.responses import Response

from jobledger import platform
from jobledger.actions import approvals as actions
from jobledger.errors import FixTheSetup
from jobledger.mapping.compare import LINES
from jobledger.mapping.flow import Flow
from jobledger.steps import STAGE_FLOWS, stage_of
from jobledger.store import approvals, catalog, links
from jobledger.store.approvals import Approval, Decision
from jobledger.store.engine import reading, writing
from jobledger.web.access import APPROVERS, CHANGES, Visit, visiting
from jobledger.web.pages import MOST, ROWS, back_to, page
from jobledger.web.runs import start, unless_paused

router = APIRouter(prefix="/{integration}/approvals")
Reader = Annotated[Visit, Depends(visiting("read"))]
Editor = Annotated[Visit, Depends(visiting("edit"))]
Approver = Annotated[Visit, Depends(visiting("approve"))]
Chosen = Annotated[list[str], Form(default_factory=list, max_length=MOST)]

STATES: dict[Decision, str] = {
    "waiting": "Waiting",
    "rejected": "Rejected",
    "accepted": "Accepted, not written yet",
    "sent": "Sent, not read yet",
    "retrieved": "Taken back",
}
BETWEEN = "\t"
"""Between a record's id and the fingerprint of the content that was shown."""


@dataclass(frozen=True)
class Waiting:
    """A record in the queue."""

    one: Approval
    amount: str | None
    chosen: str
    """What a form sends for it: the record, and the content that was shown."""


@dataclass(frozen=True)
class Field:
    """A field of a document: as it is in the books now (None: nothing there), and as it will be."""

    name: str
    now: Any
    then: Any

    @property
    def differs(self) -> bool:
        """Whether the field changes."""
        return bool(self.now != self.then)


@router.get("")
def queue(
    request: Request,
    visit: Reader,
    state: Decision = "waiting",
    flow: str = "",
    after: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """What stands in a state, a flow at a time, with amounts; the longest waiting first."""
    with reading(platform.engine()) as connection:
        counts = approvals.standing_counts(connection, visit.paired.pair)
        flows = [name for name in _in_order(visit) if counts.get((state, name))]
        chosen = flow or next(iter(flows), "")
        rows = approvals.standing(connection, visit.paired.pair, state, chosen, after, ROWS + 1) if chosen else []
        shown = _with_amounts(connection, visit, chosen, [one for _, one in rows[:ROWS]])
    states = {name: (title, _count(counts, name)) for name, title in STATES.items()}
    known = {"states": states, "state": state, "counts": counts, "flows": flows, "flow": chosen, "rows": shown}
    more = rows[ROWS - 1][0] if len(rows) > ROWS else None
    total = sum((Decimal(one.amount) for one in shown if one.amount), start=Decimal(0))
    return page(request, "approvals.html", known | {"more": more, "total": total, "approvers": APPROVERS}, visit)


@router.get("/{flow}/{source_id:path}")
def one_record(request: Request, visit: Reader, flow: str, source_id: str) -> Response:
    """One record as the document that will be written, beside what is there now, and every decision about it."""
    chosen = _flow(visit, flow)
    with reading(platform.engine()) as connection:
        life = approvals.life(connection, visit.paired.pair, flow, source_id)
        if not life:
            raise HTTPException(404, f"Nothing was decided about {flow} {source_id}, and nothing waits.")
        now = _content(connection, visit, chosen, source_id)
        [shown] = _with_amounts(connection, visit, flow, [life[-1]])
        sent_by = actions.sender(connection, visit.paired, chosen, source_id)
    document = life[-1].document
    separated = visit.paired.approvals.separation_of_duties and sent_by == visit.user.get_name()
    known = {
        "flow": flow,
        "last": shown,
        "life": life,
        "is_new": now is None,
        "fields": [Field(name, (now or {}).get(name), value) for name, value in document.items() if name != LINES],
        "lines": document.get(LINES) or [],
        "lines_now": (now or {}).get(LINES) or [],
        "separated": separated,
        "approvers": APPROVERS,
    }
    return page(request, "approval.html", known, visit)


@router.post("/decide/{decision}", dependencies=CHANGES)
def decide(
    request: Request,
    visit: Approver,
    decision: Literal["accepted", "rejected"],
    flow: Annotated[str, Form()],
    chosen: Chosen,
    reason: Annotated[str, Form(max_length=1000)] = "",
    now: Annotated[bool, Form()] = False,
) -> Response:
    """Accepts or rejects records with exactly the content that was shown; `now` starts a run that writes them."""
    if decision == "rejected" and not reason.strip():
        raise HTTPException(422, "Say why: whoever sent it reads the reason.")
    shown = dict(_parted(chosen))
    return _decided(request, visit, flow, list(shown), decision, reason, shown, now)


@router.post("/own/{decision}", dependencies=CHANGES)
def send(
    request: Request,
    visit: Editor,
    decision: Literal["sent", "retrieved"],
    flow: Annotated[str, Form()],
    chosen: Chosen,
    now: Annotated[bool, Form()] = False,
) -> Response:
    """Sends records (again), or takes them back before they are accepted."""
    return _decided(request, visit, flow, [one for one, _ in _parted(chosen)], decision, "", None, now)


def _decided(
    request: Request,
    visit: Visit,
    name: str,
    ids: Sequence[str],
    decision: Decision,
    reason: str,
    shown: Mapping[str, str] | None,
    now: bool,
) -> Response:
    if not ids:
        raise HTTPException(422, "Nothing is chosen.")
    flow, by = _flow(visit, name), visit.user.get_name()
    with writing(platform.engine()) as connection:
        if decision == "sent":
            actions.send(connection, visit.paired, flow, ids, by)
        else:
            actions.decide(connection, visit.paired, flow, ids, decision, by, reason, shown)
    if decision == "rejected" and visit.paired.notices.notifier:
        # what cannot be told now is told by the next daily run: the rejection stands
        with suppress(HTTPException):
            start(platform.notices_dag_id(visit.paired), visit.user, {"digest": False})
    path, note = f"/{visit.paired.name}/approvals", f"{len(ids)} {DONE[decision]}."
    if not (now and visit.may("run")):
        return back_to(request, path, note, flow=name)
    stage = stage_of(visit.paired, name)
    dag_id = platform.dag_id(visit.paired, stage)
    run = start(dag_id, visit.user, {"only_records": [f"{name}:{one}" for one in ids]})
    return back_to(request, path, f"{note}{unless_paused(dag_id)}", flow=name, stage=stage, run=run)


DONE: dict[Decision, str] = {
    "accepted": "accepted, with the content that was shown",
    "rejected": "rejected",
    "sent": "sent",
    "retrieved": "taken back",
}


def _flow(visit: Visit, name: str) -> Flow:
    try:
        return actions.flow_named(visit.paired, name)
    except FixTheSetup as error:
        raise HTTPException(404, str(error)) from None


def _in_order(visit: Visit) -> list[str]:
    return [name for stage in platform.stages_in_order(visit.paired) for name in STAGE_FLOWS[stage]]


def _count(counts: Mapping[tuple[Decision, str], int], state: Decision) -> int:
    return sum(count for (decision, _), count in counts.items() if decision == state)


def _with_amounts(connection: Connection, visit: Visit, flow: str, some: Sequence[Approval]) -> list[Waiting]:
    """The records with the amounts that their sources state."""
    if not some:
        return []
    known = catalog.known(connection, visit.paired.pair, _flow(visit, flow).source, [one.source_id for one in some])
    amounts = {key: one.evidence.get("amount") for key, one in known.items()}
    return [Waiting(one, amounts.get(one.source_id), f"{one.source_id}{BETWEEN}{one.fingerprint}") for one in some]


def _content(connection: Connection, visit: Visit, flow: Flow, source_id: str) -> dict[str, Any] | None:
    """What the record's counterpart holds now; None where there is none yet."""
    pair, side = visit.paired.pair, links.side_of(flow.source_system)
    found = links.of_sources(connection, pair, flow.linked_as, flow.name, side, [source_id]).get(source_id)
    if found is None:
        return None
    target = catalog.known(connection, pair, flow.target, [found.target_id]).get(found.target_id)
    return target.content if target else None


def _parted(chosen: Sequence[str]) -> list[tuple[str, str]]:
    parts = (one.rpartition(BETWEEN) for one in chosen)
    return [(record, fingerprint) for record, _, fingerprint in parts]
