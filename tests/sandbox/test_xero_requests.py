"""Batches, idempotency keys, lists: how Xero's requests behave whatever they are about."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.xero_client import Xero, line


@pytest.fixture
def xero() -> Xero:
    return Xero()


def test_one_bad_element_refuses_the_whole_batch_by_default(xero: Xero) -> None:
    answer = xero.call("PUT", "Contacts", {"Contacts": [{"Name": "Acme"}, {"Name": ""}, {"Name": "Bolt"}]})
    body = answer.json()
    assert answer.status_code == 400
    assert (body["ErrorNumber"], body["Type"]) == (10, "ValidationException")
    assert [element["Name"] for element in body["Elements"]] == [""]
    assert xero.rows("Contacts") == []


def test_without_summarised_errors_the_good_elements_are_kept_in_order(xero: Xero) -> None:
    sent = [{"Name": "Acme"}, {"Name": "ACME"}, {"Name": "Bolt"}]
    answer = xero.call("PUT", "Contacts", {"Contacts": sent}, summarizeErrors="false")
    elements = answer.json()["Contacts"]
    assert answer.status_code == 200
    assert [element["StatusAttributeString"] for element in elements] == ["OK", "ERROR", "OK"]
    assert elements[1]["HasValidationErrors"] is True
    assert elements[1]["ContactID"] == "00000000-0000-0000-0000-000000000000"
    assert [contact["Name"] for contact in xero.rows("Contacts")] == ["Acme", "Bolt"]


@pytest.mark.parametrize("body", ["{", "[]", '"x"', '{"Contacts": [1]}'])
def test_a_body_that_cannot_be_read_is_refused(xero: Xero, body: str) -> None:
    answer = xero.session.put("https://api.xero.com/api.xro/2.0/Contacts", data=body)
    assert (answer.status_code, answer.json()["Type"]) == (400, "PostDataInvalidException")


def test_a_repeated_key_gives_the_stored_answer_and_writes_once(xero: Xero) -> None:
    key = {"Idempotency-Key": "intent-1"}
    first = xero.call("PUT", "Invoices", xero.bill_body(), headers=key)
    again = xero.call("PUT", "Invoices", xero.bill_body(), headers=key)
    assert again.content == first.content
    assert len(xero.rows("Invoices")) == 1


def test_a_key_is_refused_with_another_request(xero: Xero) -> None:
    key = {"Idempotency-Key": "intent-1"}
    xero.call("PUT", "Contacts", {"Name": "Acme"}, headers=key)
    for method, body, query in (
        ("PUT", {"Name": "Bolt"}, {}),
        ("POST", {"Name": "Acme"}, {}),
        ("PUT", {"Name": "Acme"}, {"summarizeErrors": "false"}),
    ):
        answer = xero.call(method, "Contacts", body, headers=key, **query)
        assert answer.status_code == 400
        assert answer.json()["Message"] == "Idempotency Key: intent-1 is used with a different request."
    assert len(xero.rows("Contacts")) == 1


def test_after_six_minutes_a_key_is_new_again(xero: Xero) -> None:
    key = {"Idempotency-Key": "intent-1"}
    for minutes in (5, 1):
        xero.call("PUT", "Invoices", xero.bill_body(), headers=key)
        xero.later(f"{minutes} minutes")
    assert len(xero.rows("Invoices")) == 1
    xero.call("PUT", "Invoices", xero.bill_body(), headers=key)
    assert len(xero.rows("Invoices")) == 2


def test_a_refusal_is_stored_under_its_key_too(xero: Xero) -> None:
    key = {"Idempotency-Key": "intent-1"}
    order = {"Contact": {"ContactNumber": "7"}, "LineItems": [line()]}
    assert xero.call("PUT", "PurchaseOrders", order, headers=key).status_code == 400
    xero.put("Contacts", {"Name": "Acme", "ContactNumber": "7"})
    assert xero.call("PUT", "PurchaseOrders", order, headers=key).status_code == 400
    assert xero.call("PUT", "PurchaseOrders", order).status_code == 200


def test_a_key_has_at_most_128_characters(xero: Xero) -> None:
    assert xero.call("PUT", "Contacts", {"Name": "A"}, headers={"Idempotency-Key": "k" * 128}).status_code == 200
    assert xero.call("PUT", "Contacts", {"Name": "B"}, headers={"Idempotency-Key": "k" * 129}).status_code == 400


def test_pages_tell_how_many_there_are(xero: Xero) -> None:
    for number in range(5):
        xero.put("Contacts", {"Name": f"Contact {number}"})
    answer = xero.call("GET", "Contacts", page=2, pageSize=2, order="Name DESC").json()
    assert answer["pagination"] == {"page": 2, "pageSize": 2, "pageCount": 3, "itemCount": 5}
    assert [row["Name"] for row in answer["Contacts"]] == ["Contact 2", "Contact 1"]
    assert xero.call("GET", "Contacts", page=4, pageSize=2).json()["Contacts"] == []
    assert "pagination" not in xero.call("GET", "Contacts").json()
    for wrong in ({"page": 0}, {"page": "x"}, {"page": 1, "pageSize": 1001}):
        assert xero.call("GET", "Contacts", **wrong).status_code == 400


def test_orders_are_always_paged_and_items_never(xero: Xero) -> None:
    assert "pagination" in xero.call("GET", "PurchaseOrders").json()
    assert "pagination" not in xero.call("GET", "Items", page=1).json()


def test_a_list_that_is_not_paged_has_no_lines(xero: Xero) -> None:
    xero.bill()
    assert xero.rows("Invoices")[0]["LineItems"] == []
    assert len(xero.rows("Invoices", page=1)[0]["LineItems"]) == 1
    assert "LineItems" not in xero.rows("Invoices", summaryOnly="true")[0]


def test_only_what_changed_since_a_second_is_listed(xero: Xero) -> None:
    xero.put("Contacts", {"Name": "Old"})
    xero.later("10 s")
    xero.put("Contacts", {"Name": "New"})
    for since in ("2026-06-01T12:00:05", "Mon, 01 Jun 2026 12:00:05 GMT", "2026-06-01T12:00:05.999Z"):
        rows = xero.rows("Contacts", headers={"If-Modified-Since": since}, page=1)
        assert [row["Name"] for row in rows] == ["New"]
    assert xero.rows("Contacts", headers={"If-Modified-Since": "2026-06-01T12:00:10"}) == []
    assert xero.call("GET", "Contacts", headers={"If-Modified-Since": "yesterday"}).status_code == 400


def test_an_edit_moves_a_record_to_the_end_of_a_list_by_change(xero: Xero) -> None:
    first = xero.put("Contacts", {"Name": "A"})
    xero.put("Contacts", {"Name": "B"})
    xero.later("1 s")
    xero.post("Contacts", {"ContactID": first["ContactID"], "EmailAddress": "a@a.test"})
    rows = xero.rows("Contacts", page=1, order="UpdatedDateUTC ASC")
    assert [row["Name"] for row in rows] == ["B", "A"]


@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        ('Type=="ACCPAY"', ["1", "2", "3"]),
        ('Type=="ACCPAY"&&Date>=DateTime(2026,04,01)', ["2", "3"]),
        ("Date>=DateTime(2026,04,01) AND Date<=DateTime(2026,04,15)", ["2"]),
        ('Status!="DRAFT"&&Total>=200', ["2"]),
        ('Contact.Name=="Acme && Sons"', ["1"]),
        ('Status=="DRAFT"&&InvoiceNumber.StartsWith("3")', ["3"]),
        ("DueDate==null", ["3"]),
    ],
)
def test_where_takes_the_common_comparisons(xero: Xero, where: str, numbers: list[str]) -> None:
    xero.bill(InvoiceNumber="1", Date="2026-03-01", LineItems=[line(100)], Contact={"Name": "Acme && Sons"})
    xero.bill(InvoiceNumber="2", Date="2026-04-15", LineItems=[line(200)])
    xero.bill(InvoiceNumber="3", Date="2026-05-01", LineItems=[line(300)], Status="DRAFT", DueDate=None)
    assert [row["InvoiceNumber"] for row in xero.rows("Invoices", where=where, page=1)] == numbers


@pytest.mark.parametrize("where", ["Type=ACCPAY", 'Type=="A"||Type=="B"', "Date>=DateTime(2026,13,1)", "nonsense"])
def test_a_where_that_cannot_be_read_is_refused_not_ignored(xero: Xero, where: str) -> None:
    answer = xero.call("GET", "Invoices", where=where)
    assert (answer.status_code, answer.json()["Type"]) == (400, "QueryParseException")


def test_lists_are_narrowed_by_ids_statuses_contacts_and_numbers(xero: Xero) -> None:
    first, second = xero.bill(InvoiceNumber="1"), xero.bill(InvoiceNumber="2", Contact={"Name": "Bolt"}, Status="DRAFT")
    contact = first["Contact"]["ContactID"]
    queries: list[tuple[dict[str, Any], list[str]]] = [
        ({"IDs": f"{first['InvoiceID']},{second['InvoiceID']}"}, ["1", "2"]),
        ({"Statuses": "DRAFT,SUBMITTED"}, ["2"]),
        ({"ContactIDs": contact}, ["1"]),
        ({"InvoiceNumbers": "2", "where": 'Type=="ACCPAY"'}, ["2"]),
        ({"where": f'Contact.ContactID==guid("{contact}")'}, ["1"]),
    ]
    for query, numbers in queries:
        assert [row["InvoiceNumber"] for row in xero.rows("Invoices", **query)] == numbers


def test_the_address_takes_some_fifty_ids(xero: Xero) -> None:
    bill = xero.bill()["InvoiceID"]
    assert len(xero.rows("Invoices", IDs=",".join([bill] * 50))) == 1
    assert xero.call("GET", "Invoices", IDs=",".join([bill] * 54)).status_code == 404


def test_unit_amounts_have_four_decimals_only_where_they_are_asked_for(xero: Xero) -> None:
    bill = xero.put("Invoices", xero.bill_body(LineItems=[line("1.23456", Quantity=100)]), unitdp=4)
    assert str(bill["LineItems"][0]["UnitAmount"]) == "1.2346"
    path = f"Invoices/{bill['InvoiceID']}"
    assert str(xero.rows(path)[0]["LineItems"][0]["UnitAmount"]) == "1.23"
    assert str(xero.rows(path, unitdp=4)[0]["Total"]) == "123.46"


def test_our_own_invoices_can_be_told_from_those_of_people(xero: Xero) -> None:
    ours = xero.bill()
    xero.seed("invoices", xero.bill_body(InvoiceNumber="typed"))
    assert [row["InvoiceID"] for row in xero.rows("Invoices", createdByMyApp="true")] == [ours["InvoiceID"]]
