"""The company directory: vendors (Procore's companies), who of them works on which project, and users."""

from __future__ import annotations

from sandbox.procore import iso
from sandbox.procore.errors import Errors, InvalidError
from sandbox.procore.fields import anything, boolean, choice, integer, integers, text
from sandbox.procore.resource import ORIGIN, ORIGIN_WITH_CODE, Resource, pick, write
from sandbox.procore.state import State
from sandbox.world import Record

ADDRESS = {
    "address": text(),
    "city": text(),
    "zip": text(),
    "state_code": iso.state,
    "country_code": iso.country,
}
_PHONES = {name: text() for name in ("business_phone", "mobile_phone", "fax_number", "email_address", "website")}
_WORDS = {name: text() for name in ("abbreviated_name", "license_number", "labor_union", "trade_name", "legal_name")}
_SWITCHES = ("is_active", "authorized_bidder", "prequalified", "union_member", "non_union_prevailing_wage")
_LISTS = ("trade_ids", "bidding_distribution_ids", "standard_cost_code_ids")
_REFERRING = ("work_order_contracts", "purchase_order_contracts", "direct_costs", "project_vendors", "prime_contracts")


def place_errors(state: State, after: Record, before: Record | None) -> Errors:
    """State and country must belong together (Procore: country codes)."""
    if after.get("state_code") and not iso.is_state_of(after.get("country_code"), after["state_code"]):
        return {"state_code": ["is not a valid ISO 3166-2 state code"]}
    return {}


def _vendor_errors(state: State, after: Record, before: Record | None) -> Errors:
    found = place_errors(state, after, before)
    parent = state.get("vendors", after.get("parent_id"))
    if after.get("parent_id") and (parent is None or parent.get("parent_id") or parent["id"] == after.get("id")):
        found["parent_id"] = ["must be a company without a parent: there are two levels only"]
    return found


def show_vendor(state: State, vendor: Record) -> Record:
    """A vendor in the view `extended`."""
    links = state.find("project_vendors", "vendor_id", vendor["id"])
    return {
        **{name: value for name, value in vendor.items() if name not in {"vendor_group_id", "merged_from"}},
        "company": state.company["name"],
        "parent": pick(state.get("vendors", vendor.get("parent_id")), "id", "name"),
        "project_ids": [link["project_id"] for link in links],
        "synced_to_erp": bool(vendor.get("origin_id")),
        "vendor_group": None,
        "primary_contact": None,
        "attachments": [],
        "is_connected": False,
    }


def show_vendor_briefly(state: State, vendor: Record) -> Record:
    """A vendor in the views `compact` and `minimal`."""
    return {"id": vendor["id"], "name": vendor["name"]}


VENDORS = Resource(
    entity="vendors",
    wrapper="vendor",
    fields={
        "name": text(1_000),
        **ADDRESS,
        **_PHONES,
        **_WORDS,
        "notes": text(4_000_000),
        "vendor_group_id": integer,
        "parent_id": integer,
        "primary_contact_id": integer,
        **dict.fromkeys(_SWITCHES, boolean),
        **dict.fromkeys(_LISTS, integers),
        "bidding": anything,
        "origin_custom_fields": anything,
        "business_register": anything,
        **ORIGIN_WITH_CODE,
    },
    required=("name",),
    defaults={"is_active": True, "bidding": {}, **{name: [] for name in _LISTS}},
    check=_vendor_errors,
    show=show_vendor,
)

USERS = Resource(
    entity="users",
    wrapper="user",
    fields={
        "first_name": text(),
        "last_name": text(),
        "email_address": text(),
        "employee_id": text(),
        "job_title": text(),
        "is_employee": boolean,
        "is_active": boolean,
        "vendor_id": integer,
        **ORIGIN,
    },
    required=("last_name",),
    defaults={"is_active": True, "is_employee": False},
    settle=lambda state, after, before: {**after, "name": _full_name(after)},
)

_REGISTER = {"type": choice("abn", "ein"), "identifier": text()}
SERVICE_USER_ID = 598134325601001
SERVICE_USER = {
    "id": SERVICE_USER_ID,
    "first_name": "Jobledger",
    "last_name": "Service Account",
    "email_address": "procore-demo-client@example.com",
    "is_employee": False,
}


def of_project(state: State, project_id: int) -> list[Record]:
    """The vendors in a project's directory."""
    links = state.find("project_vendors", "project_id", project_id)
    vendors = [state.get("vendors", link["vendor_id"]) for link in links]
    return [vendor for vendor in vendors if vendor]


def is_in_project(state: State, project_id: int, vendor_id: int) -> bool:
    """Whether a vendor is in a project's directory."""
    links = state.find("project_vendors", "vendor_id", vendor_id)
    return any(link["project_id"] == project_id for link in links)


def add_to_project(state: State, project_id: int, vendor_id: int) -> None:
    """Puts a vendor into a project's directory, if it is not there."""
    if not is_in_project(state, project_id, vendor_id):
        state.create("project_vendors", {"project_id": project_id, "vendor_id": vendor_id})


def remove_from_project(state: State, project_id: int, vendor_id: int) -> None:
    """Takes a vendor out of a project's directory."""
    for link in state.find("project_vendors", "vendor_id", vendor_id):
        if link["project_id"] == project_id:
            state.delete("project_vendors", link["id"])


def merge(state: State, survivor: Record, merged_ids: list[int]) -> None:
    """Folds vendors into another: their documents move to it, and their ids vanish (Procore: merge_vendors)."""
    for merged_id in merged_ids:
        for entity in _REFERRING:
            for record in state.find(entity, "vendor_id", merged_id):
                state.change(entity, record, {"vendor_id": survivor["id"], "updated_at": record["updated_at"]})
        state.delete("vendors", merged_id)


def is_used(state: State, vendor_id: int) -> bool:
    """Whether any document names a vendor."""
    return any(state.find(entity, "vendor_id", vendor_id) for entity in _REFERRING)


def register(state: State, vendor: Record, given: Record) -> Record:
    """Writes a vendor's business register entry (EIN or ABN). Raises `InvalidError`."""
    entry = {name: _parsed(name, given.get(name)) for name in _REGISTER}
    shown = {"id": vendor["id"], **entry, "verified_at": None, "verification_status": None}
    write(state, VENDORS, {"business_register": shown}, vendor)
    return shown


def _parsed(name: str, value: object) -> object:
    try:
        return _REGISTER[name](value)
    except ValueError as error:
        raise InvalidError({name: [str(error)]}) from error


def _full_name(user: Record) -> str:
    return " ".join(part for part in (user.get("first_name"), user.get("last_name")) if part)
