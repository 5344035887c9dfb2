"""QuickBooks Online as a `System`: one company, connected for one integration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

from jobledger.errors import Finding
from jobledger.systems.base import (
    Capabilities,
    Entity,
    Page,
    Record,
    StepDone,
    Window,
    Write,
    WriteResult,
    unheard,
)
from jobledger.systems.order_changes import OrderChanges
from jobledger.systems.quickbooks_online.api import Api
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


class _Records(Protocol):
    """How one kind of record is read, looked up and written."""

    def read(self, window: Window) -> Iterator[Page]: ...

    def fetch(self, ids: Sequence[str]) -> list[Record]: ...

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]: ...

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]: ...


class QuickBooksOnline:
    """One QuickBooks company."""

    name = "quickbooks_online"
    entities: Mapping[str, Entity] = ENTITIES
    capabilities = Capabilities(late_commit=timedelta(minutes=15), concurrency=4)

    def __init__(self, api: Api, facts: Facts) -> None:
        self.api = api
        self._facts = facts
        shape = Shape(lambda: facts.retainage_accounts, lambda: facts.retainage_items, lambda: facts.sold_retainage)
        orders = PurchaseOrders(api, Shape())
        self._of: dict[str, _Records] = {
            **all_lists(api),
            "purchase_orders": orders,
            "purchase_order_changes": OrderChanges(orders),
            "bills": Bills(api, shape, orders),
            "bill_payments": Settlements(api, facts, PAYABLE),
            "invoices": Invoices(api, shape),
            "payments": Settlements(api, facts, RECEIVABLE),
            "time_activities": TimeActivities(api, shape),
            "costs": Costs(api, shape, facts),
        }

    def read(self, entity: str, window: Window) -> Iterator[Page]:
        """The records of a list, those out of use included."""
        return self._of[entity].read(window)

    def fetch(self, entity: str, ids: Sequence[str]) -> list[Record]:
        """The records with these ids."""
        return self._of[entity].fetch(ids) if ids else []

    def find(self, entity: str, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """The records with our mark or, without a mark, with the natural key."""
        return self._of[entity].find(mark, natural_key)

    def facts(self, entity: str) -> Record:
        """Base currency, the day until which the books are closed, and accounts by their purpose."""
        return self._facts.of(entity)

    def places(self, entity: str) -> Mapping[str, bool] | None:
        """None: whoever sees a company sees all of it."""
        return None

    def write(self, entity: str, writes: Sequence[Write], key: str, note: StepDone = unheard) -> list[WriteResult]:
        """Sends one batch. Each record is written whole by one item, so there are no steps to note."""
        return self._of[entity].write(writes, key) if writes else []

    def check(self) -> list[Finding]:
        """Connection, company, edition, what is switched on in it, and the accounts that the settings name."""
        return findings(self.api, self._facts)
