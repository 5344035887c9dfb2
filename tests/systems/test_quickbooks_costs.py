"""Job costs of QuickBooks: whom a document is with."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from jobledger.systems.base import Window
from tests.systems.stage import Stage

PAYEES = {"vendors": "Vendor", "customers": "Customer", "employees": "Employee"}


def put(stage: Stage, entity: str, **fields: Any) -> str:
    """A person puts a record into the books; its id."""
    [made] = stage.seed("quickbooks_online", entity, fields)
    return str(made["Id"])


@pytest.fixture
def job(stage: Stage) -> dict[str, Any]:
    """A line on the project Tower."""
    owner = put(stage, "customers", DisplayName="School District")
    tower = put(stage, "customers", DisplayName="Tower", ParentRef={"value": owner}, Job=True)
    account = put(stage, "accounts", Name="Materials", AccountType="Cost of Goods Sold")
    kind = "AccountBasedExpenseLineDetail"
    detail = {"AccountRef": {"value": account}, "CustomerRef": {"value": tower}}
    return {"Amount": Decimal("54.00"), "Description": "Bolts", "DetailType": kind, kind: detail}


@pytest.mark.feature("SMX-QBO-84")
@pytest.mark.parametrize("entity", PAYEES)
def test_only_a_vendor_who_is_paid_is_the_vendor_of_an_expense(stage: Stage, job: dict[str, Any], entity: str) -> None:
    name = {"DisplayName": "Ana Ruiz", "GivenName": "Ana", "FamilyName": "Ruiz"}
    payee = put(stage, entity, **name)
    card = put(stage, "accounts", Name="Site Card", AccountType="Credit Card")
    put(
        stage,
        "purchases",
        PaymentType="CreditCard",
        AccountRef={"value": card},
        EntityRef={"value": payee, "type": PAYEES[entity]},
        TxnDate="2026-03-01",
        Line=[job],
    )
    [row] = [row for page in stage.quickbooks().read("costs", Window()) for row in page.rows]
    assert row["contact_id"] == (f"vendor-{payee}" if entity == "vendors" else None)
    assert (row["contact_name"], row["amount"]) == ("Ana Ruiz", Decimal("54.00"))


@pytest.mark.feature("SMX-QBO-84")
def test_an_expense_without_a_payee_has_no_vendor(stage: Stage, job: dict[str, Any]) -> None:
    card = put(stage, "accounts", Name="Site Card", AccountType="Credit Card")
    put(stage, "purchases", PaymentType="CreditCard", AccountRef={"value": card}, TxnDate="2026-03-01", Line=[job])
    [row] = [row for page in stage.quickbooks().read("costs", Window()) for row in page.rows]
    assert (row["contact_id"], row["contact_name"], row["amount"]) == (None, "", Decimal("54.00"))


@pytest.mark.feature("SMX-QBO-83")
def test_a_bill_is_of_its_vendor(stage: Stage, job: dict[str, Any]) -> None:
    acme = put(stage, "vendors", DisplayName="Acme")
    put(stage, "bills", VendorRef={"value": acme}, DocNumber="1001", TxnDate="2026-03-01", Line=[job])
    [row] = [row for page in stage.quickbooks().read("costs", Window()) for row in page.rows]
    assert (row["contact_id"], row["contact_name"]) == (f"vendor-{acme}", "Acme")
