"""From an account to a connected `Xero`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from jobledger.systems.auth import App, Bearer, Grant, KeptInMemory, client_credentials, refresh_token
from jobledger.systems.client import Client
from jobledger.systems.surroundings import Account, Surroundings
from jobledger.systems.xero.limits import LIMITS, told
from jobledger.systems.xero.system import Xero

TITLE = "Xero"
DOMAINS = ("xero.com",)
DEFAULT_HOST = "https://api.xero.com"
DEFAULT_OAUTH_URL = "https://identity.xero.com/connect/token"

GrantType = Literal["custom_connection", "web_app"]


@dataclass(frozen=True)
class XeroAccount(Account):
    """A custom connection signs in by itself; a web app with the refresh token that a user's consent brought."""

    grant_type: GrantType = "custom_connection"
    first_refresh_token: str | None = field(default=None, repr=False)


def xero(
    account: XeroAccount,
    tenant_id: str,
    tracking_category: str | None = None,
    around: Surroundings | None = None,
    retainage_item: str | None = None,
) -> Xero:
    """A connector for one organisation. Raises `FixTheSetup` for an account that cannot be used."""
    around = around or Surroundings()
    client = signed_in(account, around)
    client.budget = around.budget(("xero", tenant_id), TITLE, LIMITS, told)
    return Xero(client, tenant_id, tracking_category, retainage_item)


def signed_in(account: XeroAccount, around: Surroundings) -> Client:
    """A client with a token."""
    account.check_hosts(DOMAINS)
    client = around.client("xero", TITLE, account.host, account.where)
    # A refresh token can be used once, so its tokens are shared by all workers; an app's own are not worth sharing.
    store = around.tokens(account.name) if account.grant_type == "web_app" else KeptInMemory()
    client.auth = Bearer(_grant(account, around), store, around.clock, around.sleep, around.mask)
    return client


def _grant(account: XeroAccount, around: Surroundings) -> Grant:
    parts = urlsplit(account.oauth_url)
    login = around.client("xero", TITLE, f"{parts.scheme}://{parts.netloc}", account.where)
    app = App(account.client_id, account.secret, parts.path, basic=True)
    if account.grant_type == "custom_connection":
        return client_credentials(login, app)
    return refresh_token(login, app, account.first_refresh_token)
