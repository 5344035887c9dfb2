"""What an expression sees when it runs: the record, the settings, the links, and a place for notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple


class Linked(NamedTuple):
    """The record that a source record is linked with: its id and what the catalog knows of it.

    `id` is None for a document that counts as opening balance and has no counterpart; `facts` are then its own.
    """

    id: str | None
    facts: Mapping[str, Any]


Links = Callable[[str, str], Linked | None]
"""Kind and source id (or number) -> the linked target record, or None."""


Own = Callable[[str, str], Mapping[str, Any]]
"""Kind and id of a record on the source's side -> what the catalog knows of that record itself."""

Rates = Callable[[str, date, str | None], Decimal | None]
"""Employee, day and time type -> what an hour costs, or None where nobody has entered it."""


class Missing(NamedTuple):
    """What must be there before the record at hand can go out: why it is not, and what to do."""

    why: str
    remedy: str


class NotYet(Exception):
    """Raised by a converter for something that must come first; `document.py` collects it: the record is `blocked`.

    `{field}` in `why` stands for the field at hand.
    """

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(why)
        self.missing = Missing(why, remedy)


def no_links(kind: str, id: str) -> None:
    """Links of an integration that has none yet."""


def nothing_known(kind: str, id: str) -> Mapping[str, Any]:
    """What a catalog without records knows."""
    return {}


def no_rates(employee_id: str, day: date, time_type: str | None) -> Decimal | None:
    """Rates of an integration that costs no time."""
    return None


@dataclass(frozen=True, slots=True)
class Context:
    """One record about to be mapped.

    `settings` are the integration's, as plain dictionaries under the names of the file; `books` what is known of the
    target's organisation (`System.facts`); `line` is the current line of a document, and `place` its place, from 0;
    `notes` collects sentences for the record's history, such as what was cut; `rates` tell what time costs, `own` what
    is known of another record of the source's side, `roles` in which one role a company is used (`used_as`).
    """

    record: Any = None
    settings: dict[str, Any] = field(default_factory=dict)
    books: dict[str, Any] = field(default_factory=dict)
    links: Links = no_links
    line: Any = None
    place: int = 0
    notes: list[str] = field(default_factory=list)
    rates: Rates = no_rates
    own: Own = nothing_known
    roles: Mapping[str, str] = field(default_factory=dict)
