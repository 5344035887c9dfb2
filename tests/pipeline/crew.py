"""A contractor who costs his crew's time: employees with rates, and their timecards in Procore."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from jobledger.store import labour_rates
from jobledger.store.engine import writing
from jobledger.store.labour_rates import LabourRate
from tests.pipeline.night import Night
from tests.systems.site import Site

REGULAR, OVERTIME = "Regular Time", "Overtime"
DAY = "2026-03-02"


class Crew(Site):
    """Ana on the project Tower and its cost code 03-300; an hour of hers costs 40.00, of overtime 60.00."""

    def __init__(self, night: Night) -> None:
        super().__init__(night.stage)
        self.night = night
        night.set(labour={"costing": True})
        night.with_suites = True
        [self.ana] = self.seed("users", {"first_name": "Ana", "last_name": "Ruiz", "is_employee": True})
        self.times = {row["time_type"]: row["id"] for row in self.stage.records("procore.timecard_time_types")}
        self.code = next(row["cost_code_id"] for row in self.stage.records("procore.wbs_codes"))
        self.rate("40.00")
        self.rate("60.00", time_type=OVERTIME)

    def rate(self, rate: str, since: str = "2026-01-01", until: str | None = None, time_type: str = "") -> None:
        """A rate of Ana's."""
        last = date.fromisoformat(until) if until else None
        entered = datetime(2026, 1, 1, tzinfo=UTC)
        one = LabourRate(str(self.ana["id"]), time_type, date.fromisoformat(since), last, Decimal(rate), "ann", entered)
        with writing(self.night.engine) as connection:
            labour_rates.put(connection, self.night.pair, [one])

    def works(self, hours: str = "8", day: str = DAY, kind: str = REGULAR, **more: Any) -> dict[str, Any]:
        """An approved timecard of Ana's."""
        entry = {
            "project_id": self.project,
            "party_id": self.ana["id"],
            "date": day,
            "hours": hours,
            "approval_status": "approved",
            "cost_code_id": self.code,
            "line_item_type_id": self.types["L"],
            "timecard_time_type_id": self.times[kind],
            "description": "Formwork",
        }
        return self.seed("timecard_entries", {**entry, **more})[0]

    def corrects(self, timecard: dict[str, Any], **fields: Any) -> None:
        """A person changes a timecard, a minute later."""
        self.night.later(minutes=1)
        self.seed("timecard_entries", {"id": timecard["id"], **fields})

    def deletes(self, timecard: dict[str, Any]) -> None:
        """A person deletes a timecard, a minute later."""
        self.night.later(minutes=1)
        self.stage.sandbox.vendors["procore"].remove("timecard_entries", str(timecard["id"]))

    def run(self, **options: Any) -> dict[str, int]:
        """A night of labour costs, an hour after the last."""
        self.night.later(hours=1)
        return self.night.run("labour_costs", **options)["labour_costs"]

    def costs(self) -> list[dict[str, Any]]:
        """The direct costs of Procore, the oldest first."""
        return sorted(self.stage.records("procore.direct_costs"), key=lambda one: int(one["id"]))

    def lines(self) -> list[tuple[str, str, str, str]]:
        """Budget code, hours, rate and amount of every line of a direct cost."""
        flat = {row["id"]: row["flat_code"] for row in self.stage.records("procore.wbs_codes")}
        rows = sorted(self.stage.records("procore.direct_cost_line_items"), key=lambda one: int(one["id"]))
        return [(flat[row["wbs_code_id"]], row["quantity"], row["unit_cost"], row["amount"]) for row in rows]

    def told(self) -> str:
        """Why the only open labour cost is held, and what to do."""
        [held] = self.night.open("labour_costs")
        return f"{held.outcome}: {held.reason} {held.remedy}"

    def quiet(self) -> bool:
        """Whether a further night writes nothing."""
        before = self.night.writes()
        self.run()
        return self.night.writes() == before
