"""Documents of both sides that belong together, with what their lines amount to at each place.

Pure, as all of the tie-out: everything known is in `Papers`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple

from jobledger.reports.papers import COMES_WITH, HOURS, MEASURES, SETTLES, Paper, Papers, Tie
from jobledger.store.ledger import Line

Side = Literal["procore", "books"]


class Key(NamedTuple):
    """Where an amount belongs: what it measures, Procore's project id (or the books', where it is not linked), code."""

    measure: str
    project: str
    cost_code: str


@dataclass
class Group:
    """Documents that belong together, with their lines by place."""

    kind: str
    procore: Paper | None = None
    books: Paper | None = None
    tie: Tie | None = None
    sums: dict[Side, dict[Key, Decimal]] = field(
        default_factory=lambda: {"procore": defaultdict(Decimal), "books": defaultdict(Decimal)}
    )


def groups(papers: Papers) -> Iterable[Group]:
    """Every document with lines, in a group with the one that it is linked with."""
    found: dict[tuple[str, str], Group] = {}
    for line in papers.lines:
        placed = _place(papers, line)
        if placed is None:
            continue
        kind, name, side = placed
        group = found.setdefault((kind, name), Group(kind))
        _put(papers, group, line, side)
    for (_, name), group in found.items():
        _complete(papers, group, name)
    return found.values()


def _place(papers: Papers, line: Line) -> tuple[str, str, Side] | None:
    """The kind and name of the group to which a line belongs, and its side; None for one that no report counts."""
    kind = _kind(papers, line)
    if kind is None or not _counts(papers, kind, line):
        return None
    if line.entity.startswith("procore."):
        return kind, line.document, "procore"
    tie = papers.ties_of_books[kind].get(line.document)
    return kind, tie.procore_id if tie else f"books {line.document}", "books"


def _kind(papers: Papers, line: Line) -> str | None:
    """The kind of the documents that a line is of: a bill is of an invoice, or of an expense.

    A bill that began in the books says by its link only that it is an expense's.
    """
    if line.measure == "billed" and line.document in papers.ties_of_books.get("expenses", {}):
        return "expenses"
    kinds = (kind for kind, flow in papers.flows.items() if line.entity in (flow.source, flow.target))
    return next((kind for kind in kinds if line.measure in (MEASURES[kind], COMES_WITH.get(MEASURES[kind]))), None)


def _counts(papers: Papers, kind: str, line: Line) -> bool:
    """Bills, invoices and time count if they came from Procore, payments if those did, costs if their bill did not.

    A direct cost is in two lists of Procore, and its bill in two of the books: it counts once, as expense or as cost.
    """
    if line.entity.startswith("procore."):
        is_expense = line.document in papers.entered
        return is_expense == (kind == "expenses") if kind in ("expenses", "job_costs") else True
    bills = papers.ties_of_books.get("invoices", {})
    if kind in _CAME_FROM_PROCORE:
        return line.document in papers.ties_of_books[kind]
    if kind in SETTLES:
        return line.parent in papers.ties_of_books.get(SETTLES[kind], {})
    if kind == "job_costs" and line.parent in papers.ties_of_books.get("expenses", {}):
        return False
    if line.document in papers.ties_of_books.get(kind, {}):
        return True
    paper = papers.papers.get((line.entity, line.document))
    return kind != "job_costs" or not (line.parent in bills or (paper and paper.evidence.get("mark_of")))


_CAME_FROM_PROCORE = frozenset({*SETTLES.values(), "time_activities"})


def _put(papers: Papers, group: Group, line: Line, side: Side) -> None:
    group.sums[side][_key(papers, group.kind, line, side)] += line.amount
    found = papers.papers.get((line.entity, line.document))
    if side == "books":
        group.books = found
    else:
        group.procore = found


def _key(papers: Papers, kind: str, line: Line, side: Side) -> Key:
    project, code = line.project, line.cost_code
    if side == "books":
        project = papers.projects.get(project, project)
        code = papers.codes.get(code, code)
    if line.measure in _SETTLED:
        project = _project_of_payment(papers, line, _SETTLED[line.measure]) or project
    measure = MEASURES[kind] if kind == "expenses" else line.measure
    return Key(measure, project, "" if line.measure in _WITHOUT_CODE or kind == _OF_CARDS else code)


_SETTLED = {MEASURES[kind]: about for kind, about in SETTLES.items()}
"""What was paid or received -> the kind of documents that it is about."""

_WITHOUT_CODE = frozenset({*_SETTLED, *COMES_WITH.values(), HOURS})
"""What is compared by project: the books have it on no cost code, or not always."""


_OF_CARDS = "purchases"
"""A purchase has two options for what is one code in Procore: it is compared by project."""


def _project_of_payment(papers: Papers, line: Line, about: str) -> str:
    """A payment of a bill or invoice belongs to the project of the one in Procore that it came from."""
    if line.entity.startswith("procore."):
        return line.project
    tie = papers.ties_of_books[about].get(line.parent)
    invoice = papers.papers.get((papers.flows[about].source, tie.procore_id)) if tie else None
    return invoice.evidence.get("project", "") if invoice else ""


def _complete(papers: Papers, group: Group, name: str) -> None:
    """Adds the link, and both documents even where one has no lines any more."""
    flow = papers.flows[group.kind]
    ours, theirs = (flow.source, flow.target) if flow.source_system == "procore" else (flow.target, flow.source)
    group.tie = papers.ties[group.kind].get(name)
    if group.tie:
        group.procore = group.procore or papers.papers.get((ours, group.tie.procore_id))
        group.books = group.books or papers.papers.get((theirs, group.tie.accounting_id))
