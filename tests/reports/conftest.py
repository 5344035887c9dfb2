"""Nights for the reports' tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.night import Night, nights


@pytest.fixture
def night(sqlite_url: str, tmp_path: Path) -> Iterator[Night]:
    yield from nights(sqlite_url, tmp_path)
