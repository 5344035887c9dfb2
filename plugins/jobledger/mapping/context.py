"""What an expression sees when it runs: the record, the settings, the links, and a place for notes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Links = Callable[[str, str], str | None]
"""Kind and source id -> the id of the linked target record, or None."""


class MissingLink(NamedTuple):
    """A record that must be linked before the one at hand can go out: its kind and its id in the source."""

    kind: str
    id: str


class Unlinked(Exception):
    """Raised by the converter `link`; `document.py` collects it, and the record is `blocked`."""

    def __init__(self, missing: MissingLink) -> None:
        super().__init__(f"{missing.kind} {missing.id} is not linked")
        self.missing = missing


def no_links(kind: str, id: str) -> None:
    """Links of an integration that has none yet."""


@dataclass(frozen=True, slots=True)
class Context:
    """One record about to be mapped.

    `settings` are the integration's, as plain dictionaries under the names of the file; `line` is the current line of
    a document; `notes` collects sentences for the record's history, such as what was cut.
    """

    record: Any = None
    settings: dict[str, Any] = field(default_factory=dict)
    links: Links = no_links
    line: Any = None
    notes: list[str] = field(default_factory=list)
