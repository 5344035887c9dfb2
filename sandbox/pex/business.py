"""The business: what it has switched on, its administrator with permissions, and what the sandbox can be told."""

from __future__ import annotations

from typing import Any

from sandbox.pex.errors import RefusedError, forbidden, invalid
from sandbox.pex.state import State
from sandbox.world import Record

FEATURES: Record = {
    "UseBusinessBalance": True,
    "UseRemoteDecision": False,
    "BlockCardDefunding": False,
    "UseCardholderGroup": True,
    "TagsEnabled": True,
    "AllocationTagsEnabled": True,
    "FundingSource": "Prepaid",
    "CardLimit": None,
    "VendorLimit": None,
    "DefaultDailyLimit": None,
    "UseReimbursements": False,
    "UseBillPay": False,
    "UseTagDependencies": False,
}
"""What `Business/Settings` tells."""

PLAY: Record = {"page_size": 30_000, "window_by": "transaction", "user_active": True}
"""What the sandbox can be told: rows per page, which time StartDate and EndDate filter, whether the user is active."""

WINDOWS = ("transaction", "settlement")
PERMISSIONS = {
    "ViewAdministration": "View administration",
    "AddEditTerminateAdministrator": "Add, edit and terminate administrators",
    "RequestDeleteACHTransfer": "Request and delete ACH transfers",
    "EditBusinessProfile": "Edit business settings & apps",
    "AddEditTerminateCard": "Add, edit and terminate cards",
    "CreateCardholder": "Create cardholder",
    "ManageCardholder": "Manage cardholder",
    "ViewCardUsage": "View card usage",
    "ViewCardNumbers": "View card numbers",
    "ViewCardTransactions": "View card transactions",
    "ApproveFundingRequest": "Approve funding requests",
    "RequestCardFunding": "Request card funding",
    "ModifyTransactionNotes": "Modify transaction notes",
}
"""The permissions of an administrator, by their name in the API, with the words of the admin site."""

TAG_WRITING = ("ManageCardholder", "EditBusinessProfile")
"""Either of them lets a user change tags."""

USERNAME = "jobledger@ironwood.example"


def install(state: State) -> None:
    """Puts settings and administrator, if they are not there yet."""
    if state.get("settings", "1"):
        return
    state.put("settings", "1", {"Id": "1", **FEATURES, **PLAY})
    admin = {
        "Id": "1",
        "BusinessAdminId": 40117,
        "FirstName": "Jo",
        "LastName": "Ledger",
        "UserName": USERNAME,
        "Email": USERNAME,
        "Phone": "303-555-7400",
        "Permissions": dict.fromkeys(PERMISSIONS, True),
        "Status": "Active",
    }
    state.put("admin", "1", admin)


def shown_settings(state: State) -> Record:
    """`GET Business/Settings`."""
    return {name: value for name, value in state.settings().items() if name in FEATURES}


def shown_admin(state: State) -> Record:
    """`GET Business/MyProfile`: the user of the token, with permissions."""
    admin = state.get("admin", "1") or {}
    return {"Admin": {name: value for name, value in admin.items() if name != "Id"}}


def write_settings(state: State, sent: Record) -> Record:
    """Changes what the business has switched on, or what the sandbox plays. Raises `RefusedError`."""
    unknown = set(sent) - set(FEATURES) - set(PLAY) - {"Id"}
    if unknown:
        known = ", ".join([*FEATURES, *PLAY, "password_changed"])
        raise invalid(f"settings has no {', '.join(sorted(unknown))}; there are: {known}")
    if sent.get("window_by", WINDOWS[0]) not in WINDOWS:
        raise invalid(f"window_by is {sent['window_by']!r}, and must be one of {', '.join(WINDOWS)}")
    if not isinstance(sent.get("page_size", 1), int) or sent.get("page_size", 1) < 1:
        raise invalid(f"page_size is {sent['page_size']!r}, and must be a number of rows above 0")
    return state.save("settings", "1", {**state.settings(), **sent, "Id": "1"})


def write_admin(state: State, sent: Record) -> Record:
    """Changes the administrator; of the permissions, those not sent stay. Raises `RefusedError`."""
    unknown = set(sent.get("Permissions", {})) - set(PERMISSIONS)
    if unknown:
        raise invalid(f"There is no permission {', '.join(sorted(unknown))}; there are: {', '.join(PERMISSIONS)}")
    before = state.get("admin", "1") or {}
    permissions = {**before.get("Permissions", {}), **sent.get("Permissions", {})}
    return state.save("admin", "1", {**before, **sent, "Id": "1", "Permissions": permissions})


def may(state: State, *permissions: str) -> None:
    """Refuses with 403 a user who has none of some permissions."""
    held = (state.get("admin", "1") or {}).get("Permissions", {})
    if not any(held.get(name) for name in permissions):
        raise forbidden(f"User does not have permission: {' or '.join(PERMISSIONS[name] for name in permissions)}")


def has_on(state: State, feature: str, what: str) -> None:
    """Refuses with 403 what the business has switched off."""
    if not state.settings()[feature]:
        raise forbidden(f"{what} are not enabled for this business")


def an_object(body: Any) -> Record:
    """The body, if it is a JSON object. Raises `RefusedError`."""
    if not isinstance(body, dict):
        raise RefusedError(400, "The request body is not a JSON object")
    return body
