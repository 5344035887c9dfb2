"""What the doctor says about a Xero connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from jobledger.errors import Finding, FixTheSetup
from jobledger.systems.base import Record
from jobledger.systems.xero.api import Api
from jobledger.systems.xero.editions import plan_name, why_not
from jobledger.systems.xero.entities import ITEMS_ALARM, MOST_ACTIVE_OPTIONS, MOST_ITEMS, OPTIONS_ALARM
from jobledger.systems.xero.tracking import TrackingOptions


def findings(api: Api, tenant_id: str, tracking: TrackingOptions) -> list[Finding]:
    """Every check; the later ones are left out when the organisation cannot be reached."""
    connected = _stated("Xero connection", lambda: check_tenant(api, tenant_id))
    if not connected.ok:
        return [connected]
    organisation = _stated("Xero organisation", lambda: check_organisation(api))
    if not organisation.ok:
        return [connected, organisation]
    return [connected, organisation, *_contents(api, tracking)]


def check_tenant(api: Api, tenant_id: str) -> Finding:
    """Whether the token is connected to the organisation that the integration names. Raises `FixTheSetup`."""
    connections: list[Record] = api.client.get("connections").body or []
    named = {str(one["tenantId"]).lower(): one.get("tenantName", "") for one in connections}
    if tenant_id.lower() in named:
        return Finding("Xero connection", True, f"Connected to {named[tenant_id.lower()]}.")
    known = ", ".join(f"{name} ({key})" for key, name in named.items()) or "no organisation"
    return Finding(
        "Xero connection",
        False,
        f"The app is not connected to the organisation {tenant_id}; it is connected to {known}.",
        "Write that id as accounting.tenant_id, or connect the app to the right organisation in Xero.",
    )


def check_organisation(api: Api) -> Finding:
    """Whether country and plan are supported (XER-2, XER-4). Raises `FixTheSetup`."""
    organisation = (api.get("Organisation").body or {}).get("Organisations", [{}])[0]
    country, plan = organisation.get("CountryCode", ""), organisation.get("Class", "")
    reason = why_not(country, plan, organisation.get("Edition", ""))
    if reason:
        return Finding("Xero organisation", False, reason, "Connect an organisation on a supported plan.")
    words = f"{organisation.get('Name')}, plan {plan_name(country, plan)}, {country}."
    return Finding("Xero organisation", True, words)


def _contents(api: Api, tracking: TrackingOptions) -> Iterator[Finding]:
    yield _stated("Xero tracking category", lambda: _room_for_options(tracking))
    yield _stated("Xero items", lambda: _room_for_items(api))
    yield _stated("Xero contacts", lambda: _contacts(api))


def _room_for_options(tracking: TrackingOptions) -> Finding:
    active = tracking.active()
    message = f"'{tracking.category_name}' has {active} active options of {MOST_ACTIVE_OPTIONS}."
    remedy = "" if active < OPTIONS_ALARM else "Archive options of finished projects in Xero."
    return Finding("Xero tracking category", active < OPTIONS_ALARM, message, remedy, active >= MOST_ACTIVE_OPTIONS)


def _room_for_items(api: Api) -> Finding:
    count = len(api.rows("Items"))
    remedy = "" if count < ITEMS_ALARM else "Delete items that nobody uses, before Xero slows down."
    message = f"{count} items of about {MOST_ITEMS}."
    return Finding("Xero items", count < ITEMS_ALARM, message, remedy, required=False)


def _contacts(api: Api) -> Finding:
    next(api.sheets("Contacts", {"summaryOnly": "true"}))
    return Finding("Xero contacts", True, "Contacts can be read.")


def _stated(topic: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except FixTheSetup as error:
        return Finding(topic, False, error.found, error.remedy)
