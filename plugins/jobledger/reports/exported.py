"""The accountant's report: which documents of Procore are in the books, and as what (XER-88)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from jobledger.reports.papers import MEASURES, Paper, Papers, Tie


@dataclass(frozen=True)
class Exported:
    """A document of Procore and what became of it; amounts in its currency, before tax, None where none is stated.

    `note` says what is special, such as a fallback account that was used (SMX-QBO-98).
    """

    flow: str
    project: str
    ours: Paper
    theirs: Paper | None
    amount: Decimal | None
    in_books: Decimal | None
    note: str


def exported(papers: Papers) -> Iterator[Exported]:
    """Every linked document that goes out of Procore, in the order of stages, projects and numbers."""
    for kind, flow in ((kind, papers.flows[kind]) for kind in MEASURES if kind in papers.flows):
        if flow.source_system != "procore":
            continue
        found = [
            _exported(papers, kind, ours, tie)
            for tie in papers.ties.get(kind, {}).values()
            if (ours := papers.papers.get((flow.source, tie.procore_id)))
        ]
        yield from sorted(found, key=lambda one: (papers.named(one.project), one.ours.number or "", one.ours.name))


def _exported(papers: Papers, kind: str, ours: Paper, tie: Tie) -> Exported:
    flow = papers.flows[kind]
    theirs = papers.papers.get((flow.target, tie.accounting_id))
    amounts = (one.evidence.get("amount") if one else None for one in (ours, theirs))
    ours_is, theirs_is = (Decimal(text) if text else None for text in amounts)
    return Exported(flow.name, ours.evidence.get("project", ""), ours, theirs, ours_is, theirs_is, tie.evidence)
