"""The golden story of what is voided after it was carried over: `tests/golden/void/README.md` tells it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from tests.golden.files import FOLDER, shown
from tests.pipeline.linked import site_of
from tests.pipeline.night import Night
from tests.pipeline.site import Site

Row = dict[str, Any]


class Story:
    """Four commitments of 1,000.00 or more, and what hangs on them; each has one thing that is voided."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.changed, self.dropped, self.billed_order, self.billed, self.paid = (
            site.subcontract(
                site.line("03-300.S", "5000.00", "Walls"), number=number, title=title, retainage_percent="0"
            )
            for number, title in (
                ("SC-001", "Changed"),
                ("SC-002", "Dropped"),
                ("SC-003", "Billed order"),
                ("SC-004", "Billed"),
                ("SC-005", "Paid"),
            )
        )
        change = {"contract_id": self.changed["id"], "project_id": site.project, "number": "001", "title": "Parapet"}
        lines = [site.line("03-300.S", "1250.00", "Parapet")]
        [self.change] = site.seed("change_order_packages", {**change, "status": "approved", "line_items": lines})
        self.invoice = site.billed(self.billed, 1, "3000.00", invoice_number="RA-1")
        self.paid_invoice = site.billed(self.paid, 1, "4000.00", invoice_number="RA-2")
        site.documents()
        self.payment = site.pay(site.bill_of(self.paid_invoice), "4000.00")
        self.bill = site.bill(site.cost("96.00"), number="1001")
        site.night.later(hours=1)
        site.documents()

    def void(self) -> None:
        """What persons do in either product before the second night."""
        site, contract = self.site, "work_order_contracts"
        for status in ("AUTHORISED", "BILLED"):
            site.change("purchase_orders", self._order("SC-003"), Status=status)
        site.seed("change_order_packages", {"id": self.change["id"], "status": "void"})
        site.seed(contract, {"id": self.dropped["id"], "status": "Void"})
        site.seed(contract, {"id": self.billed_order["id"], "status": "Void"})
        site.change("invoices", self.site.bill_of(self.invoice), Status="VOIDED")
        site.change("payments", self.payment, Status="DELETED")
        site.change("invoices", self.bill, Status="VOIDED")

    def figures(self) -> dict[str, Decimal]:
        """What the other side holds of each, by its title in the story."""
        lines = self.site.stage.records("procore.direct_cost_line_items")
        return {
            CHANGE: self._worth("SC-001"),
            DROPPED: self._worth("SC-002"),
            BILLED_ORDER: self._worth("SC-003"),
            BILL: _live(self.site.bill_of(self.invoice)),
            PAYMENT: _sum(self.site.issued()),
            COST: _sum(lines),
        }

    def outcomes(self) -> dict[str, str]:
        """What the last night recorded, by title; ids are left out."""
        told = {flow: {one.name: one for one in self.site.night.outcomes(flow)} for flow in FLOWS}
        return {title: _sentence(told[flow][name]) for title, (flow, name) in RECORDS.items()}

    def _order(self, number: str) -> Row:
        return next(
            one for one in self.site.stage.records("xero.purchase_orders") if one["PurchaseOrderNumber"] == number
        )

    def _worth(self, number: str) -> Decimal:
        return _live(self._order(number))


CHANGE = "1 A change order is voided in Procore"
DROPPED = "2 A commitment is voided in Procore"
BILLED_ORDER = "3 A commitment is voided in Procore, and its order is billed in Xero"
BILL = "4 The bill of an invoice is voided in Xero"
PAYMENT = "5 A payment is deleted in Xero"
COST = "6 A bill that began in Xero is voided"
FLOWS = ("commitments", "change_orders", "invoices", "payments", "job_costs")
RECORDS = {
    CHANGE: ("change_orders", "Parapet"),
    DROPPED: ("commitments", "Dropped"),
    BILLED_ORDER: ("commitments", "Billed order"),
    BILL: ("invoices", "SC-004 #1"),
    PAYMENT: ("payments", "payment 2026-03-02"),
    COST: ("job_costs", "Acme"),
}


def _sum(rows: list[Row]) -> Decimal:
    return sum((Decimal(one["amount"]) for one in rows), Decimal("0.00"))


def _live(document: Row) -> Decimal:
    gone = document["Status"] in {"DELETED", "VOIDED"}
    return Decimal("0.00") if gone else Decimal(document["SubTotal"]).quantize(Decimal("0.01"))


def _sentence(outcome: Any) -> str:
    reason = re.sub(r" \([0-9a-f-]{36}\)", "", outcome.reason or "")
    return f"{outcome.outcome}: {reason}".removesuffix(": ")


@pytest.mark.feature("ACC-30")
def test_what_is_voided_takes_its_counterpart_along_or_waits_for_a_person(night: Night) -> None:
    story = Story(site_of(night))
    before = story.figures()
    story.void()
    night.later(hours=1)
    story.site.documents()
    after, told = story.figures(), story.outcomes()
    made = {title: {"before": before[title], "becomes": told[title], "after": after[title]} for title in RECORDS}
    assert shown(made) == (FOLDER / "void" / "expected.json").read_text()
    assert _rows(made) == _table()
    night.later(hours=1)
    writes = night.writes()
    story.site.documents()
    assert (night.writes(), story.figures()) == (writes, after)


def _rows(made: dict[str, Row]) -> list[str]:
    words = {title: one["becomes"].partition(":")[0] for title, one in made.items()}
    return [f"| {title} | {one['before']:,} | {words[title]} | {one['after']:,} |" for title, one in made.items()]


def _table() -> list[str]:
    lines = (FOLDER / "void" / "README.md").read_text().splitlines()
    return [line for line in lines if line.startswith("|")][2:]
