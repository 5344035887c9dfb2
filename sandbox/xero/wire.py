"""Between what is stored (Xero's field names, ISO dates, exact decimals) and what Xero sends."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from xml.sax.saxutils import escape

from sandbox.xero.errors import RefusedError, bad_data

_EPOCH = date(1970, 1, 1).toordinal()
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?=$|T)")
_MS_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_DATES = {"FullyPaidOnDate", "ExpectedPaymentDate", "PlannedPaymentDate", "PeriodLockDate", "EndOfYearLockDate"}
_DATES_WITH_TWIN = {"Date", "DueDate", "DeliveryDate", "ExpectedArrivalDate"}
_TIMES = {"UpdatedDateUTC", "CreatedDateUTC", "DateUTC"}
_UNIT_AMOUNTS = {"UnitAmount", "UnitPrice"}


def outward(value: Any, decimals: int = 2) -> Any:
    """A stored value as Xero sends it: `/Date(ms+0000)/` with their twins, unit amounts to `decimals` places.

    Names that begin with an underscore are the sandbox's own and stay inside.
    """
    if isinstance(value, list):
        return [outward(member, decimals) for member in value]
    if not isinstance(value, dict):
        return value
    sent: dict[str, Any] = {}
    for name, member in value.items():
        if member is None or name[0] == "_":
            continue
        if isinstance(member, list | dict):
            sent[name] = outward(member, decimals)
        elif name in _SPECIAL:
            sent.update(_special(name, member, decimals))
        else:
            sent[name] = member
    return sent


_SPECIAL = _DATES | _DATES_WITH_TWIN | _TIMES | _UNIT_AMOUNTS


def _special(name: str, value: Any, decimals: int) -> dict[str, Any]:
    try:
        return _shown(name, value, decimals)
    except (TypeError, ValueError, ArithmeticError):
        # An element that is sent back because this very value was refused.
        return {name: value}


def _shown(name: str, value: Any, decimals: int) -> dict[str, Any]:
    if name in _UNIT_AMOUNTS:
        return {name: rounded(value, decimals)}
    if name in _TIMES:
        return {name: ms_time(datetime.fromisoformat(value))}
    if name in _DATES:
        return {name: ms_date(value)}
    return {f"{name}String": f"{value}T00:00:00", name: ms_date(value)}


def ms_date(value: str) -> str:
    """`2026-08-01` as `/Date(1785542400000+0000)/`."""
    days = date.fromisoformat(value).toordinal() - _EPOCH
    return f"/Date({days * 86_400_000}+0000)/"


def ms_time(value: datetime) -> str:
    """A moment as `/Date(ms+0000)/`."""
    return f"/Date({round(value.timestamp() * 1000)}+0000)/"


def iso_time(value: datetime) -> str:
    """A moment as it is stored: UTC, to the millisecond, so that text sorts as time does."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"


def inward_date(sent: dict[str, Any], name: str) -> str | None:
    """A date field of a request as ISO text, from `2026-08-01` (a time after it is dropped) or `/Date(ms)/`."""
    value = sent.get(name)
    if value is None or value == "":
        return None
    try:
        return _date(str(value)).isoformat()
    except (ValueError, OverflowError):
        raise bad_data(f"The value '{value}' of {name} is not a valid date") from None


def _date(text: str) -> date:
    if milliseconds := _MS_DATE.fullmatch(text):
        return date.fromordinal(_EPOCH + int(milliseconds[1]) // 86_400_000)
    if iso := _ISO_DATE.match(text):
        return date.fromisoformat(iso[0])
    raise ValueError(text)


def inward_number(sent: dict[str, Any], name: str) -> Decimal | None:
    """A number field of a request, exactly as it was sent."""
    value = sent.get(name)
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise bad_data(f"The value '{value}' of {name} is not a valid number") from None
    if isinstance(value, bool) or not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        raise bad_data(f"The value '{value}' of {name} is not a valid number")
    return number


def inward_text(sent: dict[str, Any], name: str, longest: int) -> str | None:
    """A text field of a request. Raises `RefusedError` when it is too long."""
    value = sent.get(name)
    if value is None:
        return None
    if isinstance(value, list | dict | bool):
        raise bad_data(f"The value of {name} is not text")
    text = str(value)
    if len(text) > longest:
        raise RefusedError(f"{name} is too long. Maximum of {longest} characters allowed")
    return text


def inward_flag(sent: dict[str, Any], name: str, default: bool) -> bool:
    """A true-or-false field of a request."""
    value = sent.get(name, default)
    if isinstance(value, str):
        return value.lower() == "true"
    return bool(value)


def rounded(value: Decimal | int, decimals: int = 2) -> Decimal:
    """Half away from zero, to that many decimals; never a negative zero."""
    return Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) + 0


def xml(value: Any, name: str = "Response") -> str:
    """An answer as XML, which is what Xero sends to those who do not ask for JSON."""
    if isinstance(value, dict):
        inside = "".join(xml(member, member_name) for member_name, member in value.items())
    elif isinstance(value, list):
        inside = "".join(xml(member, _singular(name)) for member in value)
    elif isinstance(value, bool):
        inside = str(value).lower()
    else:
        inside = "" if value is None else escape(str(value))
    return f"<{name}>{inside}</{name}>"


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name.removesuffix("es") if name.endswith("sses") else name.removesuffix("s")
