"""`airflow jobledger approvals`: records sent, retrieved, accepted and rejected from a shell (XER-20..23, XER-82)."""

from __future__ import annotations

from typing import Any

from jobledger import platform
from jobledger.actions import approvals as actions
from jobledger.commands.screen import plain_errors, say, shell_user
from jobledger.errors import FixTheSetup
from jobledger.integration import Integration
from jobledger.mapping.flow import Flow
from jobledger.steps import flows_of
from jobledger.store import approvals
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
    with writing(platform.engine()) as connection:
        _tell(flow, actions.send(connection, paired, flow, args.ids, shell_user()))


@plain_errors
def retrieve(args: Any) -> None:
    """Takes records back before they are accepted."""
    paired, flow = _flow(args)
    _decide(paired, flow, args.ids, "retrieved")


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
    _decide(paired, flow, ids, "accepted")


@plain_errors
def reject(args: Any) -> None:
    """Rejects waiting records, with the reason that their sender reads."""
    paired, flow = _flow(args)
    _decide(paired, flow, args.ids, "rejected", args.reason)


@plain_errors
def grant(args: Any) -> None:
    """Makes the accounting approver's permission, under Airflow's FAB auth manager, and gives it to a role (XER-75)."""
    platform.grant(args.role, actions.APPROVALS)
    say(f"{args.role} may accept and reject: can edit on {actions.APPROVALS}")


def _flow(args: Any) -> tuple[Integration, Flow]:
    paired = platform.integration(args.integration)
    return paired, actions.flow_named(paired, args.flow)


def _waiting_ids(paired: Integration, flow: Flow) -> list[str]:
    with reading(platform.engine()) as connection:
        latest = approvals.latest(connection, paired.pair, flow.name)
    return [key[0] for key, one in latest.items() if one.decision == "waiting"]


def _decide(paired: Integration, flow: Flow, ids: list[str], decision: Decision, reason: str = "") -> None:
    with writing(platform.engine()) as connection:
        decided = actions.decide(connection, paired, flow, ids, decision, shell_user(), reason)
    _tell(flow, decided)


def _tell(flow: Flow, decided: list[Approval]) -> None:
    for one in decided:
        say(f"{one.decision}: {flow.name} {one.number or ''} {one.name} ({one.source_id})")
