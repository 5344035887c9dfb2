"""The go-live checklist: what must be true before `live: true` (ACC-7, ACC-8, SMX-QBO-11..15)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from jobledger.errors import Finding, FixTheSetup
from jobledger.integration import Integration
from jobledger.mapping.flow import Flow
from jobledger.reports.printing import amount
from jobledger.reports.tables import read_tie_out
from jobledger.store import catalog, history
from jobledger.store.tables import catalog_record, link, open_record

KINDS = {
    "companies": ("procore.vendors", "companies", "vendors_and_projects"),
    "projects": ("procore.projects", "projects", "vendors_and_projects"),
    "cost_codes": ("procore.cost_codes", "cost_codes", "cost_codes_and_budget"),
}
"""Kind of link -> the entity that it links, the flow whose open records hold it up, and the stage that reads it."""


def checklist(connection: Connection, paired: Integration, flows: Sequence[Flow]) -> Iterator[Finding]:
    """Each condition as a finding: whether it is met, and what to do if not."""
    yield _cutover(paired)
    yield _category(paired)
    yield _account(paired)
    for kind, (entity, flow, stage) in KINDS.items():
        if stage in paired.stages:
            yield _read(connection, paired, kind, entity)
            yield _undecided(connection, paired, kind, flow)
    yield _foreign(connection, paired)
    if any(flow.is_document for flow in flows):
        yield _retainage(paired)
        yield _tied_out(connection, paired, flows)


def hold_until_tied_out(connection: Connection, paired: Integration, flow: Flow, flows: Sequence[Flow]) -> None:
    """Raises `FixTheSetup` while the first documents are to be written and the opening amounts do not tie (ACC-8).

    Once documents have been written the report is red instead: a night is not held up by one of them.
    """
    names = [one.name for one in flows if one.is_document]
    if flow.name not in names or history.has_written(connection, paired.pair, names):
        return
    tied_out = _tied_out(connection, paired, flows)
    if not tied_out.ok:
        raise FixTheSetup("go-live checklist", f"tie-out: {tied_out.message}", tied_out.remedy)


def _retainage(paired: Integration) -> Finding:
    if paired.retainage.item:
        return Finding("item of retainage", True, paired.retainage.item)
    reason = "none is set: invoices with retainage will be blocked."
    return Finding("item of retainage", False, reason, "Set `retainage.item`.", required=False)


def _tied_out(connection: Connection, paired: Integration, flows: Sequence[Flow]) -> Finding:
    rest = read_tie_out(connection, paired, flows).result.unexplained
    if not rest:
        return Finding("tie-out", True, "every difference is explained or acknowledged")
    total, first = sum((abs(one.amount) for one in rest), start=Decimal(0)), rest[0]
    reason = f"{amount(total)} are unexplained, {first.key.measure} of '{first.document}' {amount(first.amount)} first."
    remedy = f"See `airflow jobledger report tieout {paired.name} --by document`; mend or acknowledge each."
    return Finding("tie-out", False, reason, remedy)


def _cutover(paired: Integration) -> Finding:
    if paired.cutover:
        return Finding("cut-over", True, f"documents before {paired.cutover} are opening balance")
    return Finding("cut-over", False, "no day is set.", "Set `cutover: YYYY-MM-DD` in the integration file.")


def _category(paired: Integration) -> Finding:
    category = paired.accounting.project_tracking_category
    if category:
        return Finding("projects' tracking category", True, category)
    remedy = "Set `accounting.project_tracking_category`."
    return Finding("projects' tracking category", False, "none is named.", remedy)


def _account(paired: Integration) -> Finding:
    account = paired.defaults.purchase_account
    if account:
        return Finding("account of new items", True, account)
    reason = "none is set: documents on new items will be blocked until each item has one."
    return Finding("account of new items", False, reason, "Set `defaults.purchase_account`.", required=False)


def _read(connection: Connection, paired: Integration, kind: str, entity: str) -> Finding:
    every = _count(connection, catalog_record, paired, catalog_record.c.entity == entity)
    known = every - len(catalog.idle_ids(connection, paired.pair, entity))
    linked = _count(connection, link, paired, link.c.kind == kind)
    message = f"{known} read, {linked} linked"
    return Finding(kind.replace("_", " "), known > 0, f"{message}.", "Run the stage once: a plan will do.")


def _undecided(connection: Connection, paired: Integration, kind: str, flow: str) -> Finding:
    mine = (open_record.c.flow == flow, open_record.c.dismissed_at.is_(None), open_record.c.outcome != "waiting")
    count = _count(connection, open_record, paired, *mine)
    topic = f"{kind.replace('_', ' ')} decided"
    if not count:
        return Finding(topic, True, "nothing is open")
    remedy = f"See `airflow jobledger history {paired.name} --open`: link, mend or dismiss each."
    return Finding(topic, False, f"{count} are open.", remedy)


def _foreign(connection: Connection, paired: Integration) -> Finding:
    origin_id = catalog_record.c.evidence["origin_id"].as_string()
    theirs = (origin_id != "", ~origin_id.startswith(f"{paired.accounting.system}:"))
    in_procore = catalog_record.c.entity.in_(sorted(entity for entity, _, _ in KINDS.values()))
    found = _count(connection, catalog_record, paired, in_procore, *theirs)
    if not found:
        return Finding("foreign origin_ids", True, "none")
    remedy = "Disconnect the other integration and clear its origin_ids: Procore allows one at a time."
    return Finding("foreign origin_ids", False, f"{found} records carry another integration's.", remedy)


def _count(connection: Connection, table: sa.Table, paired: Integration, *conditions: sa.ColumnElement[bool]) -> int:
    statement = sa.select(sa.func.count()).select_from(table).where(table.c.pair == paired.pair, *conditions)
    return int(connection.scalar(statement) or 0)
