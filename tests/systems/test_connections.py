"""Connections as Airflow holds them: what the Test button and the doctor say, and where credentials may go."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import airflow
import jsonschema
import pytest
from airflow.sdk._shared.secrets_masker import should_hide_value_for_key

from jobledger.errors import FixTheSetup
from jobledger.systems.auth import KeptInMemory
from jobledger.systems.pex import connection as pex_connection
from jobledger.systems.procore import connection as procore_connection
from jobledger.systems.procore.connect import oauth_url
from jobledger.systems.procore.hook import ProcoreHook
from jobledger.systems.quickbooks_online import connection as quickbooks_connection
from jobledger.systems.quickbooks_online.connect import quickbooks_online
from jobledger.systems.quickbooks_online.hook import QuickBooksOnlineHook
from jobledger.systems.surroundings import Surroundings, host_of, is_known
from jobledger.systems.xero import connection as xero_connection
from jobledger.systems.xero.connect import xero
from jobledger.systems.xero.editions import plan_name, why_not
from jobledger.systems.xero.hook import XeroHook
from sandbox.faults import Fault
from tests.systems.stage import COMPANY, PROCORE, QUICKBOOKS, REALM, TENANT, XERO, Stage

PROCORE_EXTRA = {"company_id": COMPANY}


def connection(monkeypatch: pytest.MonkeyPatch, system: str, extra: dict[str, Any], **changes: Any) -> None:
    values = {
        "conn_type": system,
        "host": {"procore": PROCORE, "xero": XERO, "quickbooks_online": QUICKBOOKS}[system],
        "login": f"{system.removesuffix('_online')}-demo-client",
        "password": f"{system.removesuffix('_online')}-demo-secret",
        "extra": extra,
        **changes,
    }
    monkeypatch.setenv(f"AIRFLOW_CONN_{system.upper()}_TRIED", json.dumps(values))


def procore_test(stage: Stage) -> tuple[bool, str]:
    return ProcoreHook("procore_tried", stage.around).test_connection()


def xero_test(stage: Stage) -> tuple[bool, str]:
    return XeroHook("xero_tried", stage.around).test_connection()


@pytest.mark.feature("SMX-QBO-5", "PEX-7")
def test_a_good_procore_connection_names_the_company(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    connection(monkeypatch, "procore", PROCORE_EXTRA)
    assert procore_test(stage) == (True, "Connected to Ironwood Builders.")


@pytest.mark.feature("SMX-QBO-7", "PEX-6")
def test_a_procore_connection_names_every_company_that_has_the_app(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.seed("procore", "companies", {"id": 7, "name": "Ironwood South"})
    connection(monkeypatch, "procore", PROCORE_EXTRA)
    told = "Connected to Ironwood Builders. The app is installed in Ironwood South (7) too."
    assert procore_test(stage) == (True, told)
    chosen = ProcoreHook("procore_tried", stage.around).get_system(7)
    assert chosen.check()[0].message.startswith("Connected to Ironwood South.")
    wrong = ProcoreHook("procore_tried", stage.around).get_system(4711).check()
    assert [one.ok for one in wrong] == [False]
    both = f"Ironwood South (7), Ironwood Builders ({COMPANY})"
    assert wrong[0].message == f"The app is not installed in company 4711; it is installed in {both}."
    assert "Write the id of the right one as procore.company_id" in wrong[0].remedy


def test_a_company_id_that_is_no_number_is_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    connection(monkeypatch, "procore", {"company_id": "Ironwood"})
    ok, words = procore_test(stage)
    assert (ok, "has the Company ID 'Ironwood'. Write the number" in words) == (False, True)


def test_without_a_company_only_the_sign_in_is_tested(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    connection(monkeypatch, "procore", {})
    ok, words = procore_test(stage)
    assert ok
    assert "Fill in the company ID" in words


def test_a_wrong_procore_secret_is_told_and_not_shown(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    connection(monkeypatch, "procore", PROCORE_EXTRA, password="hunter2-hunter2")
    ok, words = procore_test(stage)
    assert not ok
    assert "Procore does not accept the client id or the client secret" in words
    assert "hunter2" not in words


def test_an_app_that_is_not_installed_in_the_company_is_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    connection(monkeypatch, "procore", {"company_id": 7})
    ok, words = procore_test(stage)
    assert not ok
    assert "not connected to this company" in words
    assert "App Management" in words


@pytest.mark.feature("XER-1")
def test_a_service_account_that_is_no_administrator_is_told_for_which_tool(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection(monkeypatch, "procore", PROCORE_EXTRA)
    stage.seed("procore", "permissions", {"tool": "directory", "level": "read"})
    ok, words = procore_test(stage)
    assert not ok
    assert words.startswith("Not an administrator of the Directory tool.")
    assert "level Admin on the company's Directory tool" in words


def test_missing_credentials_are_told_before_anything_is_sent(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    connection(monkeypatch, "procore", PROCORE_EXTRA, password="")
    ok, words = procore_test(stage)
    assert (ok, "no client secret" in words, stage.requests("procore")) == (False, True, [])


@pytest.mark.parametrize("host", ["https://evil.example", "http://api.procore.com", "https://procore.com.evil.example"])
def test_credentials_never_go_to_a_host_that_is_not_the_vendors(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    connection(monkeypatch, "procore", PROCORE_EXTRA, host=host)
    ok, words = procore_test(stage)
    assert (ok, "is not the vendor's over https" in words, stage.requests("procore")) == (False, True, [])


def test_a_sandbox_is_allowed_here_and_elsewhere_when_ticked(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_known("http://127.0.0.1:9400", ())
    extra = {**PROCORE_EXTRA, "other_host": True, "oauth_url": "https://sandbox.internal/oauth/token"}
    connection(monkeypatch, "procore", extra, host="https://sandbox.internal")
    ok, _ = procore_test(stage)
    assert ok


def test_each_procore_environment_has_its_own_login() -> None:
    assert oauth_url("https://sandbox.procore.com") == "https://login-sandbox.procore.com/oauth/token"
    assert oauth_url("http://127.0.0.1:9400") == "http://127.0.0.1:9400/oauth/token"


def test_a_good_xero_connection_names_its_organisations(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    connection(monkeypatch, "xero", {})
    assert xero_test(stage) == (True, f"Connected to Summit Ridge Builders ({TENANT}).")
    connection(monkeypatch, "xero", {"tenant_id": TENANT})
    assert xero_test(stage) == (True, "Connected to Summit Ridge Builders, plan Established, US.")


def test_a_wrong_organisation_names_the_right_one(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    connection(monkeypatch, "xero", {"tenant_id": "11111111-1111-4111-8111-111111111111"})
    ok, words = xero_test(stage)
    assert not ok
    assert f"it is connected to Summit Ridge Builders ({TENANT})" in words


def test_a_wrong_xero_secret_is_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    connection(monkeypatch, "xero", {}, password="wrong-wrong")
    ok, words = xero_test(stage)
    assert not ok
    assert "Xero does not accept the client id or the client secret" in words


WEB_APP = {"login": "xero-demo-webapp", "password": "xero-demo-websecret"}


@pytest.mark.parametrize(
    ("hook", "system", "extra", "app"),
    [
        (QuickBooksOnlineHook, "quickbooks_online", {"refresh_token": "quickbooks-demo-refresh"}, {}),
        (XeroHook, "xero", {"grant_type": "web_app", "refresh_token": "given"}, WEB_APP),
    ],
)
def test_the_test_button_of_an_app_by_consent_tests_its_secret_and_spends_no_token(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, hook: Any, system: str, extra: dict[str, Any], app: dict[str, str]
) -> None:
    alone = replace(stage.around, tokens=Surroundings().tokens)
    connection(monkeypatch, system, extra, **app)
    ok, words = hook(f"{system}_tried", alone).test_connection()
    assert ok
    assert "accepts the client id and secret. This button spends no token: try the consent with" in words
    assert not stage.records(f"{system}.access_tokens")
    connection(monkeypatch, system, extra, **app | {"password": "wrong-wrong"})
    ok, words = hook(f"{system}_tried", alone).test_connection()
    assert not ok
    assert "does not accept the client id or the client secret" in words


def test_a_token_that_works_once_is_not_spent_where_the_next_one_cannot_be_kept(stage: Stage) -> None:
    alone = replace(stage.around, tokens=Surroundings().tokens)
    with pytest.raises(FixTheSetup, match="its tokens cannot be reached from here"):
        quickbooks_online(stage.quickbooks_account(), REALM, alone)
    assert stage.requests("quickbooks_online") == []


def test_an_app_connected_to_nothing_is_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    connection(monkeypatch, "xero", {})
    for row in stage.records("xero.connections"):
        stage.sandbox.world.tables.remove("xero.connections", row["id"])
    assert xero_test(stage) == (
        False,
        "Xero accepts the app, but it is connected to no organisation. Connect it in Xero.",
    )


def test_a_vendor_that_is_down_is_told_and_not_raised(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    connection(monkeypatch, "xero", {})
    stage.fault(Fault(kind="status", status=503, path="/connections"))
    ok, words = xero_test(stage)
    assert (ok, words) == (False, "Xero is in trouble (status 503).")


@pytest.mark.feature("XER-2", "XER-3")
@pytest.mark.parametrize(
    ("country", "code", "plan"),
    [
        ("US", "STARTER", "Early"),
        ("US", "STANDARD", "Growing"),
        ("US", "PREMIUM", "Established"),
        ("GB", "IGNITE", "Ignite"),
        ("AU", "GROW", "Grow"),
        ("NZ", "COMPREHENSIVE", "Comprehensive"),
        *(
            ("AU", code, "Ultimate")
            for code in ("ULTIMATE", "ULTIMATE_10", "ULTIMATE_20", "ULTIMATE_50", "ULTIMATE_100")
        ),
    ],
)
def test_supported_plans_are_recognised_by_country(country: str, code: str, plan: str) -> None:
    assert plan_name(country, code) == plan
    assert why_not(country, code, "BUSINESS") is None


@pytest.mark.feature("XER-2", "XER-4")
@pytest.mark.parametrize(
    ("organisation", "words"),
    [
        ({"Class": "GST_CASHBOOK"}, "The plan 'GST_CASHBOOK' is not supported in US; supported are Demo, Trial, Early"),
        ({"Class": "ULTIMATE"}, "The plan 'ULTIMATE' is not supported in US"),
        ({"CountryCode": "BR"}, "Xero organisations in BR are not supported"),
        ({"Edition": "PARTNER"}, "partner edition"),
    ],
)
def test_an_unsupported_organisation_is_refused_in_words(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, organisation: dict[str, str], words: str
) -> None:
    connection(monkeypatch, "xero", {"tenant_id": TENANT})
    stage.seed("xero", "organisation", organisation)
    ok, said = xero_test(stage)
    assert not ok
    assert words in said
    assert words in " ".join(finding.message for finding in stage.xero().check())


def test_the_doctor_finds_nothing_wrong_where_nothing_is(stage: Stage) -> None:
    stage.seed("xero", "tracking_categories", {"Name": "Job"})
    stage.seed("procore", "projects", {"name": "Tower"})
    for system in (stage.procore(), stage.xero()):
        assert [finding for finding in system.check() if not finding.ok] == []


@pytest.mark.feature("PRC-API-12")
def test_the_doctor_reports_other_integrations_origin_ids_before_the_first_write(stage: Stage) -> None:
    stage.seed("procore", "projects", {"name": "Tower", "origin_id": "xero:1"}, {"name": "Mall", "origin_id": "sage-3"})
    stage.seed("procore", "vendors", {"name": "Acme", "origin_id": "sage-9", "is_active": False})
    wrong = {finding.topic: finding.message for finding in stage.procore().check() if not finding.ok}
    assert wrong == {
        "Procore origin ids of companies": "1 companies carry another integration's origin_id: 'Acme' (sage-9).",
        "Procore origin ids of projects": "1 projects carry another integration's origin_id: 'Mall' (sage-3).",
    }
    assert not [one for one in stage.requests("procore") if one.method in {"PATCH", "PUT"}]


def test_the_doctor_names_chosen_projects_that_are_not_permitted(stage: Stage) -> None:
    [tower] = stage.seed("procore", "projects", {"name": "Tower"})
    findings = {finding.topic: finding for finding in stage.procore(projects=(tower["id"], 42)).check()}
    assert not findings["Procore projects"].ok
    assert "42" in findings["Procore projects"].message


def test_the_doctor_stops_at_what_cannot_be_reached(stage: Stage) -> None:
    [finding] = stage.xero(tenant="11111111-1111-4111-8111-111111111111").check()
    assert (finding.ok, finding.required) == (False, True)


def test_the_doctor_warns_of_many_items_and_options(stage: Stage) -> None:
    [job] = stage.seed("xero", "tracking_categories", {"Name": "Job"})
    category = job["TrackingCategoryID"]
    stage.seed("xero", "tracking_options", *({"Name": f"J{n}", "TrackingCategoryID": category} for n in range(95)))
    stage.seed("xero", "items", *({"Code": f"I{n}"} for n in range(3800)))
    wrong = {finding.topic: (finding.message, finding.required) for finding in stage.xero().check() if not finding.ok}
    assert wrong == {
        "Xero tracking category": ("'Job' has 95 active options of 100.", False),
        "Xero items": ("3800 items of about 4000.", False),
    }


def test_a_web_app_signs_in_with_its_refresh_token_and_shares_the_next_one(stage: Stage) -> None:
    code = stage.around.session.get(
        "https://login.xero.com/identity/connect/authorize",
        params={
            "client_id": "xero-demo-webapp",
            "redirect_uri": "https://here.example",
            "response_type": "code",
            "scope": "accounting.contacts offline_access",
        },
        allow_redirects=False,
    ).headers["Location"]
    form = {
        "grant_type": "authorization_code",
        "code": code.partition("code=")[2].partition("&")[0],
        "redirect_uri": "https://here.example",
    }
    signed = stage.around.session.post(
        "https://identity.xero.com/connect/token", data=form, auth=("xero-demo-webapp", "xero-demo-websecret")
    ).json()
    account = stage.xero_account(
        client_id="xero-demo-webapp",
        secret="xero-demo-websecret",
        grant_type="web_app",
        first_refresh_token=signed["refresh_token"],
    )
    store, masked = KeptInMemory(), list[str]()
    around = replace(stage.around, tokens=lambda name: store, mask=masked.append)
    assert xero(account, TENANT, "Job", around).find("contacts", "procore-1", {}) == []
    kept = store.load()
    assert kept is not None
    assert kept.refresh not in {None, signed["refresh_token"]}
    assert set(masked) == {kept.access, kept.refresh}
    stage.sandbox.world.clock.advance(timedelta(hours=1))
    assert xero(account, TENANT, "Job", around).find("contacts", "procore-1", {}) == []


@pytest.mark.parametrize(
    "kind",
    [one.CONNECTION_TYPE for one in (pex_connection, procore_connection, xero_connection, quickbooks_connection)],
)
def test_the_connection_form_is_what_airflow_takes_and_masks_only_secrets(kind: dict[str, Any]) -> None:
    shape = json.loads((Path(airflow.__file__).parent / "provider_info.schema.json").read_text())
    shape["properties"] = {"connection-types": shape["properties"]["connection-types"]}
    jsonschema.validate({"connection-types": [kind]}, {**shape, "required": []})
    for field in kind["conn-fields"].values():
        jsonschema.Draft7Validator.check_schema(field["schema"])
    hidden = {name for name in kind["conn-fields"] if should_hide_value_for_key(name)}
    assert hidden == {name for name in kind["conn-fields"] if name == "refresh_token"}


@pytest.mark.parametrize(
    ("stated", "port", "host"),
    [
        ("https://api.example.com/", 443, "https://api.example.com"),
        ("http://localhost", 9400, "http://localhost:9400"),
        ("http://localhost:9400", 443, "http://localhost:9400"),
        ("http://[::1]", 9400, "http://[::1]:9400"),
        ("http://[::1]:9400", 9401, "http://[::1]:9400"),
        ("", 443, "https://vendor.example"),
        (None, None, "https://vendor.example"),
        ("no address", 443, "no address"),
    ],
)
def test_the_port_of_a_connection_joins_a_host_that_names_none(stated: str | None, port: int | None, host: str) -> None:
    assert host_of(stated, port, "https://vendor.example") == host
