"""The costs of the books that are not carried over to Procore, and why not (XER-90, ACC-23)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from jobledger.reports.papers import Paper, Papers

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
    """What job costs leave in the books: held back, left out by rule, and carried over under a number of our own."""
    flow = papers.flows.get("job_costs")
    if flow is None:
        return
    for (entity, _), paper in sorted(papers.papers.items()):
        if entity == flow.source and (told := _told(papers, flow.name, paper)):
            project = papers.projects.get(paper.evidence.get("project", ""), paper.evidence.get("project", ""))
            yield Unsyncable(paper, project, Decimal(paper.evidence.get("amount", "0")), *told)


def _told(papers: Papers, flow: str, paper: Paper) -> tuple[str, str, str] | None:
    if paper.evidence.get("bill") in papers.ties_of_books.get("invoices", {}) or paper.evidence.get("mark_of"):
        return None
    if paper.id in papers.ties_of_books["job_costs"]:
        return _numbered(papers, paper)
    if row := papers.open.get((flow, paper.id)):
        return row.outcome, row.reason, row.remedy
    if why := paper.evidence.get("unsyncable"):
        return "left out", why, "Mend it in the books; the next run takes it up."
    if papers.cutover and paper.evidence.get("date", "9999")[:10] < str(papers.cutover):
        return "opening", f"It is dated before the cut-over on {papers.cutover}.", ""
    return None


def _numbered(papers: Papers, paper: Paper) -> tuple[str, str, str] | None:
    tie = papers.ties_of_books["job_costs"][paper.id]
    ours = papers.papers.get((papers.flows["job_costs"].target, tie.procore_id))
    if ours is None or not str(ours.number or "").startswith(MADE_UP):
        return None
    return (
        "carried over",
        f"It has no number in the books: in Procore it is {ours.number}.",
        "Give the bill a reference.",
    )
