from __future__ import annotations

import pytest

from sandbox.pex.tokens import CLIENT_ID, SECRET
from tests.sandbox.pex_client import HOST, Pex

DEAD = (403, "Token expired or does not exist")
LOGIN = {"Username": "jobledger@ironwood.example", "Password": "pex-demo-password"}


@pytest.fixture
def pex() -> Pex:
    return Pex()


@pytest.mark.parametrize("scheme", ["token", "Token", "TOKEN"])
def test_the_installed_token_tells_business_user_and_end(pex: Pex, scheme: str) -> None:
    pex.session.headers["Authorization"] = f"{scheme} pex-demo-token"
    told = pex.get("Token/Current")
    assert (told["BusinessAccountId"], told["BusinessAccountName"]) == (102233, "Ironwood Builders")
    assert (told["UserType"], told["TokenExpiration"]) == ("Admin", "2026-12-01T12:00:00")


def test_paths_mind_no_case(pex: Pex) -> None:
    assert pex.session.get(f"{HOST}/V4/token/CURRENT").status_code == 200


def test_no_token_an_unknown_one_and_another_scheme_are_refused(pex: Pex) -> None:
    for value, status in ((None, 401), ("token nothing", 403), ("Bearer pex-demo-token", 403)):
        assert pex.call("GET", "Token/Current", headers={"Authorization": value}).status_code == status


def test_a_token_ends_after_six_months_and_cannot_be_renewed_then(pex: Pex) -> None:
    pex.later("183 days")
    assert pex.refused("GET", "Token/Current") == DEAD
    assert pex.refused("POST", "Token/Renew") == DEAD


def test_a_token_is_renewed_in_its_last_month_only_and_keeps_its_own_end(pex: Pex) -> None:
    pex.later("152 days")
    status, message = pex.refused("POST", "Token/Renew")
    assert (status, "last month" in message) == (400, True)
    pex.later("1 day")
    new = pex.ask("POST", "Token/Renew")
    assert new["TokenExpiration"] == "2027-05-01T12:00:00"
    assert pex.get("Token/Current")["TokenExpiration"] == "2026-12-01T12:00:00"
    pex.later("40 days")
    assert pex.refused("GET", "Token/Current") == DEAD
    pex.session.headers["Authorization"] = f"token {new['Token']}"
    assert pex.get("Token/Current")["Token"] == new["Token"]


@pytest.mark.parametrize(
    ("happens", "refusal"),
    [
        ({"password_changed": True}, (401, "Password has changed")),
        ({"user_active": False}, (403, "User is not active")),
    ],
)
def test_a_change_of_the_user_deletes_the_token(pex: Pex, happens: dict[str, bool], refusal: tuple[int, str]) -> None:
    pex.person("settings", happens)
    assert pex.refused("GET", "Business/Settings") == refusal
    pex.person("settings", {"user_active": True})
    assert pex.refused("GET", "Business/Settings") == DEAD


def test_a_revoked_token_is_dead(pex: Pex) -> None:
    pex.ask("DELETE", "Token")
    assert pex.refused("GET", "Token/Current") == DEAD


@pytest.mark.parametrize("address", [f"{HOST}/v4/Token", "https://oauth.pexcard.com/token"])
def test_app_and_user_together_get_a_token(pex: Pex, address: str) -> None:
    given = {"json": LOGIN, "headers": {"Authorization": None}}
    answer = pex.session.post(address, auth=(CLIENT_ID, SECRET), **given)
    assert answer.status_code == 201
    pex.session.headers["Authorization"] = f"token {answer.json()['Token']}"
    assert pex.get("Token/Current")["UserType"] == "Admin"
    assert pex.session.post(address, auth=(CLIENT_ID, "wrong"), **given).status_code == 401


def test_tokens_are_no_writes_in_the_request_log(pex: Pex) -> None:
    pex.later("160 days")
    pex.ask("POST", "Token/Renew")
    pex.ask("DELETE", "Token")
    assert pex.control("GET", "requests/summary?system=pex")["writes"] == 0


def test_a_cardholders_token_sees_nothing_of_the_business(pex: Pex) -> None:
    pex.person("tokens", {"Token": "pex-demo-token", "UserType": "Cardholder"})
    assert pex.get("Token/Current")["UserType"] == "Cardholder"
    assert pex.refused("GET", "Business/Settings")[0] == 403


def test_the_profile_tells_the_permissions_and_a_missing_one_refuses_what_it_stands_for(pex: Pex) -> None:
    tag = pex.tag(pex.dropdown())
    off = ("ViewCardTransactions", "ManageCardholder", "EditBusinessProfile")
    pex.person("admin", {"Permissions": dict.fromkeys(off, False)})
    held = pex.get("Business/MyProfile")["Admin"]["Permissions"]
    assert {name for name, value in held.items() if not value} == set(off)
    window = {"StartDate": "2026-05-01T00:00:00", "EndDate": "2026-06-01T00:00:00"}
    assert pex.refused("GET", "Details/AllCardholderTransactions", **window) == (
        403,
        "User does not have permission: View card transactions",
    )
    assert pex.put_tag(tag).status_code == 403
    pex.person("admin", {"Permissions": {"EditBusinessProfile": True}})
    assert pex.put_tag(tag).status_code == 200
