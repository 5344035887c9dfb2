"""What a decision says to people: which record, what was found on each side, and the command that settles it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from jobledger.mapping.compare import Comparison
from jobledger.pipeline.plan import Candidate, Case
from jobledger.settings import LABELS
from jobledger.store.catalog import GONE


def told(case: Case, comparison: Comparison | None = None) -> str:
    """What persons changed in fields that the other side owns, in words (ACC-6)."""
    ours, theirs = LABELS[case.flow.source_system], LABELS[case.flow.target_system]
    there = [(theirs, *one) for one in comparison.shown] if comparison else []
    edits = [*there, *((ours, *one) for one in case.edits)]
    if not edits:
        return ""
    listed = "; ".join(f"{field} in {product} from {shown(a)} to {shown(b)}" for product, field, a, b in edits)
    return f"Changed by a person and left as it is, because the other side owns it: {listed}."


def shown(value: Any) -> str:
    """A value in quotes, or the word for none."""
    return "nothing" if value in (None, "") else f"'{value}'"


def unusable(case: Case) -> str:
    """Why the linked counterpart cannot be used any more; empty where it can."""
    product = LABELS[case.flow.target_system]
    if case.target is None or case.target.active:
        return ""
    name = case.target.name
    if case.target.merged_into:
        return f"{product} has merged the linked '{name}' into {case.target.merged_into}."
    if case.flow.is_document:
        status = "deleted" if case.target.status == GONE else str(case.target.status or "gone").lower()
        return f"The linked '{name}' ({case.target.id}) is {status} in {product}. {amounts(case)}"
    state = "no longer exists" if case.target.status == GONE else "is archived"
    return f"The linked '{name}' ({case.target.id}) {state} in {product}."


def theirs(case: Case) -> str:
    """The target's product."""
    return LABELS[case.flow.target_system]


def amounts(case: Case, here: str | None = None) -> str:
    """Both amounts, in words; `here` stands for the source's own."""
    there = case.target.evidence.get("amount") if case.target and case.target.active else "0"
    ours = money(here or case.card.evidence.get("amount"))
    return f"{LABELS[case.flow.source_system]} has {ours}, {theirs(case)} {money(there)}."


def edited(case: Case, comparison: Comparison) -> str:
    """Which fields a person edited in the target."""
    fields = ", ".join(one.field for one in comparison.shown)
    return f"'{case.card.name}' was edited in {theirs(case)} ({fields})."


def undo(case: Case) -> str:
    """What a person does about an edit of a document of ours."""
    unlink = command(case, "unlink")
    return f"Undo the edit, or void it in {theirs(case)} and export it anew: {unlink}; or dismiss this and keep it so."


def money(amount: Any) -> str:
    """`1,234.50`."""
    return f"{Decimal(str(amount or 0)):,.2f}"


def way_out(case: Case) -> str:
    """What a person does about a counterpart that cannot be used any more; a document stays gone till then (ACC-30)."""
    if case.flow.is_document:
        return f"To send it anew, {command(case, 'unlink')}; to leave it so, dismiss this."
    return f"{restore(case)} or link another: {command(case, 'relink')}."


def restore(case: Case) -> str:
    """What a person does first about a counterpart that is not in use."""
    gone = case.target and (case.target.merged_into or case.target.status == GONE)
    return "Take the link away" if gone else "Restore it"


def lost_origin(case: Case, origin: str) -> tuple[str, str]:
    """Reason and remedy where a mark names a record that is not known."""
    ours, theirs = LABELS[case.flow.source_system], LABELS[case.flow.target_system]
    reason = f"'{case.card.name}' carries Jobledger's mark of {origin}, which {theirs} does not have."
    return reason, f"If it belongs to another organisation, clear the mark in {ours}; if not, {command(case, 'link')}."


def listed(candidates: tuple[Candidate, ...]) -> str:
    """The likeliest candidates, each with its evidence."""
    if not candidates:
        return ""
    listed = "; ".join(f"{one.name} ({one.target_id}: {', '.join(one.evidence)})" for one in candidates[:3])
    return f" Likely: {listed}."


def command(case: Case, verb: str, target: str = "", source: str = "") -> str:
    """A command to copy; an id that only a person knows is left as a word in capitals."""
    source, target = source or case.card.id, target or "ID"
    from_procore = case.flow.source_system == "procore"
    ids = f"{source} {target}" if from_procore else f"{target} {source}"
    if verb == "unlink":
        ids = source if from_procore else target
    return f"`airflow jobledger links {verb} {case.integration} {case.flow.kind} {ids}`"


def choose(case: Case) -> str:
    """The two commands between which a person chooses."""
    target = case.candidates[0].target_id
    return f"If it is, {command(case, 'link', target)}; if not, {command(case, 'dismiss', target)}."


def relink(case: Case, survivors: tuple[Candidate, ...]) -> str:
    """The command that leads a link to the record that stays."""
    target = case.link.target_id if case.link else ""
    survivor = survivors[0].target_id if survivors else "ID"
    return f"Lead the link to the one that stays: {command(case, 'relink', target, survivor)}."
