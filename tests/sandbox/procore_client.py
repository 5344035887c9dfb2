"""A client of the Procore stand-in, without a socket."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from sandbox.http import Request, Response
from sandbox.procore.vendor import ProcoreSandbox
from sandbox.world import Clock, World

COMPANY = 598134325683880
START = datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp()


class Answer:
    def __init__(self, response: Response) -> None:
        self.status = response.status
        self.headers = response.headers
        self.raw = response.body
        self.body: Any = json.loads(response.body, parse_float=Decimal) if response.body else None


class Client:
    """Signed in, with the company's header; counts quota as the sandbox's application does."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World(clock=Clock(lambda: START))
        self.vendor = ProcoreSandbox(self.world)
        self.vendor.install()
        self.world.forget_ledger()
        self.headers = {"procore-company-id": str(COMPANY), "host": "sandbox.test"}
        self.token = self.sign_in().body["access_token"]

    def sign_in(self, **form: str) -> Answer:
        fields = {
            "grant_type": "client_credentials",
            "client_id": "procore-demo-client",
            "client_secret": "procore-demo-secret",
            **form,
        }
        return Answer(self.vendor.answer(Request("POST", "/oauth/token", body=urlencode(fields).encode())))

    def call(self, method: str, target: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        address = urlsplit(target)
        request = Request(
            method,
            address.path,
            parse_qs(address.query, keep_blank_values=True),
            {"authorization": f"Bearer {self.token}", **(self.headers if headers is None else headers)},
            b"" if body is None else json.dumps(body, default=str).encode(),
        )
        self.world.actor = "api"
        try:
            return Answer(self.vendor.quota.take(request) or self.vendor.answer(request))
        finally:
            self.world.actor = "person"
            self.world.tables.commit()

    def get(self, target: str) -> Answer:
        return self.call("GET", target)

    def post(self, target: str, body: Any) -> Answer:
        return self.call("POST", target, body)

    def patch(self, target: str, body: Any) -> Answer:
        return self.call("PATCH", target, body)

    def delete(self, target: str) -> Answer:
        return self.call("DELETE", target)

    def seed(self, entity: str, **record: Any) -> Any:
        return self.vendor.seed(entity, record)


def company(**more: Any) -> dict[str, Any]:
    return {"company_id": COMPANY, **more}


def in_company(path: str, **query: Any) -> str:
    return f"{path}?{urlencode({'company_id': COMPANY, **query}, doseq=True)}"
