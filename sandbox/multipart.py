"""Bodies in parts (multipart/form-data), as browsers and clients send files."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.http import Request

TYPE = "multipart/form-data"
_ESCAPED = {"%22": '"', "%0D": "\r", "%0A": "\n"}
"""What browsers write for characters that a header cannot hold (HTML: multipart form data)."""


@dataclass(frozen=True)
class Part:
    """One part of a body; `file_name` is empty where the part is no file."""

    headers: dict[str, str]
    name: str
    file_name: str
    content: bytes


def is_multipart(request: Request) -> bool:
    """Whether a body comes in parts."""
    return request.headers.get("content-type", "").startswith(TYPE)


def parts_of(request: Request) -> list[Part]:
    """The parts of a body. Raises `ValueError` for one without a boundary."""
    found = re.search(r'boundary="?([^";]+)"?', request.headers.get("content-type", ""))
    if not found:
        raise ValueError(f"{TYPE} with a boundary")
    chunks = request.body.split(b"--" + found[1].encode())[1:]
    return [_part(chunk) for chunk in chunks if chunk.strip(b"\r\n") and not chunk.startswith(b"--")]


def _part(chunk: bytes) -> Part:
    head, _, body = re.sub(rb"^\r?\n", b"", chunk).replace(b"\r\n\r\n", b"\n\n", 1).partition(b"\n\n")
    headers = {}
    for line in head.decode("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    disposition = headers.get("content-disposition", "")
    names = {name: _plain(value) for name, value in re.findall(r'(\w+)="([^"]*)"', disposition)}
    body = re.sub(rb"\r?\n$", b"", body)
    return Part(headers, names.get("name", ""), names.get("filename", ""), body)


def _plain(value: str) -> str:
    for escape, character in _ESCAPED.items():
        value = value.replace(escape, character)
    return value
