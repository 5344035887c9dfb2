"""Xero's refusals in words that help: it sends sentences without codes, so they are told apart by their text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from jobledger.errors import FixTheSetup
from jobledger.systems.client import Answer

Outcome = Literal["failed", "conflict", "invalid", "blocked"]


class Refusal(NamedTuple):
    """Why a record was refused, what a person does about it, and the outcome of the record."""

    message: str
    remedy: str
    outcome: Outcome


_OF_DOCUMENTS: tuple[tuple[str, Outcome, str], ...] = (
    (
        r"lock date",
        "blocked",
        "Reopen the period in Xero, or let closed_period: first_open_day date it on the first open day.",
    ),
    (
        r"payment or credit note allocated",
        "conflict",
        "Take the payment or credit off the document in Xero first, or settle the difference there by hand.",
    ),
    (
        r"order number must be unique|deleted purchaseorders cannot be updated",
        "conflict",
        "An order in Xero has this number (a deleted one keeps it): link that one, or give the commitment another.",
    ),
    (
        r"status change is invalid|not of valid status|been reconciled",
        "conflict",
        "Somebody has moved it on in Xero (billed, paid, voided, reconciled): settle the difference there by hand.",
    ),
    (r"item code .* is not valid", "blocked", "Send the cost code first, so that Xero has the item."),
    (r"not subscribed to currency", "blocked", "Add the currency to the organisation in Xero first."),
    (r"account code .* archived", "invalid", "Restore the account in Xero, or choose an active one for the item."),
    (r"account code must be specified", "blocked", "Give the item a purchase account in Xero, and run again."),
    (
        r"cannot be used with account code|cannot be used for this type of transaction",
        "invalid",
        "Choose a tax rate that Xero has and that the account accepts, or another account for the item.",
    ),
    (
        r"total cannot be negative",
        "invalid",
        "A negative invoice is not exported: enter a credit note in Xero by hand.",
    ),
    (r"due date is required", "invalid", "Give the invoice a payment date in Procore, or set due_date_rule."),
    (
        r"does not match the expected|larger than xero can hold|valid absolute url|is not a valid (date|number)"
        r"|not of the type that|(lineamounttypes|status) '.*' is not valid",
        "invalid",
        "Mend the amount or text in Procore, or the field in the mapping file.",
    ),
)
_OF_RECORDS: tuple[tuple[str, Outcome, str], ...] = (
    (
        r"already assigned to another|must be unique|already exists",
        "conflict",
        "Another record in Xero has this name or code already: link that one, or rename one of the two.",
    ),
    (r"archived", "conflict", "Restore it in Xero, or link the record to an active one."),
    (r"no such|could not be found", "conflict", "It was deleted in Xero: take the link away, or link another record."),
    (r"too long|maximum of \d+ characters|exceeds the maximum", "invalid", "Shorten the text in Procore."),
    (r"angle brackets|repeated spaces", "invalid", "Mend the name in Procore: no < or >, no stray spaces."),
    (r"email address must be valid", "invalid", "Mend the e-mail address in Procore: one address, no umlauts."),
    (r"account code|account .* not found", "invalid", "Choose an active account of the chart of accounts."),
    (r"tax ?type|tax rate", "invalid", "Choose a tax rate that Xero has, and that the account accepts."),
    (r"must be specified|is required|must not begin", "invalid", "Mend or fill the field in Procore."),
    (r"at most \d+ active options|maximum number of", "failed", "Archive options of finished projects in Xero."),
    (r"an error occurred in xero", "failed", "Nothing to do: the next run sends it again."),
)
_KNOWN = (*_OF_DOCUMENTS, *_OF_RECORDS)
_ELSE: tuple[Outcome, str] = ("failed", "Mend the record in Procore, or the field in the mapping file, and run again.")


def refusal(messages: Iterable[str]) -> Refusal:
    """Xero's own words, and the remedy that belongs to the first message that is known."""
    words = [message.strip() for message in messages if message and message.strip()]
    known = ((outcome, remedy) for says, outcome, remedy in _KNOWN if any(re.search(says, w, re.I) for w in words))
    outcome, remedy = next(known, _ELSE)
    return Refusal("Xero refused it: " + (" ".join(words) or "it did not say why."), remedy, outcome)


def messages_of(element: Any) -> list[str]:
    """The messages of one element of an answer, or of a whole answer that was refused."""
    if not isinstance(element, dict):
        return []
    inner = [error.get("Message", "") for error in element.get("ValidationErrors") or [] if isinstance(error, dict)]
    return inner or [text for text in (element.get("Message"), element.get("Detail")) if text]


def not_allowed(answer: Answer, where: str, tool: str) -> FixTheSetup | None:
    """What a 403 or a 404 to a whole list means, in words; None for another status."""
    if answer.status == 403:
        return FixTheSetup(
            where,
            f"Xero does not let the app see {tool} of this organisation: it is not connected to it, or lacks a scope.",
            "Check tenant_id, connect it again, grant contacts, settings, invoices, payments and bank transactions.",
        )
    if answer.status in {402, 412}:
        return FixTheSetup(where, f"Xero refused {tool} ({answer.status}).", "Check the organisation's subscription.")
    return None
