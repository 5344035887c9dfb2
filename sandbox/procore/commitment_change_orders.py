"""The newer view of commitment change orders: no origin fields, not paged, not for projects with three tiers.

A row is a potential change order. In a project with one tier its status and dates are those of its package.
"""

from __future__ import annotations

from typing import Any

from sandbox.procore import change_orders, errors
from sandbox.procore.change_orders import PACKAGES, POTENTIALS
from sandbox.procore.directory import SERVICE_USER_ID
from sandbox.procore.resource import pick, remove, write
from sandbox.procore.state import State
from sandbox.world import Record

_OWN = ("id", "contract_id", "number", "revision", "title", "description", "created_at", "schedule_impact_amount")
_SHARED = ("status", "executed", "invoiced_date", "due_date", "paid_date", "reviewed_at")
_TWIN_FIELDS = {*_SHARED, "title", "description", "signed_change_order_received_date"}


def rows(state: State, project_id: int) -> list[Record]:
    """All commitment change orders of a project. Raises `RefusedError` if it has three tiers."""
    _refuse_three_tiers(state, project_id)
    found = state.find("potential_change_orders", "project_id", project_id)
    return [show(state, row) for row in found if not row.get("deleted_at")]


def show(state: State, row: Record) -> Record:
    """One commitment change order."""
    package = change_orders.package_of(state, row)
    one_tier = change_orders.tiers(state, row["project_id"]) == 1
    leading = package if package and one_tier else row
    return {
        **{name: row.get(name) for name in _OWN},
        **{name: leading.get(name) for name in _SHARED},
        "batch_id": None if one_tier or package is None else package["id"],
        "legacy_package_id": package["id"] if package else None,
        "legacy_request_id": row.get("change_order_request_id"),
        "grand_total": row["grand_total"],
        "created_by": pick(state.get("users", row.get("created_by_id", SERVICE_USER_ID)), "id", "name"),
        "paid": bool(leading.get("paid_date")),
        "updated_at": max(row["updated_at"], leading["updated_at"]),
    }


def create(state: State, given: Record, project_id: int) -> Record:
    """Makes a commitment change order. Raises `RefusedError`."""
    _refuse_three_tiers(state, project_id)
    place = {"project_id": project_id, "contract_id": given.get("contract_id")}
    return change_orders.create_potential(state, without_origin(given), place)


def update(state: State, row: Record, given: Record) -> Record:
    """Changes a commitment change order, and with one tier its package. Raises `RefusedError`."""
    package = change_orders.package_of(state, row)
    if package and change_orders.tiers(state, row["project_id"]) == 1:
        write(state, PACKAGES, {name: given[name] for name in given if name in _TWIN_FIELDS}, package)
        given = {name: given[name] for name in given if name not in _SHARED}
    return write(state, POTENTIALS, without_origin(given), state.get("potential_change_orders", row["id"]))


def delete(state: State, row: Record) -> None:
    """Deletes a commitment change order, and with one tier its package. Raises `RefusedError` if it is approved."""
    package = change_orders.package_of(state, row)
    remove(state, POTENTIALS, row)
    if package and change_orders.tiers(state, row["project_id"]) == 1:
        remove(state, PACKAGES, package)


def show_line(state: State, line: Record) -> Record:
    """A line in the shape of version 2: ids are text."""
    shown = change_orders.show_line(state, line)
    names = ("description", "uom", "unit_cost", "amount", "extended_type", "position", "quantity")
    ids = ("id", "wbs_code_id", "tax_code_id", "commitment_line_item_id")
    return {
        **{name: shown.get(name) for name in names},
        **{name: _text(line.get(name)) for name in ids},
        "wbs_code": {**shown["wbs_code"], "id": _text(line["wbs_code_id"])},
    }


def without_origin(given: Record) -> Record:
    """The fields without origin fields: version 1 of this resource and all of version 2 ignore them."""
    return {name: value for name, value in given.items() if not name.startswith("origin_")}


def _refuse_three_tiers(state: State, project_id: int) -> None:
    if change_orders.tiers(state, project_id) > 2:
        raise errors.bad_request("Commitment change orders are not available in a project with three tiers")


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
