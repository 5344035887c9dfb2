"""Labour rates as CSV: read, checked line by line, and kept all or none (SMX-QBO-78)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy.engine import Connection

from jobledger.errors import FixTheSetup
from jobledger.mapping.labour import Rate, overlapping, type_key
from jobledger.reports.printing import as_csv
from jobledger.store import labour_rates
from jobledger.store.labour_rates import LabourRate

COLUMNS = ("employee", "time_type", "from", "to", "rate")
SHOWN = ("employee", "name", "time_type", "from", "to", "rate", "entered_by", "entered_at")
MOST_LINES = 20_000
_MOST, _PLACES = Decimal(10) ** 8, 4
_Key = tuple[str, str, date]


@dataclass(frozen=True)
class Payroll:
    """Who may have rates and for what: employees as Procore has them, by id, and the names of its time types."""

    employees: Mapping[str, Mapping[str, Any]]
    time_types: Sequence[str]

    def named(self, text: str) -> list[str]:
        """The ids of the employees that a text names: by number, else by name, else by Procore's id."""
        wanted = type_key(text)
        for field in ("employee_id", "name"):
            found = [key for key, one in self.employees.items() if type_key(one.get(field)) == wanted]
            if found:
                return found
        return [text] if text in self.employees else []

    def label(self, employee_id: str) -> str:
        """How an employee is named so that it can be read again: number, name or id, whichever is theirs alone."""
        one = self.employees.get(employee_id, {})
        texts = (str(one.get(field) or "") for field in ("employee_id", "name"))
        return next((text for text in texts if text and self.named(text) == [employee_id]), employee_id)

    def name(self, employee_id: str) -> str:
        """An employee's name; empty for one whom Procore no longer has."""
        return str(self.employees.get(employee_id, {}).get("name") or "")


@dataclass(frozen=True)
class Imported:
    """What a file came to: rates that are new or replace others, and how many were taken away."""

    kept: int
    taken_away: int


def import_rates(connection: Connection, pair: str, content: bytes, payroll: Payroll, by: str) -> Imported:
    """Keeps the rates of a CSV file; a line without a rate takes the one with its first day away.

    Raises `FixTheSetup` naming every fault by its line; nothing is kept then.
    """
    lines = [_line(number, row, payroll) for number, row in enumerate(_rows(content), start=2)]
    known = labour_rates.every(connection, pair)
    faults = [*(fault for line in lines for fault in line.faults), *_clashes(lines, known, payroll)]
    if faults:
        raise FixTheSetup("labour rates", "; ".join(faults[:50]), "Nothing was imported: mend the file and try again.")
    now = datetime.now(UTC)
    new = [LabourRate(*line.key, line.valid_to, line.rate, by, now) for line in lines if line.rate is not None]
    gone = [line.key for line in lines if line.rate is None]
    labour_rates.take_away(connection, pair, gone)
    labour_rates.put(connection, pair, new)
    return Imported(len(new), len(gone))


def export_rates(rates: Iterable[LabourRate], payroll: Payroll) -> str:
    """All rates as CSV, in the form in which they are imported."""
    return as_csv(SHOWN, [shown(one, payroll) for one in rates])


def shown(one: LabourRate, payroll: Payroll) -> list[str]:
    """A rate in words."""
    until = one.valid_to.isoformat() if one.valid_to else ""
    who = (payroll.label(one.employee_id), payroll.name(one.employee_id))
    entered = (one.by, one.at.isoformat(timespec="seconds"))
    return [*who, one.time_type, one.valid_from.isoformat(), until, format(one.rate, "f"), *entered]


@dataclass(frozen=True)
class _Line:
    """A line of the file: what it says, and what is wrong with it."""

    number: int
    key: _Key
    valid_to: date | None
    rate: Decimal | None
    faults: tuple[str, ...]


def _rows(content: bytes) -> list[dict[str, Any]]:
    try:
        # a spreadsheet program puts a byte order mark before the first column's name
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        rows, columns = list(reader), reader.fieldnames or []
    except (UnicodeDecodeError, csv.Error) as error:
        raise FixTheSetup("labour rates", f"cannot be read as CSV ({error}).", "Save it as CSV in UTF-8.") from None
    missing = [column for column in COLUMNS if column not in columns]
    if missing:
        raise FixTheSetup("labour rates", f"has no column {', '.join(missing)}.", f"It needs {', '.join(COLUMNS)}.")
    if len(rows) > MOST_LINES:
        raise FixTheSetup("labour rates", f"has {len(rows):,} lines.", f"Divide it: {MOST_LINES:,} at most.")
    return rows


def _line(number: int, row: Mapping[str, Any], payroll: Payroll) -> _Line:
    faults: list[str] = []

    def take(column: str, reading: Any) -> Any:
        text = str(row.get(column) or "").strip().removeprefix("'")
        try:
            return reading(text)
        except ValueError as error:
            faults.append(f"line {number}: {column}: {error}")
            return None

    employee_id = take("employee", lambda text: _employee(text, payroll))
    time_type = take("time_type", lambda text: _time_type(text, payroll))
    first, last = take("from", _day), take("to", lambda text: _day(text) if text else None)
    rate = take("rate", _rate)
    if first and last and last < first:
        faults.append(f"line {number}: to: {last} is before {first}; write the last day of the period")
    return _Line(number, (employee_id or "", time_type or "", first or date.min), last, rate, tuple(faults))


def _employee(text: str, payroll: Payroll) -> str:
    found = payroll.named(text) if text else []
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(f"'{text}' names {len(found)} employees of Procore; write the number or the id")
    raise ValueError(f"Procore has no employee '{text}'; write the number or the name that its directory has")


def _time_type(text: str, payroll: Payroll) -> str:
    found = next((one for one in payroll.time_types if type_key(one) == type_key(text)), None)
    if text and found is None:
        raise ValueError(
            f"Procore has no time type '{text}'; it has {', '.join(payroll.time_types)}, or leave it empty"
        )
    return found or ""


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"found '{text}', expected a day such as 2026-01-31") from None


def _rate(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        rate = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"found '{text}', expected an amount such as 42.50") from None
    exponent = rate.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > _PLACES or not 0 <= rate < _MOST:
        raise ValueError(f"found '{text}', expected an amount from 0 with at most {_PLACES} decimals")
    return rate


def _clashes(lines: Sequence[_Line], known: Sequence[LabourRate], payroll: Payroll) -> list[str]:
    """Lines about one rate, rates to take away that are not there, and periods that would overlap."""
    sound = [line for line in lines if not line.faults]
    numbers: dict[_Key, int] = {}
    faults = []
    for line in sound:
        if line.key in numbers:
            faults.append(f"line {line.number}: says the same employee, time type and first day as {numbers[line.key]}")
        numbers.setdefault(line.key, line.number)
    there = {_key(one) for one in known}
    faults += [
        f"line {line.number}: rate: is empty, and there is no rate to take away"
        for line in sound
        if line.rate is None and line.key not in there
    ]
    return [*faults, *_overlaps(sound, known, numbers, payroll)]


def _overlaps(
    lines: Sequence[_Line], known: Sequence[LabourRate], numbers: Mapping[_Key, int], payroll: Payroll
) -> list[str]:
    kept = [Rate(*_key(one), one.valid_to, one.rate) for one in known if _key(one) not in numbers]
    new = {line.key: Rate(*line.key, line.valid_to, line.rate) for line in lines if line.rate is not None}
    faults = []
    for one, other in overlapping([*kept, *new.values()]):
        named = [numbers.get((rate.employee_id, rate.time_type, rate.valid_from)) for rate in (one, other)]
        where = next((f"line {number}" for number in reversed(named) if number), "rates")
        who = f"{payroll.label(one.employee_id)}, {one.time_type or 'any time type'}"
        faults.append(
            f"{where}: {who}: the rates from {one.valid_from} and from {other.valid_from} overlap; write"
            f" {_eve(other.valid_from)} as the last day of the first one"
        )
    return faults


def _eve(day: date) -> date:
    """The day before."""
    return date.fromordinal(day.toordinal() - 1)


def _key(one: LabourRate) -> _Key:
    return one.employee_id, one.time_type, one.valid_from
