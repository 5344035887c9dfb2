"""What a project manager does with commitments, change orders and invoices, and a bookkeeper with orders and bills."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from jobledger.store import history
from jobledger.store.engine import reading
from sandbox.procore import requisitions
from tests.pipeline.builder import Builder
from tests.pipeline.night import Night
from tests.pipeline.site import BILLING, CONTRACTS, Row, Site

STAGES = [
    *("vendors_and_projects", "cost_codes_and_budget"),
    *("commitments_and_change_orders", "invoices_and_payments", "job_costs"),
]


class Desk(Builder, Site):
    """The world of `Site` with the defaults of an integration: drafts, and nothing by itself."""

    def __init__(self, night: Night) -> None:
        super().__init__(night)
        night.set(bill_status="draft", stages=STAGES)

    # --- in Procore ---

    def retained(self, invoice: Row) -> Decimal:
        """What Procore holds back of a commitment after an invoice."""
        vendor: Any = self.stage.sandbox.vendors["procore"]
        shown = requisitions.show(vendor.state, self.shown(invoice))
        return Decimal(shown["summary"]["total_retainage"])

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
