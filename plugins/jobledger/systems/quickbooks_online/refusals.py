"""QuickBooks' faults in words that help. They come with any status, also 200, and under `Fault` or `fault`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from jobledger.errors import FixTheSetup, RetryLater

Outcome = Literal["failed", "conflict", "invalid", "blocked"]

TITLE = "QuickBooks"


@dataclass(frozen=True)
class Fault:
    """One error of an answer: Intuit's code without leading zeros, its words, and the property that it names."""

    code: str
    message: str
    detail: str = ""
    element: str = ""

    @property
    def words(self) -> str:
        """Message and detail, each once."""
        return " ".join(dict.fromkeys(part.strip().rstrip(".") + "." for part in (self.message, self.detail) if part))

    @property
    def throttled(self) -> bool:
        """Whether a limit is used up."""
        return self.code == "3001"

    @property
    def stale(self) -> bool:
        """Whether somebody has changed the record since it was read. A closed period comes with the same code."""
        return self.code == "5010" and not self.closed

    @property
    def closed(self) -> bool:
        """Whether the books are closed for the document's day."""
        return self.code in {"6200", "6210"} or bool(re.search(r"period\s+(is\s+)?closed", self.words, re.I))


class Refusal(NamedTuple):
    """Why a record was refused, what a person does about it, and the outcome of the record."""

    message: str
    remedy: str
    outcome: Outcome


def faults_of(body: Any) -> list[Fault]:
    """The errors of an answer or of one item of a batch; none where it holds no fault."""
    if not isinstance(body, Mapping):
        return []
    named = {name.lower(): value for name, value in body.items()}
    fault = named.get("fault")
    if not isinstance(fault, Mapping):
        return []
    errors = {name.lower(): value for name, value in fault.items()}.get("error") or []
    return [_fault(one) for one in errors if isinstance(one, Mapping)] or [Fault("", "It did not say why")]


def _fault(error: Mapping[str, Any]) -> Fault:
    told = {name.lower(): str(value or "") for name, value in error.items()}
    return Fault(
        told.get("code", "").lstrip("0"), told.get("message", ""), told.get("detail", ""), told.get("element", "")
    )


_CLOSED = "Reopen the books in QuickBooks (Account and settings > Advanced), or set closed_period: first_open_day."
_KNOWN: Mapping[str, tuple[Outcome, str]] = {
    "500": ("failed", "Report this: QuickBooks does not offer what was asked for."),
    "610": ("conflict", "It was deleted or made inactive in QuickBooks: restore it, or link another record."),
    "620": ("failed", "Link the bill with the purchase order in QuickBooks by hand."),
    "2010": ("failed", "Mend the field in the mapping file: QuickBooks does not know it."),
    "2020": ("invalid", "Fill the field in Procore."),
    "2040": ("invalid", "Mend the text in Procore: it has signs that QuickBooks does not take."),
    "2050": ("invalid", "Shorten the text in Procore."),
    "2090": ("invalid", "Mend the amount in Procore."),
    "2290": ("invalid", "Enter the negative amount in QuickBooks by hand."),
    "2500": ("blocked", "Refresh the links of what the record refers to: QuickBooks does not have it any more."),
    "5010": ("failed", "Somebody has just changed it in QuickBooks: the next run looks at it again."),
    "5020": ("failed", "Let an administrator of the QuickBooks company connect the app again."),
    "6000": ("invalid", "Mend what QuickBooks names, and run again."),
    "6070": ("invalid", "Correct quantity, unit price or amount in Procore."),
    "6100": ("invalid", "Set tax.default to TAX or NON, or link the tax codes."),
    "6140": ("conflict", "A document in QuickBooks has this number: link that one, or give this one another."),
    "6180": ("invalid", "Choose a parent higher up: QuickBooks takes five levels."),
    "6240": ("conflict", "Link the record that has the name, or rename one of the two."),
    "6310": ("invalid", "Report this: a billable line has no customer."),
    "6440": ("blocked", "Link the line's cost code with an item or account, and run again."),
    "6480": ("conflict", "It is matched with the bank in QuickBooks: undo the match there, or settle it by hand."),
    "6540": ("conflict", "It is deposited in QuickBooks: undo that there, or settle it by hand."),
}
_ELSE: tuple[Outcome, str] = ("failed", "Mend the record in Procore, or the field in the mapping file, and run again.")


def refusal(faults: Sequence[Fault]) -> Refusal:
    """QuickBooks' own words, and the remedy that belongs to the first code that is known."""
    said = " ".join(dict.fromkeys(one.words for one in faults)) or "It did not say why."
    if any(one.closed for one in faults):
        return Refusal(f"{TITLE} refused it: {said}", _CLOSED, "blocked")
    outcome, remedy = next((_KNOWN[one.code] for one in faults if one.code in _KNOWN), _ELSE)
    return Refusal(f"{TITLE} refused it: {said}", remedy, outcome)


_SETUP: Mapping[str, tuple[str, str]] = {
    "120": (
        "the person who connected the app has no access to the company any more.",
        "Let an administrator of the company connect it again: `airflow jobledger connect {connection}`.",
    ),
    "3100": (
        "the app is not connected to this company, or its keys are for the other environment (sandbox, production).",
        "Check accounting.tenant_id and the host, or connect it: `airflow jobledger connect {connection}`.",
    ),
    "6190": ("the company's subscription has ended or is suspended.", "Renew it in QuickBooks, then run again."),
    "5020": (
        "the person who connected the app may not do this.",
        "Let an administrator of the company connect it again: `airflow jobledger connect {connection}`.",
    ),
}
_LATER: Mapping[str, str] = {
    "140": "the company is locked by another process",
    "150": "QuickBooks is being maintained",
    "10000": "QuickBooks has a fault of its own",
    "3001": "a limit is used up",
}


def whole(faults: Sequence[Fault], status: int, where: str, connection: str) -> Exception | None:
    """What faults of a whole request mean for the run: the set-up is wrong, or later; None where neither is said."""
    for one in faults:
        if one.code in _SETUP:
            found, remedy = _SETUP[one.code]
            return FixTheSetup(where, f"{TITLE}: {found}", remedy.format(connection=connection))
        if one.code in _LATER:
            return RetryLater(f"{TITLE} cannot answer now: {_LATER[one.code]}.")
    if status == 403:
        return whole([Fault("3100", "")], 0, where, connection)
    return None
