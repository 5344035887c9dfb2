"""Documents in another currency: blocked, or sent with Procore's rate as Xero writes it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from jobledger.mapping.context import Context
from jobledger.mapping.document import compile_flow
from tests.pipeline.linked import site_of
from tests.pipeline.night import Night
from tests.pipeline.site import CONTRACTS, Row, Site

pytestmark = pytest.mark.feature("ACC-26")


@pytest.fixture
def site(night: Night) -> Site:
    site = site_of(night)
    night.set(currencies="allowed")
    night.stage.sandbox.world.tables.put("xero.currencies", "EUR", {"Code": "EUR", "Description": "Euro"})
    return site


def in_euro(site: Site, **more: Any) -> Row:
    return site.subcontract(currency_iso_code="EUR", **more)


def order(site: Site) -> Row:
    [one] = site.stage.records("xero.purchase_orders")
    return one


def test_an_order_and_its_bills_go_with_the_rate_that_procore_has(site: Site) -> None:
    contract = in_euro(site, currency_exchange_rate="1.1")
    assert site.night.run(*CONTRACTS)["commitments"] == {"created": 1}
    assert (order(site)["CurrencyCode"], order(site)["CurrencyRate"]) == ("EUR", Decimal("0.909091"))
    invoice = site.billed(contract, 1, "100.00")
    assert site.night.run("invoices")["invoices"] == {"created": 1}
    bill = site.bill_of(invoice)
    assert (bill["CurrencyCode"], bill["CurrencyRate"]) == ("EUR", Decimal("0.909091"))


def test_without_a_rate_xero_takes_that_of_the_day(site: Site) -> None:
    in_euro(site)
    site.night.run(*CONTRACTS)
    assert (order(site)["CurrencyCode"], order(site)["CurrencyRate"]) == ("EUR", 1), "the sandbox's rate of any day"
    [made] = site.night.outcomes("commitments")
    assert "CurrencyRate" not in {change["field"] for change in made.changes}


def test_a_rate_into_another_currency_than_that_of_the_books_is_not_used(site: Site) -> None:
    record = {"currency": "EUR", "exchange_rate": {"into": "CAD", "rate": Decimal("1.5")}}
    mapped = compile_flow(site.night.flows["invoices"], "invoices")(
        Context(record=record, settings=site.night.integration.settings(), books={"base_currency": "USD"})
    )
    assert (mapped.fields["CurrencyCode"], mapped.fields["CurrencyRate"]) == ("EUR", None)


def test_a_later_change_keeps_the_rate_that_the_document_has(site: Site) -> None:
    contract = in_euro(site, currency_exchange_rate="1.1")
    site.night.run(*CONTRACTS)
    site.night.later(hours=24)
    site.seed("work_order_contracts", {"id": contract["id"], "title": "Walls", "currency_exchange_rate": "1.2"})
    assert site.night.run(*CONTRACTS)["commitments"] == {"updated": 1}
    assert (order(site)["Reference"], order(site)["CurrencyRate"]) == ("Walls", Decimal("0.909091"))
    site.night.later(hours=24)
    assert site.night.run(*CONTRACTS)["commitments"].get("updated") is None


def test_a_currency_that_is_not_allowed_is_blocked_also_where_it_is_the_projects_own(site: Site) -> None:
    site.night.set(currencies="blocked")
    in_euro(site)
    assert site.night.run(*CONTRACTS)["commitments"] == {"blocked": 1}
    [held] = site.night.open("commitments")
    assert "its currency is EUR, and the organisation's is USD" in held.reason
    assert site.stage.records("xero.purchase_orders") == []
