"""A night in the test's own process: sandbox, both connectors, a real database, and the four steps of each flow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from jobledger.integration import Integration
from jobledger.mapping.flow import Flow, flows_for
from jobledger.mapping.suite import suite_for
from jobledger.pipeline.extract import Extracted, extract
from jobledger.pipeline.load import load
from jobledger.pipeline.map import map_records
from jobledger.pipeline.run import FlowRun, Scope
from jobledger.pipeline.validate import validate
from jobledger.reports.papers import Papers, read_papers
from jobledger.store import history, links
from jobledger.store.engine import make_engine, reading, writing
from jobledger.store.tables import metadata
from tests.systems.stage import COMPANY, TENANT, Stage, set_up

ROOT = Path(__file__).resolve().parents[2]
FLOWS = flows_for(ROOT / "include" / "mappings", "xero")

STAGE_1 = ("companies", "contacts", "projects", "tracking_options")
STAGE_2 = ("cost_codes", "items")
ALL = STAGE_1 + STAGE_2

EDITED = ("xero.contacts", "xero.tracking_options", "xero.items", "procore.vendors", "procore.projects")

SETTINGS: dict[str, Any] = {
    "name": "test",
    "procore": {"connection": "procore_demo", "company_id": COMPANY},
    "accounting": {
        "system": "xero",
        "connection": "xero_demo",
        "tenant_id": TENANT,
        "project_tracking_category": "Job",
    },
    "live": True,
    "cutover": "2026-01-01",
    "approvals": {"default": "automatic"},
    "companies": {"export": "all"},
    "projects": {"export": "all"},
    "defaults": {"purchase_account": "5000"},
}


class Died(BaseException):
    """The process is gone: nothing below this point runs, not even what handles errors."""


def dies_at(point: str, times: int = 1) -> Callable[[str], None]:
    """Dies at the `times`-th passing of a labelled point."""
    left = [times]

    def at(passed: str) -> None:
        if passed == point:
            left[0] -= 1
            if not left[0]:
                raise Died(point)

    return at


@dataclass
class Night:
    """One integration on one sandbox and one database; `run` is one run of some flows."""

    stage: Stage
    engine: Engine
    staging: Path
    settings: dict[str, Any] = field(default_factory=lambda: dict(SETTINGS))
    flows: dict[str, Flow] = field(default_factory=lambda: dict(FLOWS))
    number: int = 0
    with_suites: bool = False

    @property
    def integration(self) -> Integration:
        return Integration.model_validate(self.settings)

    @property
    def pair(self) -> str:
        return self.integration.pair

    def systems(self, backfill: bool = False) -> dict[str, Any]:
        """Both connectors, as the hooks make them from the integration's settings."""
        settings = self.integration
        codes = settings.cost_codes
        stage = replace(self.stage, around=replace(self.stage.around, backfill=backfill))
        procore = stage.procore(
            projects=settings.procore.projects,
            import_list=codes.import_list,
            ignore_sub_jobs=codes.sub_jobs == "ignore",
        )
        category, item = settings.accounting.project_tracking_category, settings.retainage.item
        return {"procore": procore, "xero": stage.xero(category=category, retainage=item)}

    def flow_run(self, name: str, run_id: str, among: tuple[str, ...], **options: Any) -> FlowRun:
        flow = self.flows[name]
        paired = self.integration
        scope = options.pop("scope", Scope())
        return FlowRun(
            integration=paired,
            flow=flow,
            stage=options.pop("stage", "test"),
            run_id=run_id,
            mode=options.pop("mode", "apply"),
            engine=self.engine,
            systems=self.systems(backfill=scope.dated is not None),
            staging_root=self.staging,
            twin=self.flows.get(flow.twin) if flow.twin in among else None,
            written_by=tuple(other for other in self.flows.values() if other.target == flow.source),
            flows=tuple(self.flows.values()),
            suite=suite_for(ROOT / "include" / "expectations", flow) if self.with_suites else None,
            clock=self.stage.around.clock,
            settings=paired.settings(),
            scope=scope,
            **options,
        )

    def run(self, *names: str, run_id: str | None = None, **options: Any) -> dict[str, dict[str, int]]:
        """All steps of some flows in one run, of those that the books have; the counts by flow."""
        self.number += 1
        run_id = run_id or f"run {self.number}"
        names = tuple(name for name in names if name in self.flows)
        runs = {name: self.flow_run(name, run_id, names, **dict(options)) for name in names}
        extracted = {name: extract(one) for name, one in runs.items()}
        return {name: self.finish(one, extracted[name]) for name, one in runs.items()}

    def finish(self, run: FlowRun, extracted: Extracted) -> dict[str, int]:
        """Map, validate and load of what was extracted; the counts without zeros."""
        mapped = map_records(run, extracted)
        counts = load(run, mapped, validate(run, mapped), extracted["notes"])["counts"]
        return {name: count for name, count in counts.items() if count}

    def later(self, **how_long: float) -> None:
        """Time passes, at the vendors and here."""
        self.stage.sandbox.world.clock.advance(timedelta(**how_long))

    def live(self, live: bool) -> None:
        self.settings = {**self.settings, "live": live}

    def set(self, **settings: Any) -> None:
        self.settings = {**self.settings, **settings}

    def company(self, name: str, **more: Any) -> dict[str, Any]:
        return self.stage.seed("procore", "vendors", {"name": name, **more})[0]

    def contact(self, name: str, **more: Any) -> dict[str, Any]:
        return self.stage.seed("xero", "contacts", {"Name": name, **more})[0]

    def job_category(self) -> dict[str, Any]:
        return self.stage.seed("xero", "tracking_categories", {"Name": "Job"})[0]

    def project(self, name: str, **more: Any) -> dict[str, Any]:
        return self.stage.seed("procore", "projects", {"name": name, **more})[0]

    def option(self, name: str, **more: Any) -> dict[str, Any]:
        category = self.stage.records("xero.tracking_categories") or [self.job_category()]
        in_it = {"TrackingCategoryID": category[0]["TrackingCategoryID"], "Name": name, **more}
        return self.stage.seed("xero", "tracking_options", in_it)[0]

    def edit(self, record: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """A person changes fields of a record in the product that it is of, a minute later."""
        self.later(minutes=1)
        key = next(name for name in ("ContactID", "TrackingOptionID", "ItemID", "id") if name in record)
        [entity] = [name for name in EDITED if self.stage.sandbox.world.tables.get(name, record[key])]
        return self.stage.seed(*entity.split("."), {key: record[key], **fields})[0]

    def vendor(self, record: dict[str, Any]) -> dict[str, Any]:
        """A company as Procore has it now."""
        return next(one for one in self.stage.records("procore.vendors") if one["id"] == record["id"])

    def contact_of(self, company: dict[str, Any]) -> dict[str, Any]:
        """The contact that is linked with a company, as Xero has it now."""
        target_id = self.links("companies")[str(company["id"])]
        return next(one for one in self.stage.records("xero.contacts") if one["ContactID"] == target_id)

    def options(self) -> list[str]:
        return sorted(one["Name"] for one in self.stage.records("xero.tracking_options"))

    def asked(self, system: str) -> list[str]:
        """The reads that a system was sent since the last call: path and query."""
        found = [f"{one.path}?{one.query}" for one in self.stage.requests(system, "GET")]
        self.stage.sandbox.log.clear()
        return found

    def contacts(self) -> list[str]:
        return sorted(one["Name"] for one in self.stage.records("xero.contacts"))

    def writes(self) -> int:
        """How many write requests the vendors have accepted."""
        return len(self.stage.sandbox.world.ledger())

    def outcomes(self, flow: str) -> list[Any]:
        with reading(self.engine) as connection:
            rows = [row for row in history.runs(connection, self.pair, 1000) if row.flow == flow]
            return [one for row in reversed(rows) for one in history.outcomes_of(connection, row.id)]

    def history(self, flow: str) -> list[Any]:
        """The runs of a flow, the newest first."""
        with reading(self.engine) as connection:
            return [row for row in history.runs(connection, self.pair, 1000) if row.flow == flow]

    def told(self, flow: str) -> dict[str, str]:
        """What the last run of a flow recorded: name -> outcome, reason and remedy."""
        with reading(self.engine) as connection:
            row = next(row for row in history.runs(connection, self.pair, 1000) if row.flow == flow)
            rows = history.outcomes_of(connection, row.id)
        return {one.name: f"{one.outcome}: {one.reason} {one.remedy}" for one in rows}

    def open(self, flow: str) -> list[Any]:
        with reading(self.engine) as connection:
            return history.open_records(connection, self.pair, flow)

    def papers(self) -> Papers:
        """What the reports know."""
        with reading(self.engine) as connection:
            return read_papers(connection, self.pair, self.flows.values(), self.integration.cutover, self.integration)

    def links(self, kind: str) -> dict[str, str]:
        with reading(self.engine) as connection:
            return links.linked_targets(connection, self.pair, kind, "procore")

    def rows(self, table: sa.Table) -> list[Any]:
        with reading(self.engine) as connection:
            return list(connection.execute(sa.select(table)))


def narrowed(**to: Any) -> Scope:
    return replace(Scope(), **to)


def nights(url: str, folder: Path) -> Iterator[Night]:
    """A night on an empty sandbox and a new database."""
    with new_database(url) as engine:
        yield from nights_on(engine, folder)


def nights_on(engine: Engine, folder: Path) -> Iterator[Night]:
    """A night on an empty sandbox and a database whose tables are there; they are emptied first."""
    with writing(engine) as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(sa.delete(table))
    for stage in set_up():
        yield Night(stage, engine, folder)


@contextmanager
def new_database(url: str) -> Iterator[Engine]:
    """An engine on a database with all tables."""
    engine = make_engine(url)
    metadata.create_all(engine)
    yield engine
    engine.dispose()
