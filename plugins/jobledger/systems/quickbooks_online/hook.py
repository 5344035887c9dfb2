"""The Airflow hook of the connection type `quickbooks_online`."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

import requests
from airflow.providers.http.hooks.http import HttpHook
from airflow.sdk.log import mask_secret

from jobledger.errors import JobledgerError
from jobledger.integration import Integration
from jobledger.mapping.path import read
from jobledger.systems.consent import Consent
from jobledger.systems.quickbooks_online.connect import (
    DEFAULT_HOST,
    DEFAULT_OAUTH_URL,
    QuickBooksAccount,
    consent,
    quickbooks_online,
)
from jobledger.systems.quickbooks_online.facts import PURPOSES, TAX_CODES
from jobledger.systems.quickbooks_online.system import QuickBooksOnline
from jobledger.systems.surroundings import Surroundings, host_of


class QuickBooksOnlineHook(HttpHook):
    """Connects to QuickBooks Online with an app's client id (login) and client secret (password)."""

    conn_name_attr = "quickbooks_online_conn_id"
    default_conn_name = "quickbooks_online_default"
    conn_type = "quickbooks_online"
    hook_name = "QuickBooks Online"

    def __init__(self, quickbooks_online_conn_id: str = default_conn_name, around: Surroundings | None = None) -> None:
        super().__init__(http_conn_id=quickbooks_online_conn_id)
        self.around = replace(around or Surroundings(), mask=mask_secret)

    @classmethod
    def for_integration(cls, integration: Integration, around: Surroundings | None = None) -> QuickBooksOnline:
        """The connector for an integration's company. Raises `FixTheSetup`."""
        settings = integration.settings()
        accounts = {purpose: read(settings, setting) for purpose, (setting, _) in PURPOSES.items()}
        tax_codes = {purpose: read(settings, setting) for purpose, setting in TAX_CODES.items()}
        books = integration.accounting
        hook = cls(books.connection, around)
        return quickbooks_online(hook.account, books.tenant_id, hook.around, accounts, tax_codes)

    def get_system(self, realm_id: str) -> QuickBooksOnline:
        """A connector for one company, to look at it. Raises `FixTheSetup`."""
        return quickbooks_online(self.account, realm_id, self.around)

    def get_conn(self, headers: dict[Any, Any] | None = None, extra_options: Any = None) -> requests.Session:
        """The one session of this hook. The connection's extras are never sent as headers."""
        return self.around.session

    @cached_property
    def account(self) -> QuickBooksAccount:
        """The connection, looked up once."""
        found = self.get_connection(self.http_conn_id)
        extra = found.extra_dejson
        return QuickBooksAccount(
            name=self.http_conn_id,
            host=host_of(found.host, found.port, DEFAULT_HOST),
            oauth_url=extra.get("oauth_url") or DEFAULT_OAUTH_URL,
            client_id=found.login or "",
            secret=found.password or "",
            other_host=bool(extra.get("other_host")),
            first_refresh_token=extra.get("refresh_token") or None,
        )

    def consent(self) -> Consent:
        """How an administrator connects the app to a company. Raises `FixTheSetup`."""
        return consent(self.account, self.around)

    def disconnect(self) -> str:
        """Takes the consent back; what came of it, in words. Raises as `Consent.disconnect`."""
        return self.consent().disconnect()

    def test_connection(self) -> tuple[bool, str]:
        """Whether QuickBooks knows the app; what is wrong, in words.

        Airflow tests a connection under another name, so its tokens are not found, and none may be spent.
        """
        try:
            return True, self.consent().check_app()
        except JobledgerError as error:
            return False, str(error)
