"""A vendor's record as the catalog keeps it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from jobledger.mapping.compare import LINES
from jobledger.mapping.flow import Flow
from jobledger.mapping.path import read
from jobledger.pipeline.run import FlowRun
from jobledger.store.catalog import CatalogRecord
from jobledger.systems.base import Card, LedgerLine, Record, System

NAME, CODE = 1000, 255
"""The most characters of a name, and of a number or mark, that our tables keep."""

_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


def card_of(system: System, entity: str, record: Record) -> Card:
    """A record's card, its texts such that any database can keep them."""
    card = system.entities[entity].card(record)
    name = _kept(card.name, NAME)
    number = _kept(card.number, CODE) if card.number else None
    mark = _kept(card.mark, CODE) if card.mark else None
    if (name, number, mark) == (card.name, card.number, card.mark):
        return card
    return replace(card, name=name, number=number, mark=mark)


def catalog_record_of(
    system: System, entity: str, paths: Iterable[str], record: Record, flow: Flow | None = None
) -> CatalogRecord:
    """A vendor's record as the catalog keeps it: its card, and its values at the paths that flows write.

    With a `flow` that writes lines they are kept too, each with its `id` and its values at the flow's paths.
    """
    card = card_of(system, entity, record)
    values = {path: value for path in paths if (value := read(record, path)) is not None}
    if flow and flow.lines:
        values[LINES] = _lines(record, flow, system.entities[entity].line_id)
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


def target_record_of(run: FlowRun, record: Record) -> CatalogRecord:
    """A record that a flow writes, as the catalog keeps it: with what other flows write in such records."""
    return catalog_record_of(run.target, run.maker.target_entity, run.kept_paths, record, run.maker)


def ledger_lines_of(system: System, entity: str, record: Record) -> list[dict[str, Any]]:
    """A record's lines for the reports; none where its kind has none, or where it does not count."""
    reckon = system.entities[entity].ledger
    return [_fitting(line) for line in reckon(record)] if reckon else []


def _fitting(line: LedgerLine) -> dict[str, Any]:
    texts = {name: _kept(getattr(line, name), 120) for name in ("line", "project", "cost_code", "party", "parent")}
    return {**texts, "measure": line.measure, "dated": line.dated, "amount": line.amount}


def _lines(record: Record, flow: Flow, line_id: str) -> list[dict[str, Any]]:
    found = read(record, flow.lines_to) or []
    return [{"id": str(line.get(line_id)), **{path: read(line, path) for path in flow.line_paths}} for line in found]


def card_of_catalog(known: CatalogRecord) -> Card:
    """A record of the catalog as a card, for proposals."""
    values = {name: value for name, value in vars(known).items() if name != "content"}
    return Card(**values)


def _kept(text: str, length: int) -> str:
    if text.isprintable() and len(text) <= length:
        return text
    return _UNKEEPABLE.sub("", text)[:length]
