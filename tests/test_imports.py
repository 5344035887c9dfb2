"""What is imported when, seen in a fresh process; `.importlinter` says who may import whom."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PURE = """
import importlib, pkgutil, jobledger.mapping
for found in pkgutil.walk_packages(jobledger.mapping.__path__, "jobledger.mapping."):
    importlib.import_module(found.name)
"""
PARSED = f"""
from airflow.dag_processing.dagbag import DagBag
found = DagBag({str(ROOT / "dags")!r})
assert found.dags and not found.import_errors, found.import_errors
"""


def test_the_mapping_needs_neither_airflow_nor_a_database_nor_a_network() -> None:
    assert imported_by(PURE, {"airflow", "sqlalchemy", "requests", "pandas", "great_expectations"}) == set()


@pytest.mark.usefixtures("airflow_db")
def test_parsing_the_dags_imports_nothing_heavy_and_no_connector() -> None:
    heavy = {"pandas", "great_expectations", "jobledger.systems.procore.system", "jobledger.systems.xero.system"}
    assert imported_by(PARSED, heavy) == set()


def imported_by(code: str, watched: set[str]) -> set[str]:
    """Those of the watched modules that a fresh process has imported after running `code`."""
    script = f"{code}\nimport sys\nprint('imported:', *({watched!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("imported:")[2].split())
