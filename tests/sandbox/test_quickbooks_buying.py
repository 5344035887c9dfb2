from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.quickbooks_client import QuickBooks, item_line, linked, ref


@pytest.fixture
def quickbooks() -> QuickBooks:
    return QuickBooks()


@pytest.fixture
def vendor(quickbooks: QuickBooks) -> dict[str, str]:
    return quickbooks.vendor()


@pytest.fixture
def item(quickbooks: QuickBooks) -> dict[str, str]:
    return quickbooks.item()


def read(quickbooks: QuickBooks, path: str, record: Any) -> Any:
    return next(iter(quickbooks.get(f"{path}/{record['Id']}").values()))


def change(quickbooks: QuickBooks, path: str, record: Any, **changes: Any) -> Any:
    return quickbooks.post(path, {"Id": record["Id"], "SyncToken": record["SyncToken"], "sparse": True, **changes})


def order_link(order: Any) -> list[dict[str, str]]:
    return [{"TxnId": order["Id"], "TxnType": "PurchaseOrder"}]


def test_a_bill_adds_up_and_is_due_by_its_term(quickbooks: QuickBooks, vendor: dict[str, str]) -> None:
    net_30 = ref(quickbooks.rows("select * from Term where Name = 'Net 30'")[0])
    lines = [quickbooks.line(Decimal("100.10")), quickbooks.line(Decimal("-10.01"), "2150")]
    bill = quickbooks.bill(vendor, *lines, SalesTermRef=net_30, TxnDate="2026-05-20")
    assert (bill["TotalAmt"], bill["Balance"], bill["DueDate"]) == (Decimal("90.09"), Decimal("90.09"), "2026-06-19")
    assert bill["VendorRef"]["name"] == "Acme Concrete LLC"
    assert quickbooks.get(f"vendor/{vendor['value']}")["Vendor"]["Balance"] == Decimal("90.09")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"VendorRef": None}, "2020"),
        ({"VendorRef": {"value": "999"}}, "2500"),
        ({"Line": []}, "2020"),
        ({"DocNumber": "x" * 22}, "2050"),
        ({"TxnDate": "20 May"}, "2060"),
        ({"Colour": "red"}, "2010"),
        ({"CurrencyRef": {"value": "EUR"}}, "6000"),
        ({"DepartmentRef": {"value": "9"}}, "2500"),
        ({"POStatus": "Open"}, "2010"),
    ],
)
def test_a_bill_that_cannot_be_is_refused(
    quickbooks: QuickBooks, vendor: dict[str, str], changes: dict[str, Any], code: str
) -> None:
    assert quickbooks.refused("bill", {"VendorRef": vendor, "Line": [quickbooks.line()], **changes})[0] == code


def lacking(line: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in line.items() if key != name}


def test_a_line_that_cannot_be_is_refused(quickbooks: QuickBooks, vendor: dict[str, str], item: Any) -> None:
    kind, line = "AccountBasedExpenseLineDetail", quickbooks.line()
    category = ref(quickbooks.post("item", {"Name": "03", "Type": "Category"}))
    not_bought = ref(quickbooks.post("item", {"Name": "Fee", "IncomeAccountRef": quickbooks.account("4000")}))
    wrong: list[tuple[dict[str, Any], str]] = [
        (lacking(line, "Amount"), "2020"),
        (lacking(line, "DetailType"), "2020"),
        (lacking(line, kind), "2020"),
        ({**line, kind: {}}, "6440"),
        ({**line, "DetailType": "SalesItemLineDetail"}, "2170"),
        ({**line, "Description": "x" * 4001}, "2050"),
        (quickbooks.line(account="2100"), "6430"),
        (quickbooks.line(BillableStatus="Billable"), "6310"),
        (quickbooks.line(BillableStatus="HasBeenBilled"), "6320"),
        (quickbooks.line(TaxCodeRef={"value": "4"}), "6100"),
        (item_line(category, 10), "6000"),
        (item_line(not_bought, 10), "6000"),
        ({**item_line(item, 10), "Amount": 11}, "6070"),
    ]
    assert [quickbooks.refused("bill", {"VendorRef": vendor, "Line": [one]})[0] for one, _ in wrong] == [
        code for _, code in wrong
    ]
    assert quickbooks.rows("select * from Bill") == []


def test_a_line_that_was_billed_to_the_owner_can_be_sent_back(quickbooks: QuickBooks, vendor: dict[str, str]) -> None:
    line = quickbooks.line(CustomerRef=quickbooks.customer(), BillableStatus="Billable")
    bill = quickbooks.bill(vendor, line)
    billed = {**bill["Line"][0], "AccountBasedExpenseLineDetail": {**line["AccountBasedExpenseLineDetail"]}}
    billed["AccountBasedExpenseLineDetail"]["BillableStatus"] = "HasBeenBilled"
    assert quickbooks.refused("bill", {**_version(bill), "VendorRef": vendor, "Line": [billed]})[0] == "6320"
    bill = quickbooks.person("bills", {"Id": bill["Id"], "Line": [billed]})
    assert change(quickbooks, "bill", bill, VendorRef=vendor, Line=[billed])["SyncToken"] == "2"


def test_quantity_times_price_is_rounded_to_the_cent(quickbooks: QuickBooks, vendor: Any, item: Any) -> None:
    line = item_line(item, Decimal("41.67"), 1, Qty=Decimal("3.3333"), UnitPrice=Decimal("12.5"))
    assert quickbooks.bill(vendor, line)["TotalAmt"] == Decimal("41.67")


def test_an_inactive_record_cannot_be_used(quickbooks: QuickBooks, vendor: dict[str, str]) -> None:
    quickbooks.person("vendors", {"Id": vendor["value"], "Active": False})
    code, detail = quickbooks.refused("bill", {"VendorRef": vendor, "Line": [quickbooks.line()]})
    assert (code, "has been made inactive" in detail) == ("610", True)


@pytest.mark.parametrize(
    ("group", "name", "detail"),
    [
        ("AccountingInfoPrefs", "ClassTrackingPerTxnLine", "ClassRef"),
        ("VendorAndPurchasesPrefs", "TrackingByCustomer", "CustomerRef"),
    ],
)
def test_what_is_turned_off_cannot_stand_on_a_line(
    quickbooks: QuickBooks, vendor: dict[str, str], group: str, name: str, detail: str
) -> None:
    tracked = ref(quickbooks.post("class", {"Name": "Labor"})) if detail == "ClassRef" else quickbooks.customer()
    bill = {"VendorRef": vendor, "Line": [quickbooks.line(**{detail: tracked})]}
    assert quickbooks.post("bill", bill)["TotalAmt"] == 1000
    quickbooks.prefer(group, **{name: False})
    assert quickbooks.refused("bill", bill)[0] == "5030"


def test_a_total_below_zero_is_refused(quickbooks: QuickBooks, vendor: dict[str, str]) -> None:
    bill = {"VendorRef": vendor, "Line": [quickbooks.line(100), quickbooks.line(-101)]}
    assert quickbooks.refused("bill", bill)[0] == "6000"


def test_lines_are_replaced_as_a_whole_also_by_a_sparse_change(quickbooks: QuickBooks, vendor: dict[str, str]) -> None:
    bill = quickbooks.bill(vendor, quickbooks.line(1), quickbooks.line(2))
    second, bare = bill["Line"][1], lacking(bill["Line"][1], "Description")
    bill = change(quickbooks, "bill", bill, VendorRef=vendor, Line=[bare, quickbooks.line(5)])
    assert [(line["Id"], line["Amount"], line.get("Description")) for line in bill["Line"]] == [
        (second["Id"], 2, None),
        ("3", 5, "Slab on grade"),
    ]


def test_some_fields_belong_in_every_change(quickbooks: QuickBooks, vendor: dict[str, str]) -> None:
    bill = quickbooks.bill(vendor)
    assert quickbooks.refused("bill", {**_version(bill), "sparse": True, "PrivateNote": "n"})[0] == "2020"
    card = {"PaymentType": "CreditCard", "AccountRef": quickbooks.account("091"), "Line": [quickbooks.line()]}
    charge = quickbooks.post("purchase", card)
    assert quickbooks.refused("purchase", {**_version(charge), "sparse": True, "PrivateNote": "n"})[0] == "2020"
    assert change(quickbooks, "purchase", charge, PaymentType="CreditCard", PrivateNote="n")["PrivateNote"] == "n"


def _version(record: Any) -> dict[str, str]:
    return {"Id": record["Id"], "SyncToken": record["SyncToken"]}


def test_bill_numbers_repeat_unless_the_company_warns(quickbooks: QuickBooks, vendor: dict[str, str]) -> None:
    bill = {"VendorRef": vendor, "DocNumber": "INV-1", "Line": [quickbooks.line()]}
    first = quickbooks.post("bill", bill)
    quickbooks.post("bill", bill)
    quickbooks.warn("WarnDuplicateBillNumber")
    code, detail = quickbooks.refused("bill", bill)
    assert (code, f"TxnId={first['Id']}" in detail) == ("6140", True)
    quickbooks.post("bill", {**bill, "VendorRef": quickbooks.vendor("Bolt")})
    quickbooks.post("bill", bill, include="allowduplicatedocnum")


def test_an_order_is_closed_when_a_bill_takes_it_up_and_opens_when_the_bill_goes(
    quickbooks: QuickBooks, vendor: dict[str, str], item: dict[str, str]
) -> None:
    order = quickbooks.order(vendor, item_line(item, 5000), DocNumber="SC-001")
    bill = quickbooks.bill(vendor, linked(item_line(item, 5000), order), LinkedTxn=order_link(order))
    assert bill["LinkedTxn"] == order_link(order)
    order = read(quickbooks, "purchaseorder", order)
    assert (order["POStatus"], order["LinkedTxn"]) == ("Closed", [{"TxnId": bill["Id"], "TxnType": "Bill"}])
    assert quickbooks.refused("purchaseorder", _version(order), operation="delete")[0] == "6000"
    quickbooks.post("bill", _version(bill), operation="delete")
    order = read(quickbooks, "purchaseorder", order)
    assert (order["POStatus"], "LinkedTxn" in order) == ("Open", False)


def test_an_order_stays_open_until_every_line_is_billed(
    quickbooks: QuickBooks, vendor: dict[str, str], item: dict[str, str]
) -> None:
    order = quickbooks.order(vendor, item_line(item, 100), item_line(item, 200, 10))
    states = []
    for amount, qty, line_id in ((40, 1, "1"), (60, 1, "1"), (100, 5, "2"), (100, 5, "2")):
        quickbooks.bill(vendor, linked(item_line(item, amount, qty), order, line_id), LinkedTxn=order_link(order))
        states.append(read(quickbooks, "purchaseorder", order)["POStatus"])
    assert states == ["Open", "Open", "Open", "Closed"]


def test_links_that_do_not_hold_are_dropped_without_a_word(
    quickbooks: QuickBooks, vendor: dict[str, str], item: dict[str, str]
) -> None:
    order = quickbooks.order(vendor, item_line(item, 100))
    closed = quickbooks.order(vendor, item_line(item, 100), POStatus="Closed")
    line, header = linked(item_line(item, 10), order), order_link(order)
    without_line_id = {**line, "LinkedTxn": order_link(order)}
    tried: list[tuple[Any, Any, Any]] = [
        (vendor, line, None),
        (vendor, item_line(item, 10), header),
        (vendor, without_line_id, header),
        (vendor, linked(line, order, "9"), header),
        (vendor, linked(line, {"Id": "999"}), [{"TxnId": "999", "TxnType": "PurchaseOrder"}]),
        (vendor, linked(line, closed), order_link(closed)),
        (quickbooks.vendor("Bolt"), line, header),
    ]
    for buyer, one, links in tried:
        bill = quickbooks.bill(buyer, one, LinkedTxn=links)
        assert ("LinkedTxn" in bill, "LinkedTxn" in bill["Line"][0]) == (False, False)
    assert read(quickbooks, "purchaseorder", order)["POStatus"] == "Open"


def test_a_line_that_is_there_already_cannot_be_linked(
    quickbooks: QuickBooks, vendor: dict[str, str], item: dict[str, str]
) -> None:
    order = quickbooks.order(vendor, item_line(item, 100))
    bill = quickbooks.bill(vendor, item_line(item, 100))
    same = {**linked(item_line(item, 100), order), "Id": "1"}
    more = {"VendorRef": vendor, "LinkedTxn": order_link(order)}
    bill = change(quickbooks, "bill", bill, Line=[same], **more)
    assert "LinkedTxn" not in bill
    bill = change(quickbooks, "bill", bill, Line=[lacking(same, "Id")], **more)
    assert bill["LinkedTxn"] == order_link(order)
    assert change(quickbooks, "bill", bill, VendorRef=vendor, Line=bill["Line"], DocNumber="n")["LinkedTxn"] == (
        order_link(order)
    )


def test_an_order_is_numbered_by_quickbooks_only_when_the_company_does_not(
    quickbooks: QuickBooks, vendor: dict[str, str]
) -> None:
    assert "DocNumber" not in quickbooks.order(vendor)
    assert quickbooks.order(vendor, DocNumber="AUTO_GENERATE")["DocNumber"] == "1001"
    quickbooks.warn("VendorAndPurchasesPrefs.UseCustomTxnNumbers", "false")
    assert quickbooks.order(vendor)["DocNumber"] == "1002"
    order = {"VendorRef": vendor, "DocNumber": "1002", "Line": [quickbooks.line()]}
    assert quickbooks.refused("purchaseorder", order)[0] == "6140"


@pytest.mark.parametrize("plan", ["Simple Start", "Essentials"])
def test_a_small_plan_has_no_orders(quickbooks: QuickBooks, vendor: dict[str, str], plan: str) -> None:
    quickbooks.person("settings", {"plan": plan})
    assert quickbooks.refused("purchaseorder", {"VendorRef": vendor, "Line": [quickbooks.line()]})[0] == "5030"


def test_purchases_know_card_and_bank_apart(quickbooks: QuickBooks, vendor: dict[str, str]) -> None:
    card, bank = quickbooks.account("091"), quickbooks.account("090")
    purchase = {"EntityRef": {**vendor, "type": "Vendor"}, "Line": [quickbooks.line(54)]}
    refund = quickbooks.post("purchase", {**purchase, "PaymentType": "CreditCard", "AccountRef": card, "Credit": True})
    assert (refund["Credit"], refund["EntityRef"]["type"], refund["TotalAmt"]) == (True, "Vendor", 54)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"PaymentType": "Check", "AccountRef": card}, "6430"),
        ({"PaymentType": "CreditCard", "AccountRef": bank}, "6430"),
        ({"PaymentType": "Check", "AccountRef": bank, "Credit": True}, "6000"),
        ({"PaymentType": "Barter", "AccountRef": bank}, "2170"),
        ({"AccountRef": bank}, "2020"),
    ]
    assert [quickbooks.refused("purchase", {**purchase, **one})[0] for one, _ in wrong] == [code for _, code in wrong]


@pytest.mark.parametrize("code", [6200, 6210, 5010])
def test_a_closed_period_is_closed_to_apps(quickbooks: QuickBooks, vendor: dict[str, str], code: int) -> None:
    bill = quickbooks.bill(vendor, TxnDate="2026-03-31")
    quickbooks.prefer("AccountingInfoPrefs", BookCloseDate="2026-03-31")
    quickbooks.person("settings", {"closed_period_code": code})
    changed = {"VendorRef": vendor, "Line": [quickbooks.line()]}
    for body, query in (
        ({**changed, "TxnDate": "2026-03-31"}, {}),
        ({**changed, **_version(bill), "TxnDate": "2026-04-01"}, {}),
        (_version(bill), {"operation": "delete"}),
    ):
        answer = quickbooks.call("POST", "bill", body, **query).json()["Fault"]["Error"][0]
        assert (answer["code"], answer["Message"].startswith("Account Period Closed")) == (str(code), True)
    assert quickbooks.post("bill", {**changed, "TxnDate": "2026-04-01"})["TxnDate"] == "2026-04-01"
    assert quickbooks.order(vendor, TxnDate="2026-03-31")["POStatus"] == "Open"
    quickbooks.person("bills", {"Id": bill["Id"], "PrivateNote": "by hand"})


def test_documents_that_cannot_be_voided_answer_as_they_do(quickbooks: QuickBooks, vendor: dict[str, str]) -> None:
    bill = quickbooks.bill(vendor)
    answer = quickbooks.call("POST", "bill", _version(bill), operation="void")
    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (200, "10000")
    order = quickbooks.order(vendor)
    assert quickbooks.refused("purchaseorder", _version(order), operation="void")[0] == "500"
    assert read(quickbooks, "bill", bill)["TotalAmt"] == 1000


def test_tax_is_on_every_line_outside_of_the_united_states(quickbooks: QuickBooks, vendor: dict[str, str]) -> None:
    quickbooks.person("company", {"Country": "GB"})
    standard = {"TaxCodeRef": {"value": "4"}}
    excluded = quickbooks.bill(vendor, quickbooks.line(100, **standard), quickbooks.line(10, TaxCodeRef={"value": "6"}))
    assert (excluded["TotalAmt"], excluded["TxnTaxDetail"]["TotalTax"]) == (130, 20)
    assert excluded["CurrencyRef"]["value"] == "GBP"
    included = quickbooks.bill(vendor, quickbooks.line(120, **standard), GlobalTaxCalculation="TaxInclusive")
    assert (included["TotalAmt"], included["TxnTaxDetail"]["TotalTax"]) == (120, 20)
    assert included["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"]["NetAmountTaxable"] == 100
    assert quickbooks.bill(vendor, GlobalTaxCalculation="NotApplicable")["TotalAmt"] == 1000
    bare: dict[str, Any] = {"VendorRef": vendor, "Line": [quickbooks.line()]}
    assert quickbooks.refused("bill", bare)[0] == "6000"
    taxed = {**bare, "GlobalTaxCalculation": "NotApplicable", "TxnTaxDetail": {"TotalTax": 5}}
    assert quickbooks.refused("bill", taxed)[0] == "6170"
