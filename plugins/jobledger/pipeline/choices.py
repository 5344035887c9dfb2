"""Choices: which records take part in a flow (ACC-9). A mapping file names one, or the setting that holds its name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from sqlalchemy.engine import Connection

from jobledger.errors import FixTheSetup
from jobledger.mapping.flow import NEVER
from jobledger.mapping.path import read
from jobledger.pipeline.billed import fully_billed
from jobledger.pipeline.run import FlowRun
from jobledger.store import approvals, catalog, links
from jobledger.systems.base import Card, System

Chosen = frozenset[str] | None
"""The ids that take part; None means all."""

COMMITMENTS, PROJECTS = "commitments", "projects"


def _all(connection: Connection, run: FlowRun) -> Chosen:
    return None


def _none(connection: Connection, run: FlowRun) -> Chosen:
    return frozenset()


def _sent(connection: Connection, run: FlowRun) -> Chosen:
    return frozenset(approvals.sent_ids(connection, run.pair, run.flow.name))


def _used_on_commitments(connection: Connection, run: FlowRun) -> Chosen:
    places = {f"{COMMITMENTS}.vendor_id", *run.flow.used_as.values()}
    used = {one for place in places for one in _named_in(connection, run, place)}
    return frozenset(used | approvals.sent_ids(connection, run.pair, run.flow.name))


def roles(connection: Connection, run: FlowRun) -> dict[str, str]:
    """The role of each company that has one only (`used_as`), by Procore's id."""
    named = {role: _named_in(connection, run, place) for role, place in run.flow.used_as.items()}
    times = Counter(one for ids in named.values() for one in ids)
    return {one: role for role, ids in named.items() for one in ids if times[one] == 1}


def _named_in(connection: Connection, run: FlowRun, place: str) -> set[str]:
    """The companies that the active records of a Procore entity name; of projects those that are carried over."""
    entity, _, fact = place.partition(".")
    records = catalog.active(connection, run.pair, f"procore.{entity}")
    some = _projects(connection, run) if entity == PROJECTS else None
    return {one.evidence[fact] for one in records if one.evidence.get(fact) and (some is None or one.id in some)}


def _projects(connection: Connection, run: FlowRun) -> Chosen:
    """The projects that are linked or to be carried over."""
    named, stated = run.integration.procore.projects, run.integration.projects.export
    some = None if named == "all" else frozenset(str(one) for one in named)
    if stated == "all":
        return some
    linked = links.linked_targets(connection, run.pair, PROJECTS, "procore")
    wanted = frozenset(linked) | approvals.sent_ids(connection, run.pair, PROJECTS)
    return wanted if some is None else wanted & some


def _named_projects(connection: Connection, run: FlowRun) -> Chosen:
    """The projects that the settings name for PEX (PEX-27)."""
    named = run.integration.pex.projects
    return None if named == "all" else frozenset(str(one) for one in named)


class Linker(Protocol):
    """What a choice asks of a run's surroundings."""

    books: dict[str, Any]

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
    bill = known.get("bill", "")
    if not known.get("project") or known.get("account", "") in settings.exclude_accounts:
        return False
    if around.target_of("expenses", bill):
        return False
    ours = known.get("mark_of") or around.target_of("invoices", bill)
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


def _of_tagged_projects(run: FlowRun, around: Linker, card: Card) -> bool:
    """Projects that are options of their tag, where the business lets one tag depend on another."""
    return bool(around.books.get("tag_dependencies")) and around.target_of("projects", card.id) is not None


def _of_carried_purchases(run: FlowRun, around: Linker, card: Card) -> bool:
    """Receipts of purchases that are direct costs by now (PEX-25)."""
    return around.target_of("purchases", card.evidence.get("purchase", "")) is not None


BY_CARD: dict[str, Callable[[FlowRun, Linker, Card], bool]] = {
    "of_exported_bills": _of_exported_bills,
    "of_exported_invoices": _of_exported_invoices,
    "began_in_the_books": _began_in_the_books,
    "of_tagged_projects": _of_tagged_projects,
    "of_carried_purchases": _of_carried_purchases,
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
    "named_projects": _named_projects,
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
    if run.flow.source_system == "procore" and run.reads(run.source):
        entities = {place.partition(".")[0] for place in run.flow.used_as.values()} - {COMMITMENTS}
        if _name(run) == "used_on_commitments":
            entities.add(COMMITMENTS)
        yield from ((run.source, entity) for entity in sorted(entities))
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
