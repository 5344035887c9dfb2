"""Payments of exported bills become payments issued in Procore, and follow what happens to them in the books."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from jobledger.store.tables import intent
from tests.pipeline.linked import site_of
from tests.pipeline.night import Died, Night, dies_at, narrowed
from tests.pipeline.site import BILLING, CONTRACTS, Site

Row = dict[str, Any]


@pytest.fixture
def site(night: Night) -> Site:
    """Acme's subcontract with an invoice over 1,000.00 for January, exported as a bill."""
    site = site_of(night)
    site.contract = site.subcontract(retainage_percent="0")
    site.january = site.billed(site.contract, 1, "1000.00", invoice_number="RA-1")
    night.run(*CONTRACTS)
    night.run(*BILLING)
    night.later(hours=1)
    return site


def run(site: Site) -> Row:
    """A night of payments, an hour after the last."""
    site.night.later(hours=1)
    return site.night.run(*BILLING)["payments"]


def paid(site: Site) -> list[tuple[str, str, str | None]]:
    return [(one["amount"], one["date"], one["notes"]) for one in site.issued()]


def delete(site: Site, payment: Row) -> None:
    site.change("payments", payment, Status="DELETED")


def notes(site: Site) -> list[str]:
    return list(site.night.history("payments")[0].notes)


# --- full, partial, several, batch -----------------------------------------------------------------------------------


@pytest.mark.feature("XER-62", "XER-110", "XTR-21", "XER-175", "XER-176", "XER-177", "XER-178", "XER-179", "XER-180")
@pytest.mark.feature("XER-181", "XER-182", "PRC-API-35", "PRC-API-36")
def test_a_payment_in_full_becomes_a_locked_payment_issued(site: Site) -> None:
    payment = site.pay(site.bill_of(site.january), "1000.00", Date="2026-03-02", Reference="ACH 17")
    assert run(site) == {"created": 1}
    [issued] = site.issued()
    key = payment["PaymentID"]
    wanted = {
        "contract_id": site.contract["id"],
        "requisition_id": site.january["id"],
        "amount": "1000.00",
        "date": "2026-03-02",
        "invoice_number": "RA-1",
        "notes": "ACH 17",
        "payment_number": None,
        "payment_method": None,
        "check_number": None,
        "origin_id": f"xero:payment:{key}",
        "origin_data": f"xero-{key}",
    }
    assert {name: issued[name] for name in wanted} == wanted


@pytest.mark.feature("XTR-21")
def test_partial_payments_of_one_bill_are_payments_of_their_own_and_a_quiet_night_writes_nothing(site: Site) -> None:
    bill = site.bill_of(site.january)
    site.pay(bill, "400.00", Reference="ACH 1")
    site.pay(bill, "250.50", Date="2026-03-09", Reference="ACH 2")
    assert run(site) == {"created": 2}
    site.pay(bill, "349.50", Date="2026-03-16", Reference="ACH 3")
    assert run(site) == {"created": 1}
    expected = [("250.50", "2026-03-09", "ACH 2"), ("349.50", "2026-03-16", "ACH 3"), ("400.00", "2026-03-02", "ACH 1")]
    assert paid(site) == expected
    before = site.night.writes()
    run(site)
    assert site.night.writes() == before
    assert notes(site) == []


@pytest.mark.feature("XTR-21")
def test_two_equal_payments_on_one_day_are_two(site: Site) -> None:
    bill = site.bill_of(site.january)
    site.pay(bill, "500.00")
    site.pay(bill, "500.00")
    assert run(site) == {"created": 2}
    assert [amount for amount, _, _ in paid(site)] == ["500.00", "500.00"]


@pytest.mark.feature("ACC-22", "XER-180")
def test_one_batch_over_two_bills_is_split_by_bill(site: Site) -> None:
    february = site.billed(site.contract, 2, "300.00", invoice_number="RA-2")
    run(site)
    batch = {"BatchPaymentID": "7d0c9cc5-0c9f-4d94-bb29-0a2b2f6a7c11", "BatchPayment": {"Reference": "BATCH 5"}}
    site.pay(site.bill_of(site.january), "1000.00", Reference="BATCH 5", **batch)
    site.pay(site.bill_of(february), "300.00", Reference="BATCH 5", **batch)
    assert run(site) == {"created": 2}
    by_invoice = {one["invoice_number"]: (one["amount"], one["requisition_id"]) for one in site.issued()}
    assert by_invoice == {"RA-1": ("1000.00", site.january["id"]), "RA-2": ("300.00", february["id"])}


def test_a_payment_of_an_invoice_without_a_number_goes_without_one(site: Site) -> None:
    february = site.billed(site.contract, 2, "300.00")
    run(site)
    site.pay(site.bill_of(february), "300.00")
    assert run(site) == {"created": 1}
    assert [(one["invoice_number"], one["requisition_id"]) for one in site.issued()] == [(None, february["id"])]


@pytest.mark.feature("XER-183")
def test_payments_of_bills_that_began_in_the_books_are_not_carried_over(site: Site) -> None:
    site.pay(site.bill(site.cost("80.00")), "80.00")
    assert run(site) == {"not_chosen": 1}
    assert site.issued() == []


@pytest.mark.feature("XTR-21", "ACC-7")
def test_a_payment_before_the_cut_over_is_opening_balance(site: Site) -> None:
    site.night.set(cutover="2026-02-01")
    site.pay(site.bill_of(site.january), "400.00", Date="2026-01-31")
    assert run(site) == {"opening": 1}
    site.pay(site.bill_of(site.january), "600.00", Date="2026-02-01")
    assert run(site)["created"] == 1
    assert [amount for amount, _, _ in paid(site)] == ["600.00"]


@pytest.mark.feature("ACC-22")
def test_a_payment_of_a_foreign_bill_is_never_used_as_an_amount(site: Site) -> None:
    site.night.set(currencies="allowed")
    site.put("xero.invoices", site.bill_of(site.january), CurrencyCode="CAD")
    site.pay(site.bill_of(site.january), "1000.00")
    assert run(site) == {"blocked": 1}
    assert "an amount in another currency is never used" in site.night.open("payments")[0].remedy
    assert site.issued() == []


# --- what happens later ----------------------------------------------------------------------------------------------


@pytest.mark.feature("XTR-21", "ACC-27", "ACC-30", "PRC-API-37")
def test_a_payment_deleted_in_xero_takes_our_locked_payment_issued_away(site: Site) -> None:
    bill = site.bill_of(site.january)
    gone = site.pay(bill, "400.00")
    site.pay(bill, "600.00")
    run(site)
    delete(site, gone)
    assert run(site)["removed"] == 1
    assert [amount for amount, _, _ in paid(site)] == ["600.00"]
    assert notes(site) == []
    before = site.night.writes()
    run(site)
    assert site.night.writes() == before


@pytest.mark.feature("XTR-21", "ACC-30")
def test_a_payment_made_anew_after_its_deletion_is_a_new_payment_issued(site: Site) -> None:
    bill = site.bill_of(site.january)
    delete(site, site.pay(bill, "400.00", Reference="typo"))
    assert run(site) in ({}, {"not_chosen": 1}, {"unchanged": 1})
    wrong = site.pay(bill, "400.00", Reference="wrong day")
    run(site)
    delete(site, wrong)
    site.pay(bill, "400.00", Date="2026-03-05", Reference="right day")
    counts = run(site)
    assert (counts["removed"], counts["created"]) == (1, 1)
    assert paid(site) == [("400.00", "2026-03-05", "right day")]


@pytest.mark.feature("ACC-27")
@pytest.mark.parametrize("step", ["unlocked", "removed"])
def test_a_removal_killed_at_any_step_is_finished_by_the_next_run(site: Site, step: str) -> None:
    payment = site.pay(site.bill_of(site.january), "1000.00")
    run(site)
    delete(site, payment)
    with pytest.raises(Died):
        site.night.run(*BILLING, at_point=dies_at(f"step {step}"))
    assert [one.step for one in site.night.rows(intent) if one.state == "open"] == [step]
    run(site)
    assert site.issued() == []
    assert not [one for one in site.night.rows(intent) if one.state == "open"]


@pytest.mark.feature("ACC-27", "PRC-API-35")
@pytest.mark.parametrize("step", ["created", "locked"])
def test_a_payment_killed_while_it_is_made_is_one_and_locked_after_the_next_run(site: Site, step: str) -> None:
    site.pay(site.bill_of(site.january), "1000.00")
    with pytest.raises(Died):
        site.night.run(*BILLING, at_point=dies_at(f"step {step}"))
    run(site)
    [issued] = site.issued()
    assert issued["origin_id"].startswith("xero:payment:")
    assert not [one for one in site.night.rows(intent) if one.state == "open"]


@pytest.mark.feature("ACC-27", "PRC-API-37", "XTR-21")
@pytest.mark.parametrize("step", [None, "unlocked", "changed", "locked"])
def test_a_reference_corrected_in_xero_is_followed_under_our_lock_even_if_the_run_dies(
    site: Site, step: str | None
) -> None:
    payment = site.pay(site.bill_of(site.january), "400.00", Reference="ACH 1")
    run(site)
    site.night.later(minutes=5)
    site.put("xero.payments", payment, Reference="ACH 1b")
    if step:
        with pytest.raises(Died):
            site.night.run(*BILLING, at_point=dies_at(f"step {step}"))
    run(site)
    assert paid(site) == [("400.00", "2026-03-02", "ACH 1b")]
    assert site.issued()[0]["origin_id"] == f"xero:payment:{payment['PaymentID']}"


@pytest.mark.feature("XTR-21", "ACC-30")
def test_of_a_bill_that_was_voided_after_its_payment_nothing_stays_issued(site: Site) -> None:
    bill = site.bill_of(site.january)
    payment = site.pay(bill, "1000.00")
    run(site)
    delete(site, payment)
    site.change("invoices", bill, Status="VOIDED")
    assert run(site) == {"removed": 1}
    assert site.issued() == []


# --- credits, pre- and overpayments ----------------------------------------------------------------------------------

CREDITS = ["credit_notes", "prepayments", "overpayments"]
SAID = ["Credit note CN-9", "Prepayment", "Overpayment"]


@pytest.mark.feature("ACC-21")
@pytest.mark.parametrize("kind", CREDITS)
def test_credits_are_no_payments_unless_the_settings_say_so(site: Site, kind: str) -> None:
    bill = site.bill_of(site.january)
    site.apply_credit(bill, "150.00", kind)
    site.pay(bill, "850.00")
    assert run(site) == {"created": 1, "not_chosen": 1}
    assert [amount for amount, _, _ in paid(site)] == ["850.00"]
    assert notes(site) == []


@pytest.mark.feature("ACC-21")
@pytest.mark.parametrize(
    ("kind", "said"), [*zip(CREDITS, ["Credit note CN-9", "Prepayment", "Overpayment"], strict=True)]
)
def test_credits_that_count_as_payments_say_what_they_are(site: Site, kind: str, said: str) -> None:
    site.night.set(credits_as_payments=True)
    bill = site.bill_of(site.january)
    numbered = {"CreditNoteNumber": "CN-9"} if kind == "credit_notes" else {}
    site.apply_credit(bill, "150.00", kind, **numbered)
    site.pay(bill, "850.00", Reference="ACH 1")
    assert run(site) == {"created": 2}
    assert paid(site) == [("150.00", "2026-03-03", said), ("850.00", "2026-03-02", "ACH 1")]
    assert notes(site) == []


@pytest.mark.feature("ACC-21", "ACC-30")
def test_credits_are_payments_from_the_night_on_which_the_setting_is_made(site: Site) -> None:
    site.apply_credit(site.bill_of(site.january), "150.00")
    assert run(site) == {"not_chosen": 1}
    site.night.set(credits_as_payments=True)
    run(site)
    assert [amount for amount, _, _ in paid(site)] == ["150.00"]


@pytest.mark.feature("ACC-21", "ACC-30")
def test_a_credit_taken_back_takes_its_payment_issued_away(site: Site) -> None:
    site.night.set(credits_as_payments=True)
    note = site.apply_credit(site.bill_of(site.january), "150.00")
    run(site)
    site.take_back(note)
    assert run(site)["removed"] == 1
    assert site.issued() == []
    assert notes(site) == []


@pytest.mark.feature("ACC-21")
def test_what_is_settled_by_more_than_is_known_is_told_with_the_difference(site: Site) -> None:
    bill = site.bill_of(site.january)
    site.pay(bill, "400.00")
    site.apply_credit(bill, "100.00")
    site.night.later(minutes=1)
    site.put("xero.invoices", site.bill_of(site.january), AmountDue=Decimal("479.50"))
    run(site)
    [told] = notes(site)
    assert f"({bill['InvoiceID']}) is settled by 520.50" in told
    assert "of it come to 500.00. The difference is 20.50." in told
    site.put("xero.invoices", site.bill_of(site.january), AmountDue=Decimal("500.00"))
    run(site)
    assert notes(site) == []


@pytest.mark.feature("ACC-21")
def test_a_run_of_some_records_or_of_payments_alone_tells_of_no_difference(site: Site) -> None:
    """The bill as known is older than its payment: that is no difference."""
    payment = site.pay(site.bill_of(site.january), "400.00")
    site.night.later(hours=1)
    site.night.run("payments")
    assert notes(site) == []
    site.night.run("payments", scope=narrowed(only_records=(payment["PaymentID"],)))
    assert notes(site) == []


# --- what somebody has typed in Procore already ----------------------------------------------------------------------


@pytest.mark.feature("ACC-4")
def test_a_payment_typed_in_procore_with_the_same_invoice_number_and_amount_is_linked(site: Site) -> None:
    typed = site.typed_payment(site.contract, "400.00", invoice_number="RA-1", date="2026-02-27")
    payment = site.pay(site.bill_of(site.january), "400.00")
    run(site)
    assert [one["id"] for one in site.issued()] == [typed["id"]]
    assert site.night.links("payments") == {str(typed["id"]): payment["PaymentID"]}
    before = site.night.writes()
    run(site)
    assert site.night.writes() == before


@pytest.mark.feature("ACC-4")
def test_a_payment_typed_in_procore_without_a_number_is_proposed_and_never_doubled(site: Site) -> None:
    typed = site.typed_payment(site.contract, "400.00", date="2026-02-27")
    payment = site.pay(site.bill_of(site.january), "400.00")
    assert run(site) == {"conflict": 1}
    assert f"links link test payments {typed['id']} {payment['PaymentID']}" in site.night.open("payments")[0].remedy
    assert len(site.issued()) == 1
    site.dismiss("payments", typed["id"], payment["PaymentID"])
    assert run(site) == {"created": 1}
    assert len(site.issued()) == 2


@pytest.mark.feature("ACC-4")
def test_one_typed_payment_and_two_equal_ones_in_xero_are_for_a_person_to_tell_apart(site: Site) -> None:
    site.typed_payment(site.contract, "400.00", invoice_number="RA-1", date="2026-02-27")
    site.pay(site.bill_of(site.january), "400.00")
    site.pay(site.bill_of(site.january), "400.00", Date="2026-03-04")
    assert run(site) == {"conflict": 2}
    assert len(site.issued()) == 1


@pytest.mark.feature("ACC-4")
def test_a_typed_payment_of_another_commitment_is_not_taken_for_it(site: Site) -> None:
    other = site.subcontract(number="SC-002", retainage_percent="0")
    site.typed_payment(other, "400.00", invoice_number="RA-1", date="2025-12-01")
    site.pay(site.bill_of(site.january), "400.00")
    assert run(site) == {"created": 1}
    assert len(site.issued()) == 2
