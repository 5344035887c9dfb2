"""Subcontractor invoices (requisitions).

An invoice bills every line of the schedule of values and of the approved change orders. It is made for an approved
commitment, in an open billing period, and after the previous invoice was approved. With an origin_id it is immutable
(PRC-API-33), with the same switch as `direct_costs.origin_lock`.
"""

from __future__ import annotations

from sandbox.procore import attachments, contracts, g702, invoicing, requisition_items
from sandbox.procore.direct_costs import origin_lock
from sandbox.procore.directory import SERVICE_USER_ID
from sandbox.procore.errors import Errors
from sandbox.procore.fields import amount, boolean, choice, day, dec, integer, moment, text
from sandbox.procore.invoicing import of_commitment
from sandbox.procore.reference import show_custom_fields
from sandbox.procore.requisition_items import LOCKED
from sandbox.procore.resource import ORIGIN, Resource, rows_of, write
from sandbox.procore.state import State
from sandbox.world import Record

APPROVED = frozenset({"approved", "approved_as_noted", "pending_owner_approval"})
STATUSES = ("draft", "under_review", "revise_and_resubmit", "approved", "approved_as_noted", "pending_owner_approval")


def _settle(state: State, after: Record, before: Record | None) -> Record:
    commitment = contracts.of_id(state, after.get("commitment_id"))
    if before is not None or commitment is None:
        return after
    last = of_commitment(state, commitment["id"])[-1:]
    number = after.get("number") or (last[0]["number"] + 1 if last else 1)
    period = state.get("billing_periods", after.get("period_id")) or {}
    dates = {
        "requisition_start": period.get("start_date"),
        "requisition_end": period.get("end_date"),
        "billing_date": period.get("end_date"),
    }
    filled = {name: after.get(name) or value for name, value in dates.items()}
    return {**after, **filled, "project_id": commitment["project_id"], "number": number}


def _errors(state: State, after: Record, before: Record | None) -> Errors:
    if before is not None:
        return {}
    commitment = contracts.of_id(state, after.get("commitment_id"))
    if commitment is None:
        return {"commitment": ["must exist"]}
    if commitment["status"] not in contracts.BILLABLE:
        return {"commitment": ["must be approved"]}
    period = state.get("billing_periods", after.get("period_id"))
    if period is None or period["project_id"] != commitment["project_id"]:
        return {"period": ["must exist"]}
    if period["status"] != "open" and state.by_api:
        return {"period": ["is closed"]}
    last = invoicing.previous(state, after)
    return {"base": ["The previous invoice is not approved"]} if last and last["status"] not in APPROVED else {}


def _lock(state: State, before: Record, changed: frozenset[str]) -> str | None:
    later = [row for row in of_commitment(state, before["commitment_id"]) if row["number"] > before["number"]]
    if not changed and later:
        return "Only the latest invoice of a commitment can be deleted"
    return origin_lock(state, before, changed, LOCKED)


def _drop_items(state: State, requisition: Record) -> None:
    if state.get("requisitions", requisition["id"]) is None:
        for item in invoicing.items_of(state, requisition["id"]):
            state.delete("requisition_items", item["id"])


REQUISITIONS = Resource(
    entity="requisitions",
    wrapper="requisition",
    fields={
        "period_id": integer,
        "requisition_start": day,
        "requisition_end": day,
        "billing_date": day,
        "invoice_number": text(),
        "status": choice(*STATUSES),
        "final": boolean,
        "payment_date": day,
        "submitted_at": moment,
        "due_date": day,
        **ORIGIN,
    },
    required=("status",),
    defaults={"status": "draft", "final": False, "custom_fields": {}},
    custom_fields=True,
    settle=_settle,
    check=_errors,
    lock=_lock,
    after=_drop_items,
    show=lambda state, row: show(state, row),
)


def save(state: State, given: Record, before: Record | None, place: Record) -> Record:
    """Creates or changes an invoice with the items that `given` names. Raises `RefusedError`."""
    rows = rows_of(given, "items")
    last = {"origin_id"} if rows else set()
    header = {name: value for name, value in given.items() if name != "items" and name not in last}
    requisition = write(state, REQUISITIONS, header, before, {} if before else place)
    if not requisition.get("origin_id"):
        requisition_items.ensure(state, requisition)
    requisition_items.save(state, requisition, rows)
    current = state.get("requisitions", requisition["id"]) or requisition
    origin = {name: given[name] for name in last if name in given}
    return write(state, REQUISITIONS, origin, current) if origin else current


def show(state: State, requisition: Record) -> Record:
    """An invoice with its summary (`view=default`)."""
    commitment = contracts.of_id(state, requisition["commitment_id"]) or {}
    vendor = state.get("vendors", commitment.get("vendor_id")) or {}
    earlier = invoicing.previous(state, requisition)
    figures = invoicing.summary(state, requisition)
    return {
        **{name: value for name, value in requisition.items() if name not in _INTERNAL},
        "previous_requisition_id": earlier["id"] if earlier else None,
        "commitment_type": contracts.TYPES[contracts.kind_of(state, commitment)] if commitment else None,
        "contract_name": commitment.get("title"),
        "vendor_id": vendor.get("id"),
        "vendor_name": vendor.get("name"),
        "erp_status": "synced" if requisition.get("origin_id") else "unsynced",
        "deletable": not requisition.get("origin_id"),
        "percent_complete": figures["percent_complete"],
        "total_claimed_amount": _claimed(state, requisition),
        "move_materials_to_previous_work_completed": False,
        "invoice_type": "subcontractor_invoice",
        "electronic_signature_id": None,
        "created_by": _created_by(state),
        "summary": {name: value for name, value in figures.items() if name != "percent_complete"},
        "custom_fields": show_custom_fields(state, requisition),
        "attachments": attachments.of_requisition(state, requisition["id"]),
        "currency_configuration": contracts.currency(commitment),
    }


_INTERNAL = {"workflow", "current_payment_due", "due_date"}


def show_with_items(state: State, requisition: Record) -> Record:
    """An invoice with its items and the packages that they come in (`view=items`)."""
    items = [requisition_items.show(state, line.item, line) for line in invoicing.reckoned(state, requisition)]
    return {**show(state, requisition), "items": items, "item_packages": _packages(state, requisition)}


def show_extended(state: State, requisition: Record) -> Record:
    """An invoice in full (`view=extended`)."""
    shown = show_with_items(state, requisition)
    project = state.get("projects", requisition["project_id"]) or {}
    vendor = state.get("vendors", shown["vendor_id"]) or {}
    texts = {
        "project_name": project.get("name"),
        "project_number": project.get("project_number"),
        "to_general_contractor": state.company["name"],
        "subcontractor_name": shown["vendor_name"],
        **{f"subcontractor_{name}": vendor.get(field) for name, field in _PLACE.items()},
        "requisition_period_start": requisition["requisition_start"],
        "requisition_period_end": requisition["requisition_end"],
        "application_number": requisition.get("invoice_number") or str(requisition["number"]),
        "contract_for": shown["contract_name"],
    }
    due = {"invoiced_amount_due": shown["summary"]["current_payment_due"], "due_date": requisition.get("due_date")}
    return {**shown, "summary_text": texts, "payment_summary": due}


_PLACE = {
    "street": "address",
    "city": "city",
    "state_code": "state_code",
    "zip": "zip",
    "country_code": "country_code",
}


def _created_by(state: State) -> Record:
    user = state.get("users", SERVICE_USER_ID) or {}
    return {
        "id": SERVICE_USER_ID,
        "name": user.get("name"),
        "login": user.get("email_address"),
        "company_name": state.company["name"],
    }


def _claimed(state: State, requisition: Record) -> str:
    items = invoicing.items_of(state, requisition["id"])
    return amount(g702.total(dec(item.get("subcontractor_claimed_amount")) for item in items))


def _packages(state: State, requisition: Record) -> list[Record]:
    commitment = contracts.of_id(state, requisition["commitment_id"]) or {}
    held = {item.get("change_order_package_id") for item in invoicing.items_of(state, requisition["id"])}
    packages = [row for row in invoicing.approved_packages(state, commitment.get("id")) if row["id"] in held]
    rows = [(commitment, None), *((package, package["id"]) for package in packages)]
    return [
        {
            "id": row.get("id"),
            "contract_id": commitment.get("id") if key is None else None,
            "change_order_id": key,
            "number": row.get("number"),
            "title": row.get("title"),
            "status": row.get("status"),
            "position": position,
        }
        for position, (row, key) in enumerate(rows)
    ]
