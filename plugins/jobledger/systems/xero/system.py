"""Xero as a `System`: one organisation, connected for one integration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from jobledger.errors import Finding
from jobledger.systems.base import Capabilities, Entity
from jobledger.systems.books import Books, Records
from jobledger.systems.client import Client
from jobledger.systems.order_changes import OrderChanges
from jobledger.systems.xero.api import Api
from jobledger.systems.xero.bill_payments import BillPayments
from jobledger.systems.xero.bills import Bills
from jobledger.systems.xero.checks import findings
from jobledger.systems.xero.cost_rows import CostRows
from jobledger.systems.xero.costs import Costs
from jobledger.systems.xero.documents import Shape
from jobledger.systems.xero.entities import ENTITIES
from jobledger.systems.xero.facts import Facts
from jobledger.systems.xero.orders import PurchaseOrders
from jobledger.systems.xero.records import Contacts, Items
from jobledger.systems.xero.tracking import TrackingOptions


class Xero(Books):
    """One Xero organisation.

    `tracking_category` is the name of the category whose options are projects, `retainage_item` the code of the item
    on which retainage is booked.
    """

    name = "xero"
    entities: Mapping[str, Entity] = ENTITIES
    capabilities = Capabilities(late_commit=timedelta(minutes=15), concurrency=4)

    def __init__(
        self, client: Client, tenant_id: str, tracking_category: str | None = None, retainage_item: str | None = None
    ) -> None:
        client.headers = {**client.headers, "xero-tenant-id": tenant_id}
        self.api = Api(client)
        self._tenant_id = tenant_id
        self._tracking = TrackingOptions(self.api, tracking_category)
        facts = Facts(self.api, retainage_item)
        shape = Shape(tracking_category, retainage_item)
        orders, bills = PurchaseOrders(self.api, shape), Bills(self.api, shape)
        records: dict[str, Records] = {
            "contacts": Contacts(self.api),
            "items": Items(self.api),
            "tracking_options": self._tracking,
            "purchase_orders": orders,
            "purchase_order_changes": OrderChanges(orders),
            "bills": bills,
            "bill_payments": BillPayments(self.api, bills, facts),
            "costs": Costs(self.api, CostRows(shape, facts)),
        }
        super().__init__(records, facts.of)

    def check(self) -> list[Finding]:
        """Connection, organisation, edition, tracking category and item count."""
        return findings(self.api, self._tenant_id, self._tracking)
