"""The form in which QuickBooks' records are passed on: references as plain ids, the time of change in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from jobledger.systems.base import Record
from jobledger.systems.quickbooks_online.times import version

UPDATED = "Updated"
"""Beside a record's own fields: when it was changed, in UTC."""

_LEFT_OUT = frozenset({"MetaData", "domain", "sparse", "status"})
_CENT = Decimal("0.01")
_EXACT = Context(prec=100)
"""Amounts of any length stay as they are: that one is too long is for the expectations to say."""


def flat(record: Mapping[str, Any]) -> Record:
    """A record with its references as ids.

    >>> flat({"Id": "7", "ParentRef": {"value": "3", "name": "Owner"}, "MetaData": {}})
    {'Id': '7', 'ParentRef': '3', 'Updated': None}
    """
    shaped = plain({name: value for name, value in record.items() if name not in _LEFT_OUT})
    shaped[UPDATED] = version((record.get("MetaData") or {}).get("LastUpdatedTime"))
    return shaped


def plain(fields: Mapping[str, Any]) -> Record:
    """Fields with references as ids.

    >>> plain({"ItemRef": {"value": "3", "name": "Slab"}, "Qty": 1})
    {'ItemRef': '3', 'Qty': 1}
    """
    return {name: _id(value) if name.endswith("Ref") else value for name, value in fields.items()}


def unflat(document: Mapping[str, Any]) -> Record:
    """A document with its references as QuickBooks takes them.

    >>> unflat({"ParentRef": "3", "Job": True})
    {'ParentRef': {'value': '3'}, 'Job': True}
    """
    return {name: {"value": str(value)} if _is_reference(name, value) else value for name, value in document.items()}


def money(value: Any) -> Decimal:
    """An amount to the cent, half away from zero; nothing is zero.

    >>> money(12), money(Decimal("-0.125")), money(None)
    (Decimal('12.00'), Decimal('-0.13'), Decimal('0.00'))
    """
    return Decimal(value or 0).quantize(_CENT, ROUND_HALF_UP, _EXACT)


def filled(values: Mapping[str, Any]) -> dict[str, str]:
    """What is known of a record, as text."""
    return {name: str(value) for name, value in values.items() if value is not None and value != ""}


def _id(value: Any) -> Any:
    return value.get("value") if isinstance(value, Mapping) else value


def _is_reference(name: str, value: Any) -> bool:
    return name.endswith("Ref") and not isinstance(value, Mapping)
