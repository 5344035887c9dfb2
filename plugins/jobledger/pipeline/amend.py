"""Amending: a flow that changes documents which another flow made. It reads no vendor; the catalog knows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy.engine import Connection

from jobledger.pipeline.run import FlowRun
from jobledger.store import catalog, history, links
from jobledger.store.catalog import CatalogRecord


def amendable(connection: Connection, run: FlowRun) -> dict[str, CatalogRecord]:
    """The source records, by id, of the documents that the flow may still amend: in use, not locked, never amended.

    A document is amended once: a person who takes that back is not fought.
    """
    statuses = run.flow.only_when.get("status")
    linked = links.unwritten(connection, run.pair, run.flow.linked_as, run.flow.name, run.side)
    sources = _known(connection, run, run.flow.source, linked)
    waiting = [one for one in sources if one.active and (not statuses or one.status in statuses)]
    targets = {one.id: one for one in _known(connection, run, run.flow.target, (linked[one.id] for one in waiting))}
    return {one.id: one for one in waiting if _is_open(targets.get(linked[one.id]))}


def amendable_rows(connection: Connection, run: FlowRun) -> Iterator[dict[str, Any]]:
    """The staged form of these records, and of the flow's open ones: of their fields what the catalog knows."""
    found = amendable(connection, run)
    still_open = set(history.open_ids(connection, run.pair, run.flow.name)) - set(found)
    for one in [*found.values(), *_known(connection, run, run.flow.source, still_open)]:
        if _asked_for(run, one):
            record = {"id": one.id, "number": one.number, "status": one.status}
            yield {"id": one.id, "revision": one.version or run.clock().isoformat(), "gone": False, "record": record}


def _is_open(target: CatalogRecord | None) -> bool:
    return target is not None and target.active and not target.evidence.get("locked")


def _asked_for(run: FlowRun, one: CatalogRecord) -> bool:
    """Whether a run that was narrowed to records or projects is about this record."""
    scope = run.scope
    if scope.only_records and one.id not in scope.records_of(run.flow.name):
        return False
    return not scope.only_projects or one.evidence.get("project") in scope.only_projects


def _known(connection: Connection, run: FlowRun, entity: str, ids: Iterable[str]) -> list[CatalogRecord]:
    found: list[CatalogRecord] = []
    for some in in_parts(ids):
        found += catalog.known(connection, run.pair, entity, some).values()
    return found


def in_parts(ids: Iterable[str]) -> Iterator[list[str]]:
    """Ids in parts that a query takes."""
    every = sorted(ids)
    return (every[start : start + 500] for start in range(0, len(every), 500))
