"""Purchase orders, bills, credit notes, payments, spend money: rules, moves and sums."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.xero_client import Xero, line


@pytest.fixture
def xero() -> Xero:
    return Xero()


def order_body(contact: dict[str, Any], **changes: Any) -> dict[str, Any]:
    body = {"Contact": contact, "PurchaseOrderNumber": "SC-001", "Date": "2026-05-01", "LineItems": [line()]}
    return {**body, **changes}


def job(xero: Xero) -> dict[str, str]:
    category = xero.put("TrackingCategories", {"Name": "Job"})["TrackingCategoryID"]
    option = xero.put(f"TrackingCategories/{category}/Options", {"Name": "Tower"})["TrackingOptionID"]
    return {"TrackingCategoryID": category, "TrackingOptionID": option}


def read(xero: Xero, document: dict[str, Any]) -> Any:
    return xero.rows(f"Invoices/{document['InvoiceID']}")[0]


def test_an_order_needs_a_contact_that_exists(xero: Xero) -> None:
    assert "Contact must be specified" in xero.refused("PUT", "PurchaseOrders", order_body({}))
    assert "could not be found" in xero.refused("PUT", "PurchaseOrders", order_body({"Name": "Nobody"}))
    assert xero.rows("Contacts") == []


def test_a_taken_order_number_is_refused_on_put_and_edits_that_order_on_post(xero: Xero) -> None:
    first = xero.put("PurchaseOrders", order_body(xero.contact("Acme")))
    other = xero.contact("Bolt")
    assert "must be unique" in xero.refused("PUT", "PurchaseOrders", order_body(other))
    edited = xero.post("PurchaseOrders", order_body(other))
    assert edited["PurchaseOrderID"] == first["PurchaseOrderID"]
    assert edited["Contact"]["Name"] == "Bolt"


def test_a_deleted_order_keeps_its_number_and_cannot_be_updated(xero: Xero) -> None:
    contact = xero.contact()
    order = xero.put("PurchaseOrders", order_body(contact))
    xero.post(f"PurchaseOrders/{order['PurchaseOrderID']}", {"Status": "DELETED"})
    for method in ("PUT", "POST"):
        message = xero.refused(method, "PurchaseOrders", order_body(contact))
        assert "Deleted PurchaseOrders cannot be updated" in message
    assert "cannot be updated" in xero.refused(
        "POST", f"PurchaseOrders/{order['PurchaseOrderID']}", {"Reference": "again"}
    )


def test_an_order_rounds_unit_amounts_to_cents_whatever_unitdp_says(xero: Xero) -> None:
    sent = order_body(xero.contact(), LineItems=[line("31.375", Quantity="12.5")])
    order = xero.put("PurchaseOrders", sent, unitdp=4)
    assert order["LineItems"][0]["UnitAmount"] == Decimal("31.38")
    assert order["Total"] == Decimal("392.25")


def test_lines_without_their_id_are_made_anew_and_lines_left_out_are_gone(xero: Xero) -> None:
    order = xero.put("PurchaseOrders", order_body(xero.contact(), LineItems=[line(1), line(2), line(3)]))
    first, second, _ = order["LineItems"]
    sent = [{"LineItemID": first["LineItemID"], "UnitAmount": 10}, line(2)]
    changed = xero.post(f"PurchaseOrders/{order['PurchaseOrderID']}", {"LineItems": sent})
    ids = [one["LineItemID"] for one in changed["LineItems"]]
    assert [one["UnitAmount"] for one in changed["LineItems"]] == [10, 2]
    assert ids[0] == first["LineItemID"]
    assert changed["LineItems"][0]["Description"] == first["Description"]
    assert second["LineItemID"] not in ids


def test_a_billed_order_cannot_be_edited_but_by_deleting_it(xero: Xero) -> None:
    order = xero.put("PurchaseOrders", order_body(xero.contact(), Status="AUTHORISED"))
    path = f"PurchaseOrders/{order['PurchaseOrderID']}"
    assert xero.post(path, {"Reference": "Sitework", "Status": "AUTHORISED"})["Reference"] == "Sitework"
    assert xero.post(path, {"Status": "BILLED"})["Status"] == "BILLED"
    for change in ({"Reference": "x"}, {"Status": "AUTHORISED"}):
        assert "status change is invalid" in xero.refused("POST", path, change)
    assert xero.post(path, {"Status": "DELETED"})["Status"] == "DELETED"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"LineItems": []}, "line items must be specified"),
        ({"Status": "AUTHORISED", "LineItems": [line(AccountCode=None)]}, "Account code must be specified"),
        ({"Status": "AUTHORISED", "LineItems": [line(Description="")]}, "Description is required"),
        ({"Status": "PAID"}, "status change is invalid"),
        ({"DeliveryInstructions": "x" * 501}, "Maximum of 500"),
        ({"Reference": "x" * 256}, "Maximum of 255"),
        ({"LineItems": [line(ItemCode="none")]}, "Item code 'none' is not valid"),
        ({"LineItems": [line(AccountCode="090")]}, "'090' is not a valid code"),
        ({"LineItems": [line(TaxType="OUTPUT")]}, "'OUTPUT' cannot be used with account code '5300'"),
        ({"LineItems": [line(TaxType="GST")]}, "GST does not exist"),
        ({"LineItems": [line(LineAmount=999)]}, "does not match the expected line total 1000.00"),
        ({"CurrencyCode": "EUR"}, "not subscribed to currency EUR"),
    ],
)
def test_an_order_that_xero_would_not_take_is_refused(xero: Xero, change: Any, message: str) -> None:
    assert message in xero.refused("PUT", "PurchaseOrders", order_body(xero.contact(), **change))


def test_tracking_that_xero_cannot_read_is_dropped_without_a_word(xero: Xero) -> None:
    good = job(xero)
    unknown = {**good, "TrackingOptionID": "11111111-1111-4111-8111-111111111111"}
    for tracking in ([unknown], [{"Name": "Job", "Options": ["Tower"]}], {"Name": "Job"}, "Tower"):
        assert xero.bill(LineItems=[line(Tracking=tracking)])["LineItems"][0]["Tracking"] == []
    by_name = xero.bill(LineItems=[line(Tracking=[{"Name": "job", "Option": "tower"}])])
    assert by_name["LineItems"][0]["Tracking"][0]["TrackingOptionID"] == good["TrackingOptionID"]


def test_a_renamed_option_shows_its_new_name_on_old_lines(xero: Xero) -> None:
    good = job(xero)
    bill = xero.bill(LineItems=[line(Tracking=[good])])
    path = f"TrackingCategories/{good['TrackingCategoryID']}/Options/{good['TrackingOptionID']}"
    xero.post(path, {"Name": "Tower East"})
    assert read(xero, bill)["LineItems"][0]["Tracking"][0]["Option"] == "Tower East"


def test_a_line_takes_text_account_and_price_from_its_item_but_not_the_tax(xero: Xero) -> None:
    details = {"AccountCode": "5100", "UnitPrice": 12, "TaxType": "INPUT"}
    item = {"Code": "03-300.M", "PurchaseDescription": "Ready mix", "PurchaseDetails": details}
    xero.put("Items", item)
    made = xero.bill(LineItems=[{"ItemCode": "03-300.M", "Quantity": 2}])["LineItems"][0]
    assert (made["Description"], made["AccountCode"], made["LineAmount"]) == ("Ready mix", "5100", 24)
    assert made["TaxType"] == "NONE"


@pytest.mark.parametrize(
    ("mode", "net", "tax", "total"),
    [
        ("Exclusive", "1000.00", "88.10", "1088.10"),
        ("Inclusive", "919.03", "80.97", "1000.00"),
        ("NoTax", "1000.00", "0.00", "1000.00"),
    ],
)
def test_totals_follow_from_lines_and_tax_mode(xero: Xero, mode: str, net: str, tax: str, total: str) -> None:
    bill = xero.bill(LineAmountTypes=mode, LineItems=[line(TaxType="INPUT")])
    assert [str(bill[name]) for name in ("SubTotal", "TotalTax", "Total")] == [net, tax, total]
    assert bill["AmountDue"] == Decimal(total)


def test_two_bills_may_have_one_number_two_sales_invoices_may_not(xero: Xero) -> None:
    assert xero.bill()["InvoiceID"] != xero.bill()["InvoiceID"]
    sale = xero.bill_body(Type="ACCREC", InvoiceNumber="INV-7", LineItems=[line(AccountCode="4000")])
    first = xero.put("Invoices", sale)
    assert "Invoice # must be unique" in xero.refused("PUT", "Invoices", sale)
    assert xero.post("Invoices", sale)["InvoiceID"] == first["InvoiceID"]
    again = xero.post("Invoices", xero.bill_body())
    assert again["InvoiceID"] not in {bill["InvoiceID"] for bill in xero.rows("Invoices")[:3]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"DueDate": None}, "Due Date is required"),
        ({"LineItems": [line(-1)]}, "cannot be negative"),
        ({"Url": "procore"}, "absolute URL"),
        ({"Url": "https://x/" + "y" * 500}, "Maximum of 500"),
        ({"Status": "PAID"}, "not of valid status"),
        ({"Type": "BILL"}, "ACCPAY or ACCREC"),
        ({"LineItems": [line(DiscountRate=5)]}, "Discounts are only for sales"),
    ],
)
def test_a_bill_that_xero_would_not_take_is_refused(xero: Xero, change: Any, message: str) -> None:
    assert message in xero.refused("PUT", "Invoices", xero.bill_body(**change))


def test_a_draft_needs_no_due_date_nor_account(xero: Xero) -> None:
    bill = xero.bill(Status="DRAFT", DueDate=None, LineItems=[line(AccountCode=None)])
    assert bill["Status"] == "DRAFT"
    assert "Due Date is required" in xero.refused(
        "POST", f"Invoices/{bill['InvoiceID']}", {"Status": "AUTHORISED", "LineItems": [line()]}
    )


def test_drafts_are_deleted_and_approved_bills_voided(xero: Xero) -> None:
    draft, bill = xero.bill(Status="DRAFT"), xero.bill()
    assert xero.post(f"Invoices/{draft['InvoiceID']}", {"Status": "DELETED"})["Status"] == "DELETED"
    assert "not of valid status" in xero.refused("POST", f"Invoices/{bill['InvoiceID']}", {"Status": "DELETED"})
    assert xero.post(f"Invoices/{bill['InvoiceID']}", {"Status": "VOIDED"})["AmountDue"] == 0
    assert "not of valid status" in xero.refused("POST", f"Invoices/{bill['InvoiceID']}", {"Status": "AUTHORISED"})


def test_a_bill_is_paid_when_nothing_is_due_and_open_again_when_the_payment_goes(xero: Xero) -> None:
    bill = xero.bill()
    first = xero.pay(bill, "400.00")
    part = read(xero, bill)
    assert (part["Status"], part["AmountPaid"], part["AmountDue"]) == ("AUTHORISED", 400, 600)
    assert part["Payments"][0]["PaymentID"] == first["PaymentID"]
    assert "exceeds the amount outstanding" in xero.refused(
        "PUT", "Payments", {"Invoice": bill, "Account": {"Code": "090"}, "Date": "2026-05-30", "Amount": "600.01"}
    )
    last = xero.pay(bill, 600)
    paid = read(xero, bill)
    assert (paid["Status"], paid["AmountDue"], paid["FullyPaidOnDate"]) == ("PAID", 0, "/Date(1780099200000+0000)/")
    assert xero.post(f"Payments/{last['PaymentID']}", {"Status": "DELETED"})["Status"] == "DELETED"
    assert (read(xero, bill)["Status"], read(xero, bill)["AmountDue"]) == ("AUTHORISED", 600)


def test_a_document_with_a_payment_cannot_be_edited(xero: Xero) -> None:
    bill = xero.bill()
    xero.pay(bill, 1)
    for change in ({"Status": "VOIDED"}, {"DueDate": "2026-09-01"}):
        message = xero.refused("POST", f"Invoices/{bill['InvoiceID']}", change)
        assert "cannot be edited as it has a payment or credit note allocated" in message


def test_payments_are_for_approved_bills_from_accounts_that_pay(xero: Xero) -> None:
    draft = xero.bill(Status="DRAFT")
    payment = {"Invoice": {"InvoiceID": draft["InvoiceID"]}, "Account": {"Code": "090"}, "Date": "2026-05-30"}
    message = xero.refused("PUT", "Payments", {**payment, "Amount": 1})
    assert message.startswith("Payments can only be made against Authorised documents")
    bill = xero.bill()
    payment["Invoice"] = {"InvoiceID": bill["InvoiceID"]}
    assert "not valid for payments" in xero.refused(
        "PUT", "Payments", {**payment, "Amount": 1, "Account": {"Code": "5300"}}
    )
    assert "greater than zero" in xero.refused("PUT", "Payments", {**payment, "Amount": 0})


def test_a_reconciled_payment_is_not_deleted_by_an_app(xero: Xero) -> None:
    payment = xero.pay(xero.bill(), 1000, IsReconciled=True)
    assert "reconciled" in xero.refused("POST", f"Payments/{payment['PaymentID']}", {"Status": "DELETED"})


def test_a_credit_note_is_allocated_to_bills_of_its_contact_up_to_what_is_left(xero: Xero) -> None:
    bill = xero.bill()
    contact = {"ContactID": bill["Contact"]["ContactID"]}
    note = {"Type": "ACCPAYCREDIT", "Contact": contact, "Date": "2026-05-25", "Status": "AUTHORISED"}
    credit = xero.put("CreditNotes", {**note, "LineItems": [line(150)]})
    path = f"CreditNotes/{credit['CreditNoteID']}/Allocations"
    allocation = {"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Date": "2026-05-26", "Amount": 100}
    assert "date must be specified" in xero.refused("PUT", path, {**allocation, "Date": None})
    made = xero.put(path, {"Allocations": [allocation]})
    assert "exceeds the credit remaining" in xero.refused("PUT", path, {**allocation, "Amount": 51})
    assert (read(xero, bill)["AmountCredited"], read(xero, bill)["AmountDue"]) == (100, 900)
    assert read(xero, bill)["CreditNotes"][0]["AppliedAmount"] == 100
    assert xero.rows(f"CreditNotes/{credit['CreditNoteID']}")[0]["RemainingCredit"] == 50
    stranger = xero.bill(Contact={"Name": "Bolt"})
    assert "same contact" in xero.refused("PUT", path, {**allocation, "Invoice": {"InvoiceID": stranger["InvoiceID"]}})
    assert xero.call("DELETE", f"{path}/{made['AllocationID']}").status_code == 200
    assert read(xero, bill)["AmountDue"] == 1000


def test_an_overpayment_credits_a_bill_and_is_read_back(xero: Xero) -> None:
    bill = xero.bill()
    allocation = {"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Date": "2026-05-26", "Amount": 30}
    contact = {"ContactID": bill["Contact"]["ContactID"]}
    xero.seed("overpayments", {"Contact": contact, "LineItems": [line(50)], "Allocations": [allocation]})
    assert (xero.rows("Overpayments", page=1)[0]["RemainingCredit"], read(xero, bill)["AmountDue"]) == (20, 970)
    assert read(xero, bill)["Overpayments"][0]["AppliedAmount"] == 30


def test_spend_money_needs_a_bank_account_and_makes_its_contact(xero: Xero) -> None:
    spend = {
        "Type": "SPEND",
        "Contact": {"Name": "Fuel Stop"},
        "BankAccount": {"Code": "091"},
        "Date": "2026-05-29",
        "LineAmountTypes": "Inclusive",
        "LineItems": [line(54, AccountCode="6300", TaxType="INPUT")],
    }
    made = xero.put("BankTransactions", spend)
    assert (made["Status"], made["Total"], made["TotalTax"]) == ("AUTHORISED", 54, Decimal("4.37"))
    assert made["BankAccount"]["Name"] == "Company Card"
    assert [contact["Name"] for contact in xero.rows("Contacts")] == ["Fuel Stop"]
    assert "BankAccount" in xero.refused("PUT", "BankTransactions", {**spend, "BankAccount": {"Code": "5300"}})
    assert "greater than zero" in xero.refused("PUT", "BankTransactions", {**spend, "LineItems": [line(-1)]})
    xero.seed("bank_transactions", {"BankTransactionID": made["BankTransactionID"], "IsReconciled": True})
    path = f"BankTransactions/{made['BankTransactionID']}"
    assert "reconciled" in xero.refused("POST", path, {"Status": "DELETED"})


def test_nothing_is_posted_into_a_locked_period_but_orders_are_free(xero: Xero) -> None:
    early = xero.bill(Date="2026-03-15")
    xero.seed("organisation", {"PeriodLockDate": "2026-03-31"})
    message = xero.refused("PUT", "Invoices", xero.bill_body(Date="2026-03-31"))
    assert message == "The document date cannot be before the period lock date, currently set at 31 Mar 2026"
    assert "lock date" in xero.refused("POST", f"Invoices/{early['InvoiceID']}", {"Date": "2026-04-02"})
    payment = {"Invoice": early, "Account": {"Code": "090"}, "Date": "2026-03-20", "Amount": 1}
    assert "lock date" in xero.refused("PUT", "Payments", payment)
    assert xero.bill(Date="2026-04-01")["Status"] == "AUTHORISED"
    assert xero.put("PurchaseOrders", order_body(xero.contact("Bolt"), Date="2026-03-01"))["Status"] == "DRAFT"
    assert xero.seed("invoices", {**xero.bill_body(Date="2026-03-30")})["Date"] == "2026-03-30"
    xero.seed("organisation", {"EndOfYearLockDate": "2026-04-30"})
    with pytest.raises(ValueError, match="end of year lock date"):
        xero.seed("invoices", xero.bill_body(Date="2026-04-30"))


def test_dates_come_as_milliseconds_with_a_readable_twin(xero: Xero) -> None:
    bill = xero.bill(Date="2026-05-20", Url="https://app.procore.com/1/project/2")
    assert bill["Date"] == "/Date(1779235200000+0000)/"
    assert bill["DateString"] == "2026-05-20T00:00:00"
    assert bill["UpdatedDateUTC"] == "/Date(1780315200000+0000)/"
    answer = xero.call("PUT", "Invoices", xero.bill_body(Date="20/05/2026"))
    assert (answer.status_code, answer.json()["ErrorNumber"]) == (400, 14)


def test_a_missing_date_is_today_where_the_organisation_is(xero: Xero) -> None:
    xero.later("15 hours")
    xero.sign_in()
    assert xero.bill(Date=None)["DateString"] == "2026-06-01T00:00:00"


def test_attachments_are_replaced_by_name_and_ten_at_most(xero: Xero) -> None:
    path = f"Invoices/{xero.bill()['InvoiceID']}/Attachments"
    for content in (b"first", b"second"):
        answer = xero.session.put(f"https://api.xero.com/api.xro/2.0/{path}/lien waiver.pdf", data=content)
        assert answer.json()["Attachments"][0]["ContentLength"] == len(content)
    assert [one["FileName"] for one in xero.rows(path)] == ["lien waiver.pdf"]
    assert xero.call("GET", f"{path}/lien waiver.pdf").content == b"second"
    for number in range(9):
        assert xero.call("PUT", f"{path}/{number}.pdf", {}).status_code == 200
    assert "at most 10" in xero.refused("PUT", f"{path}/11.pdf", {})
    assert xero.rows("Invoices", page=1)[0]["HasAttachments"] is True


def test_notes_are_kept_in_the_history(xero: Xero) -> None:
    path = f"Invoices/{xero.bill()['InvoiceID']}/History"
    xero.put(path, {"HistoryRecords": [{"Details": "From Procore invoice 7"}]})
    assert [note["Details"] for note in xero.rows(path)] == ["From Procore invoice 7"]
