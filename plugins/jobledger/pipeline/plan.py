"""What is to become of one record: plain data between the steps map, validate and load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from jobledger.mapping.compare import LINES
from jobledger.mapping.document import Mapped
from jobledger.mapping.flow import Flow
from jobledger.store.catalog import CatalogRecord
from jobledger.store.intents import Intent
from jobledger.store.links import Link
from jobledger.systems.base import Card, Record

Decision = Literal[
    "create", "update", "link", "remove", "unchanged", "opening", "blocked", "invalid", "conflict", "unknown"
]

WRITES = frozenset({"create", "update", "link", "remove"})
"""The decisions by which something is sent."""


@dataclass
class Planned:
    """What is to become of one source record, and all that is needed to do it."""

    source_id: str
    name: str
    decision: Decision
    revision: str = ""
    part: str = ""
    number: str | None = None
    target_id: str | None = None
    gone: bool = False
    """Whether the target is switched off because its source is gone; many at once wait for a person."""

    fields: dict[str, Any] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)
    line_keys: list[str] = field(default_factory=list)
    own_lines: list[dict[str, Any]] = field(default_factory=list)
    """Ids and keys of the target's lines that are ours."""

    changes: list[dict[str, Any]] = field(default_factory=list)
    fingerprint: str = ""
    mark: str | None = None
    seen: dict[str, Any] = field(default_factory=dict)
    apart: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The fields in which a person's edit of the target stays: what was `sent` and `seen` when both were in step."""

    target_version: str | None = None
    made_by: str = "jobledger"
    saw: bool = False
    """Whether the target has changed since the flow last looked at it."""

    adopt: bool = False
    """Whether the present values of both sides become what later changes are measured against."""
    reason: str = ""
    remedy: str = ""
    amount: Any = None
    """What the source amounts to, before tax; None where it is no document."""

    worth: Any = None
    """What the target holds of it, or will hold once this is written."""

    instead: dict[str, Any] = field(default_factory=dict)
    """What the source says of fields for which something else is written."""


def sent_values(planned: Planned) -> dict[str, Any]:
    """The document as it is sent: its fields and, of a document with lines, these."""
    return {**planned.fields, LINES: planned.lines} if planned.lines else dict(planned.fields)


def sent_state(planned: Planned) -> dict[str, Any]:
    """What later changes of the source are measured against once a plan is carried out."""
    return _but_apart({**sent_values(planned), **planned.instead}, planned, "sent")


def seen_state(planned: Planned, content: Mapping[str, Any]) -> dict[str, Any]:
    """What later changes of the target, which holds `content` now, are measured against."""
    return _but_apart(content, planned, "seen")


def _but_apart(values: Mapping[str, Any], planned: Planned, which: str) -> dict[str, Any]:
    in_step = {name: value for name, value in values.items() if name not in planned.apart}
    return {**in_step, **{name: was[which] for name, was in planned.apart.items() if which in was}}


@dataclass(frozen=True)
class Candidate:
    """A record of the other side that may be the same thing."""

    target_id: str
    name: str
    score: float
    sure: bool
    evidence: tuple[str, ...]


class Edit(NamedTuple):
    """A field that a person changed on the source's side although the other side owns it; it is told, not carried."""

    field: str
    before: Any
    after: Any


@dataclass(slots=True)
class Case:
    """One source record with everything known of it: what `decide` decides by, and changes nothing of.

    It is not frozen, because a frozen one of so many fields takes ten times as long to make.
    """

    integration: str
    flow: Flow
    owners: dict[str, Any]
    record: Record
    card: Card
    revision: str
    mapped: Mapped
    gone: bool = False
    chosen: bool = True
    """Whether it is among the records that take part; a linked one is looked at all the same."""
    link: Link | None = None
    target: CatalogRecord | None = None
    """The linked record; without a link the one that our mark or origin_id names."""
    target_linked_with: str | None = None
    """The id of another source record with which `target` is linked."""
    refused: frozenset[str] = frozenset()
    """The target ids of which a person has said that they are not this record."""
    edits: tuple[Edit, ...] = ()
    survivors: tuple[Candidate, ...] = ()
    """Of a record that vanished: the source records into which it may have been merged."""
    heir_of: tuple[str, str] | None = None
    """The id of a record that vanished and may have been merged into this one, and of what that one is linked with."""
    open_intent: Intent | None = None
    candidates: tuple[Candidate, ...] = ()
    namesakes: tuple[CatalogRecord, ...] = ()
    """Other active records of the source with the same natural key."""
    taken_by: tuple[CatalogRecord, ...] = ()
    """Active records of the target that have the natural key already."""

    numbered_alike: tuple[CatalogRecord, ...] = ()
    """Other records of the same company with the same number, of which nobody has said that they may have it."""

    doubles: tuple[Candidate, ...] = ()
    """Records of another kind to which the document may belong."""

    host: CatalogRecord | None = None
    """The document that the record's lines join."""

    host_is_gone: bool = False
    """Whether what that document was made from is deleted or void."""

    books: Mapping[str, Any] = field(default_factory=dict)
    """What is known of the target's organisation (`System.facts`)."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    opening: bool = False
    """Whether it counts as opening balance, because it is dated before the cut-over."""

    worth: Decimal | None = None
    """What its document's lines add up to."""

    held_worth: Decimal | None = None
    """What the lines of the linked target that are ours add up to now."""
