"""Airflow's FAB auth manager, as docker-compose has it: its permissions decide, and accepting is one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.airflow.company import ROOT, copied_include, write_integration

FAB = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
SEEN, DONE, NOT_ALLOWED = 200, {303, 409}, 403


@pytest.mark.feature("XER-73", "XER-74", "XER-75")
@pytest.mark.timeout(300)
def test_what_each_role_may_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_integration(copied_include(tmp_path, monkeypatch), "acme")
    url = f"sqlite:///{tmp_path / 'fab.db'}"
    environment = {
        **os.environ,
        "AIRFLOW__CORE__AUTH_MANAGER": FAB,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url,
        "AIRFLOW__JOBLEDGER__DATABASE_URL": url,
        "PYTHONPATH": f"{ROOT / 'plugins'}",
    }
    asked = [sys.executable, "-m", "tests.web.under_fab"]
    done = subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found.pop("nobody") == {"read": 401}
    assert {role: one["read"] for role, one in found.items()} == dict.fromkeys(found, SEEN)
    may = {role: {right for right in ("edit", "run", "approve") if one[right] in DONE} for role, one in found.items()}
    assert may == {
        "Viewer": set(),
        "User": {"edit", "run"},
        "Op": {"edit", "run"},
        "Admin": {"edit", "run", "approve"},
        "Accountant": {"approve"},
    }
    refused = {one[right] for role, one in found.items() for right in {"edit", "run", "approve"} - may[role]}
    assert refused == {NOT_ALLOWED}
