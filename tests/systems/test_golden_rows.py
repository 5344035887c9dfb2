"""The golden files' records are what the connectors yield for the stories of their README. Ids are the files' own."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from jobledger.systems.base import Window
from tests.golden.files import read
from tests.systems.pex_cards import DEPOT, Cards, coded, part
from tests.systems.stage import Stage, set_up
from tests.systems.xero_books import Books, open_books

Row = dict[str, Any]


def likeness(row: Any, golden: Any) -> Any:
    """Of a row what a golden record has of it, without the ids."""
    if isinstance(golden, dict):
        return {name: likeness(row[name], one) for name, one in golden.items() if not _is_id(name)}
    if isinstance(golden, list):
        return [likeness(one, other) for one, other in zip(row, golden, strict=True)]
    return row


def _is_id(name: str) -> bool:
    return name in {"id", "url"} or name.endswith("_id")


def key(row: Row) -> tuple[Any, ...]:
    """By what a row of Procore is found: its commitment's number, and its own."""
    return row.get("commitment", row)["number"], row["number"]


@pytest.fixture(scope="module")
def demo() -> dict[str, dict[tuple[Any, ...], Row]]:
    """The rows of the demo by entity and key."""
    [stage] = set_up_once()
    system = stage.procore()
    entities = ("commitments", "change_orders", "invoices")
    found = {name: [row for page in system.read(name, Window()) for row in page.rows] for name in entities}
    return {name: {key(row): row for row in rows} for name, rows in found.items()}


def set_up_once() -> list[Stage]:
    stage = next(set_up())
    stage.sandbox.reset("demo")
    stage.sandbox.vendors["procore"].quota.set_mode("off")
    return [stage]


@pytest.mark.parametrize("entity", ["commitments", "change_orders", "invoices"])
def test_procore_yields_the_records_of_the_story(entity: str, demo: dict[str, dict[tuple[Any, ...], Row]]) -> None:
    golden = read(f"xero/{entity}", "input.json")["records"]
    assert {title: likeness(demo[entity][key(one)], one) for title, one in golden.items()} == {
        title: likeness(one, one) for title, one in golden.items()
    }


@pytest.mark.parametrize("entity", ["bill_payments", "costs"])
def test_xero_yields_the_records_of_the_story(entity: str, stage: Stage) -> None:
    rows = STORIES[entity](open_books(stage))
    golden = read(f"xero/{GOLDEN[entity]}", "input.json")["records"]
    assert [likeness(row, one) for row, one in zip(rows, golden.values(), strict=True)] == [
        likeness(one, one) for one in golden.values()
    ]


def payment_over_two_bills(books: Books) -> list[Row]:
    """One transfer for the bills of February and March, and half of another bill paid by check."""
    february, march, april = (
        books.seed_bill(LineItems=[books.line(amount)]) for amount in ("45958.54", "61715.46", "55518.81")
    )
    batch = {"Date": "2026-04-10", "Reference": "ACH 10442", "BatchPayment": {"BatchPaymentID": "b-1"}}
    books.pay(february, "45958.54", **batch)
    books.pay(march, "61715.46", **batch)
    books.pay(april, "27759.40", Date="2026-05-28", Reference="Check 2207")
    return sorted(books.read("bill_payments"), key=lambda row: (row["date"], row["amount"]))


def costs_that_began_in_the_books(books: Books) -> list[Row]:
    """A bill over three projects, a credit, money spent and refunded, a bill without number, and one without item."""
    [annex] = books.stage.seed("xero", "tracking_options", {"Name": "Annex", "TrackingCategoryID": books.category})
    books.options["Annex"] = annex["TrackingOptionID"]
    over_three = [
        books.line("31.25", Quantity=12, Description="Footings, by the yard"),
        books.line("84.10", ItemCode="09-900.M", Description="Curing compound"),
        books.line("1240.90", "Depot", Description="Loading dock"),
        books.line("33.3333", "Annex", Quantity=3, Description="Ramp"),
    ]
    books.seed_bill(InvoiceNumber="4471", LineItems=over_three)
    head = {"Contact": {"ContactID": books.contact}, "Date": "2026-03-01", "LineAmountTypes": "NoTax"}
    credited = [books.line("150.00", Description="Returned forms")]
    books.seed(
        "credit_notes",
        **head,
        Type="ACCPAYCREDIT",
        Status="AUTHORISED",
        CreditNoteNumber="CN-7",
        Reference="Forms",
        LineItems=credited,
    )
    card = {**head, "BankAccount": {"Code": "091"}, "Reference": "Card 1123"}
    bolts, back = (
        [books.line(amount, Description="Anchor bolts", AccountCode="5300")] for amount in ("54.00", "18.00")
    )
    books.seed("bank_transactions", **card, Type="SPEND", LineItems=bolts)
    books.seed("bank_transactions", **card, Type="RECEIVE", LineItems=back)
    books.seed_bill(InvoiceNumber=None, InvoiceID=NUMBERLESS, LineItems=[books.line("96.00", "Depot")])
    books.seed_bill(InvoiceNumber="4472", LineItems=[books.line("12.00", ItemCode=None, AccountCode="5300")])
    order = {"4471": 0, "CN-7": 1, "": 2, "4472": 5}
    projects = ["Tower", "Depot", "Annex"]
    return sorted(
        books.read("costs"),
        key=lambda row: (order[row["number"]], row["document_type"] != "spend", projects.index(row["option_name"])),
    )


NUMBERLESS = "7c1e55a0-0000-4000-8000-000000000001"
GOLDEN = {"bill_payments": "payments", "costs": "job_costs"}
STORIES = {"bill_payments": payment_over_two_bills, "costs": costs_that_began_in_the_books}


@pytest.mark.feature("PEX-22", "PEX-28", "ACC-1")
def test_pex_yields_the_purchases_and_receipts_of_the_story(stage: Stage) -> None:
    cards = Cards(stage)
    purchases_of_a_week(cards)
    for flow, entity in (("purchases", "purchases"), ("purchase_receipts", "receipts")):
        rows = {row["id"]: row for row in cards.read(entity=entity, zone=ZoneInfo("America/Denver"))}
        golden = read(f"pex/{flow}", "input.json")["records"].values()
        assert [rows[one["id"]] for one in golden] == list(golden)
        assert set(rows) == {one["id"] for one in golden}


def purchases_of_a_week(cards: Cards) -> None:
    """What Ana buys, gives back and forgets to say; of three purchases she attaches receipts."""
    cards.put("tags", Name="Job note", Type="Text")
    cards.buy(
        "-120.50", TransactionId=48101, Tags=coded() | {"Job note": "Forms for the lobby"}, Notes=["Asked for by Leo"]
    )
    rented = cards.buy(
        "-400.00",
        TransactionId=48102,
        MerchantName="Ace Rental",
        Split=[part("250.01"), part("149.99", DEPOT, "310")],
    )
    cards.buy("-75.00", TransactionId=48103, Split=[part("50.00"), part("25.00", code="310")])
    cards.buy("20.00", TransactionId=48104)
    cards.buy(
        "64.20",
        TransactionId=48105,
        MerchantName=None,
        MerchantCity=None,
        MerchantState=None,
        Description="Dispute credit",
        TransactionType="Transfer",
        TransactionTypeCategory="Dispute",
    )
    cards.buy("-31.00", TransactionId=48106, Tags=coded(code="310", kind=None))
    cards.buy("-12.00", TransactionId=48107, Tags=coded(kind=None))
    cards.buy("-9.99", TransactionId=48108, MerchantName="Shell", Tags=coded(code="999"))
    cards.buy("-5.00", TransactionId=48109, MerchantName="Shell", Tags=coded(code=None))
    cards.buy("-8.00", TransactionId=48110, Tags=coded(kind="Z"))
    cards.buy("-44.00", TransactionId=48111, MerchantName="Delta Air Lines", Tags=coded(project=None))
    fuel = cards.buy("-61.75", TransactionId=48112, MerchantName="Shell", Tags=coded("26003"))
    cards.buy("-100.00", TransactionId=48113, Split=[part("60.00"), part("30.00", DEPOT)], _unchecked=True)
    cards.buy("-18.00", TransactionId=48114, MetadataApprovalStatus="NotReviewed")
    cards.buy("-27.00", TransactionId=48115, Notes=["Synced transaction #48115 to Procore on 2026-02-28 10:00:00"])
    cards.buy(
        "-36.00", TransactionId=48116, TransactionTime="2026-02-27T01:30:00", SettlementTime="2026-02-28T03:00:00"
    )
    cards.receipt(rented, AttachmentId="6f2a")
    cards.receipt(fuel, b"%PDF-1.4" + bytes(40), AttachmentId="77b0")
