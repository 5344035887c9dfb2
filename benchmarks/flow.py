"""Job costs as a night runs them, planned only: each of the four steps in a process of its own, as Airflow runs tasks.

python -m benchmarks.flow VENDOR_URL DATABASE_URL DOCUMENTS    prints a line of JSON for each step
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import great_expectations  # noqa: F401  libraries are there before the first record
import pandas  # noqa: F401
import requests
from sqlalchemy.engine import Engine

from benchmarks.books import CODES, COMPANY, CONTACTS, PROJECTS, TENANT, code, contact, option
from benchmarks.meter import Cost, Waited, taken
from jobledger.integration import load_integration
from jobledger.mapping.flow import load_flows
from jobledger.mapping.suite import load_suite
from jobledger.pipeline.extract import extract
from jobledger.pipeline.load import load
from jobledger.pipeline.map import map_records
from jobledger.pipeline.run import FlowRun
from jobledger.pipeline.validate import validate
from jobledger.store import catalog, links
from jobledger.store.catalog import CatalogRecord
from jobledger.store.engine import make_engine, writing
from jobledger.store.tables import metadata
from jobledger.systems.procore.connect import procore
from jobledger.systems.surroundings import Account, Surroundings
from jobledger.systems.xero.connect import XeroAccount, xero

INCLUDE = Path(__file__).parents[1] / "include"


@dataclass
class Time:
    """A clock on which waiting for a vendor's rate limit takes no time."""

    ahead: float = 0.0

    def now(self) -> datetime:
        """The moment, with all that was waited."""
        return datetime.now(UTC) + timedelta(seconds=self.ahead)

    def sleep(self, seconds: float) -> None:
        """Waits on this clock only."""
        self.ahead += seconds


@dataclass(frozen=True)
class Bench:
    """Where a run reads and writes."""

    vendor: str
    database: str
    staging: Path

    def run(self, engine: Engine, waited: Waited) -> FlowRun:
        """The flow as the demo's integration has it, as a plan."""
        paired, flows = load_integration(INCLUDE / "integrations" / "demo_xero.yaml"), load_flows(_mappings())
        flow = flows["job_costs"]
        return FlowRun(
            integration=paired,
            flow=flow,
            stage="job_costs",
            run_id="bench",
            mode="plan",
            engine=engine,
            systems=self._systems(waited),
            staging_root=self.staging,
            flows=tuple(flows.values()),
            suite=load_suite(INCLUDE / "expectations" / f"{flow.target}.yaml"),
            settings=paired.settings(),
        )

    def _systems(self, waited: Waited) -> dict[str, Any]:
        session, clock = requests.Session(), Time()
        session.trust_env = False
        session.mount("http://", waited)
        around = Surroundings(session, clock.now, clock.sleep)
        account = (self.vendor, f"{self.vendor}/token", "bench", "bench")
        ours = procore(Account("procore", *account), COMPANY, around=around)
        return {"procore": ours, "xero": xero(XeroAccount("xero", *account), TENANT, "Job", around, "RETAINAGE")}


def _mappings() -> Path:
    return INCLUDE / "mappings" / "xero"


def seed(bench: Bench) -> None:
    """The tables, and the companies, projects and cost codes that were linked by earlier stages."""
    engine = make_engine(bench.database)
    metadata.create_all(engine)
    pair, now = bench.run(engine, Waited()).pair, datetime.now(UTC)
    both: dict[str, tuple[str, str, int, Callable[[int], str]]] = {
        "companies": ("procore.vendors", "xero.contacts", CONTACTS, lambda n: contact(n)["ContactID"]),
        "projects": ("procore.projects", "xero.tracking_options", PROJECTS, lambda n: option(n)["TrackingOptionID"]),
        "cost_codes": ("procore.cost_codes", "xero.items", CODES, lambda n: f"item-{n}"),
    }
    with writing(engine) as connection:
        for kind, (ours, theirs, count, key) in both.items():
            for number in range(count):
                ids = str(1000 + number), key(number)
                for entity, one in zip((ours, theirs), ids, strict=True):
                    catalog.save(connection, pair, entity, [_known(one, code(number))], now)
                links.make(connection, pair, kind, ids, "bench", now)
    engine.dispose()


def _known(key: str, number: str) -> CatalogRecord:
    return CatalogRecord(key, number, number, None, None, None, True, {}, {}, None)


def measured(step: str, bench: Bench, work: Callable[[FlowRun], Any]) -> Cost:
    """A step in a child of this process. Raises `RuntimeError` if it fails there."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        os.close(read_end)
        with os.fdopen(write_end, "w") as told:
            told.write(json.dumps(asdict(_taken(step, bench, work))))
            told.flush()
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as heard:
        text = heard.read()
    os.waitpid(child, 0)
    if not text:
        raise RuntimeError(f"{step} failed: see above")
    return Cost(**json.loads(text))


def _taken(step: str, bench: Bench, work: Callable[[FlowRun], Any]) -> Cost:
    waited = Waited()
    run = bench.run(make_engine(bench.database), waited)
    return taken(step, waited, lambda: work(run))


def main(vendor: str, database: str, documents: int) -> None:
    """Seeds an empty database, runs the four steps, and prints what each took."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(vendor, database, Path(folder))
        seed(bench)
        extracted = _told(measured("extract", bench, extract))
        mapped = _told(measured("map", bench, lambda run: map_records(run, extracted)))
        validated = _told(measured("validate", bench, lambda run: validate(run, mapped)))
        loaded = _told(measured("load", bench, lambda run: load(run, mapped, validated)))
        if loaded["counts"].get("planned") != documents:
            raise SystemExit(f"{documents} records should be planned: {loaded['counts']}")


def _told(cost: Cost) -> Any:
    print(json.dumps({name: value for name, value in asdict(cost).items() if name != "result"}), flush=True)
    return cost.result


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
