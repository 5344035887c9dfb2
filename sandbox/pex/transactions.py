"""Card transactions: how they come about, and the lists of the Details family.

Times are naive US Eastern text, and are compared as such: a window's StartDate and EndDate both belong to it. Which
time a window filters is not documented: the setting `window_by` says `transaction` or `settlement`, and what is not
settled has only the former. Purchases are negative, refunds positive. A list says `Not Reviewed` with a space, as an
old reference has it; everything else says NotReviewed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox.http import Request
from sandbox.pex import values
from sandbox.pex.errors import invalid, not_found
from sandbox.pex.state import BUSINESS_ID, EASTERN, State, enum_name, read_time
from sandbox.pex.tokens import months_after
from sandbox.world import Record

STATUSES = {0: "NotReviewed", 1: "Ignored", 2: "Approved", 3: "Rejected", 4: "NoReceipt"}
KINDS = {1: "Transfer", 2: "Network", 3: "Load"}
FIRST_ID = 480_000_001
_TOLD_APART = {"NotReviewed": "Not Reviewed"}
_CONVENIENT = {"Tags", "Split", "Notes", "_unchecked"}
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


def transaction(state: State, key: str) -> Record:
    """The transaction of that id. Raises `RefusedError`."""
    found = state.get("transactions", key)
    if found is None:
        raise not_found(f"Transaction {key}")
    return found


def listed(state: State, request: Request, of_business: bool = False) -> list[Record]:
    """The transactions of a window, in the order of the time that it filters. Raises `RefusedError`.

    `of_business`: those of the business account instead of the cards'; PEX has no pending or declined ones there.
    """
    start, end = _window(state, request)
    pendings, declines = _flag(request, "IncludePendings"), _flag(request, "IncludeDeclines")
    if of_business and (pendings or declines):
        raise invalid("IncludePendings and IncludeDeclines must be false for the business account")
    bills = _flag(request, "IncludeVendorBillPay")
    found = [
        one
        for one in state.all("transactions")
        if start <= filtered_time(state, one) <= end
        and (one["AcctId"] == BUSINESS_ID) == of_business
        and (pendings or not one["IsPending"])
        and (declines or not one["IsDecline"])
        and (bills or not one.get("_vendor_bill_pay"))
    ]
    return sorted(found, key=lambda one: (filtered_time(state, one), one["TransactionId"]))


def page(state: State, found: list[Record]) -> Record:
    """The first page of a list, and how to ask for the next one: with StartDate = LastTimeRetrieved."""
    size = state.settings()["page_size"]
    rows = found[:size]
    pages = {
        "PageSize": size,
        "TotalRecords": len(found),
        "NumberOfPages": max(1, -(-len(found) // size)),
        "LastTimeRetrieved": filtered_time(state, rows[-1]) if rows else None,
    }
    return {"TransactionList": [_shown(one) for one in rows], "Pages": pages}


def filtered_time(state: State, one: Record) -> str:
    """The time by which windows find a transaction."""
    settled = one["SettlementTime"] if state.settings()["window_by"] == "settlement" else None
    return str(settled or one["TransactionTime"])


def seed(state: State, sent: Record) -> Record:
    """Puts or changes a transaction as cardholder, merchant and reviewer together do. Raises `RefusedError`.

    `Tags`, `Split` and `Notes` are the convenient form of what they choose and write, see `values.from_person`.
    """
    before = state.get("transactions", sent["TransactionId"]) if sent.get("TransactionId") else None
    own = {name: value for name, value in sent.items() if name not in _CONVENIENT}
    written = _checked({**(before or _fresh(state, own)), **own})
    if "Tags" in sent or "Split" in sent:
        written = values.coded(state, written, values.from_person(state, sent))
    if not sent.get("_unchecked"):
        values.check_split(state, written)
    for text in sent.get("Notes", []):
        written = with_note(state, written, {"NoteText": text} if isinstance(text, str) else text)
    return state.save("transactions", written["TransactionId"], written)


def settle(state: State, sent: Record) -> Record:
    """Settles a pending transaction: it goes, and its settlement takes over tags, notes and receipts.

    `TransactionId` is that of the pending one; what else is sent is the settlement's. Raises `RefusedError`.
    """
    pending = transaction(state, str(sent.get("TransactionId")))
    if not pending["IsPending"]:
        raise invalid(f"Transaction {pending['TransactionId']} is not pending")
    settled = {
        **pending,
        "PaddingAmount": values.money(0, "PaddingAmount"),
        "SettlementTime": state.eastern(),
        **sent,
        "TransactionId": state.number("transactions", FIRST_ID),
        "AuthTransactionId": pending["TransactionId"],
        "IsPending": False,
    }
    stored = seed(state, settled)
    for file in state.find("attachments", "transaction", pending["TransactionId"]):
        state.put("attachments", file["AttachmentId"], {**file, "TransactionId": stored["TransactionId"]})
    state.remove("transactions", pending["TransactionId"])
    return stored


def with_note(state: State, one: Record, sent: Record) -> Record:
    """A transaction with one more note."""
    user = state.user()
    note = {
        "NoteId": state.number("notes", 7001),
        "UserName": user["UserName"],
        "UserFirstName": user["FirstName"],
        "UserLastName": user["LastName"],
        "NoteDate": state.eastern(),
        "UpdatedDate": None,
        "SystemGenerated": False,
        **sent,
    }
    return {**one, "TransactionNotes": [*one["TransactionNotes"], note]}


def _shown(one: Record) -> Record:
    told = {name: value for name, value in one.items() if not name.startswith("_")}
    status = one["MetadataApprovalStatus"]
    return {**told, "MetadataApprovalStatus": _TOLD_APART.get(status, status)}


def _fresh(state: State, sent: Record) -> Record:
    """What PEX sets by itself: ids, times, and what a settled card purchase has."""
    kind = enum_name(sent.get("TransactionType", "Network"), KINDS, "TransactionType")
    time = read_time(sent.get("TransactionTime") or state.eastern(), "TransactionTime")
    unsettled = sent.get("IsPending") or sent.get("IsDecline")
    day_later = (datetime.fromisoformat(time) + timedelta(days=1)).isoformat(timespec="seconds")
    card = next((one["AccountId"] for one in state.all("cardholders")), None)
    auth = state.number("transactions", FIRST_ID)
    key = state.number("transactions", FIRST_ID)
    return {
        "TransactionId": key,
        "AcctId": card,
        "TransactionTime": time,
        "MerchantLocalTime": time if kind == "Network" else None,
        "HoldTime": time if kind == "Network" else None,
        "SettlementTime": None if unsettled else max(time, min(day_later, state.eastern())),
        "AuthTransactionId": auth if kind == "Network" else 0,
        "TransactionAmount": 0,
        "PaddingAmount": 0,
        "TransactionType": kind,
        "TransactionTypeCategory": None,
        "Description": str(sent.get("MerchantName") or kind),
        "TransactionNotes": [],
        "IsPending": False,
        "IsDecline": False,
        "MerchantName": None,
        "MerchantNameNormalized": sent.get("MerchantName"),
        "MerchantCity": None,
        "MerchantState": None,
        "MerchantZip": None,
        "MerchantCountry": "USA" if kind == "Network" else None,
        "MCCCode": None,
        "TransferToOrFromAccountId": 0 if kind == "Network" else BUSINESS_ID,
        "MerchantId": None,
        "TerminalId": None,
        "NetworkTransactionId": key + 1_000_000_000 if kind == "Network" else None,
        "SourceCurrencyNumericCode": "840",
        "SourceAmount": sent.get("TransactionAmount"),
        "TransactionTags": values.NOBODYS,
        "MetadataApprovalStatus": "NotReviewed",
        "_tags_key": None,
    }


def _checked(one: Record) -> Record:
    if one["AcctId"] is None:
        raise invalid("AcctId is required: the AccountId of a cardholder")
    read: Record = {
        "TransactionType": enum_name(one["TransactionType"], KINDS, "TransactionType"),
        "MetadataApprovalStatus": enum_name(
            str(one["MetadataApprovalStatus"]).replace(" ", ""), STATUSES, "MetadataApprovalStatus"
        ),
    }
    for name in ("TransactionAmount", "PaddingAmount", "SourceAmount"):
        if one[name] is not None:
            read[name] = values.money(one[name], name)
    for name in ("TransactionTime", "MerchantLocalTime", "HoldTime", "SettlementTime"):
        if one[name] is not None:
            read[name] = read_time(one[name], name)
    return {**one, **read}


def _window(state: State, request: Request) -> tuple[str, str]:
    start, end = (_naive(request.first(name), name) for name in ("StartDate", "EndDate"))
    earliest = months_after(state.now().astimezone(EASTERN), -12).replace(tzinfo=None)
    if datetime.fromisoformat(start) < earliest - timedelta(seconds=1):
        raise invalid(f"StartDate is {start}, and goes back twelve months at most")
    if end < start:
        raise invalid(f"EndDate {end} is before StartDate {start}")
    return start, end


def _naive(text: str | None, name: str) -> str:
    read = read_time(text, name)
    if text and datetime.fromisoformat(text).tzinfo:
        raise invalid(f"{name} is {text!r}, and must be Eastern time without an offset")
    return read


def _flag(request: Request, name: str) -> bool:
    text: Any = request.first(name, "false")
    if str(text).lower() not in _FLAGS:
        raise invalid(f"{name} is {text!r}, and must be true or false")
    return _FLAGS[str(text).lower()]
