"""What the reports know of documents: both sides' lines, which documents belong together, and how each one stands.

Reads the store only. Everything is as of the last time that each list was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from jobledger.integration import Integration
from jobledger.mapping.compare import LINES
from jobledger.mapping.flow import Flow
from jobledger.store import history, ledger, links
from jobledger.store.ledger import Line
from jobledger.store.tables import catalog_record, link, link_flow

HOURS = "hours"
"""The one measure that is no amount: approved time, and the time activities that it became."""

MEASURES = {
    "commitments": "commitment",
    "change_orders": "commitment",
    "invoices": "billed",
    "payments": "paid",
    "job_costs": "cost",
    "purchases": "cost",
    "expenses": "expense",
    "owner_invoices": "invoiced",
    "receipts": "received",
    "time_activities": HOURS,
}
"""What the documents of each kind of link amount to."""

LABOUR = "labour_costs"
"""The kind of the links between approved time and the direct costs that are made of it, both in Procore."""

COMES_WITH = {"billed": "retained", "invoiced": "receivable"}
"""What else the same documents say: how much of it is retained, by us or by the owner."""

SETTLES = {"payments": "invoices", "receipts": "owner_invoices"}
"""The kind of the documents that payments of a kind are about."""


@dataclass(frozen=True)
class Paper:
    """A document as the catalog knows it."""

    entity: str
    id: str
    name: str
    number: str | None
    status: str | None
    active: bool
    version: str | None
    evidence: Mapping[str, str]

    @property
    def label(self) -> str:
        """How a person calls it."""
        return " ".join(part for part in (self.number, self.name) if part) or self.id


@dataclass(frozen=True)
class Tie:
    """A link between two documents, and what its flow last wrote and saw; `seen` is None before its first time."""

    procore_id: str
    accounting_id: str
    made_by: str
    evidence: str
    revision: str | None
    seen: Mapping[str, Any] | None
    now: Mapping[str, Any] | None
    """The target's content as it is now."""

    archived_by: str | None = None


class Ran(NamedTuple):
    """When a run began and when it ended."""

    began: datetime
    ended: datetime


@dataclass(frozen=True)
class Papers:
    """Everything that the reports add up and explain, for one integration."""

    lines: Sequence[Line]
    papers: Mapping[tuple[str, str], Paper]
    ties: Mapping[str, Mapping[str, Tie]]
    """By kind, then by Procore's id."""

    ties_of_books: Mapping[str, Mapping[str, Tie]]
    """By kind, then by the books' id."""

    open: Mapping[tuple[str, str], Any]
    """The open records, dismissed ones included, by flow and source id."""

    projects: Mapping[str, str]
    """The books' project id -> Procore's."""

    codes: Mapping[str, str]
    """The books' code of a cost code and cost type -> Procore's."""

    names: Mapping[str, str]
    """Procore's project id -> number and name; the books' project id -> its name."""

    labour: Mapping[str, Tie] = field(default_factory=dict)
    """By the id of a payroll direct cost, the link with the approved time that it was made from."""

    flows: Mapping[str, Flow] = field(default_factory=dict)
    """The flow of each kind of document."""

    last_run: Mapping[str, Ran] = field(default_factory=dict)
    """By flow the last run that wrote all there was to write, to its end."""

    cutover: date | None = None
    settings: Integration | None = None
    """What the integration leaves out; without it, whatever is not carried over counts as left out."""

    @cached_property
    def entered(self) -> frozenset[str]:
        """The direct costs that count as expenses: entered in Procore, and not linked as costs of the books."""
        if "expenses" not in self.flows:
            return frozenset()
        as_costs = self.ties.get("job_costs", {}).keys() - self.ties.get("expenses", {}).keys()
        return frozenset(line.document for line in self.lines if line.measure == "expense") - as_costs

    @cached_property
    def carried_lines(self) -> frozenset[str]:
        """The ids of the lines that flows have written, or that were there when their documents were linked."""
        every = (tie for ties in self.ties.values() for tie in ties.values())
        return frozenset(line["id"] for tie in every for line in (tie.seen or {}).get(LINES) or [])

    def named(self, project: str) -> str:
        """How a person calls a project."""
        return self.names.get(project, project) or "no project"


def read_papers(
    connection: Connection,
    pair: str,
    flows: Iterable[Flow],
    cutover: date | None,
    settings: Integration | None = None,
) -> Papers:
    """Reads what the reports need."""
    flows = list(flows)
    places = {name for flow in flows if flow.kind == "projects" for name in (flow.source, flow.target)}
    stated = settings.settings() if settings else {}
    of_kind = {flow.kind: flow for flow in flows if flow.kind in MEASURES and not (stated and flow.is_off(stated))}
    labour = next((flow for flow in flows if flow.kind == LABOUR), None)
    entities = {name for flow in of_kind.values() for name in (flow.source, flow.target)}
    linked = links.linked_targets(connection, pair, "projects", "accounting")
    ties = {kind: _ties(connection, pair, flow) for kind, flow in of_kind.items()}
    return Papers(
        lines=list(ledger.lines(connection, pair, {*MEASURES.values(), *COMES_WITH.values()})),
        papers=_papers(connection, pair, entities),
        ties=ties,
        ties_of_books={kind: {tie.accounting_id: tie for tie in some.values()} for kind, some in ties.items()},
        open={(row.flow, row.source_id): row for row in history.every_open(connection, pair)},
        projects=linked,
        codes=_codes(connection, pair),
        labour={one.accounting_id: one for one in _ties(connection, pair, labour).values()} if labour else {},
        names=_names(connection, pair, places),
        flows=of_kind,
        last_run={name: Ran(*times) for name, times in history.last_applied(connection, pair).items()},
        cutover=cutover,
        settings=settings,
    )


_CARD = [catalog_record.c[name] for name in Paper.__dataclass_fields__]


def _papers(connection: Connection, pair: str, entities: set[str]) -> dict[tuple[str, str], Paper]:
    statement = sa.select(*_CARD).where(catalog_record.c.pair == pair, catalog_record.c.entity.in_(sorted(entities)))
    return {(row.entity, row.id): Paper(*row) for row in connection.execute(statement)}


def _ties(connection: Connection, pair: str, flow: Flow) -> dict[str, Tie]:
    target_id = link.c.accounting_id if flow.source_system == "procore" else link.c.procore_id
    target = sa.and_(
        catalog_record.c.pair == pair, catalog_record.c.entity == flow.target, catalog_record.c.id == target_id
    )
    state = sa.and_(link_flow.c.link_id == link.c.id, link_flow.c.flow == flow.name)
    columns = (link.c.procore_id, link.c.accounting_id, link.c.made_by, link.c.evidence, link_flow.c.revision)
    statement = (
        sa.select(*columns, link_flow.c.seen, catalog_record.c.content, link.c.archived_by)
        .select_from(link.outerjoin(link_flow, state).outerjoin(catalog_record, target))
        .where(link.c.pair == pair, link.c.kind == flow.kind)
    )
    return {row.procore_id: Tie(*row) for row in connection.execute(statement)}


def _codes(connection: Connection, pair: str) -> dict[str, str]:
    """Item code -> code in Procore, for linked cost codes; another item's code stands for itself.

    An item of one project (XTR-33) has the project in its own name only.
    """
    ours, theirs = catalog_record.alias("ours"), catalog_record.alias("theirs")
    statement = (
        sa.select(theirs.c.number, ours.c.number, ours.c.evidence)
        .select_from(link)
        .join(ours, sa.and_(ours.c.pair == pair, ours.c.entity == "procore.cost_codes", ours.c.id == link.c.procore_id))
        .join(theirs, sa.and_(theirs.c.pair == pair, theirs.c.id == link.c.accounting_id))
        .where(link.c.pair == pair, link.c.kind == "cost_codes", theirs.c.number.is_not(None))
    )
    rows = connection.execute(statement)
    return {theirs: known.get("budget_code") or ours for theirs, ours, known in rows if ours}


def _names(connection: Connection, pair: str, places: set[str]) -> dict[str, str]:
    columns = (catalog_record.c.id, catalog_record.c.number, catalog_record.c.name)
    mine = (catalog_record.c.pair == pair, catalog_record.c.entity.in_(sorted(places)))
    statement = sa.select(*columns).where(*mine)
    return {row.id: " ".join(filter(None, (row.number, row.name))) for row in connection.execute(statement)}
