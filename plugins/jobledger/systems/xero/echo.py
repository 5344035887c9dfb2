"""What Xero made of a document that it took: it drops tracking that it does not like, and reckons taxes by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from jobledger.systems.base import Record
from jobledger.systems.compare import lost_fields
from jobledger.systems.xero.documents import describe, money

EXPECTED = ("SubTotal", "TotalTax", "Total")
"""Fields of a document that say what Xero should reckon: they are compared, not sent."""


class Flaw(NamedTuple):
    """How a document differs from what was sent, what a person does about it, and the outcome of its record."""

    message: str
    remedy: str
    outcome: Literal["failed", "invalid", "blocked"]


def flaw_of(document: Mapping[str, Any], echo: Record) -> Flaw | None:
    """The first kind of difference between a document as it was sent and as Xero has it, or None.

    `document` may say what it should come to before and after tax (`SubTotal`, `TotalTax`, `Total`), to the cent.
    """
    pairs = list(_pairs(document.get("LineItems") or [], echo.get("LineItems") or []))
    if untracked := [describe(*place) for place, sent, line in pairs if not _tracked(sent, line)]:
        return Flaw(
            f"Xero took the document, but dropped the tracking of {', '.join(untracked)} without a word.",
            "Restore the project's tracking option in Xero if it is archived, or link the project to an active one.",
            "blocked",
        )
    if lost := _lost(document, echo, pairs):
        message = f"Xero took the document, but dropped {', '.join(lost)} without a word."
        return Flaw(message, "Look at the field in the mapping file: Xero does not keep it there.", "failed")
    return _reckoned(document, echo)


def _pairs(sent: Sequence[Record], lines: Sequence[Record]) -> Iterator[tuple[tuple[Any, int], Record, Record]]:
    """Each line that was sent with the one that came back: by its id, or by its place."""
    by_id = {line["LineItemID"]: line for line in lines}
    for place, one in enumerate(sent):
        at_place = lines[place] if place < len(lines) else {}
        yield (sent, place), one, by_id.get(one.get("LineItemID"), at_place)


def _tracked(sent: Record, line: Record) -> bool:
    has = {entry.get("TrackingOptionID") for entry in line.get("Tracking") or ()}
    return all(entry.get("TrackingOptionID") in has for entry in sent.get("Tracking") or ())


def _lost(
    document: Mapping[str, Any], echo: Record, pairs: Sequence[tuple[tuple[Any, int], Record, Record]]
) -> list[str]:
    header = {name: value for name, value in document.items() if name != "LineItems" and name not in EXPECTED}
    lost = lost_fields(header, echo)
    for place, sent, line in pairs:
        fields = {name: value for name, value in sent.items() if name != "Tracking"}
        lost += [f"{name} of {describe(*place)}" for name in lost_fields(fields, line)]
    return lost


def _reckoned(document: Mapping[str, Any], echo: Record) -> Flaw | None:
    expected = {name: money(document[name]) for name in EXPECTED if document.get(name) is not None}
    wrong = [name for name, amount in expected.items() if money(echo.get(name)) != amount]
    if not wrong:
        return None
    words = ", ".join(f"{_WORDS[name]} {money(echo.get(name))} instead of {expected[name]}" for name in wrong)
    remedy = "Compare the amounts and tax codes of the lines in Procore with the tax rates in Xero, and tax.mode."
    return Flaw(f"Xero reckons the document differently: {words}.", remedy, "invalid")


_WORDS = {"SubTotal": "net", "TotalTax": "tax", "Total": "total"}
