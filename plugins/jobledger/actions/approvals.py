"""What a person may decide about records: send, take back, accept, reject (XER-5..8, XER-39..42, ACC-34)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy.engine import Connection

from jobledger.errors import FixTheSetup
from jobledger.integration import Integration
from jobledger.mapping.flow import Flow
from jobledger.steps import flows_of
from jobledger.store import approvals, catalog
from jobledger.store.approvals import Approval, Decision

APPROVALS = "Jobledger approvals"
"""The resource in Airflow on which an accounting approver has the permission to edit (XER-73..75)."""

MAY_FOLLOW: Mapping[Decision, tuple[Decision, ...]] = {
    "retrieved": ("sent", "waiting"),
    "accepted": ("waiting",),
    "rejected": ("waiting", "accepted"),
}
"""What may be decided about a record, by what was decided last."""


def flow_named(paired: Integration, name: str) -> Flow:
    """A flow of an integration. Raises `FixTheSetup` where it has none of that name."""
    flows = flows_of(paired)
    if name not in flows:
        raise FixTheSetup(paired.name, f"has no flow '{name}'.", f"It has {', '.join(sorted(flows))}.")
    return flows[name]


def send(connection: Connection, paired: Integration, flow: Flow, ids: Sequence[str], by: str) -> list[Approval]:
    """Sends records, also those that were rejected: they take part in the next run, and wait where it is required.

    Raises `FixTheSetup` for a record that no run has read.
    """
    known = catalog.known(connection, paired.pair, flow.source, ids)
    for source_id in ids:
        if source_id not in known:
            remedy = "Run the stage once (a plan will do), so that it is read."
            raise FixTheSetup(flow.source, f"{source_id} is not known.", remedy)
    sent = [Approval(one, "", "sent", by, known[one].name, known[one].number) for one in ids]
    _add(connection, paired, flow, sent)
    return sent


def decide(
    connection: Connection,
    paired: Integration,
    flow: Flow,
    ids: Sequence[str],
    decision: Decision,
    by: str,
    reason: str = "",
    shown: Mapping[str, str] | None = None,
) -> list[Approval]:
    """Decides about records, all or none, with the content that waits.

    `shown` is the content's fingerprint by record, as a person saw it. Raises `FixTheSetup` for a record about which
    this cannot be decided now, whose content is no longer the one shown, or which its own sender would accept although
    the integration separates duties.
    """
    last = approvals.latest(connection, paired.pair, flow.name, ids)
    for source_id in ids:
        _check(connection, paired, flow, last.get((source_id, "")), source_id, decision, by, shown)
    decided = [_again(last[source_id, ""], decision, by, reason) for source_id in ids]
    _add(connection, paired, flow, decided)
    return decided


def sender(connection: Connection, paired: Integration, flow: Flow, source_id: str) -> str | None:
    """Who sent a record last; None where no person did."""
    sent = [one.by for one in approvals.life(connection, paired.pair, flow.name, source_id) if one.decision == "sent"]
    return sent[-1] if sent else None


def _check(
    connection: Connection,
    paired: Integration,
    flow: Flow,
    last: Approval | None,
    source_id: str,
    decision: Decision,
    by: str,
    shown: Mapping[str, str] | None,
) -> None:
    where, before = f"{flow.name} {source_id}", MAY_FOLLOW[decision]
    if last is None or last.decision not in before:
        raise FixTheSetup(where, f"is {last.decision if last else 'not sent'}.", f"Expected: {' or '.join(before)}.")
    if shown is not None and shown.get(source_id) != last.fingerprint:
        raise FixTheSetup(where, f"'{last.name}' has changed since it was shown to you.", "Look at it again.")
    separated = decision == "accepted" and paired.approvals.separation_of_duties
    if separated and sender(connection, paired, flow, source_id) == by:
        raise FixTheSetup(where, f"'{last.name}' was sent by you.", "Somebody else has to accept it (ACC-34).")


def _again(last: Approval, decision: Decision, by: str, reason: str) -> Approval:
    named = (last.name, last.number, last.fingerprint, last.document)
    return Approval(last.source_id, last.part, decision, by, *named, reason=reason)


def _add(connection: Connection, paired: Integration, flow: Flow, decided: Sequence[Approval]) -> None:
    for one in decided:
        approvals.add(connection, paired.pair, flow.name, one, datetime.now(UTC))
