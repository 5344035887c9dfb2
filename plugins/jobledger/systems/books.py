"""Books as a `System`: one organisation, each kind of its records read, looked up and written by a piece of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from jobledger.systems.base import Page, Record, StepDone, Window, Write, WriteResult, unheard


class Records(Protocol):
    """One kind of record."""

    def read(self, window: Window) -> Iterator[Page]:
        """As `System.read`."""
        ...

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """As `System.fetch`."""
        ...

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """As `System.find`."""
        ...

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """As `System.write`, without steps."""
        ...


class Books:
    """One organisation. Whoever sees it sees all of it, and each record is written whole, by one item of a batch."""

    def __init__(self, records: Mapping[str, Records], facts: Callable[[str], Record]) -> None:
        self._of = records
        self._facts_of = facts

    def read(self, entity: str, window: Window) -> Iterator[Page]:
        """The records of a list, those out of use included."""
        return self._of[entity].read(window)

    def fetch(self, entity: str, ids: Sequence[str]) -> list[Record]:
        """The records with these ids."""
        return self._of[entity].fetch(ids) if ids else []

    def find(self, entity: str, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """The records with our mark or, without a mark, with the natural key."""
        return self._of[entity].find(mark, natural_key)

    def facts(self, entity: str) -> Record:
        """Base currency, the day until which the books are closed, and accounts by their purpose or what is wrong."""
        return self._facts_of(entity)

    def places(self, entity: str) -> Mapping[str, bool] | None:
        """None: whoever sees an organisation sees all of it."""
        return None

    def write(self, entity: str, writes: Sequence[Write], key: str, note: StepDone = unheard) -> list[WriteResult]:
        """Sends one batch. Each record is written whole, so there are no steps to note."""
        return self._of[entity].write(writes, key) if writes else []
