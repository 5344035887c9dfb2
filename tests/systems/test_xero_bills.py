"""Bills: what subcontractor invoices become, and what keeps them from being wrong or edited."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from jobledger.integration import Integration
from jobledger.systems.base import Window, Write
from jobledger.systems.xero.entities import ENTITIES
from jobledger.systems.xero.hook import XeroHook
from sandbox.faults import Fault
from sandbox.xero.invoices import KIND
from tests.systems.stage import TENANT, XERO, Stage
from tests.systems.xero_books import URL, Books, open_books, texts

BILLS = "bills"
MARK = "procore-9"
NOBODY = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def books(stage: Stage) -> Books:
    return open_books(stage)


@pytest.mark.feature("XER-164", "XER-165", "XER-166", "XER-167", "XER-168", "XER-169", "XER-170", "XER-171", "XER-172")
@pytest.mark.feature("XER-174", "ACC-17")
def test_a_bill_is_created_with_our_mark_and_read_back_as_it_was_sent(books: Books) -> None:
    line = books.line("31.3755", Quantity=Decimal("12.5"))
    result = books.create(BILLS, books.bill(LineItems=[line]), MARK)
    assert result.status == "done", result.message
    row = books.only(BILLS)
    assert row == result.record
    assert (row["Type"], row["InvoiceNumber"], row["Date"], row["DueDate"], row["Status"]) == (
        *("ACCPAY", "SC-014"),
        *("2026-03-01", "2026-03-31", "DRAFT"),
    )
    assert row["Url"] == f"{URL}/9#{MARK}"
    [read] = row["LineItems"]
    assert (read["ItemCode"], read["UnitAmount"], read["LineAmount"]) == (
        "03-300.S",
        Decimal("31.3755"),
        Decimal("392.19"),
    )
    assert read["Tracking"] == books.track()
    assert [bill["InvoiceID"] for bill in books.xero.fetch(BILLS, [str(result.target_id)])] == [row["InvoiceID"]]


def test_a_bills_card_has_what_matching_and_tie_out_need(books: Books) -> None:
    bill = books.seed_bill(LineAmountTypes="Exclusive", LineItems=[books.line(TaxType="INPUT")])
    card = books.card(BILLS, books.only(BILLS))
    assert (card.id, card.number, card.name, card.mark, card.active) == (
        bill["InvoiceID"], "SC-014", "Acme Concrete", None, True,
    )  # fmt: skip
    assert card.evidence == {
        "date": "2026-03-01",
        "party": books.contact,
        "project": books.options["Tower"],
        "amount": "1000.00",
        "total": "1088.10",
        "due": "1088.10",
        "paid": "0.00",
        "invoice_number": "SC-014",
    }
    books.credit(bill, "88.10")
    books.pay(bill, "400.00")
    evidence = books.card(BILLS, books.only(BILLS)).evidence
    assert (evidence["due"], evidence["paid"], evidence["credited"], evidence["locked"]) == (
        *("600.00", "400.00"),
        *("88.10", "paid"),
    )


@pytest.mark.feature("XER-173", "ACC-18")
def test_retainage_is_apart_in_the_ledger_held_positive_released_negative(books: Books) -> None:
    held = books.line("-100.00", ItemCode="RETAINAGE", Description="Retainage held")
    released = books.line("40.00", ItemCode="retainage", Description="Retainage released")
    result = books.create(BILLS, books.bill(LineItems=[books.line(), held, released]), MARK)
    assert result.status == "done", result.message
    row, tower = books.only(BILLS), books.options["Tower"]
    assert (row["Status"], row["Total"]) == ("DRAFT", Decimal("940.00"))
    assert books.ledger(BILLS, row) == [
        ("billed", "03-300.S", tower, "1000.00"),
        ("retained", "RETAINAGE", tower, "100.00"),
        ("retained", "RETAINAGE", tower, "-40.00"),
    ]


def test_without_an_item_of_retainage_no_line_is_retainage(stage: Stage) -> None:
    books = open_books(stage, retainage_item=None)
    books.create(BILLS, books.bill(LineItems=[books.line(), books.line("-100.00", ItemCode="RETAINAGE")]), MARK)
    assert {one[0] for one in books.ledger(BILLS, books.only(BILLS))} == {"billed"}


def test_amounts_that_include_tax_are_net_in_the_ledger(books: Books) -> None:
    lines = [books.line("1088.10", TaxType="INPUT")]
    books.create(BILLS, books.bill(LineAmountTypes="Inclusive", LineItems=lines), MARK)
    row = books.only(BILLS)
    assert [one[3] for one in books.ledger(BILLS, row)] == ["1000.00"]
    assert books.card(BILLS, row).evidence["amount"] == "1000.00"


@pytest.mark.feature("ACC-26")
@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ({"SubTotal": "1000.00", "TotalTax": "88.10", "Total": "1088.10"}, None),
        ({"SubTotal": "999.99"}, "net 1000.00 instead of 999.99"),
        ({"TotalTax": "88.11", "Total": "1088.11"}, "tax 88.10 instead of 88.11, total 1088.10 instead of 1088.11"),
    ],
)
@pytest.mark.parametrize(("status", "ended"), [("DRAFT", "DELETED"), ("AUTHORISED", "VOIDED")])
def test_a_bill_that_xero_reckons_differently_is_taken_back(
    books: Books, expected: dict[str, str], words: str | None, status: str, ended: str
) -> None:
    sums = {name: Decimal(amount) for name, amount in expected.items()}
    document = books.bill(Status=status, LineAmountTypes="Exclusive", LineItems=[books.line(TaxType="INPUT")], **sums)
    result = books.create(BILLS, document, MARK)
    row = books.only(BILLS)
    if words is None:
        assert (result.status, row["Status"]) == ("done", status)
        return
    assert (result.status, result.outcome, result.target_id, row["Status"]) == ("refused", "invalid", None, ended)
    assert words in result.message
    assert "nothing of it is left" in result.message
    assert books.card(BILLS, row).mark is None
    assert books.create(BILLS, {**document, **dict.fromkeys(sums)}, MARK).status == "done"
    assert [books.card(BILLS, one).status for one in books.xero.find(BILLS, MARK, {})] == [status]


def test_a_wrong_bill_in_a_batch_is_taken_back_by_one_more_call(books: Books) -> None:
    wrong = {"Total": Decimal("1.00")}
    documents = [books.bill(f"SC-{n}", **(wrong if n % 2 else {})) for n in range(50)]
    writes = [Write(str(n), "create", one, mark=f"procore-{n}") for n, one in enumerate(documents)]
    results = books.xero.write(BILLS, writes, "k")
    assert [one.status for one in results] == ["done", "refused"] * 25
    assert (books.calls("PUT"), books.calls("POST")) == (1, 1)


def test_a_spoilt_bill_that_cannot_be_taken_back_keeps_its_id_and_mark(books: Books) -> None:
    books.stage.fault(Fault(kind="status", status=503, method="POST", path="Invoices"))
    result = books.create(BILLS, books.bill(Total=Decimal("1.00")), MARK)
    assert (result.status, result.outcome, bool(result.target_id)) == ("refused", "invalid", True)
    assert "could not be taken back" in result.message
    assert books.card(BILLS, books.only(BILLS)).mark == MARK


@pytest.mark.feature("ACC-26")
def test_a_bill_whose_tracking_was_dropped_is_taken_back(books: Books) -> None:
    books.seed("tracking_options", TrackingOptionID=books.options["Depot"], Status="ARCHIVED")
    result = books.create(BILLS, books.bill(LineItems=[books.line(), books.line(project="Depot")]), MARK)
    assert (result.status, result.outcome, result.target_id) == ("refused", "blocked", None)
    assert "dropped the tracking of line 2 ('Slab on grade')" in result.message
    assert books.only(BILLS)["Status"] == "DELETED"


def test_a_field_that_a_bill_cannot_hold_is_named(books: Books) -> None:
    result = books.create(BILLS, books.bill(Reference="RA-7"), MARK)
    assert (result.status, "dropped Reference" in result.message) == ("refused", True)
    assert books.only(BILLS)["Status"] == "DELETED"


@pytest.mark.parametrize(
    ("fields", "line", "outcome", "words"),
    [
        ({}, {"TaxType": "GST"}, "invalid", "tax rate that Xero has"),
        ({"Status": "AUTHORISED", "DueDate": None}, {}, "invalid", "due_date_rule"),
        ({}, {"UnitAmount": Decimal("-1")}, "invalid", "enter a credit note"),
        ({}, {"ItemCode": "none"}, "blocked", "Send the cost code"),
        ({"CurrencyCode": "EUR"}, {}, "blocked", "currency"),
        ({"InvoiceNumber": "x" * 256}, {}, "invalid", "Shorten"),
        ({"Url": "https://x/" + "y" * 500}, {}, "invalid", "Shorten"),
        ({}, {"Description": "x" * 4001}, "invalid", "Shorten"),
        ({"Status": "PAID"}, {}, "conflict", "moved it on"),
        ({"LineAmountTypes": "Gross"}, {}, "invalid", "Mend"),
        ({"Contact": {}}, {}, "invalid", "Mend or fill"),
        ({}, {"UnitAmount": Decimal(10) ** 12}, "invalid", "Mend"),
    ],
)
@pytest.mark.feature("XER-109")
def test_a_refused_bill_says_what_to_do(
    books: Books, fields: dict[str, Any], line: dict[str, Any], outcome: str, words: str
) -> None:
    document = books.bill(**{"LineAmountTypes": "Exclusive", **fields, "LineItems": [books.line(**line)]})
    writes = [Write("bad", "create", document, mark=MARK), Write("ok", "create", books.bill(), mark="procore-2")]
    bad, fine = books.xero.write(BILLS, writes, "k")
    assert (bad.status, bad.outcome, bad.target_id, fine.status) == ("refused", outcome, None, "done"), bad.message
    assert words in bad.remedy
    assert len(books.read(BILLS)) == 1


def test_a_tax_that_the_account_does_not_take_names_both(books: Books) -> None:
    lines = [books.line(TaxType="OUTPUT")]
    result = books.create(BILLS, books.bill(LineAmountTypes="Exclusive", LineItems=lines), MARK)
    assert (result.outcome, "'OUTPUT' cannot be used with account code '5300'" in result.message) == ("invalid", True)
    assert "that the account accepts" in result.remedy


@pytest.mark.feature("ACC-28")
def test_a_bill_in_a_closed_period_is_blocked(books: Books) -> None:
    books.seed("organisation", PeriodLockDate="2026-02-28")
    result = books.create(BILLS, books.bill(Date="2026-02-28"), MARK)
    assert (result.status, result.outcome) == ("refused", "blocked")
    assert "currently set at 28 Feb 2026" in result.message
    assert "closed_period" in result.remedy
    assert books.create(BILLS, books.bill(Date="2026-03-01"), MARK).status == "done"


def test_an_archived_contact_is_a_conflict(books: Books) -> None:
    books.seed("contacts", ContactID=books.contact, ContactStatus="ARCHIVED")
    result = books.create(BILLS, books.bill(), MARK)
    assert (result.outcome, "Restore it" in result.remedy) == ("conflict", True)


@pytest.mark.feature("ACC-30")
@pytest.mark.parametrize("action", ["update", "remove", "mark"])
@pytest.mark.parametrize(
    ("happened", "words"),
    [("paid", "has payments of 400.00"), ("credited", "has credits of 50.00"), ("voided", "was voided or deleted")],
)
def test_a_bill_that_was_paid_credited_or_voided_is_left_alone(
    books: Books, action: Any, happened: str, words: str
) -> None:
    bill = books.seed_bill()
    if happened == "paid":
        books.pay(bill, "400.00")
    elif happened == "credited":
        books.credit(bill, "50.00")
    else:
        books.seed("invoices", InvoiceID=bill["InvoiceID"], Status="VOIDED")
    before = books.only(BILLS)
    result = books.write(BILLS, Write("1", action, {"DueDate": "2026-04-30"}, bill["InvoiceID"], mark=MARK))
    if (action, happened) == ("remove", "voided"):
        assert result.status == "done"
    else:
        assert (result.status, result.outcome) == ("refused", "conflict")
        assert f"The bill SC-014 was left as it is: it {words}" in result.message
    assert books.only(BILLS) == before
    assert books.calls("POST") == 0


@pytest.mark.parametrize(
    ("status", "ended"), [("DRAFT", "DELETED"), ("SUBMITTED", "DELETED"), ("AUTHORISED", "VOIDED")]
)
def test_a_bill_is_deleted_or_voided(books: Books, status: str, ended: str) -> None:
    made = books.create(BILLS, books.bill(Status=status), MARK)
    result = books.remove(BILLS, str(made.target_id))
    assert result.status == "done", result.message
    row = books.only(BILLS)
    assert (row["Status"], books.card(BILLS, row).active, books.ledger(BILLS, row)) == (ended, False, [])
    assert books.card(BILLS, row).mark == MARK


@pytest.mark.feature("ACC-14")
def test_a_draft_counts_in_the_ledger_and_an_update_never_makes_a_bill_a_draft_again(books: Books) -> None:
    made = books.create(BILLS, books.bill(), MARK)
    assert len(books.ledger(BILLS, books.only(BILLS))) == 1
    books.seed("invoices", InvoiceID=made.target_id, Status="AUTHORISED")
    result = books.update(BILLS, str(made.target_id), {"DueDate": "2026-04-30", "Status": "DRAFT"})
    assert result.status == "done", result.message
    assert (books.only(BILLS)["Status"], books.only(BILLS)["DueDate"]) == ("AUTHORISED", "2026-04-30")


def test_an_update_keeps_foreign_lines_and_four_decimals(books: Books) -> None:
    theirs = {"Description": "Theirs", "Quantity": 3, "UnitAmount": Decimal("1.2345"), "AccountCode": "6900"}
    mine = books.line(Description="Mine")
    made = books.create(BILLS, books.bill(LineItems=[mine, theirs]), MARK)
    ours, foreign = (line["LineItemID"] for line in books.only(BILLS)["LineItems"])
    lines = [{**mine, "LineItemID": ours, "UnitAmount": Decimal("2.5005")}, books.line("1.00", Description="More")]
    result = books.update(BILLS, str(made.target_id), {"LineItems": lines}, ours)
    assert result.status == "done", result.message
    row = books.only(BILLS)
    assert texts(row) == ["Mine", "More", "Theirs"]
    assert [line["LineItemID"] for line in row["LineItems"]][::2] == [ours, foreign]
    assert [line["UnitAmount"] for line in row["LineItems"]] == [Decimal("2.5005"), 1, Decimal("1.2345")]
    assert row["Url"] == f"{URL}/9#{MARK}"


def test_an_update_that_comes_to_another_total_is_told_and_the_bill_stays(books: Books) -> None:
    made = books.create(BILLS, books.bill(), MARK)
    line = books.only(BILLS)["LineItems"][0]["LineItemID"]
    lines = [books.line("2.00", LineItemID=line)]
    result = books.update(BILLS, str(made.target_id), {"LineItems": lines, "Total": Decimal("3.00")}, line)
    assert (result.status, result.outcome, result.target_id) == ("refused", "invalid", made.target_id)
    assert "total 2.00 instead of 3.00. It stays as Xero has it now" in result.message


def test_a_bill_whose_address_xero_dropped_is_recognised_by_its_place_and_taken_back(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.xero.invoices.KIND", replace(KIND, texts={"InvoiceNumber": 255}))
    result = books.create(BILLS, books.bill(), MARK)
    assert (result.status, result.target_id, "dropped Url" in result.message) == ("refused", None, True)
    assert books.only(BILLS)["Status"] == "DELETED"


def test_forty_updates_are_two_calls(books: Books) -> None:
    ids = [books.seed_bill()["InvoiceID"] for _ in range(40)]
    writes = [Write(one, "update", {"DueDate": "2026-04-30"}, one) for one in ids]
    before = books.calls()
    assert {one.status for one in books.xero.write(BILLS, writes, "k")} == {"done"}
    assert books.calls() - before == 2


def test_our_mark_is_written_into_a_linked_bill_but_not_over_another_integrations(books: Books) -> None:
    ours, theirs = books.seed_bill(), books.seed_bill(Url="https://crm.example/7")
    linked = books.write(BILLS, Write("1", "mark", {}, ours["InvoiceID"], mark=MARK))
    foreign = books.write(BILLS, Write("1", "mark", {}, theirs["InvoiceID"], mark=MARK))
    assert linked.status == "done", linked.message
    assert (foreign.outcome, "https://crm.example/7" in foreign.message) == ("conflict", True)
    marks = {row["InvoiceID"]: books.card(BILLS, row).mark for row in books.read(BILLS)}
    assert marks == {ours["InvoiceID"]: MARK, theirs["InvoiceID"]: None}


@pytest.mark.feature("ACC-17")
def test_a_lost_answer_is_settled_by_contact_and_mark_even_if_the_date_was_changed(books: Books) -> None:
    books.stage.fault(Fault(kind="drop_after_commit", method="PUT", path="Invoices"))
    assert books.create(BILLS, books.bill(), MARK).status == "unknown"
    books.stage.fault()
    books.create(BILLS, books.bill(), "procore-91")
    key = {"Contact.ContactID": books.contact, "Date": "2026-03-01"}
    [found] = books.xero.find(BILLS, MARK, key)
    assert books.card(BILLS, found).mark == MARK
    books.seed("invoices", InvoiceID=found["InvoiceID"], Date="2026-03-02")
    assert [row["InvoiceID"] for row in books.xero.find(BILLS, MARK, key)] == [found["InvoiceID"]]
    assert books.xero.find(BILLS, "procore-8", key) == []
    assert books.xero.find(BILLS, MARK, {**key, "Contact.ContactID": NOBODY}) == []


def test_without_a_mark_a_bill_is_found_by_contact_and_date(books: Books) -> None:
    books.seed_bill(Date="2026-02-01")
    wanted = books.seed_bill()
    books.seed_bill(Contact={"Name": "Bolt"})
    key = {"Contact.ContactID": books.contact, "Date": "2026-03-01"}
    assert [row["InvoiceID"] for row in books.xero.find(BILLS, None, key)] == [wanted["InvoiceID"]]


def test_bills_only_are_read_voided_ones_too_since_a_time_or_between_days(books: Books) -> None:
    books.seed_bill(InvoiceNumber="1", Date="2026-01-31")
    books.seed_bill(InvoiceNumber="2", Date="2026-02-01", Status="VOIDED")
    books.seed("invoices", Type="ACCREC", **{**books.bill("INV-1"), "LineItems": [books.line(AccountCode="4000")]})
    books.stage.sandbox.world.clock.advance(timedelta(hours=1))
    since = books.stage.around.clock() - timedelta(minutes=1)
    books.seed_bill(InvoiceNumber="3", Date="2026-03-01")
    assert {row["InvoiceNumber"] for row in books.read(BILLS)} == {"1", "2", "3"}
    assert [row["InvoiceNumber"] for row in books.read(BILLS, since=since)] == ["3"]
    dated = books.read(BILLS, dated=(date(2026, 2, 1), date(2026, 3, 1)))
    assert [row["InvoiceNumber"] for row in dated] == ["2"]


def test_a_bill_over_several_projects_has_no_project_of_its_own(books: Books) -> None:
    books.seed_bill(LineItems=[books.line(), books.line(project="Depot"), books.line(project=None)])
    row = books.only(BILLS)
    assert "project" not in books.card(BILLS, row).evidence
    assert [one[2] for one in books.ledger(BILLS, row)] == [books.options["Tower"], books.options["Depot"], ""]


def test_the_total_of_a_bill_is_that_of_xero(books: Books) -> None:
    total = ENTITIES[BILLS].total
    assert total is not None
    lines = [books.line("31.3755", Quantity=Decimal("12.5")), books.line("0.00005", Quantity=100)]
    document = books.bill(LineItems=lines)
    assert books.create(BILLS, {**document, "SubTotal": total(document)}, MARK).status == "done"
    assert total(document) == Decimal("392.20")


@pytest.mark.feature("ACC-28")
def test_the_facts_tell_currency_and_the_later_lock_date(books: Books) -> None:
    assert books.xero.facts("purchase_orders") == {"base_currency": "USD"}
    books.seed("organisation", PeriodLockDate="2026-02-28", EndOfYearLockDate="2025-12-31")
    assert books.xero.facts("purchase_orders") == {"base_currency": "USD", "closed_until": "2026-02-28"}
    books.seed("organisation", PeriodLockDate=None)
    assert books.xero.facts("costs")["closed_until"] == "2025-12-31"


@pytest.mark.feature("ACC-18")
@pytest.mark.parametrize(
    ("item", "account", "words"),
    [
        (None, None, "retainage.item is not set"),
        ("HELD", None, "names 'HELD', which is no item in Xero"),
        ("NO-ACCOUNT", None, "has no purchase account"),
        ("03-300.S", None, "is of the class EXPENSE"),
        ("RETAINAGE", "2100", "is Xero's own (CREDITORS)"),
        ("RETAINAGE", "2150", "is archived"),
    ],
)
def test_an_account_that_cannot_hold_retainage_is_explained(
    stage: Stage, item: str | None, account: str | None, words: str
) -> None:
    books = open_books(stage, retainage_item=item)
    if account:
        [held] = [one for one in stage.records("xero.items") if one["Code"] == "RETAINAGE"]
        books.seed("items", ItemID=held["ItemID"], PurchaseDetails={"AccountCode": account})
    if words == "is archived":
        [one] = [one for one in stage.records("xero.accounts") if one["Code"] == account]
        books.seed("accounts", AccountID=one["AccountID"], Status="ARCHIVED")
    facts = books.xero.facts(BILLS)
    assert (facts["retainage_account"], words in facts["retainage_problem"]) == (None, True)


@pytest.mark.feature("ACC-18")
def test_the_hook_hands_on_category_and_item_of_retainage(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = {"conn_type": "xero", "host": XERO, "login": "xero-demo-client", "password": "xero-demo-secret"}
    monkeypatch.setenv("AIRFLOW_CONN_XERO_DEMO", json.dumps(connection))
    accounting = {"system": "xero", "connection": "xero_demo", "tenant_id": TENANT, "project_tracking_category": "Job"}
    procore = {"connection": "procore_demo", "company_id": 1}
    named = {"name": "test", "procore": procore, "accounting": accounting, "retainage": {"item": "RETAINAGE"}}
    system = XeroHook.for_integration(Integration(**named), books.stage.around)
    assert system.facts(BILLS)["retainage_account"] == "2150"
    books.seed_bill()
    [page] = system.read(BILLS, Window())
    assert books.card(BILLS, page.rows[0]).evidence["project"] == books.options["Tower"]


@pytest.mark.feature("ACC-18")
def test_the_account_of_retainage_is_told(books: Books) -> None:
    before = books.calls()
    facts = books.xero.facts(BILLS)
    assert facts == {"base_currency": "USD", "retainage_account": "2150", "retainage_problem": None}
    assert books.calls() - before == 3
