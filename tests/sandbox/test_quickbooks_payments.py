from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.quickbooks_client import BASE, QuickBooks, ref, sales_line


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


def version(record: Any) -> dict[str, str]:
    return {"Id": record["Id"], "SyncToken": record["SyncToken"]}


def credit(quickbooks: QuickBooks, vendor: dict[str, str], amount: Any) -> Any:
    return quickbooks.post("vendorcredit", {"VendorRef": vendor, "Line": [quickbooks.line(amount)]})


def test_one_check_pays_several_bills_and_uses_a_credit(quickbooks: QuickBooks, vendor: dict[str, str]) -> None:
    first, second = (quickbooks.bill(vendor, quickbooks.line(amount)) for amount in (100, 50))
    back = credit(quickbooks, vendor, 30)
    applied = [("Bill", first, 100), ("Bill", second, 20), ("VendorCredit", back, 30)]
    payment = quickbooks.pay(vendor, 90, *applied)
    assert [read(quickbooks, "bill", one)["Balance"] for one in (first, second)] == [0, 30]
    assert read(quickbooks, "vendorcredit", back)["Balance"] == 0
    assert read(quickbooks, "bill", first)["LinkedTxn"] == [{"TxnId": payment["Id"], "TxnType": "BillPaymentCheck"}]
    quickbooks.post("billpayment", version(payment), operation="delete")
    assert [read(quickbooks, "bill", one)["Balance"] for one in (first, second)] == [100, 50]
    assert "LinkedTxn" not in read(quickbooks, "bill", first)


def test_a_payment_of_nothing_applies_a_credit(quickbooks: QuickBooks, vendor: dict[str, str]) -> None:
    bill, back = quickbooks.bill(vendor, quickbooks.line(100)), credit(quickbooks, vendor, 30)
    quickbooks.pay(vendor, 0, ("Bill", bill, 30), ("VendorCredit", back, 30))
    assert read(quickbooks, "bill", bill)["Balance"] == 70


def test_a_changed_payment_changes_what_is_open(quickbooks: QuickBooks, vendor: dict[str, str]) -> None:
    first, second = (quickbooks.bill(vendor, quickbooks.line(100)) for _ in range(2))
    payment = quickbooks.pay(vendor, 100, ("Bill", first, 100))
    moved = quickbooks.payment_body(vendor, 60, ("Bill", second, 60))
    quickbooks.post("billpayment", {**moved, **version(payment)})
    assert [read(quickbooks, "bill", one)["Balance"] for one in (first, second)] == [100, 40]


def test_a_payment_that_cannot_be_is_refused(quickbooks: QuickBooks, vendor: dict[str, str]) -> None:
    bill = quickbooks.bill(vendor, quickbooks.line(100))
    other = quickbooks.bill(quickbooks.vendor("Bolt"), quickbooks.line(100))
    wrong = [
        (quickbooks.payment_body(vendor, 101, ("Bill", bill, 101)), "6000"),
        (quickbooks.payment_body(vendor, 90, ("Bill", bill, 100)), "6000"),
        (quickbooks.payment_body(vendor, 100, ("Bill", other, 100)), "620"),
        (quickbooks.payment_body(vendor, 100, ("Invoice", bill, 100)), "620"),
        (quickbooks.payment_body(vendor, 100, ("Bill", {"Id": "999"}, 100)), "2500"),
        (quickbooks.payment_body(vendor, 100, ("Bill", bill, 100), CheckPayment={}), "2020"),
        (quickbooks.payment_body(vendor, 100, ("Bill", bill, 100), PayType="CreditCard"), "2020"),
        (
            quickbooks.payment_body(
                vendor, 100, ("Bill", bill, 100), CheckPayment={"BankAccountRef": quickbooks.account("091")}
            ),
            "6430",
        ),
    ]
    assert [quickbooks.refused("billpayment", body)[0] for body, _ in wrong] == [code for _, code in wrong]
    assert "more than what is open of it" in quickbooks.refused("billpayment", wrong[0][0])[1]
    assert read(quickbooks, "bill", bill)["Balance"] == 100


def test_a_voided_payment_stays_with_nothing_left_of_it(quickbooks: QuickBooks, vendor: dict[str, str]) -> None:
    bill = quickbooks.bill(vendor, quickbooks.line(100))
    payment = quickbooks.pay(vendor, 100, ("Bill", bill, 100))
    sent = {**version(payment), "sparse": True}
    assert quickbooks.refused("billpayment", sent, operation="void")[0] == "500"
    voided = quickbooks.post("billpayment", sent, operation="update", include="void")
    assert (voided["TotalAmt"], voided["PrivateNote"], voided["Line"]) == (0, "Voided", [])
    assert read(quickbooks, "bill", bill)["Balance"] == 100


def test_a_paid_bill_cannot_go_nor_cost_less_than_was_paid(quickbooks: QuickBooks, vendor: dict[str, str]) -> None:
    bill = quickbooks.bill(vendor, quickbooks.line(100))
    quickbooks.pay(vendor, 80, ("Bill", bill, 80))
    bill = read(quickbooks, "bill", bill)
    assert quickbooks.refused("bill", version(bill), operation="delete")[0] == "6000"
    changed = {**version(bill), "VendorRef": vendor, "Line": [quickbooks.line(79)]}
    assert quickbooks.refused("bill", changed)[0] == "6000"
    assert quickbooks.post("bill", {**changed, "Line": [quickbooks.line(80)]})["Balance"] == 0


def invoice(quickbooks: QuickBooks, customer: dict[str, str], item: dict[str, str], amount: Any, **more: Any) -> Any:
    return quickbooks.post("invoice", {"CustomerRef": customer, "Line": [sales_line(item, amount)], **more})


def test_an_invoice_gets_a_subtotal_and_its_lines_are_numbered_anew(quickbooks: QuickBooks, item: Any) -> None:
    made = invoice(quickbooks, quickbooks.customer(), item, 50000, DocNumber="APP-03")
    assert [(line["DetailType"], line["Amount"]) for line in made["Line"]] == [
        ("SalesItemLineDetail", 50000),
        ("SubTotalLineDetail", 50000),
    ]
    more = {**version(made), "sparse": True, "Line": [sales_line(item, 1), made["Line"][0]]}
    assert [line.get("Id") for line in quickbooks.post("invoice", more)["Line"]] == ["1", "2", None]


def test_an_invoice_needs_a_customer_and_an_item(quickbooks: QuickBooks, item: Any) -> None:
    customer = quickbooks.customer()
    words = {"DetailType": "DescriptionOnly", "Description": "as agreed"}
    assert quickbooks.refused("invoice", {"CustomerRef": customer, "Line": [words]})[0] == "6000"
    assert quickbooks.refused("invoice", {"Line": [sales_line(item, 1)]})[0] == "2020"
    taxed = sales_line(item, 1, TaxCodeRef={"value": "2"})
    assert quickbooks.refused("invoice", {"CustomerRef": customer, "Line": [taxed]})[0] == "6100"


def test_sales_tax_is_one_group_on_the_taxable_lines(quickbooks: QuickBooks, item: Any) -> None:
    lines = [sales_line(item, 100, TaxCodeRef={"value": "TAX"}), sales_line(item, 50)]
    body = {"CustomerRef": quickbooks.customer(), "Line": lines}
    made = quickbooks.post("invoice", {**body, "TxnTaxDetail": {"TxnTaxCodeRef": {"value": "2"}}})
    assert (made["TxnTaxDetail"]["TotalTax"], made["TotalAmt"]) == (Decimal("8.81"), Decimal("158.81"))
    assert quickbooks.post("invoice", {**body, "TxnTaxDetail": {"TotalTax": 7}})["TotalAmt"] == 157


def test_invoice_numbers_are_the_companys_and_do_not_repeat(quickbooks: QuickBooks, item: Any) -> None:
    customer = quickbooks.customer()
    assert "DocNumber" not in invoice(quickbooks, customer, item, 1)
    invoice(quickbooks, customer, item, 1, DocNumber="APP-1")
    again = {"CustomerRef": customer, "DocNumber": "APP-1", "Line": [sales_line(item, 1)]}
    assert quickbooks.refused("invoice", again)[0] == "6140"
    quickbooks.prefer("SalesFormsPrefs", CustomTxnNumbers=False)
    assert invoice(quickbooks, customer, item, 1)["DocNumber"] == "1001"


def test_a_customer_pays_with_a_credit_and_too_much(quickbooks: QuickBooks, item: Any) -> None:
    customer = quickbooks.customer()
    made = invoice(quickbooks, customer, item, 100)
    memo = quickbooks.post("creditmemo", {"CustomerRef": customer, "Line": [sales_line(item, 10)]})
    lines = [
        {"Amount": amount, "LinkedTxn": [{"TxnId": one["Id"], "TxnType": kind}]}
        for kind, one, amount in (("Invoice", made, 100), ("CreditMemo", memo, 10))
    ]
    payment = quickbooks.post("payment", {"CustomerRef": customer, "TotalAmt": 95, "Line": lines})
    assert payment["UnappliedAmt"] == 5
    assert read(quickbooks, "invoice", made)["Balance"] == 0
    assert read(quickbooks, "creditmemo", memo)["RemainingCredit"] == 0
    assert quickbooks.refused("invoice", version(read(quickbooks, "invoice", made)), operation="void")[0] == "6000"
    quickbooks.post("payment", {**version(payment), "sparse": True}, operation="update", include="void")
    voided = quickbooks.post("invoice", version(read(quickbooks, "invoice", made)), operation="void")
    assert (voided["TotalAmt"], voided["Balance"], voided["PrivateNote"]) == (0, 0, "Voided")


def entry(quickbooks: QuickBooks, side: str, number: str, amount: Any = 1200, **more: Any) -> dict[str, Any]:
    detail = {"PostingType": side, "AccountRef": quickbooks.account(number), **more}
    return {"Amount": amount, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": detail}


def test_a_journal_entry_balances_and_its_ledgers_name_whose_they_are(
    quickbooks: QuickBooks, vendor: dict[str, str]
) -> None:
    owner = {"Entity": {"Type": "Customer", "EntityRef": quickbooks.customer()}}
    payee = {"Entity": {"Type": "Vendor", "EntityRef": vendor}}
    debit, credit_ = entry(quickbooks, "Debit", "5000", **owner), entry(quickbooks, "Credit", "2400")
    made = quickbooks.post("journalentry", {"DocNumber": "PAY-0212", "Line": [debit, credit_]})
    assert (made["TotalAmt"], made["Line"][0]["JournalEntryLineDetail"]["Entity"]["EntityRef"]["name"]) == (
        1200,
        "Riverside Owner Inc",
    )
    without_side = entry(quickbooks, "Debit", "5000")
    del without_side["JournalEntryLineDetail"]["PostingType"]
    wrong = [
        ([debit, entry(quickbooks, "Credit", "2400", 1199)], "2300"),
        ([entry(quickbooks, "Debit", "5000", -1), entry(quickbooks, "Credit", "2400", -1)], "2290"),
        ([without_side, credit_], "2260"),
        ([entry(quickbooks, "Debit", "1100", **payee), credit_], "6000"),
        ([entry(quickbooks, "Debit", "5000"), entry(quickbooks, "Credit", "2100")], "6000"),
        ([entry(quickbooks, "Debit", "1100", **owner), entry(quickbooks, "Credit", "2100", **payee)], "6000"),
    ]
    assert [quickbooks.refused("journalentry", {"Line": lines})[0] for lines, _ in wrong] == [code for _, code in wrong]
    answer = quickbooks.call("POST", "journalentry", version(made), operation="void").json()
    assert answer["BatchItemResponse"] == []
    assert read(quickbooks, "journalentry", made)["TotalAmt"] == 1200


def test_time_is_a_duration_or_a_span(quickbooks: QuickBooks, vendor: dict[str, str]) -> None:
    worker = ref(quickbooks.post("employee", {"GivenName": "Dana", "FamilyName": "Whitfield"}))
    span = {"StartTime": "2026-05-20T07:00:00", "EndTime": "2026-05-20T15:30:00"}
    by = {"NameOf": "Employee", "EmployeeRef": worker, "TxnDate": "2026-05-20"}
    made = quickbooks.post("timeactivity", {**by, "Hours": 8, "Minutes": 30})
    assert (made["Hours"], made["Minutes"], made["EmployeeRef"]["name"]) == (8, 30, "Dana Whitfield")
    assert quickbooks.post("timeactivity", {**by, **span})["StartTime"] == "2026-05-20T07:00:00-06:00"
    wrong: list[tuple[dict[str, Any], str]] = [
        ({**by, "Hours": 8, **span}, "6390"),
        (by, "6350"),
        ({**by, "StartTime": span["EndTime"], "EndTime": span["StartTime"]}, "6370"),
        ({**by, "Hours": 8, "Minutes": 60}, "6340"),
        ({**by, "Hours": 8, "BillableStatus": "Billable"}, "6310"),
        ({"NameOf": "Vendor", "EmployeeRef": worker, "Hours": 8}, "2020"),
        ({**by, "EmployeeRef": vendor, "Hours": 8}, "2500"),
    ]
    assert [quickbooks.refused("timeactivity", body)[0] for body, _ in wrong] == [code for _, code in wrong]


def note(kind: str, key: str) -> dict[str, Any]:
    return {"Note": "as agreed", "AttachableRef": [{"EntityRef": {"type": kind, "value": key}}]}


def test_a_note_hangs_on_a_record_and_is_found_by_it(quickbooks: QuickBooks, vendor: dict[str, str]) -> None:
    bill = quickbooks.bill(vendor)
    made = quickbooks.post("attachable", note("Bill", bill["Id"]))
    where = f"AttachableRef.EntityRef.Type = 'Bill' and AttachableRef.EntityRef.value = '{bill['Id']}'"
    assert [row["Id"] for row in quickbooks.rows(f"select * from Attachable where {where}")] == [made["Id"]]
    assert quickbooks.refused("attachable", {"AttachableRef": note("Bill", bill["Id"])["AttachableRef"]})[0] == "6000"
    assert quickbooks.refused("attachable", note("Bill", "999"))[0] == "2500"
    assert quickbooks.refused("attachable", note("Crane", "1"))[0] == "6050"


def upload(quickbooks: QuickBooks, *files: tuple[str, tuple[str, Any, str]]) -> Any:
    return quickbooks.session.post(f"{BASE}/upload", files=dict(files)).json()


def test_files_are_uploaded_with_what_describes_them(quickbooks: QuickBooks, vendor: dict[str, str]) -> None:
    bill = quickbooks.bill(vendor)
    target = (
        f'{{"AttachableRef": [{{"EntityRef": {{"type": "Bill", "value": "{bill["Id"]}"}}}}], "FileName": "pay.pdf"}}'
    )
    content = b"%PDF-1.7\r\n\r\n\n--end\r\n"
    answer = upload(
        quickbooks,
        ("file_metadata_01", ("meta.json", target, "application/json")),
        ("file_content_01", ("ignored.pdf", content, "application/pdf")),
    )
    made = answer["AttachableResponse"][0]["Attachable"]
    assert (made["FileName"], made["ContentType"], made["Size"]) == ("pay.pdf", "application/pdf", len(content))
    described = {name: made[name] for name in ("Id", "SyncToken", "FileName", "ContentType")}
    assert quickbooks.post("attachable", {**described, "Note": "signed"})["Size"] == len(content)
    assert quickbooks.call("GET", f"download/{made['Id']}").content == content
    refused = upload(quickbooks, ("file_content_01", ("virus.exe", b"MZ", "application/octet-stream")))
    assert refused["Fault"]["Error"][0]["code"] == "6041"
    refused = upload(
        quickbooks,
        ("file_metadata_01", ("meta.json", "no json", "application/json")),
        ("file_content_01", ("pay.pdf", content, "application/pdf")),
    )
    assert refused["Fault"]["Error"][0]["code"] == "6040"
