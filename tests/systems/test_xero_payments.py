"""What settled bills: payments, credit notes, pre- and overpayments, and how they go away again."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from jobledger.systems.base import Window, Write
from tests.systems.stage import Stage
from tests.systems.xero_books import Books, open_books

PAYMENTS = "bill_payments"


@pytest.fixture
def books(stage: Stage) -> Books:
    return open_books(stage)


def later(books: Books) -> Any:
    """A moment after everything so far, with time going on."""
    books.stage.sandbox.world.clock.advance(timedelta(hours=1))
    return books.stage.around.clock() - timedelta(minutes=1)


@pytest.mark.feature("XER-178", "XER-179", "XER-182", "XTR-21")
def test_full_and_partial_payments_of_bills_are_read(books: Books) -> None:
    bill = books.seed_bill()
    first = books.pay(bill, "400.00", Reference="ACH 17")
    books.pay(bill, "600.00", Date="2026-03-05")
    rows = {row["date"]: row for row in books.read(PAYMENTS)}
    assert rows["2026-03-02"] == {
        "id": first["PaymentID"],
        "kind": "payment",
        "bill_id": bill["InvoiceID"],
        "contact_id": books.contact,
        "amount": Decimal("400.00"),
        "date": "2026-03-02",
        "reference": "ACH 17",
        "notes": "ACH 17",
        "status": "AUTHORISED",
        "updated": "2026-03-02T08:00:00.000Z",
        "foreign_currency": None,
    }
    assert rows["2026-03-05"]["amount"] == Decimal("600.00")
    card = books.card(PAYMENTS, rows["2026-03-02"])
    assert (card.active, card.evidence) == (
        True,
        {
            "amount": "400.00",
            "date": "2026-03-02",
            "kind": "payment",
            "bill": bill["InvoiceID"],
            "party": books.contact,
        },
    )


def test_the_ledger_puts_a_payment_to_its_bill(books: Books) -> None:
    bill = books.seed_bill()
    books.pay(bill, "400.00")
    lines = books.xero.entities[PAYMENTS].ledger
    assert lines is not None
    [line] = lines(books.only(PAYMENTS))
    assert (line.measure, line.amount, line.parent, line.dated) == (
        *("paid", Decimal("400.00")),
        *(bill["InvoiceID"], date(2026, 3, 2)),
    )


def test_payments_of_sales_invoices_and_refunds_of_credits_are_not_ours(books: Books) -> None:
    sale = books.seed(
        "invoices",
        Type="ACCREC",
        **{**books.bill("INV-1", Status="AUTHORISED"), "LineItems": [books.line(AccountCode="4000")]},
    )
    books.pay(sale, "10.00")
    credit = books.credit(books.seed_bill(), "100.00")
    refund = {"CreditNote": {"CreditNoteID": credit["CreditNoteID"]}, "Account": {"Code": "090"}, "Date": "2026-03-02"}
    books.seed("payments", **refund, Amount=Decimal("50.00"))
    assert [row["kind"] for row in books.read(PAYMENTS)] == ["credit_note"]


@pytest.mark.feature("XTR-21")
def test_a_deleted_payment_comes_again_and_no_longer_counts(books: Books) -> None:
    bill = books.seed_bill()
    payment = books.pay(bill, "400.00")
    since = later(books)
    assert books.read(PAYMENTS, since=since) == []
    books.seed("payments", PaymentID=payment["PaymentID"], Status="DELETED")
    [row] = books.read(PAYMENTS, since=since)
    assert (row["id"], row["status"]) == (payment["PaymentID"], "DELETED")
    assert not books.card(PAYMENTS, row).active
    assert books.ledger(PAYMENTS, row) == []


@pytest.mark.feature("ACC-21")
def test_credits_on_a_bill_are_rows_of_it_and_all_that_settled_it_adds_up(books: Books) -> None:
    bill = books.seed_bill()
    note = books.credit(bill, "100.00")
    used = {"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Date": "2026-03-03"}
    other = {
        "Contact": {"ContactID": books.contact},
        "LineAmountTypes": "NoTax",
        "LineItems": [books.line("50.00", None)],
    }
    over = books.seed("overpayments", **other, Allocations=[{**used, "Amount": Decimal("30.00")}])
    pre = books.seed("prepayments", **other, Allocations=[{**used, "Amount": Decimal("20.00")}])
    books.pay(bill, "400.00")
    rows = {row["id"]: row for row in books.read(PAYMENTS)}
    expected = {
        f"{bill['InvoiceID']}/credit_note-{note['CreditNoteID']}": ("100.00", "2026-03-02", "CN-7"),
        f"{bill['InvoiceID']}/overpayment-{over['OverpaymentID']}": ("30.00", "2026-03-03", None),
        f"{bill['InvoiceID']}/prepayment-{pre['PrepaymentID']}": ("20.00", "2026-03-03", None),
    }
    credits = {key: row for key, row in rows.items() if row["kind"] != "payment"}
    assert {key: (str(row["amount"]), row["date"], row["reference"]) for key, row in credits.items()} == expected
    assert {row["bill_id"] for row in rows.values()} == {bill["InvoiceID"]}
    [read] = books.read("bills")
    assert sum(row["amount"] for row in rows.values()) == read["Total"] - read["AmountDue"]


def test_a_credit_used_twice_on_a_bill_is_one_row(books: Books) -> None:
    bill = books.seed_bill()
    note = books.credit(bill, "100.00")
    path = f"CreditNotes/{note['CreditNoteID']}/Allocations"
    allocation = {"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Date": "2026-03-09", "Amount": Decimal("50.00")}
    books.allocate("PUT", path, allocation)
    row = books.only(PAYMENTS)
    assert (row["amount"], row["date"]) == (Decimal("150.00"), "2026-03-09")


@pytest.mark.feature("ACC-21")
def test_a_credit_that_was_taken_back_is_gone_from_its_bill(books: Books) -> None:
    bill = books.seed_bill()
    note = books.credit(bill, "100.00")
    key = f"{bill['InvoiceID']}/credit_note-{note['CreditNoteID']}"
    assert [row["id"] for row in books.read(PAYMENTS)] == [key]
    since = later(books)
    [allocation] = books.stage.records("xero.allocations")
    books.allocate("DELETE", f"CreditNotes/{note['CreditNoteID']}/Allocations/{allocation['AllocationID']}")
    pages = list(books.xero.read(PAYMENTS, Window(since=since)))
    assert [page.rows for page in pages] == [[], []]
    assert [page.documents for page in pages] == [(), (bill["InvoiceID"],)]
    assert books.xero.fetch(PAYMENTS, [key]) == []


def test_payments_and_credits_are_fetched_by_id_and_credits_by_bill(books: Books) -> None:
    bill = books.seed_bill()
    note = books.credit(bill, "100.00")
    paid = books.pay(bill, "400.00")["PaymentID"]
    key = f"{bill['InvoiceID']}/credit_note-{note['CreditNoteID']}"
    ids = {row["id"] for row in books.xero.fetch(PAYMENTS, [paid, key, f"{bill['InvoiceID']}/credit_note-x"])}
    assert ids == {paid, key}
    for whole in (bill["InvoiceID"], f"{bill['InvoiceID']}/"):
        assert [row["id"] for row in books.xero.fetch(PAYMENTS, [whole])] == [key]
    assert books.xero.fetch(PAYMENTS, ["11111111-1111-4111-8111-111111111111"]) == []


@pytest.mark.feature("ACC-22")
def test_a_payment_in_another_currency_says_so(books: Books) -> None:
    books.stage.sandbox.world.tables.put("xero.currencies", "EUR", {"Code": "EUR", "Description": "Euro"})
    bill = books.seed_bill(CurrencyCode="EUR")
    books.pay(bill, "400.00")
    assert [row["foreign_currency"] for row in books.read(PAYMENTS)] == ["EUR"]


def test_a_backfill_reads_payments_by_their_date(books: Books) -> None:
    bill = books.seed_bill()
    for day in ("2026-01-31", "2026-02-01", "2026-03-01"):
        books.pay(bill, "10.00", Date=day)
    rows = books.read(PAYMENTS, dated=(date(2026, 2, 1), date(2026, 3, 1)))
    assert [row["date"] for row in rows] == ["2026-02-01"]


@pytest.mark.feature("XER-183")
def test_payments_are_never_written(books: Books) -> None:
    [result] = books.xero.write(PAYMENTS, [Write("1", "create", {"amount": 1})], "k")
    assert (result.status, result.outcome) == ("refused", "conflict")
    assert books.xero.find(PAYMENTS, "procore-1", {}) == []
    assert books.stage.records("xero.payments") == []
