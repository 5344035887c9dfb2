"""Links in CSV files: what a file would change, line by line, and the links that its lines make."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from jobledger.actions.links import SIDES, Kind, Known, Taken, kinds, known_of, make, taken_of, what_is_wrong
from jobledger.errors import FixTheSetup
from jobledger.integration import Integration
from jobledger.store import catalog
from jobledger.store.links import Side

COLUMNS = ("kind", "procore_id", "accounting_id")
"""What a CSV file of links must have; more columns are allowed."""

MOST_LINES = 20_000
"""How many lines a CSV file may have."""


@dataclass(frozen=True)
class Line:
    """What a line of a CSV file of links comes to: `new`, `there` already, `empty`, or what is wrong with it."""

    number: int
    kind: str
    procore_id: str
    accounting_id: str
    names: str
    state: str
    wrong: str = ""


def read_csv(content: bytes, name: str) -> list[dict[str, str]]:
    """The lines of a CSV file of links. Raises for one that is no such file, or too long."""
    try:
        # a spreadsheet program puts a byte order mark before the first column's name
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        rows, columns = list(reader), reader.fieldnames or []
    except (UnicodeDecodeError, csv.Error) as error:
        raise FixTheSetup(name, f"cannot be read as CSV ({error}).", "Save it as CSV in UTF-8.") from None
    missing = [column for column in COLUMNS if column not in columns]
    if missing:
        raise FixTheSetup(name, f"has no column {', '.join(missing)}.", f"It needs {', '.join(COLUMNS)}.")
    if len(rows) > MOST_LINES:
        raise FixTheSetup(name, f"has {len(rows):,} lines.", f"Divide it: {MOST_LINES:,} at most.")
    return rows


def import_lines(connection: Connection, paired: Integration, rows: Sequence[Mapping[str, Any]], by: str) -> list[Line]:
    """Makes the links of a CSV file's lines that have none wrong; what each line comes to.

    A cell may hold a record's number or name in place of its id, where only one record has it (SMX-QBO-48). It is for
    the caller to take all of it back where a line is wrong, or where this was a preview.
    """
    known_kinds = {kind.name: kind for kind in kinds(paired)}
    rows = _with_ids(connection, known_kinds, rows)
    wanted: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        wanted.setdefault(_cell(row, "kind"), []).append((_cell(row, "procore_id"), _cell(row, "accounting_id")))
    around = {
        name: (known_of(connection, kind, ids), taken_of(connection, kind, ids))
        for name, ids in wanted.items()
        if (kind := known_kinds.get(name))
    }
    return [
        _import(connection, paired, known_kinds, around, number, row, by) for number, row in enumerate(rows, start=2)
    ]


def _with_ids(
    connection: Connection, known_kinds: Mapping[str, Kind], rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Lines with the ids of the records that they name by number or name; what is not known stays as it is written."""
    found = [dict(row) for row in rows]
    for side in SIDES:
        column = f"{side}_id"
        for kind in known_kinds.values():
            mine = [row for row in found if _cell(row, "kind") == kind.name]
            ids = _ids_of(connection, kind, side, {_cell(row, column) for row in mine} - {""})
            for row in mine:
                row[column] = ids.get(_cell(row, column), _cell(row, column))
    return found


def _ids_of(connection: Connection, kind: Kind, side: Side, cells: set[str]) -> dict[str, str]:
    """The ids of the records that are meant by numbers or names which one record alone has."""
    place = kind.pair, kind.entity(side)
    left = sorted(cells - catalog.known(connection, *place, sorted(cells)).keys())
    by_number, by_name = catalog.numbered(connection, *place, left), catalog.named(connection, *place, left)
    meant = {one: by_number.get(one) or by_name.get(catalog.name_key(one)) or [] for one in left}
    return {one: records[0].id for one, records in meant.items() if len(records) == 1}


def _import(
    connection: Connection,
    paired: Integration,
    known_kinds: Mapping[str, Kind],
    around: Mapping[str, tuple[Known, Taken]],
    number: int,
    row: Mapping[str, Any],
    by: str,
) -> Line:
    name, ids = _cell(row, "kind"), (_cell(row, "procore_id"), _cell(row, "accounting_id"))
    if name not in known_kinds:
        wrong = FixTheSetup(paired.name, f"has no kind of links '{name}'.", f"It has {', '.join(sorted(known_kinds))}.")
        return Line(number, name, *ids, "", "wrong", str(wrong))
    kind, (known, taken) = known_kinds[name], around[name]
    names = " = ".join(side[one].name for side, one in zip(known, ids, strict=True) if one in side)
    if not all(ids):
        return Line(number, name, *ids, names, "empty")
    if taken.by_procore.get(ids[0]) == ids[1]:
        return Line(number, name, *ids, names, "there")
    if problem := what_is_wrong(kind, ids, known, taken):
        return Line(number, name, *ids, names, "wrong", str(problem))
    make(connection, kind, ids, by, "from a CSV file")
    taken.add(ids)
    return Line(number, name, *ids, names, "new")


def _cell(row: Mapping[str, Any], column: str) -> str:
    return str(row.get(column) or "").strip()
