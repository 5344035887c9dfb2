"""Prime contracts: what the owner pays the contractor for, with their schedules of values.

An Approved or Complete one keeps its owner and its schedule of values, as commitments do.
"""

from __future__ import annotations

from sandbox.procore import lines
from sandbox.procore.contracts import LOCKING
from sandbox.procore.errors import Errors
from sandbox.procore.fields import amount, boolean, choice, day, integer, number, text
from sandbox.procore.reference import show_custom_fields
from sandbox.procore.resource import ORIGIN, Resource, pick
from sandbox.procore.state import State
from sandbox.world import Record

_DATES = (
    "approval_letter_date",
    "contract_date",
    "contract_start_date",
    "contract_estimated_completion_date",
    "actual_completion_date",
    "execution_date",
    "issued_on_date",
)
_INTERNAL = {"vendor_id", "project_id", "contractor_id", "architect_id"}
FROZEN = "is approved: its owner and its schedule of values cannot be changed"


def sov(state: State, contract_id: object) -> list[Record]:
    """The lines of a prime contract, in order."""
    found = state.find("prime_contract_line_items", "contract_id", contract_id)
    return sorted(found, key=lambda line: line["position"])


def _is_locked(state: State, contract: Record) -> bool:
    return contract["status"] in LOCKING and state.setting("locks").get("prime_contracts") != "open"


def _settle(state: State, after: Record, before: Record | None) -> Record:
    position = len(state.find("prime_contracts", "project_id", after["project_id"])) + 1
    return {**after, "number": after.get("number") or str(position)}


def _errors(state: State, after: Record, before: Record | None) -> Errors:
    is_lost = after.get("vendor_id") is not None and state.get("vendors", after["vendor_id"]) is None
    return {"vendor": ["must exist"]} if is_lost else {}


def _lock(state: State, before: Record, changed: frozenset[str]) -> str | None:
    frozen = not changed or changed & {"vendor_id", "accounting_method"}
    return f"The prime contract {FROZEN}" if frozen and _is_locked(state, before) else None


def show(state: State, contract: Record) -> Record:
    """A prime contract."""
    return {
        **{name: value for name, value in contract.items() if name not in _INTERNAL},
        "grand_total": amount(lines.total(sov(state, contract["id"]))),
        "approved_change_orders": "0.00",
        "vendor": pick(state.get("vendors", contract.get("vendor_id")), "id", "name"),
        "contractor": pick(state.company, "id", "name"),
        "architect": None,
        "attachments": [],
        "deleted_at": None,
        "origin_code": None,
        "custom_fields": show_custom_fields(state, contract),
        "currency_configuration": lines.CURRENCY,
    }


PRIME_CONTRACTS = Resource(
    entity="prime_contracts",
    wrapper="prime_contract",
    fields={
        "number": text(),
        "title": text(),
        "status": choice("Draft", "Out For Bid", "Out For Signature", "Approved", "Complete", "Terminated"),
        "vendor_id": integer,
        "contractor_id": integer,
        "architect_id": integer,
        "accounting_method": choice("amount", "unit"),
        "description": text(10_000),
        "inclusions": text(10_000),
        "exclusions": text(10_000),
        "executed": boolean,
        "private": boolean,
        "retainage_percent": number,
        **dict.fromkeys(_DATES, day),
        **ORIGIN,
    },
    required=("status",),
    defaults={"status": "Draft", "accounting_method": "amount", "executed": False, "custom_fields": {}},
    custom_fields=True,
    settle=_settle,
    check=_errors,
    lock=_lock,
    show=show,
)


def show_line(state: State, line: Record) -> Record:
    """A line of a prime contract."""
    return lines.show(state, line, "PrimeContract", line["contract_id"])


def _settle_line(state: State, after: Record, before: Record | None) -> Record:
    contract = state.get("prime_contracts", after.get("contract_id")) or {"project_id": None}
    position = 1 + max((line["position"] for line in sov(state, after.get("contract_id"))), default=0)
    placed = {**after, "project_id": contract["project_id"], "position": after.get("position") or position}
    return lines.settle(state, placed, before)


def _line_errors(state: State, after: Record, before: Record | None) -> Errors:
    contract = state.get("prime_contracts", after.get("contract_id"))
    if contract is None:
        return {"contract": ["must exist"]}
    if before is None and _is_locked(state, contract):
        return {"base": [f"The prime contract {FROZEN}"]}
    return lines.errors_of(state, after)


def _line_lock(state: State, before: Record, changed: frozenset[str]) -> str | None:
    contract = state.get("prime_contracts", before["contract_id"])
    return f"The prime contract {FROZEN}" if contract and _is_locked(state, contract) else None


LINES = Resource(
    entity="prime_contract_line_items",
    wrapper="line_item",
    fields=lines.FIELDS,
    defaults=lines.DEFAULTS,
    settle=_settle_line,
    check=_line_errors,
    lock=_line_lock,
    show=show_line,
)
