"""A client of the PEX stand-in with the installed token, without a socket and at a time of its own."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import requests

from sandbox.app import Sandbox
from sandbox.in_process import session_on
from sandbox.pex.tokens import TOKEN
from sandbox.world import Clock

START = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOST = "https://coreapi.pexcard.com"
YEAR = {"StartDate": "2025-06-02T00:00:00", "EndDate": "2026-06-01T23:59:59"}
"""The longest window, seen from START."""

PDF = b"%PDF-1.4 a receipt"
_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


class Pex:
    """Calls with the token, bodies with exact decimals. Limits are off unless `quotas` says otherwise."""

    def __init__(self, quotas: str = "off", start: datetime = START) -> None:
        self.sandbox = Sandbox(clock=Clock(start.timestamp))
        self.session = session_on(self.sandbox)
        self.control("POST", "quotas", {"pex": quotas})
        self.session.headers["Authorization"] = f"token {TOKEN}"

    def call(self, method: str, path: str, body: Any = None, headers: Any = None, **query: Any) -> requests.Response:
        data = None if body is None else _encode(body)
        return self.session.request(method, f"{HOST}/v4/{path}", params=query, data=data, headers=headers)

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """What an accepted call answers."""
        answer = self.call(method, path, body, **query)
        assert answer.status_code in {200, 201}, answer.text
        return _decode(answer.content)

    def get(self, path: str, **query: Any) -> Any:
        return self.ask("GET", path, **query)

    def refused(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, str]:
        """Status and Message of a call that is refused."""
        answer = self.call(method, path, body, **query)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json()["Message"]

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.session.request(method, f"https://any/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def person(self, entity: str, record: Any) -> Any:
        """Puts or changes a record as people in PEX and at a till would."""
        return self.sandbox.vendors["pex"].seed(entity, record)

    def later(self, by: str) -> None:
        self.control("POST", "clock", {"advance": by})

    def dropdown(self, name: str = "Projects", *options: Any, **more: Any) -> str:
        """The id of a new dropdown; options may be bare words."""
        return str(self.person("tags", {"Name": name, "Options": list(options) or ["Test"], **more})["Id"])

    def tag(self, tag_id: str) -> Any:
        """The whole definition, as one reads it before writing it back."""
        return self.get(f"Business/Configuration/Tag/{tag_id}", OverrideRestrictions="true")

    def put_tag(self, tag: Any) -> requests.Response:
        return self.call("PUT", f"Business/Configuration/Tag/Dropdown/{tag['Id']}", tag)

    def buy(self, amount: Any = "-84.20", **more: Any) -> int:
        """The id of a new purchase, settled unless it says otherwise."""
        if not self.control("GET", "records/pex").get("cardholders"):
            self.person("cardholders", {"FirstName": "Ana", "LastName": "Ruiz"})
        bought = {"TransactionAmount": amount, "MerchantName": "Sinclair", "TransactionTime": "2026-05-20T10:00:00"}
        return int(self.person("transactions", {**bought, **more})["TransactionId"])

    def listed(self, **query: Any) -> list[Any]:
        """The rows of the first page."""
        rows = self.get("Details/AllCardholderTransactions", **{**YEAR, **query})["TransactionList"]
        return list(rows)

    def one(self, transaction_id: int, **query: Any) -> Any:
        return next(row for row in self.listed(**query) if row["TransactionId"] == transaction_id)

    def attach(self, transaction_id: int, content: bytes = PDF, **more: Any) -> str:
        """The id of a new receipt."""
        file = {"TransactionId": transaction_id, "Content": base64.b64encode(content).decode(), **more}
        return str(self.person("attachments", file)["AttachmentId"])
