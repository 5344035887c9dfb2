"""Why a record is not written now: it is locked or credited, its period is closed, its name is taken."""

from __future__ import annotations

from jobledger.pipeline import wording
from jobledger.pipeline.plan import Case, Decision
from jobledger.settings import LABELS

Hold = tuple[Decision, str, str]
"""The decision, the reason and the remedy."""


def locked(case: Case, removed: bool = False) -> Hold | None:
    """Why the linked target may no longer be edited, with both amounts (ACC-12, ACC-27)."""
    why = case.target.evidence.get("locked") if case.target else None
    if not why:
        return None
    where = wording.theirs(case)
    what = "counts no longer" if removed else "has changed"
    amounts = wording.amounts(case, "0" if removed else None)
    reason = f"'{case.card.name}' {what}, and its counterpart is {why} in {where}. {amounts}"
    return (
        "conflict",
        reason,
        f"Make the change in {where} by hand and dismiss this, or undo it at the source.",
    )


def closed(case: Case) -> Hold | None:
    """Why nothing is written: the document's day lies in a closed period of the books (ACC-28)."""
    until, field = case.books.get("closed_until"), case.flow.dated
    day = case.mapped.fields.get(field) if field else None
    if not until or day is None or str(day) > str(until):
        return None
    reason = f"'{case.card.name}' is dated {day}, and the books are closed until {until}."
    remedy = f"Reopen the period in {wording.theirs(case)}, or set closed_period: first_open_day."
    return "blocked", reason, remedy


def credited(case: Case) -> Hold | None:
    """A credit given on our document in the books is a person's to decide, unless credits are payments (ACC-30)."""
    credited = case.target.evidence.get("credited") if case.target else None
    if not credited or case.flow.on_edit != "conflict" or case.settings.get("credits_as_payments"):
        return None
    reason = f"{wording.amounts(case)} {wording.money(credited)} of it is credited in {wording.theirs(case)}."
    return (
        "conflict",
        reason,
        "Set credits_as_payments if credits pay, or enter it in Procore and dismiss this.",
    )


def key_taken(case: Case) -> Hold | None:
    """Why the natural key cannot be had: the target has it already, on a record that belongs to something else."""
    if not case.taken_by:
        return None
    product, other = LABELS[case.flow.target_system], case.taken_by[0]
    reason = f"{product} has '{other.name}' ({other.id}) already, and it takes each name once."
    remedy = f"Rename one of the two, or link them: {wording.command(case, 'link', other.id)}."
    return "conflict", reason, remedy
