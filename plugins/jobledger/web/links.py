"""Links: what is on one side only, what is linked, what was put away; with automap, push, and CSV in and out."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request, UploadFile
from sqlalchemy.engine import Connection
from starlette.responses import RedirectResponse, Response

from jobledger import platform
from jobledger.actions import link_files
from jobledger.actions import links as actions
from jobledger.actions.link_files import Line
from jobledger.actions.links import Kind, Proposed, kind_of
from jobledger.errors import FixTheSetup
from jobledger.reports.printing import as_csv
from jobledger.store import catalog, links, listing
from jobledger.store.engine import reading, writing
from jobledger.store.links import Side
from jobledger.web.access import CHANGES, Visit, visiting
from jobledger.web.pages import MOST, ROWS, back_to, page, product
from jobledger.web.runs import start, unless_paused

router = APIRouter(prefix="/{integration}")
Reader = Annotated[Visit, Depends(visiting("read"))]
Editor = Annotated[Visit, Depends(visiting("edit"))]
Runner = Annotated[Visit, Depends(visiting("run"))]
Ids = Annotated[list[str], Form(default_factory=list, max_length=MOST)]

MOST_BYTES = 2_000_000
"""How large a CSV file may be."""

BETWEEN = "\t"
"""Between the two ids of a pair in a form."""

CSV_COLUMNS = (*link_files.COLUMNS, "procore_number", "procore_name", "accounting_number", "accounting_name", "state")


@router.get("/links")
def first(request: Request, visit: Reader) -> Response:
    """The first kind of links."""
    name = actions.kinds(visit.paired)[0].name
    return RedirectResponse(f"{request.scope['root_path']}/{visit.paired.name}/links/{name}", status_code=303)


@router.get("/links/import")
def ask_for_csv(request: Request, visit: Reader) -> Response:
    """The form for a CSV file."""
    return page(request, "links_import.html", _around(visit) | {"lines": None}, visit)


@router.post("/links/import", dependencies=CHANGES)
def import_csv(
    request: Request,
    visit: Editor,
    file: UploadFile | None = None,
    text: Annotated[str, Form(max_length=MOST_BYTES)] = "",
    seen: Annotated[str, Form()] = "",
) -> Response:
    """Shows what a CSV file would change; the second time, with what was shown, makes all of it or nothing."""
    content = text.encode() if text else _content(file)
    rows = link_files.read_csv(content, (file.filename if file else "") or "the file")
    with writing(platform.engine()) as connection:
        lines = link_files.import_lines(connection, visit.paired, rows, visit.user.get_name())
        new, wrong = _in_state(lines, "new"), _in_state(lines, "wrong")
        told = _fingerprint(lines)
        if wrong or not new or seen != told:
            connection.rollback()
            known = {"lines": [*wrong, *new][:MOST], "new": len(new), "wrong": len(wrong), "seen": told}
            states = {"there": len(_in_state(lines, "there")), "empty": len(_in_state(lines, "empty"))}
            shown = known | states | {"text": content.decode("utf-8-sig"), "changed": bool(seen) and seen != told}
            return page(request, "links_import.html", _around(visit) | shown, visit)
    return back_to(request, f"/{visit.paired.name}/links/{new[0].kind}", f"{len(new)} linked.", tab="linked")


@router.get("/links/{kind}.csv")
def download(visit: Reader, kind: str) -> Response:
    """Everything of a kind as CSV: the links, and what is on one side only, to be filled in and brought back."""
    chosen = _kind(visit, kind)
    with reading(platform.engine()) as connection:
        text = as_csv(CSV_COLUMNS, list(_csv_rows(connection, chosen)))
    called = f'attachment; filename="{visit.paired.name}_{kind}_links.csv"'
    return Response(text, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": called})


@router.get("/links/{kind}")
def of_kind(
    request: Request, visit: Reader, kind: str, tab: listing.Tab = "linked", sought: str = "", after: str = ""
) -> Response:
    """A tab of a kind: one side only, linked, or archived."""
    chosen = _kind(visit, kind)
    with reading(platform.engine()) as connection:
        counts = listing.counts(connection, chosen)
        part = _part(connection, chosen, tab, sought, after)
        away = listing.put_away(connection, chosen) if tab == "archived" and not after else []
    known = {"tab_name": tab, "counts": counts, "part": part, "away": away, "sought": sought, "kind": chosen}
    return page(request, "links.html", _around(visit) | known, visit)


@router.get("/links/{kind}/automap")
def propose(request: Request, visit: Reader, kind: str) -> Response:
    """What may be the same, each pair with its score and evidence; the sure ones are preselected."""
    chosen = _kind(visit, kind)
    with reading(platform.engine()) as connection:
        found = actions.proposals(connection, chosen)
    known = {"kind": chosen, "shown": found[:MOST], "count": len(found), "sure": sum(one.sure for one in found)}
    return page(request, "links_automap.html", _around(visit) | known, visit)


@router.post("/links/{kind}/automap", dependencies=CHANGES)
def accept(
    request: Request,
    visit: Editor,
    kind: str,
    pairs: Ids,
    everything: Annotated[bool, Form()] = False,
) -> Response:
    """Links the chosen pairs, or all that are sure, as far as they are proposed still."""
    chosen = _kind(visit, kind)
    with writing(platform.engine()) as connection:
        found = actions.proposals(connection, chosen)
        some = [one for one in found if (one.sure if everything else _both(one) in pairs)]
        count = actions.accept(connection, chosen, some, visit.user.get_name())
    missed = 0 if everything else len(set(pairs)) - count
    gone = f" {missed} are no longer proposed: one of them is linked meanwhile." if missed else ""
    return back_to(request, f"/{visit.paired.name}/links/{kind}/automap", f"{count} linked.{gone}")


@router.post("/links/{kind}/differ", dependencies=CHANGES)
def differ(
    request: Request, visit: Editor, kind: str, pairs: Ids, reason: Annotated[str, Form(max_length=1000)] = ""
) -> Response:
    """Notes that the two of each chosen pair are not the same: they are proposed no more."""
    chosen = _kind(visit, kind)
    with writing(platform.engine()) as connection:
        for one in pairs:
            procore_id, _, accounting_id = one.partition(BETWEEN)
            actions.differ(connection, chosen, (procore_id, accounting_id), visit.user.get_name(), reason)
    return back_to(request, f"/{visit.paired.name}/links/{kind}/automap", f"{len(pairs)} are proposed no more.")


@router.get("/links/{kind}/choose")
def choose(
    request: Request,
    visit: Reader,
    kind: str,
    side: Side,
    record_id: Annotated[str, Query(alias="id")],
    sought: str | None = None,
    instead: bool = False,
) -> Response:
    """The records of the other side among which a person finds a record's counterpart: the likely ones, or a search."""
    chosen, other = _kind(visit, kind), _other(side)
    with reading(platform.engine()) as connection:
        record = listing.record(connection, chosen, side, record_id)
        if record is None:
            raise HTTPException(404, f"{visit.paired.name} knows no {kind} {record_id}.")
        likely = [] if sought or instead else actions.likely(connection, chosen, side, record_id)
        part = listing.unlinked(connection, chosen, other, sought or "", "", ROWS)
        flow = chosen.flows.get(side)
        why = actions.why(connection, visit.paired, flow, record_id).partition("; see ")[0] if flow else ""
    known = {"why": why, "kind": chosen, "side": side, "other": other, "record": record, "likely": likely, "part": part}
    return page(request, "links_choose.html", _around(visit) | known | {"sought": sought, "instead": instead}, visit)


@router.post("/links/{kind}/link", dependencies=CHANGES)
def link(
    request: Request,
    visit: Editor,
    kind: str,
    procore_id: Annotated[str, Form()],
    accounting_id: Annotated[str, Form()],
    instead: Annotated[bool, Form()] = False,
) -> Response:
    """Links two records; `instead` of what one of them is linked with now, as after a merge."""
    chosen, ids = _kind(visit, kind), (procore_id, accounting_id)
    with writing(platform.engine()) as connection:
        (actions.relink if instead else actions.link)(connection, chosen, ids, visit.user.get_name())
        record = listing.record(connection, chosen, "procore", procore_id)
    name = record.name if record else procore_id
    return back_to(request, f"/{visit.paired.name}/links/{kind}", f"{name} is linked.", tab="linked", sought=name)


@router.post("/links/{kind}/push", dependencies=CHANGES)
def push(
    request: Request,
    visit: Runner,
    kind: str,
    side: Annotated[Side, Form()],
    ids: Ids,
    everything: Annotated[bool, Form()] = False,
) -> Response:
    """Starts a run that carries unlinked records of a side, the chosen ones or all, over to the other one."""
    chosen = _kind(visit, kind)
    with writing(platform.engine()) as connection:
        unlinked = catalog.unlinked_ids(connection, chosen.pair, chosen.entity(side), kind)
        wanted = list(unlinked) if everything else ids
        if not wanted:
            raise HTTPException(422, "Nothing is chosen.")
        only = actions.push(connection, chosen, side, wanted, visit.user.get_name())
    return _started(request, visit, chosen, side, {"only_records": only}, f"{len(wanted)} are being carried over.")


@router.post("/links/{kind}/refresh", dependencies=CHANGES)
def refresh(request: Request, visit: Runner, kind: str, tab: Annotated[listing.Tab, Form()]) -> Response:
    """Starts a run that reads a kind anew and writes nothing: the tab's own side, or both (SMX-QBO-18)."""
    named = {"procore": "Procore is", "accounting": f"{product(visit.paired.accounting.system)} is"}
    conf = {"mode": "plan", "full_refresh": True, "sides": tab if tab in named else "both"}
    told = f"{named.get(tab, 'Both sides are')} being read anew."
    return _started(request, visit, _kind(visit, kind), tab, conf, told)


_Action = Literal["unlink", "archive", "restore", "put-away", "bring-back"]


@router.post("/links/{kind}/{action}", dependencies=CHANGES)
def change(
    request: Request,
    visit: Editor,
    kind: str,
    action: _Action,
    ids: Ids,
    side: Annotated[Side, Form()] = "procore",
    tab: Annotated[listing.Tab, Form()] = "linked",
) -> Response:
    """Unlinks, archives or restores pairs by Procore's ids; puts records of a side away, or brings them back."""
    chosen, by = _kind(visit, kind), visit.user.get_name()
    if not ids:
        raise HTTPException(422, "Nothing is chosen.")
    with writing(platform.engine()) as connection:
        do: dict[_Action, Callable[[str], None]] = {
            "unlink": lambda one: actions.unlink(connection, chosen, one, by),
            "archive": lambda one: actions.archive(connection, chosen, one, by),
            "restore": lambda one: actions.restore(connection, chosen, one),
            "put-away": lambda one: actions.put_away(connection, chosen, side, one, by),
            "bring-back": lambda one: actions.bring_back(connection, chosen, side, one),
        }
        for one in ids:
            do[action](one)
    return back_to(request, f"/{visit.paired.name}/links/{kind}", f"{len(ids)} {DONE[action]}.", tab=tab)


DONE: dict[_Action, str] = {
    "unlink": "unlinked: nothing was changed on either side",
    "archive": "archived: neither side follows the other until they are restored",
    "restore": "restored: the next full refresh catches up",
    "put-away": "put away: neither proposed nor carried over",
    "bring-back": "brought back",
}


def _around(visit: Visit) -> dict[str, Any]:
    """What every page about links shows: the kinds, and what the books are called."""
    return {"kinds": actions.kinds(visit.paired), "between": BETWEEN}


def _kind(visit: Visit, name: str) -> Kind:
    try:
        return kind_of(visit.paired, name)
    except FixTheSetup as error:
        raise HTTPException(404, str(error)) from None


def _part(connection: Connection, kind: Kind, tab: listing.Tab, sought: str, after: str) -> listing.Part:
    if tab == "procore" or tab == "accounting":
        return listing.unlinked(connection, kind, tab, sought, after, ROWS)
    return listing.pairs(connection, kind, tab == "archived", sought, after, ROWS)


def _other(side: Side) -> Side:
    return "accounting" if side == "procore" else "procore"


def _both(one: Proposed) -> str:
    return f"{one.procore.id}{BETWEEN}{one.accounting.id}"


def _started(request: Request, visit: Visit, kind: Kind, tab: listing.Tab, conf: dict[str, Any], note: str) -> Response:
    stage = kind.stage(tab)
    dag_id = platform.dag_id(visit.paired, stage)
    run_id = start(dag_id, visit.user, conf)
    waits = "" if visit.paired.live else " The integration is not live: the run only tells what it would do."
    told = f"{note}{waits}{unless_paused(dag_id)}"
    return back_to(request, f"/{visit.paired.name}/links/{kind.name}", told, tab=tab, stage=stage, run=run_id)


def _content(file: UploadFile | None) -> bytes:
    content = file.file.read(MOST_BYTES + 1) if file else b""
    if not content:
        raise HTTPException(422, "Choose a CSV file.")
    if len(content) > MOST_BYTES:
        raise HTTPException(413, f"The file is larger than {MOST_BYTES // 1_000_000} MB. Divide it.")
    return content


def _in_state(lines: list[Line], state: str) -> list[Line]:
    return [line for line in lines if line.state == state]


def _fingerprint(lines: list[Line]) -> str:
    return sha256(repr([(line.number, line.state, line.wrong) for line in lines]).encode()).hexdigest()


def _csv_rows(connection: Connection, kind: Kind) -> Any:
    pair = kind.pair
    known = [{one.id: one for one in catalog.every(connection, pair, kind.entity(side))} for side in _SIDES]
    linked = links.all_links(connection, pair, kind.name)
    for row in linked:
        yield _csv_row(kind, known, row.procore_id, row.accounting_id, "archived" if row.archived_at else "linked")
    for place, side in enumerate(_SIDES):
        for one in catalog.unlinked(connection, pair, kind.entity(side), kind.name, side):
            ids = (one.id, "") if place == 0 else ("", one.id)
            yield _csv_row(kind, known, *ids, f"{side} only")


_SIDES: tuple[Side, Side] = ("procore", "accounting")


def _csv_row(kind: Kind, known: list[dict[str, Any]], procore_id: str, accounting_id: str, state: str) -> list[str]:
    ours, theirs = known[0].get(procore_id), known[1].get(accounting_id)
    named = [text for one in (ours, theirs) for text in ((one.number or "", one.name) if one else ("", ""))]
    return [kind.name, procore_id, accounting_id, *named, state]
