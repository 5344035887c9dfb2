"""Reports as pages and as CSV: the tie-out, job costs, and what is not carried over."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from starlette.responses import Response

from jobledger import platform
from jobledger.integration import Integration
from jobledger.reports.printing import amount, as_csv
from jobledger.reports.tables import AMOUNTS, REPORTS, Report, Tied, project_columns, project_rows, read_tie_out
from jobledger.steps import carried, flows_of
from jobledger.store.engine import reading
from jobledger.web.access import Visit, visiting
from jobledger.web.pages import ROWS, page

router = APIRouter(prefix="/{integration}/reports")
Reader = Annotated[Visit, Depends(visiting("read"))]


@router.get("/{name}.csv")
def download(visit: Reader, name: str) -> Response:
    """A whole report as CSV."""
    report = _report(name)
    text = as_csv(report.columns, report.rows(_tied(visit.paired)))
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
    report, tied = _report(name), _tied(visit.paired)
    rows = [row for row in report.rows(tied) if not only or set(only) <= set(row)]
    known = {
        "reports": REPORTS,
        "name": name,
        "report": report,
        "amounts": AMOUNTS,
        "rows": rows[(part - 1) * ROWS : part * ROWS],
        "count": len(rows),
        "only": only or [],
        "more": part + 1 if len(rows) > part * ROWS else None,
        "unexplained": amount(sum((abs(one.amount) for one in tied.result.unexplained), start=Decimal(0))),
        "is_explained": not tied.result.unexplained,
        "sums": [project_columns(tied), *project_rows(tied)] if name == "tieout" and part == 1 else [],
    }
    return page(request, "report.html", known, visit)


def _report(name: str) -> Report:
    if name not in REPORTS:
        raise HTTPException(404, f"There is no report '{name}'. There are {', '.join(REPORTS)}.")
    return REPORTS[name]


def _tied(paired: Integration) -> Tied:
    with reading(platform.engine()) as connection:
        return read_tie_out(connection, paired, carried(paired, flows_of(paired)))
