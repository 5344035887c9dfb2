"""The bookkeeper with Xero: she approves bills that came from Procore, and pays some."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from demo.bookkeepers.evening import CHECKING, PAYMENT_DAY, Record, books, falls_due, paid_of

APPROVED_IF_DUE_FROM = "2026-09-01"
_FROM_PROCORE = "https://app.procore.com/"
_DRAFTS = ("DRAFT", "SUBMITTED")


@dataclass(frozen=True)
class Evening:
    """What is to be done: the bills to approve, and the payments to make of them and of those approved before."""

    approvals: list[Record] = field(default_factory=list)
    payments: list[Record] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.approvals or self.payments)

    def told(self) -> str:
        """The evening in one sentence."""
        approved, paid = len(self.approvals), len(self.payments)
        return f"The bookkeeper approves {approved} bills and pays {paid} of them in Xero."


def evening(bills: Iterable[Record], payments: Iterable[Record]) -> Evening:
    """What the bookkeeper does with these bills, given the payments that there are or once were."""
    exported = sorted(filter(_came_from_procore, bills), key=lambda bill: (bill["DueDate"], bill["Url"]))
    settled = {payment["Invoice"]["InvoiceID"] for payment in payments if "Invoice" in payment}
    return Evening(
        [_approval(bill) for bill in exported if _is_to_approve(bill)],
        [_payment(bill) for bill in exported if _is_to_pay(bill, settled)],
    )


def work(sandbox_port: int) -> str:
    """Does in the sandbox what is to be done, and tells what that was; empty where that was nothing."""
    with books(sandbox_port, "xero") as xero:
        found = evening(xero.read("invoices"), xero.read("payments"))
        xero.put("invoices", found.approvals)
        xero.put("payments", found.payments)
    return found.told() if found else ""


def _came_from_procore(bill: Record) -> bool:
    return bill["Type"] == "ACCPAY" and str(bill.get("Url") or "").startswith(_FROM_PROCORE)


def _is_to_approve(bill: Record) -> bool:
    return bill["Status"] in _DRAFTS and bill["DueDate"] >= APPROVED_IF_DUE_FROM


def _is_to_pay(bill: Record, settled: Collection[str]) -> bool:
    is_payable = bill["Status"] in (*_DRAFTS, "AUTHORISED") and bill["InvoiceID"] not in settled
    return is_payable and falls_due(bill["DueDate"])


def _approval(bill: Record) -> Record:
    return {"InvoiceID": bill["InvoiceID"], "Status": "AUTHORISED"}


def _payment(bill: Record) -> Record:
    return {
        "Invoice": {"InvoiceID": bill["InvoiceID"]},
        "Account": {"Code": CHECKING},
        "Date": PAYMENT_DAY,
        "Amount": str(paid_of(Decimal(bill["AmountDue"]))),
        "Reference": f"Payment run {PAYMENT_DAY}",
    }
