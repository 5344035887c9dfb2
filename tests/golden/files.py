"""The golden files: numbers exact on reading, and on writing one line for what fits into one."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

FOLDER = Path(__file__).parent

_WIDTH, _OF_LINES = 130, 330
"""How wide a line of the file is at the most, and how wide where it is a line of a document."""

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")


def read(name: str, file: str) -> Any:
    """What a file of `<system>/<flow>` holds; a number with a fraction is a `Decimal`, as the pipeline has it."""
    return _decoder.decode((FOLDER / name / file).read_bytes())


def shown(value: Any) -> str:
    """A value as the text of a golden file."""
    return _text(value, 0) + "\n"


def _text(value: Any, depth: int) -> str:
    """One line where it fits, else one line an entry; a list of a record's own is always one line an entry."""
    short = msgspec.json.format(_encoder.encode(value), indent=0).decode().replace("\n", " ")
    if not isinstance(value, (dict, list)) or not value or _fits(value, short, depth):
        return short
    keyed = isinstance(value, dict)
    entries = [f"{_text(key, 9)}: {_text(value[key], depth + 1)}" if keyed else _text(key, depth + 1) for key in value]
    opened, closed = "{}" if keyed else "[]"
    pad = "  " * (depth + 1)
    return f"{opened}\n" + ",\n".join(pad + entry for entry in entries) + f"\n{pad[2:]}{closed}"


def _fits(value: Any, short: str, depth: int) -> bool:
    if depth < 2 or (depth < 4 and isinstance(value, list) and isinstance(value[0], dict)):
        return False
    return len(short) < (_WIDTH if depth < 4 else _OF_LINES)
