"""The three dropdown tags: found by name or id, checked, and written whole (PEX: tags).

A tag is one record with all its options; what is left out of a write is gone. So it is read with everything in it
(OverrideRestrictions), changed, and written back with the key by which PEX notices that somebody else was faster.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jobledger.errors import FixTheSetup
from jobledger.systems.base import Record
from jobledger.systems.client import Answer
from jobledger.systems.pex.api import Api, many
from jobledger.systems.pex.reading import Reading
from jobledger.systems.pex.refusals import TITLE

FRESH = timedelta(minutes=2)
"""So long a tag that was read answers look-ups, which otherwise would read it again for each record."""

PLACEHOLDER = "test"
"""Name and value of the option without which PEX saves no tag (PEX-13..15)."""

_DROPDOWN, _ALLOCATION = ("dropdown", "2"), ("allocation", "10")
_DEFINITIONS = "Business/Configuration/Tags"
_STALE = 409
_TRIES = 3


@dataclass
class Tags:
    """The tags of one business, as an integration names them."""

    api: Api
    reading: Reading
    _definitions: list[Record] | None = field(default=None, repr=False)
    _kept: dict[str, tuple[datetime, Record]] = field(default_factory=dict, repr=False)

    @property
    def definitions(self) -> list[Record]:
        """Every tag of the business. Raises `FixTheSetup` where tags are switched off."""
        if self._definitions is None:
            if not self.api.settings.get("TagsEnabled", True):
                where, found = self.api.client.where, "the business has its tags switched off."
                raise FixTheSetup(where, found, f"Switch them on in {TITLE}: Business settings > Tag Manager.")
            self._definitions = [one for one in many(self.api.get(_DEFINITIONS), "tags") if not one.get("IsDeleted")]
        return self._definitions

    def named(self, kind: str) -> Record | None:
        """The tag that means projects, cost codes or cost types, by its id or else by its name."""
        wanted = self.reading.tags[kind].strip()
        by_id = next((one for one in self.definitions if str(one.get("Id")) == wanted), None)
        return by_id or next((one for one in self.definitions if _same(one.get("Name"), wanted)), None)

    def usable(self, kind: str) -> Record:
        """The tag of a kind; options can be filled in. Raises `FixTheSetup` naming what is wrong (PEX-17, PEX-18)."""
        found = self.named(kind)
        if wrong := problem(found):
            where = f"PEX tag '{self.reading.tags[kind]}' (pex.tags.{kind})"
            raise FixTheSetup(where, wrong, REMEDY.format(placeholder=PLACEHOLDER.title()))
        assert found is not None
        return found

    def allocations(self) -> frozenset[str]:
        """The ids of tags that split a purchase."""
        return frozenset(str(one["Id"]) for one in self.definitions if _is(one, _ALLOCATION))

    def whole(self, kind: str) -> Record:
        """A tag with all of its options."""
        tag_id = str(self.usable(kind)["Id"])
        kept = self._kept.get(tag_id)
        if kept and self.api.now() - kept[0] < FRESH:
            return kept[1]
        answer = self.api.get(f"Business/Configuration/Tag/{tag_id}", {"OverrideRestrictions": "true"})
        self._kept[tag_id] = answer.at, dict(answer.body)
        return self._kept[tag_id][1]

    def change(self, kind: str, changed: Callable[[Record], Record | None]) -> Answer | None:
        """Writes a tag as `changed` makes it of what is there now, in one request; None where it changes nothing.

        Where somebody else was faster it is read and made again. Raises as `Api.send` does.
        """
        for attempt in range(1, _TRIES + 1):
            self._kept.pop(str(self.usable(kind)["Id"]), None)
            wanted = changed(self.whole(kind))
            if wanted is None:
                return None
            self._kept.clear()
            answer = self.api.send("PUT", f"Business/Configuration/Tag/Dropdown/{wanted['Id']}", wanted)
            if answer.status != _STALE or attempt == _TRIES:
                return answer
        raise AssertionError("unreachable")


REMEDY = "In PEX, Business settings > Tag Manager: a tag of the type Dropdown, enabled, with one option {placeholder}."


def problem(tag: Record | None) -> str:
    """What keeps a tag from being filled, in words; empty where nothing does."""
    if tag is None:
        return "is not there."
    if not _is(tag, _DROPDOWN):
        return f"is of the type {tag.get('Type')}, not Dropdown."
    return "" if tag.get("IsEnabled", True) else "is not enabled."


def is_placeholder(option: Record) -> bool:
    """Whether an option only stands in until the first real one is there."""
    return _same(option.get("Name"), PLACEHOLDER) and _same(option.get("Value"), PLACEHOLDER)


def _is(tag: Record, kind: tuple[str, str]) -> bool:
    return str(tag.get("Type", "")).casefold() in kind


def _same(one: object, other: str) -> bool:
    return str(one or "").strip().casefold() == other.strip().casefold()
