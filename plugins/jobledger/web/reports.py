"""Reports as pages and as CSV: the tie-out, job costs, and what is not carried over."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from starlette.responses import Response

from jobledger.actions.reports import tied
from jobledger.reports.printing import amount, as_csv
from jobledger.reports.tables import AMOUNTS, REPORTS, Report, project_columns, project_rows
from jobledger.web.access import Visit, visiting
from jobledger.web.pages import ROWS, page

router = APIRouter(prefix="/{integration}/reports")
Reader = Annotated[Visit, Depends(visiting("read"))]


@router.get("/{name}.csv")
def download(visit: Reader, name: str) -> Response:
    """A whole report as CSV."""
    report = _report(name)
    text = as_csv(report.columns, report.rows(tied(visit.paired)))
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
    report, found = _report(name), tied(visit.paired)
    rows = [row for row in report.rows(found) if not only or set(only) <= set(row)]
    known = {
        "reports": REPORTS,
        "name": name,
        "report": report,
        "amounts": AMOUNTS,
        "rows": rows[(part - 1) * ROWS : part * ROWS],
        "count": len(rows),
        "only": only or [],
        "more": part + 1 if len(rows) > part * ROWS else None,
        "unexplained": amount(sum((abs(one.amount) for one in found.result.unexplained), start=Decimal(0))),
        "is_explained": not found.result.unexplained,
        "sums": [project_columns(found), *project_rows(found)] if name == "tieout" and part == 1 else [],
    }
    return page(request, "report.html", known, visit)


def _report(name: str) -> Report:
    if name not in REPORTS:
        raise HTTPException(404, f"There is no report '{name}'. There are {', '.join(REPORTS)}.")
    return REPORTS[name]
