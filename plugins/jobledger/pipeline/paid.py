"""What settled each document, against what the document itself says: the difference is told (ACC-21)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy.engine import Connection

from jobledger.pipeline.map import MappedRows
from jobledger.pipeline.run import FlowRun
from jobledger.store import catalog
from jobledger.store.catalog import CatalogRecord

SHOWN = 20
SLACK = timedelta(minutes=5)
"""How much older than what settled it a document may be and still tell of it: the two are stamped one by one."""


def unsettled(run: FlowRun, mapped: MappedRows, connection: Connection) -> Iterator[str]:
    """A sentence for each linked document of which total less amount due is not what settled it, to the cent.

    Nothing where the run has not read all that settles. A document that was read before or after a change of what
    settled it is left for the next run.
    """
    about, read_at = run.flow.about, _read_at(run, mapped)
    other = run.flow_of(about.kind) if about else None
    if about is None or other is None or read_at is None:
        return
    entity = other.source if other.source_system == run.flow.source_system else other.target
    known: defaultdict[str, Decimal] = defaultdict(Decimal)
    newest: dict[str, str] = {}
    for document, amount, active, version in catalog.settling(connection, run.pair, run.flow.source, about.by):
        known[document] += Decimal(amount or 0) if active else 0
        newest[document] = max(newest.get(document, ""), version or "")
    wrong = [
        _told(one, known[one.id])
        for one in catalog.linked(connection, run.pair, entity, about.kind)
        if one.active
        and _settled(one) not in (None, known[one.id])
        and _is_in_step(one, newest.get(one.id, ""), read_at)
    ]
    yield from wrong[:SHOWN]
    if len(wrong) > SHOWN:
        yield f"{len(wrong) - SHOWN} more documents are settled by other amounts than are known."


def _read_at(run: FlowRun, mapped: MappedRows) -> datetime | None:
    """When everything that settles was read up to; None in a run that left some out."""
    found = (until for entity, scope, until in mapped["cursors"] if (entity, scope) == (run.flow.source, ""))
    until = next(found, None)
    return datetime.fromisoformat(until) if until and not run.scope.narrowed else None


def _settled(document: CatalogRecord) -> Decimal | None:
    total, due = (document.evidence.get(name) for name in ("total", "due"))
    return Decimal(total) - Decimal(due) if total and due else None


def _is_in_step(document: CatalogRecord, newest: str, read_at: datetime) -> bool:
    """Whether the document was read as it was when that was read which settles it."""
    version = datetime.fromisoformat(document.version) if document.version else read_at
    return version <= read_at and not (newest and version + SLACK < datetime.fromisoformat(newest))


def _told(document: CatalogRecord, known: Decimal) -> str:
    settled = _settled(document) or Decimal(0)
    label = " ".join(part for part in (document.number, document.name) if part)
    return (
        f"'{label}' ({document.id}) is settled by {settled:,.2f} (total less amount due); payments, credits, pre- and "
        f"overpayments of it come to {known:,.2f}. The difference is {settled - known:,.2f}."
    )
