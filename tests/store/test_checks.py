"""Kept checks: the last ones of each side and pair, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.engine import Engine

from jobledger.errors import Finding
from jobledger.store import checks
from jobledger.store.engine import make_engine, reading, writing
from jobledger.store.tables import check

PAIR = "1:xero:t"
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
WELL = Finding("company", True, "Connected.")
WRONG = Finding("permission", False, "Missing." * 200, "Give it.", required=False)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url)
    check.create(made)
    yield made
    made.dispose()


def kept(engine: Engine, pair: str = PAIR) -> list[tuple[str, Finding, datetime]]:
    with reading(engine) as connection:
        return [(one.side, one.finding, one.at) for one in checks.kept(connection, pair)]


def test_the_findings_of_a_side_take_the_place_of_all_that_it_had(engine: Engine) -> None:
    later = NOW + timedelta(days=1)
    with writing(engine) as connection:
        checks.keep(connection, PAIR, "accounting", [WRONG, WELL], NOW)
        checks.keep(connection, PAIR, "procore", [WELL, WRONG, WELL], NOW)
        checks.keep(connection, PAIR, "procore", [WRONG], later)
        checks.keep(connection, "2:xero:t", "procore", [WELL], NOW)
    assert kept(engine) == [("procore", WRONG, later), ("accounting", WRONG, NOW), ("accounting", WELL, NOW)]
    assert kept(engine, "3:xero:t") == []


def test_two_that_check_at_once_leave_the_findings_of_one_of_them(engine: Engine) -> None:
    def keep(number: int) -> None:
        mine = [Finding(f"{place}", True, f"{number}") for place in range(5 + number % 2)]
        with writing(engine) as connection:
            checks.keep(connection, PAIR, "procore", mine, NOW + timedelta(seconds=number))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(keep, range(12)))
    found = kept(engine)
    assert len({(finding.message, at) for _, finding, at in found}) == 1
    assert len(found) == 5 + int(found[0][1].message) % 2
