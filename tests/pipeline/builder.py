"""What a project manager does with commitments, change orders and invoices in Procore."""

from __future__ import annotations

from typing import Any

from tests.pipeline.night import Night
from tests.systems.site import Site

Row = dict[str, Any]

SUBCONTRACTS, ORDERS_TO_BUY = "work_order_contracts", "purchase_order_contracts"
PACKAGES = "change_order_packages"


class Builder(Site):
    """A contractor's documents in Procore."""

    night: Night

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
