"""Purchase orders and the change orders in them, against the sandbox."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from jobledger.systems.base import Window, Write
from jobledger.systems.composer import composed
from jobledger.systems.xero.entities import ENTITIES
from sandbox.faults import Fault
from tests.systems.stage import Stage
from tests.systems.xero_books import Books, open_books, texts

ORDERS, CHANGES = "purchase_orders", "purchase_order_changes"
NOBODY = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def books(stage: Stage) -> Books:
    return open_books(stage)


def change(books: Books, order: str, number: str, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    items = list(lines) or [books.line("50.00", Description=f"CO {number} – Extra")]
    return {"PurchaseOrderID": order, "Number": number, "LineItems": items, **fields}


@pytest.mark.feature("XER-122", "XER-123", "XER-124", "XER-125", "XER-126", "XER-127", "XER-128", "XER-129", "XER-130")
@pytest.mark.feature("XER-131", "XER-132")
def test_an_order_is_created_and_read_back_as_it_was_sent(books: Books) -> None:
    line = books.line("31.25", Quantity=Decimal("12.5"), Description="Footings")
    result = books.create(ORDERS, books.order(Reference="Sitework", DeliveryInstructions="Gate 3", LineItems=[line]))
    assert result.status == "done", result.message
    row = books.only(ORDERS)
    assert row == result.record
    assert (row["Date"], row["PurchaseOrderNumber"], row["Reference"]) == ("2026-03-01", "SC-014", "Sitework")
    assert (row["DeliveryInstructions"], row["Contact"]["ContactID"]) == ("Gate 3", books.contact)
    [read] = row["LineItems"]
    assert read["Tracking"] == books.track()
    assert (read["ItemCode"], read["Description"], read["Quantity"], read["UnitAmount"], read["LineAmount"]) == (
        *("03-300.S", "Footings"),
        *(Decimal("12.5"), Decimal("31.25"), Decimal("390.63")),
    )
    assert books.ledger(ORDERS, row) == [("commitment", "03-300.S", books.options["Tower"], "390.63")]


def test_an_orders_card_has_what_matching_needs(books: Books) -> None:
    books.create(ORDERS, books.order(Reference="Sitework"))
    card = books.card(ORDERS, books.only(ORDERS))
    assert (card.number, card.name, card.mark, card.status, card.active) == ("SC-014", "Sitework", None, "DRAFT", True)
    assert card.version == "2026-03-02T08:00:00.000Z"
    assert card.evidence == {
        "date": "2026-03-01",
        "party": books.contact,
        "project": books.options["Tower"],
        "amount": "1000.00",
        "order_number": "SC-014",
    }


@pytest.mark.feature("ACC-10")
def test_the_total_of_an_order_is_that_of_xero(books: Books) -> None:
    lines = [books.line("31.25", Quantity=Decimal("12.5")), books.line("-0.005", Quantity=3), books.line("7.77")]
    total = ENTITIES[ORDERS].total
    assert total is not None
    document = books.order(LineItems=lines)
    result = books.create(ORDERS, {**document, "Total": total(document)})
    assert result.status == "done", result.message
    assert total(document) == books.only(ORDERS)["Total"] == Decimal("398.37")


def test_fifty_orders_are_one_call_and_a_bad_one_stops_only_itself(books: Books) -> None:
    writes = [Write(str(number), "create", books.order(f"SC-{number}")) for number in range(49)]
    writes.append(Write("bad", "create", books.order("SC-7")))
    before = books.calls()
    results = books.xero.write(ORDERS, writes, "k")
    assert books.calls() - before == 1
    assert [one.status for one in results] == [*["done"] * 49, "refused"]
    assert (results[-1].outcome, "link that one" in results[-1].remedy) == ("conflict", True)


@pytest.mark.parametrize(
    ("fields", "outcome", "words"),
    [
        ({"LineItems": [{"ItemCode": "none", "Description": "x"}]}, "blocked", "Send the cost code first"),
        ({"CurrencyCode": "EUR"}, "blocked", "Add the currency"),
        ({"Contact": {"ContactID": NOBODY}}, "conflict", "link another record"),
        ({"DeliveryInstructions": "x" * 501}, "invalid", "Shorten"),
        ({"Date": "31/12/2026"}, "invalid", "Mend"),
    ],
)
def test_a_refused_order_says_what_to_do(books: Books, fields: dict[str, Any], outcome: str, words: str) -> None:
    result = books.create(ORDERS, books.order(**fields))
    assert (result.status, result.outcome, result.target_id) == ("refused", outcome, None), result.message
    assert words in result.remedy
    assert books.read(ORDERS) == []


def test_an_archived_account_and_a_missing_one_are_told_apart(books: Books) -> None:
    [account] = [one for one in books.stage.records("xero.accounts") if one["Code"] == "5300"]
    books.seed("accounts", AccountID=account["AccountID"], Status="ARCHIVED")
    archived = books.create(ORDERS, books.order())
    missing = books.create(ORDERS, books.order(Status="AUTHORISED", LineItems=[books.line(ItemCode="NO-ACCOUNT")]))
    assert (archived.outcome, missing.outcome) == ("invalid", "blocked")
    assert "active one for the item" in archived.remedy
    assert "purchase account" in missing.remedy


@pytest.mark.feature("ACC-26")
def test_an_order_whose_tracking_was_dropped_is_taken_back(books: Books) -> None:
    books.seed("tracking_options", TrackingOptionID=books.options["Depot"], Status="ARCHIVED")
    lines = [books.line(), books.line("5.00", "Depot", Description="Paint")]
    writes = [Write("1", "create", books.order("SC-1", LineItems=lines)), Write("2", "create", books.order("SC-2"))]
    spoilt, fine = books.xero.write(ORDERS, writes, "k")
    assert (spoilt.status, spoilt.outcome, spoilt.target_id, fine.status) == ("refused", "blocked", None, "done")
    assert "dropped the tracking of line 2 ('Paint')" in spoilt.message
    assert "nothing of it is left" in spoilt.message
    assert "Restore the project's tracking option" in spoilt.remedy
    assert {row["PurchaseOrderNumber"]: row["Status"] for row in books.read(ORDERS)} == {
        "SC-1": "DELETED",
        "SC-2": "DRAFT",
    }


def test_a_spoilt_order_that_cannot_be_deleted_is_named(books: Books) -> None:
    books.stage.fault(Fault(kind="status", status=503, method="POST", path="PurchaseOrders"))
    result = books.create(ORDERS, books.order(LineItems=[books.line(Tracking=[{"TrackingOptionID": NOBODY}])]))
    assert (result.status, result.outcome, bool(result.target_id)) == ("refused", "blocked", True)
    assert "could not be taken back" in result.message


@pytest.mark.feature("ACC-11")
def test_an_update_keeps_foreign_lines_in_their_places_and_ids(books: Books) -> None:
    mine = [books.line("1.00", Description="A"), books.line("2.00", Description="B")]
    theirs = {"Description": "Theirs", "Quantity": 2, "UnitAmount": Decimal("9.99"), "AccountCode": "6900"}
    order = books.seed_order(LineItems=[mine[0], theirs, mine[1]])
    a, foreign, b = (line["LineItemID"] for line in order["LineItems"])
    lines = [
        {**mine[0], "LineItemID": a, "UnitAmount": Decimal("10.00")},
        books.line("3.00", Description="New"),
    ]
    result = books.update(ORDERS, order["PurchaseOrderID"], {"LineItems": lines}, a, b)
    assert result.status == "done", result.message
    row = books.only(ORDERS)
    assert texts(row) == ["A", "Theirs", "New"]
    assert [line["LineItemID"] for line in row["LineItems"]][:2] == [a, foreign]
    assert row["LineItems"][1]["LineAmount"] == Decimal("19.98")
    assert (row["Total"], row["Contact"]["ContactID"]) == (Decimal("32.98"), books.contact)


def test_an_update_of_the_head_leaves_all_lines_as_they_are(books: Books) -> None:
    order = books.seed_order(LineItems=[books.line(), books.line("2.00", "Depot", TaxType="INPUT")])
    before = books.only(ORDERS)["LineItems"]
    result = books.update(ORDERS, order["PurchaseOrderID"], {"Reference": "Renamed"})
    assert result.status == "done", result.message
    row = books.only(ORDERS)
    assert (row["Reference"], row["LineItems"]) == ("Renamed", before)


def test_an_update_never_takes_a_status_back(books: Books) -> None:
    order = books.seed_order(Status="AUTHORISED")
    result = books.update(ORDERS, order["PurchaseOrderID"], {"Status": "DRAFT", "Reference": "x"})
    assert (result.status, books.only(ORDERS)["Status"]) == ("done", "AUTHORISED")
    result = books.update(ORDERS, order["PurchaseOrderID"], {"Status": "BILLED"})
    assert (result.status, books.only(ORDERS)["Status"]) == ("done", "BILLED")


@pytest.mark.feature("ACC-12", "ACC-30")
@pytest.mark.parametrize("action", ["update", "remove"])
def test_a_billed_order_is_left_alone(books: Books, action: Any) -> None:
    order = books.seed_order(Status="BILLED")
    [result] = books.xero.write(ORDERS, [Write("1", action, {"Reference": "x"}, order["PurchaseOrderID"])], "u")
    assert (result.status, result.outcome) == ("refused", "conflict")
    assert "SC-014 was left as it is: it is billed already" in result.message
    assert (books.only(ORDERS)["Status"], books.calls("POST")) == ("BILLED", 0)


@pytest.mark.feature("ACC-30")
def test_an_unbilled_order_is_deleted_and_deleting_it_again_is_no_work(books: Books) -> None:
    order = books.seed_order()
    assert books.remove(ORDERS, order["PurchaseOrderID"]).status == "done"
    assert books.only(ORDERS)["Status"] == "DELETED"
    assert not books.card(ORDERS, books.only(ORDERS)).active
    assert books.ledger(ORDERS, books.only(ORDERS)) == []
    assert (books.remove(ORDERS, order["PurchaseOrderID"]).status, books.calls("POST")) == ("done", 1)
    late = books.update(ORDERS, order["PurchaseOrderID"], {"Reference": "x"})
    assert (late.outcome, "was deleted there" in late.message) == ("conflict", True)
    again = books.create(ORDERS, books.order())
    assert (again.outcome, "give the commitment another" in again.remedy) == ("conflict", True)


def test_an_order_that_is_gone_is_a_conflict_and_its_neighbour_is_written(books: Books) -> None:
    order = books.seed_order()
    writes = [
        Write(str(n), "update", {"Reference": "x"}, one) for n, one in enumerate([NOBODY, order["PurchaseOrderID"]])
    ]
    gone, there = books.xero.write(ORDERS, writes, "u")
    assert (gone.outcome, "no longer in Xero" in gone.message, there.status) == ("conflict", True, "done")


def test_an_order_is_found_by_number_and_contact(books: Books) -> None:
    order = books.seed_order(PurchaseOrderNumber="SC-014 (A&B)")
    books.seed_order(PurchaseOrderNumber="SC/014")
    key = {"Contact.ContactID": books.contact, "PurchaseOrderNumber": "SC-014 (A&B)"}
    assert [row["PurchaseOrderID"] for row in books.xero.find(ORDERS, None, key)] == [order["PurchaseOrderID"]]
    assert len(books.xero.find(ORDERS, None, {"PurchaseOrderNumber": "SC/014"})) == 1
    assert books.xero.find(ORDERS, None, {**key, "Contact.ContactID": NOBODY}) == []
    assert books.xero.find(ORDERS, None, {"PurchaseOrderNumber": "SC-015"}) == []


def test_orders_are_fetched_with_the_fewest_calls(books: Books) -> None:
    ids = [books.seed_order(PurchaseOrderNumber=f"SC-{number}")["PurchaseOrderID"] for number in range(60)]
    for wanted, calls in ((ids[:3], 3), (ids, 1), ([*ids, NOBODY], 2)):
        before = books.calls()
        assert {row["PurchaseOrderID"] for row in books.xero.fetch(ORDERS, wanted)} == set(wanted) - {NOBODY}
        assert books.calls() - before == calls


def test_few_orders_of_a_long_list_are_asked_for_one_by_one(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobledger.systems.xero.api.PAGE_SIZE", 10)
    ids = sorted(books.seed_order(PurchaseOrderNumber=f"SC-{number}")["PurchaseOrderID"] for number in range(95))
    before = books.calls()
    assert len(books.xero.fetch(ORDERS, ids[-4:])) == 4
    assert books.calls() - before == 5


def test_only_changed_orders_are_read_and_a_backfill_reads_by_date(books: Books) -> None:
    books.seed_order(PurchaseOrderNumber="SC-1", Date="2026-01-31")
    books.seed_order(PurchaseOrderNumber="SC-2", Date="2026-02-28")
    books.stage.sandbox.world.clock.advance(timedelta(hours=1))
    now = books.stage.around.clock() - timedelta(minutes=1)
    books.seed_order(PurchaseOrderNumber="SC-3", Date="2026-02-01")
    dated = books.read(ORDERS, dated=(date(2026, 2, 1), date(2026, 2, 28)))
    assert [row["PurchaseOrderNumber"] for row in dated] == ["SC-3"]
    assert [row["PurchaseOrderNumber"] for row in books.read(ORDERS, since=now)] == ["SC-3"]


@pytest.mark.parametrize("fault", ["drop_after_commit", "truncate_body"])
def test_a_lost_answer_makes_no_second_order(books: Books, fault: Any) -> None:
    books.stage.fault(Fault(kind=fault, method="PUT", path="PurchaseOrders", times=1))
    assert books.create(ORDERS, books.order()).status == "done"
    assert len(books.read(ORDERS)) == 1


@pytest.mark.feature("XER-133", "XER-134", "XER-135", "XER-136", "XER-137", "XER-138", "XER-139", "XER-140", "ACC-11")
def test_a_change_order_is_added_below_in_number_order(books: Books) -> None:
    order = books.seed_order(LineItems=[books.line(Description="Base"), books.line("1.00", None, Description="Theirs")])
    for number in ("010", "002", "003"):
        result = books.create(CHANGES, change(books, order["PurchaseOrderID"], number))
        assert result.status == "done", result.message
    assert texts(books.only(ORDERS)) == ["Base", "Theirs", "CO 002 – Extra", "CO 003 – Extra", "CO 010 – Extra"]
    assert [row["Number"] for row in books.read(CHANGES)] == ["002", "003", "010"]
    row = books.read(CHANGES)[0]
    assert row["id"] == f"{order['PurchaseOrderID']}/002"
    assert row["LineItems"][0]["Tracking"] == books.track()
    card = books.card(CHANGES, row)
    assert (card.number, card.evidence["amount"], card.evidence["order"]) == ("002", "50.00", order["PurchaseOrderID"])


def test_the_ledgers_of_an_order_and_of_its_change_orders_add_up_to_the_order(books: Books) -> None:
    order = books.seed_order()
    books.create(CHANGES, change(books, order["PurchaseOrderID"], "001", books.line("-20.00", "Depot")))
    own, added = books.ledger(ORDERS, books.only(ORDERS)), books.ledger(CHANGES, books.only(CHANGES))
    assert own == [("commitment", "03-300.S", books.options["Tower"], "1000.00")]
    assert added == [("commitment", "03-300.S", books.options["Depot"], "-20.00")]
    books.remove(ORDERS, order["PurchaseOrderID"])
    assert books.ledger(CHANGES, books.only(CHANGES)) == []


def test_the_result_of_a_change_order_speaks_of_its_own_lines(books: Books) -> None:
    order = books.seed_order()
    lines = [books.line("-20.00", Description="Less"), books.line("5.00", Description="More")]
    result = books.create(CHANGES, change(books, order["PurchaseOrderID"], "002", *lines))
    assert (result.status, result.target_id) == ("done", f"{order['PurchaseOrderID']}/002")
    assert result.record is not None
    assert texts(result.record) == ["CO 002 – Less", "CO 002 – More"]
    assert books.read(CHANGES) == [result.record]
    assert books.only(ORDERS)["Total"] == Decimal("985.00")


def test_several_change_orders_of_one_order_come_one_after_the_other(books: Books) -> None:
    orders = [books.seed_order(PurchaseOrderNumber=f"SC-{n}")["PurchaseOrderID"] for n in range(3)]
    writes = [Write(f"{n}{one}", "create", change(books, one, f"00{n}")) for n in (3, 1, 2) for one in orders]
    before = books.calls()
    results = books.xero.write(CHANGES, writes, "k")
    assert [(one.key, one.status) for one in results] == [(one.key, "done") for one in writes]
    assert books.calls() - before == 6
    for row in books.read(ORDERS):
        assert texts(row) == ["Slab on grade", "CO 001 – Extra", "CO 002 – Extra", "CO 003 – Extra"]


def test_one_bad_change_order_stops_only_itself(books: Books) -> None:
    order = books.seed_order()["PurchaseOrderID"]
    bad = change(books, order, "001", books.line(ItemCode="none"))
    writes = [Write("bad", "create", bad), Write("fine", "create", change(books, order, "002"))]
    results = books.xero.write(CHANGES, writes, "k")
    assert [(one.status, one.outcome, one.target_id) for one in results] == [
        ("refused", "blocked", None),
        ("done", "failed", f"{order}/002"),
    ]
    assert texts(books.only(ORDERS)) == ["Slab on grade", "CO 002 – Extra"]


def test_after_a_lost_answer_nothing_more_is_sent_to_that_order(books: Books) -> None:
    order = books.seed_order()["PurchaseOrderID"]
    books.stage.fault(Fault(kind="drop_after_commit", method="POST", path="PurchaseOrders"))
    writes = [Write(number, "create", change(books, order, number)) for number in ("001", "002")]
    results = books.xero.write(CHANGES, writes, "k")
    assert [(one.status, one.target_id) for one in results] == [("unknown", None), ("unknown", None)]
    books.stage.fault()
    assert texts(books.only(ORDERS)) == ["Slab on grade", "CO 001 – Extra"]
    found = books.xero.find(CHANGES, None, {"PurchaseOrderID": order, "Number": "001"})
    assert [row["id"] for row in found] == [f"{order}/001"]
    assert books.xero.find(CHANGES, None, {"PurchaseOrderID": order, "Number": "002"}) == []


def test_a_change_order_is_replaced_and_taken_out_and_all_else_stays(books: Books) -> None:
    order = books.seed_order()["PurchaseOrderID"]
    for number in ("001", "002"):
        books.create(CHANGES, change(books, order, number))
    first = books.read(CHANGES)[0]["LineItems"][0]["LineItemID"]
    kept = books.line("60.00", LineItemID=first, Description="CO 001 – Less")
    lines = [kept, books.line("7.00", Description="CO 001 – More")]
    document = change(books, order, "001", *lines)
    result = books.update(CHANGES, f"{order}/001", document, first)
    assert result.status == "done", result.message
    assert texts(books.only(ORDERS)) == ["Slab on grade", "CO 001 – Less", "CO 001 – More", "CO 002 – Extra"]
    assert books.read(CHANGES)[0]["LineItems"][0]["LineItemID"] == first
    assert books.remove(CHANGES, f"{order}/001").status == "done"
    assert texts(books.only(ORDERS)) == ["Slab on grade", "CO 002 – Extra"]
    assert (books.remove(CHANGES, f"{order}/001").status, books.calls("POST")) == ("done", 4)


@pytest.mark.feature("ACC-11")
def test_a_line_that_somebody_added_under_our_heading_stays(books: Books) -> None:
    order = books.seed_order()["PurchaseOrderID"]
    made = books.create(CHANGES, change(books, order, "001"))
    assert made.record is not None
    ours = made.record["LineItems"][0]["LineItemID"]
    row = books.only(ORDERS)
    theirs = books.line("9.00", Description="CO 001 – Theirs")
    books.seed(ORDERS, PurchaseOrderID=order, LineItems=[*row["LineItems"], theirs])
    lines = [books.line("60.00", LineItemID=ours, Description="CO 001 – Extra")]
    assert books.update(CHANGES, f"{order}/001", change(books, order, "001", *lines), ours).status == "done"
    assert texts(books.only(ORDERS)) == ["Slab on grade", "CO 001 – Extra", "CO 001 – Theirs"]
    assert books.only(ORDERS)["Total"] == Decimal("1069.00")
    assert books.write(CHANGES, Write("1", "remove", {}, f"{order}/001", replaces=(ours,))).status == "done"
    assert texts(books.only(ORDERS)) == ["Slab on grade", "CO 001 – Theirs"]


def test_the_last_lines_of_an_order_are_not_taken_out(books: Books) -> None:
    order = books.seed_order(LineItems=[books.line(Description="CO 001 – All")])["PurchaseOrderID"]
    result = books.remove(CHANGES, f"{order}/001")
    assert (result.status, result.outcome) == ("refused", "conflict")
    assert "SC-014 would have no line left" in result.message


def test_what_an_updated_order_should_come_to_counts_the_lines_of_others_in(books: Books) -> None:
    theirs = books.line("100.00", None, Description="Theirs", TaxType="INPUT")
    order = books.seed_order(LineAmountTypes="Exclusive", LineItems=[books.line(), theirs])
    ours = order["LineItems"][0]["LineItemID"]
    document = {"LineItems": [books.line("5.00", LineItemID=ours)]}
    sums = {"SubTotal": Decimal("5.00"), "TotalTax": Decimal(0), "Total": Decimal("5.00")}
    result = books.update(ORDERS, order["PurchaseOrderID"], {**document, **sums}, ours)
    assert result.status == "done", result.message
    assert books.only(ORDERS)["Total"] == Decimal("113.81")


def test_a_change_order_without_an_order_is_a_conflict_and_nothing_is_asked(books: Books) -> None:
    before = books.calls()
    result = books.create(CHANGES, {"Number": "001", "LineItems": [books.line()]})
    assert (result.status, result.outcome, books.calls() - before) == ("refused", "conflict", 0)


def test_a_change_order_whose_tracking_was_dropped_is_taken_out_again(books: Books) -> None:
    order = books.seed_order()["PurchaseOrderID"]
    before = books.only(ORDERS)["LineItems"]
    lines = [books.line(Tracking=[{"TrackingCategoryID": books.category, "TrackingOptionID": NOBODY}])]
    assert books.create(CHANGES, change(books, order, "003", *lines)).outcome == "blocked"
    assert books.only(ORDERS)["LineItems"] == before
    writes = [
        Write("1", "create", change(books, order, "001", *lines)),
        Write("2", "create", change(books, order, "002")),
    ]
    spoilt, fine = books.xero.write(CHANGES, writes, "k")
    assert (spoilt.status, spoilt.outcome, spoilt.target_id) == ("refused", "blocked", None)
    assert "nothing of it is left" in spoilt.message
    assert fine.status == "done"
    row = books.only(ORDERS)
    assert texts(row) == ["Slab on grade", "CO 002 – Extra"]
    assert row["LineItems"][0] == before[0]


@pytest.mark.feature("ACC-12")
def test_a_change_of_a_billed_order_is_a_conflict_with_a_way_out(books: Books) -> None:
    order = books.seed_order(Status="BILLED")["PurchaseOrderID"]
    result = books.create(CHANGES, change(books, order, "002"))
    assert (result.status, result.outcome, result.target_id) == ("refused", "conflict", None)
    assert "change_order_on_billed_order: new_order" in result.remedy
    assert len(books.read(ORDERS)) == 1


@pytest.mark.feature("ACC-12")
def test_a_change_of_a_billed_order_becomes_an_order_of_its_own(books: Books) -> None:
    order = books.seed_order(Status="BILLED", Reference="Sitework")["PurchaseOrderID"]
    document = change(books, order, "002", OnBilledOrder="new_order", Status="DRAFT")
    result = books.create(CHANGES, document)
    assert result.status == "done", result.message
    own = next(row for row in books.read(ORDERS) if row["PurchaseOrderID"] != order)
    assert (own["PurchaseOrderNumber"], own["Contact"]["ContactID"], own["Status"]) == (
        "SC-014-CO2",
        books.contact,
        "DRAFT",
    )
    assert texts(own) == ["CO 002 – Extra"]
    assert result.target_id == f"{own['PurchaseOrderID']}/002"
    assert books.xero.find(CHANGES, None, {"PurchaseOrderID": order, "Number": "002"}) == [result.record]
    again = books.create(CHANGES, document)
    assert (again.status, again.outcome) == ("refused", "conflict")
    changed = change(books, order, "002", books.line("70.00"))
    assert books.update(CHANGES, str(result.target_id), changed).status == "done"
    assert books.xero.fetch(CHANGES, [str(result.target_id)])[0]["LineItems"][0]["UnitAmount"] == 70
    assert books.remove(CHANGES, str(result.target_id)).status == "done"
    assert [row["Status"] for row in books.read(ORDERS)].count("DELETED") == 1


def test_lines_that_are_there_already_are_taken_for_ours_only_if_they_are_the_same(books: Books) -> None:
    order = books.seed_order()["PurchaseOrderID"]
    first = books.create(CHANGES, change(books, order, "001"))
    same = books.create(CHANGES, change(books, order, "001"))
    other = books.create(CHANGES, change(books, order, "001", books.line("51.00")))
    assert (same.status, same.target_id) == ("done", first.target_id)
    assert (other.status, other.outcome) == ("refused", "conflict")
    assert texts(books.only(ORDERS)) == ["Slab on grade", "CO 001 – Extra"]


def test_a_page_of_change_orders_names_every_order_that_it_knows_of(books: Books) -> None:
    orders = {books.seed_order(PurchaseOrderNumber=f"SC-{n}")["PurchaseOrderID"] for n in range(2)}
    [page] = books.xero.read(CHANGES, Window())
    assert (page.rows, set(page.documents)) == ([], orders)


def test_change_orders_are_fetched_by_order_and_number(books: Books) -> None:
    order = books.seed_order()["PurchaseOrderID"]
    for number in ("001", "002"):
        books.create(CHANGES, change(books, order, number))
    assert [row["Number"] for row in books.xero.fetch(CHANGES, [f"{order}/002", f"{order}/009"])] == ["002"]
    assert [row["Number"] for row in books.xero.fetch(CHANGES, [order])] == ["001", "002"]


@pytest.mark.parametrize(
    ("replaced", "ours", "place", "expected"),
    [
        ({"a", "c"}, ["a", "c"], 0, ["a", "B", "c", "D"]),
        ({"a", "c"}, ["c"], 0, ["c", "B", "D"]),
        ({"a", "c"}, ["a", "+1", "+2", "c"], 0, ["a", "B", "+1", "+2", "c", "D"]),
        ({"a", "c"}, [], 0, ["B", "D"]),
        (set(), ["+1"], 1, ["A", "+1", "B", "C", "D"]),
        (set(), ["+1"], 4, ["A", "B", "C", "D", "+1"]),
        ({"gone"}, ["gone"], 4, ["A", "B", "C", "D", "+gone"]),
        (set(), ["b"], 0, ["A", "b", "C", "D"]),
    ],
)
def test_the_composer(replaced: set[str], ours: list[str], place: int, expected: list[str]) -> None:
    existing = [{"LineItemID": name, "Description": name.upper(), "Tracking": []} for name in "abcd"]
    lines = [{"Description": one} if one[0] == "+" else {"LineItemID": one, "Description": one} for one in ours]
    result = composed(existing, replaced, lines, place, "LineItemID")
    assert [
        line["Description"] if line.get("LineItemID") else f"+{line['Description'].strip('+')}" for line in result
    ] == (expected)
