"""A small contractor's world for nights of documents: projects Tower and Depot, the vendor Acme, and their books.

Everything that a person does here is done as in that product; the flows do the rest.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from jobledger.store import links
from jobledger.store.engine import writing
from jobledger.systems.client import Call
from jobledger.systems.xero.api import ROOT
from tests.pipeline.night import Night
from tests.systems.site import Site as ProcoreSite

Row = dict[str, Any]

CONTRACTS = ("commitments", "change_orders")
BILLING = ("invoices", "payments")
COSTS = ("job_costs",)

WALLS, SLABS = "03-300.S", "03-310.M"
OPERATING, CARD = "090", "091"


class Site(ProcoreSite):
    """One night's contractor. Codes 03-300.S and 03-310.M are on Tower, 03-300.S on Depot."""

    def __init__(self, night: Night) -> None:
        super().__init__(night.stage)
        self.night = night
        self.depot = self.new_project("Depot")
        self.depot_walls = self.wbs(self.walls, "S", self.depot)
        self.books("items", {"Code": "RETAINAGE", "PurchaseDetails": {"AccountCode": "2150"}})
        night.job_category()
        night.set(retainage={"item": "RETAINAGE"}, bill_status="authorised")

    def documents(self, **options: Any) -> dict[str, dict[str, int]]:
        """A night of all document stages; the counts by flow."""
        found: dict[str, dict[str, int]] = {}
        for stage in (CONTRACTS, BILLING, COSTS):
            found |= self.night.run(*stage, **options)
        return found

    # --- in Procore ---

    def billed(self, contract: Row, month: int, amount: str, line: int = 0, **more: Any) -> Row:
        """An approved subcontractor invoice for work on one line, without retainage."""
        rows = self.stage.records("procore.contract_line_items")
        lines = sorted(one["id"] for one in rows if one["contract_id"] == contract["id"])
        work = {"line_item_id": lines[line], "work_completed_this_period": amount}
        return self.invoice(contract, month, {"work_retainage_percent": "0", **work}, **more)

    def issued(self) -> list[Row]:
        """The payments issued of Procore, by amount."""
        return sorted(self.stage.records("procore.contract_payments"), key=lambda one: Decimal(one["amount"]))

    def typed_payment(self, contract: Row, amount: str, **more: Any) -> Row:
        """A payment issued that somebody typed in Procore."""
        record = {"contract_id": contract["id"], "amount": amount, "date": "2026-03-02", **more}
        return self.seed("contract_payments", record)[0]

    def costs(self, project: int | None = None) -> list[Row]:
        """The direct costs of Procore, of one project or all, oldest first."""
        found = sorted(self.stage.records("procore.direct_costs"), key=lambda one: int(one["id"]))
        return [one for one in found if project in (None, one["project_id"])]

    # --- in the books ---

    def books(self, entity: str, record: Row) -> Row:
        """A person puts or changes a record in Xero."""
        return self.stage.seed("xero", entity, record)[0]

    def option(self, project: str) -> Row:
        """The tracking of a line on a project."""
        found = next(one for one in self.stage.records("xero.tracking_options") if one["Name"] == project)
        return {name: found[name] for name in ("TrackingCategoryID", "TrackingOptionID")}

    def acme(self) -> Row:
        """The contact of the vendor, as documents name it."""
        return {"ContactID": self.night.contact_of(self.vendor)["ContactID"]}

    def cost(self, amount: str, project: str | None = "Tower", code: str | None = WALLS, **more: Any) -> Row:
        """A line of a document of the books."""
        tracking = {"Tracking": [self.option(project)]} if project else {}
        item = {"ItemCode": code} if code else {}
        line = {"Description": "Concrete", "Quantity": 1, "UnitAmount": Decimal(amount), "AccountCode": "5000"}
        return {**line, **item, "TaxType": "NONE", **tracking, **more}

    def bill(self, *lines: Row, number: str | None = "1001", **more: Any) -> Row:
        """A bill that somebody entered in Xero."""
        record = {"Type": "ACCPAY", "InvoiceNumber": number, "DueDate": "2026-03-31", **self._document(lines), **more}
        return self.books("invoices", record)

    def supplier_credit(self, *lines: Row, number: str = "CN-7", **more: Any) -> Row:
        """A supplier's credit note."""
        record = {"Type": "ACCPAYCREDIT", "CreditNoteNumber": number, **self._document(lines), **more}
        return self.books("credit_notes", record)

    def bank(self, kind: str, *lines: Row, account: str = CARD, **more: Any) -> Row:
        """Money spent (SPEND) or received (RECEIVE)."""
        record = {"Type": kind, "BankAccount": {"Code": account}, **self._document(lines), **more}
        return self.books("bank_transactions", record)

    def _document(self, lines: tuple[Row, ...]) -> Row:
        head = {"Contact": self.acme(), "Date": "2026-03-01", "LineAmountTypes": "NoTax", "Status": "AUTHORISED"}
        return {**head, "LineItems": list(lines)}

    def change(self, entity: str, record: Row, **fields: Any) -> Row:
        """A person changes a record in Xero, a minute later."""
        self.night.later(minutes=1)
        key = next(name for name in _IDS if name in record)
        return self.books(entity, {key: record[key], **fields})

    @staticmethod
    def edited(line: Row, **fields: Any) -> Row:
        """A line of a stored document as it is sent again, with some fields changed."""
        return {name: value for name, value in line.items() if name not in ("LineAmount", "TaxAmount")} | fields

    def bill_of(self, invoice: Row) -> Row:
        """The bill that an invoice was exported to."""
        target = self.night.links("invoices")[str(invoice["id"])]
        return next(one for one in self.stage.records("xero.invoices") if one["InvoiceID"] == target)

    def pay(self, bill: Row, amount: str, **more: Any) -> Row:
        """A payment of a bill in Xero."""
        paid = {"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Account": {"Code": OPERATING}, "Date": "2026-03-02"}
        return self.books("payments", {**paid, "Amount": Decimal(amount), **more})

    def apply_credit(self, bill: Row, amount: str, kind: str = "credit_notes", **more: Any) -> Row:
        """A credit note, prepayment or overpayment over an amount, all of it used for a bill."""
        used = {"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Date": "2026-03-03", "Amount": Decimal(amount)}
        typed = {"Type": "ACCPAYCREDIT"} if kind == "credit_notes" else {}
        overhead = self.cost(amount, None, None)
        return self.books(kind, {**typed, **self._document((overhead,)), "Allocations": [used], **more})

    def take_back(self, note: Row) -> None:
        """A credit note is no longer used for a bill."""
        [used] = [one for one in self.stage.records("xero.allocations") if note["CreditNoteID"] in one["_credit"]]
        path = f"CreditNotes/{note['CreditNoteID']}/Allocations/{used['AllocationID']}"
        self.night.later(minutes=1)
        answer = self.stage.xero().api.client.send(Call("DELETE", f"{ROOT}/{path}"))
        assert answer.ok, answer.body

    # --- in Jobledger ---

    def dismiss(self, kind: str, procore_id: Any, accounting_id: str) -> None:
        """A person says that two records are not the same."""
        with writing(self.night.engine) as connection:
            now, ids = self.stage.sandbox.world.clock.now(), (str(procore_id), accounting_id)
            links.dismiss(connection, self.night.pair, kind, ids, "ann", "not the same", now)

    # --- what nobody can do: a state that the rules of the sandbox do not allow ---

    def put(self, name: str, record: Row, **fields: Any) -> None:
        """Changes a stored record of Xero as it is, past all rules."""
        key = next(one for one in _IDS if one in record)
        changed = {**record, "UpdatedDateUTC": self.stage.sandbox.world.clock.now().isoformat(), **fields}
        self.stage.sandbox.world.tables.put(name, record[key], changed)


_IDS = ("PaymentID", "CreditNoteID", "BankTransactionID", "PurchaseOrderID", "InvoiceID")
