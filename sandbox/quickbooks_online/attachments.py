"""Notes and files that hang on other records."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from pathlib import PurePath

import msgspec

from sandbox.http import Request
from sandbox.quickbooks_online.books import TYPES, Books, How
from sandbox.quickbooks_online.chart import REALM
from sandbox.quickbooks_online.errors import RefusedError, business
from sandbox.quickbooks_online.kinds import ref_key
from sandbox.world import Record

MOST_BYTES = 100_000_000
_IMAGES = frozenset({"ai", "bmp", "eps", "gif", "heic", "jpeg", "jpg", "png", "ps", "tif", "tiff"})
EXTENSIONS = _IMAGES | {"csv", "doc", "docx", "msg", "ods", "pdf", "rtf", "txt", "xls", "xlsx", "xml"}
_ENTITIES = {type_name.lower(): entity for entity, type_name in TYPES.items()}


@dataclass(frozen=True)
class Part:
    """One part of a multipart body."""

    headers: dict[str, str]
    name: str
    file_name: str
    content: bytes


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
    found = re.search(r'boundary="?([^";]+)"?', request.headers.get("content-type", ""))
    if not found:
        raise RefusedError(1050, "An upload is multipart/form-data with a boundary", "Content-Type")
    chunks = request.body.split(b"--" + found[1].encode())[1:]
    return [_part(chunk) for chunk in chunks if chunk.strip(b"\r\n") and not chunk.startswith(b"--")]


def _part(chunk: bytes) -> Part:
    head, _, body = re.sub(rb"^\r?\n", b"", chunk).replace(b"\r\n\r\n", b"\n\n", 1).partition(b"\n\n")
    headers = {}
    for line in head.decode("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    disposition = headers.get("content-disposition", "")
    names = dict(re.findall(r'(\w+)="([^"]*)"', disposition))
    body = re.sub(rb"\r?\n$", b"", body)
    return Part(headers, names.get("name", ""), names.get("filename", ""), body)


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
