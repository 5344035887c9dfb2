"""A signed-in client of the Xero stand-in, without a socket and at a time of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import requests

from sandbox.app import Sandbox
from sandbox.in_process import session_on
from sandbox.world import Clock

START = datetime(2026, 6, 1, 12, tzinfo=UTC)
BASE = "https://api.xero.com/api.xro/2.0"
TENANT = "7f1c0c3e-2a54-4a0e-9d4e-0b5f6c1d2e3f"
_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


class Xero:
    """Puts and gets, bodies with exact decimals. Limits are off unless `quotas` says otherwise."""

    def __init__(self, sandbox: Sandbox | None = None, quotas: str = "off") -> None:
        self.sandbox = sandbox or Sandbox(clock=Clock(START.timestamp))
        self.session = session_on(self.sandbox)
        self.session.post("https://any/_sandbox/quotas", json={"xero": quotas})
        self.session.headers["Accept"] = "application/json"
        self.sign_in()

    def sign_in(self) -> None:
        answer = self.token(grant_type="client_credentials")
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def token(self, app: tuple[str, str] = ("xero-demo-client", "xero-demo-secret"), **form: str) -> requests.Response:
        return self.session.post("https://identity.xero.com/connect/token", data=form, auth=app)

    def call(self, method: str, path: str, body: Any = None, headers: Any = None, **query: Any) -> requests.Response:
        data = None if body is None else _encode(body)
        return self.session.request(method, f"{BASE}/{path}", params=query, data=data, headers=headers)

    def rows(self, path: str, headers: Any = None, **query: Any) -> list[Any]:
        answer = self.call("GET", path, headers=headers, **query)
        assert answer.status_code == 200, answer.text
        return _elements(answer)

    def put(self, path: str, body: Any, **query: Any) -> Any:
        return self._first(self.call("PUT", path, body, **query))

    def post(self, path: str, body: Any, **query: Any) -> Any:
        return self._first(self.call("POST", path, body, **query))

    def refused(self, method: str, path: str, body: Any, **query: Any) -> str:
        """The messages of a write that is refused as a whole."""
        answer = self.call(method, path, body, **query)
        assert answer.status_code == 400, answer.text
        elements = answer.json()["Elements"]
        return " ".join(error["Message"] for element in elements for error in element["ValidationErrors"])

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.session.request(method, f"https://any/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def seed(self, entity: str, record: Any) -> Any:
        return self.sandbox.vendors["xero"].seed(entity, record)

    def later(self, by: str) -> None:
        self.control("POST", "clock", {"advance": by})

    def contact(self, name: str = "Acme Concrete LLC") -> dict[str, Any]:
        return {"ContactID": self.put("Contacts", {"Name": name})["ContactID"]}

    def bill(self, **changes: Any) -> Any:
        """An authorised bill of 1,000."""
        return self.put("Invoices", self.bill_body(**changes))

    def bill_body(self, **changes: Any) -> dict[str, Any]:
        body = {
            "Type": "ACCPAY",
            "Date": "2026-05-20",
            "DueDate": "2026-06-20",
            "InvoiceNumber": "1001",
            "Status": "AUTHORISED",
            "LineItems": [line()],
            **changes,
        }
        return body if "Contact" in body else {**body, "Contact": {"Name": "Acme Concrete LLC"}}

    def pay(self, bill: Any, amount: Any, **changes: Any) -> Any:
        payment = {"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Account": {"Code": "090"}, "Date": "2026-05-30"}
        return self.put("Payments", {**payment, "Amount": amount, **changes})

    def _first(self, answer: requests.Response) -> Any:
        assert answer.status_code == 200, answer.text
        return _elements(answer)[0]


def line(amount: Any = 1000, **changes: Any) -> dict[str, Any]:
    return {"Description": "Slab on grade", "Quantity": 1, "UnitAmount": amount, "AccountCode": "5300", **changes}


def _elements(answer: requests.Response) -> list[Any]:
    lists = [value for value in _decode(answer.content).values() if isinstance(value, list)]
    return lists[0]
