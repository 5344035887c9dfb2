"""The records of one PEX business."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.pex.errors import invalid
from sandbox.world import Action, Record, World

SYSTEM = "pex"
BUSINESS_ID = 102233
BUSINESS_NAME = "Ironwood Builders"
EASTERN = ZoneInfo("America/New_York")
_IDS = uuid.UUID("6b1f7a52-6a5c-4c6e-9a52-70e7c0ffee00")


class State:
    """Reads and writes records by entity and id. Times of transactions are naive US Eastern text, others UTC."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tables = world.tables
        self.tables.add_index(f"{SYSTEM}.attachments", "transaction", lambda one: [str(one["TransactionId"])])

    def get(self, entity: str, key: Any) -> Record | None:
        """The record with that id."""
        return self.tables.get(f"{SYSTEM}.{entity}", str(key))

    def all(self, entity: str) -> Iterator[Record]:
        """Every record, oldest first."""
        return self.tables.all(f"{SYSTEM}.{entity}")

    def find(self, entity: str, index: str, value: Any) -> list[Record]:
        """The records that an index holds under a value."""
        return self.tables.find(f"{SYSTEM}.{entity}", index, str(value))

    def put(self, entity: str, key: Any, record: Record) -> Record:
        """Stores a record without telling the ledger."""
        self.tables.put(f"{SYSTEM}.{entity}", str(key), record)
        return record

    def save(self, entity: str, key: Any, record: Record) -> Record:
        """Stores a record that a client or a person wrote, and tells the ledger."""
        action: Action = "update" if self.get(entity, key) else "create"
        self.put(entity, key, record)
        self.world.accepted(SYSTEM, entity, str(key), action)
        return record

    def remove(self, entity: str, key: Any) -> None:
        """Deletes a record for good, and tells the ledger."""
        self.tables.remove(f"{SYSTEM}.{entity}", str(key))
        self.world.accepted(SYSTEM, entity, str(key), "delete")

    def settings(self) -> Record:
        """What the business has switched on, and what the sandbox can be told."""
        return self.get("settings", "1") or {}

    def number(self, sequence: str, start: int) -> int:
        """The next number of a sequence of ids."""
        return self.world.next_id(f"{SYSTEM}.{sequence}", start)

    def guid(self) -> str:
        """A GUID that takes nothing of the sandbox's chance, so that other vendors' records do not depend on PEX."""
        return str(uuid.uuid5(_IDS, str(self.number("guids", 1))))

    def hex_id(self) -> str:
        """An id as tags and attachments have it: 24 hexadecimal digits."""
        return self.guid().replace("-", "")[:24]

    def now(self) -> datetime:
        """This moment, in UTC."""
        return self.world.clock.now()

    def stamp(self) -> str:
        """This moment as the `*Utc` fields have it."""
        return self.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def eastern(self) -> str:
        """This moment as times of transactions have it."""
        return eastern_text(self.now())

    def user(self) -> Record:
        """Who is writing, as stamps name the user."""
        admin = self.get("admin", "1") or {}
        return {
            "AdminId": admin.get("BusinessAdminId"),
            "UserName": admin.get("UserName"),
            "FirstName": admin.get("FirstName"),
            "LastName": admin.get("LastName"),
        }


def eastern_text(moment: datetime) -> str:
    """A moment as naive Eastern text, `2026-03-08T01:30:00`; the hour that autumn repeats is told twice."""
    return moment.astimezone(EASTERN).replace(tzinfo=None).isoformat(timespec="seconds")


def read_time(value: Any, name: str) -> str:
    """Naive Eastern text from text, with or without an offset. Raises `RefusedError` when it is no time."""
    try:
        read = datetime.fromisoformat(str(value))
    except ValueError:
        raise invalid(f"{name} is {value!r}, and must be a time such as 2026-05-04T10:15:00") from None
    return eastern_text(read) if read.tzinfo else read.isoformat(timespec="seconds")


def enum_name(value: Any, names: dict[int, str], field: str) -> str:
    """The name of an enumerated value, given as name (any case) or number. Raises `RefusedError`."""
    known = {**{str(number): name for number, name in names.items()}, **{one.lower(): one for one in names.values()}}
    found = known.get(str(value).strip().lower())
    if found is None:
        raise invalid(f"{field} is {value!r}, and must be one of {', '.join(names.values())}")
    return found
