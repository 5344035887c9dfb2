"""The demo's environment: whole, secret where it must be, and untouched by what the shell had before."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from demo import shell_env
from demo.environment import Place, process_environment, variables
from demo.lock import AlreadyRunning, only_one
from demo.ports import Ports


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "it's a demo")


def test_secrets_are_made_once_and_readable_by_their_owner_only(place: Place) -> None:
    first = variables(place, Ports())
    assert variables(place, Ports()) == first
    assert len(first["AIRFLOW__API_AUTH__JWT_SECRET"]) >= 64
    for name in ("secrets.json", "passwords.json"):
        assert (place.folder / name).stat().st_mode & 0o777 == 0o600


def test_two_demos_share_no_secret(tmp_path: Path) -> None:
    one, two = (variables(Place(tmp_path / name), Ports()) for name in ("one", "two"))
    assert one["AIRFLOW__CORE__FERNET_KEY"] != two["AIRFLOW__CORE__FERNET_KEY"]


def test_connections_lead_to_the_sandbox_on_its_port(place: Place) -> None:
    found = variables(place, Ports(sandbox=4321))
    for system, name in (("procore", "procore"), ("xero", "xero"), ("quickbooks_online", "quickbooks")):
        connection = json.loads(found[f"AIRFLOW_CONN_{name.upper()}_DEMO"])
        assert connection["conn_type"] == system
        assert connection["host"] == "http://127.0.0.1:4321"
        assert connection["extra"]["oauth_url"].startswith("http://127.0.0.1:4321/")
    cards = json.loads(found["AIRFLOW_CONN_PEX_DEMO"])
    assert (cards["conn_type"], cards["host"]) == ("pex", "http://127.0.0.1:4321")


def test_tasks_report_to_an_api_server_that_is_not_that_of_the_ui(place: Place) -> None:
    found = variables(place, Ports(airflow=1234, task_api=4321))
    assert found["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:1234"
    assert found["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:4321/execution/"


def test_another_airflow_of_the_shell_does_not_leak_in(place: Place) -> None:
    outside = {"AIRFLOW__CORE__EXECUTOR": "CeleryExecutor", "PYTHONDONTWRITEBYTECODE": "1", "NO_PROXY": "intra"}
    found = process_environment({"AIRFLOW_HOME": "/here"}, outside)
    assert found == {"NO_PROXY": "intra,127.0.0.1,localhost", "no_proxy": "intra,127.0.0.1,localhost"} | {
        "AIRFLOW_HOME": "/here"
    }


def test_a_shell_that_evaluates_the_exports_has_every_variable(place: Place) -> None:
    wanted = variables(place, Ports())
    script = f"{shell_env.exports(place)}\nenv -0"
    bare = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    output = subprocess.run(["sh", "-c", script], env=bare, capture_output=True, text=True, check=True).stdout
    found = dict(line.split("=", 1) for line in output.split("\0") if line)
    assert {name: found.get(name) for name in wanted} == wanted
    assert "PYTHONDONTWRITEBYTECODE" not in found


def test_a_second_demo_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(AlreadyRunning, match=rf"process {os.getpid()}\)"), only_one(tmp_path):
        pass
    with only_one(tmp_path):
        pass
