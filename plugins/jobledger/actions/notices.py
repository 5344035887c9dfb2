"""Notices: what waits for approvers, once a day, and each rejection at once (XER-100, XER-101, XTR-36, XTR-37)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy.engine import Connection

from jobledger import platform
from jobledger.actions.approvals import sender
from jobledger.integration import Integration
from jobledger.mapping.flow import Flow
from jobledger.reports.printing import amount
from jobledger.steps import flows_of
from jobledger.store import approvals, catalog, cursors
from jobledger.store.approvals import Approval
from jobledger.store.engine import reading, writing

TOLD = "notices.rejections"
"""The cursor up to which rejections were told."""


@dataclass(frozen=True)
class Message:
    """A notice to some addresses."""

    to: tuple[str, ...]
    subject: str
    text: str


def tell(integration: str, run_id: str, wants_digest: bool, notify: Callable[[Message], None]) -> int:
    """Tells each rejection that was not told yet and, if asked, what waits for an acceptance; how many were told."""
    paired = platform.integration(integration)
    flows = flows_of(paired)
    with reading(platform.engine()) as connection:
        rejected = rejections(connection, paired, flows)
        waiting = digest(connection, paired, flows) if wants_digest else None
    for message, at in rejected:
        if message.to:
            notify(message)
        with writing(platform.engine()) as connection:
            cursors.move(connection, paired.pair, run_id, [(TOLD, "", at)])
    if waiting:
        notify(waiting)
    return len(rejected) + bool(waiting)


def digest(connection: Connection, paired: Integration, flows: Mapping[str, Flow]) -> Message | None:
    """What waits for an acceptance, by flow with its amount, to all who want the digest; None where nothing waits."""
    notices, counts = paired.notices, approvals.standing_counts(connection, paired.pair)
    to = tuple(notices.people[name] for name in notices.digest)
    waiting = {flow: count for (decision, flow), count in counts.items() if decision == "waiting" and flow in flows}
    if not (waiting and to):
        return None
    lines = [
        f"  {flow.replace('_', ' ')}: {count} ({amount(_total(connection, paired, flows[flow]))})"
        for flow, count in waiting.items()
    ]
    total = sum(waiting.values())
    text = "\n".join([f"{total} records of {paired.name} wait for an acceptance:", "", *lines, "", _WHERE])
    return Message(to, f"{paired.name}: {total} wait for an acceptance", text)


def rejections(
    connection: Connection, paired: Integration, flows: Mapping[str, Flow]
) -> list[tuple[Message, datetime]]:
    """A notice for each rejection that was not told yet, oldest first, and when it was made.

    It goes to whoever sent the record; where a run sent it by itself, to those who want the digest.
    """
    since = cursors.read(connection, paired.pair, TOLD) or datetime.fromtimestamp(0, UTC)
    found = [
        (flow, one)
        for flow in flows.values()
        for one in approvals.rejected_since(connection, paired.pair, flow.name, since)
    ]
    in_order = sorted(found, key=lambda entry: entry[1].at or since)
    return [(_rejection(connection, paired, flow, one), one.at or since) for flow, one in in_order]


_WHERE = "Open Airflow, menu Jobledger, page Approvals."


def _rejection(connection: Connection, paired: Integration, flow: Flow, one: Approval) -> Message:
    sent_by = (sender(connection, paired, flow, one.source_id) or "").removesuffix(" (shell)")
    names: Sequence[str] = [sent_by] if sent_by in paired.notices.people else paired.notices.digest
    called = f"{one.number or ''} {one.name}".strip()
    text = (
        f"{one.by} rejected {called} ({flow.name.replace('_', ' ')}, {one.source_id}) of {paired.name}.\n\n"
        f"Reason: {one.reason}\n\nMend it and send it again. {_WHERE}"
    )
    return Message(tuple(paired.notices.people[name] for name in names), f"{paired.name}: {called} was rejected", text)


def _total(connection: Connection, paired: Integration, flow: Flow) -> Decimal:
    rows = approvals.standing(connection, paired.pair, "waiting", flow.name, 0, _MOST)
    known = catalog.known(connection, paired.pair, flow.source, [one.source_id for _, one in rows])
    return sum((Decimal(one.evidence.get("amount") or 0) for one in known.values()), start=Decimal(0))


_MOST = 100_000
