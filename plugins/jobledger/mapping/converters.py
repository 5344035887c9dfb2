"""The converters of the expression language: small functions from a value to a value.

An empty value (None) passes through all of them, but for `default`. A value that a converter cannot take is
`FixTheRecord`: the record is `invalid`, the others go on.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from jobledger.errors import FixTheRecord
from jobledger.mapping.context import Context, Linked, NotYet
from jobledger.mapping.places import COUNTRIES, STATES

Function = Callable[[Any, Any, Context], Any]
S = TypeVar("S", bound=Callable[[Any], Any])
F = TypeVar("F", bound=Function)


class Converter(NamedTuple):
    """A converter: its function (value, argument, context), and its argument in words, or None if it takes none."""

    name: str
    function: Function
    argument: str | None = None
    parse: Callable[[str], Any] = str
    takes_nothing: bool = False


CONVERTERS: dict[str, Converter] = {}
"""Every converter by its name in mapping files."""

_XERO_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_PHONE_PARTS = ("PhoneCountryCode", "PhoneAreaCode", "PhoneNumber")
_CENT = Decimal("0.01")
_YES_NO = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}


def simple(function: S) -> S:
    """Registers a function of the value alone as the converter of its name."""
    CONVERTERS[function.__name__] = Converter(function.__name__, lambda value, argument, context: function(value))
    return function


def converter(
    argument: str | None = None, parse: Callable[[str], Any] = str, takes_nothing: bool = False
) -> Callable[[F], F]:
    """Registers a function of value, argument and context as the converter of its name; `argument` is it in words."""

    def register(function: F) -> F:
        name = function.__name__
        CONVERTERS[name] = Converter(name, function, argument, parse, takes_nothing)
        return function

    return register


def _literal(text: str) -> Any:
    """A default as written: `true` and `false`, a number, or text."""
    if text in {"true", "false"}:
        return text == "true"
    return Decimal(text) if _NUMBER.fullmatch(text) else text


def names(text: str) -> tuple[str, ...]:
    """An argument of several words with commas between."""
    return tuple(name.strip() for name in text.split(","))


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError(text)
    return int(text)


def refuse(value: Any, expected: str) -> FixTheRecord:
    """The error of a converter that cannot take a value."""
    return FixTheRecord(f"Found {str(value)[:80]!r}.", f"Expected {expected}: correct it where the record comes from.")


@converter("a kind of link")
def link(value: Any, kind: str, context: Context) -> str:
    """The id of the linked record; without a link the record at hand is `blocked` (parents first).

    >>> link(35, "companies", Context(links=lambda kind, id: Linked("c-1", {})))
    'c-1'
    """
    found = linked_record(value, kind, context)
    if found.id is None:
        remedy = "Link it with its counterpart, if there is one; else do this one by hand."
        raise NotYet(f"{kind} {value} counts as opening balance and has no counterpart", remedy)
    return found.id


def linked_record(value: Any, kind: str, context: Context) -> Linked:
    """The linked record. Raises `NotYet` where there is none."""
    found = context.links(kind, str(value))
    if found is None:
        raise NotYet(f"refers to {kind.replace('_', ' ')} {value}, not linked yet", "Link or export it first.")
    return found


@converter("a number of characters", _whole)
def at_most(value: Any, length: int, context: Context) -> str:
    """Cuts text to a length and notes it. Only where a rule allows cutting, as for an item's name (ACC-2).

    >>> at_most("Cast-in-place concrete", 13, Context())
    'Cast-in-place'
    """
    text = str(value)
    if len(text) <= length:
        return text
    context.notes.append(f"'{text[:255]}' is cut to {length} characters.")
    return text[:length].rstrip()


@converter("a value", _literal, takes_nothing=True)
def default(value: Any, instead: Any, context: Context) -> Any:
    """Another value where there is none.

    >>> default(None, "US", Context()), default("", "US", Context()), default("CA", "US", Context())
    ('US', 'US', 'CA')
    """
    return instead if value is None or value == "" else value


@simple
def squeeze(value: Any) -> str:
    """Text without white space around it and with single spaces inside, line breaks included.

    >>> squeeze("  Acme   Concrete ")
    'Acme Concrete'
    """
    return " ".join(str(value).split())


@simple
def upper(value: Any) -> str:
    """Text in capitals.

    >>> upper("03-300.s")
    '03-300.S'
    """
    return str(value).upper()


@simple
def lower(value: Any) -> str:
    """Text in small letters.

    >>> lower("Office@ACME.com")
    'office@acme.com'
    """
    return str(value).lower()


@simple
def digits(value: Any) -> str:
    """Only the digits of a text.

    >>> digits("(303) 555-0142")
    '3035550142'
    """
    return "".join(letter for letter in str(value) if "0" <= letter <= "9")


@simple
def phone(value: Any) -> str:
    """A telephone number as it was typed, with single spaces; the parts of one of Xero's phones are joined.

    >>> phone(" (303)  555-0142 "), phone({"PhoneAreaCode": "303", "PhoneNumber": "555 0142"})
    ('(303) 555-0142', '303 555 0142')
    """
    parts = [value.get(part) for part in _PHONE_PARTS] if isinstance(value, dict) else [value]
    return squeeze(" ".join(str(part) for part in parts if part))


@simple
def date(value: Any) -> dt.date:
    """The calendar day of a date or time as written; Xero's `/Date(…)/` is a day in UTC.

    >>> date("2026-05-01T23:30:00Z"), date("/Date(1552348800000+0000)/")
    (datetime.date(2026, 5, 1), datetime.date(2019, 3, 12))
    """
    moment = _moment(value)
    return moment.date() if isinstance(moment, dt.datetime) else moment


@converter()
def local_date(value: Any, _argument: None, context: Context) -> dt.date:
    """The calendar day of a moment in the integration's time zone (ACC-13); a plain date stays as it is.

    >>> local_date("2026-05-01T03:30:00Z", None, Context(settings={"schedules": {"timezone": "America/Denver"}}))
    datetime.date(2026, 4, 30)
    """
    moment = _moment(value)
    if not isinstance(moment, dt.datetime):
        return moment
    zone = ZoneInfo(context.settings.get("schedules", {}).get("timezone") or "UTC")
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(zone).date()
    except OverflowError:
        raise refuse(value, "a date after the year 1 and before 9999") from None


def _moment(value: Any) -> dt.date:
    if isinstance(value, dt.date):
        return value
    text = str(value).strip()
    try:
        if xero := _XERO_DATE.fullmatch(text):
            return dt.datetime.fromtimestamp(int(xero[1]) / 1000, dt.UTC)
        return dt.date.fromisoformat(text) if len(text) == 10 else dt.datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        raise refuse(value, "a date such as 2026-05-01") from None


@simple
def decimal(value: Any) -> Decimal:
    """A number, exactly.

    >>> decimal("12.50")
    Decimal('12.50')
    """
    if isinstance(value, (bool, float)):
        raise refuse(value, "an exact number such as 12.50")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise refuse(value, "a number such as 12.50") from None
    if not number.is_finite():
        raise refuse(value, "a number such as 12.50")
    return number


@simple
def money(value: Any) -> Decimal:
    """An amount with two decimals. More decimals are refused, never rounded.

    >>> money("12.5"), money("12.500")
    (Decimal('12.50'), Decimal('12.50'))
    """
    number = decimal(value)
    try:
        cents = number.quantize(_CENT)
    except InvalidOperation:
        raise refuse(value, "an amount of at most 26 digits") from None
    if cents != number:
        raise refuse(value, "an amount with at most 2 decimals")
    return cents


@simple
def yes_no(value: Any) -> bool:
    """True or false, from `true`, `yes`, `y` or `1` and their opposites.

    >>> yes_no("Yes"), yes_no(0), yes_no(True)
    (True, False, True)
    """
    answer = _YES_NO.get(str(value).strip().lower())
    if answer is None:
        raise refuse(value, "yes or no")
    return answer


@converter("values, with commas between", names)
def one_of(value: Any, allowed: tuple[str, ...], context: Context) -> Any:
    """The value, if it is one of those named; another is refused.

    >>> one_of("DRAFT", ("DRAFT", "SUBMITTED"), Context())
    'DRAFT'
    """
    if str(value) not in allowed:
        raise refuse(value, f"one of {', '.join(allowed)}")
    return value


@converter("text")
def prefix(value: Any, text: str, context: Context) -> str:
    """Text before the value.

    >>> prefix("c-1", "xero:contact:", Context())
    'xero:contact:c-1'
    """
    return f"{text}{value}"


@converter("text")
def suffix(value: Any, text: str, context: Context) -> str:
    """Text after the value.

    >>> suffix("03-300", ".S", Context())
    '03-300.S'
    """
    return f"{value}{text}"


@converter("the path of a setting that is a table")
def lookup(value: Any, table: Any, context: Context) -> Any:
    """What a table of the settings says for the value, or nothing.

    >>> lookup("03", {"03": "S"}, Context())
    'S'
    """
    return table.get(str(value)) if isinstance(table, dict) else None


@converter()
def state_code(value: Any, _argument: None, context: Context) -> str | None:
    """The code of a state or province of the United States, Canada or Australia; an unknown one is left out and noted.

    >>> state_code("Colorado", None, Context()), state_code("co", None, Context())
    ('CO', 'CO')
    """
    return _code(value, STATES, "state or province", context)


@converter()
def country_code(value: Any, _argument: None, context: Context) -> str | None:
    """The two-letter code of a country (ISO 3166); an unknown one is left out and noted.

    >>> country_code("United States", None, Context()), country_code("nz", None, Context())
    ('US', 'NZ')
    """
    return _code(value, COUNTRIES, "country", context)


def _code(value: Any, table: dict[str, str], what: str, context: Context) -> str | None:
    name = " ".join(str(value).replace(".", "").split())
    code = table.get(name.casefold())
    if name and code is None:
        context.notes.append(f"'{name[:80]}' is not a known {what} and is left out.")
    return code
