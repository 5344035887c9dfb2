"""Values as Procore sends them: amounts as text, currencies in a table of their own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from jobledger.systems.base import Record

CENT = Decimal("0.01")


def dec(value: Any) -> Decimal:
    """An amount or quantity, in the document's currency and not rounded; nothing is zero."""
    return Decimal(str(value)) if value not in (None, "") else Decimal(0)


def cents(value: Decimal) -> Decimal:
    """An amount to the cent, half up, as Procore rounds."""
    return value.quantize(CENT, ROUND_HALF_UP)


def total(values: Iterable[Decimal]) -> Decimal:
    """A sum; of nothing it is zero."""
    return sum(values, Decimal(0))


def day(value: Any) -> str | None:
    """The day (ISO) of a date or a time."""
    return str(value)[:10] if value else None


def as_date(value: Any) -> date | None:
    """The same as a date; None for what is none."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def currency(record: Record) -> Record:
    """The ISO code of a document's currency, where Procore tells it, and its rate where it is not the project's.

    The rate is what one unit is worth in the currency `into`, that of the project.
    """
    told = record.get("currency_configuration") or {}
    own, base = told.get("currency_iso_code"), told.get("base_currency_iso_code")
    rate = dec(told.get("currency_exchange_rate"))
    known = own and base and own != base and rate > 0
    return {"currency": own or None, "exchange_rate": {"into": base, "rate": rate} if known else None}


def same(left: Any, right: Any) -> bool:
    """Whether two values are one to Procore: amounts by value, nothing as empty text, the rest as text."""
    try:
        return Decimal(str(left)) == Decimal(str(right))
    except InvalidOperation:
        return str(left or "") == str(right or "")


def with_numbers(document: Record) -> Record:
    """A document with Procore's ids as numbers, as Procore sends them; links keep them as text."""
    return {name: _as_id(name, value) for name, value in document.items()}


def _as_id(name: str, value: Any) -> Any:
    is_id = name.endswith("_id") and name != "origin_id"
    return int(value) if is_id and isinstance(value, str) and value.isdigit() else value


def told(**values: Any) -> dict[str, str]:
    """Evidence for a card: what there is, as text; an amount of zero counts."""
    return {name: str(value) for name, value in values.items() if value not in (None, "")}
