"""Which commitments and invoices are exported, and which are held back and why."""

from __future__ import annotations

from typing import Any

import pytest

from jobledger.commands.history import release
from tests.commands.office import Office
from tests.pipeline.linked import site_of
from tests.pipeline.night import Night
from tests.pipeline.site import BILLING, CONTRACTS, Site

Row = dict[str, Any]

SUBCONTRACTS = ("Draft", "Out For Bid", "Out For Signature", "Approved", "Complete", "Terminated", "Void")
ORDERS = ("Draft", "Processing", "Submitted", "Approved", "Partially Received", "Received", "Closed")
INVOICES = ("draft", "under_review", "revise_and_resubmit", "approved", "approved_as_noted", "pending_owner_approval")


@pytest.fixture
def site(night: Night) -> Site:
    return site_of(night)


def bills(site: Site) -> list[Row]:
    return [one for one in site.stage.records("xero.invoices") if one["Type"] == "ACCPAY"]


@pytest.mark.feature("ACC-13", "XER-107")
def test_a_commitment_is_exported_once_it_is_binding(site: Site) -> None:
    for status in SUBCONTRACTS:
        site.subcontract(number=f"SC {status}", title=status, status=status)
    for status in ORDERS:
        order = {"project_id": site.project, "vendor_id": site.vendor["id"], "number": f"PO {status}", "title": status}
        site.seed(
            "purchase_order_contracts", {**order, "status": status, "line_items": [site.line("03-310.M", "5.00")]}
        )
    site.night.run(*CONTRACTS)
    numbers = {order["PurchaseOrderNumber"] for order in site.stage.records("xero.purchase_orders")}
    assert numbers == {
        *("SC Approved", "SC Complete"),
        *("PO Approved", "PO Partially Received", "PO Received", "PO Closed"),
    }


@pytest.mark.feature("ACC-20", "XER-174")
def test_an_invoice_is_exported_once_it_is_approved(site: Site) -> None:
    for status in INVOICES:
        site.billed(site.subcontract(number=status), 1, "100.00", status=status, invoice_number=status)
    site.night.run(*CONTRACTS)
    site.night.run(*BILLING)
    told = [bill["LineItems"][0]["Description"] for bill in bills(site)]
    assert sorted(told) == ["Invoice approved – Walls", "Invoice approved_as_noted – Walls"]


@pytest.mark.feature("ACC-17")
def test_a_subcontractors_number_that_is_used_twice_is_held_until_somebody_releases_it(
    site: Site, office: Office
) -> None:
    contract = site.subcontract(retainage_percent="0")
    first = site.billed(contract, 1, "100.00", invoice_number="RA-7702")
    second = site.billed(contract, 2, "250.00", invoice_number="RA-7702")
    site.night.run(*CONTRACTS)
    assert site.night.run(*BILLING)["invoices"] == {"invalid": 2}
    told = site.night.told("invoices")["SC-001 #1"]
    assert "invalid: Number 'RA-7702' of 'SC-001 #1' is on 'SC-001 #2'" in told
    assert f"airflow jobledger release test invoices {first['id']} --reason" in told
    office.do(release, flow="invoices", ids=[str(second["id"])], reason="Credit and rebill, agreed by telephone")
    site.night.later(hours=24)
    assert site.night.run(*BILLING)["invoices"] == {"created": 1, "invalid": 1}
    assert [str(bill["SubTotal"]) for bill in bills(site)] == ["250.00"]


@pytest.mark.feature("ACC-17")
def test_two_companies_may_use_one_number_and_an_invoice_that_is_not_approved_holds_nobody(site: Site) -> None:
    [other] = site.seed("vendors", {"name": "Birch"})
    site.night.run("companies", "contacts")
    ours, theirs = site.subcontract(), site.subcontract(number="SC-002", vendor_id=other["id"])
    site.billed(ours, 1, "100.00", invoice_number="RA-7702")
    site.billed(theirs, 1, "100.00", invoice_number="RA-7702")
    site.billed(ours, 2, "100.00", invoice_number="RA-7702", status="draft")
    site.night.run(*CONTRACTS)
    assert site.night.run(*BILLING)["invoices"]["created"] == 2


@pytest.mark.feature("ACC-3")
def test_a_document_on_an_item_without_a_purchase_account_waits(night: Night) -> None:
    night.set(defaults={"purchase_account": None})
    site = site_of(night)
    site.subcontract(site.line("03-300.S", "100.00"), title="Walls")
    night.run(*CONTRACTS)
    assert "blocked: 'Walls': item 03-300.S has no purchase account." in night.told("commitments")["Walls"]
    [item] = [one for one in site.stage.records("xero.items") if one["Code"] == "03-300.S"]
    site.books("items", {"ItemID": item["ItemID"], "PurchaseDetails": {"AccountCode": "5300"}})
    night.run("cost_codes", "items")
    assert night.run(*CONTRACTS)["commitments"] == {"created": 1}
    [order] = site.stage.records("xero.purchase_orders")
    assert order["LineItems"][0]["AccountCode"] == "5300"
