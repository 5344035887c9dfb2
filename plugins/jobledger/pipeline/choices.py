"""Choices: which records take part in a flow (ACC-9). A mapping file names one, or the setting that holds its name."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.engine import Connection

from jobledger.errors import FixTheSetup
from jobledger.mapping.path import read
from jobledger.pipeline.run import FlowRun
from jobledger.store import approvals, catalog

Chosen = frozenset[str] | None
"""The ids that take part; None means all."""

COMMITMENTS = "commitments"


def _all(connection: Connection, run: FlowRun) -> Chosen:
    return None


def _sent(connection: Connection, run: FlowRun) -> Chosen:
    return frozenset(approvals.sent_ids(connection, run.pair, run.flow.name))


def _used_on_commitments(connection: Connection, run: FlowRun) -> Chosen:
    used = catalog.active(connection, run.pair, f"procore.{COMMITMENTS}")
    vendors = {commitment.evidence.get("vendor_id", "") for commitment in used}
    return frozenset(vendors | approvals.sent_ids(connection, run.pair, run.flow.name))


CHOICES: dict[str, Callable[[Connection, FlowRun], Chosen]] = {
    "all": _all,
    "sent": _sent,
    "on_request": _sent,
    "used_in_projects": _all,
    "used_on_commitments": _used_on_commitments,
}
"""By name: the ids of the records that take part. `used_in_projects` is what the connector reads to begin with."""


def chosen(connection: Connection, run: FlowRun) -> Chosen:
    """The ids of the source records that take part in a run, or None for all."""
    some, projects = CHOICES[_name(run)](connection, run), run.integration.procore.projects
    if run.flow.source != "procore.projects" or projects == "all":
        return some
    named = frozenset(str(one) for one in projects)
    return named if some is None else some & named


def also_reads(run: FlowRun) -> tuple[str, ...]:
    """The source entities that must be read besides the flow's own, so that its choice can be made."""
    return (COMMITMENTS,) if _name(run) == "used_on_commitments" else ()


def _name(run: FlowRun) -> str:
    stated = run.flow.chosen_by
    name = read(run.settings, stated.removeprefix("settings.")) if stated.startswith("settings.") else stated
    if name not in CHOICES:
        raise FixTheSetup(
            f"include/mappings/*/{run.flow.name}.yaml: chosen_by",
            f"is '{name}'.",
            f"Choose one of {', '.join(CHOICES)}.",
        )
    return str(name)
