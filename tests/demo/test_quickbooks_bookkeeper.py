"""What the bookkeeper of QuickBooks' demo does: checks over the bills of one vendor, and never a second time."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from demo.bookkeepers.evening import PAYMENT_DAY
from demo.bookkeepers.quickbooks_online import evening, told

Row = dict[str, Any]
CHECKING = {"value": "35"}


def bill(number: int, due: str = "2026-10-25", balance: str = "1000.00", vendor: str = "7", **more: Any) -> Row:
    """A bill that came from Procore."""
    note = f"Concrete procore-{number}"
    head = {"Id": str(number), "VendorRef": {"value": vendor}, "DueDate": due, "Balance": Decimal(balance)}
    return {**head, "PrivateNote": note, **more}


def paid(checks: list[Row]) -> dict[str, str]:
    return {line["LinkedTxn"][0]["TxnId"]: line["Amount"] for check in checks for line in check["Line"]}


def test_bills_of_one_vendor_are_paid_with_one_check() -> None:
    checks = evening([bill(1), bill(2, balance="500.50"), bill(3, vendor="8")], [], CHECKING)
    assert [(one["VendorRef"]["value"], one["TotalAmt"]) for one in checks] == [("7", "1500.50"), ("8", "1000.00")]
    assert {(one["TxnDate"], one["CheckPayment"]["BankAccountRef"]["value"]) for one in checks} == {(PAYMENT_DAY, "35")}
    assert told(checks) == "The bookkeeper pays 3 bills with 2 checks in QuickBooks."


def test_what_falls_due_in_the_days_after_is_on_the_check_that_a_vendor_gets_anyway() -> None:
    bills = [bill(1), bill(2, "2026-11-25"), bill(3, "2026-11-28"), bill(4, "2026-11-25", vendor="8")]
    checks = evening(bills, [], CHECKING)
    assert paid(checks) == {"1": "1000.00", "2": "1000.00"}
    assert evening(bills, checks, CHECKING) == []


def test_only_bills_that_have_fallen_due_since_october_are_paid() -> None:
    bills = [bill(1, "2026-11-25", vendor="8"), bill(2, "2026-09-25"), bill(3)]
    assert paid(evening(bills, [], CHECKING)) == {"3": "1000.00"}


@pytest.mark.parametrize("other", [{"PrivateNote": None}, {"PrivateNote": "procore-1 is ours"}, {"Balance": 0}])
def test_bills_that_began_in_quickbooks_or_are_paid_are_left_alone(other: Row) -> None:
    assert evening([bill(1, **other)], [], CHECKING) == []


def test_of_large_bills_the_first_half_is_paid_and_the_other_never() -> None:
    checks = evening([bill(1, balance="150000.01"), bill(2, balance="149999.99")], [], CHECKING)
    assert paid(checks) == {"1": "75000.01", "2": "149999.99"}
    after = [bill(1, balance="75000.00"), bill(2, balance="0.00")]
    assert evening(after, checks, CHECKING) == []
    assert told([]) == ""
