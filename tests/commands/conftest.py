"""An office for each test of a command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.office import Office, offices
from tests.pipeline.night import Night, nights


@pytest.fixture
def night(sqlite_url: str, tmp_path: Path) -> Iterator[Night]:
    yield from nights(sqlite_url, tmp_path)


@pytest.fixture
def office(
    night: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Office]:
    yield from offices(night, tmp_path, monkeypatch, capsys)
