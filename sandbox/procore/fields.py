"""What a field accepts: each parser turns a value as sent into the value as kept, or raises `ValueError`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

Parser = Callable[[Any], Any]
CENT = Decimal("0.01")
MOST = Decimal(10) ** 15
_WIDE = Context(prec=60)


def text(limit: int = 255) -> Parser:
    """Text of at most `limit` characters; numbers become text."""

    def parse(value: Any) -> Any:
        if isinstance(value, bool | list | dict):
            raise ValueError("is invalid")
        if len(str(value)) > limit:
            raise ValueError(f"is too long (maximum is {limit} characters)")
        return str(value)

    return parse


def choice(*options: str) -> Parser:
    """One of the listed words."""

    def parse(value: Any) -> Any:
        if value not in options:
            raise ValueError("is not included in the list")
        return value

    return parse


def boolean(value: Any) -> Any:
    """True or false."""
    words = {"true": True, "false": False, "1": True, "0": False}
    if isinstance(value, bool):
        return value
    if str(value).lower() not in words:
        raise ValueError("is not a boolean")
    return words[str(value).lower()]


def integer(value: Any) -> Any:
    """A whole number, or its digits as text."""
    if isinstance(value, bool) or not str(value).lstrip("-").isdigit():
        raise ValueError("is not a number")
    return int(value)


def number(value: Any) -> Any:
    """A quantity or unit price, kept digit for digit as text."""
    return format(_decimal(value), "f")


def money(value: Any) -> Any:
    """An amount, kept as text with two decimals (half up)."""
    return amount(_decimal(value))


def day(value: Any) -> Any:
    """A date; of a date with a time, the date is kept."""
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError as error:
        raise ValueError("is not a valid date") from error


def moment(value: Any) -> Any:
    """A time, kept in UTC to the second."""
    return stamp(instant(str(value)))


def integers(value: Any) -> Any:
    """A list of ids."""
    if not isinstance(value, list):
        raise ValueError("is not a list")
    return [integer(item) for item in value]


def mapping(value: Any) -> Any:
    """An object."""
    if not isinstance(value, dict):
        raise ValueError("is not an object")
    return value


def objects(value: Any) -> Any:
    """A list of objects."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError("is not a list of objects")
    return value


def anything(value: Any) -> Any:
    """A value that Procore keeps and does not look at."""
    return value


def instant(value: str) -> datetime:
    """A point in time from a date (its midnight in UTC) or a time with or without offset. Raises `ValueError`."""
    try:
        parsed = datetime.fromisoformat(value.strip().strip('"').replace(" ", "T"))
    except ValueError as error:
        raise ValueError("is not a valid datetime") from error
    return parsed.replace(tzinfo=parsed.tzinfo or UTC).astimezone(UTC)


def stamp(moment: datetime) -> str:
    """A time as Procore writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def amount(value: Decimal | str | int | None) -> str:
    """An amount as version 1 writes it: text with two decimals. Nothing is zero."""
    return format(dec(value).quantize(CENT, ROUND_HALF_UP, _WIDE), "f")


def dec(value: Any) -> Decimal:
    """A kept amount as a number; nothing is zero."""
    return Decimal(str(value)) if value not in {None, ""} else Decimal(0)


def _decimal(value: Any) -> Decimal:
    try:
        parsed = Decimal(str(value).replace(",", "")) if not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation as error:
        raise ValueError("is not a number") from error
    if not parsed.is_finite():
        raise ValueError("is not a number")
    if abs(parsed) >= MOST:
        raise ValueError(f"must be less than {MOST}")
    return parsed
