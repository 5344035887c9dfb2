"""Why the two sides of a group of documents differ: by the state of its documents, the surest cause first (ACC-32)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from jobledger.mapping.canonical import same
from jobledger.mapping.compare import LINES
from jobledger.reports.groups import Group, Key
from jobledger.reports.papers import COMES_WITH, SETTLES, Paper, Papers, Tie

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

CENT = Decimal("0.01")


def cause_of(papers: Papers, group: Group, different: dict[Key, Decimal]) -> tuple[Class, str]:
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


def _is_tax(group: Group, different: dict[Key, Decimal]) -> bool:
    """Whether a group differs by the tax that the amounts of its document in the books include (ACC-22)."""
    tax = Decimal(group.books.evidence.get("tax", "0")) if group.books else Decimal(0)
    signed = (-amount if key.measure in COMES_WITH.values() else amount for key, amount in different.items())
    return bool(tax) and sum(signed) == tax


def _host(papers: Papers, group: Group) -> Paper | None:
    """The document that a group's lines join: a change order's commitment."""
    flow = papers.flows[group.kind]
    joined = papers.flows.get(flow.joins.kind) if flow.joins else None
    if joined is None or group.procore is None:
        return None
    return papers.papers.get((joined.source, group.procore.evidence.get("commitment", "")))


def _one_sided(papers: Papers, group: Group) -> tuple[Class, str]:
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
