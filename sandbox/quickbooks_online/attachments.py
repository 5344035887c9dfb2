"""Notes and files that hang on other records."""

from __future__ import annotations

import base64
import binascii
from pathlib import PurePath

import msgspec

from sandbox.http import Request
from sandbox.multipart import Part, parts_of
from sandbox.quickbooks_online.books import TYPES, Books, How
from sandbox.quickbooks_online.chart import REALM
from sandbox.quickbooks_online.errors import RefusedError, business
from sandbox.quickbooks_online.kinds import ref_key
from sandbox.world import Record

MOST_BYTES = 100_000_000
_IMAGES = frozenset({"ai", "bmp", "eps", "gif", "heic", "jpeg", "jpg", "png", "ps", "tif", "tiff"})
EXTENSIONS = _IMAGES | {"csv", "doc", "docx", "msg", "ods", "pdf", "rtf", "txt", "xls", "xlsx", "xml"}
_ENTITIES = {type_name.lower(): entity for entity, type_name in TYPES.items()}


def attachable(books: Books, record: Record, before: Record | None, how: How) -> Record:
    """A note, or what describes a file, with the records that it hangs on."""
    if not record.get("Note") and "_content" not in record:
        raise business("An attachable needs a Note or a file", "Note")
    refs = record.get("AttachableRef", [])
    if not isinstance(refs, list):
        raise RefusedError(2120, "Invalid type: AttachableRef is not a list", "AttachableRef")
    return {**record, "AttachableRef": [_checked_ref(books, ref) for ref in refs]}


def shown(books: Books, record: Record) -> Record:
    """With the addresses of its file."""
    if "_content" not in record:
        return record
    address = f"/v3/company/{REALM}/download/{record['Id']}"
    return {**record, "FileAccessUri": address, "TempDownloadUri": f"https://sandbox.test{address}"}


def uploaded(request: Request) -> list[tuple[Record, Record]]:
    """The files of an upload: per file what was sent as its Attachable, and its own name, type and bytes."""
    parts = {part.name: part for part in _parts(request)}
    files = [name for name in parts if name.startswith("file_content")]
    if not files:
        raise RefusedError(6041, "The request holds no part file_content_01", "file_content_01")
    return [_file(parts[name], parts.get(name.replace("content", "metadata"))) for name in files]


def content(record: Record) -> tuple[bytes, str]:
    """A file's bytes and type."""
    return base64.b64decode(record["_content"]), record["ContentType"]


def _checked_ref(books: Books, ref: Record) -> Record:
    target = ref.get("EntityRef") if isinstance(ref, dict) else None
    key = ref_key(target, "AttachableRef.EntityRef")
    entity = _ENTITIES.get(str((target or {}).get("type", "")).lower())
    if entity is None:
        raise RefusedError(6050, f"Nothing can be attached to {(target or {}).get('type')}", "AttachableRef.EntityRef")
    if books.visible(entity, key) is None:
        raise RefusedError(2500, f"Invalid Reference Id : {TYPES[entity]} element id {key} not found", "EntityRef")
    return {"IncludeOnSend": False, **ref, "EntityRef": {"type": TYPES[entity], "value": key}}


def _parts(request: Request) -> list[Part]:
    try:
        return parts_of(request)
    except ValueError as error:
        raise RefusedError(1050, f"An upload is {error}", "Content-Type") from None


def _file(file: Part, metadata: Part | None) -> tuple[Record, Record]:
    sent = _metadata(metadata)
    name = str(sent.get("FileName") or file.file_name)
    body = file.content
    if file.headers.get("content-transfer-encoding", "").lower() == "base64":
        try:
            body = base64.b64decode(body)
        except binascii.Error:
            raise RefusedError(6041, "The file is not valid base64", "file_content_01") from None
    if PurePath(name).suffix.lstrip(".").lower() not in EXTENSIONS or not body:
        raise RefusedError(6041, f"The file {name!r} is empty or of a type that is not taken", "FileName")
    if len(body) > MOST_BYTES:
        raise business(f"The file is larger than {MOST_BYTES} bytes", "file_content_01")
    kind = sent.get("ContentType") or file.headers.get("content-type", "application/octet-stream")
    own = {"FileName": name, "ContentType": kind, "Size": len(body), "_content": base64.b64encode(body).decode()}
    return sent, own


def _metadata(part: Part | None) -> Record:
    if part is None:
        return {}
    try:
        sent = msgspec.json.decode(part.content)
    except msgspec.DecodeError as error:
        raise RefusedError(6040, f"The metadata is not an Attachable in JSON: {error}", part.name) from None
    if not isinstance(sent, dict):
        raise RefusedError(6040, "The metadata is not an Attachable in JSON", part.name)
    return sent
