"""Nights between Procore and QuickBooks Online: the same contractor, other books."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from jobledger.mapping.flow import Flow, load_flows
from jobledger.mapping.path import read
from jobledger.systems.procore.reading import reading_of
from jobledger.systems.quickbooks_online.facts import PURPOSES, TAX_CODES
from tests.pipeline.night import ROOT, SETTINGS, Night, nights_on
from tests.systems.stage import REALM

FLOWS = load_flows(ROOT / "include" / "mappings" / "quickbooks_online")
SYSTEM = "quickbooks_online"
STAGE_1 = ("companies", "contacts", "projects", "sub_customers")
STAGE_2 = ("cost_codes", "items")
ACCOUNTS = {"purchase_account": "5000", "income_account": "4000"}


@dataclass
class QuickBooksNight(Night):
    """One integration with a QuickBooks company."""

    settings: dict[str, Any] = field(
        default_factory=lambda: {
            **SETTINGS,
            "accounting": {"system": SYSTEM, "connection": "quickbooks_demo", "tenant_id": REALM},
            "defaults": dict(ACCOUNTS),
        }
    )
    flows: dict[str, Flow] = field(default_factory=lambda: dict(FLOWS))

    def systems(self, backfill: bool = False) -> dict[str, Any]:
        """Both connectors, as the hooks make them from the integration's settings."""
        paired, stage = self.integration, replace(self.stage, around=replace(self.stage.around, backfill=backfill))
        settings = paired.settings()
        procore = stage.procore(paired.procore.company_id, **vars(reading_of(paired)))
        books = stage.quickbooks(
            accounts={purpose: read(settings, setting) for purpose, (setting, _) in PURPOSES.items()},
            tax_codes={purpose: read(settings, setting) for purpose, setting in TAX_CODES.items()},
        )
        return {"procore": procore, SYSTEM: books}

    def put(self, entity: str, **record: Any) -> dict[str, Any]:
        """A person puts or changes a record in QuickBooks."""
        return self.stage.seed(SYSTEM, entity, record)[0]

    def held(self, entity: str) -> list[dict[str, Any]]:
        """The records of QuickBooks, in their order."""
        return self.stage.records(f"{SYSTEM}.{entity}")

    def names(self, entity: str) -> list[str]:
        """What the records of a list are called."""
        return sorted(str(one.get("DisplayName") or one.get("Name")) for one in self.held(entity))


def quickbooks_nights(engine: Engine, folder: Path) -> Iterator[QuickBooksNight]:
    """A night on an empty sandbox and a database whose tables are there."""
    for night in nights_on(engine, folder):
        night.stage.sandbox.vendors[SYSTEM].quota.set_mode("off")
        yield QuickBooksNight(night.stage, engine, folder)
