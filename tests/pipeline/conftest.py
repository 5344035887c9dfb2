"""Nights for tests: on SQLite, and where the database matters on PostgreSQL too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from tests.commands.office import Office, offices
from tests.pipeline.night import Night, new_database, nights, nights_on
from tests.pipeline.pex_desk import PexDesk
from tests.pipeline.pex_night import pex_nights
from tests.pipeline.quickbooks_night import QuickBooksNight, quickbooks_nights


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with new_database(f"sqlite:///{tmp_path_factory.mktemp('nights') / 'night.db'}") as engine:
        yield engine


@pytest.fixture
def night(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Night]:
    """A night on the session's SQLite file, emptied; on one of its own where the test asks for the file."""
    if "sqlite_url" in request.fixturenames:
        yield from nights(request.getfixturevalue("sqlite_url"), tmp_path)
    else:
        yield from nights_on(request.getfixturevalue("database"), tmp_path)


@pytest.fixture
def any_night(database_url: str, tmp_path: Path) -> Iterator[Night]:
    yield from nights(database_url, tmp_path)


@pytest.fixture
def office(
    night: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Office]:
    yield from offices(night, tmp_path, monkeypatch, capsys)


@pytest.fixture
def books(database: Engine, tmp_path: Path) -> Iterator[QuickBooksNight]:
    """A night with QuickBooks Online on the session's SQLite file, emptied."""
    yield from quickbooks_nights(database, tmp_path)


@pytest.fixture
def cards(database: Engine, tmp_path: Path) -> Iterator[PexDesk]:
    """A contractor with PEX cards on the session's SQLite file, emptied."""
    for night in pex_nights(database, tmp_path):
        yield PexDesk(night)
