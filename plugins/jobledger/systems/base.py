"""The one shape of all connectors: what can be read, found and written, and what the vendor allows.

A connector is made for one integration (`registry.connect`). It holds no state beyond its session: whatever must
survive is kept by the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import IO, Any, Literal, Protocol, runtime_checkable

from jobledger.errors import Finding

Record = dict[str, Any]
"""A record as the vendor sends it: JSON with every number that has a fraction as `Decimal`."""

WriteAction = Literal["create", "update", "remove", "mark"]


@dataclass(frozen=True)
class Window:
    """What to read: everything (`since` None), or what changed in `since <= t <= until` of the vendor's own time.

    `dated` asks instead for the documents dated from the first day to the day before the second (a backfill).
    `also` names unchanged records that are wanted besides, each with its project: a connector that can show them with
    the same calls does; it may leave them out. `linked` are the ids of linked records, where the entity asks for them
    (`Entity.asks_each`).
    """

    since: datetime | None = None
    until: datetime | None = None
    only_projects: tuple[str, ...] = ()
    dated: tuple[date, date] | None = None
    also: Mapping[str, str] = field(default_factory=dict)
    linked: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Page:
    """Some records of one list. `read_at` is the vendor's own time (its `Date` header) of the first answer.

    `notes` are sentences for the run's history. `partial`: something was left out, such as a project whose tool is
    switched off, so that absence from the list proves nothing. Where ids are `<document>/<part>` (`Entity.parts`),
    `documents` are those of which `rows` has every part: one that the catalog knows besides is gone. `gone` are ids of
    records that the vendor itself says are deleted.
    """

    rows: list[Record]
    read_at: datetime
    notes: tuple[str, ...] = ()
    partial: bool = False
    documents: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True)
class Card:
    """What the catalog keeps of a record, whatever the vendor calls its fields.

    `evidence` of a document has `amount`, `date` (ISO), `party` (the company's or contact's id) and `project`; where it
    may no longer be edited, `locked` says why ("billed"); where credit was given on it, `credited` says how much.
    """

    id: str
    name: str
    number: str | None = None
    mark: str | None = None
    version: str | None = None
    status: str | None = None
    active: bool = True
    evidence: Mapping[str, str] = field(default_factory=dict)
    merged_into: str | None = None


OpenFile = Callable[[int], AbstractContextManager[IO[bytes]]]
"""Gives a file of at most so many bytes, at its beginning. Raises `FixTheRecord`, `RetryLater`."""


@dataclass(frozen=True)
class Write:
    """One record to be written. `key` names it in the answer; `mark` is sent inside a created record.

    `replaces` are the ids of the target's lines for which the document's lines stand: those that the document does not
    name are taken away; every other line of the target stays as it is. A `create` with a `target_id` finishes the
    record that an interrupted one began: what is missing is sent, and nothing twice. `file` gives the bytes of a record
    that is a file.
    """

    key: str
    action: WriteAction
    document: Record
    target_id: str | None = None
    mark: str | None = None
    replaces: tuple[str, ...] = ()
    file: OpenFile | None = None


StepDone = Callable[[str, str, str], None]
"""Told after each accepted request of a write that needs several: the write's key, the step, the target's id."""


def unheard(key: str, step: str, target_id: str) -> None:
    """Nobody keeps the steps."""


@dataclass(frozen=True)
class WriteResult:
    """What became of one `Write`: `done` with the vendor's record, `refused` with its words, or `unknown`.

    A refusal's `outcome` is `conflict` where another record stands in the way, `invalid` where a value is at fault,
    `blocked` where something has to happen first. `message` of a write that was done says what was changed on the way.
    `put_off_until` of an unknown one: a limit kept the rest of the batch from being sent, up to that moment.
    """

    key: str
    status: Literal["done", "refused", "unknown"]
    outcome: Literal["failed", "conflict", "invalid", "blocked"] = "failed"
    target_id: str | None = None
    version: str | None = None
    record: Record | None = None
    message: str = ""
    remedy: str = ""
    put_off_until: datetime | None = None


Measure = Literal[
    "commitment", "billed", "retained", "paid", "cost", "expense", "invoiced", "receivable", "received", "hours"
]
"""What the tie-out adds up on both sides. `billed` is gross of retainage; `retained` is held less released.
`expense` is a direct cost that was entered in Procore and goes out as a bill; `cost` is what began in the books.
`invoiced`, `receivable` and `received` are the owner's side: what is invoiced to owners, what they retain of it, and
what they have paid. `hours` are hours of approved time, and no amount.
"""


@dataclass(frozen=True)
class LedgerLine:
    """A line of a document for the reports, under the vendor's own ids; `amount` in its currency, net of tax.

    `cost_code` is code and cost type in one, such as 03-300.S. `parent` is the document that this one is about: the
    bill of a payment, the commitment of an invoice.
    """

    measure: Measure
    line: str
    amount: Decimal
    project: str = ""
    cost_code: str = ""
    party: str = ""
    dated: date | None = None
    parent: str = ""


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

    together: bool = False
    """Whether one request carries all writes of a run, whatever each of them does."""

    asks_each: bool = False
    """Whether reading takes a call for each record's parent, so that it matters what is known already."""

    upserts: bool = False
    """Whether a repeated create is harmless, because the vendor itself recognises our key in it."""

    posts: bool = False
    """Whether a record reaches the ledger of the books, so that closed periods hold for it."""

    steps: bool = False
    """Whether writing a record takes several requests, so that an interrupted write has to be finished."""

    parts: bool = False
    """Whether ids are `<document>/<part>`: a part that a document no longer has is gone."""

    line_id: str = ""
    """The field that holds a line's id."""

    total: Callable[[Record], Decimal] | None = None
    """What a document's lines add up to before tax, rounded as the vendor rounds each line."""

    ledger: Callable[[Record], list[LedgerLine]] | None = None
    """The lines of a record that counts for the reports; none for one that does not (a draft, a void one)."""

    file_at: str = ""
    """Of a record that is a file: the path of its document that says where the source keeps the bytes."""

    unkept: frozenset[str] = frozenset()
    """Paths of a document that say what to do with it, and that the record does not show."""

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

    def facts(self, entity: str) -> Record:
        """What must be known of the organisation before documents of this kind are mapped; a few short values.

        Of books: `base_currency`, and `closed_until` (ISO date) where a lock date is set. Raises `RetryLater`,
        `FixTheSetup`.
        """
        ...

    def places(self, entity: str) -> Mapping[str, bool] | None:
        """The projects in which records of an entity can be found now, each with whether its list is read.

        A record of another project is hidden, which is not gone (ACC-5). None where records are in no project.
        """
        ...

    def write(self, entity: str, writes: Sequence[Write], key: str, note: StepDone = unheard) -> list[WriteResult]:
        """Sends one batch (at most `Entity.batch`) under one idempotency key; a result per write, in their order.

        `note` is told after each accepted request of a write that needs several.

        Never raises for what happened to a record. Raises `RetryLater` only when nothing was accepted (refused by a
        limit or never sent), `FixTheSetup` for credentials and permissions; an answer that was lost is `unknown`.
        """
        ...

    def check(self) -> list[Finding]:
        """Connection, permissions, edition and set-up in the vendor, each as a finding for the doctor."""
        ...


@runtime_checkable
class HoldsFiles(Protocol):
    """A vendor that gives the bytes of the files that its records name."""

    def file(self, address: str, most: int) -> AbstractContextManager[IO[bytes]]:
        """The file at an address, of at most so many bytes. Raises `FixTheRecord`, `RetryLater`."""
        ...


@runtime_checkable
class NamesAuthors(Protocol):
    """A vendor that tells who made a record."""

    def author(self, entity: str, record_id: str, project: str) -> str | None:
        """The mail address of whoever made a record; None where nobody with an address is named.

        Raises `RetryLater`, `FixTheSetup`.
        """
        ...
