"""The go-live checklist: what must be true before `live: true` (ACC-7, ACC-8, SMX-QBO-11..15)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from jobledger.errors import Finding, FixTheSetup
from jobledger.integration import Integration
from jobledger.mapping.flow import Flow
from jobledger.mapping.path import read
from jobledger.reports.printing import amount
from jobledger.reports.tables import amounts_of, read_tie_out
from jobledger.store import catalog, history
from jobledger.store.tables import catalog_record, cursor, link, open_record


class Linking(NamedTuple):
    """A kind of link that has to be there, the entity that it links, and the stage that reads it."""

    kind: str
    entity: str
    stage: str


KINDS = (
    Linking("companies", "procore.vendors", "vendors_and_projects"),
    Linking("projects", "procore.projects", "vendors_and_projects"),
    Linking("cost_codes", "procore.cost_codes", "cost_codes_and_budget"),
    Linking("cost_codes", "procore.plain_cost_codes", "cost_codes_and_budget"),
)
"""Each counts for the integrations that read its entity."""

WHERE_USED = ("tax_codes", "employees", "locations", "cost_types")
"""Kinds of link that only the documents that use them need (SMX-QBO-13)."""


class Needed(NamedTuple):
    """A setting that a system needs, and what becomes of records without it; `for_papers`: only documents need it."""

    topic: str
    setting: str
    without: str
    required: bool = False
    for_papers: bool = False


_BLOCKED = "none is set: documents on new items will be blocked until each item has one."
_RETAINED = "none is set: invoices with retainage will be blocked."
NEEDED: Mapping[str, tuple[Needed, ...]] = {
    "xero": (
        Needed("projects' tracking category", "accounting.project_tracking_category", "none is named.", True),
        Needed("account of new items", "defaults.purchase_account", _BLOCKED),
        Needed("item of retainage", "retainage.item", _RETAINED, for_papers=True),
    ),
    "quickbooks_online": (
        Needed("field with a project's customer", "projects.customer_field", "none is named.", True),
        Needed("account of new items", "defaults.purchase_account", "none is set: no item can be made."),
        Needed("income account of new items", "defaults.income_account", "none is set: no item can be made."),
        Needed("account of retainage held", "retainage.payable_held", _RETAINED, for_papers=True),
        Needed("account of retainage released", "retainage.payable_released", _RETAINED, for_papers=True),
    ),
    "pex": (Needed("company of all purchases", "pex.vendor", "none is set: no purchase is booked.", True, True),),
}
"""System -> the settings that it needs (SMX-QBO-15)."""


def checklist(connection: Connection, paired: Integration, flows: Sequence[Flow]) -> Iterator[Finding]:
    """Each condition as a finding: whether it is met, and what to do if not."""
    papers = any(flow.is_document for flow in flows)
    yield _cutover(paired)
    yield from (_stated(paired, one) for one in NEEDED[paired.accounting.system] if papers or not one.for_papers)
    for linking in _kinds(paired, flows):
        names = _flows_of(linking.kind, flows)
        alike = _open(connection, paired, names, alike=True)
        yield _read(connection, paired, linking)
        yield _decided(paired, linking.kind, alike)
        yield _others(paired, linking.kind, _open(connection, paired, names) - alike)
    carried = {flow.kind for flow in flows}
    yield from (_where_used(connection, paired, kind) for kind in WHERE_USED if papers and kind in carried)
    yield _foreign(connection, paired, flows)
    yield _other_companies(connection, paired)
    yield from _of_other_books(connection, paired)
    if papers:
        yield _tied_out(connection, paired, flows)


def is_first_write(connection: Connection, paired: Integration, flow: Flow, flows: Sequence[Flow]) -> bool:
    """Whether nothing of a flow's kind was ever written; documents are of one kind here, for they tie out together."""
    return not history.has_written(connection, paired.pair, _together(flow, flows))


def held_back(
    connection: Connection, paired: Integration, flow: Flow, flows: Sequence[Flow], alike: int | None
) -> FixTheSetup | None:
    """Why the first write of a flow has to wait: the first required finding that concerns it and is not met (ACC-8).

    What stays within Procore waits for the cut-over only: it has nothing to do with the books (SMX-QBO-80).

    `alike` is how many undecided look-alikes the flow itself has found in its present run, None where the run did not
    look at all its records: then the last one that did counts. Other open records hold only themselves.
    """
    unmet = (one for one in _concerning(connection, paired, flow, flows, alike) if one.required and not one.ok)
    return next((FixTheSetup("go-live checklist", f"{one.topic}: {one.message}", one.remedy) for one in unmet), None)


def _concerning(
    connection: Connection, paired: Integration, flow: Flow, flows: Sequence[Flow], alike: int | None
) -> Iterator[Finding]:
    yield _cutover(paired)
    if flow.is_within:
        return
    needed = (one for one in NEEDED[paired.accounting.system] if flow.is_document or not one.for_papers)
    yield from (_stated(paired, one) for one in needed if one.required)
    for linking in _kinds(paired, flows):
        kind = linking.kind
        if flow.is_document or kind == flow.kind:
            own = {flow.name} if alike is not None else set()
            found = _open(connection, paired, sorted({*_flows_of(kind, flows)} - own), alike=True)
            yield _read(connection, paired, linking)
            yield _decided(paired, kind, found + (alike or 0) * (kind == flow.kind))
    yield _foreign(connection, paired, flows)
    yield from _of_other_books(connection, paired)
    if flow.is_document:
        yield _tied_out(connection, paired, flows)


def _together(flow: Flow, flows: Sequence[Flow]) -> list[str]:
    if flow.is_document and not flow.is_within:
        return [one.name for one in flows if one.is_document and not one.is_within]
    return [flow.name, *_flows_of(flow.kind, flows)]


def _kinds(paired: Integration, flows: Sequence[Flow]) -> list[Linking]:
    read = {flow.source for flow in flows}
    return [one for one in KINDS if one.stage in paired.stages and one.entity in read]


def _flows_of(kind: str, flows: Sequence[Flow]) -> list[str]:
    return [one.name for one in flows if one.kind == kind]


def _stated(paired: Integration, needed: Needed) -> Finding:
    found = read(paired.settings(), needed.setting)
    if found:
        return Finding(needed.topic, True, str(found), required=needed.required)
    remedy = f"Set `{needed.setting}` in the integration file."
    return Finding(needed.topic, False, needed.without, remedy, needed.required)


def _tied_out(connection: Connection, paired: Integration, flows: Sequence[Flow]) -> Finding:
    rest = read_tie_out(connection, paired, flows).result.unexplained
    if not rest:
        return Finding("tie-out", True, "every difference is explained or acknowledged")
    first = f"{rest[0].key.measure} of '{rest[0].document}' {amount(rest[0].amount)}"
    reason = f"{amounts_of(rest)} are unexplained, {first} first."
    remedy = f"See `airflow jobledger report tieout {paired.name} --by document`; mend or acknowledge each."
    return Finding("tie-out", False, reason, remedy)


def _cutover(paired: Integration) -> Finding:
    if paired.cutover:
        return Finding("cut-over", True, f"documents before {paired.cutover} are opening balance")
    return Finding("cut-over", False, "no day is set.", "Set `cutover: YYYY-MM-DD` in the integration file.")


def _read(connection: Connection, paired: Integration, linking: Linking) -> Finding:
    kind, entity = linking.kind, linking.entity
    every = _count(connection, catalog_record, paired, catalog_record.c.entity == entity)
    known = every - len(catalog.idle_ids(connection, paired.pair, entity))
    linked = _count(connection, link, paired, link.c.kind == kind)
    message = f"{known} read, {linked} linked"
    return Finding(_words(kind), known > 0, f"{message}.", "Run the stage once: a plan will do.")


def _decided(paired: Integration, kind: str, alike: int) -> Finding:
    """Look-alikes have to be decided: one that is not linked would be there twice."""
    topic = f"{_words(kind)} decided"
    if not alike:
        return Finding(topic, True, "none may be on both sides unnoticed")
    remedy = f"See `airflow jobledger history {paired.name} --open`: link each, or say that it is another one."
    return Finding(topic, False, f"{alike} may be on the other side already.", remedy)


def _others(paired: Integration, kind: str, count: int) -> Finding:
    """What else is open stops only itself."""
    topic = f"{_words(kind)} that are held"
    if not count:
        return Finding(topic, True, "none", required=False)
    remedy = f"See `airflow jobledger history {paired.name} --open`: mend or dismiss each."
    return Finding(topic, False, f"{count} are left out until they are settled.", remedy, required=False)


def _where_used(connection: Connection, paired: Integration, kind: str) -> Finding:
    """A link that no document asks for may be missing; one that some do holds those."""
    topic = f"{_words(kind)} of documents"
    held = (open_record.c.outcome == "blocked", open_record.c.reason.contains(f"refers to {_words(kind)} "))
    waiting = _count(connection, open_record, paired, open_record.c.dismissed_at.is_(None), *held)
    if not waiting:
        return Finding(topic, True, "none is used without a link", required=False)
    remedy = f"See `airflow jobledger history {paired.name} --open`: link each that is used."
    return Finding(topic, False, f"{waiting} documents use one that is not linked, and wait.", remedy, required=False)


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def _open(connection: Connection, paired: Integration, flows: Sequence[str], alike: bool = False) -> int:
    """How many records of some flows are open; with `alike` those of which a person has to say whether they are new."""
    mine = (open_record.c.flow.in_(flows), open_record.c.dismissed_at.is_(None), open_record.c.outcome != "waiting")
    doubtful = (open_record.c.outcome == "conflict", open_record.c.remedy.contains(history.LOOK_ALIKE)) if alike else ()
    return _count(connection, open_record, paired, *mine, *doubtful)


def _of_other_books(connection: Connection, paired: Integration) -> Iterator[Finding]:
    """Ids in Procore that another QuickBooks company gave: both number from 1, so they would lead to other records."""
    if paired.accounting.system != "quickbooks_online":
        return
    topic, books = "ids of another QuickBooks company", f"{paired.procore.company_id}:quickbooks_online:"
    others = sa.select(cursor.c.pair).where(cursor.c.pair != paired.pair, cursor.c.pair.startswith(books))
    theirs = sa.select(link.c.procore_id).where(link.c.pair.in_(others))
    mine = sa.select(link.c.procore_id).where(link.c.pair == paired.pair)
    origin_id = catalog_record.c.evidence["origin_id"].as_string()
    carried = (catalog_record.c.id.in_(theirs), catalog_record.c.id.not_in(mine))
    found = _count(connection, catalog_record, paired, *carried, origin_id.startswith("quickbooks_online:"))
    if not found:
        yield Finding(topic, True, "none")
        return
    remedy = "Set accounting.tenant_id back; or, if the company was replaced, clear the origin_ids of these records."
    yield Finding(topic, False, f"{found} records of Procore carry one, and it would be taken for this one's.", remedy)


def _foreign(connection: Connection, paired: Integration, flows: Sequence[Flow]) -> Finding:
    origin_id = catalog_record.c.evidence["origin_id"].as_string()
    theirs = (origin_id != "", ~origin_id.startswith(f"{paired.accounting.system}:"), catalog_record.c.active)
    writing = [flow for flow in flows if flow.write_back]
    kinds = _kinds(paired, writing)
    found = sum(_foreign_of(connection, paired, one, _flows_of(one.kind, writing), theirs) for one in kinds)
    if not found:
        return Finding("foreign origin_ids", True, "none")
    remedy = (
        "Disconnect the other integration and clear its origin_ids: Procore allows one at a time. Dismiss the records"
        " that stay the other's."
    )
    return Finding("foreign origin_ids", False, f"{found} records carry another integration's.", remedy)


def _other_companies(connection: Connection, paired: Integration) -> Finding:
    """Links of these books with another Procore company, such as one that was chosen by mistake (SMX-QBO-7)."""
    topic, books = "links with other Procore companies", f":{paired.accounting.system}:{paired.accounting.tenant_id}"
    # few cursors tell which pairs there are; links are many
    others = sa.select(cursor.c.pair).where(
        cursor.c.pair.endswith(books, autoescape=True), cursor.c.pair != paired.pair
    )
    counted = sa.select(link.c.pair, sa.func.count()).where(link.c.pair.in_(others)).group_by(link.c.pair)
    found = connection.execute(counted).all()
    if not found:
        return Finding(topic, True, "none", required=False)
    named = ", ".join(f"{pair.removesuffix(books)} ({count})" for pair, count in sorted(found))
    message = f"these books have links with the Procore company {named}. They are kept and have no part in these runs."
    remedy = "If the choice is the mistake, set procore.company_id back; else nothing is to be done."
    return Finding(topic, False, message, remedy, required=False)


def _foreign_of(
    connection: Connection,
    paired: Integration,
    linking: Linking,
    flows: Sequence[str],
    theirs: tuple[sa.ColumnElement[bool], ...],
) -> int:
    of_flows = (open_record.c.pair == paired.pair, open_record.c.flow.in_(flows))
    left = sa.select(open_record.c.source_id).where(*of_flows, open_record.c.dismissed_at.is_not(None))
    mine = (catalog_record.c.entity == linking.entity, catalog_record.c.id.not_in(left))
    return _count(connection, catalog_record, paired, *mine, *theirs)


def _count(connection: Connection, table: sa.Table, paired: Integration, *conditions: sa.ColumnElement[bool]) -> int:
    statement = sa.select(sa.func.count()).select_from(table).where(table.c.pair == paired.pair, *conditions)
    return int(connection.scalar(statement) or 0)
