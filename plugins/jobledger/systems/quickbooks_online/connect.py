"""From an account to a connected `QuickBooksOnline`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from jobledger.systems.auth import Bearer, refresh_token
from jobledger.systems.client import Client
from jobledger.systems.consent import Consent, Organisation, Vendor
from jobledger.systems.quickbooks_online.api import Api
from jobledger.systems.quickbooks_online.facts import Facts
from jobledger.systems.quickbooks_online.limits import BATCHES, LIMITS, told
from jobledger.systems.quickbooks_online.refusals import TITLE, faults_of, whole
from jobledger.systems.quickbooks_online.system import QuickBooksOnline
from jobledger.systems.surroundings import Account, Surroundings

DOMAINS = ("intuit.com",)
DEFAULT_HOST = "https://quickbooks.api.intuit.com"
DEFAULT_OAUTH_URL = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"
SYSTEM = "quickbooks_online"

VENDOR = Vendor(
    system=SYSTEM,
    title=TITLE,
    giver="an administrator of the QuickBooks company",
    authorize="https://appcenter.intuit.com/connect/oauth2",
    token=DEFAULT_OAUTH_URL,
    revoke="https://developer.api.intuit.com/v2/oauth2/tokens/revoke",
    revoke_as="document",
    scopes=("com.intuit.quickbooks.accounting",),
    brings=("code", "realmId"),
)
"""Where QuickBooks asks for consent, and what its redirect brings (Intuit: authorization with OAuth 2.0)."""


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
    client.explain = lambda answer: whole(faults_of(answer.body), answer.status, account.where, account.name)
    grant = refresh_token(*around.login(SYSTEM, TITLE, account), account.first_refresh_token)
    client.auth = Bearer(grant, around.tokens(account.name), around.clock, around.sleep, around.mask)
    return client


def consent(account: QuickBooksAccount, around: Surroundings) -> Consent:
    """How an administrator connects the app to a company. Raises `FixTheSetup` for an account that cannot be used."""
    account.check_hosts(DOMAINS)
    return Consent(VENDOR, account, around, partial(_company, account, around))


def _company(account: QuickBooksAccount, around: Surroundings, told: Mapping[str, str]) -> list[Organisation]:
    """The one company that a consent is for. Raises `FixTheSetup`, `RetryLater`."""
    realm_id = told["realmId"]
    api = quickbooks_online(account, realm_id, around).api
    return [Organisation(realm_id, str(Facts(api, {}).company.get("CompanyName")))]
