"""A file on its way up in a request of several parts (multipart/form-data), sent as it is read."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import IO, NamedTuple

from jobledger.errors import FixTheRecord, RetryLater
from jobledger.systems.base import Write, WriteResult

_CHUNK = 256 * 1024
_ESCAPES = {'"': "%22", "\r": "%0D", "\n": "%0A"}
"""What a header cannot hold, as browsers write it (HTML: multipart form data)."""


class Part(NamedTuple):
    """How one part of a request is headed: its field, the name of its file, and the type of its content."""

    name: str
    file_name: str
    content_type: str

    def head(self, boundary: str) -> bytes:
        """The lines before the content."""
        name, file_name = (_escaped(one) for one in (self.name, self.file_name))
        disposition = f'Content-Disposition: form-data; name="{name}"; filename="{file_name}"'
        return f"--{boundary}\r\n{disposition}\r\nContent-Type: {self.content_type}\r\n\r\n".encode()


class Upload:
    """The body of an upload, of which every pass reads the file anew. Its length is known before it is sent.

    `before` are small parts that go before the file, each with its content.
    """

    def __init__(self, file: Part, content: IO[bytes], before: Sequence[tuple[Part, bytes]] = ()) -> None:
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._content = content
        first = b"".join(part.head(boundary) + said + b"\r\n" for part, said in before)
        self._before = first + file.head(boundary)
        self._after = f"\r\n--{boundary}--\r\n".encode()

    def __len__(self) -> int:
        size = self._content.seek(0, os.SEEK_END)
        return len(self._before) + size + len(self._after)

    def __iter__(self) -> Iterator[bytes]:
        yield self._before
        self._content.seek(0)
        while part := self._content.read(_CHUNK):
            yield part
        yield self._after


def content_of(write: Write, most: int, until: ExitStack) -> IO[bytes] | WriteResult:
    """The file of a write, of at most so many bytes; or its refusal, which stops no other file. Gone with `until`."""
    assert write.file is not None
    try:
        return until.enter_context(write.file(most))
    except FixTheRecord as error:
        return WriteResult(write.key, "refused", "invalid", message=error.reason, remedy=error.remedy)
    except RetryLater as error:
        remedy = "Nothing to do: the next run tries again."
        return WriteResult(write.key, "refused", "failed", message=str(error), remedy=remedy)


def _escaped(text: str) -> str:
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text
