"""The bookkeeper of the demo: she approves bills that came from Procore, and pays some, as a person in Xero does.

What she does follows from the bills alone: those that she has approved and paid are left as they are. So there is
nothing for her to do a second time, and an evening that was interrupted is taken up again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import requests

from demo.ports import HOST

Record = dict[str, Any]

APPROVED_IF_DUE_FROM = "2026-09-01"
PAID_IF_DUE_FROM = "2026-10-01"
"""What fell due before was paid before there was Jobledger; such payments were typed in Procore."""
PAYMENT_DAY = "2026-11-20"
"""The day on which the sandbox's story is told: what has fallen due by then is paid."""
IN_HALVES = Decimal("150000")
"""Of a bill over this amount or more the first half is paid."""
CHECKING = "090"
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


def work(sandbox_port: int) -> Evening:
    """Does in the sandbox what is to be done, and tells what that was."""
    url = f"http://{HOST}:{sandbox_port}/_sandbox/records/xero"
    with requests.Session() as session:
        session.trust_env = False
        found = evening(_read(session, f"{url}/invoices"), _read(session, f"{url}/payments"))
        _put(session, f"{url}/invoices", found.approvals)
        _put(session, f"{url}/payments", found.payments)
    return found


def _came_from_procore(bill: Record) -> bool:
    return bill["Type"] == "ACCPAY" and str(bill.get("Url") or "").startswith(_FROM_PROCORE)


def _is_to_approve(bill: Record) -> bool:
    return bill["Status"] in _DRAFTS and bill["DueDate"] >= APPROVED_IF_DUE_FROM


def _is_to_pay(bill: Record, settled: Collection[str]) -> bool:
    is_payable = bill["Status"] in (*_DRAFTS, "AUTHORISED") and bill["InvoiceID"] not in settled
    return is_payable and PAID_IF_DUE_FROM <= bill["DueDate"] <= PAYMENT_DAY


def _approval(bill: Record) -> Record:
    return {"InvoiceID": bill["InvoiceID"], "Status": "AUTHORISED"}


def _payment(bill: Record) -> Record:
    due = Decimal(bill["AmountDue"])
    amount = due if due < IN_HALVES else (due / 2).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return {
        "Invoice": {"InvoiceID": bill["InvoiceID"]},
        "Account": {"Code": CHECKING},
        "Date": PAYMENT_DAY,
        "Amount": str(amount),
        "Reference": f"Payment run {PAYMENT_DAY}",
    }


def _read(session: requests.Session, url: str) -> list[Record]:
    answer = session.get(url, timeout=60)
    answer.raise_for_status()
    return list(answer.json(parse_float=Decimal))


def _put(session: requests.Session, url: str, records: list[Record]) -> None:
    if records:
        session.post(url, json=records, timeout=60).raise_for_status()
