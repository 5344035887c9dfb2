"""The Airflow hook of the connection type `xero`."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

import requests
from airflow.providers.http.hooks.http import HttpHook
from airflow.sdk.log import mask_secret

from jobledger.errors import JobledgerError
from jobledger.integration import Integration
from jobledger.systems.base import Record
from jobledger.systems.consent import Consent
from jobledger.systems.surroundings import Surroundings, host_of
from jobledger.systems.xero.checks import check_organisation, check_tenant
from jobledger.systems.xero.connect import DEFAULT_HOST, DEFAULT_OAUTH_URL, XeroAccount, consent, signed_in, xero
from jobledger.systems.xero.system import Xero


class XeroHook(HttpHook):
    """Connects to Xero with an app's client id (login) and client secret (password)."""

    conn_name_attr = "xero_conn_id"
    default_conn_name = "xero_default"
    conn_type = "xero"
    hook_name = "Xero"

    def __init__(self, xero_conn_id: str = default_conn_name, around: Surroundings | None = None) -> None:
        super().__init__(http_conn_id=xero_conn_id)
        self.around = replace(around or Surroundings(), mask=mask_secret)

    @classmethod
    def for_integration(cls, integration: Integration, around: Surroundings | None = None) -> Xero:
        """The connector for an integration's organisation. Raises `FixTheSetup`."""
        books = integration.accounting
        hook = cls(books.connection, around)
        return hook.get_system(books.tenant_id, books.project_tracking_category, integration.retainage.item)

    def get_system(
        self, tenant_id: str, tracking_category: str | None = None, retainage_item: str | None = None
    ) -> Xero:
        """The connector for one organisation. Raises `FixTheSetup`."""
        return xero(self.account, tenant_id, tracking_category, self.around, retainage_item)

    def get_conn(self, headers: dict[Any, Any] | None = None, extra_options: Any = None) -> requests.Session:
        """The one session of this hook. The connection's extras are never sent as headers."""
        return self.around.session

    @cached_property
    def account(self) -> XeroAccount:
        """The connection, looked up once."""
        found = self.get_connection(self.http_conn_id)
        extra = found.extra_dejson
        return XeroAccount(
            name=self.http_conn_id,
            host=host_of(found.host, found.port, DEFAULT_HOST),
            oauth_url=extra.get("oauth_url") or DEFAULT_OAUTH_URL,
            client_id=found.login or "",
            secret=found.password or "",
            other_host=bool(extra.get("other_host")),
            grant_type=extra.get("grant_type") or "custom_connection",
            first_refresh_token=extra.get("refresh_token") or None,
        )

    def consent(self) -> Consent:
        """How a user connects a web app to organisations. Raises `FixTheSetup`, also for another kind of app."""
        return consent(self.account, self.around)

    def disconnect(self) -> str:
        """Takes the consent for a web app back; what came of it, in words. Raises as `Consent.disconnect`."""
        if self.account.grant_type == "custom_connection":
            return "A custom connection of Xero signs in by itself: there is no consent that could be taken back here."
        return self.consent().disconnect()

    def test_connection(self) -> tuple[bool, str]:
        """Whether the app can sign in, and to which organisations it is connected; what is wrong, in words.

        Airflow tests a connection under another name, so a web app's tokens are not found, and none may be spent.
        """
        try:
            if self.account.grant_type == "web_app":
                return True, self.consent().check_app()
            connected: list[Record] = signed_in(self.account, self.around).get("connections").body or []
            named = ", ".join(f"{one.get('tenantName')} ({one.get('tenantId')})" for one in connected)
            if not connected:
                return False, "Xero accepts the app, but it is connected to no organisation. Connect it in Xero."
            tenant_id = self.get_connection(self.http_conn_id).extra_dejson.get("tenant_id")
            return self._test_organisation(tenant_id) if tenant_id else (True, f"Connected to {named}.")
        except JobledgerError as error:
            return False, str(error)

    def _test_organisation(self, tenant_id: str) -> tuple[bool, str]:
        api = self.get_system(tenant_id).api
        tenant = check_tenant(api, tenant_id)
        check = check_organisation(api) if tenant.ok else tenant
        return check.ok, f"Connected to {check.message}" if check.ok else f"{check.message} {check.remedy}"
