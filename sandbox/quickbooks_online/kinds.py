"""What a field can hold: how it is read from a request, and how it is shown.

Each kind reads (`read`) a value that was sent, or raises `RefusedError`, and says (`show`) how a stored one is sent.
`path` names the field in a refusal. `ABSENT` stands for a value that is not taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, Protocol

from sandbox.quickbooks_online.errors import RefusedError, unknown_property
from sandbox.world import Record

if TYPE_CHECKING:
    from sandbox.quickbooks_online.books import Books, How

_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(T.*)?")
ABSENT: Final = object()
LARGEST = Decimal("99999999999.99")


class Kind(Protocol):
    """One kind of field."""

    def read(self, books: Books, how: How, value: Any, path: str) -> Any:
        """The value to store, or `ABSENT`."""
        ...


@dataclass(frozen=True)
class Text:
    """Text up to a length."""

    longest: int = 4000

    def read(self, books: Books, how: How, value: Any, path: str) -> Any:
        """Numbers are taken as their digits."""
        if isinstance(value, dict | list | bool):
            raise RefusedError(2120, f"Invalid type: the value of {path} is not text", path)
        text = str(value)
        if len(text) > self.longest:
            detail = (
                "String length specified does not match the supported length. "
                f"Min:0 Max:{self.longest} supported. Supplied length:{len(text)}"
            )
            raise RefusedError(2050, detail, path)
        return text


@dataclass(frozen=True)
class Number:
    """An exact number; with `places`, rounded to so many decimals."""

    places: int | None = None

    def read(self, books: Books, how: How, value: Any, path: str) -> Any:
        """JSON numbers, and numbers as text."""
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            raise RefusedError(2080, f"Invalid number : {value} of {path}", path) from None
        if isinstance(value, bool) or not number.is_finite() or abs(number) > LARGEST:
            raise RefusedError(2080, f"Invalid number : {value} of {path}", path)
        return number if self.places is None else rounded(number, self.places)


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def read(self, books: Books, how: How, value: Any, path: str) -> Any:
        """Also as text."""
        known = {True: True, False: False, "true": True, "false": False}
        if isinstance(value, bool | str) and value in known:
            return known[value]
        raise RefusedError(2230, f"Invalid boolean : {value} of {path}", path)


@dataclass(frozen=True)
class Day:
    """A date."""

    def read(self, books: Books, how: How, value: Any, path: str) -> Any:
        """A time after the date is dropped."""
        try:
            found = _DAY.fullmatch(str(value))
            return date.fromisoformat(found[1] if found else "").isoformat()
        except ValueError:
            raise RefusedError(2060, f"Invalid date format : {value} of {path}, expected YYYY-MM-DD", path) from None


@dataclass(frozen=True)
class Moment:
    """A date with time; kept in UTC, shown in the company's time."""

    def read(self, books: Books, how: How, value: Any, path: str) -> Any:
        """Without an offset it is the company's time."""
        return utc(books, str(value), path)

    def show(self, books: Books, value: Any) -> Any:
        """With the company's offset."""
        return books.local(value)


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    allowed: tuple[str, ...]

    def read(self, books: Books, how: How, value: Any, path: str) -> Any:
        """Exactly as it is spelt."""
        if value not in self.allowed:
            raise RefusedError(2170, f"Invalid enumeration : {value} of {path}, one of {', '.join(self.allowed)}", path)
        return value


@dataclass(frozen=True)
class Ref:
    """A reference to a record of one of some entities; of several, the reference's `type` says which."""

    entities: tuple[str, ...]

    def read(self, books: Books, how: How, value: Any, path: str) -> Any:
        """The record must be there and active. Raises `RefusedError` 2500 or 610."""
        key = ref_key(value, path)
        entity = books.entity_of(self.entities, key, value.get("type"))
        record = books.visible(entity, key) if entity else None
        if entity is None or record is None:
            named = "/".join(books.type_name(one) for one in self.entities)
            raise RefusedError(2500, f"Invalid Reference Id : {named} element id {key} not found", path)
        if not record.get("Active", True) and not how.person:
            detail = (
                f"Object Not Found : {path} {key} has been made inactive. "
                "Something you're trying to use has been made inactive. "
                "Check the fields with accounts, customers, items, vendors or employees."
            )
            raise RefusedError(610, detail, path)
        return {"value": key, "type": books.type_name(entity)} if len(self.entities) > 1 else {"value": key}

    def show(self, books: Books, value: Any) -> Any:
        """With the name that the record has today."""
        entity = books.entity_of(self.entities, value["value"], value.get("type"))
        name = books.name_of(entity, value["value"]) if entity else None
        return {"value": value["value"], "name": name, **value} if name else value


@dataclass(frozen=True)
class Code:
    """A reference whose value is a word of a list outside the company: a currency, a tax code of a line."""

    names: Mapping[str, str] = field(default_factory=dict)

    def read(self, books: Books, how: How, value: Any, path: str) -> Any:
        """What the word may be, the entity's rules say."""
        return {"value": ref_key(value, path)}

    def show(self, books: Books, value: Any) -> Any:
        """With its name, where there is one."""
        name = self.names.get(value["value"])
        return {**value, "name": name} if name else value


@dataclass(frozen=True)
class ReadOnly:
    """What QuickBooks reckons by itself: taken and ignored."""

    def read(self, books: Books, how: How, value: Any, path: str) -> Any:
        """Never taken."""
        return ABSENT


@dataclass(frozen=True)
class PersonOnly:
    """What only a person in the product can set; ignored from an app."""

    kind: Kind

    def read(self, books: Books, how: How, value: Any, path: str) -> Any:
        """As the kind inside, for a person."""
        return self.kind.read(books, how, value, path) if how.person else ABSENT


@dataclass(frozen=True)
class Kept:
    """What the sandbox keeps as it was sent, without a meaning."""

    def read(self, books: Books, how: How, value: Any, path: str) -> Any:
        """As it was sent."""
        return value


class Struct:
    """Named fields. One that the type has not is refused with 2010."""

    def __init__(self, fields: Mapping[str, Kind]) -> None:
        self.fields = fields
        self._shows: dict[str, Any] = {name: kind for name, kind in fields.items() if hasattr(kind, "show")}

    def read(self, books: Books, how: How, value: Any, path: str) -> Any:
        """Each field by its kind; null and empty text stand for no value."""
        if not isinstance(value, dict):
            raise RefusedError(2120, f"Invalid type: {path} is not an object", path)
        stored: Record = {}
        for name, member in value.items():
            where = f"{path}.{name}" if path else name
            if name not in self.fields:
                raise unknown_property(where)
            taken = ABSENT if member is None or member == "" else self.fields[name].read(books, how, member, where)
            if taken is not ABSENT:
                stored[name] = taken
        return stored

    def show(self, books: Books, value: Any) -> Any:
        """What the type has; what the sandbox keeps for itself stays inside."""
        shown = {name: member for name, member in value.items() if name in self.fields}
        for name in self._shows.keys() & shown.keys():
            shown[name] = self._shows[name].show(books, shown[name])
        return shown


class Many:
    """A list of structures."""

    def __init__(self, each: Struct) -> None:
        self.each = each

    def read(self, books: Books, how: How, value: Any, path: str) -> Any:
        """Each by itself; an empty list stands for no value."""
        if not isinstance(value, list):
            raise RefusedError(2120, f"Invalid type: {path} is not a list", path)
        return [self.each.read(books, how, member, path) for member in value] or ABSENT

    def show(self, books: Books, value: Any) -> Any:
        """Each by itself."""
        return [self.each.show(books, member) for member in value]


def ref_key(value: Any, path: str) -> str:
    """The id in a reference. Raises `RefusedError` when there is none."""
    key = value.get("value") if isinstance(value, dict) else None
    if key in (None, "") or isinstance(key, dict | list):
        raise RefusedError(2500, f"Invalid Reference Id : {path} has no value", path)
    return str(key)


def utc(books: Books, text: str, path: str) -> str:
    """A moment as it is stored: UTC, to the second, so that text sorts as time does."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RefusedError(2060, f"Invalid date format : {text} of {path}", path) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=books.zone())
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rounded(value: Decimal | int, places: int = 2) -> Decimal:
    """Half away from zero; never a negative zero."""
    return Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) + 0
