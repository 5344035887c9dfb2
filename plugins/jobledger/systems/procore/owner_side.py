"""What owners pay for: prime contracts, owner invoices (payment applications), and payments received."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jobledger.systems.base import Page, Record, Window
from jobledger.systems.procore import contracts
from jobledger.systems.procore.api import Api, record_id
from jobledger.systems.procore.documents import LARGE_ROWS, Asked, Filters, ProjectDocuments
from jobledger.systems.procore.invoices import WEB, retainage_lines
from jobledger.systems.procore.line_codes import LineCodes
from jobledger.systems.procore.payments import Payments, payment
from jobledger.systems.procore.projects import Permitted
from jobledger.systems.procore.reads import is_later
from jobledger.systems.procore.retainage import stated_retainage
from jobledger.systems.procore.sending import shown
from jobledger.systems.procore.values import currency, dec

_CONTRACTS, _INVOICES = "v1.0/prime_contracts", "v1.0/payment_applications"
_KEPT = ("id", "number", "invoice_number", "status", "billing_date", "period_start", "period_end")
_ALSO_KEPT = ("created_at", "updated_at", "origin_id", "origin_data")
_CONTRACT_KEPT = (
    *("id", "number", "title", "status", "description", "created_at", "updated_at", "executed", "retainage_percent"),
    *("accounting_method", "origin_id", "origin_data"),
)
_TO_DATE = "total_completed_and_stored_to_date"


class PrimeContracts(ProjectDocuments):
    """Prime contracts without their lines."""

    lists: Mapping[str, Filters] = {_CONTRACTS: {"sort": "id"}}

    def pages(self, project: Record, asked: Asked) -> Iterator[Page]:
        """One list."""
        for page in self.api.whole(_CONTRACTS, {"project_id": project["id"], "sort": "id", **asked.filters}):
            yield Page([prime_contract(row, project) for row in asked.of(page)], page.read_at)


def prime_contract(row: Record, project: Record) -> Record:
    """A prime contract under the names of mapping files; its vendor is the owner."""
    vendor = row.get("vendor") or {}
    return {
        **{name: row.get(name) for name in _CONTRACT_KEPT},
        "vendor_id": vendor.get("id"),
        "vendor_name": vendor.get("name"),
        **contracts.of_project(project),
        "grand_total": dec(row.get("grand_total")),
        **currency(row),
    }


class OwnerInvoices(ProjectDocuments):
    """Owner invoices with their lines, in the shape of subcontractor invoices.

    Procore filters their list by nothing and shows lines one invoice at a time: those that changed are asked for, each
    with the one before it, because what a line bills is what it has come to since then.
    """

    lists: Mapping[str, Filters] = {_INVOICES: {}}

    def __init__(self, permitted: Permitted, ignore_sub_jobs: bool = False) -> None:
        super().__init__(permitted)
        self._ignore_sub_jobs = ignore_sub_jobs

    def pages(self, project: Record, asked: Asked) -> Iterator[Page]:
        """One list; where an invoice is wanted, one for contracts, one for each contract's lines, one for periods."""
        rows, read_at = [], None
        for page in self.api.whole(_INVOICES, {"project_id": project["id"], "per_page": LARGE_ROWS}):
            rows += page.rows
            read_at = read_at or page.read_at
        around = _Around(self.api, project, LineCodes(project["name"], self._ignore_sub_jobs))
        made = [_owner_invoice(row, _before(row, rows), around) for row in rows if asked.wants(row)]
        yield Page([one for one in made if one], read_at or self.api.now())

    def _asked(self, project: Record, window: Window) -> Asked:
        if window.since is None:
            return Asked()
        also = {one for one, place in window.also.items() if place == record_id(project)}
        return Asked(wants=lambda row: is_later(row, window.since) or record_id(row) in also)

    def _heads(self, project: Record, ids: Sequence[str]) -> list[Record]:
        """Their list is the project's, but each is written below its contract."""
        rows = self.api.rows(_INVOICES, {"project_id": project["id"]})
        return [
            {**row, "project_id": project["id"], "list": f"{_CONTRACTS}/{row['contract']['id']}/payment_applications"}
            for row in rows
            if record_id(row) in ids
        ]


@dataclass
class _Around:
    """What an owner invoice needs of its project, asked for once."""

    api: Api
    project: Record
    codes: LineCodes
    _full: dict[Any, Record | None] = field(default_factory=dict)
    _contracts: dict[Any, Record] | None = None
    _lines: dict[Any, dict[Any, Record]] = field(default_factory=dict)
    _due: dict[Any, str | None] | None = None

    def in_full(self, row: Record) -> Record | None:
        """An invoice with its lines; None where Procore has it no more."""
        if row["id"] not in self._full:
            path = f"rest/{_INVOICES}/{row['id']}"
            self._full[row["id"]] = shown(self.api.client.get(path, {"project_id": self.project["id"]}))
        return self._full[row["id"]]

    def contract(self, contract_id: Any) -> Record:
        """A prime contract as it is listed."""
        if self._contracts is None:
            rows = self.api.rows(_CONTRACTS, {"project_id": self.project["id"], "sort": "id"})
            self._contracts = {row["id"]: row for row in rows}
        return self._contracts.get(contract_id, {})

    def lines(self, contract_id: Any) -> dict[Any, Record]:
        """The lines of a contract's schedule of values, by id."""
        if contract_id not in self._lines:
            path = f"{_CONTRACTS}/{contract_id}/line_items"
            rows = self.api.rows(path, {"project_id": self.project["id"], "sort": "id"})
            self._lines[contract_id] = {row["id"]: row for row in rows}
        return self._lines[contract_id]

    def due(self, period_id: Any) -> str | None:
        """The due date of a billing period."""
        if period_id is None:
            return None
        if self._due is None:
            rows = self.api.rows(f"v1.0/projects/{self.project['id']}/billing_periods")
            self._due = {row["id"]: row.get("due_date") for row in rows}
        return self._due.get(period_id)


def _before(row: Record, rows: Sequence[Record]) -> Record | None:
    """The invoice of the same contract before this one."""
    same = [one for one in rows if one["contract"]["id"] == row["contract"]["id"] and one["number"] < row["number"]]
    return max(same, key=lambda one: int(one["number"]), default=None)


def _owner_invoice(row: Record, before: Record | None, around: _Around) -> Record | None:
    """An owner invoice under the names of mapping files. Amounts are in its own currency, before tax, to the cent.

    Work lines and retainage lines add up to `current_payment_due` if Procore's own figures agree (ACC-16).
    """
    full, earlier = around.in_full(row), around.in_full(before) if before else None
    if full is None:
        return None
    contract, figures = around.contract(row["contract"]["id"]), full.get("g702") or {}
    vendor, items = contract.get("vendor") or {}, full.get("g703") or []
    work, kept = (
        _work_lines(row, (items, (earlier or {}).get("g703") or []), around),
        retainage_lines(stated_retainage(items)),
    )
    certified, tax = (
        dec(figures.get("less_previous_certificates_for_payment")),
        dec(figures.get("tax_applicable_to_this_payment")),
    )
    due = dec(figures.get("total_earned_less_retainage")) - certified
    return {
        **{name: full.get(name) for name in (*_KEPT, *_ALSO_KEPT)},
        "contract_id": row["contract"]["id"],
        "contract": {"id": row["contract"]["id"], "number": contract.get("number"), "title": contract.get("title")},
        "vendor_id": vendor.get("id"),
        "vendor_name": vendor.get("name"),
        **contracts.of_project(around.project),
        "url": WEB.format(project_id=around.project["id"]),
        "period_due_date": around.due(row.get("period_id")),
        "current_payment_due": due,
        "tax": tax,
        "payment_due_with_tax": due + tax,
        "total_retainage": dec(figures.get("total_retainage")),
        **currency(full),
        "work_lines": work,
        "retainage_lines": kept,
        "nothing_to_post": None if work or kept else f"Invoice #{row.get('number')} bills nothing: all lines are zero.",
    }


def _work_lines(row: Record, items: tuple[Sequence[Record], Sequence[Record]], around: _Around) -> list[Record]:
    """What each line bills in this period, gross of retainage: what it has come to, less the same before (ACC-15)."""
    now, before = items
    was = {_key(item): dec(item.get(_TO_DATE)) for item in before}
    lines = []
    for item in now:
        amount = dec(item.get(_TO_DATE)) - was.get(_key(item), dec(None))
        if amount:
            lines.append({"id": record_id(item), **_named(row, item, around), "amount": amount})
    return lines


def _key(item: Record) -> tuple[Any, Any]:
    """What a line bills: Procore's own id of the contract's line or change order, under the name origin_id."""
    return item.get("origin_type"), item.get("origin_id")


def _named(row: Record, item: Record, around: _Around) -> Record:
    """Code, description and tax code of a line; a change order has one code if Procore shows one."""
    is_line = item.get("origin_type") == "LineItem"
    source = around.lines(row["contract"]["id"]).get(item.get("origin_id")) if is_line else None
    code = around.codes.of_line(source) if source else {"code": (item.get("wbs_code") or {}).get("flat_code")}
    return {
        **code,
        "description": item.get("description_of_work"),
        "tax_code": {"id": (source or {}).get("tax_code_id")},
    }


class PaymentsReceived(Payments):
    """Payments received on prime contracts: the same records as payments issued, listed contract by contract."""

    def pages(self, project: Record, asked: Asked) -> Iterator[Page]:
        """The list of prime contracts, and one list for each of them."""
        for page in self.api.whole(_CONTRACTS, {"project_id": project["id"], "sort": "id"}):
            rows = [one for contract in page.rows for one in self._of_contract(project["id"], contract["id"])]
            yield Page(rows, page.read_at)

    def _of_contract(self, project_id: Any, contract_id: Any) -> list[Record]:
        place = {"project_id": project_id, "contract_id": contract_id}
        return [payment(row, place) for row in self.api.rows("v1.0/contract_payments", place)]
