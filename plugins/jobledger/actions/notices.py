"""Notices: what waits for approvers, once a day, and each rejection at once (XER-100, XER-101, XTR-36, XTR-37)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy.engine import Connection

from jobledger import platform
from jobledger.actions.approvals import sender
from jobledger.errors import FixTheSetup
from jobledger.integration import Integration
from jobledger.mapping.flow import Flow
from jobledger.reports.printing import amount
from jobledger.steps import flows_of
from jobledger.store import approvals, catalog, cursors
from jobledger.store.approvals import Approval
from jobledger.store.engine import reading, writing

TOLD = "notices.rejections"
"""The cursor up to which rejections were told."""


TO_THE_AUTHOR = ("procore.commitments", "procore.change_orders")
"""What Procore's users write themselves: its rejection is told to whoever made it there (XTR-37)."""


@dataclass(frozen=True)
class Message:
    """A notice to some addresses."""

    to: tuple[str, ...]
    subject: str
    text: str


@dataclass(frozen=True)
class Rejection:
    """A record that was rejected, when, who sent it last, and the project that it is in."""

    flow: Flow
    what: Approval
    at: datetime
    sender: str
    project: str


def tell(integration: str, run_id: str, wants_digest: bool, notify: Callable[[Message], None]) -> int:
    """Tells each rejection that was not told yet and, if asked, what waits for an acceptance; how many were told.

    Raises `RetryLater` while Procore does not answer who made a record: the rejection is told later then.
    """
    paired = platform.integration(integration)
    flows = flows_of(paired)
    with reading(platform.engine()) as connection:
        rejected = rejections(connection, paired, flows)
        waiting = digest(connection, paired, flows) if wants_digest else None
    for one in rejected:
        message = _message(paired, one)
        if message.to:
            notify(message)
        with writing(platform.engine()) as connection:
            cursors.move(connection, paired.pair, run_id, [(TOLD, "", one.at)])
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


def rejections(connection: Connection, paired: Integration, flows: Mapping[str, Flow]) -> list[Rejection]:
    """Each rejection that was not told yet, oldest first."""
    since = cursors.read(connection, paired.pair, TOLD) or datetime.fromtimestamp(0, UTC)
    found = [
        Rejection(flow, one, one.at or since, *_sender_and_project(connection, paired, flow, one.source_id))
        for flow in flows.values()
        for one in approvals.rejected_since(connection, paired.pair, flow.name, since)
    ]
    return sorted(found, key=lambda one: one.at)


_WHERE = "Open Airflow, menu Jobledger, page Approvals."


def _sender_and_project(connection: Connection, paired: Integration, flow: Flow, source_id: str) -> tuple[str, str]:
    sent_by = (sender(connection, paired, flow, source_id) or "").removesuffix(" (shell)")
    return sent_by, catalog.places_of(connection, paired.pair, flow.source, [source_id]).get(source_id, "")


def _message(paired: Integration, one: Rejection) -> Message:
    to, note = _addressees(paired, one)
    called = f"{one.what.number or ''} {one.what.name}".strip()
    text = (
        f"{one.what.by} rejected {called} ({one.flow.name.replace('_', ' ')}, {one.what.source_id}) of {paired.name}."
        f"\n\nReason: {one.what.reason}\n\nMend it and send it again. {_WHERE}{note}"
    )
    return Message(to, f"{paired.name}: {called} was rejected", text)


def _addressees(paired: Integration, one: Rejection) -> tuple[tuple[str, ...], str]:
    """Whom a rejection is told, and a note about it: the record's author or, where there is none to tell, the sender.

    Where a run sent it by itself, those who want the digest are told.
    """
    people, note = paired.notices.people, ""
    if one.flow.source in TO_THE_AUTHOR:
        address, note = _author(paired, one)
        if address:
            return (address,), ""
    names: Sequence[str] = [one.sender] if one.sender in people else paired.notices.digest
    return tuple(people[name] for name in names), note


def _author(paired: Integration, one: Rejection) -> tuple[str | None, str]:
    """The address of a record's author or, where it cannot be had, why not."""
    _, _, entity = one.flow.source.partition(".")
    try:
        address, why = platform.author(paired, entity, one.what.source_id, one.project), "it names none"
    except FixTheSetup as error:
        address, why = None, str(error)
    return address, f"\n\nProcore did not tell the address of its author ({why}): pass this on."


def _total(connection: Connection, paired: Integration, flow: Flow) -> Decimal:
    rows = approvals.standing(connection, paired.pair, "waiting", flow.name, 0, _MOST)
    known = catalog.known(connection, paired.pair, flow.source, [one.source_id for _, one in rows])
    return sum((Decimal(one.evidence.get("amount") or 0) for one in known.values()), start=Decimal(0))


_MOST = 100_000
