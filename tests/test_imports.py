"""What is imported when, seen in a fresh process; `.importlinter` says who may import whom."""

from __future__ import annotations

import subprocess
import sys

PURE = """
import importlib, pkgutil, jobledger.mapping
for found in pkgutil.walk_packages(jobledger.mapping.__path__, "jobledger.mapping."):
    importlib.import_module(found.name)
"""


def test_the_mapping_needs_neither_airflow_nor_a_database_nor_a_network() -> None:
    assert imported_by(PURE, {"airflow", "sqlalchemy", "requests", "pandas", "great_expectations"}) == set()


def imported_by(code: str, watched: set[str]) -> set[str]:
    """Those of the watched modules that a fresh process has imported after running `code`."""
    script = f"{code}\nimport sys\nprint('imported:', *({watched!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("imported:")[2].split())
