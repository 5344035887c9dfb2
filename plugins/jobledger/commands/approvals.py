"""`airflow jobledger approvals`: records sent, retrieved, accepted and rejected from a shell (XER-20..23, XER-82)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from jobledger import platform
from jobledger.commands.screen import plain_errors, say, shell_user
from jobledger.errors import FixTheSetup
from jobledger.integration import Integration
from jobledger.mapping.flow import Flow
from jobledger.steps import flows_of
from jobledger.store import approvals, catalog
from jobledger.store.approvals import Approval, Decision
from jobledger.store.engine import reading, writing


@plain_errors
def show(args: Any) -> None:
    """Lists what waits, with the content that an acceptance is about."""
    paired = platform.integration(args.integration)
    with reading(platform.engine()) as connection:
        waiting = [
            (flow, one)
            for flow in sorted(flows_of(paired))
            for one in approvals.latest(connection, paired.pair, flow).values()
            if one.decision in ("waiting", "rejected", "sent")
        ]
    for flow, one in waiting:
        reason = f": {one.reason}" if one.reason else ""
        say(f"{flow} {one.source_id}  {one.decision} since {one.at:%Y-%m-%d %H:%M} UTC by {one.by}{reason}")
        say(f"    {one.number or ''} {one.name}".rstrip())
        for field, value in one.document.items():
            if value not in (None, ""):
                say(f"    {field}: {value}")
    if not waiting:
        say("Nothing waits.")


@plain_errors
def send(args: Any) -> None:
    """Sends records: they take part in the next run, and wait there for an acceptance where one is required."""
    paired, flow = _flow(args)
    with reading(platform.engine()) as connection:
        known = catalog.known(connection, paired.pair, flow.source, args.ids)
    for source_id in args.ids:
        if source_id not in known:
            raise FixTheSetup(
                flow.source, f"{source_id} is not known.", "Run the stage once (a plan will do), so that it is read."
            )
        one = known[source_id]
        _decide(paired, flow, Approval(source_id, "", "sent", shell_user(), one.name, one.number))


@plain_errors
def retrieve(args: Any) -> None:
    """Takes records back before they are accepted."""
    paired, flow = _flow(args)
    for last in _last(paired, flow, args.ids, ("sent", "waiting")):
        _decide(paired, flow, _again(last, "retrieved"))


@plain_errors
def accept(args: Any) -> None:
    """Accepts waiting records with exactly the content that waits; refused where separation of duties is on."""
    paired, flow = _flow(args)
    if paired.approvals.separation_of_duties:
        raise FixTheSetup(
            paired.name, "separates duties: a shell cannot prove who accepts.", "Accept in the Airflow UI (ACC-34)."
        )
    ids = _waiting_ids(paired, flow) if args.all else args.ids
    if not ids:
        raise FixTheSetup(flow.name, "nothing to accept.", "Give the ids, or --all; see `approvals list`.")
    for last in _last(paired, flow, ids, ("waiting",)):
        _decide(paired, flow, _again(last, "accepted"))


@plain_errors
def reject(args: Any) -> None:
    """Rejects waiting records, with the reason that their sender reads."""
    paired, flow = _flow(args)
    for last in _last(paired, flow, args.ids, ("waiting", "accepted")):
        _decide(paired, flow, _again(last, "rejected", args.reason))


def _flow(args: Any) -> tuple[Integration, Flow]:
    paired = platform.integration(args.integration)
    flows = flows_of(paired)
    if args.flow not in flows:
        raise FixTheSetup(paired.name, f"has no flow '{args.flow}'.", f"It has {', '.join(sorted(flows))}.")
    return paired, flows[args.flow]


def _waiting_ids(paired: Integration, flow: Flow) -> list[str]:
    with reading(platform.engine()) as connection:
        latest = approvals.latest(connection, paired.pair, flow.name)
    return [key[0] for key, one in latest.items() if one.decision == "waiting"]


def _last(paired: Integration, flow: Flow, ids: list[str], states: tuple[str, ...]) -> list[Approval]:
    with reading(platform.engine()) as connection:
        latest = approvals.latest(connection, paired.pair, flow.name, ids)
    for source_id in ids:
        one = latest.get((source_id, ""))
        if one is None or one.decision not in states:
            found = one.decision if one else "not sent"
            raise FixTheSetup(f"{flow.name} {source_id}", f"is {found}.", f"Expected: {' or '.join(states)}.")
    return [latest[source_id, ""] for source_id in ids]


def _again(last: Approval, decision: Decision, reason: str = "") -> Approval:
    return Approval(
        last.source_id,
        last.part,
        decision,
        shell_user(),
        last.name,
        last.number,
        last.fingerprint,
        last.document,
        reason,
    )


def _decide(paired: Integration, flow: Flow, decided: Approval) -> None:
    with writing(platform.engine()) as connection:
        approvals.add(connection, paired.pair, flow.name, decided, datetime.now(UTC))
    say(f"{decided.decision}: {flow.name} {decided.number or ''} {decided.name} ({decided.source_id})")
