"""Who imports whom: the contracts of `.importlinter`, and what is really loaded."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.airflow.company import ROOT

LOADED = "import json, sys, {module}; print(json.dumps(sorted(name.partition('.')[0] for name in sys.modules)))"


def test_the_contracts_between_the_layers_are_kept() -> None:
    linter = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    ended = subprocess.run(linter, cwd=ROOT, capture_output=True, text=True, env=_environment())
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert " kept, 0 broken" in ended.stdout


@pytest.mark.parametrize(
    "module",
    [
        "jobledger.mapping.document",
        "jobledger.mapping.automap",
        "jobledger.mapping.converters",
        "jobledger.integration",
    ],
)
def test_mapping_and_integration_files_are_read_without_airflow_or_any_connection(module: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LOADED.format(module=module)], capture_output=True, text=True, env=_environment()
    )
    assert ended.returncode == 0, ended.stderr
    assert not {"airflow", "requests", "sqlalchemy", "pandas", "great_expectations"} & set(json.loads(ended.stdout))


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "plugins")}
