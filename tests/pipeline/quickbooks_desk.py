"""A small contractor with QuickBooks: projects Tower and Depot of a school district, the vendor Acme, the books."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from jobledger.store import links
from jobledger.store.engine import writing
from tests.pipeline.builder import Builder, Row
from tests.pipeline.quickbooks_night import QuickBooksNight

CONTRACTS = ("commitments", "change_orders")
BILLING = ("invoices", "payments")
COSTS = ("job_costs",)
WALLS, SLABS = "03-300.S", "03-310.M"
STAGES = [
    *("vendors_and_projects", "cost_codes_and_budget"),
    *("commitments_and_change_orders", "invoices_and_payments", "job_costs"),
]


class QuickBooksDesk(Builder):
    """Codes 03-300.S and 03-310.M are on Tower, 03-300.S on Depot; companies, projects and codes are linked."""

    def __init__(self, night: QuickBooksNight) -> None:
        super().__init__(night.stage)
        self.night: QuickBooksNight = night
        [field] = self.seed("custom_field_definitions", {"label": "Customer", "data_type": "vendor"})
        self.owner = night.company("School District")
        customer = night.put("customers", DisplayName="School District")
        self.depot = self.new_project("Depot")
        for project in (self.project, self.depot):
            self.seed("projects", {"id": project, f"custom_field_{field['id']}": self.owner["id"]})
        self.wbs(self.walls, "S", self.depot)
        night.set(stages=STAGES, retainage={"payable_held": "2150", "payable_released": "2150"})
        self.link("companies", self.owner["id"], f"customer-{customer['Id']}")
        night.run("companies", "contacts")
        night.run("projects", "sub_customers")
        night.run("cost_codes", "items")

    def link(self, kind: str, procore_id: Any, accounting_id: str) -> None:
        """A person links two records."""
        with writing(self.night.engine) as connection:
            now = self.stage.around.clock()
            links.make(connection, self.night.pair, kind, (str(procore_id), accounting_id), "person", now)

    def unlink(self, kind: str, *procore_ids: str) -> None:
        """A person takes links away."""
        with writing(self.night.engine) as connection:
            for one in procore_ids:
                links.remove(connection, self.night.pair, kind, one)

    def tonight(self, *flows: str, **options: Any) -> dict[str, dict[str, int]]:
        """A night of all document stages, or of some flows."""
        self.night.later(minutes=10)
        stages = [flows] if flows else [CONTRACTS, BILLING, COSTS]
        found: dict[str, dict[str, int]] = {}
        for stage in stages:
            found |= self.night.run(*stage, **options)
        return found

    def order(self, number: str = "SC-001") -> Row:
        """The one purchase order of a number."""
        [found] = [one for one in self.night.held("purchase_orders") if one["DocNumber"] == number]
        return found

    def bills(self) -> list[Row]:
        """The bills, oldest first."""
        return sorted(self.night.held("bills"), key=lambda one: (str(one["TxnDate"]), int(one["Id"])))

    def item(self, code: str) -> Row:
        """The item of a code, as documents name it."""
        return {"value": next(one["Id"] for one in self.night.held("items") if one["Name"] == code)}

    def job(self, project: str) -> Row:
        """The sub-customer of a project, as documents name it."""
        return {"value": next(one["Id"] for one in self.night.held("customers") if one["DisplayName"] == project)}

    def acme(self) -> Row:
        """The vendor, as documents name it."""
        return {"value": next(one["Id"] for one in self.night.held("vendors") if one["DisplayName"] == "Acme")}

    def account(self, number: str) -> Row:
        """An account by its number, as documents name it."""
        return {"value": next(one["Id"] for one in self.night.held("accounts") if one.get("AcctNum") == number)}

    def cost(self, amount: str, project: str | None = "Tower", code: str | None = WALLS, **more: Any) -> Row:
        """A line of a document of the books: on an item, or without a code on an account."""
        on = {"ItemRef": self.item(code)} if code else {"AccountRef": self.account("5000")}
        kind = "ItemBasedExpenseLineDetail" if code else "AccountBasedExpenseLineDetail"
        job = {"CustomerRef": self.job(project)} if project else {}
        return {"Amount": Decimal(amount), "Description": "Concrete", "DetailType": kind, kind: {**on, **job, **more}}

    def bill(self, *lines: Row, number: str = "1001", **more: Any) -> Row:
        """A bill that somebody entered in QuickBooks."""
        head = {"VendorRef": self.acme(), "TxnDate": "2026-03-01", "DueDate": "2026-03-31", "DocNumber": number}
        return self.night.put("bills", **head, Line=list(lines), **more)

    def pay(self, *bills: tuple[Row, str], credits: tuple[tuple[Row, str], ...] = (), **more: Any) -> Row:
        """One payment of some bills, each with an amount, less the vendor credits that are used."""
        lines = [_settles("Bill", bill, amount) for bill, amount in bills]
        lines += [_settles("VendorCredit", credit, amount) for credit, amount in credits]
        total = sum(Decimal(amount) for _, amount in bills) - sum(Decimal(amount) for _, amount in credits)
        paid = {"PayType": "Check", "CheckPayment": {"BankAccountRef": self.account("090")}, "TxnDate": "2026-03-02"}
        return self.night.put("bill_payments", VendorRef=self.acme(), TotalAmt=total, Line=lines, **{**paid, **more})

    def issued(self) -> list[Row]:
        """The payments issued of Procore, by amount."""
        return sorted(self.stage.records("procore.contract_payments"), key=lambda one: Decimal(one["amount"]))

    def costs(self) -> list[tuple[int, Decimal]]:
        """The direct costs of Procore: project and amount, by both."""
        lines = self.stage.records("procore.direct_cost_line_items")
        return sorted(
            (one["project_id"], sum(Decimal(line["amount"]) for line in lines if line["direct_cost_id"] == one["id"]))
            for one in self.stage.records("procore.direct_costs")
        )

    def close_books(self, until: str | None) -> None:
        """A person closes the books until a day, or opens them."""
        [preferences] = self.night.held("preferences")
        prefs = {**preferences["AccountingInfoPrefs"], "BookCloseDate": until}
        self.night.put("preferences", Id=preferences["Id"], AccountingInfoPrefs=prefs)


def _settles(kind: str, document: Row, amount: str) -> Row:
    return {"Amount": Decimal(amount), "LinkedTxn": [{"TxnId": document["Id"], "TxnType": kind}]}
