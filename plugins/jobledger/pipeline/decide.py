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
from jobledger.store.catalog import GONE, CatalogRecord

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
        remedy = f"Permit it for the app again, or take the link away: {_command(case, 'unlink', case.card.id)}."
        return _held(case, "blocked", f"{product} no longer shows '{case.card.name}' to this integration.", remedy)
    if case.flow.on_remove == "ask":
        reason = f"{product} no longer has '{case.card.name}': it was merged into another record or removed."
        return _held(case, "conflict", reason + _listed(case.survivors), _relink(case, case.survivors))
    return _in_step(case)


def merged(case: Case) -> Planned | None:
    """A merged record proposes its survivor, and a person confirms (ACC-5)."""
    survivor = case.card.merged_into
    if not survivor:
        return None
    if not case.link:
        return _planned(case, "unchanged")
    reason = f"{LABELS[case.flow.source_system]} has merged '{case.card.name}' into {survivor}."
    return _held(case, "conflict", reason, _relink(case, (Candidate(survivor, survivor, 1, False, ()),)))


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
        return _held(case, "conflict", reason, f"{_restore(case)} or link another: {_command(case, 'relink')}.")
    if case.link.sent is None and _owes_origin_id(case):
        return _linking(case, case.link.target_id, "linked by a person", case.link.made_by)
    if case.link.sent is None or case.target is None:
        return _in_step(case, _told(case), adopt=True)
    ours, theirs = case.mapped.fields, case.target.content
    side = side_of(case.flow)
    return _by_comparison(case, compare(ours, case.link.sent, theirs, case.link.seen, case.owners, side))


def ours(case: Case) -> Planned | None:
    """No echo: a record that carries our mark is linked with what it was made from, never carried back."""
    origin = marked_source(case.flow, case.card)
    target = case.target
    if not (origin or target) or (target and target.id in case.refused):
        return None
    if target is None:
        return _held(case, "conflict", *_lost_origin(case, str(origin)))
    if case.target_linked_with or not target.active:
        return _leftover(case, target)
    return _linking(case, target.id, "recognised by Jobledger's own mark", "jobledger")


def matched(case: Case) -> Planned | None:
    """A sure match is linked, a doubtful one is proposed and never guessed (ACC-4)."""
    if not case.candidates:
        return None
    best = case.candidates[0]
    if best.sure:
        return _linking(case, best.target_id, "; ".join(best.evidence), "automap")
    reason = f"'{case.card.name}' may be a record that {LABELS[case.flow.target_system]} has already."
    return _held(case, "conflict", reason + _listed(case.candidates), _choose(case))


def heir(case: Case) -> Planned | None:
    """A record into which a linked one may have been merged gets no counterpart until a person has decided."""
    if not case.heir_of:
        return None
    gone, target = case.heir_of
    reason = f"'{case.card.name}' may be the one into which {gone} was merged, which is linked with {target}."
    remedy = f"If it is, {_command(case, 'relink', target)}; if not, {_command(case, 'unlink', target, gone)}."
    return _held(case, "conflict", reason, remedy)


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
    reason = f"{product} has '{other.name}' ({other.id}) already, and it takes each name once."
    return _held(case, "conflict", reason, f"Rename one of the two, or link them: {_command(case, 'link', other.id)}.")


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
    heir,
    ambiguous,
    taken,
)


def _by_comparison(case: Case, comparison: Comparison) -> Planned:
    ours, theirs = LABELS[case.flow.source_system], LABELS[case.flow.target_system]
    if comparison.conflicts:
        clashes = "; ".join(
            f"{clash.field}: {ours} has {_shown(clash.ours)}, {theirs} {_shown(clash.theirs)}; "
            f"last in step {_shown(clash.base)}"
            for clash in comparison.conflicts
        )
        reason = f"'{case.card.name}' was changed on both sides ({clashes})."
        return _held(case, "conflict", reason, "Make both sides equal, or give the field one owner.")
    told = _told(case, comparison)
    if not comparison.changes:
        return _in_step(case, told, adopt=not comparison.shown)
    changes = [{"field": change.field, "before": change.before, "after": change.after} for change in comparison.changes]
    if case.taken_by and any(change["field"] in case.flow.natural_key for change in changes):
        return taken(case) or _in_step(case)
    target_id = case.link.target_id if case.link else None
    return _planned(case, "update", target_id=target_id, changes=changes, reason=told)


def _told(case: Case, comparison: Comparison | None = None) -> str:
    """What persons changed in fields that the other side owns, in words (ACC-6)."""
    ours, theirs = LABELS[case.flow.source_system], LABELS[case.flow.target_system]
    there = [(theirs, *one) for one in comparison.shown] if comparison else []
    edits = [*there, *((ours, *one) for one in case.edits)]
    if not edits:
        return ""
    listed = "; ".join(f"{field} in {product} from {_shown(a)} to {_shown(b)}" for product, field, a, b in edits)
    return f"Changed by a person and left as it is, because the other side owns it: {listed}."


def _shown(value: Any) -> str:
    return "nothing" if value in (None, "") else f"'{value}'"


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
    if not planned.reason and case.mapped.notes and decision != "unchanged":
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
    return f"The linked '{name}' ({case.target.id}) {state} in {product}."


def _restore(case: Case) -> str:
    gone = case.target and (case.target.merged_into or case.target.status == GONE)
    return "Take the link away" if gone else "Restore it"


def _owes_origin_id(case: Case) -> bool:
    """Whether a person made the link, and the source does not carry the target's id yet (PRC-API-24)."""
    link = case.link
    return bool(link and case.flow.write_back and marked_source(case.flow, case.card) != link.target_id)


def _lost_origin(case: Case, origin: str) -> tuple[str, str]:
    ours, theirs = LABELS[case.flow.source_system], LABELS[case.flow.target_system]
    reason = f"'{case.card.name}' carries Jobledger's mark of {origin}, which {theirs} does not have."
    return reason, f"If it belongs to another organisation, clear the mark in {ours}; if not, {_command(case, 'link')}."


def _leftover(case: Case, target: CatalogRecord) -> Planned:
    """A second record with our mark, or one whose counterpart is out of use: nothing to do unless it is active."""
    if not case.card.active:
        return _planned(case, "unchanged")
    product = LABELS[case.flow.target_system]
    if case.target_linked_with:
        reason = (
            f"'{case.card.name}' carries Jobledger's mark of '{target.name}' ({target.id}), linked with another one: "
        )
        remedy = f"Archive one of the two, or lead the link to this one: {_command(case, 'relink', target.id)}."
        return _held(case, "conflict", f"{reason}{case.target_linked_with}.", remedy)
    reason = f"Its counterpart '{target.name}' ({target.id}) is not in use in {product}."
    return _held(case, "conflict", reason, f"{_restore(case)} in {product}, or {_command(case, 'link')}.")


def _listed(candidates: tuple[Candidate, ...]) -> str:
    if not candidates:
        return ""
    listed = "; ".join(f"{one.name} ({one.target_id}: {', '.join(one.evidence)})" for one in candidates[:3])
    return f" Likely: {listed}."


def _command(case: Case, verb: str, target: str = "", source: str = "") -> str:
    """A command to copy; an id that only a person knows is left as a word in capitals."""
    source, target = source or case.card.id, target or "ID"
    from_procore = case.flow.source_system == "procore"
    ids = f"{source} {target}" if from_procore else f"{target} {source}"
    if verb == "unlink":
        ids = source if from_procore else target
    return f"`airflow jobledger links {verb} {case.integration} {case.flow.kind} {ids}`"


def _choose(case: Case) -> str:
    target = case.candidates[0].target_id
    return f"If it is, {_command(case, 'link', target)}; if not, {_command(case, 'dismiss', target)}."


def _relink(case: Case, survivors: tuple[Candidate, ...]) -> str:
    target = case.link.target_id if case.link else ""
    survivor = survivors[0].target_id if survivors else "ID"
    return f"Lead the link to the one that stays: {_command(case, 'relink', target, survivor)}."
