"""Staging: what one step leaves for the next, as compressed lines of JSON in a folder or a bucket."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, TypedDict, TypeVar

import msgspec

T = TypeVar("T")

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")


class Staged(TypedDict):
    """Where a staged file is and how many rows it has: all that tasks hand each other."""

    file: str
    rows: int


class Staging:
    """The files of one run of one flow below `root`: any path object that can open files, a bucket's too."""

    def __init__(self, root: Path, integration: str, run_id: str, flow: str) -> None:
        self._root = root
        self._folder = f"{_safe(integration)}/{_safe(run_id)}/{_safe(flow)}"

    def write(self, step: str, rows: Iterable[dict[str, Any]]) -> Staged:
        """Stages the rows of a step, in place of those of an earlier try."""
        file = self._root / self._folder / f"{step}.ndjson.gz"
        file.parent.mkdir(parents=True, exist_ok=True)
        count = 0
        with file.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=1, mtime=0) as packed:
            for row in rows:
                packed.write(_encoder.encode(row) + b"\n")
                count += 1
        return Staged(file=f"{self._folder}/{step}.ndjson.gz", rows=count)

    def read(self, staged: Staged) -> Iterator[dict[str, Any]]:
        """The rows of a step, numbers with a fraction as `Decimal`. Raises `FileNotFoundError`."""
        if not staged["rows"]:
            return
        with (self._root / staged["file"]).open("rb") as raw, gzip.GzipFile(fileobj=raw) as packed:
            for line in io.BufferedReader(packed):
                yield _decoder.decode(line)


def chunks(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """The rows in lists of at most `size`."""
    chunk: list[T] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name)
