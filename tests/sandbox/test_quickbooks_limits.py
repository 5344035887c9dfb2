from __future__ import annotations

from sandbox.http import Request
from tests.sandbox.quickbooks_client import REALM, QuickBooks

COMPANY = f"companyinfo/{REALM}"


def test_the_eleventh_call_of_a_second_is_refused_by_the_gateway_in_plain_text() -> None:
    quickbooks = QuickBooks(quotas="real")
    assert [quickbooks.call("GET", COMPANY).status_code for _ in range(10)] == [200] * 10
    refused = quickbooks.call("GET", COMPANY)
    assert (refused.status_code, refused.headers["content-type"]) == (429, "text/plain; charset=utf-8")
    assert "Retry-After" not in refused.headers
    quickbooks.later("1 s")
    assert quickbooks.call("GET", COMPANY).status_code == 200


def test_the_501st_call_of_a_minute_is_refused_with_a_fault() -> None:
    quickbooks = QuickBooks(quotas="real")
    statuses = []
    for number in range(501):
        if number % 10 == 0:
            quickbooks.later("1 s")
        statuses.append(quickbooks.call("GET", COMPANY))
    assert [answer.status_code for answer in statuses] == [200] * 500 + [429]
    assert statuses[-1].json()["Fault"]["Error"][0]["code"] == "3001"
    quickbooks.later("1 minute")
    assert quickbooks.call("GET", COMPANY).status_code == 200


def test_forty_batches_a_minute() -> None:
    quickbooks = QuickBooks(quotas="real")
    body = {"BatchItemRequest": [{"bId": "1", "Query": "select * from Vendor"}]}
    statuses = []
    for _ in range(41):
        quickbooks.later("1 s")
        statuses.append(quickbooks.call("POST", "batch", body).status_code)
    assert statuses == [200] * 40 + [429]
    assert quickbooks.call("GET", COMPANY).status_code == 200


def test_an_eleventh_call_at_a_time_is_refused() -> None:
    quickbooks = QuickBooks(quotas="real")
    headers = {"authorization": quickbooks.session.headers["Authorization"]}
    path = f"/v3/company/{REALM}/{COMPANY}"
    assert quickbooks.sandbox.handle(Request("GET", path, headers=headers, in_flight=11)).status == 429
    assert quickbooks.sandbox.handle(Request("GET", path, headers=headers, in_flight=10)).status == 200


def test_signing_in_costs_no_call_and_the_summary_tells_the_highest_use() -> None:
    quickbooks = QuickBooks(quotas="2")
    for _ in range(3):
        quickbooks.sign_in()
    for _ in range(7):
        quickbooks.call("GET", COMPANY)
    quotas = quickbooks.control("GET", "requests/summary?system=quickbooks_online")["quotas"]
    assert (quotas["minute"], quotas["second"]) == ({"limit": 1000, "used": 7}, {"limit": 20, "used": 7})
