from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.app import Sandbox
from sandbox.world import Clock
from tests.sandbox.quickbooks_client import BASE, START, QuickBooks, fault, item_line


@pytest.fixture(scope="module")
def filled() -> QuickBooks:
    """A company with five vendors, one of them inactive, and three bills; only read."""
    quickbooks = QuickBooks()
    refs = [quickbooks.vendor(f"Sub {number}") for number in range(5)]
    quickbooks.post("vendor", {"Id": refs[4]["value"], "SyncToken": "0", "sparse": True, "Active": False})
    quickbooks.vendor("O'Brien Steel", CompanyName="O'Brien")
    for number, amount in enumerate((100, 250, 90)):
        quickbooks.later("1 day")
        quickbooks.sign_in()
        quickbooks.bill(refs[0], quickbooks.line(amount), DocNumber=f"INV-{number}", PrivateNote="mark")
    return quickbooks


@pytest.fixture
def quickbooks() -> QuickBooks:
    return QuickBooks()


def names(quickbooks: QuickBooks, statement: str) -> list[str]:
    return [row["DisplayName"] for row in quickbooks.rows(statement)]


def test_without_an_order_the_newest_come_first(filled: QuickBooks) -> None:
    assert names(filled, "select * from Vendor") == ["O'Brien Steel", "Sub 3", "Sub 2", "Sub 1", "Sub 0"]


@pytest.mark.parametrize("order", ["ORDERBY DisplayName", "order by DisplayName asc", "ORDERBY Id"])
def test_an_order_is_kept_to(filled: QuickBooks, order: str) -> None:
    assert names(filled, f"SELECT * FROM Vendor WHERE DisplayName LIKE 'Sub%' {order}") == [
        f"Sub {number}" for number in range(4)
    ]


def test_pages_begin_at_one(filled: QuickBooks) -> None:
    statement = "select * from Vendor orderby DisplayName desc startposition 2 maxresults 2"
    answer = filled.get("query", query=statement)["QueryResponse"]
    assert [row["DisplayName"] for row in answer["Vendor"]] == ["Sub 2", "Sub 1"]
    assert (answer["startPosition"], answer["maxResults"]) == (2, 2)


def test_a_page_is_a_hundred_unless_asked_for_up_to_a_thousand() -> None:
    quickbooks = QuickBooks()
    for number in range(101):
        quickbooks.person("vendors", {"DisplayName": f"Sub {number}"})
    assert len(quickbooks.rows("select * from Vendor")) == 100
    assert len(quickbooks.rows("select * from Vendor maxresults 1000")) == 101
    assert quickbooks.refused_query("select * from Vendor maxresults 1001")[0] == "4001"


def test_an_empty_answer_has_no_list(filled: QuickBooks) -> None:
    assert filled.get("query", query="select * from Class")["QueryResponse"] == {}


def test_a_count_is_a_total(filled: QuickBooks) -> None:
    assert filled.get("query", query="select count(*) from Vendor")["QueryResponse"] == {"totalCount": 5}


def test_inactive_records_are_left_out_unless_asked_for(filled: QuickBooks) -> None:
    everyone = names(filled, "select * from Vendor where Active in (true, false) orderby DisplayName")
    assert "Sub 4 (deleted)" in everyone
    assert names(filled, "select * from Vendor where Active = false") == ["Sub 4 (deleted)"]


@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        ("DocNumber = 'INV-1'", ["INV-1"]),
        ("DocNumber in ('INV-0', 'INV-2', 'INV-9')", ["INV-0", "INV-2"]),
        ("TotalAmt > '95' and TotalAmt <= '250.00'", ["INV-0", "INV-1"]),
        ("Balance < 100", ["INV-2"]),
        ("TxnDate >= '2026-06-03' AND TxnDate < '2026-06-04'", ["INV-1"]),
        ("MetaData.LastUpdatedTime >= '2026-06-03T06:00:00-06:00'", ["INV-1", "INV-2"]),
        ("MetaData.LastUpdatedTime > '2026-06-03T12:00:00Z'", ["INV-2"]),
    ],
)
def test_conditions_choose(filled: QuickBooks, where: str, numbers: list[str]) -> None:
    rows = filled.rows(f"select * from Bill where {where} orderby DocNumber")
    assert [row["DocNumber"] for row in rows] == numbers


def test_a_reference_is_compared_by_its_id(filled: QuickBooks) -> None:
    key = filled.rows("select * from Vendor where DisplayName = 'Sub 0'")[0]["Id"]
    assert len(filled.rows(f"select * from Bill where VendorRef = '{key}'")) == 3


def test_ids_are_numbers_and_document_numbers_are_text() -> None:
    quickbooks = QuickBooks()
    vendor = quickbooks.vendor()
    for number in ("007", "7", "9", "10"):
        quickbooks.bill(vendor, DocNumber=number)
    quickbooks.person("bills", {"Id": "99", "VendorRef": vendor, "Line": [quickbooks.line()], "DocNumber": "old"})
    assert [row["DocNumber"] for row in quickbooks.rows("select * from Bill where Id < '146' orderby Id")] == [
        "old",
        "007",
    ]
    assert [row["DocNumber"] for row in quickbooks.rows("select * from Bill where DocNumber = '7'")] == ["7"]
    assert [row["DocNumber"] for row in quickbooks.rows("select * from Bill where DocNumber < '7' orderby Id")] == [
        "007",
        "10",
    ]


def test_a_quote_is_escaped(filled: QuickBooks) -> None:
    assert names(filled, r"select * from Vendor where CompanyName = 'O\'Brien'") == ["O'Brien Steel"]


def test_fields_can_be_chosen(filled: QuickBooks) -> None:
    row = filled.rows("select Id, DocNumber from Bill where DocNumber = 'INV-1'")[0]
    assert set(row) == {"Id", "DocNumber", "domain", "sparse"}


def test_sku_has_to_be_asked_for(quickbooks: QuickBooks) -> None:
    quickbooks.item(Sku="S-1")
    assert "Sku" not in quickbooks.rows("select * from Item")[0]
    assert quickbooks.rows("select *, Sku from Item")[0]["Sku"] == "S-1"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("select * from Bill where PrivateNote = 'mark'", "4001"),
        ("select * from Bill orderby PrivateNote", "4001"),
        ("select * from Bill where Colour = 'red'", "4001"),
        ("select Colour from Bill", "4001"),
        ("select * from Requisition", "4001"),
        ("select * from Vendor startposition 0", "4001"),
        ("select * from Vendor where DisplayName = 'a' or DisplayName = 'b'", "4000"),
        ("select * from Vendor where DisplayName <> 'a'", "4000"),
        ("select * from Vendor where DisplayName = a", "4000"),
        ("select * from Vendor where DisplayName = 'O'Brien'", "4000"),
        ("select from Vendor", "4000"),
        ("", "4000"),
    ],
)
def test_what_the_language_has_not_is_refused(filled: QuickBooks, statement: str, code: str) -> None:
    assert filled.refused_query(statement)[0] == code


def test_a_statement_can_be_posted(filled: QuickBooks) -> None:
    headers = {"Content-Type": "application/text"}
    answer = filled.session.post(f"{BASE}/query", data="select count(*) from Bill", headers=headers)
    assert answer.json()["QueryResponse"] == {"totalCount": 3}


def test_a_repeated_request_id_gets_the_first_answer(quickbooks: QuickBooks) -> None:
    first = quickbooks.post("vendor", {"DisplayName": "Acme"}, requestid="r-1")
    assert quickbooks.post("vendor", {"DisplayName": "Acme"}, requestid="r-1") == first
    assert quickbooks.post("vendor", {"DisplayName": "Bolt"}, requestid="r-1") == first
    assert names(quickbooks, "select * from Vendor") == ["Acme"]


def test_a_refusal_is_repeated_too(quickbooks: QuickBooks) -> None:
    quickbooks.vendor("Acme")
    refused = quickbooks.refused("vendor", {"DisplayName": "Acme"}, requestid="r-1")
    assert quickbooks.refused("vendor", {"DisplayName": "Bolt"}, requestid="r-1") == refused


def test_a_request_id_is_forgotten_after_a_day(quickbooks: QuickBooks) -> None:
    quickbooks.post("vendor", {"DisplayName": "Acme"}, requestid="r-1")
    quickbooks.later("1 day")
    quickbooks.sign_in()
    assert quickbooks.post("vendor", {"DisplayName": "Bolt"}, requestid="r-1")["DisplayName"] == "Bolt"


@pytest.mark.parametrize("key", ["x" * 51, "no spaces"])
def test_a_request_id_has_a_form(quickbooks: QuickBooks, key: str) -> None:
    assert quickbooks.refused("vendor", {"DisplayName": "Acme"}, requestid=key)[0] == "2130"


def batch(quickbooks: QuickBooks, *items: Any, **query: Any) -> dict[str, Any]:
    answers = quickbooks.post("batch", {"BatchItemRequest": list(items)}, **query)
    return {one["bId"]: one for one in answers}


def create(key: str, name: str) -> dict[str, Any]:
    return {"bId": key, "operation": "create", "Vendor": {"DisplayName": name}}


def test_a_batch_takes_each_member_by_itself(quickbooks: QuickBooks) -> None:
    answers = batch(quickbooks, create("a", "Acme"), create("b", "Acme"), create("c", "Bolt"))
    assert answers["b"]["Fault"]["Error"][0]["code"] == "6240"
    assert sorted(names(quickbooks, "select * from Vendor")) == ["Acme", "Bolt"]


def test_answers_of_a_batch_come_in_an_order_of_their_own(quickbooks: QuickBooks) -> None:
    items = [create(str(number), f"Sub {number}") for number in range(10)]
    answers = quickbooks.post("batch", {"BatchItemRequest": items})
    assert [one["bId"] for one in answers] != [one["bId"] for one in items]
    assert all(one["Vendor"]["DisplayName"] == f"Sub {one['bId']}" for one in answers)


def test_a_member_of_a_batch_cannot_refer_to_one_that_it_creates(quickbooks: QuickBooks) -> None:
    key = str(int(quickbooks.vendor("First")["value"]) + 1)
    bill = {"VendorRef": {"value": key}, "Line": [quickbooks.line()]}
    answers = batch(quickbooks, create("v", "Acme"), {"bId": "b", "operation": "create", "Bill": bill})
    assert answers["v"]["Vendor"]["Id"] == key
    assert answers["b"]["Fault"]["Error"][0]["code"] == "2500"
    assert quickbooks.post("bill", bill)["VendorRef"]["name"] == "Acme"


def test_a_batch_changes_deletes_and_asks(quickbooks: QuickBooks) -> None:
    vendor = quickbooks.vendor()
    bill = quickbooks.bill(vendor)
    change = {"Id": vendor["value"], "SyncToken": "0", "sparse": True, "AcctNum": "P-1"}
    answers = batch(
        quickbooks,
        {"bId": "1", "operation": "update", "Vendor": change},
        {"bId": "2", "operation": "delete", "Bill": {"Id": bill["Id"], "SyncToken": "0"}},
        {"bId": "3", "Query": "select * from Vendor"},
    )
    assert answers["1"]["Vendor"]["AcctNum"] == "P-1"
    assert answers["2"]["Bill"]["status"] == "Deleted"
    assert answers["3"]["QueryResponse"]["Vendor"][0]["SyncToken"] == "1"


def test_a_batch_has_thirty_members(quickbooks: QuickBooks) -> None:
    items = [create(str(number), f"Sub {number}") for number in range(31)]
    assert quickbooks.refused("batch", {"BatchItemRequest": items})[0] == "1040"
    assert len(batch(quickbooks, *items[:30])) == 30


def test_a_batch_is_repeated_under_its_request_id(quickbooks: QuickBooks) -> None:
    answers = [batch(quickbooks, create("1", "Acme"), requestid="b-1") for _ in range(2)]
    assert answers[0] == answers[1]
    assert "Vendor" in answers[1]["1"]


def test_an_option_of_a_member_lets_a_number_repeat(quickbooks: QuickBooks) -> None:
    quickbooks.warn("WarnDuplicateBillNumber")
    bill = {"VendorRef": quickbooks.vendor(), "DocNumber": "INV-1", "Line": [quickbooks.line()]}
    members = [{"bId": key, "operation": "create", "Bill": bill} for key in "123"]
    members[2]["optionsData"] = "allowduplicatedocnum"
    answers = batch(quickbooks, *members)
    assert [name for name in "123" if "Fault" in answers[name]] == ["2"]


def test_half_of_a_batch_can_be_refused_on_order(quickbooks: QuickBooks) -> None:
    strike = {"system": "quickbooks_online", "kind": "partial_batch", "times": 1}
    quickbooks.control("POST", "faults", [strike])
    answers = batch(quickbooks, create("1", "Acme"), create("2", "Bolt"))
    assert answers["2"]["Fault"]["Error"][0]["code"] == "10000"
    quickbooks.control("POST", "faults", [{**strike, "status": 429}])
    answers = batch(quickbooks, create("1", "Crane"), create("2", "Bolt"))
    assert answers["2"]["Fault"]["Error"][0]["code"] == "3001"
    assert sorted(names(quickbooks, "select * from Vendor")) == ["Acme", "Crane"]


def test_a_list_moves_while_it_is_paged_on_order(quickbooks: QuickBooks) -> None:
    quickbooks.vendor("Acme")
    quickbooks.control(
        "POST", "faults", [{"system": "quickbooks_online", "kind": "edit_while_paging", "entity": "vendors"}]
    )
    quickbooks.later("1 minute")
    quickbooks.rows("select * from Vendor")
    quickbooks.control("DELETE", "faults")
    assert quickbooks.rows("select * from Vendor")[0]["SyncToken"] == "1"


def test_a_stale_token_is_the_vendors_own_refusal(quickbooks: QuickBooks) -> None:
    quickbooks.control("POST", "faults", [{"kind": "stale_token", "times": 1}])
    assert quickbooks.call("GET", "preferences").status_code == 401
    assert quickbooks.call("GET", "preferences").status_code == 200


def changes(quickbooks: QuickBooks, entities: str, since: str) -> requests.Response:
    return quickbooks.call("GET", "cdc", entities=entities, changedSince=since)


def test_the_feed_tells_what_was_changed_and_deleted(quickbooks: QuickBooks) -> None:
    vendor = quickbooks.vendor()
    gone = quickbooks.bill(vendor)
    quickbooks.later("10 minutes")
    kept = quickbooks.bill(vendor)
    quickbooks.post("bill", {"Id": gone["Id"], "SyncToken": "0"}, operation="delete")
    feed = changes(quickbooks, "Bill,Vendor,Customer", "2026-06-01T12:05:00Z").json()["CDCResponse"][0]["QueryResponse"]
    assert [(row["Id"], row.get("status")) for row in feed[0]["Bill"]] == [
        (kept["Id"], None),
        (gone["Id"], "Deleted"),
    ]
    assert feed[0]["Bill"][1]["MetaData"] == {"LastUpdatedTime": "2026-06-01T06:10:00-06:00"}
    assert feed[1:] == [{}, {}]


def test_the_feed_tells_what_was_made_inactive(quickbooks: QuickBooks) -> None:
    vendor = quickbooks.vendor()
    quickbooks.post("vendor", {"Id": vendor["value"], "SyncToken": "0", "sparse": True, "Active": False})
    feed = changes(quickbooks, "Vendor", "2026-06-01T11:00:00Z").json()["CDCResponse"][0]["QueryResponse"]
    assert [row["Active"] for row in feed[0]["Vendor"]] == [False]


@pytest.mark.parametrize(
    ("entities", "since"),
    [
        ("Bill", "2026-05-02T11:59:59Z"),
        ("TimeActivity", "2026-06-01T00:00:00Z"),
        ("TaxCode", "2026-06-01T00:00:00Z"),
        ("Requisition", "2026-06-01T00:00:00Z"),
    ],
)
def test_the_feed_has_an_end_and_not_every_entity(quickbooks: QuickBooks, entities: str, since: str) -> None:
    assert fault(changes(quickbooks, entities, since))[0] == "4001"


def test_the_feed_is_cut_at_a_thousand(quickbooks: QuickBooks) -> None:
    for number in range(1001):
        quickbooks.person("vendors", {"DisplayName": f"Sub {number}"})
    quickbooks.customer()
    feed = changes(quickbooks, "Vendor,Customer", "2026-06-01T00:00:00Z").json()["CDCResponse"][0]["QueryResponse"]
    assert (len(feed[0]["Vendor"]), feed[1]) == (1000, {})


def test_what_it_knows_outlives_the_process(tmp_path: Path) -> None:
    first = QuickBooks(Sandbox(tmp_path / "state.sqlite", clock=Clock(START.timestamp)))
    vendor = first.vendor()
    bill = first.bill(vendor, first.line(100), first.line(Decimal("0.10")))
    first.pay(vendor, 60, ("Bill", bill, 60))
    first.sandbox.close()
    reopened = Sandbox(tmp_path / "state.sqlite", clock=Clock(START.timestamp))
    again = QuickBooks(reopened, refresh_token=first.refresh_token)
    assert again.get(f"bill/{bill['Id']}")["Bill"]["Balance"] == Decimal("40.10")
    again.pay(vendor, Decimal("40.10"), ("Bill", bill, Decimal("40.10")))
    assert again.get(f"vendor/{vendor['value']}")["Vendor"]["Balance"] == 0


def test_every_answer_has_a_time_and_a_trace(quickbooks: QuickBooks) -> None:
    answer = quickbooks.call("GET", "preferences")
    assert answer.json()["time"] == "2026-06-01T06:00:00.000-06:00"
    assert answer.headers["date"] == "Mon, 01 Jun 2026 12:00:00 GMT"
    traces = {quickbooks.call("GET", "preferences").headers["intuit_tid"] for _ in range(2)}
    assert len(traces) == 2


def test_a_path_or_body_that_there_is_not_is_refused(quickbooks: QuickBooks) -> None:
    assert quickbooks.refused("estimate", {})[0] == "500"
    assert fault(quickbooks.call("GET", "bill/999"))[0] == "610"
    answer = quickbooks.session.post(f"{BASE}/vendor", data="{", headers={"Content-Type": "application/json"})
    assert fault(answer)[0] == "2010"
    answer = quickbooks.session.post(f"{BASE}/vendor", data="<Vendor/>", headers={"Content-Type": "application/xml"})
    assert fault(answer)[0] == "1050"


def test_the_ledger_tells_every_write_once_and_by_whom(quickbooks: QuickBooks) -> None:
    item = quickbooks.item()
    vendor = quickbooks.vendor()
    quickbooks.order(vendor, item_line(item, 10))
    quickbooks.person("vendors", {"Id": vendor["value"], "AcctNum": "P-1"})
    ledger = quickbooks.control("GET", "ledger?system=quickbooks_online")
    assert [(line["entity"], line["action"], line["by"]) for line in ledger] == [
        ("items", "create", "api"),
        ("vendors", "create", "api"),
        ("purchase_orders", "create", "api"),
        ("vendors", "update", "person"),
    ]
