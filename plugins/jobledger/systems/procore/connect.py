"""From an account to a connected `Procore`."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from jobledger.systems.auth import App, Bearer, client_credentials
from jobledger.systems.client import Client
from jobledger.systems.procore.limits import LIMITS, told
from jobledger.systems.procore.reading import Reading
from jobledger.systems.procore.system import Procore
from jobledger.systems.surroundings import Account, Surroundings

TITLE = "Procore"
DOMAINS = ("procore.com", "procoregov.com")
DEFAULT_HOST = "https://api.procore.com"
LOGIN_HOSTS = {
    "api.procore.com": "https://login.procore.com",
    "sandbox.procore.com": "https://login-sandbox.procore.com",
    "api-monthly.procore.com": "https://login-sandbox-monthly.procore.com",
    "api.procoregov.com": "https://login.procoregov.com",
}
"""Where each environment issues its tokens (Procore: development environments)."""


SERVICE_ACCOUNT = (
    "Make a service account in Procore first: install the app under Company Admin > App Management, which gives the "
    "company its service account (one that the company made itself stands in the company Directory). Set it to Admin "
    "for the Directory tool, permit the projects, and fill in client id and client secret."
)
"""How one gets credentials where there are none (PEX-8, PEX-9)."""


@dataclass(frozen=True)
class ProcoreAccount(Account):
    """A connection to Procore; `company_id` is the company that it names, one of those that have the app."""

    company_id: int | None = None


def oauth_url(host: str) -> str:
    """The address that issues tokens for an API host."""
    login = LOGIN_HOSTS.get(urlsplit(host).hostname or "", host)
    return f"{login.rstrip('/')}/oauth/token"


def procore(
    account: ProcoreAccount, company_id: int, reading: Reading | None = None, around: Surroundings | None = None
) -> Procore:
    """A connector for one company. Raises `FixTheSetup` for an account that cannot be used."""
    around = around or Surroundings()
    client = signed_in(account, around)
    client.budget = around.budget(("procore", f"{account.client_id}:{company_id}"), TITLE, LIMITS, told)
    return Procore(client, company_id, reading, account.company_id)


def signed_in(account: Account, around: Surroundings) -> Client:
    """A client with the app's own token (client credentials)."""
    account.check_hosts(DOMAINS, SERVICE_ACCOUNT)
    parts = urlsplit(account.oauth_url)
    login = around.client("procore", TITLE, f"{parts.scheme}://{parts.netloc}", account.where)
    app = App(account.client_id, account.secret, parts.path)
    client = around.client("procore", TITLE, account.host, account.where)
    client.auth = Bearer(client_credentials(login, app), clock=around.clock, sleep=around.sleep, mask=around.mask)
    return client
