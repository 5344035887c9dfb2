"""What the bookkeeper of Xero's demo does follows from the bills alone; a second time there is nothing to do."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from demo.bookkeepers.evening import PAYMENT_DAY
from demo.bookkeepers.xero import Evening, evening

Row = dict[str, Any]


def bill(number: int, due: str = "2026-10-25", total: str = "1000.00", **more: Any) -> Row:
    """A bill that came from Procore and waits for approval."""
    amounts = {"Total": Decimal(total), "AmountDue": Decimal(total)}
    url = f"https://app.procore.com/7/project/home#procore-{number}"
    return (
        {"InvoiceID": f"i-{number}", "Type": "ACCPAY", "Status": "DRAFT", "DueDate": due, "Url": url} | amounts | more
    )


def approved(work: Evening) -> list[str]:
    return [one["InvoiceID"] for one in work.approvals]


def paid(work: Evening) -> dict[str, str]:
    return {one["Invoice"]["InvoiceID"]: one["Amount"] for one in work.payments}


def test_late_bills_are_approved_and_paid_and_those_not_due_yet_only_approved() -> None:
    work = evening([bill(1, "2026-11-25"), bill(2), bill(3, "2026-08-25"), bill(4, "2026-09-25")], [])
    assert approved(work) == ["i-4", "i-2", "i-1"]
    assert paid(work) == {"i-2": "1000.00"}
    assert {one["Date"] for one in work.payments} == {PAYMENT_DAY}
    assert work.told() == "The bookkeeper approves 3 bills and pays 1 of them in Xero."


@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED"])
def test_bills_of_either_kind_of_draft_are_approved(status: str) -> None:
    assert approved(evening([bill(1, Status=status)], [])) == ["i-1"]


def test_bills_that_began_in_xero_are_left_alone() -> None:
    others = [bill(1, Url=None), bill(2, Url="https://example.com/bill"), bill(3, Type="ACCREC")]
    assert not evening(others, [])


@pytest.mark.parametrize("status", ["DELETED", "VOIDED", "PAID"])
def test_bills_that_nobody_can_pay_are_left_alone(status: str) -> None:
    assert not evening([bill(1, Status=status)], [])


def test_of_large_bills_the_first_half_is_paid_to_the_cent() -> None:
    work = evening([bill(1, total="149999.99"), bill(2, total="150000.01")], [])
    assert paid(work) == {"i-1": "149999.99", "i-2": "75000.01"}


def test_a_second_evening_has_nothing_to_do() -> None:
    bills = [bill(1), bill(2, total="200000.00"), bill(3, "2026-11-25")]
    first = evening(bills, [])
    payments = [{**one, "Status": "AUTHORISED"} for one in first.payments]
    after = [
        {**bills[0], "Status": "PAID", "AmountDue": Decimal(0)},
        {**bills[1], "Status": "AUTHORISED", "AmountDue": Decimal(100000)},
        {**bills[2], "Status": "AUTHORISED"},
    ]
    assert evening(after, payments) == Evening()
    assert not evening(after, payments)


def test_a_payment_that_somebody_deleted_is_not_made_again() -> None:
    deleted = {"Invoice": {"InvoiceID": "i-1"}, "Status": "DELETED"}
    refund = {"CreditNote": {"CreditNoteID": "c-1"}, "Status": "AUTHORISED"}
    assert not evening([bill(1, Status="AUTHORISED")], [deleted, refund])


def test_an_evening_that_ended_after_the_approvals_is_taken_up_again() -> None:
    work = evening([bill(1, Status="AUTHORISED"), bill(2, "2026-11-25", Status="AUTHORISED")], [])
    assert (approved(work), paid(work)) == ([], {"i-1": "1000.00"})
