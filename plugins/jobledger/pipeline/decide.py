"""The decision about one record: a row of questions, asked in this order; the first that has an answer decides.

Pure: everything known of the record is in the `Case`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jobledger.mapping.compare import Comparison, compare, side_of
from jobledger.mapping.document import fingerprint
from jobledger.mapping.path import read
from jobledger.pipeline.marks import mark_for, marked_source
from jobledger.pipeline.plan import Candidate, Case, Decision, Planned
from jobledger.store.catalog import GONE

LABELS = {"procore": "Procore", "xero": "Xero"}


def decide(case: Case) -> Planned:
    """What is to become of the record; every `blocked` or `conflict` says why and what to do."""
    for question in QUESTIONS:
        if planned := question(case):
            return planned
    return _planned(case, "create", mark=mark_for(case.flow, case.card.id))


def vanished(case: Case) -> Planned | None:
    """Absent is not deleted: a record that its vendor no longer shows is left to a person (ACC-5)."""
    if not case.gone:
        return None
    if not case.link:
        return _planned(case, "unchanged")
    product = LABELS[case.flow.source_system]
    if case.flow.on_remove == "hold":
        remedy = "Permit it for the app again, or unlink it."
        return _held(case, "blocked", f"{product} no longer shows '{case.card.name}' to this integration.", remedy)
    if case.flow.on_remove == "ask":
        reason = f"{product} no longer has '{case.card.name}': it was merged into another record or removed."
        return _held(case, "conflict", reason + _listed(case.candidates), _relink(case, "the one it was merged into"))
    return _in_step(case)


def merged(case: Case) -> Planned | None:
    """A merged record proposes its survivor, and a person confirms (ACC-5)."""
    if not case.card.merged_into:
        return None
    product = LABELS[case.flow.source_system]
    reason = f"{product} has merged '{case.card.name}' into {case.card.merged_into}."
    return _held(case, "conflict", reason, _relink(case, case.card.merged_into))


def unanswered(case: Case) -> Planned | None:
    """A write that had no answer is settled before anything else is sent."""
    if not case.open_intent:
        return None
    sent = f"{case.open_intent.opened_at:%Y-%m-%d %H:%M:%S} UTC"
    reason = f"The {case.open_intent.action} sent at {sent} had no answer, and the record has not been found since."
    return _held(case, "unknown", reason, "Nothing to do: the next run looks again and goes on.")


def not_transferable(case: Case) -> Planned | None:
    """What the mapping file says cannot be carried over, with its remedy."""
    for path, remedy in case.flow.blocked_when.items():
        found = read(case.record, path)
        if found:
            return _held(case, "blocked", f"'{case.card.name}': {path.replace('_', ' ')} {found}.", remedy)
    return None


def parentless(case: Case) -> Planned | None:
    """Parents first: a record is not sent before the records it refers to are linked."""
    if not case.mapped.missing:
        return None
    named = ", ".join(f"{missing.kind} {missing.id}" for missing in case.mapped.missing)
    return _held(case, "blocked", f"'{case.card.name}' refers to {named}, not linked yet.", "Link or export it first.")


def foreign(case: Case) -> Planned | None:
    """An origin_id that another integration wrote is never overwritten (PRC-API-11)."""
    origin_id = case.card.evidence.get("origin_id", "")
    if not origin_id or origin_id.startswith(f"{case.flow.target_system}:"):
        return None
    reason = f"'{case.card.name}' carries origin_id '{origin_id}' of another integration."
    return _held(case, "conflict", reason, "Disconnect the other integration and clear its origin_id in Procore.")


def linked(case: Case) -> Planned | None:
    """A linked record: its counterpart is compared field by field."""
    if not case.link:
        return None
    if reason := _unusable(case):
        return _held(case, "conflict", reason, "Restore it, or take the link away and link another.")
    if case.link.sent is None or case.target is None:
        return _in_step(case, adopt=True)
    ours, theirs = case.mapped.fields, case.target.content
    side = side_of(case.flow)
    return _by_comparison(case, compare(ours, case.link.sent, theirs, case.link.seen, case.owners, side))


def ours(case: Case) -> Planned | None:
    """No echo: a record that carries our mark is linked with what it was made from, never carried back."""
    origin = marked_source(case.flow, case.card)
    if case.link or not (origin or case.target):
        return None
    target_id = origin or (case.target.id if case.target else None)
    return _linking(case, target_id, "recognised by Jobledger's own mark", "jobledger")


def matched(case: Case) -> Planned | None:
    """A sure match is linked, a doubtful one is proposed and never guessed (ACC-4)."""
    if not case.candidates:
        return None
    best = case.candidates[0]
    if best.sure:
        return _linking(case, best.target_id, "; ".join(best.evidence), "automap")
    reason = f"'{case.card.name}' may be a record that {LABELS[case.flow.target_system]} has already."
    return _held(case, "conflict", reason + _listed(case.candidates), _choose(case))


def ambiguous(case: Case) -> Planned | None:
    """Two source records with one natural key would become one document or be refused: a person tells them apart."""
    if not case.namesakes:
        return None
    product = LABELS[case.flow.source_system]
    others = ", ".join(other.id for other in case.namesakes)
    reason = f"{product} has more than one record called '{case.card.name}' (also {others})."
    return _held(case, "conflict", reason, f"Merge them in {product} or rename one of them.")


def taken(case: Case) -> Planned | None:
    """The target has the natural key already, on a record that belongs to something else."""
    if not case.taken_by:
        return None
    product, other = LABELS[case.flow.target_system], case.taken_by[0]
    reason = f"{product} has '{other.name}' ({other.id}) already, and it is linked to another record."
    return _held(case, "conflict", reason, "Rename one of the two, or mend the link.")


QUESTIONS: tuple[Callable[[Case], Planned | None], ...] = (
    vanished,
    merged,
    unanswered,
    not_transferable,
    parentless,
    foreign,
    linked,
    ours,
    matched,
    ambiguous,
    taken,
)


def _by_comparison(case: Case, comparison: Comparison) -> Planned:
    if comparison.conflicts:
        clashes = "; ".join(
            f"{clash.field}: '{clash.ours}' here, '{clash.theirs}' there, last in step '{clash.base}'"
            for clash in comparison.conflicts
        )
        reason = f"'{case.card.name}' was changed on both sides ({clashes})."
        return _held(case, "conflict", reason, "Make both sides equal, or give the field one owner.")
    if not comparison.changes:
        shown = "; ".join(f"{change.field} is '{change.after}' there" for change in comparison.shown)
        reason = f"Changed by a person and left as it is: {shown}." if shown else ""
        return _in_step(case, reason, adopt=not shown)
    changes = [{"field": change.field, "before": change.before, "after": change.after} for change in comparison.changes]
    if case.taken_by and any(change["field"] in case.flow.natural_key for change in changes):
        return taken(case) or _in_step(case)
    return _planned(case, "update", target_id=case.link.target_id if case.link else None, changes=changes)


def _in_step(case: Case, reason: str = "", adopt: bool = False) -> Planned:
    link = case.link
    planned = _planned(case, "unchanged", target_id=link.target_id if link else None, reason=reason)
    planned.adopt = adopt and link is not None and planned.fingerprint != link.fingerprint
    return planned


def _linking(case: Case, target_id: str | None, evidence: str, made_by: str) -> Planned:
    name = next((one.name for one in case.candidates if one.target_id == target_id), target_id)
    change = {"field": "link", "before": None, "after": name}
    return _planned(case, "link", target_id=target_id, changes=[change], made_by=made_by, reason=evidence)


def _held(case: Case, decision: Decision, reason: str, remedy: str) -> Planned:
    target_id = case.link.target_id if case.link else None
    return _planned(case, decision, target_id=target_id, reason=reason, remedy=remedy)


def _planned(case: Case, decision: Decision, **more: Any) -> Planned:
    planned = Planned(
        source_id=case.card.id,
        name=case.card.name,
        number=case.card.number,
        decision=decision,
        revision=case.revision,
        fields=case.mapped.fields,
        lines=case.mapped.lines,
        fingerprint=fingerprint(case.mapped.fields, case.mapped.lines),
        amount=read(case.record, case.flow.amount) if case.flow.amount else None,
        **more,
    )
    if case.target:
        planned.seen, planned.target_version = case.target.content, case.target.version
    if not planned.reason and case.mapped.notes:
        planned.reason = "; ".join(case.mapped.notes)
    return planned


def _unusable(case: Case) -> str:
    product = LABELS[case.flow.target_system]
    if case.target is None or case.target.active:
        return ""
    name = case.target.name
    if case.target.merged_into:
        return f"{product} has merged the linked '{name}' into {case.target.merged_into}."
    state = "no longer exists" if case.target.status == GONE else "is archived"
    return f"The linked '{name}' {state} in {product}."


def _listed(candidates: tuple[Candidate, ...]) -> str:
    if not candidates:
        return ""
    listed = "; ".join(f"{one.name} ({one.target_id}: {', '.join(one.evidence)})" for one in candidates[:3])
    return f" Likely: {listed}."


def _command(case: Case, verb: str, target: str) -> str:
    source = case.card.id
    ids = f"{source} {target}" if case.flow.source_system == "procore" else f"{target} {source}"
    return f"`airflow jobledger links {verb} {case.integration} {case.flow.kind} {ids}`"


def _choose(case: Case) -> str:
    target = case.candidates[0].target_id
    return f"If it is, {_command(case, 'link', target)}; if not, {_command(case, 'dismiss', target)}."


def _relink(case: Case, survivor: str) -> str:
    return f"Unlink it and link its counterpart to {survivor}: `airflow jobledger links relink`."
