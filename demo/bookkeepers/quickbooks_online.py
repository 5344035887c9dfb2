"""The bookkeeper with QuickBooks Online: she pays bills that came from Procore, each vendor's with one check.

What of the same vendor falls due in the days after is on that check too. QuickBooks has no drafts of bills, so there is
nothing to approve.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from demo.bookkeepers.evening import CHECKING, PAID_IF_DUE_FROM, PAYMENT_DAY, Record, books, falls_due, paid_of

AHEAD_UNTIL = "2026-11-27"
"""Until when bills that are not due yet are paid with a check that is written anyway."""
_FROM_PROCORE = re.compile(r"procore-\d+$")
"""How the private note of a bill that Jobledger made ends."""


def evening(bills: Iterable[Record], payments: Iterable[Record], account: Record) -> list[Record]:
    """The bookkeeper's checks for these bills, given the payments that there are; one check for each vendor."""
    settled = {link["TxnId"] for payment in payments for line in payment["Line"] for link in line["LinkedTxn"]}
    by_vendor: dict[str, list[Record]] = defaultdict(list)
    for bill in sorted(filter(_is_payable, bills), key=lambda bill: (bill["DueDate"], int(bill["Id"]))):
        if bill["Id"] not in settled:
            by_vendor[bill["VendorRef"]["value"]].append(bill)
    due = {vendor: some for vendor, some in by_vendor.items() if any(falls_due(bill["DueDate"]) for bill in some)}
    return [_check(vendor, some, account) for vendor, some in due.items()]


def told(payments: Sequence[Record]) -> str:
    """The evening in one sentence; empty where there was nothing to do."""
    bills = sum(len(payment["Line"]) for payment in payments)
    return f"The bookkeeper pays {bills} bills with {len(payments)} checks in QuickBooks." if payments else ""


def work(sandbox_port: int) -> str:
    """Does in the sandbox what is to be done, and tells what that was; empty where that was nothing."""
    with books(sandbox_port, "quickbooks_online") as quickbooks:
        checking = next(one for one in quickbooks.read("accounts") if one.get("AcctNum") == CHECKING)
        account = {"value": checking["Id"]}
        found = evening(quickbooks.read("bills"), quickbooks.read("bill_payments"), account)
        quickbooks.put("bill_payments", found)
    return told(found)


def _is_payable(bill: Record) -> bool:
    if not _FROM_PROCORE.search(str(bill.get("PrivateNote") or "")):
        return False
    return Decimal(bill["Balance"]) > 0 and PAID_IF_DUE_FROM <= bill["DueDate"] <= AHEAD_UNTIL


def _check(vendor: str, bills: Sequence[Record], account: Record) -> Record:
    amounts = [paid_of(Decimal(bill["Balance"])) for bill in bills]
    return {
        "VendorRef": {"value": vendor},
        "PayType": "Check",
        "CheckPayment": {"BankAccountRef": account},
        "TxnDate": PAYMENT_DAY,
        "TotalAmt": str(sum(amounts)),
        "PrivateNote": f"Payment run {PAYMENT_DAY}",
        "Line": [
            {"Amount": str(amount), "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}
            for bill, amount in zip(bills, amounts, strict=True)
        ],
    }
