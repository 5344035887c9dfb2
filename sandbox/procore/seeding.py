"""What a person does in Procore's own pages: put, change, merge and delete records; and what a new company has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.procore import (
    attachments,
    budget,
    change_orders,
    codes,
    contracts,
    direct_costs,
    directory,
    payment_applications,
    prime_contracts,
    reference,
    requisition_items,
    requisitions,
    timecards,
    wbs,
)
from sandbox.procore.call import COMPANY_TOOLS, LEVELS, PROJECT_TOOLS, permission_key
from sandbox.procore.errors import RefusedError
from sandbox.procore.payments import PAYMENTS
from sandbox.procore.portfolio import PROJECTS
from sandbox.procore.requisitions import REQUISITIONS
from sandbox.procore.resource import Resource, rows_of, write
from sandbox.procore.resource import remove as remove_record
from sandbox.procore.state import COMPANY, State
from sandbox.world import Record

RESOURCES: dict[str, Resource] = {
    resource.entity: resource
    for resource in (
        directory.VENDORS,
        directory.USERS,
        PROJECTS,
        codes.STANDARD_COST_CODE_LISTS,
        codes.STANDARD_COST_CODES,
        wbs.PROJECT_COST_CODES,
        codes.LINE_ITEM_TYPES,
        codes.SUB_JOBS,
        wbs.SEGMENTS,
        wbs.SEGMENT_ITEMS,
        wbs.WBS_CODES,
        reference.UOMS,
        reference.TAX_CODES,
        reference.TAX_TYPES,
        reference.DEPARTMENTS,
        reference.CUSTOM_FIELD_DEFINITIONS,
        reference.BILLING_PERIODS,
        budget.BUDGET_LINES,
        contracts.WORK_ORDERS,
        contracts.PURCHASE_ORDERS,
        contracts.LINES,
        contracts.DETAIL_LINES,
        change_orders.PACKAGES,
        change_orders.REQUESTS,
        change_orders.POTENTIALS,
        change_orders.LINES,
        direct_costs.DIRECT_COSTS,
        direct_costs.LINES,
        REQUISITIONS,
        requisition_items.ITEMS,
        PAYMENTS,
        prime_contracts.PRIME_CONTRACTS,
        prime_contracts.LINES,
        payment_applications.APPLICATIONS,
        timecards.TIMECARD_TIME_TYPES,
        timecards.TIMESHEETS,
        timecards.ENTRIES,
        attachments.ATTACHMENTS,
    )
}
_NEVER_DELETED = {"projects", "permissions", "settings", "cost_codes", "line_item_types"}


def install(state: State) -> None:
    """The service account, all permissions, cost types, time types and units; what is there is left alone."""
    if state.get("users", directory.SERVICE_USER_ID) is None:
        seed(state, "users", directory.SERVICE_USER)
    for tool in dict.fromkeys((*COMPANY_TOOLS, *PROJECT_TOOLS)):
        if state.get("permissions", tool) is None:
            seed(state, "permissions", {"tool": tool, "level": "admin"})
    for code, name, base_type in codes.COST_TYPES:
        if not state.find("line_item_types", "code", code):
            seed(state, "line_item_types", {"name": name, "csv_import_code": code, "base_type": base_type})
    for name, short in timecards.TIME_TYPES if not state.rows("timecard_time_types") else ():
        seed(state, "timecard_time_types", {"time_type": name, "abbreviated_time_type": short})
    for unit in reference.UNIT_NAMES:
        if not state.find("uoms", "name", unit):
            seed(state, "uoms", {"name": unit, "is_standard": True})


def seed(state: State, entity: str, record: Record) -> Record:
    """Puts or changes a record. Raises `ValueError` with Procore's own message; nothing is kept then."""
    mark = state.world.tables.mark()
    try:
        return _SPECIAL[entity](state, record) if entity in _SPECIAL else _seed_record(state, entity, record)
    except RefusedError as error:
        state.world.tables.undo(mark)
        raise ValueError(str(error)) from error


def remove(state: State, entity: str, key: str) -> None:
    """Deletes a record. Raises `ValueError` with Procore's own message."""
    record = state.get(entity, key)
    if record is None or entity not in RESOURCES:
        raise ValueError(f"There is no {entity} record {key}")
    if entity in _NEVER_DELETED:
        raise ValueError(f"Procore does not delete {entity}")
    if entity == "vendors" and directory.is_used(state, record["id"]):
        raise ValueError("The company is used in documents and cannot be deleted; make it inactive instead")
    try:
        remove_record(state, RESOURCES[entity], record)
    except RefusedError as error:
        raise ValueError(str(error)) from error


def _seed_record(state: State, entity: str, record: Record) -> Record:
    if entity not in RESOURCES:
        raise ValueError(f"The sandbox has no Procore entity {entity}; there are: {', '.join(sorted(RESOURCES))}")
    before = state.get(entity, record.get("id"))
    place = {**(before or {}), **record}
    if place.get("project_id") is not None and state.get("projects", place["project_id"]) is None:
        raise ValueError("project_id must exist")
    return write(state, RESOURCES[entity], record, before)


def _seed_vendor(state: State, record: Record) -> Record:
    vendor = _seed_record(state, "vendors", {name: record[name] for name in record if name != "merged_from"})
    directory.merge(state, vendor, record.get("merged_from") or [])
    return vendor


def _with_lines(entity: str, lines_entity: str, parent: str) -> Callable[[State, Record], Record]:
    """Seeds a record with its `line_items`: they are written while it is still open, its status and origin_id last."""

    def seed_with_lines(state: State, record: Record) -> Record:
        header, rows, last = _in_order(record)
        kept = _headers.get(entity, _seed_record_of(entity))(state, header)
        for row in rows:
            _seed_record(state, lines_entity, {**row, parent: kept["id"]})
        return _seed_record(state, entity, {"id": kept["id"], **last}) if last else kept

    return seed_with_lines


def _in_order(record: Record) -> tuple[Record, list[Record], Record]:
    rows = rows_of(record, "line_items")
    last: Record = {name: record[name] for name in ("status", "origin_id", "updated_at") if rows and name in record}
    return {name: record[name] for name in record if name != "line_items" and name not in last}, rows, last


def _seed_record_of(entity: str) -> Callable[[State, Record], Record]:
    return lambda state, record: _seed_record(state, entity, record)


def _seed_package(state: State, record: Record) -> Record:
    header, rows, last = _in_order(record)
    known = state.get("change_order_packages", record.get("id"))
    package = _seed_record(state, "change_order_packages", header) if known else None
    package = package or change_orders.create_package(state, header, {})
    for row in rows:
        (potential, *_) = change_orders.of_package(state, package["id"])
        _seed_record(state, "change_order_line_items", {**row, "potential_change_order_id": potential["id"]})
    return _seed_record(state, "change_order_packages", {"id": package["id"], **last}) if last else package


def _seed_potential(state: State, record: Record) -> Record:
    if state.get("potential_change_orders", record.get("id")):
        return _seed_record(state, "potential_change_orders", record)
    return change_orders.create_potential(state, record, {})


def _seed_requisition(state: State, record: Record) -> Record:
    return requisitions.save(state, record, state.get("requisitions", record.get("id")), {})


def _seed_application(state: State, record: Record) -> Record:
    return payment_applications.save(state, record, state.get("payment_applications", record.get("id")), {})


def _seed_item(state: State, record: Record) -> Record:
    item = state.get("requisition_items", record.get("id")) or {}
    requisition = state.get("requisitions", record.get("requisition_id", item.get("requisition_id")))
    if requisition is None:
        raise ValueError("An invoice item names its requisition_id and what it bills, or its id")
    requisition_items.save(state, requisition, [record])
    return requisition_items.find(state, requisition, record)


def _seed_permission(state: State, record: Record) -> Record:
    tool, level = record.get("tool") or record.get("id"), record.get("level")
    if tool not in {*COMPANY_TOOLS, *PROJECT_TOOLS} or level not in LEVELS:
        raise ValueError(f"A permission names a tool and one of {', '.join(LEVELS)}, not {tool!r} and {level!r}")
    project_id = record.get("project_id")
    if project_id is None:
        return _seed_raw(state, "permissions", {"id": tool, "tool": tool, "level": level})
    if tool not in PROJECT_TOOLS or state.get("projects", project_id) is None:
        raise ValueError(
            f"A permission in a project names one of its tools and a project, not {tool!r} in {project_id!r}"
        )
    place = {"id": permission_key(str(tool), project_id), "project_id": project_id}
    return _seed_raw(state, "permissions", {**place, "tool": tool, "level": level})


def _seed_setting(state: State, record: Record) -> Record:
    if not record.get("id"):
        raise ValueError("A setting has an id, such as app or locks")
    return _seed_raw(state, "settings", record)


def _seed_company(state: State, record: Record) -> Record:
    if not record.get("id") or not record.get("name"):
        raise ValueError("Another company in which the app is installed has an id and a name")
    return _seed_raw(state, "companies", {**COMPANY, **record})


def _seed_raw(state: State, entity: str, record: Record) -> Record:
    before = state.get(entity, record["id"])
    return state.change(entity, before, record) if before else state.create(entity, record)


_headers: dict[str, Callable[[State, Record], Record]] = {"potential_change_orders": _seed_potential}
_SPECIAL: dict[str, Callable[[State, Record], Any]] = {
    "vendors": _seed_vendor,
    "permissions": _seed_permission,
    "settings": _seed_setting,
    "companies": _seed_company,
    "work_order_contracts": _with_lines("work_order_contracts", "contract_line_items", "contract_id"),
    "purchase_order_contracts": _with_lines("purchase_order_contracts", "contract_line_items", "contract_id"),
    "direct_costs": _with_lines("direct_costs", "direct_cost_line_items", "direct_cost_id"),
    "potential_change_orders": _with_lines(
        "potential_change_orders", "change_order_line_items", "potential_change_order_id"
    ),
    "change_order_packages": _seed_package,
    "prime_contracts": _with_lines("prime_contracts", "prime_contract_line_items", "contract_id"),
    "payment_applications": _seed_application,
    "requisitions": _seed_requisition,
    "requisition_items": _seed_item,
}
