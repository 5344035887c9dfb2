"""The state that all vendors of one sandbox share: records, clock, random numbers.

Records are plain dictionaries, kept in memory by entity and id. With a file, each change is written through
to SQLite, so that a sandbox that is started again goes on where it stopped.
"""

from __future__ import annotations

import random
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import msgspec

Record = dict[str, Any]
Actor = Literal["api", "person"]
Action = Literal["create", "update", "delete"]

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")


class Clock:
    """Time as the vendors see it: the machine's own, moved by `advance`."""

    def __init__(self, base: Callable[[], float] = time.time) -> None:
        self._base = base
        self.offset = 0.0

    def now(self) -> datetime:
        """The moment, in UTC."""
        return datetime.fromtimestamp(self._base() + self.offset, UTC)

    def advance(self, by: timedelta) -> None:
        """Moves time forward."""
        self.offset += by.total_seconds()


@dataclass(frozen=True)
class Accepted:
    """One write that a vendor accepted: the line of the ledger that tests compare with."""

    at: str
    system: str
    entity: str
    key: str
    action: Action
    by: Actor


class Index:
    """Finds the records of one entity by something else than their id. `keys` says under what a record is found."""

    def __init__(self, keys: Callable[[Record], Iterable[Any]]) -> None:
        self._keys = keys
        self._ids: dict[Any, dict[str, None]] = {}
        self._of_id: dict[str, tuple[Any, ...]] = {}

    def put(self, key: str, record: Record) -> None:
        """Files a record, in place of where it was found before."""
        self.remove(key)
        self._of_id[key] = tuple(self._keys(record))
        for found_by in self._of_id[key]:
            self._ids.setdefault(found_by, {})[key] = None

    def remove(self, key: str) -> None:
        """Forgets a record."""
        for found_by in self._of_id.pop(key, ()):
            ids = self._ids[found_by]
            ids.pop(key, None)
            if not ids:
                del self._ids[found_by]

    def find(self, found_by: Any) -> list[str]:
        """The ids of the records that are found under a value, first filed first."""
        return list(self._ids.get(found_by, ()))

    def clear(self) -> None:
        """Forgets all records."""
        self._ids.clear()
        self._of_id.clear()


class Tables:
    """All records: `tables.get("xero.contacts", contact_id)`. Names are `<system>.<entity>`, ids are strings.

    A stored record is never changed in place: take a copy and `put` it, so that indexes, revisions and `undo` hold.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._rows: dict[str, dict[str, Record]] = {}
        self._indexes: dict[str, dict[str, Index]] = {}
        self._revisions: dict[str, int] = {}
        self._undo: list[tuple[str, str, Record | None]] = []
        self._db = _open(file) if file else None
        if self._db:
            for name, key, body in self._db.execute("select entity, id, body from record order by rowid"):
                self._rows.setdefault(name, {})[key] = _decoder.decode(body)

    def get(self, entity: str, key: str | int) -> Record | None:
        """The record with that id, or None. It is the stored one: change it through `put` only."""
        return self._rows.get(entity, {}).get(str(key))

    def all(self, entity: str) -> Iterator[Record]:
        """Every record of an entity, oldest first."""
        return iter(list(self._rows.get(entity, {}).values()))

    def items(self, entity: str) -> Iterator[tuple[str, Record]]:
        """Every id and record of an entity, oldest first."""
        return iter(list(self._rows.get(entity, {}).items()))

    def oldest(self, entity: str) -> tuple[str, Record] | None:
        """The id and record of an entity that was put first."""
        return next(iter(self._rows.get(entity, {}).items()), None)

    def count(self, entity: str) -> int:
        """How many records an entity has."""
        return len(self._rows.get(entity, {}))

    def entities(self) -> list[str]:
        """The names of all entities that have records."""
        return sorted(name for name, rows in self._rows.items() if rows)

    def revision(self, entity: str) -> int:
        """A number that changes whenever a record of the entity does."""
        return self._revisions.get(entity, 0)

    def add_index(self, entity: str, name: str, keys: Callable[[Record], Iterable[Any]]) -> None:
        """Lets `find` look up an entity's records under the values that `keys` gives."""
        index = Index(keys)
        for key, record in self._rows.get(entity, {}).items():
            index.put(key, record)
        self._indexes.setdefault(entity, {})[name] = index

    def find(self, entity: str, index: str, value: Any) -> list[Record]:
        """The records that an index holds under a value."""
        rows = self._rows.get(entity, {})
        return [rows[key] for key in self._indexes[entity][index].find(value)]

    def put(self, entity: str, key: str | int, record: Record) -> None:
        """Stores a record, in place of an older one with that id."""
        self._undo.append((entity, str(key), self.get(entity, key)))
        self._store(entity, str(key), record)

    def remove(self, entity: str, key: str | int) -> None:
        """Forgets a record."""
        self._undo.append((entity, str(key), self.get(entity, key)))
        self._forget(entity, str(key))

    def mark(self) -> int:
        """A point since the last commit that `undo` can go back to."""
        return len(self._undo)

    def undo(self, mark: int) -> None:
        """Takes back every change since a mark; how a vendor refuses a batch as a whole."""
        while len(self._undo) > mark:
            entity, key, before = self._undo.pop()
            if before is None:
                self._forget(entity, key)
            else:
                self._store(entity, key, before)

    def clear(self) -> None:
        """Forgets everything."""
        for entity in [*self._rows, *self._indexes]:
            self._touch(entity)
        self._rows.clear()
        self._undo.clear()
        for index in self._all_indexes():
            index.clear()
        if self._db:
            self._db.execute("delete from record")

    def commit(self) -> None:
        """Makes what was put since the last commit durable; called once after each request."""
        self._undo.clear()
        if self._db:
            self._db.commit()

    def close(self) -> None:
        """Commits and closes the file."""
        self.commit()
        if self._db:
            self._db.close()

    def _store(self, entity: str, key: str, record: Record) -> None:
        self._rows.setdefault(entity, {})[key] = record
        self._touch(entity)
        for index in self._indexes.get(entity, {}).values():
            index.put(key, record)
        if self._db:
            self._db.execute(
                "insert into record (entity, id, body) values (?, ?, ?)"
                " on conflict (entity, id) do update set body = excluded.body",
                (entity, key, _encoder.encode(record)),
            )

    def _forget(self, entity: str, key: str) -> None:
        self._rows.get(entity, {}).pop(key, None)
        self._touch(entity)
        for index in self._indexes.get(entity, {}).values():
            index.remove(key)
        if self._db:
            self._db.execute("delete from record where entity = ? and id = ?", (entity, key))

    def _touch(self, entity: str) -> None:
        self._revisions[entity] = self._revisions.get(entity, 0) + 1

    def _all_indexes(self) -> Iterator[Index]:
        for indexes in self._indexes.values():
            yield from indexes.values()


def _open(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(file, check_same_thread=False)
    db.execute("pragma journal_mode = wal")
    db.execute("create table if not exists record (entity text, id text, body blob, primary key (entity, id))")
    return db


class World:
    """One sandbox: its records, its time and its (seeded) chance.

    `actor` says who is writing: a client of the API, or a person in the product.
    """

    def __init__(self, file: Path | None = None, seed: int = 7, clock: Clock | None = None) -> None:
        self.tables = Tables(file)
        self.clock = clock or Clock()
        # A file that is opened again takes fresh chance: the seed would give the same GUIDs a second time.
        self.random = random.Random(None if self.tables.entities() else seed)
        self.actor: Actor = "person"

    def reset(self, seed: int) -> None:
        """Forgets all records and starts chance afresh; time goes on."""
        self.tables.clear()
        self.random.seed(seed)

    def accepted(self, system: str, entity: str, key: str | int, action: Action) -> None:
        """Writes a line of the ledger: a vendor accepted a write of that record."""
        at = self.clock.now().isoformat(timespec="milliseconds")
        line = Accepted(at, system, entity, str(key), action, self.actor)
        self.tables.put("sandbox.ledger", self.next_id("ledger"), {**vars(line)})

    def ledger(self) -> list[Record]:
        """Every accepted write (`Accepted`, as a dictionary), in order."""
        return list(self.tables.all("sandbox.ledger"))

    def forget_ledger(self) -> None:
        """Starts the ledger afresh: what a dataset brings was written by nobody."""
        for number in range(1, self.next_id("ledger")):
            self.tables.remove("sandbox.ledger", number)

    def guid(self) -> str:
        """A new GUID, the same for the same seed."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def next_id(self, sequence: str, start: int = 1) -> int:
        """The next number of a sequence. Sequences are records too, so that they survive a restart."""
        row = self.tables.get("sandbox.sequences", sequence)
        number = row["next"] if row else start
        self.tables.put("sandbox.sequences", sequence, {"next": number + 1})
        return int(number)
