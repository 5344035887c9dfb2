"""Puts commitments, change orders, invoices, payments and direct costs into Procore."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from sandbox.datasets.contracts import TODAY
from sandbox.datasets.model import (
    BillingPeriod,
    ChangeOrder,
    Commitment,
    Contractor,
    DirectCost,
    Invoice,
    Line,
    Payment,
    Progress,
    Project,
)
from sandbox.datasets.procore_ids import Procore, budget_key, times
from sandbox.world import Record

ENTITIES = {"subcontract": "work_order_contracts", "purchase_order": "purchase_order_contracts"}
BILLABLE = {"Closed": "Received"}
"""A closed order takes no invoice: until all are in, it is only received."""

Document = TypeVar("Document", ChangeOrder, Invoice, Payment)


def seed(procore: Procore, contractor: Contractor) -> None:
    """All documents, parents first. Raises `ValueError` when Procore refuses one."""
    projects = {project.number: project for project in contractor.projects}
    for period in contractor.periods:
        procore.put("billing_periods", (period.project, period.end), _period(procore, period))
    orders = _by_commitment(contractor.change_orders)
    invoices = _by_commitment(contractor.invoices)
    payments = _by_commitment(contractor.payments)
    for one in contractor.commitments:
        _commitment(procore, one, projects[one.project])
        _history(procore, one, projects[one.project], orders[one.key], invoices[one.key])
        for payment in payments[one.key]:
            _payment(procore, payment, one)
    for serial, cost in enumerate(contractor.direct_costs):
        _direct_cost(procore, cost, projects[cost.project], serial)


def _by_commitment(documents: Iterable[Document]) -> defaultdict[str, list[Document]]:
    found: defaultdict[str, list[Document]] = defaultdict(list)
    for document in documents:
        found[document.commitment].append(document)
    return found


def _history(
    procore: Procore, one: Commitment, project: Project, orders: list[ChangeOrder], invoices: list[Invoice]
) -> None:
    """Change orders and invoices as they came: an invoice bills the orders that are approved by then."""
    waiting = sorted(orders, key=lambda order: (order.dated, order.number))
    for invoice in invoices:
        while waiting and waiting[0].dated <= invoice.period_end:
            _change_order(procore, waiting.pop(0), one, project)
        _invoice(procore, invoice, one)
    for order in waiting:
        _change_order(procore, order, one, project)
    last = max(
        [_after(one.signed, 6), *(invoice.period_end for invoice in invoices), *(order.dated for order in orders)]
    )
    record = {"id": procore.id("commitments", one.key), "status": one.status, **times(one.signed, _after(last, 0))}
    procore.seed(ENTITIES[one.kind], record)


def text(amount: Decimal) -> str:
    """An amount as Procore writes it."""
    return format(amount, "f")


def _period(procore: Procore, period: BillingPeriod) -> Record:
    return {
        "project_id": procore.id("projects", period.project),
        "start_date": period.start.isoformat(),
        "end_date": period.end.isoformat(),
        "due_date": period.due.isoformat(),
        "status": "open" if period.open else "closed",
        **times(period.start),
    }


def _commitment(procore: Procore, one: Commitment, project: Project) -> None:
    """Header as a draft, lines, then a status: a schedule of values is frozen once it is approved."""
    entity = ENTITIES[one.kind]
    header = {
        "project_id": procore.id("projects", one.project),
        "vendor_id": procore.id("vendors", one.company),
        "number": one.number,
        "title": one.title,
        "description": f"{one.title}, {project.name}"[:250],
        "accounting_method": "unit" if one.unit_based else "amount",
        "retainage_percent": text(one.retainage),
        "contract_date": one.signed.isoformat(),
        "executed": one.status in {"Approved", "Complete"},
        "status": "Draft",
        **({"ship_via": "Seller's truck", "payment_terms": "Net 30"} if one.kind == "purchase_order" else {}),
        **times(one.signed),
    }
    contract_id = procore.put(entity, one.key, header)
    procore.ids["commitments", one.key] = contract_id
    for position, line in enumerate(one.lines):
        record = {"contract_id": contract_id, "position": position + 1}
        record |= _line(procore, project, line, position) | times(one.signed)
        procore.put("contract_line_items", (one.key, "", position), record)
    procore.seed(entity, {"id": contract_id, "status": BILLABLE.get(one.status, one.status)})


def _line(procore: Procore, project: Project, line: Line, position: int) -> Record:
    units = (
        {"quantity": text(line.quantity), "uom": line.uom, "unit_cost": text(line.unit_cost)}
        if (line.quantity is not None and line.unit_cost is not None)
        else {}
    )
    return {
        "project_id": procore.id("projects", project.number),
        "wbs_code_id": procore.id("wbs_codes", budget_key(project, line, position)),
        "description": line.description,
        "amount": text(line.amount),
        "extended_type": "calculated" if units else "manual",
        **units,
    }


def _change_order(procore: Procore, order: ChangeOrder, one: Commitment, project: Project) -> None:
    """A potential change order with its lines; with one tier its package is made with it, and then gets the status."""
    contract_id = procore.id("commitments", one.key)
    header = {
        "project_id": procore.id("projects", one.project),
        "contract_id": contract_id,
        "number": order.number,
        "title": order.title,
        "status": "draft",
        **times(order.dated),
    }
    potential = procore.seed("potential_change_orders", header)
    for position, line in enumerate(order.lines):
        record = {"potential_change_order_id": potential["id"], "contract_id": contract_id, "position": position + 1}
        record |= _line(procore, project, line, position) | times(order.dated)
        procore.put("change_order_line_items", (one.key, order.number, position), record)
    decided = {"status": order.status, **times(order.dated, _after(order.dated, 9))}
    procore.seed("potential_change_orders", {"id": potential["id"], **decided})
    procore.seed("change_order_packages", {"id": potential["package_id"], **decided})


def _invoice(procore: Procore, invoice: Invoice, one: Commitment) -> None:
    """The invoice as a draft with its items, then the status."""
    items = [_item(procore, (one.key, line.change_order, line.line), line) for line in invoice.progress if _says(line)]
    header = {
        "project_id": procore.id("projects", one.project),
        "commitment_id": procore.id("commitments", one.key),
        "period_id": procore.id("billing_periods", (one.project, invoice.period_end)),
        "number": invoice.number,
        "invoice_number": invoice.vendor_number,
        "billing_date": invoice.period_end.isoformat(),
        "requisition_start": invoice.period_end.replace(day=1).isoformat(),
        "requisition_end": invoice.period_end.isoformat(),
        "final": invoice.final,
        "status": "draft",
        "items": items,
        **times(invoice.period_end),
    }
    requisition = procore.put("requisitions", (invoice.commitment, invoice.number), header)
    changed = times(invoice.period_end, _after(invoice.period_end, 8))
    procore.seed("requisitions", {"id": requisition, "status": invoice.status, **changed})


def _says(line: Progress) -> bool:
    """Whether a line changes at all: a new invoice starts with what was stored and held before."""
    return bool(line.work or line.released or line.stored != line.stored_before)


def _item(procore: Procore, line_key: tuple[str, str, int], progress: Progress) -> Record:
    """One line of an invoice, under the names of Procore's API."""
    entity = "change_order_line_items" if progress.change_order else "contract_line_items"
    amounts = {
        "work_completed_this_period": progress.work,
        "materials_presently_stored": progress.stored,
        "work_completed_retainage_retained_this_period": progress.held,
        "work_completed_retainage_released_this_period": progress.released,
        "materials_stored_retainage_currently_retained": progress.held_stored,
    }
    return {
        "item_type": "change_order_item" if progress.change_order else "contract_item",
        "line_item_id": procore.id(entity, line_key),
        **{name: text(amount) for name, amount in amounts.items()},
    }


def _payment(procore: Procore, payment: Payment, one: Commitment) -> None:
    record = {
        "project_id": procore.id("projects", one.project),
        "contract_id": procore.id("commitments", one.key),
        "requisition_id": procore.id("requisitions", (payment.commitment, payment.invoice)),
        "date": payment.dated.isoformat(),
        "amount": text(payment.amount),
        "payment_method": payment.method,
        "check_number": payment.check,
        **times(payment.dated),
    }
    procore.put("contract_payments", (payment.commitment, payment.invoice), record)


def _direct_cost(procore: Procore, cost: DirectCost, project: Project, serial: int) -> None:
    header = {
        "project_id": procore.id("projects", cost.project),
        "vendor_id": procore.id("vendors", cost.company),
        "direct_cost_type": cost.kind,
        "invoice_number": cost.number,
        "direct_cost_date": cost.dated.isoformat(),
        "received_date": cost.dated.isoformat(),
        "description": cost.description,
        "status": "draft",
        **times(cost.dated),
    }
    direct_cost = procore.put("direct_costs", serial, header)
    for position, line in enumerate(cost.lines):
        record = {"direct_cost_id": direct_cost, "position": position + 1, **times(cost.dated)}
        procore.put("direct_cost_line_items", (serial, position), record | _line(procore, project, line, position))
    procore.seed("direct_costs", {"id": direct_cost, "status": cost.status, **times(cost.dated, _after(cost.dated, 2))})


def _after(day: date, days: int) -> date:
    """Some days later, but not after the story's today."""
    return min(day + timedelta(days=days), TODAY)
