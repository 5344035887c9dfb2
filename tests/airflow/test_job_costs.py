"""Job costs in Airflow: at night they follow what changed, as a backfill they read months, as often as one likes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from jobledger import platform
from jobledger.store.engine import reading
from jobledger.store.tables import cursor
from sandbox.faults import Fault
from tests.airflow.company import DAGS, OF_BOOKS, Company, Ran
from tests.airflow.shell import carried_out
from tests.airflow.test_runs import handed_over
from tests.pipeline.night import STAGE_1, STAGE_2, Night
from tests.systems.site import Site
from tests.systems.stage import stage_on

BACKFILL = "backfill create --dag-id acme.job_costs --from-date 2025-02-01 --to-date 2025-04-30 --max-active-runs 1"
DAYS = ["2025-02-28", "2025-03-01", "2025-04-30"]
ENDS = ["2025-03-01", "2025-04-01", "2025-05-01"]
"""Airflow names a backfill's run by the moment at which its month ends."""


@dataclass
class Books:
    """The integration `acme` with a project and a cost code in both systems, and bills that somebody typed in Xero."""

    acme: Company

    def bill(self, day: str) -> None:
        """A bill for concrete on the project Tower."""
        tables = self.acme.sandbox.world.tables
        option = next(one for one in tables.all("xero.tracking_options") if one["Name"] == "Tower")
        tracking = {name: option[name] for name in ("TrackingCategoryID", "TrackingOptionID")}
        line = {"Description": "Concrete", "Quantity": 1, "UnitAmount": 100, "AccountCode": "5000"}
        line |= {"ItemCode": "03-300.S", "TaxType": "NONE", "Tracking": [tracking]}
        contact = next(one for one in tables.all("xero.contacts") if one["Name"] == "Acme")
        head = {"Type": "ACCPAY", "Contact": {"ContactID": contact["ContactID"]}, "Date": day, "DueDate": day}
        head |= {"InvoiceNumber": day, "LineAmountTypes": "NoTax", "Status": "AUTHORISED"}
        self.acme.seed("xero", "invoices", {**head, "LineItems": [line]})

    def costs(self) -> list[str]:
        """The days of the direct costs in Procore."""
        return self.acme.names("procore.direct_costs", "direct_cost_date")

    def backfill(self, reprocess: str = "none") -> list[Ran]:
        """A backfill of three months, as somebody asks for it in a shell, and its runs."""
        ended = carried_out(f"{BACKFILL} --reprocess-behavior {reprocess}")
        assert ended.code == 0, ended.text
        return self.acme.carry_out("job_costs")


@pytest.fixture
def books(acme: Company, tmp_path: Path) -> Books:
    acme.sandbox.reset("empty")
    acme.seed("xero", "tracking_categories", {"Name": "Job"})
    stage = stage_on(acme.sandbox)
    Site(stage)
    acme.integrate(stages=OF_BOOKS, cutover="2025-01-01")
    earlier = Night(stage, platform.engine(), tmp_path / "earlier")
    earlier.run(*STAGE_1)
    earlier.run(*STAGE_2)
    acme.patch.setenv("AIRFLOW__CORE__DAGS_FOLDER", str(DAGS))
    assert carried_out("dags reserialize").code == 0
    made = Books(acme)
    for day in DAYS:
        made.bill(day)
    return made


def cursors() -> list[Any]:
    with reading(platform.engine()) as connection:
        return list(connection.execute(sa.select(cursor).order_by(cursor.c.entity, cursor.c.scope)))


@pytest.mark.feature("XTR-15")
def test_a_backfill_writes_what_is_missing_in_each_month_moves_no_cursor_and_writes_nothing_again(books: Books) -> None:
    before = cursors()
    ran = books.backfill()
    assert [one.run_id.partition("T")[0] for one in ran] == [f"backfill__{day}" for day in ENDS]
    assert [(one.state, one.counts()) for one in ran] == [("success", {"job_costs": {"created": 1}})] * 3
    assert books.costs() == DAYS
    assert [handed_over(one) for one in ran] == [[]] * 3
    written = books.acme.writes()
    again = books.backfill("completed")
    assert [(one.run_id, one.state) for one in again] == [(one.run_id, "success") for one in ran]
    assert (books.acme.writes(), books.costs(), cursors()) == (written, DAYS, before)
    night = books.acme.follow("job_costs")
    assert (night.state, night.counts()) == ("success", {"job_costs": {"unchanged": 3}})
    assert books.acme.writes() == written
    assert cursors() != before


@pytest.mark.feature("XTR-15")
def test_a_month_that_failed_is_run_again_by_itself_and_the_others_are_left_alone(books: Books) -> None:
    books.acme.sandbox.faults.active = [Fault(kind="status", status=403, path="BankTransactions", times=1)]
    ran = books.backfill()
    assert [one.state for one in ran] == ["failed", "success", "success"]
    assert ran[0].tasks["job_costs.extract"] == ("failed", 1)
    assert not [task for task, (state, _) in ran[0].tasks.items() if state == "skipped"], (
        "clearing failed ones misses it"
    )
    assert books.costs() == DAYS[1:]
    [again] = books.backfill("failed")
    assert (again.run_id, again.state, again.tasks["report"]) == (ran[0].run_id, "success", ("success", 2))
    assert books.costs() == DAYS
