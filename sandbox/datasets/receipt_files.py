"""Receipts as small files that are what they say they are: a picture or a page, made without a library."""

from __future__ import annotations

import struct
import zlib

SIDE = 8
"""Pictures are grey squares of so many pixels."""


def png(text: str) -> bytes:
    """A PNG that carries the text as a comment."""
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    rows = (b"\x00" + b"\x80" * SIDE) * SIDE
    chunks = (
        (b"IHDR", header),
        (b"tEXt", b"Comment\x00" + _latin(text)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def jpeg(text: str) -> bytes:
    """A JPEG that carries the text as a comment: one block, whose Huffman tables have one code each."""
    segments = (
        (0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"),
        (0xFE, _latin(text)),
        (0xDB, b"\x00" + b"\x01" * 64),
        (0xC0, struct.pack(">BHHBBBB", 8, SIDE, SIDE, 1, 1, 0x11, 0)),
        (0xC4, b"\x00\x01" + b"\x00" * 15 + b"\x00"),
        (0xC4, b"\x10\x01" + b"\x00" * 15 + b"\x00"),
        (0xDA, b"\x01\x01\x00\x00\x3f\x00"),
    )
    head = b"".join(b"\xff" + bytes([kind]) + struct.pack(">H", len(body) + 2) + body for kind, body in segments)
    return b"\xff\xd8" + head + b"\x3f\xff\xd9"


def pdf(text: str) -> bytes:
    """A PDF of one page with the text on it."""
    safe = text.replace("\\", "").replace("(", "").replace(")", "")
    drawn = b"BT /F1 14 Tf 40 240 Td (" + _latin(safe) + b") Tj ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 420 300] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    body, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    return body + b"xref\n0 6\n0000000000 65535 f \n" + table + trailer


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _latin(text: str) -> bytes:
    return text.encode("latin-1", "replace")
