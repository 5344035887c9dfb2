"""Xero as a `System`: one organisation, connected for one integration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

from jobledger.errors import Finding
from jobledger.systems.base import Capabilities, Entity, Page, Record, Window, Write, WriteResult
from jobledger.systems.client import Client
from jobledger.systems.xero.api import Api
from jobledger.systems.xero.checks import findings
from jobledger.systems.xero.entities import ENTITIES
from jobledger.systems.xero.records import Contacts, Items
from jobledger.systems.xero.tracking import TrackingOptions


class _Records(Protocol):
    """How one kind of record is read, looked up and written."""

    def read(self, window: Window) -> Iterator[Page]: ...

    def fetch(self, ids: Sequence[str]) -> list[Record]: ...

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]: ...

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]: ...


class Xero:
    """One Xero organisation. `tracking_category` is the name of the category whose options are projects."""

    name = "xero"
    entities: Mapping[str, Entity] = ENTITIES
    capabilities = Capabilities(late_commit=timedelta(minutes=15), concurrency=4)

    def __init__(self, client: Client, tenant_id: str, tracking_category: str | None = None) -> None:
        client.headers = {**client.headers, "xero-tenant-id": tenant_id}
        self.api = Api(client)
        self._tenant_id = tenant_id
        self._tracking = TrackingOptions(self.api, tracking_category)
        self._of: dict[str, _Records] = {
            "contacts": Contacts(self.api),
            "items": Items(self.api),
            "tracking_options": self._tracking,
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

    def write(self, entity: str, writes: Sequence[Write], key: str) -> list[WriteResult]:
        """Sends one batch."""
        return self._of[entity].write(writes, key) if writes else []

    def check(self) -> list[Finding]:
        """Connection, organisation, edition, tracking category and item count."""
        return findings(self.api, self._tenant_id, self._tracking)
