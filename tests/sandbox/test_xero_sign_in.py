from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.sandbox.xero_client import BASE, TENANT, Xero

WEB_APP = ("xero-demo-webapp", "xero-demo-websecret")
CALLBACK = "https://jobledger.test/callback"


@pytest.fixture
def xero() -> Xero:
    return Xero()


def consent(xero: Xero, **more: str) -> str:
    query = {
        "response_type": "code",
        "client_id": WEB_APP[0],
        "redirect_uri": CALLBACK,
        "scope": "offline_access accounting.contacts",
        "state": "s1",
        **more,
    }
    address = "https://login.xero.com/identity/connect/authorize"
    answer = xero.session.get(address, params=query, allow_redirects=False)
    sent_back = parse_qs(urlsplit(answer.headers["location"]).query)
    assert answer.status_code == 302
    assert sent_back["state"] == ["s1"]
    return sent_back["code"][0]


def tokens(xero: Xero) -> dict[str, str]:
    form = {"grant_type": "authorization_code", "code": consent(xero), "redirect_uri": CALLBACK}
    return xero.token(WEB_APP, **form).json()


def test_a_wrong_secret_is_refused(xero: Xero) -> None:
    answer = xero.token(("xero-demo-client", "wrong"), grant_type="client_credentials")
    assert answer.status_code == 400
    assert answer.json() == {"error": "invalid_client"}


def test_a_token_lives_half_an_hour(xero: Xero) -> None:
    xero.later("29 minutes")
    assert xero.call("GET", "Organisation").status_code == 200
    xero.later("1 minute")
    answer = xero.call("GET", "Organisation")
    assert answer.status_code == 401
    assert answer.json()["Detail"] == "AuthenticationUnsuccessful"


def test_a_custom_connection_names_its_organisation_or_none(xero: Xero) -> None:
    assert [row["tenantId"] for row in xero.session.get("https://api.xero.com/connections").json()] == [TENANT]
    for tenant in (TENANT, ""):
        assert xero.call("GET", "Organisation", headers={"xero-tenant-id": tenant}).status_code == 200
    other = xero.call("GET", "Organisation", headers={"xero-tenant-id": TENANT.replace("7", "8")})
    assert other.status_code == 403


def test_a_web_app_needs_consent_and_names_the_organisation(xero: Xero) -> None:
    assert xero.token(WEB_APP, grant_type="client_credentials").json() == {"error": "unauthorized_client"}
    xero.session.headers["Authorization"] = f"Bearer {tokens(xero)['access_token']}"
    assert xero.call("GET", "Organisation").status_code == 403
    assert xero.call("GET", "Organisation", headers={"xero-tenant-id": TENANT}).status_code == 200


def test_a_code_is_good_once(xero: Xero) -> None:
    form = {"grant_type": "authorization_code", "code": consent(xero), "redirect_uri": CALLBACK}
    assert xero.token(WEB_APP, **form).status_code == 200
    assert xero.token(WEB_APP, **form).json() == {"error": "invalid_grant"}


def test_a_code_with_a_challenge_needs_its_verifier(xero: Xero) -> None:
    digest = hashlib.sha256(b"verifier").digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK}
    refused = xero.token(WEB_APP, **form, code=consent(xero, code_challenge=challenge), code_verifier="guess")
    assert refused.json() == {"error": "invalid_grant"}
    accepted = xero.token(WEB_APP, **form, code=consent(xero, code_challenge=challenge), code_verifier="verifier")
    assert accepted.status_code == 200


def test_refresh_tokens_rotate_and_an_old_one_is_refused(xero: Xero) -> None:
    first = tokens(xero)["refresh_token"]
    second = xero.token(WEB_APP, grant_type="refresh_token", refresh_token=first).json()["refresh_token"]
    assert second != first
    assert xero.token(WEB_APP, grant_type="refresh_token", refresh_token=first).json() == {"error": "invalid_grant"}
    assert xero.token(WEB_APP, grant_type="refresh_token", refresh_token=second).status_code == 200


def test_a_refresh_token_dies_after_sixty_days_unused(xero: Xero) -> None:
    refresh = tokens(xero)["refresh_token"]
    xero.later("60 days")
    assert xero.token(WEB_APP, grant_type="refresh_token", refresh_token=refresh).json() == {"error": "invalid_grant"}


def test_without_offline_access_there_is_no_refresh_token(xero: Xero) -> None:
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK}
    assert "refresh_token" not in xero.token(WEB_APP, **form, code=consent(xero, scope="accounting.contacts")).json()


def test_revoking_ends_tokens_and_connection(xero: Xero) -> None:
    held = tokens(xero)
    xero.session.post(
        "https://identity.xero.com/connect/revocation", data={"token": held["refresh_token"]}, auth=WEB_APP
    )
    refused = xero.token(WEB_APP, grant_type="refresh_token", refresh_token=held["refresh_token"])
    assert refused.json() == {"error": "invalid_grant"}
    xero.session.headers["Authorization"] = f"Bearer {held['access_token']}"
    assert xero.call("GET", "Organisation", headers={"xero-tenant-id": TENANT}).status_code == 401


def test_a_removed_connection_leaves_a_live_token_that_may_do_nothing(xero: Xero) -> None:
    connection = xero.session.get("https://api.xero.com/connections").json()[0]["id"]
    assert xero.session.delete(f"https://api.xero.com/connections/{connection}").status_code == 204
    assert xero.session.get("https://api.xero.com/connections").json() == []
    assert xero.call("GET", "Organisation").status_code == 403


def test_without_accept_json_the_answer_is_xml(xero: Xero) -> None:
    answer = xero.session.get(f"{BASE}/Organisation", headers={"Accept": "*/*"})
    assert answer.headers["content-type"].startswith("text/xml")
    assert "<Organisation><OrganisationID>" in answer.text
    missing = xero.session.get(f"{BASE}/Contacts/none", headers={"Accept": "application/json"})
    assert (missing.status_code, missing.headers["content-type"]) == (404, "text/html; charset=utf-8")
