from __future__ import annotations

from sandbox.http import Request
from tests.sandbox.xero_client import Xero


def test_the_sixty_first_call_of_a_minute_is_refused_until_the_window_ends() -> None:
    xero = Xero(quotas="real")
    for left in range(59, -1, -1):
        answer = xero.call("GET", "Organisation")
        assert answer.headers["X-MinLimit-Remaining"] == str(left)
    refused = xero.call("GET", "Organisation")
    assert refused.status_code == 429
    assert refused.headers["X-Rate-Limit-Problem"] == "minute"
    xero.later(f"{refused.headers['Retry-After']} s")
    assert xero.call("GET", "Organisation").status_code == 200


def test_signing_in_costs_no_call() -> None:
    xero = Xero(quotas="real")
    for _ in range(3):
        xero.sign_in()
    assert xero.call("GET", "Organisation").headers["X-DayLimit-Remaining"] == "4999"


def test_the_day_ends_too_and_says_when_it_starts_again() -> None:
    xero = Xero(quotas="0.01")
    answers = []
    for _ in range(60):
        answers.append(xero.call("GET", "Organisation"))
        xero.later("1 minute")
        xero.sign_in()
    problems = [answer.headers["X-Rate-Limit-Problem"] for answer in answers if answer.status_code == 429]
    assert problems == ["day"] * 10


def test_a_sixth_call_at_a_time_is_refused_without_a_time_to_wait() -> None:
    xero = Xero(quotas="real")
    headers = {"authorization": xero.session.headers["Authorization"], "accept": "application/json"}
    request = Request("GET", "/api.xro/2.0/Organisation", headers=headers, in_flight=6)
    answer = xero.sandbox.handle(request)
    assert answer.status == 429
    assert answer.headers["x-rate-limit-problem"] == "concurrent"
    assert "retry-after" not in answer.headers


def test_the_summary_tells_the_highest_use() -> None:
    xero = Xero(quotas="2")
    for _ in range(7):
        xero.call("GET", "Organisation")
    quotas = xero.control("GET", "requests/summary?system=xero")["quotas"]
    assert quotas["minute"] == {"limit": 120, "used": 7}
