"""PEX's token from the connection to its renewal, what the Test button and the doctor say, and where the token goes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.fernet import Fernet

from jobledger.errors import Finding, FixTheSetup, RetryLater
from jobledger.pipeline.shared import SharedTokens
from jobledger.store.engine import make_engine
from jobledger.store.tables import metadata
from jobledger.systems.base import Window
from jobledger.systems.pex.connect import PexAccount, pex
from jobledger.systems.pex.hook import PexHook
from jobledger.systems.pex.system import Pex
from sandbox.faults import Fault
from tests.systems.pex_cards import TAGS, Cards
from tests.systems.scripted import Scripted, reply
from tests.systems.stage import BUSINESS, PEX, Stage

FIRST = "pex-demo-token"
"""The token that an administrator has made by hand."""

NEW_ONE = "Profile > Authorized Apps"
IN_LAST_MONTH = timedelta(days=170)
"""So long after a token was made it has two weeks left."""


def connected(stage: Stage, token: str = FIRST, **changes: Any) -> Pex:
    """A connector of a new process: only the store is as it was."""
    return stage.pex(token=token, **changes)


def used(stage: Stage) -> list[str]:
    """The paths that were asked, in order."""
    return [one.path for one in stage.requests("pex")]


def tokens(stage: Stage) -> dict[str, str]:
    """The tokens that PEX knows, and when each ends."""
    return {one["Token"]: one["TokenExpiration"] for one in stage.records("pex.tokens")}


def reads(system: Pex) -> None:
    list(system.read("project_options", Window()))


@pytest.fixture
def cards(stage: Stage) -> Cards:
    return Cards(stage)


# --- the token -------------------------------------------------------------------------------------------------------


def test_the_token_is_used_as_it_was_typed_and_looked_at_once_a_day(cards: Cards) -> None:
    reads(connected(cards.stage))
    reads(connected(cards.stage))
    assert used(cards.stage).count("/v4/Token/Current") == 1
    cards.stage.sandbox.world.clock.advance(timedelta(days=1))
    reads(connected(cards.stage))
    assert used(cards.stage).count("/v4/Token/Current") == 2
    assert list(tokens(cards.stage)) == [FIRST]


def test_a_token_is_renewed_in_its_last_month_and_the_new_one_serves_all_processes(cards: Cards) -> None:
    cards.stage.sandbox.world.clock.advance(IN_LAST_MONTH)
    for _ in range(3):
        reads(connected(cards.stage))
    assert used(cards.stage).count("/v4/Token/Renew") == 1
    assert len(tokens(cards.stage)) == 2
    cards.stage.sandbox.world.clock.advance(timedelta(days=30))
    assert tokens(cards.stage)[FIRST] < cards.stage.sandbox.world.clock.now().isoformat()
    reads(connected(cards.stage))


def test_a_token_that_is_not_renewed_yet_goes_on_until_it_ends(cards: Cards) -> None:
    cards.stage.sandbox.world.clock.advance(IN_LAST_MONTH)
    cards.stage.fault(Fault(kind="status", status=400, path="Token/Renew"))
    reads(connected(cards.stage))
    assert any("does not renew the token, which ends 2026-09-02" in line for line in cards.stage.logged)
    cards.stage.sandbox.world.clock.advance(timedelta(days=13, hours=18))
    with pytest.raises(FixTheSetup, match="PEX does not renew the token") as raised:
        reads(connected(cards.stage))
    assert NEW_ONE in str(raised.value)


def test_another_token_in_the_connection_begins_anew(cards: Cards) -> None:
    cards.stage.sandbox.world.clock.advance(IN_LAST_MONTH)
    reads(connected(cards.stage))
    cards.put("tokens", Token="made-anew")
    seen = len(used(cards.stage))
    reads(connected(cards.stage, "made-anew"))
    assert used(cards.stage)[seen] == "/v4/Token/Current"
    assert len(tokens(cards.stage)) == 3
    for token in set(tokens(cards.stage)) - {"made-anew"}:
        cards.stage.sandbox.vendors["pex"].remove("tokens", token)
    reads(connected(cards.stage, "made-anew"))


@pytest.mark.feature("PEX-36")
def test_disconnecting_revokes_the_token_as_it_was_typed_and_as_it_was_renewed(
    cards: Cards, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards.stage.sandbox.world.clock.advance(IN_LAST_MONTH)
    reads(connected(cards.stage))
    assert len(tokens(cards.stage)) == 2
    typed = {"conn_type": "pex", "host": PEX, "password": FIRST}
    monkeypatch.setenv("AIRFLOW_CONN_PEX_DEMO", json.dumps(typed))
    assert PexHook("pex_demo", cards.stage.around).disconnect().startswith("PEX has revoked the token.")
    assert tokens(cards.stage) == {}
    with pytest.raises(FixTheSetup, match="Token expired or does not exist"):
        reads(connected(cards.stage))


@pytest.fixture
def shared(cards: Cards, tmp_path: Path) -> Iterator[Stage]:
    """The same sandbox, with the store of tokens that tasks share."""
    engine = make_engine(f"sqlite:///{tmp_path / 'jobledger.db'}")
    metadata.create_all(engine)
    cipher = Fernet(Fernet.generate_key())
    clock = cards.stage.sandbox.world.clock.now
    around = replace(cards.stage.around, tokens=lambda name: SharedTokens(engine, name, cipher, clock))
    yield replace(cards.stage, around=around)
    engine.dispose()


def test_processes_share_a_renewed_token_through_the_database(shared: Stage) -> None:
    shared.sandbox.world.clock.advance(IN_LAST_MONTH)
    for _ in range(2):
        reads(connected(shared))
    assert used(shared).count("/v4/Token/Renew") == 1
    shared.seed("pex", "tokens", {"Token": "made-anew"})
    reads(connected(shared, "made-anew"))
    assert len(tokens(shared)) == 3


def password_changed(cards: Cards) -> None:
    cards.put("settings", password_changed=True)


def user_inactive(cards: Cards) -> None:
    cards.put("settings", user_active=False)


def token_gone(cards: Cards) -> None:
    cards.stage.sandbox.vendors["pex"].remove("tokens", FIRST)


DEATHS = {
    "Password has changed": password_changed,
    "User is not active": user_inactive,
    "Token expired or does not exist": token_gone,
}


@pytest.mark.parametrize("told", DEATHS)
@pytest.mark.parametrize("at_work", [False, True])
def test_a_dead_token_is_told_with_what_to_do_and_not_asked_about_in_a_loop(
    cards: Cards, told: str, at_work: bool
) -> None:
    system = connected(cards.stage)
    if at_work:
        reads(system)
        cards.stage.sandbox.world.clock.advance(timedelta(hours=1))
    DEATHS[told](cards)
    cards.stage.sandbox.log.clear()
    with pytest.raises(FixTheSetup, match=r"Airflow connection 'pex_demo': PEX does not accept the token") as raised:
        reads(system)
    assert "make a token (Profile > Authorized Apps > Generate Token) and put it into the connection" in str(
        raised.value
    )
    assert len(used(cards.stage)) <= 2


def test_a_token_of_another_business_is_refused_before_anything_is_written(cards: Cards) -> None:
    wrong = cards.stage.pex(business="777")
    with pytest.raises(FixTheSetup) as raised:
        wrong.facts("project_options")
    assert f"holds a token of the business {BUSINESS} (Ironwood Builders), and the integration names 777" in str(
        raised.value
    )
    assert "Correct accounting.tenant_id" in str(raised.value)


def test_a_cardholders_token_is_refused(cards: Cards) -> None:
    cards.put("tokens", Token="anas", UserType="Cardholder")
    with pytest.raises(FixTheSetup, match="holds a cardholder's token, which shows one card only"):
        connected(cards.stage, "anas").facts("project_options")


@pytest.mark.parametrize(
    "host", ["https://evil.example", "http://coreapi.pexcard.com", "https://pexcard.com.evil.example"]
)
def test_a_token_never_goes_to_a_host_that_is_not_pexs(stage: Stage, host: str) -> None:
    with pytest.raises(FixTheSetup, match="which is not PEX's over https"):
        connected(stage, host=host)
    assert stage.requests("pex") == []


def test_a_connection_without_a_token_says_how_one_is_made(stage: Stage) -> None:
    with pytest.raises(FixTheSetup, match="has no API token"):
        connected(stage, "")


def test_no_token_is_logged_shown_or_told_and_each_is_masked(cards: Cards) -> None:
    masked: list[str] = []
    stage = replace(cards.stage, around=replace(cards.stage.around, mask=masked.append))
    stage.sandbox.world.clock.advance(IN_LAST_MONTH)
    stage.fault(Fault(kind="status", status=503, path="Tag/", times=1))
    system = connected(stage)
    reads(system)
    [renewed] = set(tokens(stage)) - {FIRST}
    assert {FIRST, renewed} <= set(masked)
    DEATHS["Password has changed"](cards)
    with pytest.raises(FixTheSetup) as raised:
        reads(connected(stage))
    account = stage.pex_account(token=FIRST)
    words = [*stage.logged, str(raised.value), repr(account), repr(system.api), repr(system.api.client.auth)]
    assert [text for text in words for token in (FIRST, renewed) if token in text] == []


# --- the Test button -------------------------------------------------------------------------------------------------


def tested(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, extra: dict[str, Any] | None = None, **changes: Any
) -> tuple[bool, str]:
    """What Airflow's Test button says of a connection."""
    values = {"conn_type": "pex", "host": PEX, "password": FIRST, "extra": extra or {}, **changes}
    monkeypatch.setenv("AIRFLOW_CONN_PEX_TRIED", json.dumps(values))
    return PexHook("pex_tried", stage.around).test_connection()


@pytest.mark.feature("PEX-5")
def test_a_good_connection_names_the_business_whose_id_the_integration_needs(
    cards: Cards, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = f"Connected to Ironwood Builders, business {BUSINESS} (accounting.tenant_id)."
    assert tested(cards.stage, monkeypatch) == (True, told)
    assert tested(cards.stage, monkeypatch, host=None, password=f" {FIRST}\n") == (True, told)


@pytest.mark.feature("PEX-3", "PEX-4")
@pytest.mark.parametrize(
    ("permission", "called"),
    [
        ("EditBusinessProfile", "Edit business settings & apps"),
        ("ManageCardholder", "Manage cardholder"),
        ("ViewCardTransactions", "View card transactions"),
    ],
)
def test_each_missing_permission_is_named_with_where_it_is_given(
    cards: Cards, monkeypatch: pytest.MonkeyPatch, permission: str, called: str
) -> None:
    cards.put("admin", Permissions={permission: False})
    ok, words = tested(cards.stage, monkeypatch)
    assert not ok
    assert words == (
        f"jobledger@ironwood.example may not: {called}."
        " Switch it on in PEX for the token's user: My Profile > Permissions."
    )
    wrong = [finding for finding in cards.pex().check() if not finding.ok]
    assert [(finding.topic, finding.required) for finding in wrong] == [(f"PEX permission: {called}", True)]


@pytest.mark.feature("PEX-3")
def test_a_permission_that_goes_while_a_run_writes_is_told_and_not_blamed_on_a_record(cards: Cards) -> None:
    cards.put("admin", Permissions={"ViewCardTransactions": False})
    with pytest.raises(FixTheSetup) as raised:
        cards.read()
    assert "PEX does not allow it: User does not have permission: View card transactions" in str(raised.value)
    assert "My Profile > Permissions" in str(raised.value)


def test_the_test_button_renews_no_token_and_keeps_none(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    cards.stage.sandbox.world.clock.advance(IN_LAST_MONTH)
    assert tested(cards.stage, monkeypatch)[0]
    assert list(tokens(cards.stage)) == [FIRST]
    assert cards.stage.around.tokens("pex_tried").load() is None


def test_a_token_that_was_mistyped_is_told_and_not_shown(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    ok, words = tested(cards.stage, monkeypatch, password="hunter2-hunter2")
    assert (ok, "PEX does not accept the token" in words, "hunter2" in words) == (False, True, False)
    assert "looks at the token as it was typed" in words


def test_the_test_button_says_that_pex_is_down(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    cards.stage.fault(Fault(kind="status", status=503, system="pex"))
    ok, words = tested(cards.stage, monkeypatch)
    assert (ok, words.startswith("PEX is in trouble (status 503)")) == (False, True)


def test_a_sandbox_of_ones_own_is_allowed_when_ticked(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    host = "https://sandbox.internal"
    assert tested(cards.stage, monkeypatch, host=host)[0] is False
    assert tested(cards.stage, monkeypatch, {"other_host": True}, host=host)[0] is True


# --- the doctor ------------------------------------------------------------------------------------------------------


def findings(cards: Cards, **reading: Any) -> dict[str, Finding]:
    """What the doctor finds wrong, by topic."""
    return {one.topic: one for one in cards.pex(**reading).check() if not one.ok}


def test_the_doctor_finds_nothing_wrong_where_nothing_is(cards: Cards) -> None:
    assert findings(cards) == {}


def test_the_doctor_stops_at_a_token_of_another_business(cards: Cards) -> None:
    [finding] = cards.stage.pex(business="777").check()
    assert (finding.ok, finding.required, finding.topic) == (False, True, "PEX business")


def test_the_doctor_warns_of_a_token_that_pex_does_not_renew(cards: Cards) -> None:
    cards.stage.sandbox.world.clock.advance(timedelta(days=175))
    cards.stage.fault(Fault(kind="status", status=400, path="Token/Renew"))
    [(topic, finding)] = findings(cards).items()
    assert (topic, finding.required) == ("PEX token", False)
    assert finding.message == "good until 2026-09-02, and PEX has not renewed it."
    assert NEW_ONE in finding.remedy


@pytest.mark.feature("PEX-12")
def test_without_any_of_the_three_tags_nothing_can_be_configured(stage: Stage) -> None:
    cards = Cards(stage)
    for tag in cards.tags.values():
        stage.sandbox.vendors["pex"].remove("tags", tag["Id"])
    [(topic, finding)] = findings(cards).items()
    assert (topic, finding.required) == ("PEX tags", True)
    assert finding.message == "none of the tags 'Projects', 'Cost codes', 'Cost types' is there."


@pytest.mark.feature("PEX-11", "PEX-17")
@pytest.mark.parametrize("name", TAGS)
def test_a_tag_that_is_missing_is_made_by_a_person_in_the_tag_manager(cards: Cards, name: str) -> None:
    cards.stage.sandbox.vendors["pex"].remove("tags", cards.tags[name]["Id"])
    [finding] = findings(cards).values()
    assert f"'{name}' (pex.tags.{name.lower().replace(' ', '_')}) is not there." == finding.message
    assert finding.required
    assert (
        "Business settings > Tag Manager: a tag of the type Dropdown, enabled, with one option Test" in finding.remedy
    )
    unfilled = frozenset({"projects", "cost_codes", "cost_types"} - {name.lower().replace(" ", "_")})
    assert [finding.required for finding in findings(cards, filled=unfilled).values()] == [False]
    kind = {"Projects": "project", "Cost codes": "cost_code", "Cost types": "cost_type"}[name]
    with pytest.raises(FixTheSetup, match=f"PEX tag '{name}' .* is not there"):
        list(cards.pex().read(f"{kind}_options", Window()))


@pytest.mark.feature("PEX-18")
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"Type": "Text"}, "is of the type Text, not Dropdown."),
        ({"IsEnabled": False}, "is not enabled."),
        ({"IsDeleted": True}, "is not there."),
    ],
)
def test_a_tag_that_cannot_be_filled_says_why(cards: Cards, change: dict[str, Any], told: str) -> None:
    cards.put("tags", Id=cards.tags["Projects"]["Id"], **change)
    [finding] = findings(cards).values()
    assert finding.message == f"'Projects' (pex.tags.projects) {told}"


@pytest.mark.feature("PEX-18")
def test_the_cost_codes_tag_has_to_be_required_and_the_others_need_not(cards: Cards) -> None:
    cards.put("tags", Id=cards.tags["Cost codes"]["Id"], IsRequired=False)
    [(topic, finding)] = findings(cards).items()
    assert (topic, finding.message, finding.required) == (
        "PEX tag of cost codes",
        "'Cost codes' is not required.",
        True,
    )
    assert "Tick Required" in finding.remedy


@pytest.mark.feature("PEX-11")
def test_a_tag_is_named_by_its_id_or_by_its_name_in_any_case(cards: Cards) -> None:
    named = {"projects": "PROJECTS ", "cost_codes": cards.tags["Cost codes"]["Id"], "cost_types": "cost types"}
    assert findings(cards, tags=named) == {}


@pytest.mark.feature("PEX-12")
def test_a_business_without_tags_is_told_to_switch_them_on(cards: Cards) -> None:
    cards.put("settings", TagsEnabled=False)
    [finding] = findings(cards).values()
    assert finding.message == "the business has its tags switched off."
    assert "Tag Manager" in finding.remedy


def test_a_token_whose_end_is_not_said_is_asked_about_later(stage: Stage, vendor: Scripted) -> None:
    vendor.answers = [reply(200, '{"BusinessAccountId": 102233}')]
    account = PexAccount("pex_demo", vendor.url, FIRST)
    with pytest.raises(RetryLater, match="PEX does not say when the token ends"):
        reads(pex(account, BUSINESS, replace(stage.around, session=requests.Session())))
