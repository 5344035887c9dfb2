"""Commitments: subcontracts and purchase orders, each with the lines of its schedule of values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from jobledger.systems.base import Page, Record
from jobledger.systems.procore.api import Api, record_id
from jobledger.systems.procore.documents import LARGE_ROWS, Asked, Filters, ProjectDocuments
from jobledger.systems.procore.line_codes import LineCodes
from jobledger.systems.procore.projects import Permitted
from jobledger.systems.procore.values import currency, dec, total

SUBCONTRACT, PURCHASE_ORDER = "subcontract", "purchase_order"
PATHS: Mapping[str, str] = {
    SUBCONTRACT: "v1.0/work_order_contracts",
    PURCHASE_ORDER: "v1.0/purchase_order_contracts",
}
"""The list of each kind of commitment."""

TYPES = {"WorkOrderContract": SUBCONTRACT, "PurchaseOrderContract": PURCHASE_ORDER}
"""What Procore calls the kinds where it names them in other records."""

_KEPT = (
    *("id", "number", "title", "status", "description", "created_at", "updated_at", "deleted_at", "executed"),
    *("ship_via", "accounting_method", "origin_id", "origin_code", "origin_data"),
)


class Commitments(ProjectDocuments):
    """Both kinds in one list, deleted ones included, so that a deletion is seen."""

    lists: Mapping[str, Filters] = {path: {"sort": "id"} for path in PATHS.values()}

    def __init__(self, permitted: Permitted, ignore_sub_jobs: bool = False) -> None:
        super().__init__(permitted)
        self._ignore_sub_jobs = ignore_sub_jobs

    def pages(self, project: Record, asked: Asked) -> Iterator[Page]:
        """Two lists, whatever the number of commitments."""
        codes = LineCodes(project["name"], self._ignore_sub_jobs)
        params = {"view": "extended", "per_page": LARGE_ROWS, **asked.filters}
        for kind, path in PATHS.items():
            for page in self.api.whole(path, listing(project, params)):
                yield Page([commitment(kind, project, row, codes) for row in asked.of(page)], page.read_at)


def listing(project: Record, params: Mapping[str, Any]) -> Filters:
    """The parameters of a project's list of commitments, deleted ones included."""
    return {"project_id": project["id"], "sort": "id", "filters[include_deleted]": "with", **params}


def briefly(api: Api, project: Record, ids: Iterable[Any]) -> dict[str, Record]:
    """The commitments that other documents are about, by id: id, number, type, vendor_id, title.

    Each kind has a list of its own; the second one is asked only for what the first one does not have.
    """
    missing, found = {str(one) for one in ids}, dict[str, Record]()
    for kind, path in PATHS.items():
        rows = api.rows(path, listing(project, {"filters[id][]": sorted(missing)})) if missing else []
        found |= {record_id(row): _in_brief(kind, row) for row in rows}
        missing -= found.keys()
    return found


def _in_brief(kind: str, row: Record) -> Record:
    vendor = (row.get("vendor") or {}).get("id")
    return {"id": row["id"], "number": row.get("number"), "type": kind, "vendor_id": vendor, "title": row.get("title")}


def commitment(kind: str, project: Record, row: Record, codes: LineCodes) -> Record:
    """A commitment under the names of mapping files. Amounts are in its own currency, before tax, to the cent."""
    lines: Sequence[Record] = row.get("line_items") or []
    vendor = row.get("vendor") or {}
    return {
        **{name: row.get(name) for name in _KEPT},
        "type": kind,
        "vendor": {"id": vendor.get("id"), "company": vendor.get("company")},
        **of_project(project),
        "retainage_percent": dec(row.get("retainage_percent")),
        "grand_total": before_tax(dec(row.get("grand_total")), lines),
        **currency(row),
        "line_items": [sov_line(line, codes) for line in lines],
    }


def of_project(project: Record) -> Record:
    """How a document names its project; its dates are local to the project's time zone (ACC-13)."""
    return {"project_id": project["id"], "project": {name: project.get(name) for name in ("id", "name", "time_zone")}}


def sov_line(line: Record, codes: LineCodes) -> Record:
    """A line of a schedule of values; `amount` is before tax."""
    return {
        "id": line["id"],
        **codes.of_line(line),
        "description": line.get("description"),
        "amount": dec(line.get("extended_amount", line.get("amount"))),
        "quantity": dec(line.get("quantity")),
        "unit_cost": dec(line.get("unit_cost")),
        "uom": line.get("uom"),
        "tax_code": {"id": line.get("tax_code_id")},
    }


def before_tax(grand_total: Any, lines: Sequence[Record]) -> Any:
    """A document's total before tax. Procore does not say whether it holds tax: where it equals the lines with theirs,
    their tax is taken out."""
    net = total(dec(line.get("extended_amount", line.get("amount"))) for line in lines)
    gross = total(dec(line.get("total_amount", line.get("extended_amount"))) for line in lines)
    return net if lines and grand_total == gross else grand_total
