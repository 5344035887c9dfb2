"""The one writer of a document's lines: ours take the place of those they replace, all others stay (ACC-11).

The lines of a change order begin "CO 002 – " and stand in number order below those of the schedule of values (XER-140).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from jobledger.systems.base import Record

_CHANGE = re.compile(r"CO (\S.*?) – ")


def change_number(line: Record) -> str | None:
    """The number of the change order that a line belongs to.

    >>> change_number({"Description": "CO 002 – Roof drains"})
    '002'
    """
    match = _CHANGE.match(line.get("Description") or "")
    return match[1] if match else None


def headed(number: str, line: Record) -> Record:
    """A line of a change order, with the order's number in front of its description, once.

    >>> headed("002", {"Description": "Roof drains"})
    {'Description': 'CO 002 – Roof drains'}
    """
    text = line.get("Description") or ""
    return line if change_number({"Description": text}) == number else {**line, "Description": f"CO {number} – {text}"}


def composed(
    existing: Sequence[Record], replaced: Collection[str], ours: Sequence[Record], place: int, line_id: str
) -> list[Record]:
    """All lines of a document: `existing` as they are, with our lines in the place of those that they replace.

    A line of ours keeps its id (the field `line_id`) only if the document still has it. Where nothing is replaced they
    are put in at `place`.
    """
    there = {line[line_id] for line in existing}
    new = iter([_known(line, there, line_id) for line in ours])
    taken = (set(replaced) | {line[line_id] for line in ours if line.get(line_id)}) & there
    last = max((at for at, line in enumerate(existing) if line[line_id] in taken), default=None)
    lines: list[Record] = []
    for at, line in enumerate([*existing, None]):
        if line is None or line[line_id] not in taken:
            lines += new if last is None and at == place else ()
            lines += [line] if line else []
        else:
            lines += new if at == last else _next(new)
    return lines


def place_of_schedule(existing: Sequence[Record]) -> int:
    """Where lines of the schedule of values go that replace none: above the change orders."""
    return next((at for at, line in enumerate(existing) if change_number(line)), len(existing))


def place_of_change(existing: Sequence[Record], number: str) -> int:
    """Where the lines of a new change order go: above the first change order with a higher number."""
    higher = (at for at, line in enumerate(existing) if _rank(change_number(line)) > _rank(number))
    return next(higher, len(existing))


def _known(line: Record, there: Collection[str], line_id: str) -> Record:
    if line.get(line_id) in there:
        return line
    return {name: value for name, value in line.items() if name != line_id}


def _next(lines: Iterator[Record]) -> list[Record]:
    line = next(lines, None)
    return [] if line is None else [line]


def _rank(number: str | None) -> list[tuple[int, Any]]:
    """Numbers as people order them: 2 before 10."""
    parts = re.findall(r"\d+|\D+", number or "")
    return [(0, int(part)) if part.isdigit() else (1, part) for part in parts]
