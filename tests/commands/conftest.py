"""An office for each test of a command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from tests.commands.office import Office, offices
from tests.pipeline.night import Night, new_database, nights_on


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with new_database(f"sqlite:///{tmp_path_factory.mktemp('nights') / 'night.db'}") as engine:
        yield engine


@pytest.fixture
def night(database: Engine, tmp_path: Path) -> Iterator[Night]:
    yield from nights_on(database, tmp_path)


@pytest.fixture
def office(
    night: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Office]:
    yield from offices(night, tmp_path, monkeypatch, capsys)
