"""Contacts and items: reading, looking up, and the writes that need a look first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from jobledger.systems.base import Page, Record, Window, Write, WriteResult
from jobledger.systems.compare import same_key
from jobledger.systems.paging import Sheet, chunks, read_whole
from jobledger.systems.results import conflict
from jobledger.systems.xero import writes
from jobledger.systems.xero.api import Api
from jobledger.systems.xero.limits import IDS_PER_CALL
from jobledger.systems.xero.marks import MARK_PREFIX

_ALL = {"includeArchived": "true"}
_BY_ID = {**_ALL, "order": "ContactID ASC"}


class Contacts:
    """Suppliers and customers, archived ones included."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def read(self, window: Window) -> Iterator[Page]:
        """All contacts, or those changed since; by id, so that an edit between two pages moves none."""
        passes = partial(self._api.sheets, "Contacts", _BY_ID, window.since)
        return read_whole(passes, _contact_id, "Xero contacts")

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Contacts by id. Merged ones are found too: their list is asked for in pages."""
        found: list[Record] = []
        for some in chunks(ids, IDS_PER_CALL):
            for sheet in self._api.sheets("Contacts", {**_BY_ID, "IDs": ",".join(some)}):
                found += sheet.rows
        return found

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """Contacts with our mark as their number or, without a mark, with the natural key."""
        if mark:
            return [row for row in self._list({"where": f'ContactNumber=="{mark}"'}) if row["ContactNumber"] == mark]
        term = next((str(value).strip() for value in natural_key.values() if value), "")
        return [row for row in self._list({"searchTerm": term}) if same_key(row, natural_key)] if term else []

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Up to 50 contacts. Another integration's number is never overwritten with our mark."""
        marked = [one.target_id for one in sent if one.action == "mark" and one.target_id]
        foreign = {row["ContactID"]: row["ContactNumber"] for row in self.fetch(marked) if _has_foreign_number(row)}
        held = {one.key: _foreign(one, foreign[one.target_id]) for one in sent if one.target_id in foreign}
        results = writes.write(self._api, writes.CONTACTS, [one for one in sent if one.key not in held], key)
        by_key = {**held, **{result.key: result for result in results}}
        return [by_key[one.key] for one in sent]

    def _list(self, params: Mapping[str, str]) -> list[Record]:
        return [row for sheet in self._api.sheets("Contacts", {**_BY_ID, **params}) for row in sheet.rows]


class Items:
    """Products and services; Xero sends the whole list in one answer."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def read(self, window: Window) -> Iterator[Page]:
        """All items."""
        return read_whole(self._sheet, _item_id, "Xero items")

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Items by id."""
        wanted = set(ids)
        return [row for row in self._api.rows("Items") if row["ItemID"] in wanted]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """Items with the natural key; an item has no room for a mark."""
        return [row for row in self._api.rows("Items") if same_key(row, natural_key)]

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Up to 50 items. An item is never removed: documents name it by its code."""
        kept = [one for one in sent if one.action in {"create", "update"}]
        results = {result.key: result for result in writes.write(self._api, writes.ITEMS, kept, key)}
        return [results.get(one.key) or writes.refused(one, ["Items are not removed."]) for one in sent]

    def _sheet(self) -> Iterator[Sheet]:
        answer = self._api.get("Items")
        yield Sheet((answer.body or {}).get("Items") or [], answer.at)


def _contact_id(record: Record) -> str:
    return str(record["ContactID"])


def _item_id(record: Record) -> str:
    return str(record["ItemID"])


def _has_foreign_number(record: Record) -> bool:
    number = record.get("ContactNumber") or ""
    return bool(number) and not number.startswith(MARK_PREFIX)


def _foreign(write: Write, number: str) -> WriteResult:
    message = f"The contact carries the contact code '{number}' of another integration; it was left as it is."
    return conflict(write, message, "Disconnect the other integration and clear the code in Xero.")
