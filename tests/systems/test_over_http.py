"""Both connectors as Airflow connections lead to them, over real HTTP, from an integration file."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobledger.errors import RetryLater
from jobledger.integration import load_integration
from jobledger.systems.base import System, Window, Write
from jobledger.systems.registry import connect
from jobledger.systems.surroundings import Surroundings
from sandbox.app import Sandbox
from sandbox.faults import Fault
from tests.sandbox.server import serving

INTEGRATION = """
procore: {connection: procore_http, company_id: 598134325683880}
accounting:
  system: xero
  connection: xero_http
  tenant_id: 7f1c0c3e-2a54-4a0e-9d4e-0b5f6c1d2e3f
  project_tracking_category: Job
"""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    made.reset("empty")
    made.vendors["xero"].seed("tracking_categories", {"Name": "Job"})
    for vendor in made.vendors.values():
        vendor.quota.set_mode("off")
    yield made
    made.close()


@pytest.fixture
def systems(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, System]]:
    with serving(sandbox) as url:
        for system, login in (("procore", "/oauth/token"), ("xero", "/connect/token")):
            account = {"login": f"{system}-demo-client", "password": f"{system}-demo-secret"}
            values = {"conn_type": system, "host": url, "extra": {"oauth_url": url + login}, **account}
            monkeypatch.setenv(f"AIRFLOW_CONN_{system.upper()}_HTTP", json.dumps(values))
        file = tmp_path / "acme.yaml"
        file.write_text(INTEGRATION)
        integration = load_integration(file)
        around = Surroundings(sleep=lambda seconds: None)
        yield {
            "procore": connect(integration, "procore", around),
            "accounting": connect(integration, "accounting", around),
        }


def test_a_company_goes_from_procore_to_xero_and_its_id_back(systems: dict[str, System], sandbox: Sandbox) -> None:
    vendor = sandbox.vendors["procore"].seed("vendors", {"name": "Acme Concrete"})
    [row] = [row for page in systems["procore"].read("vendors", Window()) for row in page.rows]
    key = str(row["id"])
    write = Write(key, "create", {"Name": row["name"]}, mark=f"procore-{key}")
    [made] = systems["accounting"].write("contacts", [write], "k1")
    back = Write(key, "mark", {"origin_id": f"xero:contact:{made.target_id}"}, key)
    [marked] = systems["procore"].write("vendors", [back], "k2")
    assert (made.status, marked.status) == ("done", "done")
    [contact] = sandbox.world.tables.all("xero.contacts")
    stored = sandbox.world.tables.get("procore.vendors", vendor["id"])
    assert contact["ContactNumber"] == f"procore-{vendor['id']}"
    assert stored is not None
    assert stored["origin_id"] == f"xero:contact:{contact['ContactID']}"


def test_pages_are_followed_by_their_links(systems: dict[str, System], sandbox: Sandbox) -> None:
    for number in range(650):
        sandbox.vendors["procore"].seed("projects", {"name": f"Project {number}"})
    pages = list(systems["procore"].read("projects", Window()))
    assert [len(page.rows) for page in pages] == [300, 300, 50]


@pytest.mark.parametrize("kind", ["drop_after_commit", "truncate_body"])
def test_a_connection_cut_after_the_commit_makes_nothing_twice(
    systems: dict[str, System], sandbox: Sandbox, kind: str
) -> None:
    sandbox.faults.active = [Fault(kind=kind, method="PUT", path="Contacts", times=1)]  # type: ignore[arg-type]
    [made] = systems["accounting"].write("contacts", [Write("1", "create", {"Name": "Acme"}, mark="procore-1")], "k1")
    assert made.status == "done"
    assert len(list(sandbox.world.tables.all("xero.contacts"))) == 1


def test_a_vendor_that_is_not_there_is_for_later(systems: dict[str, System], sandbox: Sandbox) -> None:
    sandbox.faults.active = [Fault(kind="drop_before_commit")]
    with pytest.raises(RetryLater, match="broke off the answer"):
        list(systems["accounting"].read("contacts", Window()))


def test_the_connectors_need_no_airflow_until_a_connection_is_used() -> None:
    modules = "registry, procore.connect, procore.connection, xero.connect, xero.connection"
    names = [f"jobledger.systems.{name.strip()}" for name in modules.split(",")]
    code = f"import sys, {', '.join(names)}; print([name for name in sys.modules if name.split('.')[0] == 'airflow'])"
    folder = Path(__file__).parents[2] / "plugins"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
