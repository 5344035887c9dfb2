"""Tie-out: Procore against the books, to the cent, every difference explained by the document that causes it (ACC-32).

Pure: everything known is in `Papers`. Documents that belong together are a group; what their lines differ by, project
by project and code by code, is classed by the state of the group. What no class explains is `unexplained`, and is to
be zero.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from jobledger.mapping.canonical import same
from jobledger.mapping.compare import LINES
from jobledger.reports.papers import COMES_WITH, MEASURES, SETTLES, Paper, Papers, Tie
from jobledger.store.ledger import Line

Class = Literal[
    "in flight",
    "unlinked",
    "invalid",
    "conflict",
    "failed",
    "edited",
    "deleted",
    "opening",
    "recorded differently",
    "only in Procore",
    "only in the books",
    "tax",
    "rounding",
    "dismissed",
    "acknowledged",
    "unexplained",
]

Side = Literal["procore", "books"]
CENT = Decimal("0.01")
ORDER = ("commitment", "billed", "retained", "paid", "cost", "expense", "invoiced", "receivable", "received")
"""What is compared, in the order of the report."""


class Key(NamedTuple):
    """Where an amount belongs: what it measures, Procore's project id (or the books', where it is not linked), code."""

    measure: str
    project: str
    cost_code: str


@dataclass(frozen=True)
class Difference:
    """What one group of documents differs by in one place: Procore's amount less the books'."""

    key: Key
    cause: Class
    amount: Decimal
    document: str
    why: str


@dataclass
class TieOut:
    """Both sides' totals by place, and every difference with its cause."""

    procore: dict[Key, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    books: dict[Key, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    differences: list[Difference] = field(default_factory=list)

    @property
    def unexplained(self) -> list[Difference]:
        """The differences that nothing explains."""
        return [one for one in self.differences if one.cause == "unexplained"]


@dataclass
class _Group:
    """Documents that belong together, with their lines by place."""

    kind: str
    procore: Paper | None = None
    books: Paper | None = None
    tie: Tie | None = None
    sums: dict[Side, dict[Key, Decimal]] = field(
        default_factory=lambda: {"procore": defaultdict(Decimal), "books": defaultdict(Decimal)}
    )


def tie_out(papers: Papers) -> TieOut:
    """Adds both sides up and explains each difference."""
    result = TieOut()
    for group in _groups(papers):
        for key, amount in group.sums["procore"].items():
            result.procore[key] += amount
        for key, amount in group.sums["books"].items():
            result.books[key] += amount
        result.differences += _differences(papers, group)
    return result


def _groups(papers: Papers) -> Iterable[_Group]:
    """Every document with lines, in a group with the one that it is linked with."""
    groups: dict[tuple[str, str], _Group] = {}
    for line in papers.lines:
        placed = _place(papers, line)
        if placed is None:
            continue
        kind, name, side = placed
        group = groups.setdefault((kind, name), _Group(kind))
        _put(papers, group, line, side)
    for (_, name), group in groups.items():
        _complete(papers, group, name)
    return groups.values()


def _place(papers: Papers, line: Line) -> tuple[str, str, Side] | None:
    """The kind and name of the group to which a line belongs, and its side; None for one that no report counts."""
    places = ((kind, (flow.source, flow.target)) for kind, flow in papers.flows.items())
    kind = next((kind for kind, place in places if line.entity in place and _says(kind, line.measure)), None)
    if kind == "job_costs" and "expenses" in papers.flows and line.document in papers.entered:
        return None
    if kind and line.entity.startswith("procore."):
        return kind, line.document, "procore"
    if kind is None or not _counts(papers, kind, line):
        return None
    tie = papers.ties_of_books[kind].get(line.document)
    return kind, tie.procore_id if tie else f"books {line.document}", "books"


def _says(kind: str, measure: str) -> bool:
    """Whether documents of a kind tell a measure: a bill is of an invoice, or of an expense."""
    return measure in (MEASURES[kind], COMES_WITH.get(MEASURES[kind]))


def _counts(papers: Papers, kind: str, line: Line) -> bool:
    """Bills and invoices count if they came from Procore, payments if those did, costs if their bill did not."""
    bills = papers.ties_of_books.get("invoices", {})
    if kind in SETTLES.values():
        return line.document in papers.ties_of_books[kind]
    if kind in SETTLES:
        return line.parent in papers.ties_of_books.get(SETTLES[kind], {})
    if line.document in papers.ties_of_books.get(kind, {}):
        return True
    paper = papers.papers.get((line.entity, line.document))
    return kind != "job_costs" or not (line.parent in bills or (paper and paper.evidence.get("mark_of")))


def _put(papers: Papers, group: _Group, line: Line, side: Side) -> None:
    group.sums[side][_key(papers, line, side)] += line.amount
    found = papers.papers.get((line.entity, line.document))
    if side == "books":
        group.books = found
    else:
        group.procore = found


def _key(papers: Papers, line: Line, side: Side) -> Key:
    project, code = line.project, line.cost_code
    if side == "books":
        project = papers.projects.get(project, project)
        code = papers.codes.get(code, code)
    if line.measure in _SETTLED:
        project = _project_of_payment(papers, line, _SETTLED[line.measure]) or project
    return Key(line.measure, project, "" if line.measure in (*_SETTLED, *COMES_WITH.values()) else code)


_SETTLED = {MEASURES[kind]: about for kind, about in SETTLES.items()}
"""What was paid or received -> the kind of documents that it is about."""


def _project_of_payment(papers: Papers, line: Line, about: str) -> str:
    """A payment of a bill or invoice belongs to the project of the one in Procore that it came from."""
    if line.entity.startswith("procore."):
        return line.project
    tie = papers.ties_of_books[about].get(line.parent)
    invoice = papers.papers.get((papers.flows[about].source, tie.procore_id)) if tie else None
    return invoice.evidence.get("project", "") if invoice else ""


def _complete(papers: Papers, group: _Group, name: str) -> None:
    """Adds the link, and both documents even where one has no lines any more."""
    flow = papers.flows[group.kind]
    ours, theirs = (flow.source, flow.target) if flow.source_system == "procore" else (flow.target, flow.source)
    group.tie = papers.ties[group.kind].get(name)
    if group.tie:
        group.procore = group.procore or papers.papers.get((ours, group.tie.procore_id))
        group.books = group.books or papers.papers.get((theirs, group.tie.accounting_id))


def _differences(papers: Papers, group: _Group) -> Iterator[Difference]:
    ours, theirs = group.sums["procore"], group.sums["books"]
    found = {key: ours.get(key, Decimal(0)) - theirs.get(key, Decimal(0)) for key in (*ours, *theirs)}
    different = {key: amount for key, amount in found.items() if amount}
    if not different:
        return
    cause, why = _cause(papers, group, different)
    label = (group.procore or group.books or _nobody(group)).label
    for key, amount in different.items():
        yield Difference(key, cause, amount, label, why)


def _nobody(group: _Group) -> Paper:
    return Paper("", group.kind, group.kind, None, None, False, None, {})


def _cause(papers: Papers, group: _Group, different: dict[Key, Decimal]) -> tuple[Class, str]:
    """Why a group differs, and in words; the first that is true, from the surest to the vaguest."""
    if (host := _host(papers, group)) and not host.active:
        return "deleted", f"'{host.label}' is {str(host.status or 'gone').lower()}, with all that it holds"
    if group.tie is None:
        return _one_sided(papers, group)
    if stated := _of_tie(papers, group.kind, group.tie):
        return stated
    if not sum(different.values()) and group.tie.made_by != "jobledger":
        return "recorded differently", "the same total is booked on other codes in the books"
    if _only_codes_differ(different) and not _on_linked_codes(papers, different):
        return "recorded differently", f"{_ELSEWHERE}{_noted(group.tie)}"
    if _is_tax(group, different):
        return "tax", "the amounts in the books include tax, which is no cost"
    if why := _in_flight(papers, group.kind, group.tie):
        return "in flight", why
    if all(abs(amount) <= CENT for amount in different.values()):
        return "rounding", "a cent"
    return "unexplained", f"the documents are linked{_noted(group.tie)} and nothing says why they differ"


_ELSEWHERE = "the same total is in the books on what no cost code is linked with: a fallback, or a shared account"


def _noted(tie: Tie) -> str:
    return f" ({tie.evidence})" if tie.evidence else ""


def _only_codes_differ(different: Mapping[Key, Decimal]) -> bool:
    """Whether each project has the same total of each measure on both sides."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for key, amount in different.items():
        sums[key.measure, key.project] += amount
    return not any(sums.values())


def _on_linked_codes(papers: Papers, different: Mapping[Key, Decimal]) -> bool:
    """Whether what the books have too much is, in part, on a code that is linked: then it is on the wrong one."""
    linked = set(papers.codes.values())
    return any(key.cost_code in linked for key, amount in different.items() if amount < 0)


def _is_tax(group: _Group, different: dict[Key, Decimal]) -> bool:
    """Whether a group differs by the tax that the amounts of its document in the books include (ACC-22)."""
    tax = Decimal(group.books.evidence.get("tax", "0")) if group.books else Decimal(0)
    signed = (-amount if key.measure in COMES_WITH.values() else amount for key, amount in different.items())
    return bool(tax) and sum(signed) == tax


def _host(papers: Papers, group: _Group) -> Paper | None:
    """The document that a group's lines join: a change order's commitment."""
    flow = papers.flows[group.kind]
    joined = papers.flows.get(flow.joins.kind) if flow.joins else None
    if joined is None or group.procore is None:
        return None
    return papers.papers.get((joined.source, group.procore.evidence.get("commitment", "")))


def _one_sided(papers: Papers, group: _Group) -> tuple[Class, str]:
    """Why a document has no counterpart."""
    paper = group.procore or group.books
    flow = papers.flows[group.kind]
    carried = paper is not None and paper.entity == flow.source
    if paper and (labour := papers.labour.get(paper.id)) and group.kind == "job_costs":
        return _of_labour(labour)
    if paper is None or not carried:
        began: Class = "only in Procore" if group.procore else "only in the books"
        return began, "it began there, and is not carried over"
    if stated := _of_open(papers.open.get((flow.name, paper.id))):
        return stated
    if _before_cutover(papers, paper):
        return "opening", f"dated before the cut-over on {papers.cutover}"
    if paper.evidence.get("project") == "" or paper.evidence.get("unsyncable") or paper.id.rpartition("/")[2] == "-":
        return "unlinked", paper.evidence.get("unsyncable") or "no project is named"
    if why := _left_out(papers, group.kind, paper):
        return "only in the books", why
    ran = papers.last_run.get(flow.name)
    if ran is None or _changed_since(paper, ran.began):
        return "in flight", "it has not been carried over yet"
    return "unexplained", "the last run has not carried it over, and nothing says why"


def _of_labour(tie: Tie) -> tuple[Class, str]:
    """A cost of time is Procore's own; an amount that nobody has entered a rate for would be a person's edit."""
    if _edited(tie):
        return "edited", "the cost of approved time was edited in Procore"
    return (
        "only in Procore",
        "it is approved time at the employee's rate (labour.costing); the books have their payroll",
    )


def _left_out(papers: Papers, kind: str, paper: Paper) -> str:
    """What in the settings leaves a document of the books out, in words; empty where nothing does."""
    if papers.settings is None:
        return "the settings leave it out, or its project is not linked" if kind in ("job_costs", *SETTLES) else ""
    if kind in SETTLES and paper.evidence.get("kind") != "payment" and not papers.settings.credits_as_payments:
        return "credits are no payments (credits_as_payments)"
    if kind != "job_costs":
        return ""
    costs, project = papers.settings.job_costs, papers.projects.get(paper.evidence.get("project", ""))
    if paper.evidence.get("account", "") in costs.exclude_accounts:
        return "another integration brings this account (job_costs.exclude_accounts)"
    if costs.projects != "all" and project not in {str(one) for one in costs.projects}:
        return "its project is left out (job_costs.projects)"
    return ""


def _changed_since(paper: Paper, moment: datetime) -> bool:
    return bool(paper.version) and datetime.fromisoformat(str(paper.version)) > moment


def _before_cutover(papers: Papers, paper: Paper) -> bool:
    """Whether a document, or the commitment that it changes, is dated before the cut-over and has no counterpart."""
    parent = paper.evidence.get("commitment", "")
    changes_it = "change_orders" in papers.flows and paper.entity == papers.flows["change_orders"].source
    if changes_it and parent not in papers.ties["commitments"]:
        owner = papers.papers.get((papers.flows["commitments"].source, parent))
        if owner and _before_cutover(papers, owner):
            return True
    return bool(papers.cutover) and paper.evidence.get("date", "9999")[:10] < str(papers.cutover)


_BY_OUTCOME: dict[str, Class] = {
    "waiting": "in flight",
    "unknown": "in flight",
    "blocked": "unlinked",
    "invalid": "invalid",
    "conflict": "conflict",
    "failed": "failed",
}


def _of_open(row: Any) -> tuple[Class, str] | None:
    if row is None:
        return None
    if row.dismissed_at:
        return "dismissed", f"dismissed by {row.dismissed_by}: {row.dismissed_why}"
    return _BY_OUTCOME[row.outcome], row.reason


def _of_tie(papers: Papers, kind: str, tie: Tie) -> tuple[Class, str] | None:
    """Why two linked documents differ, by what is known of each of them."""
    flow = papers.flows[kind]
    ids = _ids(papers, kind, tie)
    source, target = papers.papers.get((flow.source, ids[0])), papers.papers.get((flow.target, ids[1]))
    where = "the books" if flow.source_system == "procore" else "Procore"
    if target is not None and not target.active:
        return "deleted", f"'{target.label}' is {str(target.status or 'gone').lower()} in {where}"
    if source is not None and not source.active:
        return "deleted", f"'{source.label}' is {str(source.status or 'gone').lower()}, its counterpart is not"
    if _edited(tie) or _added(papers, tie):
        return "edited", f"'{target.label if target else ids[1]}' was edited in {where}"
    if stated := _of_open(papers.open.get((flow.name, ids[0]))):
        return stated
    if tie.archived_by:
        return "dismissed", f"archived by {tie.archived_by}"
    return None


def _in_flight(papers: Papers, kind: str, tie: Tie) -> str:
    """Whether the source has changed since all was last carried over, in words; before the first time it is not."""
    flow = papers.flows[kind]
    source = papers.papers.get((flow.source, _ids(papers, kind, tie)[0]))
    ran = papers.last_run.get(flow.name)
    # our own write-back changes the source while the run is under way
    if source and ran and _changed_since(source, ran.ended if flow.write_back else ran.began):
        return f"'{source.label}' has changed since it was last carried over"
    return ""


def _ids(papers: Papers, kind: str, tie: Tie) -> tuple[str, str]:
    """The ids of a link's source and target."""
    ids = tie.procore_id, tie.accounting_id
    return ids if papers.flows[kind].source_system == "procore" else (ids[1], ids[0])


def _edited(tie: Tie) -> bool:
    """Whether the target's lines are no longer those that were last seen."""
    if tie.seen is None or tie.now is None:
        return False
    then = {line["id"]: line for line in tie.seen.get(LINES) or []}
    now = {line["id"]: line for line in tie.now.get(LINES) or []}
    return any(key not in now or _changed(line, now[key]) for key, line in then.items()) or _fields_changed(tie)


def _added(papers: Papers, tie: Tie) -> bool:
    """Whether a person has put lines into a document of ours, such as freight into an order."""
    lines = (tie.now or {}).get(LINES) or [] if tie.seen is not None else []
    return any(line["id"] not in papers.carried_lines for line in lines)


def _changed(then: Any, now: Any) -> bool:
    return any(not same(value, now.get(name)) for name, value in then.items() if name not in ("id", "key"))


def _fields_changed(tie: Tie) -> bool:
    seen, now = tie.seen or {}, tie.now or {}
    return any(not same(value, now.get(name)) for name, value in seen.items() if name not in (LINES, "Status"))


def measures_of(flows: Iterable[Any]) -> list[str]:
    """What the flows of an integration let the tie-out compare, in the order of the report."""
    found = {MEASURES[flow.kind] for flow in flows if flow.kind in MEASURES}
    found |= {COMES_WITH[one] for one in found if one in COMES_WITH}
    return [one for one in ORDER if one in found]
