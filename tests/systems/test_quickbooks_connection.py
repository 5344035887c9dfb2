"""A QuickBooks connection that does not hold: each state is told with what to do, and none is asked about in a loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from cryptography.fernet import Fernet

from jobledger.errors import FixTheSetup, JobledgerError, RetryLater
from jobledger.pipeline.shared import SharedTokens
from jobledger.store.engine import make_engine
from jobledger.store.tables import metadata
from jobledger.systems.base import Window, Write
from jobledger.systems.quickbooks_online.connect import QuickBooksAccount, quickbooks_online
from jobledger.systems.quickbooks_online.system import QuickBooksOnline
from jobledger.systems.surroundings import Surroundings
from sandbox.app import Sandbox
from sandbox.faults import Fault
from sandbox.world import Clock
from tests.sandbox.server import serving
from tests.systems.stage import REALM, Stage

SYSTEM = "quickbooks_online"
TOKENS, COMPANY = "/oauth2/v1/tokens/bearer", "/v3/company/"
CONNECT = "`airflow jobledger connect quickbooks_demo`"


def asked(sandbox: Sandbox, path: str) -> int:
    return sum(one.path.startswith(path) for one in sandbox.log.entries())


def reads(system: QuickBooksOnline) -> None:
    list(system.read("contacts", Window()))


def asks_for_changes(system: QuickBooksOnline) -> None:
    list(system.read("contacts", Window(since=system.api.client.clock())))


def asks_by_batch(system: QuickBooksOnline) -> None:
    system.fetch("contacts", [f"vendor-{number}" for number in range(200)])


def writes(system: QuickBooksOnline) -> None:
    system.write("contacts", [Write("1", "create", {"DisplayName": "Acme"}, mark="procore-1")], "a key")


DOORS = (reads, asks_for_changes, asks_by_batch, writes)


def set_to(**settings: Any) -> Callable[[Stage], None]:
    return lambda stage: stage.seed(SYSTEM, "settings", settings) and None


def signed_in_then(change: Callable[[Stage], None]) -> Callable[[Stage], None]:
    """The state comes about after the connector has a token."""

    def happen(stage: Stage) -> None:
        stage.quickbooks().check()
        change(stage)

    return happen


def token_spent(stage: Stage) -> None:
    """The first refresh token was used by something else."""
    stage.around.session.post(
        "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",
        data={"grant_type": "refresh_token", "refresh_token": "quickbooks-demo-refresh"},
        auth=("quickbooks-demo-client", "quickbooks-demo-secret"),
    )


def long_unused(stage: Stage) -> None:
    stage.sandbox.world.clock.advance(timedelta(days=101))


NO_CONSENT = ("no longer accepts the consent", CONNECT)
STATES = {
    "the refresh token is too old": (long_unused, FixTheSetup, NO_CONSENT),
    "the refresh token was used elsewhere": (token_spent, FixTheSetup, NO_CONSENT),
    "the consent was withdrawn": (signed_in_then(set_to(connected=False)), FixTheSetup, NO_CONSENT),
    "the person is gone": (set_to(user_removed=True), FixTheSetup, ("has no access to the company any more", CONNECT)),
    "the person goes": (
        signed_in_then(set_to(user_removed=True)), FixTheSetup, ("has no access to the company any more", CONNECT),
    ),
    "no subscription": (set_to(subscription_lapsed=True), FixTheSetup, ("subscription has ended", "Renew it")),
    "the company is locked": (set_to(locked=140), RetryLater, ("locked by another process",)),
    "maintenance": (set_to(locked=150), RetryLater, ("is being maintained",)),
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("state", STATES)
def test_a_state_of_the_connection_is_told_through_every_door(stage: Stage, state: str, door: Any) -> None:
    happen, error, words = STATES[state]
    happen(stage)
    stage.sandbox.log.clear()
    with pytest.raises(error) as raised:
        door(stage.quickbooks())
    for word in words:
        assert word in str(raised.value)
    assert asked(stage.sandbox, TOKENS) <= 1
    assert asked(stage.sandbox, COMPANY) <= 1
    assert not stage.records(f"{SYSTEM}.vendors")


@pytest.mark.parametrize("state", STATES)
def test_the_doctors_check_stops_at_a_connection_that_does_not_hold(stage: Stage, state: str) -> None:
    happen, error, words = STATES[state]
    happen(stage)
    if error is RetryLater:
        with pytest.raises(RetryLater, match=words[0]):
            stage.quickbooks().check()
        return
    [finding] = stage.quickbooks().check()
    assert (finding.ok, finding.required) == (False, True)
    for word in words:
        assert word in f"{finding.message} {finding.remedy}"


@pytest.mark.feature("XTR-35")
@pytest.mark.parametrize(
    ("plan", "served"), [("Simple Start", False), ("Essentials", False), ("Plus", True), ("Advanced", True)]
)
def test_a_plan_without_orders_classes_and_locations_is_refused(stage: Stage, plan: str, served: bool) -> None:
    set_to(plan=plan)(stage)
    company, *rest = stage.quickbooks().check()
    assert (company.ok, company.required, bool(rest)) == (served, True, served)
    assert f"QuickBooks Online {plan}" in company.message
    assert served or company.remedy == "Upgrade the company's plan."


@pytest.mark.parametrize("door", DOORS)
def test_another_company_or_environment_is_told(stage: Stage, door: Any) -> None:
    with pytest.raises(FixTheSetup, match="its keys are for the other environment") as raised:
        door(stage.quickbooks(realm="4711"))
    assert "Check accounting.tenant_id and the host" in raised.value.remedy
    assert CONNECT in raised.value.remedy


def test_a_token_that_is_refused_again_after_a_renewal_is_not_renewed_for_ever(stage: Stage) -> None:
    stage.fault(Fault(kind="stale_token", path=COMPANY))
    with pytest.raises(FixTheSetup, match="refuses a token that it has just issued"):
        reads(stage.quickbooks())
    assert (asked(stage.sandbox, COMPANY), asked(stage.sandbox, TOKENS)) == (2, 2)


def test_a_person_without_access_costs_no_renewal(stage: Stage) -> None:
    stage.quickbooks().check()
    stage.seed(SYSTEM, "settings", {"user_removed": True})
    stage.sandbox.log.clear()
    for _ in range(3):
        with pytest.raises(FixTheSetup, match="no access to the company"):
            reads(stage.quickbooks())
    assert asked(stage.sandbox, TOKENS) == 0


@pytest.mark.feature("XTR-40")
def test_a_refusal_by_the_second_in_plain_text_is_waited_for(stage: Stage) -> None:
    stage.sandbox.vendors[SYSTEM].quota.set_mode("real")
    session, base = stage.around.session, f"https://quickbooks.api.intuit.com{COMPANY}{REALM}"
    busy = [session.get(f"{base}/companyinfo/{REALM}") for _ in range(11)]
    assert (busy[-1].status_code, "json" in busy[-1].headers["Content-Type"]) == (429, False)
    system = stage.quickbooks()
    reads(system)
    assert sum(stage.slept) >= 1


def test_a_limit_that_never_frees_is_for_later(stage: Stage) -> None:
    stage.fault(Fault(kind="status", status=429, path=COMPANY))
    with pytest.raises(RetryLater, match="limit"):
        reads(stage.quickbooks())
    assert asked(stage.sandbox, COMPANY) <= 6


# -- several workers, the real table, real HTTP ---------------------------------------------------------------------

CIPHER = Fernet(Fernet.generate_key())
START = datetime(2026, 3, 2, 8, tzinfo=UTC)


@dataclass
class Workers:
    """Workers of one connection: each with a session of its own, all with one table."""

    sandbox: Sandbox
    url: str
    engine: Any

    def system(self) -> QuickBooksOnline:
        now = self.sandbox.world.clock.now
        tokens = lambda name: SharedTokens(self.engine, name, CIPHER, now)  # noqa: E731
        around = Surroundings(requests.Session(), now, tokens=tokens, log=lambda text: None)
        app = ("quickbooks-demo-client", "quickbooks-demo-secret")
        account = QuickBooksAccount(
            "acme", self.url, self.url + TOKENS, *app, first_refresh_token="quickbooks-demo-refresh"
        )
        return quickbooks_online(account, REALM, around)

    def work(self, count: int) -> list[Any]:
        """What several workers read at the same time."""

        def read(_: int) -> Any:
            try:
                return self.system().api.get(f"companyinfo/{REALM}").body["CompanyInfo"]["CompanyName"]
            except JobledgerError as error:
                return error

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(read, range(count)))

    def later(self, **time: float) -> None:
        self.sandbox.world.clock.advance(timedelta(**time))


@pytest.fixture
def workers(database_url: str) -> Iterator[Workers]:
    engine = make_engine(database_url)
    metadata.create_all(engine)
    sandbox = Sandbox(clock=Clock(START.timestamp))
    sandbox.reset("empty")
    sandbox.vendors[SYSTEM].quota.set_mode("off")
    with serving(sandbox) as url:
        yield Workers(sandbox, url, engine)
    sandbox.close()
    engine.dispose()


def test_of_workers_that_need_a_token_at_once_one_renews_it_and_the_others_take_it(workers: Workers) -> None:
    assert workers.work(5) == ["Summit Ridge Builders"] * 5
    assert asked(workers.sandbox, TOKENS) == 1
    workers.later(minutes=61)
    assert workers.work(5) == ["Summit Ridge Builders"] * 5
    assert asked(workers.sandbox, TOKENS) == 2


def test_a_worker_that_dies_after_a_renewal_leaves_its_tokens_to_the_next(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = workers.system()
    monkeypatch.setattr(system.api.client, "_once", _dies)
    with pytest.raises(SystemExit):
        system.api.client.auth.header()  # type: ignore[union-attr]
        system.api.get("preferences")
    monkeypatch.undo()
    assert workers.work(1) == ["Summit Ridge Builders"]
    assert asked(workers.sandbox, TOKENS) == 1


def _dies(*_: Any) -> Any:
    raise SystemExit


def test_a_consent_that_ended_is_told_to_every_worker_and_asked_about_once_by_each(workers: Workers) -> None:
    workers.work(1)
    workers.sandbox.vendors[SYSTEM].seed("settings", {"connected": False})
    workers.sandbox.log.clear()
    told = workers.work(3)
    assert all(isinstance(one, FixTheSetup) and "airflow jobledger connect acme" in one.remedy for one in told)
    assert asked(workers.sandbox, TOKENS) <= 3
