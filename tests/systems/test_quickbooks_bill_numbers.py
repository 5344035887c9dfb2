"""Bills of one order share its number, also in a company that warns of a number that is used twice."""

from __future__ import annotations

from decimal import Decimal

import pytest

from jobledger.systems.base import Write
from jobledger.systems.quickbooks_online.connect import QuickBooksAccount, quickbooks_online
from tests.sandbox.quickbooks_client import REALM
from tests.systems.stage import Stage


@pytest.mark.feature("SMX-QBO-86", "ACC-17")
def test_the_bills_of_two_months_have_the_number_of_their_order(stage: Stage) -> None:
    books = stage.sandbox.vendors["quickbooks_online"]
    [preferences] = stage.records("quickbooks_online.preferences")
    warned = {"OtherPrefs": {"NameValue": [{"Name": "WarnDuplicateBillNumber", "Value": "true"}]}}
    books.seed("preferences", {"Id": preferences["Id"], **warned})
    vendor = books.seed("vendors", {"DisplayName": "Acme"})
    account = books.seed("accounts", {"Name": "Subcontractors", "AccountType": "Cost of Goods Sold"})
    login = ("https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer", "quickbooks-demo-client")
    host = "https://quickbooks.api.intuit.com"
    connected = quickbooks_online(
        QuickBooksAccount("qbo", host, *login, "quickbooks-demo-secret", first_refresh_token="quickbooks-demo-refresh"),
        REALM,
        stage.around,
    )
    for month in ("01", "02"):
        line = {"Description": "Piping", "Amount": Decimal("100.00"), "AccountRef": account["Id"]}
        bill = {"VendorRef": vendor["Id"], "TxnDate": f"2026-{month}-28", "DocNumber": "SC-001", "Line": [line]}
        [result] = connected.write("bills", [Write(month, "create", bill, mark=f"procore-{month}")], f"key-{month}")
        assert (result.status, result.message) == ("done", "")
    assert [bill["DocNumber"] for bill in stage.records("quickbooks_online.bills")] == ["SC-001", "SC-001"]
