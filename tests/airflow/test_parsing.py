"""Parsing stays cheap: Airflow does it all the time, for every integration."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from tests.airflow.company import CARDS, DAGS, OF_BOOKS, OF_CARDS, ROOT, SETTINGS, copied_include, write_integration

PARSED = """
import json, sys
from airflow.dag_processing.dagbag import DagBag

bag = DagBag(dag_folder=sys.argv[1])
told = {"dags": len(bag.dags), "errors": list(bag.import_errors.values()), "modules": sorted(sys.modules)}
print("TOLD" + json.dumps(told))
"""

HEAVY = ("pandas", "numpy", "great_expectations", "s3fs", "jobledger.pipeline", "jobledger.steps")


def test_parsing_twenty_integrations_and_one_with_cards_imports_no_connector_and_nothing_heavy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    include = copied_include(tmp_path, monkeypatch)
    for number in range(20):
        books = {**SETTINGS["accounting"], "tenant_id": str(uuid.UUID(int=number))}
        write_integration(include, f"company_{number:02}", accounting=books, stages=OF_BOOKS)
    write_integration(include, "cards", **CARDS)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "plugins")}
    typed = [sys.executable, "-c", PARSED, str(DAGS)]
    ended = subprocess.run(typed, cwd=tmp_path, env=environment, capture_output=True, text=True)
    told = json.loads(ended.stdout.partition("TOLD")[2])
    assert (told["dags"], told["errors"]) == (20 * (len(OF_BOOKS) + 1) + len(OF_CARDS) + 1, [])
    assert [name for name in told["modules"] if name.startswith(HEAVY)] == []
    connectors = {name for name in told["modules"] if name.startswith("jobledger.systems.")}
    light = {"pex", "procore", "quickbooks_online", "xero", "connection", "registry"}
    assert {name.rpartition(".")[2] for name in connectors} <= light
