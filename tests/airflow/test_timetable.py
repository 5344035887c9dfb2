"""The months of job costs: whole ones of the integration's time zone, made by a backfill and never by the scheduler."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from airflow.sdk import DAG, Asset, AssetOrTimeSchedule
from airflow.serialization.definitions.dag import SerializedDAG
from airflow.serialization.serialized_objects import DagSerialization
from pendulum import instance

from jobledger.integration import Integration
from jobledger.platform import clock_schedule
from jobledger.timetable import MonthsToBackfill
from tests.airflow.company import SETTINGS

YEAR = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)


def job_costs(zone: str, after_another: bool = True) -> SerializedDAG:
    """A DAG with the months, as the scheduler and the backfill command read it."""
    months: Any = MonthsToBackfill(timezone=zone)
    schedule = AssetOrTimeSchedule(timetable=months, assets=[Asset("before")]) if after_another else months
    dag = DAG("acme.job_costs", schedule=schedule, catchup=False)
    return DagSerialization.from_dict(DagSerialization.to_dict(dag))


def months(dag: SerializedDAG, zone: str, first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
    """The intervals of a backfill, as clocks of a time zone show them."""
    found = [info.data_interval for info in dag.iter_dagrun_infos_between(first, last)]
    return [(one.start.astimezone(ZoneInfo(zone)), one.end.astimezone(ZoneInfo(zone))) for one in found if one]


@pytest.mark.parametrize("after_another", [True, False])
@pytest.mark.parametrize(
    "zone", ["America/Denver", "Pacific/Honolulu", "UTC", "Europe/London", "Australia/Sydney", "Pacific/Kiritimati"]
)
def test_a_backfill_of_a_year_is_its_twelve_months_wherever_the_company_is(zone: str, after_another: bool) -> None:
    found = months(job_costs(zone, after_another), zone, *YEAR)
    firsts = [datetime(2026 + month // 12, month % 12 + 1, 1, tzinfo=ZoneInfo(zone)) for month in range(13)]
    assert found == list(pairwise(firsts))


def test_months_in_which_clocks_change_are_whole_too() -> None:
    found = months(job_costs("America/Denver"), "UTC", *YEAR)
    [march] = [one for one in found if one[0].month == 3]
    [november] = [one for one in found if one[0].month == 11]
    assert march == (datetime(2026, 3, 1, 7, tzinfo=UTC), datetime(2026, 4, 1, 6, tzinfo=UTC))
    assert november == (datetime(2026, 11, 1, 6, tzinfo=UTC), datetime(2026, 12, 1, 7, tzinfo=UTC))


def test_a_month_that_began_before_the_first_day_is_left_out() -> None:
    first, last = datetime(2026, 3, 15, tzinfo=UTC), datetime(2026, 4, 30, tzinfo=UTC)
    [(start, end)] = months(job_costs("America/Denver"), "America/Denver", first, last)
    assert (start.month, end.month) == (4, 5)


@pytest.mark.parametrize("after_another", [True, False])
def test_the_scheduler_makes_no_run_by_the_clock(after_another: bool) -> None:
    dag = job_costs("America/Denver", after_another)
    assert dag.next_dagrun_info(last_automated_run_info=None) is None
    [info] = dag.iter_dagrun_infos_between(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 31, tzinfo=UTC))
    assert dag.next_dagrun_info(last_automated_run_info=info) is None


@pytest.mark.parametrize("after_another", [True, False])
def test_a_run_that_a_person_starts_has_no_days_of_its_own_unless_they_are_given(after_another: bool) -> None:
    at = instance(datetime(2026, 11, 20, 10, tzinfo=UTC))
    interval = job_costs("America/Denver", after_another).timetable.infer_manual_data_interval(run_after=at)
    assert (interval.start, interval.end) == (at, at)


@pytest.mark.parametrize(
    ("after_another", "shown"), [(True, "Asset or backfill by month"), (False, "backfill by month")]
)
def test_the_lists_of_dags_name_no_hour_at_which_nothing_happens(after_another: bool, shown: str) -> None:
    timetable = job_costs("America/Denver", after_another).timetable
    assert timetable.summary == shown
    assert timetable.description.endswith("never by the clock; each whole month can be backfilled")
    assert timetable.periodic


@pytest.mark.feature("XER-81")
@pytest.mark.parametrize("minutes", [1, 84])
def test_a_night_that_was_missed_before_the_dag_was_known_is_not_made_up_for(
    monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    night = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
    monkeypatch.setattr("airflow.timetables.trigger.utcnow", lambda: instance(night + timedelta(minutes=minutes)))
    schedules = {"nightly": "0 2 * * *", "timezone": "America/Denver"}
    paired = Integration.model_validate({**SETTINGS, "name": "acme", "schedules": schedules})
    dag = DAG("acme.vendors_and_projects", schedule=clock_schedule(paired), catchup=False)
    read = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    found = read.next_dagrun_info(last_automated_run_info=None)
    assert found is not None
    assert found.run_after == night + timedelta(days=1)
