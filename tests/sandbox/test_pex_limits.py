from __future__ import annotations

from tests.sandbox.pex_client import YEAR, Pex

LIST = "Details/AllCardholderTransactions"


def test_the_121st_call_of_a_minute_is_refused_without_a_time_to_wait() -> None:
    pex = Pex(quotas="real")
    assert {pex.call("GET", "Business/Settings").status_code for _ in range(120)} == {200}
    refused = pex.call("GET", "Business/Settings")
    assert (refused.status_code, refused.json()) == (429, {"Message": "Usage Limits Exceeded"})
    assert "Retry-After" not in refused.headers
    pex.later("1 minute")
    assert pex.call("GET", "Business/Settings").status_code == 200


def test_the_list_of_transactions_is_read_ten_times_an_hour_and_the_count_oftener() -> None:
    pex = Pex(quotas="real")
    assert [pex.call("GET", LIST, **YEAR).status_code for _ in range(11)] == [200] * 10 + [429]
    assert pex.call("GET", "Details/AllCardholderTransactionCount", **YEAR).status_code == 200
    pex.later("1 hour")
    assert pex.call("GET", LIST, **YEAR).status_code == 200


def test_accounts_ten_times_an_hour_the_business_account_once_a_minute_tokens_twice_a_day() -> None:
    pex = Pex(quotas="real")
    for method, path, limit, query in (
        ("GET", "Details/AccountDetails", 10, {}),
        ("GET", "Details/TransactionDetails", 1, YEAR),
        ("POST", "Token", 2, {}),
    ):
        statuses = [pex.call(method, path, **query).status_code for _ in range(limit + 1)]
        assert (429 in statuses[:-1], statuses[-1]) == (False, 429), path


def test_a_multiple_widens_the_limits_and_the_summary_tells_the_highest_use() -> None:
    pex = Pex(quotas="2")
    assert [pex.call("GET", LIST, **YEAR).status_code for _ in range(11)] == [200] * 11
    quotas = pex.control("GET", "requests/summary?system=pex")["quotas"]
    assert quotas["all_cardholder_transactions"] == {"limit": 20, "used": 11}
    assert quotas["minute"] == {"limit": 240, "used": 11}
