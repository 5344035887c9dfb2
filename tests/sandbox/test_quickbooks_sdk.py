"""Intuit's SDK for signing in and python-quickbooks against a real server: a second opinion on shapes and errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError
from quickbooks import QuickBooks
from quickbooks.batch import batch_create
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import AuthorizationException, ObjectNotFoundException, QuickbooksException
from quickbooks.objects.account import Account
from quickbooks.objects.attachable import Attachable
from quickbooks.objects.base import AttachableRef, Ref
from quickbooks.objects.bill import Bill
from quickbooks.objects.billpayment import BillPayment, BillPaymentLine, CheckPayment
from quickbooks.objects.creditmemo import CreditMemo
from quickbooks.objects.customer import Customer
from quickbooks.objects.detailline import (
    AccountBasedExpenseLine,
    AccountBasedExpenseLineDetail,
    ItemBasedExpenseLine,
    ItemBasedExpenseLineDetail,
    SalesItemLine,
    SalesItemLineDetail,
)
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.item import Item
from quickbooks.objects.journalentry import JournalEntry, JournalEntryLine, JournalEntryLineDetail
from quickbooks.objects.purchaseorder import PurchaseOrder
from quickbooks.objects.timeactivity import TimeActivity
from quickbooks.objects.vendor import Vendor
from quickbooks.objects.vendorcredit import VendorCredit

from sandbox.app import Sandbox
from sandbox.world import Clock
from tests.sandbox.quickbooks_client import APP, REALM, START
from tests.sandbox.server import serving

CALLBACK = "https://jobledger.test/callback"


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    sandbox = Sandbox(clock=Clock(START.timestamp))
    sandbox.vendors["quickbooks_online"].quota.set_mode("off")
    return sandbox


@pytest.fixture(scope="module")
def address(sandbox: Sandbox) -> Iterator[str]:
    with serving(sandbox) as address:
        yield address


@pytest.fixture(scope="module")
def signing_in(address: str) -> AuthClient:
    return AuthClient(*APP, CALLBACK, f"{address}/.well-known/openid_configuration")


@pytest.fixture(scope="module")
def qb(signing_in: AuthClient, address: str) -> Iterator[QuickBooks]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
        patch.setattr(QuickBooks, "api_url_v3", f"{address}/v3")
        yield QuickBooks(
            auth_client=signing_in, refresh_token="quickbooks-demo-refresh", company_id=REALM, minorversion=75
        )


def to(record: Any) -> Ref:
    ref = Ref()
    ref.value = record.Id
    return ref


def account(qb: QuickBooks, name: str) -> Any:
    return Account.filter(Name=name, qb=qb)[0]


@pytest.fixture(scope="module")
def vendor(qb: QuickBooks) -> Any:
    vendor = Vendor()
    vendor.DisplayName = "Acme Concrete LLC"
    return vendor.save(qb=qb)


@pytest.fixture(scope="module")
def customer(qb: QuickBooks) -> Any:
    customer = Customer()
    customer.DisplayName = "Riverside Owner Inc"
    return customer.save(qb=qb)


@pytest.fixture(scope="module")
def item(qb: QuickBooks) -> Any:
    item = Item()
    item.Name, item.Type = "03-300.S", "Service"
    item.IncomeAccountRef = to(account(qb, "Contract Revenue"))
    item.ExpenseAccountRef = to(account(qb, "Job Costs - Subcontractors"))
    return item.save(qb=qb)


def account_line(qb: QuickBooks, amount: float) -> Any:
    line, detail = AccountBasedExpenseLine(), AccountBasedExpenseLineDetail()
    detail.AccountRef = to(account(qb, "Job Costs - Subcontractors"))
    line.Amount, line.AccountBasedExpenseLineDetail = amount, detail
    return line


def item_line(item: Any, customer: Any, amount: float) -> Any:
    line, detail = ItemBasedExpenseLine(), ItemBasedExpenseLineDetail()
    detail.ItemRef, detail.CustomerRef, detail.Qty, detail.UnitPrice = to(item), to(customer), 1, amount
    line.Amount, line.ItemBasedExpenseLineDetail = amount, detail
    return line


def saved_bill(qb: QuickBooks, vendor: Any, amount: float) -> Any:
    bill = Bill()
    bill.VendorRef, bill.Line = to(vendor), [account_line(qb, amount)]
    return bill.save(qb=qb)


def test_it_signs_in_by_consent_and_takes_a_new_refresh_token(address: str) -> None:
    client = AuthClient(*APP, CALLBACK, f"{address}/.well-known/openid_sandbox_configuration")
    asked = client.get_authorization_url([Scopes.ACCOUNTING], state_token="s1")
    sent_back = parse_qs(urlsplit(requests.get(asked, allow_redirects=False, timeout=5).headers["location"]).query)
    assert (sent_back["state"], sent_back["realmId"]) == (["s1"], [REALM])
    client.get_bearer_token(sent_back["code"][0], realm_id=REALM)
    assert (client.expires_in, client.x_refresh_token_expires_in) == (3600, 8_640_000)
    before = client.refresh_token
    client.refresh()
    assert client.refresh_token != before
    with pytest.raises(AuthClientError) as refused:
        client.refresh(refresh_token=before)
    assert "invalid_grant" in str(refused.value)


def test_it_reads_what_a_refusal_says(qb: QuickBooks, vendor: Any) -> None:
    twin = Vendor()
    twin.DisplayName = vendor.DisplayName.upper()
    with pytest.raises(QuickbooksException) as refused:
        twin.save(qb=qb)
    assert (refused.value.error_code, refused.value.detail[-5:]) == (6240, f"Id={vendor.Id}")
    with pytest.raises(ObjectNotFoundException):
        Vendor.get("9999", qb=qb)


def test_it_pages_and_counts(qb: QuickBooks) -> None:
    made = [Vendor() for _ in range(25)]
    for number, one in enumerate(made):
        one.DisplayName = f"Sub {number:03d}"
    assert len(batch_create(made, qb=qb).successes) == 25
    assert Vendor.count("DisplayName LIKE 'Sub 0%'", qb=qb) == 25
    seen = []
    for start in (1, 11, 21):
        page = Vendor.where(
            "DisplayName LIKE 'Sub 0%'", order_by="DisplayName", start_position=start, max_results=10, qb=qb
        )
        seen += [one.DisplayName for one in page]
    assert seen == [f"Sub {number:03d}" for number in range(25)]


def test_it_orders_bills_and_pays(qb: QuickBooks, vendor: Any, customer: Any, item: Any) -> None:
    order = PurchaseOrder()
    order.VendorRef, order.APAccountRef = to(vendor), to(account(qb, "Accounts Payable (A/P)"))
    order.DocNumber, order.Line = "SC-001", [item_line(item, customer, 5000)]
    order = order.save(qb=qb)
    bill = Bill()
    line = item_line(item, customer, 5000)
    link = order.to_linked_txn()
    link.TxnLineId = order.Line[0].Id
    line.LinkedTxn, bill.LinkedTxn = [link], [order.to_linked_txn()]
    bill.VendorRef, bill.Line = to(vendor), [line]
    bill = bill.save(qb=qb)
    assert Bill.get(bill.Id, qb=qb).Line[0].LinkedTxn[0].TxnId == order.Id
    assert PurchaseOrder.get(order.Id, qb=qb).POStatus == "Closed"
    payment, paid, check = BillPayment(), BillPaymentLine(), CheckPayment()
    paid.Amount, paid.LinkedTxn = 5000, [bill.to_linked_txn()]
    check.BankAccountRef = to(account(qb, "Operating Checking"))
    payment.VendorRef, payment.PayType, payment.TotalAmt = to(vendor), "Check", 5000
    payment.CheckPayment, payment.Line = check, [paid]
    payment = payment.save(qb=qb)
    assert Bill.get(bill.Id, qb=qb).Balance == 0
    payment.void(qb=qb)
    assert Bill.get(bill.Id, qb=qb).Balance == 5000


def test_an_untouched_save_is_a_full_update_that_changes_nothing(qb: QuickBooks, vendor: Any) -> None:
    bill = saved_bill(qb, vendor, 120.5)
    again = Bill.get(bill.Id, qb=qb).save(qb=qb)
    assert (again.SyncToken, again.TotalAmt, again.Balance, again.Line[0].Id) == ("1", 120.5, 120.5, "1")
    with pytest.raises(QuickbooksException) as stale:
        bill.save(qb=qb)
    assert stale.value.error_code == 5010


def test_it_invoices(qb: QuickBooks, customer: Any, item: Any) -> None:
    line, detail = SalesItemLine(), SalesItemLineDetail()
    detail.ItemRef, detail.Qty, detail.UnitPrice = to(item), 1, 100
    line.Amount, line.SalesItemLineDetail = 100, detail
    invoice = Invoice()
    invoice.CustomerRef, invoice.Line = to(customer), [line]
    invoice = invoice.save(qb=qb)
    assert [one.DetailType for one in invoice.Line] == ["SalesItemLineDetail", "SubTotalLineDetail"]
    invoice.void(qb=qb)
    assert Invoice.get(invoice.Id, qb=qb).TotalAmt == 0


def test_it_credits(qb: QuickBooks, vendor: Any, customer: Any, item: Any) -> None:
    back = VendorCredit()
    back.VendorRef, back.Line = to(vendor), [item_line(item, customer, 1000), account_line(qb, -100)]
    back = back.save(qb=qb)
    assert VendorCredit.get(back.Id, qb=qb).TotalAmt == 900
    line, detail = SalesItemLine(), SalesItemLineDetail()
    detail.ItemRef, detail.Qty, detail.UnitPrice = to(item), 1, 50
    line.Amount, line.SalesItemLineDetail = 50, detail
    memo = CreditMemo()
    memo.CustomerRef, memo.Line = to(customer), [line]
    memo = memo.save(qb=qb)
    assert (memo.TotalAmt, memo.Balance, memo.RemainingCredit) == (50, 50, 50)
    for one in (back, memo):
        one.delete(qb=qb)
    changed = change_data_capture([VendorCredit, CreditMemo], "2026-05-25T00:00:00Z", qb=qb)
    assert [changed.VendorCredit._object_list[0].status, changed.CreditMemo._object_list[0].status] == ["Deleted"] * 2


def test_it_journals_and_keeps_time(qb: QuickBooks, vendor: Any) -> None:
    entry = JournalEntry()
    for side, name in (("Debit", "Job Costs - Labor"), ("Credit", "Payroll Clearing")):
        line, detail = JournalEntryLine(), JournalEntryLineDetail()
        detail.PostingType, detail.AccountRef = side, to(account(qb, name))
        line.Amount, line.JournalEntryLineDetail = 1200, detail
        entry.Line.append(line)
    assert JournalEntry.get(entry.save(qb=qb).Id, qb=qb).Line[1].JournalEntryLineDetail.PostingType == "Credit"
    time = TimeActivity()
    time.NameOf, time.VendorRef, time.Hours, time.Minutes = "Vendor", to(vendor), 7, 30
    time.StartTime = time.EndTime = None
    assert TimeActivity.get(time.save(qb=qb).Id, qb=qb).Hours == 7


def test_it_attaches_a_file(qb: QuickBooks, vendor: Any) -> None:
    bill, attached, attachable = saved_bill(qb, vendor, 10), AttachableRef(), Attachable()
    attached.EntityRef = bill.to_ref()
    attachable.AttachableRef, attachable.FileName, attachable.ContentType = [attached], "pay.txt", "text/plain"
    attachable._FileBytes = b"pay application 3\n"
    made = attachable.save(qb=qb)
    found = Attachable.where(
        f"AttachableRef.EntityRef.Type='Bill' AND AttachableRef.EntityRef.value='{bill.Id}'", qb=qb
    )
    assert [(one.Id, one.Size) for one in found] == [(made.Id, 18)]


def test_it_reads_changes_and_deletions(qb: QuickBooks, vendor: Any) -> None:
    kept, gone = saved_bill(qb, vendor, 11), saved_bill(qb, vendor, 12)
    gone.delete(qb=qb)
    changed = change_data_capture([Bill, Vendor], "2026-05-25T00:00:00Z", qb=qb)
    states = {one.Id: getattr(one, "status", None) for one in changed.Bill._object_list}
    assert (states[kept.Id], states[gone.Id]) == (None, "Deleted")
    assert vendor.Id in {one.Id for one in changed.Vendor._object_list}


def test_an_expired_token_is_told(qb: QuickBooks, sandbox: Sandbox) -> None:
    sandbox.world.clock.offset += 3601
    with pytest.raises(AuthorizationException):
        Vendor.all(qb=qb)
