"""The sandbox in the test's own process, and both connectors on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from jobledger.systems.auth import KeptInMemory
from jobledger.systems.pex.connect import PexAccount, pex
from jobledger.systems.pex.reading import Reading as PexReading
from jobledger.systems.pex.system import Pex
from jobledger.systems.procore.connect import ProcoreAccount, oauth_url, procore
from jobledger.systems.procore.reading import Reading
from jobledger.systems.procore.system import Procore
from jobledger.systems.quickbooks_online.connect import DEFAULT_OAUTH_URL, QuickBooksAccount, quickbooks_online
from jobledger.systems.quickbooks_online.system import QuickBooksOnline
from jobledger.systems.surroundings import Surroundings
from jobledger.systems.xero.connect import XeroAccount, xero
from jobledger.systems.xero.system import Xero
from sandbox.app import Sandbox
from sandbox.faults import Fault
from sandbox.in_process import session_on
from sandbox.world import Clock

COMPANY = 598134325683880
TENANT = "7f1c0c3e-2a54-4a0e-9d4e-0b5f6c1d2e3f"
REALM = "9341453908112233"
BUSINESS = "102233"
PEX = "https://coreapi.pexcard.com"
PROCORE = "https://api.procore.com"
XERO = "https://api.xero.com"
QUICKBOOKS = "https://quickbooks.api.intuit.com"


@dataclass
class Stage:
    """A sandbox whose time stands still unless something sleeps, and connectors on it."""

    sandbox: Sandbox
    around: Surroundings
    slept: list[float]
    logged: list[str]

    def procore(self, company: int = COMPANY, **options: Any) -> Procore:
        account = ProcoreAccount(
            "procore_demo", PROCORE, oauth_url(PROCORE), "procore-demo-client", "procore-demo-secret"
        )
        return procore(account, company, Reading(**options), self.around)

    def xero(self, tenant: str = TENANT, category: str | None = "Job", retainage: str | None = None) -> Xero:
        return xero(self.xero_account(), tenant, category, self.around, retainage)

    def xero_account(self, **changes: Any) -> XeroAccount:
        values = {"client_id": "xero-demo-client", "secret": "xero-demo-secret", **changes}
        return XeroAccount("xero_demo", XERO, "https://identity.xero.com/connect/token", **values)

    def quickbooks(self, realm: str = REALM, **named: Any) -> QuickBooksOnline:
        return quickbooks_online(self.quickbooks_account(), realm, self.around, **named)

    def quickbooks_account(self, **changes: Any) -> QuickBooksAccount:
        values = {"client_id": "quickbooks-demo-client", "secret": "quickbooks-demo-secret", **changes}
        first = values.pop("first_refresh_token", "quickbooks-demo-refresh")
        return QuickBooksAccount("quickbooks_demo", QUICKBOOKS, DEFAULT_OAUTH_URL, first_refresh_token=first, **values)

    def pex(self, business: str = BUSINESS, reading: PexReading | None = None, **account: Any) -> Pex:
        return pex(self.pex_account(**account), business, self.around, reading)

    def pex_account(self, **changes: Any) -> PexAccount:
        return PexAccount(**{"name": "pex_demo", "host": PEX, "token": "pex-demo-token", **changes})

    def seed(self, system: str, entity: str, *records: dict[str, Any]) -> list[dict[str, Any]]:
        return [self.sandbox.vendors[system].seed(entity, record) for record in records]

    def fault(self, *faults: Fault) -> None:
        self.sandbox.faults.active = list(faults)

    def records(self, name: str) -> list[dict[str, Any]]:
        return list(self.sandbox.world.tables.all(name))

    def requests(self, system: str, method: str | None = None) -> list[Any]:
        entries = [one for one in self.sandbox.log.entries() if one.system == system]
        return [one for one in entries if method in {None, one.method}]


def set_up() -> Iterator[Stage]:
    """An empty sandbox at eight in the morning."""
    base = datetime.fromisoformat("2026-03-02T08:00:00+00:00").timestamp()
    sandbox = Sandbox(clock=Clock(lambda: base))
    yield stage_on(sandbox)
    sandbox.close()


def stage_on(sandbox: Sandbox) -> Stage:
    """Connectors on a sandbox in this process; who sleeps only moves its clock."""
    slept: list[float] = []
    logged: list[str] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        sandbox.world.clock.advance(timedelta(seconds=seconds))

    kept: defaultdict[str, KeptInMemory] = defaultdict(KeptInMemory)
    session = session_on(sandbox)
    around = Surroundings(session, sandbox.world.clock.now, sleep, tokens=kept.__getitem__, log=logged.append)
    return Stage(sandbox, around, slept, logged)
