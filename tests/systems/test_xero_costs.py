"""Job costs of the books: one row per document and project, net of tax, signed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from jobledger.systems.base import Window, Write
from sandbox.faults import Fault
from tests.systems.stage import Stage
from tests.systems.xero_books import URL, Books, open_books

COSTS = "costs"


@pytest.fixture
def books(stage: Stage) -> Books:
    return open_books(stage)


def money_out(books: Books, kind: str = "SPEND", **fields: Any) -> dict[str, Any]:
    record = {"Type": kind, "Contact": {"ContactID": books.contact}, "BankAccount": {"Code": "091"}}
    given = {
        "Date": "2026-03-01",
        "LineAmountTypes": "NoTax",
        "LineItems": [books.line("54.00", AccountCode="5300")],
        **fields,
    }
    return books.seed("bank_transactions", **{**record, **given})


def note(books: Books, **fields: Any) -> dict[str, Any]:
    record = {"Type": "ACCPAYCREDIT", "Contact": {"ContactID": books.contact}, "Date": "2026-03-01"}
    given = {"Status": "AUTHORISED", "LineAmountTypes": "NoTax", "LineItems": [books.line("150.00")], **fields}
    return books.seed("credit_notes", **{**record, **given})


@pytest.mark.feature("XER-108", "XER-148", "XER-151", "XER-154", "XER-155", "XER-157", "XER-158", "XER-159", "XER-160")
@pytest.mark.feature("XER-161", "XER-162", "XTR-22", "ACC-23")
def test_a_bill_is_a_cost_of_its_project(books: Books) -> None:
    bill = books.seed_bill(
        InvoiceNumber="1001",
        LineItems=[books.line("12.5075", Quantity=3, Description="Rebar")],
        Url="https://x.example/7",
    )
    key = bill["InvoiceID"]
    assert books.only(COSTS) == {
        "id": f"bill:{key}/{books.options['Tower']}",
        "document_id": key,
        "document_type": "bill",
        "direct_cost_type": "invoice",
        "number": "1001",
        "short_id": key[:8],
        "invoice_number": "1001",
        "reference": None,
        "status": "AUTHORISED",
        "date": "2026-03-01",
        "received": "2026-03-01",
        "contact_id": books.contact,
        "contact_name": "Acme Concrete",
        "option_id": books.options["Tower"],
        "option_name": "Tower",
        "updated": "2026-03-02T08:00:00.000Z",
        "currency": "USD",
        "foreign_currency": None,
        "bank_account": None,
        "url": "https://x.example/7",
        "mark_of": None,
        "unsyncable": None,
        "amount": Decimal("37.52"),
        "lines": [
            {
                "id": bill["LineItems"][0]["LineItemID"],
                "code": "03-300.S",
                "description": "Rebar",
                "quantity": Decimal(3),
                "unit_cost": Decimal("12.5075"),
                "amount": Decimal("37.52"),
            }
        ],
    }


@pytest.mark.feature("XER-150", "XER-153", "ACC-23")
def test_credits_spend_money_and_refunds_have_their_types_and_signs(books: Books) -> None:
    books.seed_bill(InvoiceNumber="1001")
    note(books, CreditNoteNumber="CN-7", Reference="Returned")
    money_out(books, Reference="card 123")
    money_out(books, "RECEIVE", Reference="card refund")
    rows = {row["document_type"]: row for row in books.read(COSTS)}
    told = {kind: (row["direct_cost_type"], row["invoice_number"], row["reference"]) for kind, row in rows.items()}
    assert told == {
        "bill": ("invoice", "1001", None),
        "credit": ("invoice", "CN-7", "Returned"),
        "spend": ("expense", None, "card 123"),
        "refund": ("expense", None, "card refund"),
    }
    amounts = {kind: (str(row["amount"]), str(row["lines"][0]["unit_cost"])) for kind, row in rows.items()}
    assert amounts == {
        "bill": ("1000.00", "1000.0000"),
        "credit": ("-150.00", "-150.0000"),
        "spend": ("54.00", "54.0000"),
        "refund": ("-54.00", "-54.0000"),
    }
    assert {kind: row["bank_account"] for kind, row in rows.items()} == {
        **dict.fromkeys(("bill", "credit")),
        **dict.fromkeys(("spend", "refund"), "091"),
    }
    assert books.ledger(COSTS, rows["refund"]) == [("cost", "03-300.S", books.options["Tower"], "-54.00")]


@pytest.mark.feature("ACC-1", "ACC-23")
def test_a_bill_over_three_projects_is_three_rows_that_add_up_to_it(books: Books) -> None:
    [third] = books.stage.seed("xero", "tracking_options", {"Name": "Pier", "TrackingCategoryID": books.category})
    books.options["Pier"] = third["TrackingOptionID"]
    lines = [books.line("10.00"), books.line("20.00", "Depot"), books.line("-3.00"), books.line("0.05", "Pier")]
    bill = books.seed_bill(LineItems=lines)
    rows = {row["option_name"]: row for row in books.read(COSTS)}
    assert {name: str(row["amount"]) for name, row in rows.items()} == {
        "Tower": "7.00",
        "Depot": "20.00",
        "Pier": "0.05",
    }
    assert {row["id"] for row in rows.values()} == {f"bill:{bill['InvoiceID']}/{one}" for one in books.options.values()}
    assert sum(row["amount"] for row in rows.values()) == books.only("bills")["SubTotal"]
    assert [str(line["amount"]) for line in rows["Tower"]["lines"]] == ["10.00", "-3.00"]


@pytest.mark.feature("ACC-1")
def test_a_partly_tracked_bill_names_the_part_without_a_project(books: Books) -> None:
    bill = books.seed_bill(LineItems=[books.line("10.00"), books.line("5.00", None, ItemCode=None, AccountCode="6900")])
    rows = {row["id"].partition("/")[2]: row for row in books.read(COSTS)}
    assert set(rows) == {books.options["Tower"], "-"}
    rest = rows["-"]
    assert (rest["option_id"], rest["option_name"], rest["amount"]) == (None, None, Decimal("5.00"))
    assert rest["unsyncable"] == "It has no option of the tracking category 'Job'. 1 of 1 lines have no item."
    assert rows[books.options["Tower"]]["unsyncable"] is None
    assert "project" not in books.card(COSTS, rest).evidence
    assert books.card(COSTS, rest).evidence["bill"] == bill["InvoiceID"]


def test_plain_overheads_are_no_job_costs_but_an_item_without_a_project_is_one(books: Books) -> None:
    rent = books.line("900.00", None, ItemCode=None, AccountCode="6100")
    overhead = books.seed_bill(LineItems=[rent])
    [page, *_] = books.xero.read(COSTS, Window())
    assert (page.rows, page.documents) == ([], (f"bill:{overhead['InvoiceID']}",))
    books.seed_bill(LineItems=[rent, books.line("10.00", None)])
    row = books.only(COSTS)
    assert (row["option_id"], row["amount"], len(row["lines"])) == (None, Decimal("910.00"), 2)


def test_tracking_of_another_category_is_no_project(books: Books) -> None:
    [region] = books.stage.seed("xero", "tracking_categories", {"Name": "Region"})
    [west] = books.stage.seed(
        "xero", "tracking_options", {"Name": "Tower", "TrackingCategoryID": region["TrackingCategoryID"]}
    )
    other = {"TrackingCategoryID": region["TrackingCategoryID"], "TrackingOptionID": west["TrackingOptionID"]}
    books.seed_bill(
        LineItems=[books.line("1.00", Tracking=[other]), books.line("2.00", Tracking=[other, *books.track()])]
    )
    rows = {row["option_id"]: str(row["amount"]) for row in books.read(COSTS)}
    assert rows == {None: "1.00", books.options["Tower"]: "2.00"}


@pytest.mark.feature("ACC-18")
def test_retainage_is_never_a_cost(books: Books) -> None:
    books.seed_bill(LineItems=[books.line("1000.00"), books.line("-100.00", ItemCode="RETAINAGE")])
    books.seed_bill(LineItems=[books.line("40.00", ItemCode="RETAINAGE")])
    assert [str(row["amount"]) for row in books.read(COSTS)] == ["1000.00"]


def test_amounts_that_include_tax_are_net(books: Books) -> None:
    lines = [books.line("1088.10", TaxType="INPUT"), books.line("33.333", TaxType="INPUT", Quantity=3)]
    books.seed_bill(LineAmountTypes="Inclusive", LineItems=lines)
    row, bill = books.only(COSTS), books.only("bills")
    assert row["amount"] == bill["SubTotal"] == Decimal("1091.90")
    assert [(str(line["unit_cost"]), str(line["amount"])) for line in row["lines"]] == [
        ("1000.0000", "1000.00"),
        ("30.6333", "91.90"),
    ]


def test_tax_on_top_is_left_out(books: Books) -> None:
    books.seed_bill(LineAmountTypes="Exclusive", LineItems=[books.line(TaxType="INPUT")])
    assert books.only(COSTS)["amount"] == Decimal("1000.00")


@pytest.mark.feature("XTR-22", "XER-90")
@pytest.mark.parametrize(
    ("status", "words"), [("DRAFT", "It is a draft in Xero."), ("SUBMITTED", "It waits for approval in Xero.")]
)
def test_drafts_are_told_but_do_not_count(books: Books, status: str, words: str) -> None:
    books.seed_bill(Status=status, LineItems=[books.line(), books.line("5.00", ItemCode=None)])
    row = books.only(COSTS)
    card = books.card(COSTS, row)
    assert (card.active, card.status, books.ledger(COSTS, row)) == (False, status, [])
    assert card.evidence["unsyncable"] == f"{words} 1 of 2 lines have no item."


@pytest.mark.feature("ACC-30")
def test_a_voided_bill_comes_again_with_the_parts_that_it_had(books: Books) -> None:
    bill = books.seed_bill(LineItems=[books.line(), books.line("5.00", "Depot")])
    books.stage.sandbox.world.clock.advance(timedelta(hours=1))
    since = books.stage.around.clock() - timedelta(minutes=1)
    assert books.read(COSTS, since=since) == []
    books.seed("invoices", InvoiceID=bill["InvoiceID"], Status="VOIDED")
    rows = books.read(COSTS, since=since)
    assert {row["option_name"]: row["status"] for row in rows} == {"Tower": "VOIDED", "Depot": "VOIDED"}
    assert {books.card(COSTS, row).active for row in rows} == {False}
    assert [books.ledger(COSTS, row) for row in rows] == [[], []]


@pytest.mark.feature("ACC-30")
def test_a_recoded_bill_names_itself_so_that_its_lost_part_is_seen(books: Books) -> None:
    bill = books.seed_bill(LineItems=[books.line(), books.line("5.00", "Depot")])
    kept = [{**bill["LineItems"][0], "Tracking": books.track("Depot")}]
    books.seed("invoices", InvoiceID=bill["InvoiceID"], LineItems=kept)
    [page, *_] = books.xero.read(COSTS, Window())
    assert [row["option_name"] for row in page.rows] == ["Depot"]
    assert page.documents == (f"bill:{bill['InvoiceID']}",)


@pytest.mark.feature("ACC-25")
def test_our_own_bill_is_known_by_its_mark(books: Books) -> None:
    assert books.create("bills", books.bill(Status="AUTHORISED"), "procore-9").status == "done"
    row = books.only(COSTS)
    assert (row["mark_of"], row["url"]) == ("procore-9", f"{URL}/9#procore-9")
    assert books.card(COSTS, row).evidence["mark_of"] == "procore-9"


@pytest.mark.feature("XER-149", "XER-153", "XER-156")
def test_our_own_bill_is_a_subcontractor_invoice_with_its_reference_and_was_not_received(books: Books) -> None:
    books.create("bills", books.bill("SC-014", Status="AUTHORISED"), "procore-9")
    row = books.only(COSTS)
    assert (row["direct_cost_type"], row["reference"], row["received"]) == ("subcontractor_invoice", "SC-014", None)


@pytest.mark.feature("ACC-23")
def test_a_bill_without_a_reference_gets_a_number_of_its_id(books: Books) -> None:
    bill = books.seed_bill(InvoiceNumber="")
    row = books.only(COSTS)
    assert (row["number"], row["invoice_number"]) == ("", f"XERO-{bill['InvoiceID'][:8]}")


@pytest.mark.feature("ACC-26")
def test_a_cost_in_another_currency_says_so(books: Books) -> None:
    books.stage.sandbox.world.tables.put("xero.currencies", "EUR", {"Code": "EUR", "Description": "Euro"})
    books.seed_bill(CurrencyCode="EUR")
    row = books.only(COSTS)
    assert (row["currency"], row["foreign_currency"]) == ("EUR", "EUR")


def test_money_received_as_income_is_no_refund(books: Books) -> None:
    income = books.line("500.00", ItemCode=None, AccountCode="4000")
    money_out(books, "RECEIVE", LineItems=[income])
    money_out(books, "RECEIVE", LineItems=[income, books.line("20.00", AccountCode="5300")])
    assert [(row["document_type"], str(row["amount"])) for row in books.read(COSTS)] == [("refund", "-20.00")]


@pytest.mark.feature("XER-154")
def test_the_card_of_a_cost_has_what_reports_and_choices_need(books: Books) -> None:
    spend = money_out(books, Reference="card 123")
    card = books.card(COSTS, books.only(COSTS))
    tower = books.options["Tower"]
    assert (card.id, card.name, card.number, card.active) == (
        *(f"spend:{spend['BankTransactionID']}/{tower}", "Acme Concrete"),
        *("card 123", True),
    )
    assert card.evidence == {
        "amount": "54.00",
        "date": "2026-03-01",
        "party": books.contact,
        "project": tower,
        "account": "091",
        "kind": "spend",
    }


def test_the_ledger_of_a_cost_has_its_code_party_and_document(books: Books) -> None:
    bill = books.seed_bill(LineItems=[books.line("10.00"), books.line("5.00", ItemCode="09-900.M")])
    lines = books.xero.entities[COSTS].ledger
    assert lines is not None
    first, second = lines(books.only(COSTS))
    assert (first.cost_code, first.party, first.parent, first.dated) == (
        *("03-300.S", books.contact),
        *(bill["InvoiceID"], date(2026, 3, 1)),
    )
    assert (second.cost_code, second.amount, second.line) == (
        *("09-900.M", Decimal("5.00")),
        bill["LineItems"][1]["LineItemID"],
    )


def test_the_costs_of_some_days_are_read_from_all_three_lists(books: Books) -> None:
    for day in ("2026-01-31", "2026-02-01", "2026-03-01"):
        books.seed_bill(Date=day)
        note(books, Date=day)
        money_out(books, Date=day)
    before = books.calls()
    rows = books.read(COSTS, dated=(date(2026, 2, 1), date(2026, 3, 1)))
    assert {(row["document_type"], row["date"]) for row in rows} == {
        (kind, "2026-02-01") for kind in ("bill", "credit", "spend")
    }
    assert books.calls() - before == 4


def test_nothing_changed_is_three_calls(books: Books) -> None:
    books.seed_bill()
    books.stage.sandbox.world.clock.advance(timedelta(hours=1))
    before = books.calls()
    assert books.read(COSTS, since=books.stage.around.clock()) == []
    assert books.calls() - before == 3


def test_rows_are_fetched_by_id_and_documents_with_all_their_rows(books: Books) -> None:
    bill = books.seed_bill(LineItems=[books.line(), books.line("5.00", "Depot")])
    credit, spend = note(books), money_out(books)
    tower = books.options["Tower"]
    ids = [
        f"bill:{bill['InvoiceID']}/{tower}",
        f"credit:{credit['CreditNoteID']}",
        f"spend:{spend['BankTransactionID']}/-",
        "bill:11111111-1111-4111-8111-111111111111",
    ]
    rows = books.xero.fetch(COSTS, ids)
    assert {row["id"] for row in rows} == {ids[0], f"{ids[1]}/{tower}"}
    assert len(books.xero.fetch(COSTS, [f"bill:{bill['InvoiceID']}"])) == 2
    assert books.xero.fetch(COSTS, [f"spend:{spend['BankTransactionID']}"])[0]["document_type"] == "spend"


def test_sales_and_other_kinds_of_money_are_left_out(books: Books) -> None:
    sale = {**books.bill("INV-1"), "LineItems": [books.line(AccountCode="4000")]}
    books.seed("invoices", Type="ACCREC", **{**sale, "Status": "AUTHORISED"})
    books.seed("credit_notes", **{**sale, "Type": "ACCRECCREDIT", "Status": "AUTHORISED"})
    assert books.read(COSTS) == []


def test_costs_are_never_written(books: Books) -> None:
    books.seed_bill()
    [result] = books.xero.write(COSTS, [Write("1", "remove", {}, books.only(COSTS)["id"])], "k")
    assert (result.status, result.outcome) == ("refused", "conflict")
    assert books.xero.find(COSTS, "procore-1", {}) == []
    assert books.only(COSTS)["status"] == "AUTHORISED"


def test_costs_edited_between_pages_are_not_lost(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(35):
        books.seed_bill(InvoiceNumber=str(number))
    monkeypatch.setattr("jobledger.systems.xero.api.PAGE_SIZE", 10)
    books.stage.fault(Fault(kind="edit_while_paging", system="xero", entity="invoices"))
    assert sorted(int(row["number"]) for row in books.read(COSTS)) == list(range(35))
