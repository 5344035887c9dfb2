"""What all tests share: Airflow's environment, set before anything imports Airflow, and databases."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from demo import include
from demo.environment import Place, process_environment, variables
from demo.ports import Ports
from tests.embedded_postgres import EmbeddedPostgres, running_postgres

_HOME = Path(tempfile.mkdtemp(prefix="jobledger-tests-"))
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
include.link(Place(_HOME))
_ENVIRONMENT = process_environment(variables(Place(_HOME), Ports()))
os.environ.clear()
os.environ.update(_ENVIRONMENT, AIRFLOW__LOGGING__LOGGING_LEVEL="WARNING")


LONG = (
    *("tests/end_to_end/test_make_demo", "tests/simulation/test_simulation", "tests/end_to_end"),
    *("tests/airflow", "tests/web"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take minutes begin first, so that no process is left alone with one; of Airflows one at a time."""
    items.sort(key=lambda item: next((n for n, name in enumerate(LONG) if item.nodeid.startswith(name)), len(LONG)))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Looks through all of Airflow for garbage more seldom: it stays, and each time takes a second."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.set_threshold(700, 10, 100)


@pytest.fixture(scope="session")
def airflow_db() -> str:
    """The URL of Airflow's metadata database with all tables, ours included: one for the whole session."""
    from airflow.utils import db

    db.initdb()
    return os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An empty SQLite file."""
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture
def postgres_url(_postgres: EmbeddedPostgres) -> str:
    """An empty database in the session's embedded PostgreSQL."""
    return _postgres.new_database()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, of each kind in turn."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(scope="session")
def _postgres() -> Iterator[EmbeddedPostgres]:
    with running_postgres() as server:
        yield server
