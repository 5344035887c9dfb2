"""Which lines of a target document are ours: pure functions over lines as the catalog keeps them.

A line in the catalog is a dictionary of the paths that the flow writes, with the line's `id`; a line of a link's state
also has its `key`, by which the source knows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jobledger.mapping.canonical import same
from jobledger.mapping.compare import LINES

Line = dict[str, Any]

_OWN = ("id", "key")


def plain(lines: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Lines without their ids and keys: what is compared."""
    return [{name: value for name, value in line.items() if name not in _OWN} for line in lines]


def recognised(sent: Sequence[Line], keys: Sequence[str], found: Sequence[Line]) -> list[Line]:
    """Of the lines found in a document those that were sent, each with its key, in the order sent.

    A line is recognised by its values; one that is not there any more is left out.
    """
    left = list(found)
    ours = []
    for line, key in zip(sent, keys, strict=True):
        match = next((one for one in left if _agrees(line, one)), None)
        if match is not None:
            left.remove(match)
            ours.append({**match, "key": key})
    return ours


def still_ours(seen: Mapping[str, Any] | None, content: Mapping[str, Any]) -> list[Line]:
    """The lines of a document as it is now that a link's state names, with their keys, in the order of the state."""
    now = {line["id"]: line for line in content.get(LINES) or []}
    known = (seen or {}).get(LINES) or []
    return [{**now[line["id"]], "key": line.get("key", "")} for line in known if line["id"] in now]


def with_own_lines(content: Mapping[str, Any], lines: Sequence[Line]) -> dict[str, Any]:
    """A target's content with only those of its lines that are ours."""
    return {**content, LINES: list(lines)} if LINES in content else dict(content)


def _agrees(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Whether a line has every value that was sent; what was left out the vendor may have filled in."""
    return all(value is None or same(value, theirs.get(path)) for path, value in ours.items())
