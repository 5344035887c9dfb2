"""The one shape of all connectors: what can be read, found and written, and what the vendor allows.

A connector is made for one integration (`registry.connect`). It holds no state beyond its session: whatever must
survive is kept by the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from jobledger.errors import Finding

Record = dict[str, Any]
"""A record as the vendor sends it: JSON with every number that has a fraction as `Decimal`."""

WriteAction = Literal["create", "update", "remove", "mark"]


@dataclass(frozen=True)
class Window:
    """What to read: everything (`since` None), or what changed in `since <= t <= until` of the vendor's own time."""

    since: datetime | None = None
    until: datetime | None = None
    only_projects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """Some records of one list. `read_at` is the vendor's own time (its `Date` header) of the first answer.

    `notes` are sentences for the run's history. `partial`: something was left out, such as a project whose tool is
    switched off, so that absence from the list proves nothing.
    """

    rows: list[Record]
    read_at: datetime
    notes: tuple[str, ...] = ()
    partial: bool = False


@dataclass(frozen=True)
class Card:
    """What the catalog keeps of a record, whatever the vendor calls its fields."""

    id: str
    name: str
    number: str | None = None
    mark: str | None = None
    version: str | None = None
    status: str | None = None
    active: bool = True
    evidence: Mapping[str, str] = field(default_factory=dict)
    merged_into: str | None = None


@dataclass(frozen=True)
class Write:
    """One record to be written. `key` names it in the answer; `mark` is sent inside a created record."""

    key: str
    action: WriteAction
    document: Record
    target_id: str | None = None
    mark: str | None = None


@dataclass(frozen=True)
class WriteResult:
    """What became of one `Write`: `done` with the vendor's record, `refused` with its words, or `unknown`.

    A refusal's `outcome` is `conflict` where another record stands in the way, `invalid` where a value is at fault.
    """

    key: str
    status: Literal["done", "refused", "unknown"]
    outcome: Literal["failed", "conflict", "invalid"] = "failed"
    target_id: str | None = None
    version: str | None = None
    record: Record | None = None
    message: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Entity:
    """One kind of record of one vendor."""

    name: str
    card: Callable[[Record], Card]
    label: str
    """What an accountant calls one of these: 'contact', 'tracking option'."""

    by_change: bool = True
    """Whether the list can be filtered by time of change; if not it is read whole each time."""

    batch: int = 1
    """The most records that one write request takes."""

    batches: Mapping[WriteAction, int] = field(default_factory=dict)
    """Actions that differ from `batch`: they are not sent together with others."""

    has_mark: bool = True
    """Whether a created record has room for our mark."""

    upserts: bool = False
    """Whether a repeated create is harmless, because the vendor itself recognises our key in it."""

    links_to: str = ""
    """A web address of one record with `{id}` in it, or empty."""

    paths: frozenset[str] = frozenset()
    """The paths that a mapping file may name; `custom_fields.*` stands for everything below."""

    def batch_for(self, action: WriteAction) -> int:
        """The most records that one write request takes for an action."""
        return self.batches.get(action, self.batch)


@dataclass(frozen=True)
class Capabilities:
    """What a vendor allows, in one place."""

    late_commit: timedelta
    """How long after a lost answer a write may still appear; before that 'not found' proves nothing."""

    concurrency: int = 1


class System(Protocol):
    """One vendor, connected for one integration."""

    name: str
    entities: Mapping[str, Entity]
    capabilities: Capabilities

    def read(self, entity: str, window: Window) -> Iterator[Page]:
        """The records of a list: all of them, or those changed in the window; none twice, none left out.

        A list that moves while it is read is read again until two passes agree (or the vendor's count does).
        Raises `RetryLater`, `FixTheSetup`.
        """
        ...

    def fetch(self, entity: str, ids: Sequence[str]) -> list[Record]:
        """The records with these ids; an id that the vendor no longer knows is simply absent."""
        ...

    def find(self, entity: str, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """The records that carry our mark or, where there is none, the natural key (target path -> value)."""
        ...

    def write(self, entity: str, writes: Sequence[Write], key: str) -> list[WriteResult]:
        """Sends one batch (at most `Entity.batch`) under one idempotency key; a result per write, in their order.

        Never raises for what happened to a record. Raises `RetryLater` only when nothing was accepted (refused by a
        limit or never sent), `FixTheSetup` for credentials and permissions; an answer that was lost is `unknown`.
        """
        ...

    def check(self) -> list[Finding]:
        """Connection, permissions, edition and set-up in the vendor, each as a finding for the doctor."""
        ...
