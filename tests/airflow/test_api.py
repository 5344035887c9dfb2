"""The connection form and its Test button, through Airflow's own API, against a sandbox behind a real socket."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from airflow.api_fastapi.app import create_app, get_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from fastapi.testclient import TestClient

from tests.airflow.company import Listening, connection_values
from tests.sandbox.server import serving
from tests.systems.stage import COMPANY, TENANT

SECRETS = {"procore": "procore-demo-secret", "xero": "xero-demo-secret"}
WRONG_SECRET = "a-secret-of-yesterday"


@pytest.fixture(scope="module")
def api(airflow_db: str) -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW__CORE__TEST_CONNECTION", "Enabled")
        with TestClient(create_app("core")) as client:
            yield client


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Listening, str]]:
    sandbox = Listening()
    with serving(sandbox) as url:
        yield sandbox, url
    sandbox.close()


@pytest.fixture
def sandbox(served: tuple[Listening, str]) -> Listening:
    served[0].reset("empty")
    served[0].heard.clear()
    return served[0]


@pytest.fixture
def press(api: TestClient, sandbox: Listening, served: tuple[Listening, str], caplog: pytest.LogCaptureFixture) -> Any:
    """Presses the button with a connection's values; no secret may come back or be logged."""
    caplog.set_level(logging.DEBUG)

    def pressed(system: str, extra: dict[str, Any], as_role: str = "admin", **changes: Any) -> tuple[bool, str]:
        values = connection_values(served[1], system, extra, **changes)
        body = {**values, "connection_id": "tried", "extra": json.dumps(values["extra"])}
        answer = api.post("/api/v2/connections/test", json=body, headers=_as(as_role))
        assert answer.status_code == 200, answer.text
        for secret in (*SECRETS.values(), WRONG_SECRET, *_tokens(sandbox)):
            assert secret not in answer.text
            assert secret not in caplog.text
        told = answer.json()
        return told["status"], told["message"]

    return pressed


def _as(role: str) -> dict[str, str]:
    token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=role, role=role))
    return {"Authorization": f"Bearer {token}"}


def _tokens(sandbox: Listening) -> list[str]:
    headers = [heard["authorization"] for heard in sandbox.heard if "authorization" in heard]
    return [header.removeprefix("Bearer ") for header in headers if header.startswith("Bearer ")]


def test_good_credentials_name_the_company_and_the_organisation(press: Any) -> None:
    assert press("procore", {"company_id": COMPANY}) == (True, "Connected to Ironwood Builders.")
    ok, words = press("xero", {"tenant_id": TENANT})
    assert ok
    assert words.startswith("Connected to Summit Ridge Builders")


@pytest.mark.parametrize(("system", "title"), [("procore", "Procore"), ("xero", "Xero")])
def test_a_wrong_secret_is_told_with_what_to_do(press: Any, system: str, title: str) -> None:
    ok, words = press(system, {}, password=WRONG_SECRET)
    assert not ok
    assert f"{title} does not accept the client id or the client secret. Copy both again" in words


def test_a_company_in_which_the_app_is_not_installed_is_told(press: Any) -> None:
    ok, words = press("procore", {"company_id": 7})
    assert not ok
    assert "App Management" in words


@pytest.mark.feature("XER-1")
@pytest.mark.parametrize("tool", ["directory", "portfolio"])
def test_a_missing_permission_is_told_with_the_name_of_the_tool(press: Any, sandbox: Listening, tool: str) -> None:
    sandbox.vendors["procore"].seed("permissions", {"tool": tool, "level": "read"})
    ok, words = press("procore", {"company_id": COMPANY})
    assert not ok
    assert f"the level Admin on the company's {tool.title()} tool" in words


def test_a_wrong_organisation_is_told_with_the_right_one(press: Any) -> None:
    ok, words = press("xero", {"tenant_id": "11111111-1111-4111-8111-111111111111"})
    assert not ok
    assert f"it is connected to Summit Ridge Builders ({TENANT})" in words


def test_what_the_form_holds_never_travels_as_a_header(press: Any, sandbox: Listening) -> None:
    extra = {"refresh_token": "rt-never-sent", "tenant_id": TENANT, "company_id": COMPANY, "note": "private-words"}
    assert press("xero", extra)[0]
    assert press("procore", extra)[0]
    assert len(sandbox.heard) > 4
    for heard in sandbox.heard:
        assert not {"refresh_token", "oauth_url", "note", "company_id", "tenant_id", "grant_type"} & set(heard)
        assert not {"rt-never-sent", "private-words"} & set(heard.values())


def test_only_who_may_edit_connections_may_press_it(api: TestClient, served: tuple[Listening, str]) -> None:
    body = {**connection_values(served[1], "xero"), "connection_id": "tried", "extra": "{}"}
    assert api.post("/api/v2/connections/test", json=body, headers=_as("viewer")).status_code == 403
    assert api.post("/api/v2/connections/test", json=body).status_code == 401


@pytest.mark.feature("XER-1", "PEX-5")
def test_the_button_in_the_list_tests_a_stored_connection_that_has_a_port(
    api: TestClient, sandbox: Listening, served: tuple[Listening, str]
) -> None:
    host, _, port = served[1].rpartition(":")
    stored = {"connection_id": "pex_stored", "conn_type": "pex", "host": host, "port": int(port)}
    body = {**stored, "login": "", "schema": "", "description": "", "extra": "{}"}
    made = api.post("/api/v2/connections", json={**stored, "password": "pex-demo-token"}, headers=_as("admin"))
    assert made.status_code == 201, made.text
    answer = api.post("/api/v2/connections/test", json={**body, "password": "***"}, headers=_as("admin"))
    told = {"status": True, "message": "Connected to Ironwood Builders, business 102233 (accounting.tenant_id)."}
    assert answer.json() == told


def test_the_form_in_the_ui_has_words_of_the_field(api: TestClient) -> None:
    kinds = {one["connection_type"]: one for one in api.get("/ui/connections/hook_meta", headers=_as("admin")).json()}
    for system in ("procore", "xero"):
        fields = kinds[system]["standard_fields"]
        assert fields["login"]["title"] == "Client ID"
        assert fields["password"]["title"] == "Client secret"
        assert fields["host"]["placeholder"] == f"https://api.{system}.com"
        assert fields["port"]["placeholder"] == "443"
    extra = kinds["xero"]["extra_fields"]
    assert set(extra) == {"grant_type", "refresh_token", "tenant_id", "oauth_url", "other_host"}
    assert extra["grant_type"]["schema"]["enum"] == ["custom_connection", "web_app"]
    assert extra["refresh_token"]["schema"]["format"] == "password"
    assert kinds["procore"]["extra_fields"]["company_id"]["schema"]["title"] == "Company ID"


def test_no_plugin_fails_to_load(api: TestClient) -> None:
    answer = api.get("/api/v2/plugins/importErrors", headers=_as("admin"))
    assert answer.json() == {"import_errors": [], "total_entries": 0}
