from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.sandbox.quickbooks_client import APP, REALM, QuickBooks, fault

CALLBACK = "https://jobledger.test/callback"
REVOKE = "https://developer.api.intuit.com/v2/oauth2/tokens/revoke"
COMPANY = f"companyinfo/{REALM}"


@pytest.fixture
def quickbooks() -> QuickBooks:
    return QuickBooks()


def consent(quickbooks: QuickBooks) -> str:
    query = {
        "response_type": "code",
        "client_id": APP[0],
        "redirect_uri": CALLBACK,
        "scope": "com.intuit.quickbooks.accounting",
        "state": "s1",
    }
    address = "https://appcenter.intuit.com/connect/oauth2"
    answer = quickbooks.session.get(address, params=query, allow_redirects=False)
    sent_back = parse_qs(urlsplit(answer.headers["location"]).query)
    assert (answer.status_code, sent_back["state"], sent_back["realmId"]) == (302, ["s1"], [REALM])
    return sent_back["code"][0]


def by_code(quickbooks: QuickBooks, code: str) -> requests.Response:
    return quickbooks.token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)


def refreshed(quickbooks: QuickBooks, token: str) -> requests.Response:
    return quickbooks.token(grant_type="refresh_token", refresh_token=token)


def small_fault(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["fault"]["error"][0]["code"]


def test_a_wrong_secret_is_refused(quickbooks: QuickBooks) -> None:
    answer = quickbooks.token((APP[0], "wrong"), grant_type="refresh_token", refresh_token=quickbooks.refresh_token)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_token_lives_an_hour(quickbooks: QuickBooks) -> None:
    quickbooks.later("59 minutes")
    assert quickbooks.call("GET", COMPANY).status_code == 200
    quickbooks.later("1 minute")
    answer = quickbooks.call("GET", COMPANY)
    assert small_fault(answer) == (401, "3200")
    assert answer.headers["intuit_tid"]


def test_a_refresh_gives_a_new_token_and_ends_the_old_one(quickbooks: QuickBooks) -> None:
    old = quickbooks.refresh_token
    quickbooks.sign_in()
    answer = refreshed(quickbooks, old)
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid_grant",
        "error_description": "Incorrect or invalid refresh token",
    }
    assert answer.headers["intuit_tid"]


def test_a_refresh_token_dies_after_a_hundred_days_without_use(quickbooks: QuickBooks) -> None:
    quickbooks.later("99 days")
    quickbooks.sign_in()
    quickbooks.later("100 days")
    assert refreshed(quickbooks, quickbooks.refresh_token).json()["error"] == "invalid_grant"


def test_a_connection_ends_after_five_years_however_often_it_is_used(quickbooks: QuickBooks) -> None:
    for _ in range(19):
        quickbooks.later("96 days")
        quickbooks.sign_in()
    headers = {"x-include-refresh-token-hard-expires-in": "true"}
    address = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"
    form = {"grant_type": "refresh_token", "refresh_token": quickbooks.refresh_token}
    answer = quickbooks.session.post(address, data=form, auth=APP, headers={**headers, "Authorization": None}).json()
    assert answer["x_refresh_token_hard_expires_in"] == 86400
    quickbooks.later("1 day")
    assert refreshed(quickbooks, answer["refresh_token"]).json()["error"] == "invalid_grant"


def test_consent_brings_a_code_that_works_once(quickbooks: QuickBooks) -> None:
    code = consent(quickbooks)
    answer = by_code(quickbooks, code).json()
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 3600)
    assert by_code(quickbooks, code).json()["error"] == "invalid_grant"


def test_a_code_lives_ten_minutes(quickbooks: QuickBooks) -> None:
    code = consent(quickbooks)
    quickbooks.later("10 minutes")
    assert by_code(quickbooks, code).json()["error"] == "invalid_grant"


def test_revoking_ends_every_token(quickbooks: QuickBooks) -> None:
    revoke = {"token": quickbooks.refresh_token}
    assert quickbooks.session.post(REVOKE, json=revoke, auth=APP, headers={"Authorization": None}).status_code == 200
    assert small_fault(quickbooks.call("GET", COMPANY)) == (401, "3200")
    assert refreshed(quickbooks, quickbooks.refresh_token).json()["error"] == "invalid_grant"


def test_another_company_is_forbidden(quickbooks: QuickBooks) -> None:
    other = f"https://quickbooks.api.intuit.com/v3/company/{REALM[:-1]}4/companyinfo/1"
    assert small_fault(quickbooks.session.get(other)) == (403, "3100")


def test_discovery_leads_to_the_sandbox_itself(quickbooks: QuickBooks) -> None:
    for name in ("openid_configuration", "openid_sandbox_configuration"):
        address = f"https://developer.api.intuit.com/.well-known/{name}"
        places = quickbooks.session.get(address, headers={"Host": "localhost:9400"}).json()
        assert places["token_endpoint"] == "http://localhost:9400/oauth2/v1/tokens/bearer"


def test_a_person_can_end_the_connection_and_give_it_back(quickbooks: QuickBooks) -> None:
    quickbooks.control("POST", "records/quickbooks_online/settings", {"connected": False})
    assert small_fault(quickbooks.call("GET", COMPANY)) == (401, "3200")
    quickbooks.control("POST", "records/quickbooks_online/settings", {"connected": True})
    quickbooks.refresh_token = "quickbooks-demo-refresh"
    quickbooks.sign_in()
    quickbooks.person("settings", {"plan": "Advanced"})
    assert quickbooks.call("GET", COMPANY).status_code == 200


@pytest.mark.parametrize(
    ("setting", "status", "code"),
    [({"user_removed": True}, 401, "120"), ({"locked": 140}, 403, "140"), ({"locked": 150}, 403, "150")],
)
def test_a_person_can_close_the_company_to_the_app(
    quickbooks: QuickBooks, setting: dict[str, object], status: int, code: str
) -> None:
    quickbooks.person("settings", setting)
    assert small_fault(quickbooks.call("GET", COMPANY)) == (status, code)


def test_a_lapsed_subscription_is_a_success_with_a_fault(quickbooks: QuickBooks) -> None:
    quickbooks.person("settings", {"subscription_lapsed": True})
    answer = quickbooks.call("GET", COMPANY)
    assert (answer.status_code, fault(answer)[0]) == (200, "6190")


def test_a_setting_that_there_is_not_is_told(quickbooks: QuickBooks) -> None:
    with pytest.raises(ValueError, match="settings has no lapsed"):
        quickbooks.person("settings", {"lapsed": True})
    with pytest.raises(ValueError, match="plan is 'Huge'"):
        quickbooks.person("settings", {"plan": "Huge"})
