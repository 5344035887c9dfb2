"""`airflow db migrate` makes our tables, from nothing and by the migration files, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jobledger.store.manager import JobledgerDBManager
from jobledger.store.tables import PREFIX, metadata
from tests.airflow.company import ROOT

VERSION_TABLE = "alembic_version_jobledger"
EXPECTED = {name: sorted(table.columns.keys()) for name, table in metadata.tables.items()} | {
    VERSION_TABLE: ["version_num"]
}

UP_TO_DATE = {"tables": EXPECTED, "differences": []}


@pytest.fixture(scope="module")
def lived() -> dict[str, Any]:
    return {}


@pytest.fixture
def life(database_url: str, lived: dict[str, Any], tmp_path: Path) -> Any:
    """What became of a database, once for each kind."""
    kind = database_url.partition(":")[0]
    if kind not in lived:
        lived[kind] = _life(database_url, tmp_path / "results.json")
    return lived[kind]


def _life(url: str, results: Path) -> Any:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "plugins"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url,
        "AIRFLOW__JOBLEDGER__DATABASE_URL": url,
    }
    typed = [sys.executable, "-m", "tests.airflow.migrated", str(results)]
    ended = subprocess.run(typed, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    return json.loads(results.read_text())


def test_migrating_makes_the_tables_of_the_code(life: Any) -> None:
    assert life["first"] == UP_TO_DATE


def test_migrating_twice_changes_nothing_and_airflow_finds_itself_up_to_date(life: Any) -> None:
    assert life["again"] == UP_TO_DATE
    assert life["checked"] == 0


def test_the_migration_files_take_the_tables_back_and_make_exactly_those_of_the_code(life: Any) -> None:
    assert life["down"]["tables"] == {VERSION_TABLE: ["version_num"]}
    assert life["up"] == UP_TO_DATE


def test_a_reset_of_airflows_database_leaves_nothing_of_ours(life: Any) -> None:
    assert life["reset"] == {}


def test_our_tables_cannot_be_mistaken_for_airflows() -> None:
    assert all(name.startswith(PREFIX) for name in metadata.tables)
    assert JobledgerDBManager.version_table_name == VERSION_TABLE
