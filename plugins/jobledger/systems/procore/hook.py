"""The Airflow hook of the connection type `procore`."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

import requests
from airflow.providers.http.hooks.http import HttpHook
from airflow.sdk.log import mask_secret

from jobledger.errors import FixTheSetup, JobledgerError
from jobledger.integration import Integration
from jobledger.systems.procore.checks import check_company, check_permissions
from jobledger.systems.procore.connect import DEFAULT_HOST, ProcoreAccount, oauth_url, procore, signed_in
from jobledger.systems.procore.reading import Reading, reading_of
from jobledger.systems.procore.system import Procore
from jobledger.systems.surroundings import Surroundings, host_of


class ProcoreHook(HttpHook):
    """Connects to Procore with an app's client id (login) and client secret (password)."""

    conn_name_attr = "procore_conn_id"
    default_conn_name = "procore_default"
    conn_type = "procore"
    hook_name = "Procore"

    def __init__(self, procore_conn_id: str = default_conn_name, around: Surroundings | None = None) -> None:
        super().__init__(http_conn_id=procore_conn_id)
        self.around = replace(around or Surroundings(), mask=mask_secret)

    @classmethod
    def for_integration(cls, integration: Integration, around: Surroundings | None = None) -> Procore:
        """The connector for an integration's Procore company. Raises `FixTheSetup`."""
        settings = integration.procore
        return cls(settings.connection, around).get_system(settings.company_id, reading_of(integration))

    def get_system(self, company_id: int, reading: Reading | None = None) -> Procore:
        """The connector for one company. Raises `FixTheSetup`."""
        return procore(self.account, company_id, reading, self.around)

    def get_conn(self, headers: dict[Any, Any] | None = None, extra_options: Any = None) -> requests.Session:
        """The one session of this hook. The connection's extras are never sent as headers."""
        return self.around.session

    @cached_property
    def account(self) -> ProcoreAccount:
        """The connection, looked up once."""
        found = self.get_connection(self.http_conn_id)
        extra = found.extra_dejson
        host = host_of(found.host, found.port, DEFAULT_HOST)
        stated = extra.get("oauth_url") or oauth_url(host)
        return ProcoreAccount(
            name=self.http_conn_id,
            host=host,
            oauth_url=stated,
            client_id=found.login or "",
            secret=found.password or "",
            other_host=bool(extra.get("other_host")),
            company_id=self._company(extra.get("company_id")),
        )

    def _company(self, stated: Any) -> int | None:
        if stated in (None, ""):
            return None
        if not str(stated).isdigit():
            where = f"Airflow connection '{self.http_conn_id}'"
            raise FixTheSetup(where, f"has the Company ID {stated!r}.", "Write the number of the Procore company.")
        return int(stated)

    def test_connection(self) -> tuple[bool, str]:
        """Whether the app can sign in and, with a company id, what it may do there; what is wrong, in words."""
        try:
            client = signed_in(self.account, self.around)
            assert client.auth
            client.auth.header()
            if self.account.company_id is None:
                return True, "Procore accepts the client id and secret. Fill in the company ID to test more."
            return self._test_company(self.account.company_id)
        except JobledgerError as error:
            return False, str(error)

    def _test_company(self, company_id: int) -> tuple[bool, str]:
        api = self.get_system(company_id).api
        findings = [check_company(api), *check_permissions(api)]
        wrong = [f"{one.message} {one.remedy}" for one in findings if not one.ok]
        return not wrong, " ".join(wrong) or findings[0].message
