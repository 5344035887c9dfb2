"""Reports as pages and as CSV: the tie-out, job costs, and what is not carried over."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from starlette.responses import Response

from jobledger.actions import reports as actions
from jobledger.actions.reports import tied
from jobledger.reports.groups import Key
from jobledger.reports.printing import amount, as_csv
from jobledger.reports.tables import (
    AMOUNTS,
    REPORTS,
    Report,
    Tied,
    amounts_of,
    narrowed,
    project_columns,
    project_rows,
    unexplained,
)
from jobledger.web.access import CHANGES, Visit, visiting
from jobledger.web.pages import ROWS, back_to, page

router = APIRouter(prefix="/{integration}/reports")
Reader = Annotated[Visit, Depends(visiting("read"))]
Editor = Annotated[Visit, Depends(visiting("edit"))]


@router.get("/{name}.csv")
def download(visit: Reader, name: str) -> Response:
    """A whole report as CSV."""
    report = _report(name)
    text = as_csv(report.columns, report.rows(_seen_by(visit)))
    called = f'attachment; filename="{visit.paired.name}_{name}.csv"'
    return Response(text, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": called})


@router.get("/{name}")
def show(
    request: Request,
    visit: Reader,
    name: str,
    part: Annotated[int, Query(ge=1)] = 1,
    only: Annotated[list[str] | None, Query(max_length=4)] = None,
) -> Response:
    """A report, a part at a time, or `only` the rows with certain cells; the tie-out begins with sums by project."""
    report, found = _report(name), _seen_by(visit)
    rows = [row for row in report.rows(found) if not only or set(only) <= set(row)]
    known = {
        "reports": REPORTS,
        "name": name,
        "report": report,
        "amounts": AMOUNTS,
        "rows": rows[(part - 1) * ROWS : part * ROWS],
        "count": len(rows),
        "only": only or [],
        "narrowed": found.only is not None,
        "more": part + 1 if len(rows) > part * ROWS else None,
        "unexplained": amounts_of(found.result.unexplained),
        "is_explained": not found.result.unexplained,
        "places": unexplained(found)[:ROWS] if name in ("tieout", "differences") and part == 1 and not only else [],
        "sums": [project_columns(found), *project_rows(found)] if name == "tieout" and part == 1 else [],
    }
    return page(request, "report.html", known, visit)


@router.post("/acknowledge", dependencies=CHANGES)
def acknowledge(
    request: Request,
    visit: Editor,
    measure: Annotated[str, Form()],
    amount_seen: Annotated[Decimal, Form()],
    reason: Annotated[str, Form(max_length=1000)],
    project: Annotated[str, Form()] = "",
    cost_code: Annotated[str, Form()] = "",
) -> Response:
    """Notes by name and reason that a difference is known, if it is still what was shown (ACC-8)."""
    if not reason.strip():
        raise HTTPException(422, "Say why: the reason is kept with the acknowledgement.")
    key = Key(measure, project, cost_code)
    if not _seen_by(visit).shows(project):
        raise HTTPException(403, f"{visit.user.get_name()} may not see project {project}: `reports.readers` says who.")
    total = actions.acknowledge(visit.paired, key, visit.user.get_name(), reason.strip(), amount_seen)
    told = f"{amount(total)} is acknowledged. A different amount will be unexplained again."
    return back_to(request, f"/{visit.paired.name}/reports/differences", told)


def _seen_by(visit: Visit) -> Tied:
    """What the reports are made from, for the projects that the visitor may see (XER-77)."""
    readers = visit.paired.reports.readers
    allowed = readers.get(visit.user.get_name(), ()) if readers else "all"
    return narrowed(tied(visit.paired), None if allowed == "all" else frozenset(map(str, allowed)))


def _report(name: str) -> Report:
    if name not in REPORTS:
        raise HTTPException(404, f"There is no report '{name}'. There are {', '.join(REPORTS)}.")
    return REPORTS[name]
