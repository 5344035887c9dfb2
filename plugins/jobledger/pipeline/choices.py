"""Choices: which records take part in a flow (ACC-9). A mapping file names one, or the setting that holds its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from sqlalchemy.engine import Connection

from jobledger.errors import FixTheSetup
from jobledger.mapping.flow import NEVER
from jobledger.mapping.path import read
from jobledger.pipeline.billed import fully_billed
from jobledger.pipeline.run import FlowRun
from jobledger.store import approvals, catalog
from jobledger.systems.base import Card, System

Chosen = frozenset[str] | None
"""The ids that take part; None means all."""

COMMITMENTS = "commitments"


def _all(connection: Connection, run: FlowRun) -> Chosen:
    return None


def _none(connection: Connection, run: FlowRun) -> Chosen:
    return frozenset()


def _sent(connection: Connection, run: FlowRun) -> Chosen:
    return frozenset(approvals.sent_ids(connection, run.pair, run.flow.name))


def _used_on_commitments(connection: Connection, run: FlowRun) -> Chosen:
    used = catalog.active(connection, run.pair, f"procore.{COMMITMENTS}")
    vendors = {commitment.evidence.get("vendor_id", "") for commitment in used}
    return frozenset(vendors | approvals.sent_ids(connection, run.pair, run.flow.name))


class Linker(Protocol):
    """What a choice asks of a run's surroundings."""

    def target_of(self, kind: str, source_id: str) -> str | None:
        """The id that is linked with a source record of a kind."""


def _of_exported_bills(run: FlowRun, around: Linker, card: Card) -> bool:
    """Payments of bills that came from Procore (XER-183); credits on them only where credits are payments."""
    if card.evidence.get("kind") != "payment" and not run.integration.credits_as_payments:
        return False
    return around.target_of("invoices", card.evidence.get("bill", "")) is not None


def _began_in_the_books(run: FlowRun, around: Linker, card: Card) -> bool:
    """Costs on a project that neither came from Procore nor are another integration's (ACC-24, ACC-25, XER-83)."""
    settings, known = run.integration.job_costs, card.evidence
    ours = known.get("mark_of") or around.target_of("invoices", known.get("bill", ""))
    if not known.get("project") or known.get("account", "") in settings.exclude_accounts:
        return False
    if ours and not (settings.import_exported_bills and known.get("mark_of")):
        return False
    return settings.projects == "all" or _among(settings.projects, around.target_of("projects", known["project"]))


def _among(projects: tuple[int, ...], project_id: str | None) -> bool:
    return project_id in {str(one) for one in projects}


def _of_exported_invoices(run: FlowRun, around: Linker, card: Card) -> bool:
    """Payments of sales invoices that came from Procore; credits on them only where credits are payments (XER-64)."""
    if card.evidence.get("kind") != "payment" and not run.integration.credits_as_payments:
        return False
    return around.target_of("owner_invoices", card.evidence.get("invoice", "")) is not None


BY_CARD: dict[str, Callable[[FlowRun, Linker, Card], bool]] = {
    "of_exported_bills": _of_exported_bills,
    "of_exported_invoices": _of_exported_invoices,
    "began_in_the_books": _began_in_the_books,
}
"""Choices that are made record by record, by name."""

CHOICES: dict[str, Callable[[Connection, FlowRun], Chosen]] = {
    "all": _all,
    NEVER: _none,
    "sent": _sent,
    "on_request": _sent,
    "used_in_projects": _all,
    "used_on_commitments": _used_on_commitments,
    "when_closed": fully_billed,
    **dict.fromkeys(BY_CARD, _all),
}
"""By name: the ids of the records that take part. `used_in_projects` is what the connector reads to begin with."""


SWITCHES: dict[Any, str] = {True: "all", False: NEVER}
"""What the settings choose that are switches."""


def chosen(connection: Connection, run: FlowRun) -> Chosen:
    """The ids of the source records that take part in a run, or None for all."""
    some, projects = CHOICES[_name(run)](connection, run), run.integration.procore.projects
    if run.flow.source != "procore.projects" or projects == "all":
        return some
    named = frozenset(str(one) for one in projects)
    return named if some is None else some & named


def takes_part(run: FlowRun, around: Linker, card: Card) -> bool:
    """Whether a choice that looks at each record takes this one."""
    choice = BY_CARD.get(_name(run))
    return choice is None or choice(run, around, card)


def also_reads(run: FlowRun) -> Iterator[tuple[System, str]]:
    """The lists that are read besides: what the choice is made by, and the target where no twin reads it.

    Each is a system and one of its entities.
    """
    if run.reads(run.source) and _name(run) == "used_on_commitments":
        yield run.source, COMMITMENTS
    if run.reads(run.target) and run.twin is None and not run.flow.amends:
        yield run.target, run.flow.target_entity


def _name(run: FlowRun) -> str:
    stated = run.flow.chosen_by
    found = read(run.settings, stated.removeprefix("settings.")) if stated.startswith("settings.") else stated
    name = str(SWITCHES.get(found, found))
    if name not in CHOICES:
        raise FixTheSetup(
            f"include/mappings/*/{run.flow.name}.yaml: chosen_by",
            f"is '{name}'.",
            f"Choose one of {', '.join(CHOICES)}.",
        )
    return name
