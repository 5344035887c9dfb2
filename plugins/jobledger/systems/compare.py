"""Comparing what was sent or looked for with what a vendor sends back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobledger.mapping.path import read
from jobledger.systems.base import Record

_TOLD_APART_BY = ("PhoneType", "AddressType")
"""The fields by which the elements of a list are told apart, whatever their place."""


def same_key(record: Record, natural_key: Mapping[str, Any]) -> bool:
    """Whether a record has the values of a natural key, as vendors compare names: without case and outer spaces."""
    return all(plain(read(record, path)) == plain(value) for path, value in natural_key.items())


def plain(value: Any) -> str:
    """A value as it is compared: text without case and outer spaces."""
    return str("" if value is None else value).strip().casefold()


def lost_fields(sent: Mapping[str, Any], echo: Mapping[str, Any], prefix: str = "") -> list[str]:
    """The paths that were sent with a value and came back with none."""
    lost: list[str] = []
    for name, value in sent.items():
        found = echo.get(name)
        if isinstance(value, Mapping):
            lost += lost_fields(value, found or {}, f"{prefix}{name}.")
        elif isinstance(value, list):
            lost += _lost_elements(value, found or [], f"{prefix}{name}")
        elif value not in (None, "") and found in (None, ""):
            lost.append(f"{prefix}{name}")
    return lost


def _lost_elements(sent: list[Any], echo: list[Any], path: str) -> list[str]:
    lost: list[str] = []
    for place, element in enumerate(sent):
        if isinstance(element, Mapping):
            lost += lost_fields(element, _counterpart(element, place, echo), f"{path}.")
    return lost


def _counterpart(element: Mapping[str, Any], place: int, echo: list[Any]) -> Mapping[str, Any]:
    kind = next((name for name in _TOLD_APART_BY if name in element), None)
    alike = [one for one in echo if kind and one.get(kind) == element[kind]] or echo[place : place + 1]
    return alike[0] if alike else {}
