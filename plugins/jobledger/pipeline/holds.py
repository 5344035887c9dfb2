"""Why a document is not written now although it is to change: it is locked, its period is closed, it is credited."""

from __future__ import annotations

from jobledger.pipeline import wording
from jobledger.pipeline.plan import Case, Decision

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
