"""Subcontractor invoices (Procore: requisitions), reckoned to what this period bills, holds and releases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from jobledger.systems.base import Page, Record
from jobledger.systems.procore import change_orders, contracts
from jobledger.systems.procore.api import Api, record_id
from jobledger.systems.procore.documents import LARGE_ROWS, Asked, Filters, ProjectDocuments
from jobledger.systems.procore.line_codes import LineCodes
from jobledger.systems.procore.projects import Permitted
from jobledger.systems.procore.refusals import ClosedError
from jobledger.systems.procore.retainage import Retainage, retainage, split, this_period
from jobledger.systems.procore.values import currency, dec

HELD, RELEASED = "held", "released"
"""The ids of the retainage lines."""

WEB = "https://app.procore.com/{project_id}/project/home"
"""Where people look at an invoice's project."""

_PATH = "v1.1/requisitions"
_WHOLE = "whole_change_order_item"
_KEPT = (
    *("id", "number", "invoice_number", "status", "commitment_id", "vendor_id", "vendor_name", "billing_date"),
    *("payment_date", "final", "created_at", "updated_at", "origin_id", "origin_data"),
)


class Invoices(ProjectDocuments):
    """Invoices with their items (`view=extended`, the only view that tells the due date)."""

    lists: Mapping[str, Filters] = {_PATH: {"sort": "id"}}

    def __init__(self, permitted: Permitted, ignore_sub_jobs: bool = False) -> None:
        super().__init__(permitted)
        self._ignore_sub_jobs = ignore_sub_jobs

    def pages(self, project: Record, asked: Asked) -> Iterator[Page]:
        """One list, and one for the billing periods if there are any invoices."""
        query = {"project_id": project["id"], "sort": "id", "view": "extended", "per_page": LARGE_ROWS, **asked.filters}
        around = _Around(self.api, project, LineCodes(project["name"], self._ignore_sub_jobs))
        for page in self.api.whole(_PATH, query):
            yield Page([invoice(row, around) for row in asked.of(page)], page.read_at)


@dataclass
class _Around:
    """What an invoice needs of its project, asked for once."""

    api: Api
    project: Record
    codes: LineCodes
    _due: dict[Any, str | None] | None = None
    _orders: dict[Any, Sequence[Record]] = field(default_factory=dict)

    def due(self, period_id: Any) -> str | None:
        """The due date of a billing period."""
        if self._due is None:
            rows = self.api.rows(f"v1.0/projects/{self.project['id']}/billing_periods")
            self._due = {row["id"]: row.get("due_date") for row in rows}
        return self._due.get(period_id)

    def lines_of(self, package_id: Any) -> Sequence[Record]:
        """The lines of a change order; none if Procore does not show it."""
        if package_id not in self._orders:
            found = change_orders.in_full(self.api, self.project["id"], package_id) or {}
            self._orders[package_id] = found.get("line_items") or []
        return self._orders[package_id]

    def orders_billed_whole(self, row: Record) -> dict[str, Any]:
        """The change order of each item that bills one as a whole, by the item's id."""
        items = [item for item in row.get("items") or [] if item.get("item_type") == _WHOLE]
        packages = [one["change_order_id"] for one in row.get("item_packages") or [] if one.get("change_order_id")]
        if len(items) == 1 and len(packages) == 1:
            return {record_id(items[0]): packages[0]}
        path = f"v1.0/requisitions/{row['id']}/{_WHOLE}s"
        try:
            told = self.api.rows(path, {"project_id": self.project["id"]}) if items else []
        except ClosedError:
            return {}
        return {record_id(item): item.get("change_order_package_id") for item in told}


def invoice(row: Record, around: _Around) -> Record:
    """An invoice under the names of mapping files. Amounts are in its own currency, before tax, to the cent.

    Work lines and retainage lines add up to `current_payment_due` if Procore's own figures agree (ACC-16).
    """
    summary, items = row.get("summary") or {}, row.get("items") or []
    certified = dec(summary.get("less_previous_certificates_for_payment"))
    work, kept = _work_lines(row, items, around), retainage_lines(retainage(items, certified))
    order, tax = _commitment(row), dec(summary.get("tax_applicable_to_this_payment"))
    due = dec(summary.get("total_earned_less_retainage")) - certified
    return {
        **{name: row.get(name) for name in _KEPT},
        "commitment": order,
        "numbers": {"purchase_order": order["number"], "invoice": row.get("invoice_number")},
        **contracts.of_project(around.project),
        "url": WEB.format(project_id=around.project["id"]),
        "due_date": (row.get("payment_summary") or {}).get("due_date"),
        "period_due_date": around.due(row.get("period_id")),
        "current_payment_due": due,
        "tax": tax,
        "payment_due_with_tax": due + tax,
        "total_retainage": dec(summary.get("total_retainage")),
        **currency(row),
        "work_lines": work,
        "retainage_lines": kept,
        "nothing_to_post": None if work or kept else f"Invoice #{row.get('number')} bills nothing: all lines are zero.",
    }


def _commitment(row: Record) -> Record:
    packages: Sequence[Record] = row.get("item_packages") or []
    own: Mapping[str, Any] = next((one for one in packages if not one.get("change_order_id")), {})
    return {
        "id": row.get("commitment_id"),
        "number": own.get("number"),
        "title": row.get("contract_name") or own.get("title"),
        "type": contracts.TYPES.get(str(row.get("commitment_type"))),
    }


def _work_lines(row: Record, items: Sequence[Record], around: _Around) -> list[Record]:
    billed = [(item, amount) for item in items if (amount := this_period(item))]
    whole = around.orders_billed_whole(row) if any(item.get("item_type") == _WHOLE for item, _ in billed) else {}
    lines: list[Record] = []
    for item, amount in billed:
        order = around.lines_of(whole[record_id(item)]) if whole.get(record_id(item)) else ()
        lines += _of_order(item, amount, order, around.codes) if order else [_work_line(item, amount, around.codes)]
    return lines


def _work_line(item: Record, amount: Decimal, codes: LineCodes) -> Record:
    tax: Mapping[str, Any] = next(iter(item.get("taxes") or []), {})
    return {
        "id": record_id(item),
        **codes.of_wbs(item.get("wbs_code") or {}),
        "description": item.get("description_of_work"),
        "amount": amount,
        "tax_code": {"id": tax.get("tax_code_id")},
    }


def _of_order(item: Record, amount: Decimal, order: Sequence[Record], codes: LineCodes) -> list[Record]:
    """An item that bills a change order as a whole, over that order's lines in proportion (ACC-15)."""
    shares = split(amount, [dec(line.get("extended_amount", line.get("amount"))) for line in order])
    return [
        {
            "id": f"{record_id(item)}-{line['id']}",
            **codes.of_line(line),
            "description": line.get("description") or item.get("description_of_work"),
            "amount": share,
            "tax_code": {"id": line.get("tax_code_id")},
        }
        for line, share in zip(order, shares, strict=True)
        if share
    ]


def retainage_lines(kept: Retainage) -> list[Record]:
    """At most two lines that are never netted: what is held takes from the payment, what is released adds to it."""
    lines = [
        {"id": HELD, "description": "Retainage held this period", "amount": -kept.held},
        {"id": RELEASED, "description": "Retainage released this period", "amount": kept.released},
    ]
    return [line for line in lines if line["amount"]]
