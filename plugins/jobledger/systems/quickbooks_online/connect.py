"""From an account to a connected `QuickBooksOnline`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from jobledger.systems.auth import App, Bearer, refresh_token
from jobledger.systems.client import Client
from jobledger.systems.quickbooks_online.api import Api
from jobledger.systems.quickbooks_online.facts import Facts
from jobledger.systems.quickbooks_online.limits import BATCHES, LIMITS, told
from jobledger.systems.quickbooks_online.refusals import TITLE
from jobledger.systems.quickbooks_online.system import QuickBooksOnline
from jobledger.systems.surroundings import Account, Surroundings

DOMAINS = ("intuit.com",)
DEFAULT_HOST = "https://quickbooks.api.intuit.com"
DEFAULT_OAUTH_URL = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"
SYSTEM = "quickbooks_online"


@dataclass(frozen=True)
class QuickBooksAccount(Account):
    """An app with the refresh token that the consent of the company's administrator brought."""

    first_refresh_token: str | None = field(default=None, repr=False)


def quickbooks_online(
    account: QuickBooksAccount,
    realm_id: str,
    around: Surroundings | None = None,
    accounts: Mapping[str, str | None] | None = None,
    tax_codes: Mapping[str, str | None] | None = None,
) -> QuickBooksOnline:
    """A connector for one company. Raises `FixTheSetup` for an account that cannot be used.

    `accounts` and `tax_codes` are what the settings name for each purpose (`facts.PURPOSES`, `facts.TAX_CODES`).
    """
    around = around or Surroundings()
    client = signed_in(account, around)
    place = (SYSTEM, realm_id)
    client.budget = around.budget(place, TITLE, LIMITS, told)
    api = Api(client, realm_id, account.name, around.budget(place, TITLE, BATCHES, told))
    return QuickBooksOnline(api, Facts(api, accounts or {}, tax_codes))


def signed_in(account: QuickBooksAccount, around: Surroundings) -> Client:
    """A client with a token. A refresh token changes every day, so it is shared by all workers."""
    account.check_hosts(DOMAINS)
    client = around.client(SYSTEM, TITLE, account.host, account.where)
    parts = urlsplit(account.oauth_url)
    login = around.client(SYSTEM, TITLE, f"{parts.scheme}://{parts.netloc}", account.where)
    app = App(account.client_id, account.secret, parts.path, basic=True)
    grant = refresh_token(login, app, account.first_refresh_token)
    client.auth = Bearer(grant, around.tokens(account.name), around.clock, around.sleep, around.mask)
    return client
