"""Xero's own SDK against a real server: a second opinion on shapes, dates, paging and errors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from xero_python import accounting as model
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient, Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.exceptions import AccountingBadRequestException
from xero_python.identity import IdentityApi

from sandbox.app import Sandbox
from sandbox.world import Clock
from tests.sandbox.server import serving
from tests.sandbox.xero_client import START, TENANT

NO_TENANT = ""


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    sandbox = Sandbox(clock=Clock(START.timestamp))
    sandbox.vendors["xero"].quota.set_mode("off")
    return sandbox


@pytest.fixture(scope="module")
def address(sandbox: Sandbox) -> Iterator[str]:
    with serving(sandbox) as address:
        yield address


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[ApiClient]:
    saved: dict[str, Any] = {}
    token = OAuth2Token(client_id="xero-demo-client", client_secret="xero-demo-secret")
    client = ApiClient(
        Configuration(oauth2_token=token),
        oauth2_token_getter=lambda: saved,
        oauth2_token_saver=saved.update,
        pool_threads=1,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TokenApi, "client_credentials_token_url", f"{address}/connect/token")
        token.get_client_credentials_access_token(client, False)
        yield client


@pytest.fixture(scope="module")
def api(client: ApiClient, address: str) -> AccountingApi:
    return AccountingApi(client, base_url=f"{address}/api.xro/2.0")


@pytest.fixture(scope="module")
def contact(api: AccountingApi) -> Any:
    return api.create_contacts(NO_TENANT, model.Contacts(contacts=[model.Contact(name="Acme Concrete LLC")])).contacts[
        0
    ]


@pytest.fixture(scope="module")
def tracking(api: AccountingApi) -> Any:
    category = api.create_tracking_category(NO_TENANT, model.TrackingCategory(name="Job")).tracking_categories[0]
    option = model.TrackingOption(name="Tower")
    created = api.create_tracking_options(NO_TENANT, category.tracking_category_id, option).options[0]
    return model.LineItemTracking(
        tracking_category_id=category.tracking_category_id, tracking_option_id=created.tracking_option_id
    )


def work(amount: float, **more: Any) -> Any:
    return model.LineItem(description="Slab on grade", quantity=1, unit_amount=amount, account_code="5300", **more)


def bill(contact: Any, **more: Any) -> Any:
    return model.Invoice(
        type="ACCPAY",
        contact=model.Contact(contact_id=contact.contact_id),
        date=date(2026, 5, 20),
        due_date=date(2026, 6, 20),
        status="AUTHORISED",
        **{"line_items": [work(950.0)], **more},
    )


def test_it_signs_in_and_finds_its_organisation(client: ApiClient, address: str, api: AccountingApi) -> None:
    identity = IdentityApi(client)
    identity.base_url = address
    assert [str(one.tenant_id) for one in identity.get_connections()] == [TENANT]
    organisation = api.get_organisations(TENANT).organisations[0]
    assert (organisation.base_currency.value, organisation.country_code.value) == ("USD", "US")


def test_it_creates_and_pages_contacts(api: AccountingApi) -> None:
    phone = model.Phone(phone_type="FAX", phone_number="555-0100")
    made = api.create_contacts(
        NO_TENANT,
        model.Contacts(contacts=[model.Contact(name=f"Sub {number:03d}", phones=[phone]) for number in range(25)]),
    )
    assert len(made.contacts) == 25
    seen = []
    for page in (1, 2, 3):
        answer = api.get_contacts(NO_TENANT, page=page, page_size=10, order="Name ASC", search_term="Sub 0")
        assert (answer.pagination.page_count, answer.pagination.item_count) == (3, 25)
        seen += [contact.name for contact in answer.contacts]
    assert seen == [f"Sub {number:03d}" for number in range(25)]
    read = api.get_contact(NO_TENANT, made.contacts[0].contact_id).contacts[0]
    assert [one.phone_number for one in read.phones if one.phone_type == "FAX"] == ["555-0100"]
    assert read.updated_date_utc == START


def test_it_reads_what_a_refusal_says(api: AccountingApi, contact: Any) -> None:
    twin = model.Contacts(contacts=[model.Contact(name=contact.name)])
    with pytest.raises(AccountingBadRequestException) as caught:
        api.create_contacts(NO_TENANT, twin)
    assert "already assigned to another contact" in str(caught.value)
    answer = api.create_contacts(NO_TENANT, twin, summarize_errors=False).contacts[0]
    assert (answer.has_validation_errors, answer.status_attribute_string) == (True, "ERROR")


def test_it_creates_items(api: AccountingApi) -> None:
    details = model.Purchase(account_code="5300", unit_price=12.3456)
    item = model.Item(code="03-300.S", name="Cast-in-place", is_sold=False, purchase_details=details)
    made = api.create_items(NO_TENANT, model.Items(items=[item]), unitdp=4).items[0]
    read = api.get_item(NO_TENANT, made.item_id, unitdp=4).items[0]
    assert (read.code, float(read.purchase_details.unit_price), read.is_sold) == ("03-300.S", 12.3456, False)
    assert [one.code for one in api.get_items(NO_TENANT).items] == ["03-300.S"]


def test_it_tracks_an_order_by_job(api: AccountingApi, contact: Any, tracking: Any) -> None:
    order = model.PurchaseOrder(
        contact=model.Contact(contact_id=contact.contact_id),
        purchase_order_number="SC-001",
        date=date(2026, 5, 1),
        status="AUTHORISED",
        line_items=[work(1000.0, tracking=[tracking])],
    )
    made = api.create_purchase_orders(NO_TENANT, model.PurchaseOrders(purchase_orders=[order])).purchase_orders[0]
    read = api.get_purchase_order_by_number(NO_TENANT, "SC-001").purchase_orders[0]
    assert (read.purchase_order_id, read.date, read.status) == (made.purchase_order_id, date(2026, 5, 1), "AUTHORISED")
    assert [(one.name, one.option) for one in read.line_items[0].tracking] == [("Job", "Tower")]
    listed = api.get_purchase_orders(NO_TENANT, status="AUTHORISED", date_from="2026-05-01")
    assert [one.purchase_order_number for one in listed.purchase_orders] == ["SC-001"]


def test_it_pays_a_bill_once_under_one_key(api: AccountingApi, contact: Any) -> None:
    made = api.create_invoices(NO_TENANT, model.Invoices(invoices=[bill(contact)]), unitdp=4).invoices[0]
    payment = model.Payment(
        invoice=model.Invoice(invoice_id=made.invoice_id),
        account=model.Account(code="090"),
        date=date(2026, 5, 30),
        amount=950.0,
    )
    answers = [api.create_payment(NO_TENANT, payment, idempotency_key="pay-1").payments[0] for _ in range(2)]
    assert answers[0].payment_id == answers[1].payment_id
    read = api.get_invoice(NO_TENANT, made.invoice_id).invoices[0]
    assert (read.status, float(read.amount_due), read.fully_paid_on_date) == ("PAID", 0.0, date(2026, 5, 30))
    assert [one.payment_id for one in read.payments] == [answers[0].payment_id]
    listed = api.get_payments(NO_TENANT, where='PaymentType=="ACCPAYPAYMENT"', page=1).payments
    assert [one.invoice.invoice_id for one in listed] == [made.invoice_id]


def test_it_credits_a_bill(api: AccountingApi, contact: Any) -> None:
    made = api.create_invoices(NO_TENANT, model.Invoices(invoices=[bill(contact)])).invoices[0]
    note = model.CreditNote(
        type="ACCPAYCREDIT",
        contact=model.Contact(contact_id=contact.contact_id),
        date=date(2026, 5, 25),
        status="AUTHORISED",
        line_items=[work(50.0)],
    )
    credit = api.create_credit_notes(NO_TENANT, model.CreditNotes(credit_notes=[note])).credit_notes[0]
    invoice = model.Invoice(invoice_id=made.invoice_id)
    allocation = model.Allocation(amount=50.0, invoice=invoice, date=date(2026, 5, 26))
    api.create_credit_note_allocation(NO_TENANT, credit.credit_note_id, model.Allocations(allocations=[allocation]))
    assert float(api.get_invoice(NO_TENANT, made.invoice_id).invoices[0].amount_credited) == 50.0
    assert api.get_credit_note(NO_TENANT, credit.credit_note_id).credit_notes[0].status == "PAID"


def test_it_spends_money(api: AccountingApi, contact: Any, tracking: Any) -> None:
    spend = model.BankTransaction(
        type="SPEND",
        contact=model.Contact(contact_id=contact.contact_id),
        bank_account=model.Account(code="091"),
        date=date(2026, 5, 28),
        reference="card 123",
        line_items=[work(54.0, tracking=[tracking])],
    )
    made = api.create_bank_transactions(NO_TENANT, model.BankTransactions(bank_transactions=[spend])).bank_transactions[
        0
    ]
    read = api.get_bank_transaction(NO_TENANT, made.bank_transaction_id).bank_transactions[0]
    assert (read.reference, float(read.total), read.line_items[0].tracking[0].option) == ("card 123", 54.0, "Tower")


def test_it_reads_what_changed_since(sandbox: Sandbox, api: AccountingApi) -> None:
    api.create_contacts(NO_TENANT, model.Contacts(contacts=[model.Contact(name="Before")]))
    sandbox.world.clock.offset += 60
    api.create_contacts(NO_TENANT, model.Contacts(contacts=[model.Contact(name="After")]))
    since = datetime(2026, 6, 1, 12, 0, 30, tzinfo=UTC)
    assert [one.name for one in api.get_contacts(NO_TENANT, if_modified_since=since, page=1).contacts] == ["After"]


def test_it_reads_the_chart_of_accounts(api: AccountingApi) -> None:
    accounts = {one.code: one for one in api.get_accounts(NO_TENANT, where='Status=="ACTIVE"').accounts}
    assert accounts["2150"].name == "Retainage Payable"
    assert {rate.tax_type for rate in api.get_tax_rates(NO_TENANT).tax_rates} >= {"NONE", "INPUT", "OUTPUT"}
    assert api.get_tracking_categories(NO_TENANT).tracking_categories is not None
