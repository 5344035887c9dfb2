"""How long each page takes: 100,000 linked companies, 100,000 outcomes and 5,000 waiting approvals behind it.

python -m benchmarks.pages    fills a database of its own, and asks for every page as the API server would
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

LINKED, OPEN, WAITING, ALONE, RUNS, TIMES = 100_000, 5_000, 5_000, 5_000, 500, 7
AIM = 300
ROOT = Path(__file__).parents[1]
INTEGRATION = """
procore: {connection: procore_tried, company_id: 1}
accounting: {system: xero, connection: xero_tried, tenant_id: t, project_tracking_category: Job}
live: true
cutover: 2026-01-01
stages: [vendors_and_projects, cost_codes_and_budget, commitments_and_change_orders, invoices_and_payments, job_costs]
approvals: {default: required}
"""
PAGES = {
    "overview": "/",
    "links: linked": "/big/links/companies?tab=linked",
    "links: linked, further on": "/big/links/companies?tab=linked&after=v0090000%09company 0090000",
    "links: linked, searched": "/big/links/companies?tab=linked&sought=99999",
    "links: linked, searched by two words": "/big/links/companies?tab=linked&sought=company%200099999",
    "links: Procore only": "/big/links/companies?tab=procore",
    "links: books only": "/big/links/companies?tab=accounting",
    "links: archived": "/big/links/companies?tab=archived",
    "links: choose": "/big/links/companies/choose?side=procore&id=p100010&sought=alone",
    "approvals": "/big/approvals?flow=invoices",
    "approvals, further on": "/big/approvals?flow=invoices&after=4000",
    "an approval": "/big/approvals/invoices/i10",
    "open records": "/big/open?flow=invoices",
    "open records, further on": "/big/open?flow=invoices&after=i4000",
    "history": "/big/runs",
    "a run's records": "/big/runs/500",
    "a run's records, further on": "/big/runs/500?after=90000",
    "a record's life": "/big/records/companies/p50000",
    "tie-out": "/big/reports/tieout",
    "settings": "/big/settings",
}


def rows_of() -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows to be stored, each with its table's name."""
    from jobledger.store.catalog import name_key

    pair, now = "1:xero:t", datetime.now(UTC)
    for side, entity in (("p", "procore.vendors"), ("x", "xero.contacts")):
        for number in range(LINKED + ALONE):
            name = f"Company {number:07}" if number < LINKED else f"Alone {side} {number:07}"
            evidence = {"phone": f"303 555 {number % 10_000:04}", "city": "Denver"}
            yield (
                "catalog_record",
                {
                    "pair": pair,
                    "entity": entity,
                    "id": f"{side}{number}",
                    "name": name,
                    "name_key": name_key(name),
                    "active": True,
                    "evidence": evidence,
                    "content": {"Name": name},
                    "seen_at": now,
                    "status": "Active",
                },
            )
    for number in range(LINKED):
        yield (
            "link",
            {
                "pair": pair,
                "kind": "companies",
                "procore_id": f"p{number}",
                "accounting_id": f"x{number}",
                "made_by": "automap",
                "made_at": now,
                "evidence": "same name",
            },
        )
    for number in range(1, RUNS + 1):
        yield (
            "sync_run",
            {
                "id": number,
                "pair": pair,
                "integration": "big",
                "stage": "vendors_and_projects",
                "flow": "companies",
                "run_id": f"run {number}",
                "mode": "apply",
                "filtered": False,
                "state": "done",
                "money": {},
                "notes": [],
                "started_at": now - timedelta(hours=RUNS - number),
                "ended_at": now,
                "counts": {"created": LINKED},
            },
        )
    for number in range(LINKED):
        yield (
            "record_outcome",
            {
                "pair": pair,
                "flow": "companies",
                "source_id": f"p{number}",
                "part": "",
                "sync_run_id": RUNS,
                "at": now,
                "outcome": "created",
                "name": f"Company {number:07}",
                "target_id": f"x{number}",
                "changes": [],
            },
        )
    for number in range(OPEN):
        key = {"pair": pair, "flow": "invoices", "source_id": f"i{number}", "part": ""}
        said = {
            "outcome": "waiting",
            "name": f"Invoice {number}",
            "number": f"{number}",
            "reason": "Waits.",
            "remedy": "",
        }
        yield "open_record", {**key, **said, "first_seen": now, "last_seen": now, "attempts": 1}
    for number in range(WAITING):
        yield (
            "approval",
            {
                "pair": pair,
                "flow": "invoices",
                "source_id": f"i{number}",
                "part": "",
                "decision": "waiting",
                "fingerprint": "f",
                "name": f"Invoice {number}",
                "document": {"Date": "2026-01-02"},
                "by": "jobledger",
                "at": now,
                "reason": "",
            },
        )


def fill(database: Path) -> None:
    """Makes the tables' rows."""
    import sqlalchemy as sa

    from jobledger import platform
    from jobledger.store.engine import writing
    from jobledger.store.tables import PREFIX, metadata

    batch: dict[str, list[dict[str, Any]]] = {}
    with writing(platform.engine()) as connection:
        for name, row in rows_of():
            batch.setdefault(name, []).append(row)
        for name, rows in batch.items():
            connection.execute(sa.insert(metadata.tables[PREFIX + name]), rows)


def measure() -> list[tuple[str, float, int]]:
    """Of each page: the median of its milliseconds, and its size in bytes."""
    from airflow.api_fastapi.app import get_auth_manager, init_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    from jobledger.web.app import PREFIX, make_app

    app = FastAPI()
    init_auth_manager(app)
    app.mount(PREFIX, make_app())
    user = SimpleAuthManagerUser(username="ann", role="admin")
    headers = {"Authorization": f"Bearer {get_auth_manager().generate_jwt(user)}"}
    found = []
    with TestClient(app) as client:
        for name, path in PAGES.items():
            taken = []
            for _ in range(TIMES + 1):
                began = perf_counter()
                answer = client.get(PREFIX + path, headers=headers)
                taken.append((perf_counter() - began) * 1000)
                assert answer.status_code == 200, (path, answer.status_code, answer.text[:500])
            found.append((name, statistics.median(taken[1:]), len(answer.content)))
    return found


def main() -> None:
    """Prints a line for each page."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "include", folder / "include", ignore=shutil.ignore_patterns("integrations"))
        (folder / "include" / "integrations").mkdir()
        (folder / "include" / "integrations" / "big.yaml").write_text(INTEGRATION)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.pages", name], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        for page, milliseconds, size in json.loads(done.stdout.splitlines()[-1]):
            missed = "" if milliseconds <= AIM else f"  more than {AIM}"
            print(f"  {page:30} {milliseconds:7.0f} ms {size / 1000:8.0f} kB{missed}", flush=True)


def in_own_process(folder: Path) -> None:
    """Fills and measures, with Airflow's environment set before anything imports it."""
    from demo.environment import Place, process_environment, variables
    from demo.ports import Ports

    secret = json.dumps({"conn_type": "xero", "login": "a", "password": "b"})
    os.environ.update(process_environment(variables(Place(folder), Ports())))
    os.environ.update(AIRFLOW__JOBLEDGER__INCLUDE=str(folder / "include"), AIRFLOW__LOGGING__LOGGING_LEVEL="ERROR")
    os.environ.update(AIRFLOW_CONN_PROCORE_TRIED=secret, AIRFLOW_CONN_XERO_TRIED=secret)
    from airflow.utils import db

    db.initdb()
    fill(folder)
    print("\n" + json.dumps(measure()))


if __name__ == "__main__":
    in_own_process(Path(sys.argv[1])) if len(sys.argv) > 1 else main()
