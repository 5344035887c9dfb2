"""Files attached to documents, and notes in their history."""

from __future__ import annotations

import base64
import re
from urllib.parse import quote

from sandbox.world import Record
from sandbox.xero.books import Books, How
from sandbox.xero.errors import RefusedError, UnknownRecordError
from sandbox.xero.state import Entity

# Xero names 3 MB, 10 MB and 25 MB in different places: the stricter reading.
MOST_BYTES = 3_000_000
MOST_FILES = 10
MOST_NOTE = 2500


def attach(books: Books, entity: Entity, document: Record, file: tuple[str, str, bytes]) -> Record:
    """Attaches a file (name, MIME type, bytes); the same name again replaces it."""
    name, mime_type, content = file
    held = of_document(books, document[entity.key])
    before = next((one for one in held if one["FileName"].casefold() == name.casefold()), None)
    _check(name, content, len(held) if before is None else 0)
    address = f"https://api.xero.com/api.xro/2.0/{entity.plural}/{document[entity.key]}/Attachments/{quote(name)}"
    record = {
        **(before or {}),
        "FileName": name,
        "Url": address,
        "MimeType": mime_type,
        "ContentLength": len(content),
        "IncludeOnline": False,
        "_parent": document[entity.key],
        "_content": base64.b64encode(content).decode(),
    }
    stored = books.save("attachments", record, {}, How())
    books.put(entity.name, {**document, "HasAttachments": True})
    return shown(stored)


def of_document(books: Books, key: str) -> list[Record]:
    """The files of a document."""
    return books.find("attachments", "parent", key)


def content(books: Books, key: str, name: str) -> tuple[bytes, str]:
    """A file's bytes and MIME type, by its name or its id."""
    for one in of_document(books, key):
        if name in {one["AttachmentID"], one["FileName"]}:
            return base64.b64decode(one["_content"]), one["MimeType"]
    raise UnknownRecordError(name)


def shown(record: Record) -> Record:
    """An attachment as it is sent."""
    return {name: value for name, value in record.items() if name != "UpdatedDateUTC"}


def notes(books: Books, key: str) -> list[Record]:
    """The history of a document."""
    row = books.tables.get("xero.history", key)
    return list(row["notes"]) if row else []


def add_note(books: Books, key: str, sent: Record) -> Record:
    """Adds a note to the history of a document."""
    details = str(sent.get("Details") or "")
    if not details or len(details) > MOST_NOTE:
        raise RefusedError(f"Details of a note are required, with at most {MOST_NOTE} characters")
    note = {"Changes": "Note", "DateUTC": books.stamp(), "User": "System Generated", "Details": details}
    books.tables.put("xero.history", key, {"notes": [*notes(books, key), note]})
    return note


def _check(name: str, content: bytes, held: int) -> None:
    if re.search(r'[<>:"/\\|?*\x00+]', name):
        raise RefusedError(f"The file name {name} has characters that are not allowed")
    if len(content) > MOST_BYTES:
        raise RefusedError(f"The file is larger than {MOST_BYTES} bytes")
    if held >= MOST_FILES:
        raise RefusedError(f"A document has at most {MOST_FILES} attachments")
