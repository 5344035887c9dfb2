"""What kind of file a receipt is, by its first bytes: where it comes from says no more than image or PDF."""

from __future__ import annotations

from typing import NamedTuple

HEAD = 1024
"""The first bytes that tell a file's kind; a PDF may begin anywhere in them (ISO 32000, implementation note 13)."""


class FileKind(NamedTuple):
    """A kind of file: how its name ends, and the type of its content."""

    extension: str
    content_type: str


_PDF = FileKind(".pdf", "application/pdf")
_HEIC = FileKind(".heic", "image/heic")
_BEGINNINGS = {
    b"\x89PNG\r\n\x1a\n": FileKind(".png", "image/png"),
    b"\xff\xd8\xff": FileKind(".jpg", "image/jpeg"),
    b"GIF87a": FileKind(".gif", "image/gif"),
    b"GIF89a": FileKind(".gif", "image/gif"),
    b"II*\x00": FileKind(".tiff", "image/tiff"),
    b"MM\x00*": FileKind(".tiff", "image/tiff"),
}
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})


def kind_of(head: bytes) -> FileKind | None:
    """The kind of a file by its first `HEAD` bytes; None for one that is neither a PDF nor a known image.

    >>> kind_of(b"%PDF-1.7 ...").extension
    '.pdf'
    """
    if b"%PDF-" in head:
        return _PDF
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return _HEIC
    return next((kind for beginning, kind in _BEGINNINGS.items() if head.startswith(beginning)), None)
