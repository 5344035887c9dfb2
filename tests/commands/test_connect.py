"""`airflow jobledger connect` and `disconnect`: a browser, a redirect to this machine, tokens kept or not."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from jobledger import platform
from jobledger.commands import connect as commands
from jobledger.commands.connect import connect, disconnect
from jobledger.errors import FixTheSetup
from jobledger.store import links
from jobledger.store.engine import writing
from jobledger.store.tables import oauth_token
from jobledger.systems.base import Window
from jobledger.systems.consent import receive
from jobledger.systems.quickbooks_online.hook import QuickBooksOnlineHook
from jobledger.systems.xero.hook import XeroHook
from sandbox.faults import Fault
from tests.commands.office import Office
from tests.sandbox.server import serving
from tests.systems.stage import REALM, TENANT

NAME = "Summit Ridge Builders"
LOGINS = {
    "quickbooks_online": ("quickbooks-demo-client", "quickbooks-demo-secret", "/oauth2/v1/tokens/bearer"),
    "xero": ("xero-demo-webapp", "xero-demo-websecret", "/connect/token"),
}
QUICKBOOKS, WEB_APP = "books_quickbooks", "books_xero"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Desk:
    """An administrator's shell and browser, and the vendors behind a real socket."""

    office: Office
    url: str
    setenv: Callable[[str, str], None]
    port: int = field(default_factory=free_port)
    pages: list[str] = field(default_factory=list)
    visits: list[threading.Thread] = field(default_factory=list)
    led: Callable[[str], str] = lambda address: address

    def connection(self, name: str, kind: str, extra: dict[str, Any] | None = None, **changes: Any) -> None:
        """An Airflow connection whose hosts are the sandbox."""
        login, password, path = LOGINS[kind]
        values = {"conn_type": kind, "host": self.url, "login": login, "password": password, **changes}
        self.setenv(
            f"AIRFLOW_CONN_{name.upper()}",
            json.dumps(values | {"extra": {"oauth_url": self.url + path} | (extra or {})}),
        )

    def open(self, address: str) -> bool:
        """The browser goes to an address, follows where it is sent, and keeps the page."""
        visit = threading.Thread(target=lambda: self.pages.append(requests.get(self.led(address), timeout=30).text))
        self.visits.append(visit)
        visit.start()
        return True

    def connect(self, name: str, **args: Any) -> str:
        told = self.office.do(connect, **self._args(name, args))
        self._closed()
        return told

    def refused(self, name: str, **args: Any) -> str:
        told = self.office.fails(connect, **self._args(name, args))
        self._closed()
        return told

    def tokens(self) -> list[Any]:
        return self.office.night.rows(oauth_token)

    def sandbox_later(self, **time: float) -> None:
        self.office.night.stage.sandbox.world.clock.advance(timedelta(**time))

    def asked(self, path: str) -> int:
        """How many requests a path of the vendors has got."""
        return sum(path in one.path for one in self.office.night.stage.sandbox.log.entries())

    def _args(self, name: str, args: dict[str, Any]) -> dict[str, Any]:
        options = {"port": self.port, "no_browser": False, "paste": False, "redirect": None}
        return {"connection": name, **options, **args}

    def _closed(self) -> None:
        for visit in self.visits:
            visit.join(30)


@pytest.fixture
def desk(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with serving(office.night.stage.sandbox) as url:
        made = Desk(office, url, monkeypatch.setenv)
        made.connection(QUICKBOOKS, "quickbooks_online")
        made.connection(WEB_APP, "xero", {"grant_type": "web_app"})
        monkeypatch.setattr("webbrowser.open", lambda address: made.open(address))
        yield made


@dataclass
class Keyboard:
    """What is typed in: the address to which the vendor sends the browser, changed by `typed`."""

    desk: Desk
    typed: Callable[[str], str] = lambda address: address
    shown: str = ""

    def readline(self) -> str:
        self.shown = self.desk.office.shown.readouterr().out
        [address] = [line for line in self.shown.splitlines() if line.startswith("http")]
        answer = requests.get(address, allow_redirects=False, timeout=30)
        return self.typed(answer.headers["Location"]) + "\n"


@pytest.fixture
def keyboard(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Keyboard:
    made = Keyboard(desk)
    monkeypatch.setattr("sys.stdin", made)
    return made


@pytest.mark.feature("SMX-QBO-8")
def test_a_consent_in_the_browser_connects_quickbooks_and_says_which_company(desk: Desk) -> None:
    told = desk.connect(QUICKBOOKS)
    assert f"Both tokens of '{QUICKBOOKS}' are stored, encrypted." in told
    assert f"Connected to {NAME} ({REALM})." in told
    assert f"No integration uses '{QUICKBOOKS}' yet. In its file: accounting.tenant_id: \"{REALM}\"." in told
    [page] = desk.pages
    assert f"Connected to {NAME} ({REALM})." in page
    system = QuickBooksOnlineHook(QUICKBOOKS, platform.surroundings()).get_system(REALM)
    assert next(finding.message for finding in system.check()).startswith(f"Connected to {NAME}")
    assert desk.asked("/oauth2/v1/tokens/bearer") == 1


LISTS = ("contacts", "accounts", "items", "tax_codes", "locations", "classes")


@pytest.mark.feature("SMX-QBO-9", "SMX-QBO-10")
def test_once_quickbooks_is_connected_its_lists_can_be_read_and_nothing_was_written(desk: Desk) -> None:
    night = desk.office.night
    income = next(one for one in night.stage.records("quickbooks_online.accounts") if one["AcctNum"] == "4000")
    kept = {
        "vendors": {"DisplayName": "Acme"},
        "items": {"Name": "03-300.S", "Type": "Service", "IncomeAccountRef": {"value": income["Id"]}},
        "departments": {"Name": "North"},
        "classes": {"Name": "Concrete"},
    }
    for entity, record in kept.items():
        night.stage.seed("quickbooks_online", entity, record)
    before = night.writes()
    desk.connect(QUICKBOOKS)
    system = QuickBooksOnlineHook(QUICKBOOKS, platform.surroundings()).get_system(REALM)
    for entity in LISTS:
        rows = [row for page in system.read(entity, Window()) for row in page.rows]
        assert [system.entities[entity].card(row).id for row in rows] == [row["id"] for row in rows] != [], entity
    assert night.writes() == before


def test_a_consent_connects_a_web_app_of_xero_and_names_its_organisations(desk: Desk) -> None:
    told = desk.connect(WEB_APP)
    assert f"Connected to {NAME} ({TENANT})." in told
    [asked] = [one for one in desk.office.night.stage.sandbox.log.entries() if one.path.endswith("/authorize")]
    query = parse_qs(asked.query)
    assert query["code_challenge_method"] == ["S256"]
    assert {"offline_access", "accounting.invoices", "accounting.settings"} <= set(query["scope"][0].split())
    assert XeroHook(WEB_APP, platform.surroundings()).get_system(TENANT).find("contacts", "procore-1", {}) == []


def test_tokens_are_encrypted_in_the_table_and_printed_nowhere(desk: Desk) -> None:
    told = desk.connect(QUICKBOOKS)
    [row] = desk.tokens()
    token = platform.surroundings().tokens(QUICKBOOKS).load()
    assert token is not None
    assert token.refresh is not None
    for secret in (token.access, token.refresh, "quickbooks-demo-secret"):
        assert secret not in told + str(row) + "".join(desk.pages)


def test_integrations_of_the_connection_are_compared(desk: Desk) -> None:
    books = {"system": "quickbooks_online", "connection": QUICKBOOKS}
    desk.office.night.set(accounting={**books, "tenant_id": "4711"})
    wrong = "The integration test names 4711, where this consent does not lead: correct accounting.tenant_id."
    assert wrong in desk.connect(QUICKBOOKS)
    desk.office.night.set(accounting={**books, "tenant_id": REALM})
    assert f"The integration test names {NAME}." in desk.connect(QUICKBOOKS)


def test_without_a_browser_the_address_is_printed_and_the_redirect_still_arrives(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def read(text: str) -> None:
        said.append(text)
        if "Give your consent at" in text:
            desk.open(text.splitlines()[1])

    monkeypatch.setattr(commands, "say", read)
    monkeypatch.setattr("webbrowser.open", lambda address: pytest.fail("a browser was opened"))
    desk.connect(QUICKBOOKS, no_browser=True)
    assert f"Connected to {NAME} ({REALM})." in said[-1]


def test_on_a_server_the_address_of_the_redirect_is_pasted(desk: Desk, keyboard: Keyboard) -> None:
    told = desk.connect(QUICKBOOKS, paste=True)
    assert f"Connected to {NAME} ({REALM})." in told
    assert f"The browser is sent back to http://localhost:{desk.port}/callback." in keyboard.shown
    [row] = desk.tokens()
    assert row.version == 1


def test_another_redirect_address_is_asked_for_and_pasted(desk: Desk, keyboard: Keyboard) -> None:
    typed: list[str] = []
    keyboard.typed = lambda address: typed.append(address) or address  # type: ignore[func-returns-value]
    assert f"Connected to {NAME}" in desk.connect(QUICKBOOKS, redirect="https://books.example.com/back")
    assert typed[0].startswith("https://books.example.com/back?code=")


def changed(address: str, **query: str) -> str:
    """An address with another query; an empty value takes a name away."""
    parts = urlsplit(address)
    told = {name: values[0] for name, values in parse_qs(parts.query).items()} | query
    return parts._replace(query=urlencode({name: value for name, value in told.items() if value})).geturl()


ANSWERS = [
    pytest.param(
        partial(changed, code="", error="access_denied"),
        "QuickBooks: consent was not given. Let an administrator of the QuickBooks company give it: start again.",
        marks=pytest.mark.feature("SMX-QBO-8"),
    ),
    (partial(changed, state="another"), "is not to the question that was asked here (another state)"),
    (partial(changed, state=""), "is not to the question that was asked here (another state)"),
    (partial(changed, code=""), "the answer lacks code."),
    (partial(changed, realmId=""), "the answer lacks realmId."),
    (partial(changed, code="", error="invalid_scope"), "QuickBooks: invalid_scope Check client id and scopes"),
    (partial(changed, code="made-up"), "QuickBooks no longer accepts the consent"),
    (lambda address: "", "the address: was not pasted."),
    (lambda address: "yes", "(another state)"),
]


@pytest.mark.parametrize(("typed", "words"), ANSWERS)
def test_an_answer_that_is_no_consent_stores_nothing(
    desk: Desk, keyboard: Keyboard, typed: Callable[[str], str], words: str
) -> None:
    keyboard.typed = typed
    assert words in desk.refused(QUICKBOOKS, paste=True)
    assert [row for row in desk.tokens() if row.access_token or row.claimed_until] == []


@pytest.mark.parametrize(("typed", "words"), ANSWERS[:2])
def test_what_is_wrong_with_a_redirect_is_told_in_the_browser_too(
    desk: Desk, typed: Callable[[str], str], words: str
) -> None:
    def led(address: str) -> str:
        return typed(requests.get(address, allow_redirects=False, timeout=30).headers["Location"])

    desk.led = led
    assert words in desk.refused(QUICKBOOKS)
    assert words in desk.pages[0]
    assert desk.tokens() == []


def test_a_code_that_is_too_old_leaves_the_tokens_that_are_there(desk: Desk, keyboard: Keyboard) -> None:
    desk.connect(QUICKBOOKS, paste=True)
    [before] = desk.tokens()

    def late(address: str) -> str:
        desk.sandbox_later(minutes=11)
        return address

    keyboard.typed = late
    told = desk.refused(QUICKBOOKS, paste=True)
    assert "it expired, was withdrawn, or its token was used elsewhere." in told
    assert f"Connect it: `airflow jobledger connect {QUICKBOOKS}`." in told
    assert desk.tokens() == [before]


def test_other_requests_to_the_port_are_not_the_redirect(desk: Desk) -> None:
    def led(address: str) -> str:
        with socket.create_connection(("127.0.0.1", desk.port)):  # a browser that opens more connections than it needs
            icon = requests.get(f"http://127.0.0.1:{desk.port}/favicon.ico", timeout=30)
        assert icon.status_code == 404
        return address

    desk.led = led
    assert f"Connected to {NAME}" in desk.connect(QUICKBOOKS)


def test_a_port_that_is_taken_is_told_before_anybody_is_asked(desk: Desk) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        told = desk.refused(QUICKBOOKS, port=other.getsockname()[1])
    assert "cannot be listened at" in told
    assert "Choose another one with --port" in told
    assert desk.visits == []


def test_nobody_who_answers_is_not_waited_for_for_ever(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webbrowser.open", lambda address: True)
    monkeypatch.setattr(commands, "receive", partial(receive, patience=0.2))
    assert f"no answer came to http://localhost:{desk.port}/callback within 0 seconds" in desk.refused(QUICKBOOKS)


def test_a_connection_that_cannot_be_connected_is_told(desk: Desk) -> None:
    desk.connection("books_custom", "xero", {"grant_type": "custom_connection"})
    desk.connection("books_nobody", "quickbooks_online", login="")
    desk.connection("books_elsewhere", "quickbooks_online", host="https://evil.example")
    desk.setenv("AIRFLOW_CONN_OTHER", json.dumps({"conn_type": "procore"}))
    assert "Airflow connection 'nowhere': is not there. Make it in the UI" in desk.refused("nowhere")
    told = desk.refused("other")
    assert "is of the type 'procore', which needs no consent. Name one of quickbooks_online, xero." in told
    assert "is a custom connection, which signs in by itself." in desk.refused("books_custom")
    assert "has no client id or no client secret." in desk.refused("books_nobody")
    assert "which is not the vendor's over https" in desk.refused("books_elsewhere")
    assert desk.visits == []


def test_a_wrong_secret_stores_nothing(desk: Desk) -> None:
    desk.connection(QUICKBOOKS, "quickbooks_online", password="hunter2-hunter2")
    told = desk.refused(QUICKBOOKS)
    assert "QuickBooks does not accept the client id or the client secret." in told
    assert "hunter2" not in told
    assert [row for row in desk.tokens() if row.access_token] == []


def test_a_company_that_cannot_be_read_yet_is_told_and_its_tokens_are_kept(desk: Desk) -> None:
    desk.office.night.stage.seed("quickbooks_online", "settings", {"locked": 150})
    told = desk.refused(QUICKBOOKS)
    assert f"Both tokens of '{QUICKBOOKS}' are stored" in told
    assert "QuickBooks is being maintained" in told
    desk.office.night.stage.seed("quickbooks_online", "settings", {"locked": None})
    assert QuickBooksOnlineHook(QUICKBOOKS, platform.surroundings()).get_system(REALM).check()[0].ok


@pytest.mark.parametrize(("name", "title"), [(QUICKBOOKS, "QuickBooks"), (WEB_APP, "Xero")])
def test_disconnecting_takes_the_consent_back_and_forgets_the_tokens(desk: Desk, name: str, title: str) -> None:
    desk.connect(name)
    kept = platform.surroundings().tokens(name).load()
    told = desk.office.do(disconnect, connection=name)
    assert f"{title} holds the app no longer connected." in told
    assert desk.tokens() == []
    assert kept is not None
    revoked = requests.get(f"{desk.url}/connections", headers={"Authorization": f"Bearer {kept.access}"}, timeout=30)
    assert name == QUICKBOOKS or revoked.status_code == 401
    assert f"Airflow connection '{name}': has no stored tokens." in desk.office.fails(disconnect, connection=name)
    desk.connect(name)
    assert len(desk.tokens()) == 1


@pytest.mark.feature("PEX-36")
def test_disconnecting_says_what_remains_and_what_comes_later_is_told_to_connect_again(
    desk: Desk, airflow_db: str
) -> None:
    night = desk.office.night
    night.set(accounting={"system": "quickbooks_online", "connection": QUICKBOOKS, "tenant_id": REALM})
    desk.connect(QUICKBOOKS)
    with writing(night.engine) as connection:
        for number in ("1", "2"):
            links.make(connection, night.integration.pair, "cost_codes", (number, number), "ann", datetime.now(UTC))
    told = desk.office.do(disconnect, connection=QUICKBOOKS)
    for line in (
        "No DAG had to be paused: Airflow has read none of the integrations that use it.",
        "QuickBooks holds the app no longer connected.",
        f"Connect it again with `airflow jobledger connect {QUICKBOOKS}`.",
        "What remains of test (Procore and QuickBooks):",
        "linked records, which stay on both sides: cost codes 2",
        "open records: 0",
        "links and history: kept for 7 years (retention_years)",
    ):
        assert line in told
    with pytest.raises(FixTheSetup, match=f"airflow jobledger connect {QUICKBOOKS}"):
        list(QuickBooksOnlineHook(QUICKBOOKS, platform.surroundings()).get_system(REALM).read("contacts", Window()))


def test_a_connection_of_another_type_or_that_is_not_there_cannot_be_disconnected(desk: Desk) -> None:
    desk.setenv("AIRFLOW_CONN_OTHER", json.dumps({"conn_type": "http"}))
    assert "Airflow connection 'other': is of the type 'http'." in desk.office.fails(disconnect, connection="other")
    assert "Airflow connection 'nowhere': is not there." in desk.office.fails(disconnect, connection="nowhere")


def test_a_consent_that_was_withdrawn_at_the_vendor_is_forgotten_all_the_same(desk: Desk) -> None:
    desk.connect(QUICKBOOKS)
    desk.office.night.stage.seed("quickbooks_online", "settings", {"connected": False})
    assert "QuickBooks did not know the consent any more." in desk.office.do(disconnect, connection=QUICKBOOKS)
    assert desk.tokens() == []


def test_while_the_vendor_is_down_nothing_is_forgotten(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.connect(QUICKBOOKS)
    [before] = desk.tokens()
    monkeypatch.setattr("jobledger.systems.client.MOST_ATTEMPTS", 1)
    desk.office.night.stage.fault(Fault(kind="status", status=503, path="revoke"))
    assert "503" in desk.office.fails(disconnect, connection=QUICKBOOKS)
    [after] = desk.tokens()
    assert (after.refresh_token, after.claimed_until) == (before.refresh_token, None)
