"""Paths: where a value sits in a document, written flat.

`vendor.id` is a key inside a key. `Phones[PhoneType=FAX].PhoneNumber` is the first element of the list `Phones` whose
`PhoneType` is `FAX`. A path is parsed once; reading and writing use the parsed form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

Read = Callable[[Any], Any]

_STEP = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:\[(?P<key>[A-Za-z_]\w*)=(?P<value>[^\[\]=]+)\])?")
_SELECTOR = re.compile(r"\[[^\]]*\]")


class Step(NamedTuple):
    """One key of a path, with the selector of a list element where there is one."""

    name: str
    key: str | None = None
    value: str | None = None


@lru_cache(maxsize=4096)
def parse(text: str) -> tuple[Step, ...]:
    """The steps of a path. Raises `ValueError` saying what is wrong with it.

    >>> parse("vendor.id")
    (Step(name='vendor', key=None, value=None), Step(name='id', key=None, value=None))
    """
    steps, at = [], 0
    while match := _STEP.match(text, at):
        steps.append(Step(match["name"], match["key"], match["value"]))
        at = match.end()
        if at == len(text):
            return tuple(steps)
        if text[at] != ".":
            break
        at += 1
    raise ValueError(f"'{text}' is not a path such as vendor.id or Phones[PhoneType=FAX].PhoneNumber")


@lru_cache(maxsize=4096)
def reader(text: str) -> Read:
    """A function that reads the path from a record; a missing part gives None. Raises `ValueError`."""
    steps = parse(text)
    if len(steps) == 1 and steps[0].key is None:
        return _key_reader(steps[0].name)
    return lambda record: _walk(record, steps)


def read(record: Any, text: str) -> Any:
    """The value at a path, or None.

    >>> read({"Phones": [{"PhoneType": "FAX", "PhoneNumber": "303 555 0142"}]}, "Phones[PhoneType=FAX].PhoneNumber")
    '303 555 0142'
    """
    return reader(text)(record)


def nest(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Flat paths as a document. Paths with one selector share one element, which gets the selector's key.

    Raises `ValueError` where two paths contradict each other (`a` and `a.b`).

    >>> nest({"vendor.id": 7, "Phones[PhoneType=FAX].PhoneNumber": "303 555 0142"})
    {'vendor': {'id': 7}, 'Phones': [{'PhoneType': 'FAX', 'PhoneNumber': '303 555 0142'}]}
    """
    document: dict[str, Any] = {}
    for text, value in fields.items():
        _write(document, text, value)
    return document


def known(path: str, paths: Collection[str]) -> bool:
    """Whether a path is among the known ones.

    `custom_fields.*` knows everything below `custom_fields`; `Phones.PhoneNumber` knows that field of every element,
    and the element as a whole.
    """
    plain = _SELECTOR.sub("", path)
    if path in paths or plain in paths:
        return True
    return any(_covers(entry, plain) for entry in paths)


def _covers(entry: str, path: str) -> bool:
    return entry.startswith(f"{path}.") or (entry.endswith(".*") and path.startswith(entry[:-1]))


def _key_reader(name: str) -> Read:
    return lambda record: record.get(name) if isinstance(record, dict) else None


def _walk(record: Any, steps: tuple[Step, ...]) -> Any:
    for name, key, value in steps:
        if not isinstance(record, dict):
            return None
        record = record.get(name)
        if key is not None:
            record = _element(record, key, value)
    return record


def _element(elements: Any, key: str, value: str | None) -> Any:
    if not isinstance(elements, list):
        return None
    matching = (element for element in elements if isinstance(element, dict) and str(element.get(key)) == value)
    return next(matching, None)


def _write(document: dict[str, Any], text: str, value: Any) -> None:
    steps = parse(text)
    place = document
    for step in steps[:-1]:
        place = _enter(place, step, text)
    last = steps[-1]
    if last.key is not None:
        raise ValueError(f"'{text}' ends in a list element; name the field inside it")
    if place.setdefault(last.name, value) != value:
        raise ValueError(f"'{text}' is filled twice, or another path goes through it")


def _enter(place: dict[str, Any], step: Step, text: str) -> dict[str, Any]:
    empty: Any = {} if step.key is None else []
    inside = place.setdefault(step.name, empty)
    if type(inside) is not type(empty):
        raise ValueError(f"'{text}' goes through '{step.name}', which another path fills")
    return inside if step.key is None else _entered(inside, step)


def _entered(elements: list[Any], step: Step) -> dict[str, Any]:
    found: dict[str, Any] | None = _element(elements, str(step.key), step.value)
    if found is None:
        found = {str(step.key): step.value}
        elements.append(found)
    return found
