"""Nights between Procore and PEX: the same contractor, cards instead of books."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from jobledger.mapping.flow import Flow, load_flows
from jobledger.systems.pex.reading import reading_of
from jobledger.systems.procore.reading import reading_of as procore_reading_of
from tests.pipeline.night import ROOT, SETTINGS, Night, nights_on
from tests.systems.stage import BUSINESS

FLOWS = load_flows(ROOT / "include" / "mappings" / "pex")
SYSTEM = "pex"
TAGS = ("projects", "cost_codes", "cost_types", "cost_code_rules")
CARDS = ("purchases", "purchase_receipts")
STAGES = ["vendors_and_projects", "cost_codes_and_budget", "card_purchases"]


@dataclass
class PexNight(Night):
    """One integration with a PEX business."""

    settings: dict[str, Any] = field(
        default_factory=lambda: {
            **{name: value for name, value in SETTINGS.items() if name != "defaults"},
            "accounting": {"system": SYSTEM, "connection": "pex_demo", "tenant_id": BUSINESS},
            "stages": STAGES,
        }
    )
    flows: dict[str, Flow] = field(default_factory=lambda: dict(FLOWS))

    def systems(self, backfill: bool = False) -> dict[str, Any]:
        """Both connectors, as the hooks make them from the integration's settings."""
        paired, stage = self.integration, replace(self.stage, around=replace(self.stage.around, backfill=backfill))
        procore = stage.procore(paired.procore.company_id, **vars(procore_reading_of(paired)))
        return {"procore": procore, SYSTEM: stage.pex(reading=reading_of(paired))}

    def on(self) -> tuple[str, ...]:
        """The flows that the settings have switched on."""
        settings = self.integration.settings()
        return tuple(name for name, flow in self.flows.items() if not flow.is_off(settings))

    def run(self, *names: str, run_id: str | None = None, **options: Any) -> dict[str, dict[str, int]]:
        """As any night, without the flows that are switched off."""
        return super().run(*(name for name in names if name in self.on()), run_id=run_id, **options)

    def put(self, entity: str, **record: Any) -> dict[str, Any]:
        """People in PEX and at a till put or change a record."""
        return self.stage.seed(SYSTEM, entity, record)[0]

    def held(self, entity: str) -> list[dict[str, Any]]:
        """The records of PEX, in their order."""
        return self.stage.records(f"{SYSTEM}.{entity}")


def pex_nights(engine: Engine, folder: Path) -> Iterator[PexNight]:
    """A night on an empty sandbox and a database whose tables are there."""
    for night in nights_on(engine, folder):
        night.stage.sandbox.vendors[SYSTEM].quota.set_mode("off")
        yield PexNight(night.stage, engine, folder)
