"""What a project manager does with commitments, change orders and invoices, and a bookkeeper with orders and bills."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from jobledger.store import history
from jobledger.store.engine import reading
from sandbox.procore import requisitions
from tests.pipeline.night import Night
from tests.pipeline.site import BILLING, CONTRACTS, Row, Site

SUBCONTRACTS, ORDERS_TO_BUY = "work_order_contracts", "purchase_order_contracts"
PACKAGES = "change_order_packages"

STAGES = [
    *("vendors_and_projects", "cost_codes_and_budget"),
    *("commitments_and_change_orders", "invoices_and_payments", "job_costs"),
]


class Desk(Site):
    """The world of `Site` with the defaults of an integration: drafts, and nothing by itself."""

    def __init__(self, night: Night) -> None:
        super().__init__(night)
        night.set(bill_status="draft", stages=STAGES)

    # --- in Procore ---

    def purchase_order(self, *lines: Row, **more: Any) -> Row:
        header = {"project_id": self.project, "vendor_id": self.vendor["id"], "title": "Lumber", "number": "PO-001"}
        rows = list(lines) or [self.line("03-310.M", "2000.00", "Joists")]
        return self.seed(ORDERS_TO_BUY, {**header, "status": "Approved", "line_items": rows, **more})[0]

    def change_order(self, contract: Row, *lines: Row, number: str = "001", **more: Any) -> Row:
        """An approved change order of a commitment."""
        of = {"contract_id": contract["id"], "project_id": contract["project_id"], "title": f"Change {number}"}
        rows = list(lines) or [self.line("03-300.S", "500.00", "Drains")]
        return self.seed(PACKAGES, {**of, "number": number, "status": "approved", "line_items": rows, **more})[0]

    def sov(self, contract: Row) -> list[int]:
        """The ids of the lines of a commitment's schedule of values."""
        rows = self.stage.records("procore.contract_line_items")
        return sorted(one["id"] for one in rows if one["contract_id"] == contract["id"])

    def work(self, contract: Row, month: int, *amounts: str, released: str = "0", **more: Any) -> Row:
        """An approved invoice of a month: work on the first lines of a commitment, retainage released on the first."""
        rows = [
            {"line_item_id": line, "work_completed_this_period": amount}
            for line, amount in zip(self.sov(contract), amounts, strict=False)
        ] or [{"line_item_id": self.sov(contract)[0]}]
        rows[0]["work_completed_retainage_released_this_period"] = released
        return self.invoice(contract, month, *rows, **more)

    def retained(self, invoice: Row) -> Decimal:
        """What Procore holds back of a commitment after an invoice."""
        vendor: Any = self.stage.sandbox.vendors["procore"]
        shown = requisitions.show(vendor.state, self.shown(invoice))
        return Decimal(shown["summary"]["total_retainage"])

    def edit(self, record: Row, **fields: Any) -> Row:
        """A person changes a commitment, change order or invoice in Procore, a minute later."""
        self.night.later(minutes=1)
        return self.seed(self.table_of(record), {"id": record["id"], **fields})[0]

    def delete(self, record: Row) -> None:
        """A person deletes it in Procore, for which it must not be approved any more."""
        if self.table_of(record) != "requisitions":
            self.edit(record, status="draft" if self.table_of(record) == PACKAGES else "Draft")
        self.night.later(minutes=1)
        self.stage.sandbox.vendors["procore"].remove(self.table_of(record), str(record["id"]))

    def restore(self, record: Row, **fields: Any) -> Row:
        """A person takes it out of Procore's recycle bin."""
        return self.edit(record, deleted_at=None, **fields)

    def table_of(self, record: Row) -> str:
        if "commitment_id" in record:
            return "requisitions"
        if "contract_id" in record:
            return PACKAGES
        return ORDERS_TO_BUY if "ship_via" in record else SUBCONTRACTS

    def shown(self, record: Row) -> Row:
        """The record as Procore has it now."""
        found = self.stage.sandbox.world.tables.get(f"procore.{self.table_of(record)}", record["id"])
        assert found is not None
        return found

    # --- in the books ---

    def orders(self) -> list[Row]:
        """The purchase orders that are not deleted, by number."""
        found = [one for one in self.stage.records("xero.purchase_orders") if one["Status"] != "DELETED"]
        return sorted(found, key=lambda one: str(one["PurchaseOrderNumber"]))

    def order(self, number: str = "SC-001") -> Row:
        """The one purchase order of a number."""
        [found] = [one for one in self.stage.records("xero.purchase_orders") if one["PurchaseOrderNumber"] == number]
        return found

    def bills(self) -> list[Row]:
        """The bills that are not voided or deleted, oldest first."""
        found = [one for one in self.stage.records("xero.invoices") if one["Status"] not in ("DELETED", "VOIDED")]
        return sorted(found, key=lambda one: str(one["Date"]))

    def edit_line(self, entity: str, document: Row, place: int, **fields: Any) -> Row:
        """A person changes a line of an order or bill."""
        rows = [{name: value for name, value in one.items() if name not in _RECKONED} for one in document["LineItems"]]
        rows[place] |= fields
        return self.change(entity, document, LineItems=rows)

    def close_books(self, until: str | None) -> None:
        """A person closes the books until a day, or opens them."""
        [organisation] = self.stage.records("xero.organisation")
        self.books("organisation", {"OrganisationID": organisation["OrganisationID"], "PeriodLockDate": until})

    def total(self, documents: list[Row]) -> Decimal:
        return sum((Decimal(one["SubTotal"]) for one in documents), Decimal(0))

    def mark_billed(self, number: str = "SC-001") -> Row:
        """A person marks an order as billed."""
        order = self.order(number)
        approved = self.change("purchase_orders", order, Status="AUTHORISED")
        return self.change("purchase_orders", approved, Status="BILLED")

    # --- nights ---

    def tonight(self, *flows: str, **options: Any) -> dict[str, dict[str, int]]:
        """The next night of some flows; of commitments, change orders and, if there are any, invoices."""
        self.night.later(days=1)
        if flows:
            return self.night.run(*flows, **options)
        counts = self.night.run(*CONTRACTS, **options)
        return counts | self.night.run("invoices", **options) if self.stage.records("procore.requisitions") else counts

    def money(self, flow: str) -> dict[str, str]:
        """What the last run of a flow says of its money."""
        with reading(self.night.engine) as connection:
            rows = history.runs(connection, self.night.pair, 1000)
        return dict(next(row.money for row in rows if row.flow == flow))

    def quiet(self) -> bool:
        """Whether one more night writes nothing to either side."""
        before = self.night.writes()
        self.tonight(*CONTRACTS)
        self.night.run(*BILLING)
        return self.night.writes() == before


_RECKONED = ("LineAmount", "TaxAmount")


def lines(document: Row) -> list[tuple[str, str]]:
    """Description and amount of each line."""
    return [(line["Description"], str(line["LineAmount"])) for line in document["LineItems"]]
