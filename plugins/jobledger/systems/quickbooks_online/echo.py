"""What QuickBooks made of a document that it took: it drops what it does not like, and reckons taxes by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from jobledger.systems.base import Record
from jobledger.systems.compare import lost_fields
from jobledger.systems.quickbooks_online.documents import lines_total, wired_names
from jobledger.systems.quickbooks_online.records import money
from jobledger.systems.quickbooks_online.refusals import TITLE

EXPECTED = ("SubTotal", "TotalTax")
"""Fields of a document that say what it comes to, which QuickBooks reckons by itself: they are never sent."""

_NEVER_ECHOED = frozenset({"sparse", "Line", "PrivateNote", "Description", "OnBilledOrder", "LinkedTxn", *EXPECTED})
_SWITCHES: Mapping[str, str] = {
    "CustomerRef": "Switch on tracking of expenses by customer in QuickBooks (Account and settings > Expenses).",
    "ClassRef": "Switch on class tracking for each line in QuickBooks (Account and settings > Advanced).",
    "DepartmentRef": "Switch on location tracking in QuickBooks (Account and settings > Advanced).",
}


class Flaw(NamedTuple):
    """How a document differs from what was sent, what a person does about it, and the outcome of its record."""

    message: str
    remedy: str
    outcome: Literal["failed", "invalid", "blocked"]


def flaw_of(document: Mapping[str, Any], echo: Record) -> Flaw | None:
    """The first kind of difference between a document as it was sent and as QuickBooks has it, or None.

    `document` may say what tax it should come to (`TotalTax`), to the cent.
    """
    lost = _lost(document, echo)
    for name, remedy in _SWITCHES.items():
        if places := [one for one in lost if one.startswith(name)]:
            return Flaw(_dropped(places), remedy, "blocked")
    if lost:
        remedy = f"Look at the field in the mapping file: {TITLE} does not keep it there."
        return Flaw(_dropped(lost), remedy, "failed")
    return _reckoned(document, echo)


def _dropped(names: list[str]) -> str:
    return f"{TITLE} took the document, but dropped {', '.join(names)} without a word."


def unlinked(document: Mapping[str, Any], echo: Record) -> list[str]:
    """The documents that a new one should be linked with, and is not: QuickBooks drops such links silently."""
    wanted = {str(one["TxnId"]) for one in document.get("LinkedTxn") or ()}
    return sorted(wanted - {str(one.get("TxnId")) for one in echo.get("LinkedTxn") or ()})


def _lost(document: Mapping[str, Any], echo: Record) -> list[str]:
    head = {name: value for name, value in document.items() if name not in _NEVER_ECHOED}
    lost = lost_fields(head, echo)
    for place, sent, line in _pairs(document, echo):
        kept = wired_names(sent) - {"LinkedTxn", "LineNum"}
        fields = {name: value for name, value in sent.items() if name in kept}
        text = str(sent.get("Description") or "")[:40]
        lost += [f"{name} of line {place + 1} ('{text}')" for name in lost_fields(fields, line)]
    return lost


def _pairs(document: Mapping[str, Any], echo: Record) -> Iterator[tuple[int, Record, Record]]:
    """Each line that was sent with the one that came back: by its id, or by its place."""
    lines = echo.get("Line") or []
    by_id = {line.get("Id"): line for line in lines}
    for place, one in enumerate(document.get("Line") or ()):
        at_place = lines[place] if place < len(lines) else {}
        yield place, one, by_id.get(one.get("Id"), at_place)


def _reckoned(document: Mapping[str, Any], echo: Record) -> Flaw | None:
    remedy = f"Compare the amounts and tax codes of the lines in Procore with the tax rates in {TITLE}, and tax.mode."
    wrong = []
    if document.get("Line"):
        net, wanted = before_tax(echo), lines_total(document)
        wrong += [f"net {net} instead of {wanted}"] if net != wanted else []
    if document.get("TotalTax") is not None:
        tax, wanted = money(echo.get("TotalTax")), money(document["TotalTax"])
        wrong += [f"tax {tax} instead of {wanted}"] if tax != wanted else []
    return Flaw(f"{TITLE} reckons the document differently: {', '.join(wrong)}.", remedy, "invalid") if wrong else None


def before_tax(record: Mapping[str, Any]) -> Decimal:
    """What a document comes to without the tax that its lines do not include."""
    inclusive = record.get("GlobalTaxCalculation") == "TaxInclusive"
    return money(record.get("TotalAmt")) - (money(0) if inclusive else money(record.get("TotalTax")))
