"""A Xero organisation with a job, items and a contact, and the documents that the tests write into it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any

from jobledger.systems.base import Window, Write, WriteResult
from jobledger.systems.client import Call
from jobledger.systems.xero.api import ROOT
from jobledger.systems.xero.connect import xero
from jobledger.systems.xero.system import Xero
from tests.systems.stage import TENANT, Stage

URL = "https://app.procore.com/7/project/requisitions"


@dataclass
class Books:
    """The organisation as a person left it, and the connector on it. Nothing of `made` is written by the connector."""

    stage: Stage
    xero: Xero
    category: str
    options: dict[str, str]
    contact: str
    keys: Iterator[int] = field(default_factory=count, repr=False)

    def track(self, project: str = "Tower") -> list[dict[str, str]]:
        return [{"TrackingCategoryID": self.category, "TrackingOptionID": self.options[project]}]

    def line(self, amount: Any = "1000.00", project: str | None = "Tower", **fields: Any) -> dict[str, Any]:
        tracking = self.track(project) if project else []
        line = {"ItemCode": "03-300.S", "Description": "Slab on grade", "Quantity": 1, "UnitAmount": Decimal(amount)}
        return {**line, "TaxType": "NONE", "Tracking": tracking, **fields}

    def order(self, number: str = "SC-014", **fields: Any) -> dict[str, Any]:
        order = {"PurchaseOrderNumber": number, "Contact": {"ContactID": self.contact}, "Date": "2026-03-01"}
        return {**order, "LineAmountTypes": "NoTax", "Status": "DRAFT", "LineItems": [self.line()], **fields}

    def bill(self, number: str = "SC-014", **fields: Any) -> dict[str, Any]:
        bill = {"InvoiceNumber": number, "Contact": {"ContactID": self.contact}, "Date": "2026-03-01"}
        sent = {"DueDate": "2026-03-31", "LineAmountTypes": "NoTax", "Status": "DRAFT", "Url": f"{URL}/9"}
        return {**bill, **sent, "LineItems": [self.line()], **fields}

    def seed(self, entity: str, **record: Any) -> dict[str, Any]:
        return self.stage.seed("xero", entity, record)[0]

    def seed_bill(self, **fields: Any) -> dict[str, Any]:
        return self.seed("invoices", Type="ACCPAY", **{**self.bill(), "Status": "AUTHORISED", "Url": None, **fields})

    def seed_order(self, **fields: Any) -> dict[str, Any]:
        return self.seed("purchase_orders", **{**self.order(), "Status": "AUTHORISED", **fields})

    def pay(self, bill: dict[str, Any], amount: str, **fields: Any) -> dict[str, Any]:
        paid = {"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Account": {"Code": "090"}, "Date": "2026-03-02"}
        return self.seed("payments", **{**paid, "Amount": Decimal(amount), **fields})

    def credit(self, bill: dict[str, Any], amount: str, of: str = "150.00") -> dict[str, Any]:
        """A supplier's credit note, some of it used for a bill."""
        used = {"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Date": "2026-03-02", "Amount": Decimal(amount)}
        note = {"Type": "ACCPAYCREDIT", "Contact": {"ContactID": self.contact}, "Date": "2026-03-01"}
        lines = {"Status": "AUTHORISED", "LineAmountTypes": "NoTax", "LineItems": [self.line(of)]}
        return self.seed("credit_notes", **note, **lines, CreditNoteNumber="CN-7", Allocations=[used])

    def allocate(self, method: str, path: str, allocation: Any = None) -> None:
        """Uses a credit for a bill, or takes that back, as another app would."""
        answer = self.xero.api.client.send(Call(method, f"{ROOT}/{path}", document=allocation))
        assert answer.ok, answer.body

    def write(self, entity: str, one: Write) -> WriteResult:
        [result] = self.xero.write(entity, [one], f"k{next(self.keys)}")
        return result

    def create(self, entity: str, document: dict[str, Any], mark: str | None = None) -> WriteResult:
        return self.write(entity, Write("1", "create", document, mark=mark))

    def update(self, entity: str, target: str, document: dict[str, Any], *replaces: str) -> WriteResult:
        return self.write(entity, Write("1", "update", document, target, replaces=replaces))

    def remove(self, entity: str, target: str, **document: Any) -> WriteResult:
        return self.write(entity, Write("1", "remove", document, target))

    def read(self, entity: str, **window: Any) -> list[dict[str, Any]]:
        return [row for page in self.xero.read(entity, Window(**window)) for row in page.rows]

    def only(self, entity: str) -> dict[str, Any]:
        [row] = self.read(entity)
        return row

    def card(self, entity: str, row: dict[str, Any]) -> Any:
        return self.xero.entities[entity].card(row)

    def ledger(self, entity: str, row: dict[str, Any]) -> list[tuple[str, str, str, str]]:
        lines = self.xero.entities[entity].ledger
        assert lines is not None
        return [(one.measure, one.cost_code, one.project, str(one.amount)) for one in lines(row)]

    def calls(self, method: str | None = None) -> int:
        return sum("/api.xro/" in one.path for one in self.stage.requests("xero", method))


def open_books(stage: Stage, retainage_item: str | None = "RETAINAGE") -> Books:
    """The organisation, with the jobs Tower and Depot."""
    [category] = stage.seed("xero", "tracking_categories", {"Name": "Job"})
    jobs = ({"Name": name, "TrackingCategoryID": category["TrackingCategoryID"]} for name in ("Tower", "Depot"))
    options = {one["Name"]: one["TrackingOptionID"] for one in stage.seed("xero", "tracking_options", *jobs)}
    [contact] = stage.seed("xero", "contacts", {"Name": "Acme Concrete"})
    codes = {"03-300.S": "5300", "09-900.M": "5100", "RETAINAGE": "2150", "NO-ACCOUNT": ""}
    items = ({"Code": code, "PurchaseDetails": {"AccountCode": account}} for code, account in codes.items())
    stage.seed("xero", "items", *items)
    system = xero(stage.xero_account(), TENANT, "Job", stage.around, retainage_item=retainage_item)
    return Books(stage, system, category["TrackingCategoryID"], options, contact["ContactID"])


def texts(row: dict[str, Any]) -> list[str]:
    return [line["Description"] for line in row["LineItems"]]
