"""One spelling for equal values, so that a fingerprint or a comparison sees only true differences."""

from __future__ import annotations

import datetime as dt
from decimal import Context, Decimal
from hashlib import blake2b
from typing import Any

import msgspec

_EXACT = Context(prec=1000)
_ENCODER = msgspec.json.Encoder(order="sorted", decimal_format="number")


def canonical(value: Any) -> Any:
    """A value in its one spelling.

    Numbers are equal by value (1.0, 1.00 and 1; 0 and -0), nothing and empty text are None, a date is its ISO text,
    and a key without a value is the same as no key.

    >>> canonical(Decimal("-0.00")), canonical({"a": None, "b": Decimal("1.50")})
    (Decimal('0'), {'b': Decimal('1.5')})
    """
    if type(value) is str:
        return value or None
    convert = _SPELLINGS.get(type(value))
    return convert(value) if convert else value


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same in every way that matters.

    >>> same("", None), same(Decimal("12.50"), Decimal("12.5")), same("Acme", "ACME")
    (True, True, False)
    """
    return one == other or bool(canonical(one) == canonical(other))


def digest(value: Any) -> str:
    """A hash of a value's canonical spelling, 32 hexadecimal digits.

    >>> digest({"a": 1, "b": None}) == digest({"a": Decimal("1.00")})
    True
    """
    return blake2b(_ENCODER.encode(canonical(value)), digest_size=16).hexdigest()


def _number(value: Any) -> Decimal:
    number = (value if type(value) is Decimal else Decimal(str(value))).normalize(_EXACT)
    return number or Decimal(0)


def _mapping(value: dict[str, Any]) -> dict[str, Any]:
    spelled = {key: canonical(entry) for key, entry in value.items()}
    return {key: entry for key, entry in spelled.items() if entry is not None}


_SPELLINGS: dict[type, Any] = {
    int: _number,
    float: _number,
    Decimal: _number,
    dict: _mapping,
    list: lambda value: [canonical(entry) for entry in value],
    tuple: lambda value: [canonical(entry) for entry in value],
    dt.date: dt.date.isoformat,
    dt.datetime: dt.datetime.isoformat,
}
