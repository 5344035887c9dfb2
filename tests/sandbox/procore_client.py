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
        is_json = "json" in response.headers.get("content-type", "json")
        self.body: Any = json.loads(response.body, parse_float=Decimal) if response.body and is_json else None


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
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body, default=str).encode(),
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


class Site:
    """A project with a vendor, the division 03 with two codes below it, and WBS codes 03-300.S and 03-310.M."""

    def __init__(self, client: Client, **project: Any) -> None:
        client.vendor.quota.set_mode("off")
        seed = client.seed
        self.types = {row["code"]: row["id"] for row in client.vendor.state.rows("line_item_types")}
        self.project = seed("projects", name="Tower", project_number="24-01", **project)["id"]
        self.vendor = seed("vendors", name="Acme Concrete")["id"]
        self.division = seed("cost_codes", project_id=self.project, code="03", name="Concrete")["id"]
        below = {"project_id": self.project, "parent_id": self.division}
        self.walls = seed("cost_codes", code="300", name="Walls", **below)["id"]
        self.slabs = seed("cost_codes", code="310", name="Slabs", **below)["id"]
        self.walls_s = self._code(client, self.walls, "S")
        self.slabs_m = self._code(client, self.slabs, "M")
        self.query = f"project_id={self.project}"

    def _code(self, client: Client, cost_code: int, cost_type: str) -> int:
        code = {"cost_code_id": cost_code, "line_item_type_id": self.types[cost_type]}
        return int(client.seed("wbs_codes", project_id=self.project, **code)["id"])

    def subcontract(self, client: Client, **more: Any) -> int:
        """An approved subcontract over 10,000.00 and 5,000.00, with 10 % retainage."""
        rows = [
            {"wbs_code_id": self.walls_s, "amount": "10000.00", "description": "Walls"},
            {"wbs_code_id": self.slabs_m, "amount": "5000.00", "description": "Slabs"},
        ]
        header = {"vendor_id": self.vendor, "title": "Concrete", "status": "Approved", "retainage_percent": "10"}
        contract = {"project_id": self.project, **header, "line_items": rows, **more}
        return int(client.seed("work_order_contracts", **contract)["id"])
