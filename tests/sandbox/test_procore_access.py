from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox.http import Request
from sandbox.world import World
from tests.sandbox.procore_client import COMPANY, Client, company, in_company

ME = "/rest/v1.0/me"
VENDORS = in_company("/rest/v1.0/vendors")


@pytest.fixture
def client() -> Client:
    return Client()


def test_a_wrong_secret_gets_no_token(client: Client) -> None:
    answer = client.sign_in(client_secret="guess")
    assert (answer.status, answer.body["error"]) == (401, "invalid_client")
    assert answer.body["error_description"]


def test_a_token_lives_ninety_minutes(client: Client) -> None:
    assert client.sign_in().body["expires_in"] == 5400
    client.world.clock.advance(timedelta(seconds=5399))
    assert client.get(ME).status == 200
    client.world.clock.advance(timedelta(seconds=2))
    assert (client.get(ME).status, client.get(ME).body) == (401, {"error": "The access token is invalid"})


def test_a_refresh_token_works_once(client: Client) -> None:
    redirect = "urn:ietf:wg:oauth:2.0:oob"
    address = f"/oauth/authorize?client_id=procore-demo-client&response_type=code&redirect_uri={redirect}"
    code = client.get(address).body["code"]
    first = client.sign_in(grant_type="authorization_code", code=code, redirect_uri=redirect).body
    assert client.sign_in(grant_type="authorization_code", code=code, redirect_uri=redirect).status == 401

    refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = client.sign_in(**refresh)
    assert second.body["refresh_token"] != first["refresh_token"]
    assert client.sign_in(**refresh).body["error_description"] == "The refresh token is invalid"


def test_a_revoked_token_is_refused(client: Client) -> None:
    form = f"token={client.token}&client_id=procore-demo-client&client_secret=procore-demo-secret"
    assert client.vendor.answer(Request("POST", "/oauth/revoke", body=form.encode())).status == 200
    assert client.get(ME).status == 401


def test_every_call_needs_the_company_header(client: Client) -> None:
    answer = client.call("GET", VENDORS, headers={})
    assert answer.status == 400
    assert answer.body["errors"].startswith("Missing Procore-Company-Id header!")


def test_a_company_sees_its_own_records_only_and_both_are_listed(client: Client) -> None:
    client.vendor.seed("companies", {"id": 7, "name": "Ironwood South"})
    client.vendor.seed("vendors", {"name": "Acme", "company_id": 7})
    assert client.get(VENDORS).body == []
    south = client.headers | {"procore-company-id": "7"}
    [acme] = client.call("GET", "/rest/v1.0/vendors?company_id=7", headers=south).body
    assert (acme["name"], acme["company"]) == ("Acme", "Ironwood South")
    assert client.call("GET", VENDORS, headers=south).status == 403
    assert [one["id"] for one in client.get("/rest/v1.0/companies").body] == [7, COMPANY]


def test_the_header_alone_does_not_name_the_company_of_a_list(client: Client) -> None:
    assert client.get("/rest/v1.0/vendors").status == 400


def test_an_app_that_was_taken_out_of_the_company_is_refused(client: Client) -> None:
    client.seed("settings", id="app", connected=False)
    answer = client.get(VENDORS)
    assert (answer.status, answer.body) == (403, {"errors": ["App is not connected to this company."]})
    other = client.call("GET", ME, headers={"procore-company-id": "1"})
    assert other.status == 403


def test_the_service_account_and_its_companies_are_shown(client: Client) -> None:
    assert client.get(ME).body["login"] == "procore-demo-client@example.com"
    (company_row,) = client.get("/rest/v1.0/companies").body
    assert (company_row["id"], company_row["name"]) == (COMPANY, "Ironwood Builders")


def test_a_permission_that_is_too_low_is_refused_and_the_tool_is_named(client: Client) -> None:
    client.seed("permissions", tool="directory", level="read")
    assert client.get(VENDORS).status == 200
    answer = client.post("/rest/v1.0/vendors", company(vendor={"name": "Acme"}))
    assert answer.status == 403
    assert "Directory" in answer.body["errors"][0]
    tools = client.get(f"/rest/v1.0/settings/permissions?company_id={COMPANY}").body["tools"]
    levels = {tool["name"]: tool["user_access_level"]["name"] for tool in tools}
    assert levels == {"admin": "admin", "directory": "read", "portfolio": "admin", "workflows": "admin"}


def test_a_tool_that_is_off_in_one_project_is_refused_there_only(client: Client) -> None:
    off = client.seed("projects", name="Off", disabled_tools=["commitments"])["id"]
    on = client.seed("projects", name="On")["id"]
    answers = [client.get(f"/rest/v1.0/work_order_contracts?project_id={key}") for key in (off, on)]
    assert [answer.status for answer in answers] == [403, 200]
    assert "Commitments" in answers[0].body["errors"][0]
    assert client.get(f"/rest/v1.0/projects/{off}/direct_costs").status == 200


def test_a_project_outside_the_permitted_ones_is_invisible(client: Client) -> None:
    seen = client.seed("projects", name="Seen")["id"]
    hidden = client.seed("projects", name="Hidden")["id"]
    client.seed("settings", id="app", permitted_projects=[seen])
    assert [row["id"] for row in client.get(in_company("/rest/v1.1/projects")).body] == [seen]
    assert client.get(in_company(f"/rest/v1.0/projects/{hidden}")).status == 404
    assert client.get(f"/rest/v1.0/cost_codes?project_id={hidden}").status == 404


def test_twenty_five_calls_in_ten_seconds_are_the_most(client: Client) -> None:
    statuses = [client.get("/rest/v1.0/projects/1").status for _ in range(26)]
    assert statuses[:25] == [400] * 25
    answer = client.get(ME)
    assert (answer.status, statuses[25]) == (429, 429)
    assert answer.body["errors"].startswith("You have surpassed the max number of requests for an hour.")
    assert "retry-after" not in answer.headers

    client.world.clock.advance(timedelta(seconds=10))
    assert client.get(ME).status == 200


def test_the_headers_tell_of_the_window_that_is_nearer_its_end(client: Client) -> None:
    quota = client.vendor.quota
    assert quota.take(Request("GET", ME)) is None
    headers = quota.headers(Request("GET", ME))
    assert (headers["x-rate-limit-limit"], headers["x-rate-limit-remaining"]) == ("25", "24")
    for _ in range(200):
        client.world.clock.advance(timedelta(seconds=10))
        for _ in range(17):
            quota.take(Request("GET", ME))
    assert quota.headers(Request("GET", ME))["x-rate-limit-limit"] in {"25", "3600"}
    assert quota.highest_use()["hourly"]["used"] > 3000


def test_the_hour_runs_out_too(client: Client) -> None:
    quota = client.vendor.quota
    statuses = []
    for _ in range(200):
        client.world.clock.advance(timedelta(seconds=10))
        statuses += [refused.status if (refused := quota.take(Request("GET", ME))) else 200 for _ in range(20)]
    assert statuses.count(200) == 3600
    assert quota.headers(Request("GET", ME))["x-rate-limit-limit"] == "3600"


def test_the_quota_can_be_multiplied_or_switched_off(client: Client) -> None:
    client.vendor.quota.set_mode(2)
    assert [client.get(ME).status for _ in range(51)].count(200) == 50
    client.vendor.quota.set_mode("off")
    assert client.get(ME).status == 200


def test_a_path_that_is_not_there_is_not_found(client: Client) -> None:
    assert client.get("/rest/v1.0/nothing").status == 404


def test_a_body_that_is_no_json_is_malformed(client: Client) -> None:
    headers = {"authorization": f"Bearer {client.token}", **client.headers}
    request = Request("POST", "/rest/v1.0/vendors", headers=headers, body=b"{")
    assert client.vendor.answer(request).status == 400


def test_the_state_survives_a_restart(tmp_path) -> None:
    file = tmp_path / "sandbox.sqlite"
    client = Client(World(file))
    client.post("/rest/v1.0/vendors", company(vendor={"name": "Acme", "origin_id": "x"}))
    client.world.tables.close()

    again = Client(World(file))
    again.headers["authorization"] = f"Bearer {client.token}"
    assert [row["name"] for row in again.get(VENDORS + "&filters[origin_id]=x").body] == ["Acme"]


def test_a_permission_can_differ_in_one_project(client: Client) -> None:
    tower, mall = (client.seed("projects", name=name)["id"] for name in ("Tower", "Mall"))
    client.seed("permissions", tool="direct_costs", level="read", project_id=mall)
    cost = {"direct_cost": {"direct_cost_type": "expense"}}
    answers = [client.post(f"/rest/v1.1/projects/{key}/direct_costs", cost) for key in (tower, mall)]
    assert [answer.status for answer in answers] == [201, 403]
    assert client.get(f"/rest/v1.0/projects/{mall}/direct_costs").status == 200
    told = client.get(f"/rest/v1.0/settings/permissions?project_id={mall}").body["tools"]
    levels = {tool["name"]: tool["user_access_level"]["name"] for tool in told}
    assert (levels["direct_costs"], levels["budget"]) == ("read", "admin")
    with pytest.raises(ValueError, match="a project"):
        client.seed("permissions", tool="portfolio", level="read", project_id=mall)
