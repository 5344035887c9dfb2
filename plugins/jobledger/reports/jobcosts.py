"""Job to date costs by project and cost code, as the budget of Procore shows them (XER-141..146)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from jobledger.reports.papers import Paper, Papers


@dataclass(frozen=True)
class JobCost:
    """What one project's cost code has cost, in the books' currency, before tax and retainage."""

    project: str
    cost_code: str
    job_to_date: Decimal
    """Approved bills, credits, spend and refunds in the books (XER-141, XER-143)."""

    commitment_invoiced: Decimal
    """The part of them that came from Procore's invoices (XER-142, XER-145)."""

    in_procore: Decimal
    """Approved direct costs in Procore."""

    @property
    def direct_costs(self) -> Decimal:
        """What began in the books; what came from Procore's invoices is not counted twice (XER-144)."""
        return self.job_to_date - self.commitment_invoiced


def job_costs(papers: Papers) -> list[JobCost]:
    """One entry for each project and cost code with any cost, in the order of projects and codes."""
    sums: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for project, code, column, value in _costs(papers):
        sums[project, code][column] += value
    columns = ("job_to_date", "commitment_invoiced", "in_procore")
    found = [JobCost(*place, *(some[column] for column in columns)) for place, some in sums.items()]
    return sorted(found, key=lambda one: (papers.named(one.project), one.cost_code))


@dataclass(frozen=True)
class Transaction:
    """A document's part in what a cost code has cost in the books; `began_as`: what it was in Procore before.

    `note` says what is special, such as a fallback code that was used (SMX-QBO-99, SMX-QBO-100).
    """

    project: str
    cost_code: str
    document: Paper
    amount: Decimal
    began_as: str
    note: str


def transactions(papers: Papers) -> list[Transaction]:
    """What `job_to_date` is made of: each approved document of the books, by project, code and date (XER-147)."""
    notes = {document: tie.evidence for document, tie in papers.ties_of_books.get("job_costs", {}).items()}
    of_books = {key[1]: paper for key, paper in papers.papers.items() if not key[0].startswith("procore.")}
    sums: dict[tuple[str, str, str, str], Decimal] = defaultdict(Decimal)
    for line in papers.lines:
        if line.measure == "cost" and not line.entity.startswith("procore."):
            place = papers.projects.get(line.project, line.project), papers.codes.get(line.cost_code, line.cost_code)
            sums[*place, line.document, _began_as(papers, line.parent)] += line.amount
    found = [
        Transaction(project, code, of_books.get(key) or _unnamed(key), value, began_as, notes.get(key, ""))
        for (project, code, key, began_as), value in sums.items()
    ]
    dated = [(papers.named(one.project), one.cost_code, one.document.evidence.get("date", ""), one) for one in found]
    return [one for *_, one in sorted(dated, key=lambda entry: entry[:3])]


def _began_as(papers: Papers, bill: str) -> str:
    names = {"invoices": "invoice", "expenses": "direct cost"}
    return next((name for kind, name in names.items() if bill in papers.ties_of_books.get(kind, {})), "")


def _unnamed(document: str) -> Paper:
    return Paper("", document, document, None, None, True, None, {})


def _costs(papers: Papers) -> Iterator[tuple[str, str, str, Decimal]]:
    exported = papers.ties_of_books.get("invoices", {})
    for line in papers.lines:
        if line.measure != "cost":
            continue
        if line.entity.startswith("procore."):
            yield line.project, line.cost_code, "in_procore", line.amount
            continue
        place = papers.projects.get(line.project, line.project), papers.codes.get(line.cost_code, line.cost_code)
        yield *place, "job_to_date", line.amount
        if line.parent in exported:
            yield *place, "commitment_invoiced", line.amount
