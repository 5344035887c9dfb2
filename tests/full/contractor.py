"""What persons do on one day after the other, and what both sides must hold of it in the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from jobledger.reports.tieout import tie_out
from jobledger.store.tables import intent
from tests.pipeline.builder import PACKAGES, SUBCONTRACTS
from tests.pipeline.desk import Desk, Row
from tests.pipeline.night import FLOWS, STAGE_1, STAGE_2

UNCODED = Decimal("7.00")
"""The bill of each day that has no item: it is held, by name, each night."""


@dataclass
class Contractor:
    """The contractor's persons: each day they add the same work."""

    desk: Desk
    days: int = 0

    def first_day(self) -> None:
        """A day that has been carried over before the deployment starts."""
        self.desk.night.run(*STAGE_1)
        self.desk.night.run(*STAGE_2)
        self.a_day()
        self.desk.documents()

    def a_day(self) -> None:
        """Two subcontracts, changed and billed; a bill of the books, and one without code; an older bill is paid."""
        desk, day = self.desk, f"{self.days:03d}"
        for letter in "AB":
            contract = desk.subcontract(number=f"SC-{day}{letter}", title=f"Day {day}{letter}")
            desk.change_order(contract)
            desk.work(contract, 3, "1000.00")
        desk.bill(desk.cost("96.00"), desk.cost("4.00"), number=f"B-{day}")
        desk.bill(desk.cost(str(UNCODED), code=None), number=f"U-{day}")
        if self.days:
            self._pay()
        self.days += 1

    def _pay(self) -> None:
        """One bill that has not been paid is approved and paid."""
        bill = next(one for one in self._bills() if one["Status"] == "DRAFT")
        self.desk.pay(self.desk.change("invoices", bill, Status="AUTHORISED"), "900.00")

    def _bills(self) -> list[Row]:
        return [one for one in self.desk.bills() if one.get("Url")]

    def accounted(self) -> None:
        """Each approved record has one document, each document a source; what is held is named; sums are equal."""
        desk, night = self.desk, self.desk.night
        orders, bills, days = desk.orders(), self._bills(), self.days
        assert desk.total(orders) == 31_000 * days
        assert desk.total(bills) == 1_800 * days
        assert self._sum("contract_payments") == 900 * (days - 1)
        assert self._sum("direct_cost_line_items") == 100 * days
        assert night.links("commitments") == self._pairs(SUBCONTRACTS, "PurchaseOrderNumber", orders)
        assert Counter(night.links("invoices").values()) == Counter(one["InvoiceID"] for one in bills)
        assert night.links("invoices").keys() == self._ids("requisitions")
        assert night.links("change_orders").keys() == self._ids(PACKAGES)
        assert night.links("job_costs").keys() == self._ids("direct_costs")
        assert len(set(night.links("job_costs").values())) == days
        assert night.links("payments").keys() == self._ids("contract_payments")
        held = {flow: len(night.open(flow)) for flow in FLOWS if night.open(flow)}
        assert held == {"job_costs": days}
        assert [one for one in night.rows(intent) if one.state == "open"] == []
        tied = tie_out(night.papers())
        assert tied.unexplained == []
        assert sum(tied.procore.values()) == sum(tied.books.values()) - UNCODED * days

    def _sum(self, table: str) -> Decimal:
        return sum((Decimal(one["amount"]) for one in self.desk.stage.records(f"procore.{table}")), Decimal(0))

    def _ids(self, table: str) -> set[str]:
        return {str(one["id"]) for one in self.desk.stage.records(f"procore.{table}")}

    def _pairs(self, table: str, number: str, documents: list[Row]) -> dict[str, str]:
        """Procore's records with the order of the same number; fails where there are two of a number."""
        found = Counter(one[number] for one in documents)
        assert set(found.values()) <= {1}
        by_number = {one[number]: one["PurchaseOrderID"] for one in documents}
        return {str(one["id"]): by_number[one["number"]] for one in self.desk.stage.records(f"procore.{table}")}
