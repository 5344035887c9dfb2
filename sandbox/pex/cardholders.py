"""Cardholders and what `Details/AccountDetails` tells of the business."""

from __future__ import annotations

from sandbox.pex.errors import invalid
from sandbox.pex.state import BUSINESS_ID, BUSINESS_NAME, State
from sandbox.world import Record

_CUSTOM_ID = 50


def details(state: State) -> Record:
    """`GET Details/AccountDetails`: the business with all cardholders, not paged."""
    holders = list(state.all("cardholders"))
    return {
        "BusinessAccountId": BUSINESS_ID,
        "BusinessAccountNumber": str(BUSINESS_ID),
        "BusinessName": BUSINESS_NAME,
        "BusinessAccountStatus": "Active",
        "BusinessAccountBalance": 25_000,
        "PendingTransferAmount": 0,
        "CHAccountList": holders,
        "OpenCardholdersCount": sum(1 for one in holders if one["AccountStatus"] == "OPEN"),
        "OpenVendorCardsCount": 0,
        "CardholderGroups": [],
        "UserGroups": [],
        "BankAccountList": [],
    }


def seed(state: State, sent: Record) -> Record:
    """Puts or changes a cardholder; `AccountId` says which one. Raises `RefusedError`."""
    before = state.get("cardholders", sent["AccountId"]) if sent.get("AccountId") else None
    custom = sent.get("CustomId") or ""
    if len(custom) > _CUSTOM_ID or (custom and not custom.isalnum()):
        raise invalid(f"CustomId is {custom!r}, and has at most {_CUSTOM_ID} letters and digits")
    written = {**(before or _fresh(state, sent)), **sent}
    return state.save("cardholders", written["AccountId"], written)


def _fresh(state: State, sent: Record) -> Record:
    if not sent.get("FirstName") or not sent.get("LastName"):
        raise invalid("FirstName and LastName are required")
    key = sent.get("AccountId") or state.number("cardholders", 610_001)
    return {
        "AccountId": key,
        "Email": f"{sent['FirstName']}.{sent['LastName']}@ironwood.example".lower().replace("'", ""),
        "LedgerBalance": 1500,
        "AvailableBalance": 1500,
        "AccountStatus": "OPEN",
        "IsVirtual": False,
        "CardholderType": "TeamMember",
        "CustomId": None,
        "UserGroups": [],
        "CardStatus": "Active",
        "CardNumber4Digits": f"{int(key) % 10_000:04d}",
        "CardIssueDate": None,
        "CardExpiryDate": None,
    }
