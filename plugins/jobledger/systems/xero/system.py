"""Xero as a `System`: one organisation, connected for one integration."""

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


class _Records(Protocol):
    """How one kind of record is read, looked up and written."""

    def read(self, window: Window) -> Iterator[Page]: ...

    def fetch(self, ids: Sequence[str]) -> list[Record]: ...

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]: ...

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]: ...


class Xero:
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
        self._facts = Facts(self.api, retainage_item)
        shape = Shape(tracking_category, retainage_item)
        orders, bills = PurchaseOrders(self.api, shape), Bills(self.api, shape)
        self._of: dict[str, _Records] = {
            "contacts": Contacts(self.api),
            "items": Items(self.api),
            "tracking_options": self._tracking,
            "purchase_orders": orders,
            "purchase_order_changes": OrderChanges(orders),
            "bills": bills,
            "bill_payments": BillPayments(self.api, bills, self._facts),
            "costs": Costs(self.api, CostRows(shape, self._facts)),
        }

    def read(self, entity: str, window: Window) -> Iterator[Page]:
        """The records of a list, archived ones included."""
        return self._of[entity].read(window)

    def fetch(self, entity: str, ids: Sequence[str]) -> list[Record]:
        """The records with these ids."""
        return self._of[entity].fetch(ids) if ids else []

    def find(self, entity: str, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """The records with our mark or, without a mark, with the natural key."""
        return self._of[entity].find(mark, natural_key)

    def facts(self, entity: str) -> Record:
        """Base currency and lock dates; for bills also the account of retainage, or what is wrong with it."""
        return self._facts.of(entity)

    def places(self, entity: str) -> Mapping[str, bool] | None:
        """None: whoever sees an organisation sees all of it."""
        return None

    def write(self, entity: str, writes: Sequence[Write], key: str, note: StepDone = unheard) -> list[WriteResult]:
        """Sends one batch. Each record is written whole by one request, so there are no steps to note."""
        return self._of[entity].write(writes, key) if writes else []

    def check(self) -> list[Finding]:
        """Connection, organisation, edition, tracking category and item count."""
        return findings(self.api, self._tenant_id, self._tracking)
