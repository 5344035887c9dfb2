"""The Airflow hook of the connection type `pex`."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

import requests
from airflow.providers.http.hooks.http import HttpHook
from airflow.sdk.log import mask_secret

from jobledger.errors import JobledgerError
from jobledger.integration import Integration
from jobledger.systems.auth import KeptInMemory, Token
from jobledger.systems.pex.checks import about_token
from jobledger.systems.pex.connect import DEFAULT_HOST, SYSTEM, PexAccount, pex
from jobledger.systems.pex.reading import reading_of
from jobledger.systems.pex.refusals import TITLE, words
from jobledger.systems.pex.system import Pex
from jobledger.systems.pex.tokens import LOOKED_AT_EVERY, OfConnection, revoked
from jobledger.systems.surroundings import Surroundings, host_of

_AS_TYPED = "This button looks at the token as it was typed, the doctor at the one into which it was renewed."


class PexHook(HttpHook):
    """Connects to PEX with the API token of an administrator (password)."""

    conn_name_attr = "pex_conn_id"
    default_conn_name = "pex_default"
    conn_type = "pex"
    hook_name = "PEX"

    def __init__(self, pex_conn_id: str = default_conn_name, around: Surroundings | None = None) -> None:
        super().__init__(http_conn_id=pex_conn_id)
        self.around = replace(around or Surroundings(), mask=mask_secret)

    @classmethod
    def for_integration(cls, integration: Integration, around: Surroundings | None = None) -> Pex:
        """The connector for an integration's business. Raises `FixTheSetup`."""
        cards = integration.accounting
        hook = cls(cards.connection, around)
        return pex(hook.account, cards.tenant_id, hook.around, reading_of(integration))

    def get_conn(self, headers: dict[Any, Any] | None = None, extra_options: Any = None) -> requests.Session:
        """The one session of this hook. The connection's extras are never sent as headers."""
        return self.around.session

    @cached_property
    def account(self) -> PexAccount:
        """The connection, looked up once."""
        found = self.get_connection(self.http_conn_id)
        return PexAccount(
            name=self.http_conn_id,
            host=host_of(found.host, found.port, DEFAULT_HOST),
            token=(found.password or "").strip(),
            other_host=bool(found.extra_dejson.get("other_host")),
        )

    def test_connection(self) -> tuple[bool, str]:
        """Whether PEX knows the token, of which business it is, and what its user may do; what is wrong, in words.

        Airflow tests a connection under another name, so the token is looked at as it is typed and not renewed; how
        long that one is good says nothing of the one into which a run has renewed it.
        """
        try:
            typed = KeptInMemory(Token(self.account.token, self.around.clock() + LOOKED_AT_EVERY, self.account.token))
            findings = about_token(pex(self.account, "", self.around, store=typed).api)
            wrong = [f"{one.message} {one.remedy}".strip() for one in findings if one.required and not one.ok]
            return not wrong, " ".join(wrong) or findings[0].message
        except JobledgerError as error:
            return False, f"{error} {_AS_TYPED}"

    def disconnect(self) -> str:
        """Revokes the typed token and the one that it was renewed into, and forgets them; what was done, in words.

        Raises `FixTheSetup`, `RetryLater`.
        """
        self.account.check()
        store = self.around.tokens(self.account.name)
        kept = OfConnection(store, self.account.token).load()
        client = self.around.client(SYSTEM, TITLE, self.account.host, self.account.where)
        tokens = dict.fromkeys([kept.access if kept else self.account.token, self.account.token])
        answers = [revoked(client, one) for one in tokens]
        store.forget()
        if answers[0].ok:
            return f"{TITLE} has revoked the token. Remove it from the Airflow connection."
        return f"{TITLE} did not revoke the token: {words(answers[0].body)}. See there: Profile > Authorized Apps."
