"""A signed-in client of the QuickBooks stand-in, without a socket and at a time of its own."""

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
REALM = "9341453908112233"
BASE = f"https://quickbooks.api.intuit.com/v3/company/{REALM}"
APP = ("quickbooks-demo-client", "quickbooks-demo-secret")
_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


class QuickBooks:
    """Posts and gets, bodies with exact decimals. Limits are off unless `quotas` says otherwise."""

    def __init__(
        self, sandbox: Sandbox | None = None, quotas: str = "off", refresh_token: str = "quickbooks-demo-refresh"
    ) -> None:
        self.sandbox = sandbox or Sandbox(clock=Clock(START.timestamp))
        self.session = session_on(self.sandbox)
        self.session.post("https://any/_sandbox/quotas", json={"quickbooks_online": quotas})
        self.session.headers["Accept"] = "application/json"
        self.refresh_token = refresh_token
        self.sign_in()

    def sign_in(self) -> None:
        answer = self.token(grant_type="refresh_token", refresh_token=self.refresh_token).json()
        self.refresh_token = answer["refresh_token"]
        self.session.headers["Authorization"] = f"Bearer {answer['access_token']}"

    def token(self, app: tuple[str, str] = APP, **form: str) -> requests.Response:
        address = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"
        headers = {"Authorization": None}
        return self.session.post(address, data=form, auth=app, headers=headers)

    def call(self, method: str, path: str, body: Any = None, headers: Any = None, **query: Any) -> requests.Response:
        data = None if body is None else _encode(body)
        sent = {"Content-Type": "application/json"} if body is not None else {}
        parameters = {"minorversion": 75, **query}
        return self.session.request(
            method, f"{BASE}/{path}", params=parameters, data=data, headers={**sent, **(headers or {})}
        )

    def get(self, path: str, **query: Any) -> Any:
        return self._body(self.call("GET", path, **query))

    def post(self, path: str, body: Any, **query: Any) -> Any:
        """The record that a write answers with."""
        answer = self._body(self.call("POST", path, body, **query))
        return next(value for name, value in answer.items() if name != "time")

    def rows(self, statement: str) -> list[Any]:
        answer = self.get("query", query=statement)["QueryResponse"]
        return next((value for value in answer.values() if isinstance(value, list)), [])

    def refused(self, path: str, body: Any, **query: Any) -> tuple[str, str]:
        """Code and Detail of a write that is refused."""
        return fault(self.call("POST", path, body, **query))

    def refused_query(self, statement: str) -> tuple[str, str]:
        return fault(self.call("GET", "query", query=statement))

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.session.request(method, f"https://any/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def person(self, entity: str, record: Any) -> Any:
        """Puts or changes a record as a person in QuickBooks would."""
        return self.sandbox.vendors["quickbooks_online"].seed(entity, record)

    def prefer(self, group: str, **values: Any) -> None:
        self.person("preferences", {group: values})

    def warn(self, name: str, value: str = "true") -> None:
        self.prefer("OtherPrefs", NameValue=[{"Name": name, "Value": value}])

    def later(self, by: str) -> None:
        self.control("POST", "clock", {"advance": by})

    def account(self, number: str) -> dict[str, str]:
        """The reference to an account of the chart, by its number."""
        return ref(next(one for one in self.rows("select * from Account maxresults 1000") if one["AcctNum"] == number))

    def vendor(self, name: str = "Acme Concrete LLC", **more: Any) -> dict[str, str]:
        return ref(self.post("vendor", {"DisplayName": name, **more}))

    def customer(self, name: str = "Riverside Owner Inc", **more: Any) -> dict[str, str]:
        return ref(self.post("customer", {"DisplayName": name, **more}))

    def item(self, name: str = "03-300.S", **more: Any) -> dict[str, str]:
        accounts = {"IncomeAccountRef": self.account("4000"), "ExpenseAccountRef": self.account("5300")}
        return ref(self.post("item", {"Name": name, "Type": "Service", **accounts, **more}))

    def line(self, amount: Any = 1000, account: str = "5300", **detail: Any) -> dict[str, Any]:
        """A line on an account."""
        held = {"AccountRef": self.account(account), **detail}
        kind = "AccountBasedExpenseLineDetail"
        return {"Amount": amount, "Description": "Slab on grade", "DetailType": kind, kind: held}

    def bill(self, vendor: dict[str, str], *lines: Any, **more: Any) -> Any:
        return self.post("bill", {"VendorRef": vendor, "Line": list(lines) or [self.line()], **more})

    def order(self, vendor: dict[str, str], *lines: Any, **more: Any) -> Any:
        return self.post("purchaseorder", {"VendorRef": vendor, "Line": list(lines) or [self.line()], **more})

    def pay(self, vendor: dict[str, str], total: Any, *applied: tuple[str, Any, Any], **more: Any) -> Any:
        """A check: `applied` are type, document and amount."""
        return self.post("billpayment", self.payment_body(vendor, total, *applied, **more))

    def payment_body(self, vendor: dict[str, str], total: Any, *applied: tuple[str, Any, Any], **more: Any) -> Any:
        return {
            "VendorRef": vendor,
            "PayType": "Check",
            "CheckPayment": {"BankAccountRef": self.account("090")},
            "TotalAmt": total,
            "Line": [
                {"Amount": amount, "LinkedTxn": [{"TxnId": one["Id"], "TxnType": kind}]}
                for kind, one, amount in applied
            ],
            **more,
        }

    def _body(self, answer: requests.Response) -> Any:
        assert answer.status_code == 200, answer.text
        body = _decode(answer.content)
        assert "Fault" not in body, answer.text
        return body


def item_line(item: dict[str, str], amount: Any, qty: Any = 1, **detail: Any) -> dict[str, Any]:
    held = {"ItemRef": item, "Qty": qty, "UnitPrice": amount / qty, **detail}
    kind = "ItemBasedExpenseLineDetail"
    return {"Amount": amount, "Description": "Slab on grade", "DetailType": kind, kind: held}


def sales_line(item: dict[str, str], amount: Any, **detail: Any) -> dict[str, Any]:
    held = {"ItemRef": item, "Qty": 1, "UnitPrice": amount, **detail}
    return {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": held}


def linked(line: dict[str, Any], order: Any, line_id: str = "1") -> dict[str, Any]:
    return {**line, "LinkedTxn": [{"TxnId": order["Id"], "TxnType": "PurchaseOrder", "TxnLineId": line_id}]}


def ref(record: Any) -> dict[str, str]:
    return {"value": record["Id"]}


def fault(answer: requests.Response) -> tuple[str, str]:
    error = answer.json()["Fault"]["Error"][0]
    return error["code"], error["Detail"]
