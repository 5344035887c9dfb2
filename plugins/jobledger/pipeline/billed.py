"""Which commitments are billed in full, so that their orders may be marked billed (ACC-30)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy.engine import Connection

from jobledger.pipeline.amend import amendable, in_parts
from jobledger.pipeline.run import FlowRun
from jobledger.store import catalog, ledger, links
from jobledger.store.ledger import Line

PARTS = ("change_orders", "invoices")
"""The kinds of what belongs to a commitment: what adds to it, and what bills it."""


def fully_billed(connection: Connection, run: FlowRun) -> frozenset[str]:
    """The commitments whose approved invoices add up to them with their approved change orders, to the cent.

    Each of these documents has its counterpart in the books, or is opening balance. Retainage is no matter here:
    invoices bill gross.
    """
    ids = list(amendable(connection, run))
    lines = list(_own_lines(connection, run, ids))
    held_up: set[str] = set()
    for kind in PARTS:
        parts = _lines_of(connection, run, kind, ids)
        lines += parts
        held_up |= _without_counterpart(connection, run, kind, parts)
    sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in lines:
        sums[line.measure, line.parent or line.document] += line.amount
    return frozenset(
        one
        for one in ids
        if one not in held_up and ("billed", one) in sums and sums["commitment", one] == sums["billed", one]
    )


def _own_lines(connection: Connection, run: FlowRun, ids: list[str]) -> Iterable[Line]:
    for some in in_parts(ids):
        yield from ledger.of_documents(connection, run.pair, run.flow.source, some)


def _lines_of(connection: Connection, run: FlowRun, kind: str, ids: list[str]) -> list[Line]:
    flow = run.flow_of(kind)
    found: list[Line] = []
    for some in in_parts(ids) if flow else ():
        found += ledger.about(connection, run.pair, flow.source if flow else "", some)
    return found


def _without_counterpart(connection: Connection, run: FlowRun, kind: str, lines: list[Line]) -> set[str]:
    """The commitments of those documents that have no live counterpart and are no opening balance (ACC-7)."""
    flow, cutover = run.flow_of(kind), run.integration.cutover
    if flow is None or not lines:
        return set()
    linked = links.linked_targets(connection, run.pair, kind, "procore")
    wanted = {linked[line.document] for line in lines if line.document in linked}
    alive: set[str] = set()
    for some in in_parts(wanted):
        alive |= {one.id for one in catalog.known(connection, run.pair, flow.target, some).values() if one.active}
    return {
        line.parent
        for line in lines
        if linked.get(line.document) not in alive and not (cutover and line.dated and line.dated < cutover)
    }
