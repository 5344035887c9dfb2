"""The reports as tables: the tie-out by project, code and document, job costs, and what is not carried over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from sqlalchemy.engine import Connection, Engine

from jobledger.integration import Integration, load_integration
from jobledger.mapping.flow import Flow, flows_for
from jobledger.reports.exported import exported
from jobledger.reports.groups import Key
from jobledger.reports.jobcosts import job_costs, transactions
from jobledger.reports.papers import HOURS, Papers, read_papers
from jobledger.reports.printing import amount, amount_or_dash, plain_table, printed
from jobledger.reports.tieout import ORDER, Difference, TieOut, measures_of, tie_out
from jobledger.reports.unsyncable import unsyncable
from jobledger.store import ledger
from jobledger.store.engine import reading
from jobledger.store.ledger import Acknowledged

NAMED = 3
"""How many documents of one cause the summary names; `--by document` names all."""

Row = Sequence[str]


@dataclass(frozen=True)
class Tied:
    """A tie-out, with what it was made from. `only` are the Procore projects that its reader may see, None: all."""

    name: str
    papers: Papers
    result: TieOut
    measures: Sequence[str]
    only: frozenset[str] | None = None

    def shows(self, project: str) -> bool:
        """Whether its reader may see the amounts of a project."""
        return self.only is None or project in self.only


def read_tie_out(connection: Connection, paired: Integration, flows: Iterable[Flow]) -> Tied:
    """The tie-out of what was last read from both sides; what a person has acknowledged is told as such."""
    flows = list(flows)
    papers = read_papers(connection, paired.pair, flows, paired.cutover, paired)
    known = ledger.acknowledged(connection, paired.pair)
    return Tied(paired.name, papers, with_acknowledged(tie_out(papers), known), measures_of(papers.flows))


def narrowed(tied: Tied, only: frozenset[str] | None) -> Tied:
    """A tie-out for a reader who may see some Procore projects only, None: all (XER-77)."""
    if only is None:
        return tied
    ours, theirs = (
        {key: amount for key, amount in side.items() if key.project in only}
        for side in (tied.result.procore, tied.result.books)
    )
    result = TieOut(ours, theirs, [one for one in tied.result.differences if one.key.project in only])
    return replace(tied, result=result, only=only)


def tie_out_of(engine: Engine, include: Path, name: str) -> str:
    """The summary for one integration of an `include` folder."""
    paired = load_integration(include / "integrations" / f"{name}.yaml")
    flows = flows_for(include / "mappings", paired.accounting.system)
    with reading(engine) as connection:
        return summary(read_tie_out(connection, paired, flows.values()))


def with_acknowledged(result: TieOut, known: Mapping[tuple[str, str, str], Acknowledged]) -> TieOut:
    """The tie-out, where what a person has acknowledged to the cent is no longer unexplained (ACC-8)."""
    sums: dict[Key, Decimal] = defaultdict(Decimal)
    for one in result.unexplained:
        sums[one.key] += one.amount
    settled = {key: known[key] for key, found in sums.items() if key in known and known[key].amount == found}
    return replace(result, differences=[_acknowledged(one, settled) for one in result.differences])


def _acknowledged(one: Difference, settled: Mapping[Key, Acknowledged]) -> Difference:
    by = settled.get(one.key)
    if one.cause != "unexplained" or by is None:
        return one
    return replace(one, cause="acknowledged", why=f"acknowledged by {by.by} on {by.at:%Y-%m-%d}: {by.why}")


def unexplained(tied: Tied) -> list[tuple[Key, str, Decimal]]:
    """Each place where something is unexplained: where that is, the project's name, and the amount."""
    sums: dict[Key, Decimal] = defaultdict(Decimal)
    for one in tied.result.unexplained:
        sums[one.key] += one.amount
    return [(key, tied.papers.named(key.project), sums[key]) for key in _in_order(tied) if key in sums]


def summary(tied: Tied) -> str:
    """Both sides by project, then each cause with its amount and the documents behind it, then what is unexplained."""
    lines = [f"tie-out of {tied.name}: Procore's amount, and by how much the books' differs", project_table(tied)]
    lines += list(_causes(tied))
    rest = tied.result.unexplained
    lines.append(f"unexplained: {amounts_of(rest)}{'' if rest else ', every difference has its cause'}")
    return "\n".join(lines)


def amounts_of(differences: Iterable[Difference]) -> str:
    """What differences come to, whichever side has more: amounts of money, and hours beside them."""
    sums = {True: Decimal(0), False: Decimal(0)}
    for one in differences:
        sums[one.key.measure == HOURS] += abs(one.amount)
    hours = f"{amount(sums[True])} hours" if sums[True] else ""
    return " and ".join(filter(None, (amount(sums[False]) if sums[False] or not hours else "", hours)))


def project_columns(tied: Tied) -> Sequence[str]:
    """The project, and of each measure Procore's amount and by how much the books' differs."""
    return ("project", *(name for measure in tied.measures for name in (measure, "differs")))


def project_rows(tied: Tied) -> Iterator[Row]:
    """A line for each project and one for all, under `project_columns`."""
    sums = _by_project(tied.result)
    for project in sorted({project for project, _ in sums}, key=lambda one: (not one, tied.papers.named(one))):
        yield tied.papers.named(project), *_cells(sums.get((project, one), NOTHING) for one in tied.measures)
    yield "all", *_cells(_all(sums, one) for one in tied.measures)


def project_table(tied: Tied) -> str:
    """`project_rows` as text."""
    *projects, every = project_rows(tied)
    table = plain_table()
    table.add_column("project", max_width=38, no_wrap=True)
    for name in project_columns(tied)[1:]:
        table.add_column(name, justify="right", no_wrap=True)
    for row in projects:
        table.add_row(*row)
    table.add_section()
    table.add_row(*every)
    return printed(table)


def code_rows(tied: Tied) -> Iterator[Row]:
    """Each project, cost code and measure: both sides, the difference, and its causes."""
    causes: dict[Key, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for one in tied.result.differences:
        causes[one.key][one.cause] += one.amount
    for key in _in_order(tied):
        ours, theirs = tied.result.procore.get(key, Decimal(0)), tied.result.books.get(key, Decimal(0))
        told = ", ".join(f"{cause} {amount(value)}" for cause, value in causes[key].items())
        yield (
            tied.papers.named(key.project),
            key.cost_code,
            key.measure,
            *map(amount, (ours, theirs, ours - theirs)),
            told,
        )


def document_rows(tied: Tied) -> Iterator[Row]:
    """Each difference: where it is, which document causes it, and why."""
    place = {key: index for index, key in enumerate(_in_order(tied))}
    for one in sorted(tied.result.differences, key=lambda one: (place[one.key], one.document)):
        project, code, measure = tied.papers.named(one.key.project), one.key.cost_code, one.key.measure
        yield project, code, measure, one.document, one.cause, amount(one.amount), one.why


def cost_rows(tied: Tied) -> Iterator[Row]:
    """Each project and cost code with its job to date costs (XER-141..146)."""
    for one in (cost for cost in job_costs(tied.papers) if tied.shows(cost.project)):
        amounts = (one.job_to_date, one.commitment_invoiced, one.direct_costs, one.in_procore)
        yield tied.papers.named(one.project), one.cost_code, *map(amount, amounts)


def transaction_rows(tied: Tied) -> Iterator[Row]:
    """Each document of the books that a project and cost code has cost."""
    for one in (cost for cost in transactions(tied.papers) if tied.shows(cost.project)):
        facts = one.document.evidence
        named = (tied.papers.named(one.project), one.cost_code, facts.get("date", "")[:10], one.document.label)
        yield (
            *named,
            facts.get("kind", ""),
            amount(one.amount),
            f"{one.began_as} of Procore" if one.began_as else "the books",
            one.note,
        )


def left_rows(tied: Tied) -> Iterator[Row]:
    """Each cost of the books that is not carried over, with its reason (XER-90)."""
    for one in unsyncable(tied.papers):
        facts = one.document.evidence
        head = (tied.papers.named(one.project), one.document.label, facts.get("kind", ""), facts.get("date", ""))
        yield *head, amount(one.amount), one.outcome, one.why, one.remedy


def exported_rows(tied: Tied) -> Iterator[Row]:
    """Each document of Procore that is in the books, and as what (XER-88)."""
    for one in (document for document in exported(tied.papers) if tied.shows(document.project)):
        theirs = (one.theirs.label, one.theirs.status or "") if one.theirs else ("", "gone")
        amounts = ("" if value is None else amount(value) for value in (one.amount, one.in_books))
        head = (one.flow.replace("_", " "), tied.papers.named(one.project), one.ours.number or "", one.ours.name)
        ours, books = amounts
        yield *head, one.ours.status or "", ours, *theirs, books, one.note


@dataclass(frozen=True)
class Report:
    """A report: its name and what it tells, and its rows under their columns."""

    title: str
    about: str
    columns: Sequence[str]
    rows: Callable[[Tied], Iterable[Row]]


REPORTS = {
    "tieout": Report(
        "Tie-out",
        "Procore against the books, by project, cost code and measure.",
        ("project", "cost code", "measure", "procore", "books", "difference", "causes"),
        code_rows,
    ),
    "differences": Report(
        "Differences",
        "Every difference of the tie-out, with the document that causes it.",
        ("project", "cost code", "measure", "document", "cause", "difference", "why"),
        document_rows,
    ),
    "job_costs": Report(
        "Job costs",
        "What each cost code has cost to date: what Procore's invoices brought, and what began in the books.",
        ("project", "cost code", "job to date", "commitment invoiced", "direct costs", "direct costs in Procore"),
        cost_rows,
    ),
    "transactions": Report(
        "Transactions",
        "What the job costs are made of: each document of the books on a project and cost code.",
        ("project", "cost code", "date", "document", "kind", "amount", "began in", "note"),
        transaction_rows,
    ),
    "exported": Report(
        "In the books",
        "The accountant's report: each document of Procore that is in the books, and as what.",
        (
            "kind",
            "project",
            "number",
            "document",
            "status",
            "amount",
            "in the books",
            "its status",
            "amount there",
            "note",
        ),
        exported_rows,
    ),
    "unsyncable": Report(
        "Not carried over",
        "Costs of the books that do not become direct costs in Procore, and why.",
        ("project", "document", "kind", "date", "amount", "outcome", "why", "what to do"),
        left_rows,
    ),
}
"""The reports, as the command line and the pages offer them."""

AMOUNTS = frozenset(
    {
        *("procore", "books", "difference", "differs", "amount", "amount there"),
        *("job to date", "commitment invoiced", "direct costs", "direct costs in Procore"),
        *ORDER,
    }
)
"""The columns that hold amounts."""

NOTHING = (Decimal(0), Decimal(0))
Sums = dict[tuple[str, str], tuple[Decimal, Decimal]]
"""Procore's amount and the difference, by project and measure."""


def _in_order(tied: Tied) -> list[Key]:
    order = {measure: index for index, measure in enumerate(tied.measures)}
    keys = {*tied.result.procore, *tied.result.books}
    return sorted(keys, key=lambda key: (tied.papers.named(key.project), order[key.measure], key.cost_code))


def _by_project(result: TieOut) -> Sums:
    sums: Sums = {}
    for key in {*result.procore, *result.books}:
        ours, theirs = result.procore.get(key, Decimal(0)), result.books.get(key, Decimal(0))
        amounts, differences = sums.get((key.project, key.measure), NOTHING)
        sums[key.project, key.measure] = amounts + ours, differences + ours - theirs
    return sums


def _all(sums: Sums, measure: str) -> tuple[Decimal, Decimal]:
    mine = [pair for (_, one), pair in sums.items() if one == measure]
    return sum((ours for ours, _ in mine), start=Decimal(0)), sum((theirs for _, theirs in mine), start=Decimal(0))


def _cells(pairs: Iterable[tuple[Decimal, Decimal]]) -> Iterator[str]:
    for ours, difference in pairs:
        yield amount_or_dash(ours)
        yield amount_or_dash(-difference)


def _causes(tied: Tied) -> Iterator[str]:
    """A line for each measure and cause: the amount, and the documents that amount to most of it."""
    found: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for one in tied.result.differences:
        found[one.key.measure, one.cause][one.document] += one.amount
    order = {measure: index for index, measure in enumerate(tied.measures)}
    for (measure, cause), documents in sorted(found.items(), key=lambda item: (order[item[0][0]], item[0][1])):
        largest = sorted(documents, key=lambda name: (-abs(documents[name]), name))
        named = ", ".join(f"{name} {amount(documents[name])}" for name in largest[:NAMED])
        more = f" and {len(largest) - NAMED} more" if len(largest) > NAMED else ""
        yield f"  {measure:<10}  {cause:<20}  {amount(sum(documents.values(), Decimal(0))):>16}  {named}{more}"
