"""From an account to a connected `Xero`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from jobledger.errors import FixTheSetup
from jobledger.systems.auth import Bearer, Grant, KeptInMemory, client_credentials, refresh_token
from jobledger.systems.base import Record
from jobledger.systems.client import Client
from jobledger.systems.consent import Consent, Organisation, Vendor
from jobledger.systems.surroundings import Account, Surroundings
from jobledger.systems.xero.limits import LIMITS, told
from jobledger.systems.xero.system import Xero

TITLE = "Xero"
DOMAINS = ("xero.com",)
DEFAULT_HOST = "https://api.xero.com"
DEFAULT_OAUTH_URL = "https://identity.xero.com/connect/token"

VENDOR = Vendor(
    system="xero",
    title=TITLE,
    giver="a user with the role Standard or Adviser in the Xero organisation",
    authorize="https://login.xero.com/identity/connect/authorize",
    token=DEFAULT_OAUTH_URL,
    revoke="https://identity.xero.com/connect/revocation",
    revoke_as="form",
    scopes=(
        "offline_access",
        "accounting.contacts",
        "accounting.invoices",
        "accounting.payments",
        "accounting.banktransactions",
        "accounting.settings",
    ),
    pkce=True,
)
"""Where Xero asks for consent; the scopes are those of all that the connector reads and writes (Xero: scopes)."""

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


def consent(account: XeroAccount, around: Surroundings) -> Consent:
    """How a user connects a web app to organisations. Raises `FixTheSetup` for an account that cannot be used."""
    account.check_hosts(DOMAINS)
    if account.grant_type == "custom_connection":
        found = "is a custom connection, which signs in by itself."
        raise FixTheSetup(account.where, found, "It needs no consent here; for a web app choose 'web_app' in its form.")
    return Consent(VENDOR, account, around, partial(_organisations, account, around))


def _organisations(account: XeroAccount, around: Surroundings, told: Mapping[str, str]) -> list[Organisation]:
    """The organisations that the app is connected to. Raises `FixTheSetup`, `RetryLater`."""
    connected: list[Record] = signed_in(account, around).get("connections").body or []
    return [Organisation(str(one.get("tenantId")), str(one.get("tenantName"))) for one in connected]


def _grant(account: XeroAccount, around: Surroundings) -> Grant:
    login, app = around.login("xero", TITLE, account)
    if account.grant_type == "custom_connection":
        return client_credentials(login, app)
    return refresh_token(login, app, account.first_refresh_token)
