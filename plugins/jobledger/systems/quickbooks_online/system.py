"""QuickBooks Online as a `System`: one company, connected for one integration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from jobledger.errors import Finding
from jobledger.systems.base import Capabilities, Entity
from jobledger.systems.books import Books, Records
from jobledger.systems.order_changes import OrderChanges
from jobledger.systems.quickbooks_online.api import Api
from jobledger.systems.quickbooks_online.attachments import Attachments
from jobledger.systems.quickbooks_online.bills import Bills
from jobledger.systems.quickbooks_online.checks import findings
from jobledger.systems.quickbooks_online.costs import Costs
from jobledger.systems.quickbooks_online.documents import Shape
from jobledger.systems.quickbooks_online.entities import ENTITIES
from jobledger.systems.quickbooks_online.facts import Facts
from jobledger.systems.quickbooks_online.invoices import Invoices
from jobledger.systems.quickbooks_online.lists import all_lists
from jobledger.systems.quickbooks_online.orders import PurchaseOrders
from jobledger.systems.quickbooks_online.settlements import PAYABLE, RECEIVABLE, Settlements
from jobledger.systems.quickbooks_online.time_activities import TimeActivities


class QuickBooksOnline(Books):
    """One QuickBooks company."""

    name = "quickbooks_online"
    entities: Mapping[str, Entity] = ENTITIES
    capabilities = Capabilities(late_commit=timedelta(minutes=15), concurrency=4)

    def __init__(self, api: Api, facts: Facts) -> None:
        self.api, self._facts = api, facts
        shape = Shape(lambda: facts.retainage_accounts, lambda: facts.retainage_items, lambda: facts.sold_retainage)
        orders = PurchaseOrders(api, Shape())
        records: dict[str, Records] = {
            **all_lists(api),
            "purchase_orders": orders,
            "purchase_order_changes": OrderChanges(orders),
            "bills": Bills(api, shape, orders),
            "attachments": Attachments(api),
            "bill_payments": Settlements(api, facts, PAYABLE),
            "invoices": Invoices(api, shape),
            "payments": Settlements(api, facts, RECEIVABLE),
            "time_activities": TimeActivities(api, shape),
            "costs": Costs(api, shape, facts),
        }
        super().__init__(records, facts.of)

    def check(self) -> list[Finding]:
        """Connection, company, edition, what is switched on in it, and the accounts that the settings name."""
        return findings(self.api, self._facts)
