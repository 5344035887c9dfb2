"""The form in which Xero's documents are passed on: ISO dates, lines with what is needed of them, exact amounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cached_property, reduce
from typing import Any

from jobledger.systems.base import Record
from jobledger.systems.xero.dates import iso_day, version

PROJECT = "ProjectOptionID"
"""Beside a line's own fields: the option of the category whose options are projects."""

RETAINAGE = "IsRetainage"
"""Beside a line's own fields: whether it is on the item of retainage."""

LINE = "LineItemID"
"""The field with a line's id."""

LINE_FIELDS = (
    LINE,
    "Description",
    "Quantity",
    "UnitAmount",
    "LineAmount",
    "ItemCode",
    "AccountCode",
    "AccountID",
    "TaxType",
    "TaxAmount",
    "DiscountRate",
    "DiscountAmount",
)
GONE = frozenset({"DELETED", "VOIDED"})
POSTED = frozenset({"AUTHORISED", "PAID"})
_UNSENT = frozenset({"LineAmount", "AccountID"})
_DAYS = frozenset(
    {
        "Date",
        "DueDate",
        "DeliveryDate",
        "ExpectedArrivalDate",
        "ExpectedPaymentDate",
        "PlannedPaymentDate",
        "FullyPaidOnDate",
    }
)
_LEFT_OUT = frozenset(
    {
        *(f"{name}String" for name in (*_DAYS, "UpdatedDateUTC", "StatusAttribute")),
        *("Payments", "CreditNotes", "Prepayments", "Overpayments", "InvoiceAddresses", "InvoicePaymentServices"),
        *("HasErrors", "HasValidationErrors", "ValidationErrors", "Warnings", "IsDiscounted", "BrandingThemeID"),
    }
)
"""What settled a bill has rows of its own; the rest says nothing of a document."""

_CENT = Decimal("0.01")
_EXACT = Context(prec=100)
"""Amounts of any length stay as they are: that one is too long is for the expectations to say."""


@dataclass(frozen=True)
class Shape:
    """How documents are read for one integration: the category of projects, and the item of retainage."""

    category: str | None = None
    retainage_item: str | None = None

    def document(self, record: Mapping[str, Any]) -> Record:
        """A document in our form, under Xero's own names: days and times as ISO text, one contact, lean lines."""
        shaped = {name: value for name, value in record.items() if name not in _LEFT_OUT}
        shaped |= {name: iso_day(shaped[name]) for name in _DAYS & shaped.keys()}
        shaped["UpdatedDateUTC"] = version(record.get("UpdatedDateUTC"))
        shaped["Contact"] = {name: (record.get("Contact") or {}).get(name) for name in ("ContactID", "Name")}
        shaped["LineItems"] = [self.line(line) for line in record.get("LineItems") or ()]
        return shaped

    def line(self, line: Mapping[str, Any]) -> Record:
        """A line with its tracking as ids only, its project, and whether it is retainage."""
        shaped = {name: line[name] for name in LINE_FIELDS if name in line}
        tracking = line.get("Tracking") or ()
        shaped["Tracking"] = [_ids_of(entry) for entry in tracking]
        shaped[PROJECT] = self.project(tracking)[0]
        shaped[RETAINAGE] = self.is_retainage(line)
        return shaped

    def project(self, tracking: Iterable[Mapping[str, Any]]) -> tuple[str, str]:
        """Id and name of the option that a line has in the category of projects, or two empty texts."""
        for entry in tracking:
            if entry.get("Name", "").casefold() == self._category and entry.get("TrackingOptionID"):
                return entry["TrackingOptionID"], entry.get("Option", "")
        return "", ""

    def is_retainage(self, line: Mapping[str, Any]) -> bool:
        """Whether a line is on the item of retainage (ACC-18)."""
        return (line.get("ItemCode") or "").casefold() == self._retainage

    @cached_property
    def _category(self) -> str | None:
        return self.category.strip().casefold() if self.category else None

    @cached_property
    def _retainage(self) -> str | None:
        return self.retainage_item.casefold() if self.retainage_item else None


def money(value: Any) -> Decimal:
    """An amount to the cent, half away from zero; nothing is zero.

    >>> money(12), money(Decimal("-0.125")), money(None)
    (Decimal('12.00'), Decimal('-0.13'), Decimal('0.00'))
    """
    return Decimal(value or 0).quantize(_CENT, ROUND_HALF_UP, _EXACT)


def net(document: Mapping[str, Any], line: Mapping[str, Any]) -> Decimal:
    """A line's amount without tax, in the document's currency."""
    inclusive = document.get("LineAmountTypes") == "Inclusive"
    return money(line.get("LineAmount")) - (money(line.get("TaxAmount")) if inclusive else 0)


def tax_within(document: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]) -> Decimal:
    """The tax that the amounts of some lines include; zero where tax comes on top of them."""
    return sum((money(line.get("LineAmount")) - net(document, line) for line in lines), money(0))


def lines_total(document: Mapping[str, Any], decimals: int) -> Decimal:
    """What a document's lines add up to as they are sent, each rounded as Xero rounds it: half away from zero.

    Quantities have four decimals, unit amounts two or, with `unitdp=4`, four (Xero: rounding in Xero).
    """
    unit = Decimal(1).scaleb(-decimals)
    totals = (_line_total(line, unit) for line in document.get("LineItems") or ())
    return reduce(_EXACT.add, totals, Decimal("0.00"))


def project_of(document: Mapping[str, Any]) -> str | None:
    """The one project that all lines with a project share, or None."""
    options = {line[PROJECT] for line in document["LineItems"] if line[PROJECT]}
    return str(options.pop()) if len(options) == 1 else None


def as_read(line: Mapping[str, Any]) -> Record:
    """A line as it is sent back unchanged, with its id, so that Xero neither deletes nor makes it anew."""
    sent = {name: line[name] for name in LINE_FIELDS if name not in _UNSENT and line.get(name) not in {None, ""}}
    if "AccountCode" not in sent and line.get("AccountID"):
        sent["AccountID"] = line["AccountID"]
    return {**sent, "Tracking": list(line["Tracking"])}


def sendable(document: Record) -> Record:
    """A document with those of its lines that were read as they are sent back; ours are as they are."""
    lines = document.get("LineItems")
    if not lines:
        return document
    return {**document, "LineItems": [as_read(line) if PROJECT in line else line for line in lines]}


def describe(lines: Sequence[Mapping[str, Any]], place: int) -> str:
    """A line as messages name it.

    >>> describe([{"Description": "Slab on grade"}], 0)
    "line 1 ('Slab on grade')"
    """
    return f"line {place + 1} ('{str(lines[place].get('Description') or '')[:40]}')"


def _line_total(line: Mapping[str, Any], unit: Decimal) -> Decimal:
    quantity = Decimal(str(line.get("Quantity", 1))).quantize(Decimal("0.0001"), ROUND_HALF_UP, _EXACT)
    price = Decimal(str(line.get("UnitAmount") or 0)).quantize(unit, ROUND_HALF_UP, _EXACT)
    return money(_EXACT.multiply(quantity, price))


def _ids_of(entry: Mapping[str, Any]) -> Record:
    return {name: entry.get(name) for name in ("TrackingCategoryID", "TrackingOptionID")}
