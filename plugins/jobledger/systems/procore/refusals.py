"""Procore's refusals in words that help. Its error bodies have several shapes, and none is promised."""

from __future__ import annotations

import re
from typing import Any, Literal, NamedTuple

from jobledger.errors import FixTheSetup, JobledgerError
from jobledger.systems.client import Answer

Outcome = Literal["failed", "conflict", "invalid"]


class Refusal(NamedTuple):
    """Why a record was refused, what a person does about it, and the outcome of the record."""

    message: str
    remedy: str
    outcome: Outcome


_KNOWN: tuple[tuple[str, Outcome, str], ...] = (
    (r"origin_id.*taken", "conflict", "Another record in Procore is linked with it already: unlink that one first."),
    (r"already been taken", "conflict", "Another record in Procore has this name or code: link it, or rename one."),
    (
        r"not found|must exist",
        "conflict",
        "It was deleted or merged in Procore: take the link away, or link another record.",
    ),
    (
        r"locked|synced with|cannot be (?:edited|changed|deleted)",
        "conflict",
        "Unlock the record in Procore, or change it there.",
    ),
    (r"another request", "failed", "Nothing to do: the next run tries it again."),
    (r"too long", "invalid", "Shorten the text."),
    (r"state_code|country_code", "invalid", "Write state and country as codes, such as CO and US."),
    (r"can't be blank|is missing", "invalid", "Fill the field."),
    (r"is invalid|is not", "invalid", "Mend the value."),
)
_ELSE: tuple[Outcome, str] = ("failed", "Mend the record, or the field in the mapping file, and run again.")
_TOOLS = (
    ("standard_cost_code", "Admin"),
    ("line_item_types", "Admin"),
    ("work_breakdown", "Admin"),
    ("cost_codes", "Admin"),
    ("vendors", "Directory"),
    ("timecard_entries", "Timesheets"),
    ("users", "Directory"),
    ("direct_costs", "Direct Costs"),
    ("requisitions", "Invoicing"),
    ("billing_periods", "Invoicing"),
    ("change_order", "Change Orders"),
    ("prime_contract", "Prime Contracts"),
    ("payment_applications", "Prime Contracts"),
    ("contract", "Commitments"),
    ("commitments", "Commitments"),
    ("projects", "Portfolio"),
)


class ClosedError(FixTheSetup):
    """A list is not shown: permission is missing or, in a project, its tool is off or the project is not permitted."""

    def __init__(self, where: str, path: str, said: str) -> None:
        found = f"Procore does not let the app use {path} ({said})."
        super().__init__(where, found, f"Give the app's service account permission on the {tool(path)} tool.")
        self.said = said


def refusal(body: Any) -> Refusal:
    """The refusal of one record, from its messages."""
    said = words(body)
    known = ((outcome, remedy) for says, outcome, remedy in _KNOWN if re.search(says, said, re.IGNORECASE))
    outcome, remedy = next(known, _ELSE)
    return Refusal(f"Procore refused it: {said or 'it did not say why'}.", remedy, outcome)


def words(body: Any) -> str:
    """What an error body says, in one line."""
    if isinstance(body, dict):
        told = next((body[name] for name in ("errors", "error", "message", "reason") if body.get(name)), None)
        if told is not None:
            return words(told)
        return "; ".join(f"{field} {words(messages)}" for field, messages in body.items() if messages)
    if isinstance(body, list):
        return ", ".join(words(one) for one in body)
    return str(body or "")


def not_allowed(answer: Answer, path: str, where: str) -> JobledgerError | None:
    """What a refusal of a whole list or batch means; None if the answer stands."""
    if answer.ok:
        return None
    said = words(answer.body)
    if answer.status == 403 and "not connected" in said.lower():
        return FixTheSetup(
            where,
            "Procore says that the app is not connected to this company.",
            "Install it in Procore under Company Admin > App Management, and check company_id.",
        )
    if answer.status in {403, 404}:
        return ClosedError(where, path, said or str(answer.status))
    return FixTheSetup(
        f"Procore {path}", f"refused the request: {said or answer.status}.", "Report this with its time."
    )


def tool(path: str) -> str:
    """The Procore tool that a path belongs to."""
    return next((name for part, name in _TOOLS if part in path), "Admin")
