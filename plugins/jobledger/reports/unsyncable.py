"""The costs of the books or cards that are not carried over to Procore, and why not (XER-90, ACC-23, PEX-23)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from jobledger.mapping.flow import Flow
from jobledger.reports.papers import Paper, Papers
from jobledger.settings import LABELS

MADE_UP = ("XERO-", "QBO-")
"""How an invoice number begins that stands in for a missing one (ACC-23)."""


@dataclass(frozen=True)
class Unsyncable:
    """A cost of one project in the books; `amount` is before tax, in the books' currency."""

    document: Paper
    project: str
    amount: Decimal
    outcome: str
    why: str
    remedy: str = ""


def unsyncable(papers: Papers) -> Iterator[Unsyncable]:
    """What is left in the books or cards: held back, left out by rule, and carried over under a number of our own."""
    flows = {flow.source: flow for kind, flow in papers.flows.items() if kind in _COSTS}
    for (entity, _), paper in sorted(papers.papers.items()):
        if entity in flows and (told := _told(papers, flows[entity], paper)):
            project = papers.projects.get(paper.evidence.get("project", ""), paper.evidence.get("project", ""))
            yield Unsyncable(paper, project, Decimal(paper.evidence.get("amount", "0")), *told)


_COSTS = ("job_costs", "purchases")


def _told(papers: Papers, flow: Flow, paper: Paper) -> tuple[str, str, str] | None:
    if paper.evidence.get("bill") in papers.ties_of_books.get("invoices", {}) or paper.evidence.get("mark_of"):
        return None
    if tie := papers.ties_of_books[flow.kind].get(paper.id):
        return _numbered(papers.papers.get((flow.target, tie.procore_id)))
    if row := papers.open.get((flow.name, paper.id)):
        return row.outcome, row.reason, row.remedy
    if why := paper.evidence.get("unsyncable"):
        where = LABELS[flow.source_system]
        return "left out", why, f"If it is to be carried over, mend it in {where}; the next run takes it up."
    if papers.cutover and paper.evidence.get("date", "9999")[:10] < str(papers.cutover):
        return "opening", f"It is dated before the cut-over on {papers.cutover}.", ""
    return None


def _numbered(ours: Paper | None) -> tuple[str, str, str] | None:
    if ours is None or not str(ours.number or "").startswith(MADE_UP):
        return None
    return (
        "carried over",
        f"It has no number in the books: in Procore it is {ours.number}.",
        "Give the bill a reference.",
    )
