"""A vendor's record as the catalog keeps it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from jobledger.mapping.path import read
from jobledger.store.catalog import CatalogRecord
from jobledger.systems.base import Card, Record, System

NAME, CODE = 1000, 255
"""The most characters of a name, and of a number or mark, that our tables keep."""

_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


def card_of(system: System, entity: str, record: Record) -> Card:
    """A record's card, its texts such that any database can keep them."""
    card = system.entities[entity].card(record)
    return replace(
        card,
        name=_kept(card.name, NAME),
        number=_kept(card.number, CODE) if card.number else None,
        mark=_kept(card.mark, CODE) if card.mark else None,
    )


def catalog_record_of(system: System, entity: str, paths: Iterable[str], record: Record) -> CatalogRecord:
    """A vendor's record as the catalog keeps it: its card, and its values at the paths that flows write."""
    card = card_of(system, entity, record)
    values = {path: value for path in paths if (value := read(record, path)) is not None}
    return CatalogRecord(
        id=card.id,
        name=card.name,
        number=card.number,
        mark=card.mark,
        version=card.version,
        status=card.status,
        active=card.active,
        evidence=dict(card.evidence),
        content=values,
        merged_into=card.merged_into,
    )


def card_of_catalog(known: CatalogRecord) -> Card:
    """A record of the catalog as a card, for proposals."""
    values = {name: value for name, value in vars(known).items() if name != "content"}
    return Card(**values)


def _kept(text: str, length: int) -> str:
    return _UNKEEPABLE.sub("", text)[:length]
