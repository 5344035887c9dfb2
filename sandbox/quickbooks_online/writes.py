"""Creating, changing, deleting, voiding one record."""

from __future__ import annotations

from typing import Any

from sandbox.quickbooks_online import documents
from sandbox.quickbooks_online.books import DELETED, Books, How
from sandbox.quickbooks_online.entities import Entity
from sandbox.quickbooks_online.errors import RefusedError, missing, not_found
from sandbox.quickbooks_online.kinds import ReadOnly, utc
from sandbox.world import Record

_OWN = {"Id", "SyncToken", "MetaData"}
_STALE = (
    "Stale Object Error : You and root were working on this at the same time. "
    "root finished before you did, so your work was not saved."
)


def write(books: Books, entity: Entity, sent: Any, how: How) -> Record:
    """Creates a record, or changes the one whose Id was sent, as a whole or sparsely. Raises `RefusedError`."""
    if not isinstance(sent, dict):
        raise RefusedError(2010, "The body is not a JSON object")
    if not entity.by_app:
        raise RefusedError(500, f"Operation create or update is not supported for {entity.type}")
    before = current(books, entity, sent) if sent.get("Id") else None
    for name in entity.always:
        if not sent.get(name):
            raise missing(name)
    return stored(books, entity, sent, before, sparse=sent.get("sparse") is True, how=how)


def stored(books: Books, entity: Entity, sent: Record, before: Record | None, sparse: bool, how: How) -> Record:
    """Reads, merges, checks and stores a record, and passes the change on to others."""
    read: Record = entity.fields.read(books, how, sent, "")
    read.pop("MetaData", None)
    merged = _merged(entity, sent, read, before, sparse)
    record = books.save(entity.name, entity.finish(books, merged, before, how), how)
    if entity.saved:
        entity.saved(books, record, before, how)
    return books.get(entity.name, record["Id"]) or record


def delete(books: Books, entity: Entity, sent: Record, how: How) -> Record:
    """Deletes a document for good; what is answered."""
    if not entity.deletes:
        raise RefusedError(500, f"Operation delete is not supported for {entity.type}: make it inactive")
    record = current(books, entity, sent)
    remove(books, entity, record, how)
    return {"domain": "QBO", "status": "Deleted", "Id": record["Id"]}


def remove(books: Books, entity: Entity, record: Record, how: How) -> None:
    """Deletes a record, and passes that on to others."""
    if entity.check_removal:
        entity.check_removal(books, record)
    if entity.dated:
        documents.check_open(books, [record["TxnDate"]], how)
    books.remove(entity.name, record["Id"])
    if entity.removed:
        entity.removed(books, record, how)


def void(books: Books, entity: Entity, sent: Record, how: How) -> Record:
    """Voids a document: it stays, with nothing left of its amounts."""
    assert entity.voided is not None
    before = current(books, entity, sent)
    documents.check_open(books, [before["TxnDate"]], how)
    record = books.save(entity.name, entity.voided(books, before), how)
    if entity.saved:
        entity.saved(books, record, before, how)
    return record


def current(books: Books, entity: Entity, sent: Record) -> Record:
    """The record that a change is for, if the change has seen its latest version."""
    key = str(sent.get("Id") or "")
    if not key:
        raise missing("Id")
    record = books.get(entity.name, key)
    if record is None:
        raise not_found(entity.type, key)
    if sent.get("SyncToken") in (None, ""):
        raise missing("SyncToken")
    if str(sent["SyncToken"]) != record["SyncToken"]:
        raise RefusedError(5010, _STALE)
    return record


def person_writes(books: Books, entity: Entity, sent: Record) -> Record:
    """Puts or changes a record as a person does: sparsely, ids and times may be given."""
    changed = (sent.get("MetaData") or {}).get("LastUpdatedTime")
    how = How(person=True, at=utc(books, changed, "MetaData.LastUpdatedTime") if changed else None)
    before = books.get(entity.name, str(sent["Id"])) if sent.get("Id") else None
    return stored(books, entity, sent, before, sparse=True, how=how)


def _merged(entity: Entity, sent: Record, read: Record, before: Record | None, sparse: bool) -> Record:
    """What a change leaves of the record: all but the fields sent, or only what QuickBooks reckons by itself."""
    if before is None:
        return {**read, "Id": str(sent["Id"])} if sent.get("Id") else read
    if sparse:
        cleared = {name for name, value in sent.items() if value in (None, "") or value == []}
        return {**{name: value for name, value in before.items() if name not in cleared - _OWN}, **read}
    kept = {name: value for name, value in before.items() if _is_own(entity, name)}
    return {**kept, **_renamed(read, before)}


def _is_own(entity: Entity, name: str) -> bool:
    return name in _OWN or name[0] == "_" or isinstance(entity.fields.fields.get(name), ReadOnly)


def _renamed(read: Record, before: Record) -> Record:
    """Inactive records stay so unless told otherwise: their marked name alone does not revive them."""
    if before.get("Active") is False and "Active" not in read and _is_marked(read):
        return {**read, "Active": False}
    return read


def _is_marked(read: Record) -> bool:
    return str(read.get("DisplayName") or read.get("Name") or "").endswith(DELETED)
