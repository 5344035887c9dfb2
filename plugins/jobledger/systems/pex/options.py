"""Options of a dropdown tag: Procore's id is the value, which transactions keep; the name may change (PEX-16)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobledger.errors import OutcomeUnknown
from jobledger.systems.base import Page, Record, Window, Write, WriteResult
from jobledger.systems.compare import same_key
from jobledger.systems.pex.refusals import TITLE, refused
from jobledger.systems.pex.tags import Tags, is_placeholder
from jobledger.systems.results import conflict, unknown

_MARKED = "procore-"
"""How the mark of an option begins: its value is the id of what it was made from."""


@dataclass(frozen=True)
class Options:
    """The options of one tag, all of them written in one request."""

    tags: Tags
    kind: str

    def read(self, window: Window) -> Iterator[Page]:
        """All options, those that are off included; the placeholder is none."""
        yield Page(self._rows(), self.tags.api.now())

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Options by their value."""
        return [row for row in self._rows() if row["Value"] in set(ids)]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """The option with the value that our mark names or, without a mark, with the name."""
        if mark:
            return self.fetch([mark.removeprefix(_MARKED)])
        return [row for row in self._rows() if natural_key and same_key(row, natural_key)]

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Makes and changes options, all in one request. None is deleted, and one stays on.

        PEX has no idempotency key: a repeated request would say the same once more.
        """
        results: dict[str, WriteResult] = {}
        made: dict[str, Record] = {}

        def changed(tag: Record) -> Record | None:
            results.clear()
            after = _merged(tag.get("Options") or [], sent, results)
            made.update({_folded(one["Value"]): _row(one) for one in after})
            return {**tag, "Options": after} if len(results) < len(sent) else None

        try:
            answer = self.tags.change(self.kind, changed)
        except OutcomeUnknown as error:
            return [results.get(one.key) or unknown(one, str(error)) for one in sent]
        if answer is not None and not answer.ok:
            remedy = "Look at the tag in PEX's Tag Manager; the next run tries again."
            return [results.get(one.key) or refused(one, answer, remedy) for one in sent]
        return [results.get(one.key) or _done(one, made) for one in sent]

    def _rows(self) -> list[Record]:
        options = self.tags.whole(self.kind).get("Options") or []
        return [_row(one) for one in options if not is_placeholder(one)]


def option_mark(value: str) -> str:
    """The mark that an option's value is."""
    return f"{_MARKED}{value}"


def _row(option: Record) -> Record:
    return {"Value": str(option["Value"]), "Name": str(option["Name"]), "IsEnabled": bool(option.get("IsEnabled"))}


def _done(write: Write, made: Mapping[str, Record]) -> WriteResult:
    row = made[_folded(write.target_id or write.document["Value"])]
    return WriteResult(write.key, "done", target_id=row["Value"], record=row)


def _merged(options: Sequence[Record], sent: Sequence[Write], results: dict[str, WriteResult]) -> list[Record]:
    """The options with what is sent in them; `results` gets each write that cannot be carried out."""
    after = {_folded(one["Value"]): dict(one) for one in options}
    places = {_folded(one["Name"]): place for place, one in after.items()}
    for write in sent:
        place = _folded(write.target_id or write.document.get("Value"))
        before = after.get(place)
        if before is None and write.action != "create":
            gone = f"The option {write.target_id} is no longer in the tag."
            results[write.key] = conflict(write, gone, "Take the link away; then it is made again.")
            continue
        now = {"Order": 0, **(before or {}), **write.document}
        # the value of an option that is there never changes: transactions hold it
        now["Value"] = str((before or now)["Value"])
        holder = places.get(_folded(now["Name"]), place)
        if holder != place:
            taken = after[holder]
            message = f"{TITLE} has an option '{taken['Name']}' ({taken['Value']}) already, and takes each name once."
            results[write.key] = conflict(write, message, "Rename one of the two, or link them.")
            continue
        if before:
            places.pop(_folded(before["Name"]), None)
        places[_folded(now["Name"])] = place
        after[place] = now
    return _one_stays_on(_without_placeholder(list(after.values())), options, sent, results)


def _without_placeholder(options: list[Record]) -> list[Record]:
    """The placeholder is switched off as soon as a real option is on (PEX-13..15)."""
    has_real = any(one.get("IsEnabled") and not is_placeholder(one) for one in options)
    return [{**one, "IsEnabled": False} if has_real and is_placeholder(one) else one for one in options]


def _one_stays_on(
    after: list[Record], before: Sequence[Record], sent: Sequence[Write], results: dict[str, WriteResult]
) -> list[Record]:
    """PEX saves no tag without an option that is on: where all would go off, none does."""
    if any(one.get("IsEnabled") for one in after):
        return after
    was_on = {_folded(one["Value"]) for one in before if one.get("IsEnabled")}
    for write in sent:
        if _folded(write.target_id or write.document.get("Value")) in was_on and write.key not in results:
            message = "It is among the last options of its tag that are on, and PEX needs one."
            remedy = "Let another option be on first: permit or choose another record."
            results[write.key] = WriteResult(
                write.key, "refused", "blocked", write.target_id, message=message, remedy=remedy
            )
    return [{**one, "IsEnabled": _folded(one["Value"]) in was_on} for one in after]


def _folded(value: object) -> str:
    return str(value or "").strip().casefold()
