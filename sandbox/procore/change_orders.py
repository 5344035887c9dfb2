"""Change orders of commitments: packages, requests and potential change orders, which carry the lines.

Tiers are a setting of the project (`change_order_tiers`, default 1). With one tier a package and a potential change
order are made together, and the status is the package's (Procore: change orders tutorial). The newer
`commitment_change_orders` are the potential change orders seen from another side: `legacy_package_id` leads back.
"""

from __future__ import annotations

from typing import Any

from sandbox.procore import contracts, lines
from sandbox.procore.errors import Errors
from sandbox.procore.fields import amount, boolean, choice, day, dec, integer, mapping, moment, money, text
from sandbox.procore.reference import show_custom_fields
from sandbox.procore.resource import ORIGIN, ORIGIN_WITH_CODE, Resource, pick, write
from sandbox.procore.state import State
from sandbox.world import Record

STATUSES = (
    "draft",
    "not_pricing",
    "pricing",
    "pending",
    "revised",
    "proceeding",
    "not_proceeding",
    "no_charge",
    "approved",
    "rejected",
    "void",
)
_DATES = ("due_date", "invoiced_date", "paid_date", "signed_change_order_received_date")
_COMMON = {
    "number": text(),
    "title": text(),
    "description": text(10_000),
    "status": choice(*STATUSES),
    "grand_total": money,
    "schedule_impact_amount": integer,
    "executed": boolean,
    "reviewed_at": moment,
    **dict.fromkeys(_DATES, day),
}
_UNSET: Record = {"deleted_at": None, "status": "draft", "grand_total": "0.00", "revision": 0, "custom_fields": {}}
_INTERNAL = {"project_id", "workflow", "package_id", "change_order_request", "created_by_id"}


def tiers(state: State, project_id: int) -> int:
    """How many tiers of change orders a project has."""
    project = state.get("projects", project_id) or {}
    return int(project.get("change_order_tiers") or 1)


def of_package(state: State, package_id: Any) -> list[Record]:
    """The potential change orders of a package: directly, and through its requests."""
    direct = state.find("potential_change_orders", "package_id", package_id)
    requests = state.find("change_order_requests", "change_order_package_id", package_id)
    through = [
        row for each in requests for row in state.find("potential_change_orders", "change_order_request_id", each["id"])
    ]
    found = {row["id"]: row for row in [*direct, *through] if not row.get("deleted_at")}
    return sorted(found.values(), key=lambda row: row["id"])


def package_of(state: State, potential: Record) -> Record | None:
    """The package that a potential change order is in."""
    request = state.get("change_order_requests", potential.get("change_order_request_id"))
    key = potential.get("package_id") or (request or {}).get("change_order_package_id")
    package = state.get("change_order_packages", key)
    return package if package and not package.get("deleted_at") else None


def lines_of(state: State, potential_id: Any) -> list[Record]:
    """The lines of a potential change order, in order."""
    found = state.find("change_order_line_items", "potential_change_order_id", potential_id)
    return sorted(found, key=lambda line: line["position"])


def is_locked(state: State, package: Record) -> bool:
    """Whether a change order's lines are frozen (PRC-API-30, 31)."""
    return package["status"] == "approved" and state.setting("locks").get("change_orders") != "open"


def _package_lock(state: State, before: Record, changed: frozenset[str]) -> str | None:
    if not is_locked(state, before):
        return None
    if not changed:
        return "The change order is approved and cannot be deleted"
    return "The change order is approved: its amount cannot be changed" if "grand_total" in changed else None


def _numbered(entity: str, state: State, after: Record, before: Record | None) -> Record:
    contract = contracts.of_id(state, after.get("contract_id"))
    position = len(state.find(entity, "contract_id", after.get("contract_id"))) + 1
    project_id = contract["project_id"] if contract else after.get("project_id")
    return {**after, "project_id": project_id, "number": after.get("number") or f"{position:03d}"}


def _errors(state: State, after: Record, before: Record | None) -> Errors:
    contract = contracts.of_id(state, after.get("contract_id"))
    return {} if contract else {"contract": ["must exist"]}


def show_package(state: State, package: Record) -> Record:
    """A change order package."""
    found = [line for row in of_package(state, package["id"]) for line in lines_of(state, row["id"])]
    return {
        **{name: value for name, value in package.items() if name not in _INTERNAL},
        "type": "CommitmentContractChangeOrder",
        "line_items": [_nested_line(state, line) for line in found],
        "custom_fields": show_custom_fields(state, package),
        "attachments": [],
        "currency_configuration": contracts.currency(contracts.of_id(state, package["contract_id"]) or {}),
    }


def show_package_briefly(state: State, package: Record) -> Record:
    """A change order package as lists show it: without lines."""
    hidden = {"line_items", "attachments", "type", "description"}
    return {name: value for name, value in show_package(state, package).items() if name not in hidden}


PACKAGES = Resource(
    entity="change_order_packages",
    wrapper="change_order",
    fields={**_COMMON, **ORIGIN_WITH_CODE},
    defaults=_UNSET,
    only_at_creation=frozenset({"contract_id"}),
    custom_fields=True,
    soft_delete=True,
    settle=lambda state, after, before: _numbered("change_order_packages", state, after, before),
    check=_errors,
    lock=_package_lock,
    show=show_package,
)


def _request_errors(state: State, after: Record, before: Record | None) -> Errors:
    package_id = after.get("change_order_package_id")
    if package_id is not None and state.get("change_order_packages", package_id) is None:
        return {"change_order_package": ["must exist"]}
    return _errors(state, after, before)


REQUESTS = Resource(
    entity="change_order_requests",
    wrapper="change_order",
    fields={**_COMMON, "change_order_package_id": integer, **ORIGIN},
    defaults=_UNSET,
    settle=lambda state, after, before: _numbered("change_order_requests", state, after, before),
    check=_request_errors,
    show=lambda state, row: {name: value for name, value in row.items() if name not in _INTERNAL},
)


def _settle_potential(state: State, after: Record, before: Record | None) -> Record:
    nested = after.get("change_order_request") or {}
    settled = {name: value for name, value in after.items() if name != "change_order_request"}
    if nested.get("change_order_package_id"):
        settled["package_id"] = _id_of(nested["change_order_package_id"])
    return _numbered("potential_change_orders", state, settled, before)


def _id_of(value: Any) -> Any:
    return int(value) if str(value).isdigit() else value


def _potential_errors(state: State, after: Record, before: Record | None) -> Errors:
    links = {"change_order_request_id": "change_order_requests", "package_id": "change_order_packages"}
    for name, entity in links.items():
        linked = state.get(entity, after.get(name))
        if after.get(name) is not None and (linked is None or linked["contract_id"] != after.get("contract_id")):
            return {name: ["must be one of the same contract"]}
    return _errors(state, after, before)


def _potential_lock(state: State, before: Record, changed: frozenset[str]) -> str | None:
    package = package_of(state, before)
    frozen = not changed or changed & {"grand_total", "change_order_request_id", "change_order_request"}
    if package and frozen and is_locked(state, package):
        return "The change order is approved and cannot be changed or deleted"
    return None


def show_potential(state: State, row: Record) -> Record:
    """A potential change order."""
    found = lines_of(state, row["id"])
    contract = contracts.of_id(state, row["contract_id"]) or {}
    return {
        **{name: value for name, value in row.items() if name not in _INTERNAL},
        "change_order_tiers": tiers(state, row["project_id"]),
        "line_items": [_potential_line(state, line) for line in found],
        "line_items_total": amount(lines.total(found)),
        "line_items_extended_total": amount(lines.total(found)),
        "vendor": pick(state.get("vendors", contract.get("vendor_id")), "id", "name"),
        "custom_fields": show_custom_fields(state, row),
        "attachments": [],
        "currency_configuration": lines.CURRENCY,
    }


def _nested_line(state: State, line: Record) -> Record:
    """A line inside a change order: without origin fields and `amount`, as documented."""
    hidden = {"amount", "created_at", "updated_at", "extended_type", "origin_id", "origin_data", "company", "project"}
    hidden |= {"change_event_line_item"}
    return {name: value for name, value in show_line(state, line).items() if name not in hidden}


def _potential_line(state: State, line: Record) -> Record:
    """The same inside a potential change order: without WBS code, quantity and unit cost as numbers, as documented."""
    shown = _nested_line(state, line)
    numbers = {name: dec(line.get(name)) for name in ("quantity", "unit_cost")}
    kept = {name: value for name, value in shown.items() if name not in {"holder", "wbs_code"}}
    return {**kept, **numbers, "cost_code_id": line.get("cost_code_id")}


def show_potential_briefly(state: State, row: Record) -> Record:
    """A potential change order as lists show it: without lines, and without origin fields (as documented)."""
    hidden = {
        "line_items",
        "line_items_total",
        "line_items_extended_total",
        "attachments",
        "description",
        "vendor",
        *ORIGIN,
    }
    package = package_of(state, row) or {}
    shown = {name: value for name, value in show_potential(state, row).items() if name not in hidden}
    return {**shown, "change_order_package_title": package.get("title")}


POTENTIALS = Resource(
    entity="potential_change_orders",
    wrapper="change_order",
    fields={
        **_COMMON,
        "change_order_request_id": integer,
        "change_order_request": mapping,
        "commitment_change_event_id": integer,
        "prime_change_event_id": integer,
        **ORIGIN,
    },
    defaults={**_UNSET, "package_id": None},
    custom_fields=True,
    soft_delete=True,
    settle=_settle_potential,
    check=_potential_errors,
    lock=_potential_lock,
    after=lambda state, row: total_up(state, row["id"]),
    show=show_potential,
)


def create_package(state: State, given: Record, place: Record) -> Record:
    """A package; in a project with one tier, with the potential change order that carries its lines."""
    package = write(state, PACKAGES, given, fixed=place)
    if tiers(state, package["project_id"]) == 1 and not of_package(state, package["id"]):
        unset = dict.fromkeys(POTENTIALS.fields.keys() - {"change_order_request"})
        state.create("potential_change_orders", {**unset, **_twin(package, {"package_id": package["id"]})})
    return package


def create_potential(state: State, given: Record, place: Record) -> Record:
    """A potential change order; in a project with one tier, with its package."""
    return ensure_package(state, write(state, POTENTIALS, given, fixed=place))


def ensure_package(state: State, potential: Record) -> Record:
    """Gives a potential change order its package, in a project with one tier."""
    if tiers(state, potential["project_id"]) > 1 or potential.get("package_id"):
        return potential
    package = state.create("change_order_packages", {**_twin(potential, {}), "origin_code": None})
    state.derive("potential_change_orders", potential["id"], {"package_id": package["id"]})
    return {**potential, "package_id": package["id"]}


def _twin(record: Record, more: Record) -> Record:
    own = {name for name in record if name.startswith("origin_")} | {"id", "created_at", "updated_at", "package_id"}
    kept = {name: value for name, value in record.items() if name not in own and name not in ORIGIN}
    return {**kept, **dict.fromkeys(ORIGIN), **more}


def show_line(state: State, line: Record) -> Record:
    """A line of a potential change order."""
    return lines.show(state, line, "PotentialChangeOrder", line["potential_change_order_id"])


def _settle_line(state: State, after: Record, before: Record | None) -> Record:
    potential = state.get("potential_change_orders", after.get("potential_change_order_id"))
    position = 1 + max(
        (line["position"] for line in lines_of(state, after.get("potential_change_order_id"))), default=0
    )
    project_id = potential["project_id"] if potential else None
    return lines.settle(
        state, {**after, "project_id": project_id, "position": after.get("position") or position}, before
    )


def _line_errors(state: State, after: Record, before: Record | None) -> Errors:
    potential = state.get("potential_change_orders", after.get("potential_change_order_id"))
    if potential is None:
        return {"potential_change_order": ["must exist"]}
    reason = _line_lock(state, after, frozenset()) if before is None else None
    return {"base": [reason]} if reason else lines.errors_of(state, after)


def _line_lock(state: State, before: Record, changed: frozenset[str]) -> str | None:
    potential = state.get("potential_change_orders", before["potential_change_order_id"])
    package = package_of(state, potential) if potential else None
    if package and is_locked(state, package):
        return "The change order is approved: its schedule of values cannot be changed"
    return None


def total_up(state: State, potential_id: Any) -> None:
    """Writes the totals of a potential change order and of its package anew from the lines, if there are any."""
    potential = state.get("potential_change_orders", potential_id)
    found = lines_of(state, potential_id)
    if potential is None or not found:
        return
    _set_total(state, "potential_change_orders", potential, found)
    package = package_of(state, potential)
    if package:
        every = [line for row in of_package(state, package["id"]) for line in lines_of(state, row["id"])]
        _set_total(state, "change_order_packages", package, every)


def _set_total(state: State, entity: str, record: Record, found: list[Record]) -> None:
    grand_total = amount(lines.total(found))
    if record["grand_total"] != grand_total:
        state.derive(entity, record["id"], {"grand_total": grand_total})
        state.touch(entity, record["id"])


LINES = Resource(
    entity="change_order_line_items",
    wrapper="line_item",
    fields={**lines.FIELDS, "commitment_line_item_id": integer},
    defaults=lines.DEFAULTS,
    settle=_settle_line,
    check=_line_errors,
    lock=_line_lock,
    after=lambda state, line: total_up(state, line["potential_change_order_id"]),
    show=show_line,
)
