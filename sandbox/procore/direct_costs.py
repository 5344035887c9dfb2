"""Direct costs and their lines.

With an origin_id the whole direct cost, its lines included, is immutable (PRC-API-25). The public documents do not say
whether taking the origin_id away unlocks it: here it does, unless the setting `locks` says
`{"unlocking": "refused"}`. The invoice number of a direct cost is documented as a unique identifier: here it is unique
in the project, or per vendor with the setting `direct_costs`: `{"invoice_number_unique": "per vendor"}`. A locked one
takes no file either: whether it does is not documented.
"""

from __future__ import annotations

from sandbox.multipart import Part
from sandbox.procore import attachments, errors, lines
from sandbox.procore.errors import Errors
from sandbox.procore.fields import amount, choice, day, integer, money, text
from sandbox.procore.resource import ORIGIN, Resource, pick, rows_of, write
from sandbox.procore.state import State
from sandbox.world import Record

MOST_LINES_AT_ONCE = 100
LOCKED = "The direct cost is not editable because it has been synced with ERP"
_TYPES = ("invoice", "expense", "payroll")


def origin_lock(state: State, before: Record, changed: frozenset[str], message: str) -> str | None:
    """Why a record with an origin_id is not changed or deleted: only its origin fields are, where that is allowed."""
    if not before.get("origin_id"):
        return None
    unlocking = state.setting("locks").get("unlocking", "allowed") == "allowed"
    only_origin = bool(changed) and changed <= {"origin_id", "origin_data"} and "origin_id" in changed
    return None if only_origin and unlocking else message


def lines_of(state: State, direct_cost_id: object) -> list[Record]:
    """The lines of a direct cost, in order."""
    found = state.find("direct_cost_line_items", "direct_cost_id", direct_cost_id)
    return sorted(found, key=lambda line: line["position"])


def _errors(state: State, after: Record, before: Record | None) -> Errors:
    found: Errors = {}
    if after["direct_cost_type"] == "subcontractor_invoice" and not _switches(state).get("subcontractor_invoice"):
        found["direct_cost_type"] = ["is not included in the list"]
    vendor_id = after.get("vendor_id")
    if vendor_id is not None and state.get("vendors", vendor_id) is None:
        found["vendor"] = ["must exist"]
    if after.get("employee_id") is not None and state.get("users", after["employee_id"]) is None:
        found["employee"] = ["must exist"]
    if after["direct_cost_type"] != "invoice":
        return found
    if vendor_id is None:
        found["vendor"] = ["can't be blank"]
    return {**found, **_invoice_number_errors(state, after)}


def _invoice_number_errors(state: State, after: Record) -> Errors:
    if not after.get("invoice_number"):
        return {"invoice_number": ["can't be blank"]}
    per_vendor = _switches(state).get("invoice_number_unique") == "per vendor"
    same = ("project_id", "direct_cost_type", *(["vendor_id"] if per_vendor else []))
    alike = state.find("direct_costs", "invoice_number", after["invoice_number"])
    taken = [row for row in alike if row["id"] != after.get("id") and all(row[name] == after[name] for name in same)]
    return {"invoice_number": ["has already been taken"]} if taken else {}


def _switches(state: State) -> Record:
    return state.setting("direct_costs")


def show(state: State, cost: Record) -> Record:
    """A direct cost without its lines."""
    found = lines_of(state, cost["id"])
    grand_total = amount(lines.total(found))
    vendor = state.get("vendors", cost.get("vendor_id"))
    return {
        **{name: value for name, value in cost.items() if name not in {"project_id", "workflow"}},
        "amount": grand_total,
        "grand_total": grand_total,
        "line_items_count": len(found),
        "project": pick(state.get("projects", cost["project_id"]), "id", "name"),
        "vendor": vendor["name"] if vendor else None,
        "vendor_name": vendor["name"] if vendor else None,
        "employee": pick(state.get("users", cost.get("employee_id")), "id", "name"),
        "attachments": attachments.of_direct_cost(state, cost["id"]),
        "deleted_at": None,
        "currency_configuration": lines.CURRENCY,
    }


def show_in_list(state: State, cost: Record) -> Record:
    """A direct cost as lists show it."""
    hidden = {"employee_id", "line_items_count", "project"}
    return {name: value for name, value in show(state, cost).items() if name not in hidden}


def show_with_lines(state: State, cost: Record) -> Record:
    """A direct cost with its lines."""
    vendor = pick(state.get("vendors", cost.get("vendor_id")), "id", "name")
    shown = show(state, cost)
    return {
        **{name: value for name, value in shown.items() if name not in {"employee_id", "amount"}},
        "vendor": vendor,
        "company": pick(state.company, "id", "name"),
        "attachments_count": len(shown["attachments"]),
        "line_items": [show_line(state, line) for line in lines_of(state, cost["id"])],
    }


def _drop_parts(state: State, cost: Record) -> None:
    if state.get("direct_costs", cost["id"]) is None:
        attachments.forget(state, cost["id"])
        for line in lines_of(state, cost["id"]):
            state.delete("direct_cost_line_items", line["id"])


DIRECT_COSTS = Resource(
    entity="direct_costs",
    wrapper="direct_cost",
    fields={
        "direct_cost_type": choice(*_TYPES, "subcontractor_invoice"),
        "description": text(10_000),
        "direct_cost_date": day,
        "received_date": day,
        "payment_date": day,
        "employee_id": integer,
        "vendor_id": integer,
        "invoice_number": text(),
        "status": choice("draft", "pending", "revise_and_resubmit", "approved"),
        "terms": text(),
        **ORIGIN,
    },
    required=("direct_cost_type", "status"),
    defaults={"status": "draft"},
    only_at_creation=frozenset({"direct_cost_type"}),
    check=_errors,
    lock=lambda state, before, changed: origin_lock(state, before, changed, LOCKED),
    after=_drop_parts,
    show=show,
)


def show_line(state: State, line: Record) -> Record:
    """A line of a direct cost."""
    return lines.show(state, line, "DirectCost::Item", line["direct_cost_id"])


def show_line_in_list(state: State, line: Record) -> Record:
    """A line as the list of all lines of a project shows it: without origin_data."""
    return {name: value for name, value in show_line(state, line).items() if name not in {"origin_data", "company"}}


def _settle_line(state: State, after: Record, before: Record | None) -> Record:
    cost = state.get("direct_costs", after.get("direct_cost_id"))
    own = {name: value for name, value in after.items() if name not in {"manual_amount", "ref"}}
    if after.get("manual_amount") is not None:
        own |= {"amount": after["manual_amount"], "extended_type": "manual"}
    position = 1 + max((line["position"] for line in lines_of(state, own.get("direct_cost_id"))), default=0)
    placed = {**own, "project_id": cost["project_id"] if cost else None, "position": own.get("position") or position}
    return lines.settle(state, placed, before)


def _line_errors(state: State, after: Record, before: Record | None) -> Errors:
    cost = state.get("direct_costs", after.get("direct_cost_id"))
    if cost is None:
        return {"direct_cost": ["must exist"]}
    if before is None and cost.get("origin_id"):
        return {"base": [LOCKED]}
    return lines.errors_of(state, after)


def _line_lock(state: State, before: Record, changed: frozenset[str]) -> str | None:
    cost = state.get("direct_costs", before["direct_cost_id"])
    return LOCKED if cost and cost.get("origin_id") else None


LINES = Resource(
    entity="direct_cost_line_items",
    wrapper="line_item",
    fields={**lines.FIELDS, "direct_cost_id": integer, "manual_amount": money},
    defaults=lines.DEFAULTS,
    only_at_creation=frozenset({"direct_cost_id"}),
    settle=_settle_line,
    check=_line_errors,
    lock=_line_lock,
    after=lambda state, line: state.touch("direct_costs", line["direct_cost_id"]),
    show=show_line,
)


def create(state: State, given: Record, project_id: int) -> tuple[Record, list[Record]]:
    """A direct cost with at most 100 lines at once (v1.1): it and its lines as written. Raises `RefusedError`."""
    rows = rows_of(given, "line_items")
    if len(rows) > MOST_LINES_AT_ONCE:
        raise errors.bad_request(f"line_items has more than {MOST_LINES_AT_ONCE} rows")
    header = {name: value for name, value in given.items() if name not in {"line_items", "origin_id"}}
    cost = write(state, DIRECT_COSTS, header, fixed={"project_id": project_id})
    made = [write(state, LINES, row, fixed={"direct_cost_id": cost["id"]}) for row in rows]
    cost = state.get("direct_costs", cost["id"]) or cost
    if given.get("origin_id"):
        cost = write(state, DIRECT_COSTS, {"origin_id": given["origin_id"]}, cost)
    return cost, made


def attach(state: State, cost: Record, parts: list[Part]) -> None:
    """Hangs files on a direct cost. Raises `RefusedError`: it is locked (422), or there is no file (400, 422)."""
    if cost.get("origin_id"):
        raise errors.locked(LOCKED)
    attachments.add(state, cost["id"], parts)


def refuse_if_busy(state: State, cost_id: object) -> None:
    """Raises `RefusedError` (409) while another request works on that direct cost (setting `direct_costs`: `busy`)."""
    if str(cost_id) in {str(key) for key in _switches(state).get("busy") or []}:
        raise errors.conflict("The direct cost is being updated or deleted by another request")
