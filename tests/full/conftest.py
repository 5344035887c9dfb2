"""A deployment for each file of tests that take minutes, and the seconds that were measured in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.deployment import Deployment, deployed
from tests.embedded_postgres import EmbeddedPostgres, running_postgres
from tests.full.contractor import Contractor
from tests.full.nights import Nights
from tests.pipeline.night import ROOT

DATABASE = "airflow"
_measured: list[tuple[str, float]] = []


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """PostgreSQL that ends a transaction whose client is gone.

    The idle workers of a scheduler that was killed hold its connection, and with it, in a transaction, a run's lock.
    """
    with running_postgres(idle_in_transaction_session_timeout="30s") as server:
        yield server


@pytest.fixture(scope="module")
def nights(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    """A deployment with the real DAG files, whose contractor has one day behind him."""
    folder, url = tmp_path_factory.mktemp("full"), server.new_database(DATABASE)
    with deployed(folder, url, ROOT / "dags", lambda desk: Contractor(desk).first_day()) as deployment:
        yield _with_contractor(deployment)


def _with_contractor(deployment: Deployment) -> Nights:
    nights = Nights(deployment, Contractor(deployment.desk, days=1))
    nights.ready()
    return nights


@pytest.fixture
def measured() -> Callable[[str, float], None]:
    """Takes what was measured, to be shown at the end."""
    return lambda what, seconds: _measured.append((what, seconds))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The seconds that were measured."""
    if _measured:
        terminalreporter.section("seconds")
    for what, seconds in _measured:
        terminalreporter.write_line(f"{seconds:7.1f}  {what}")
