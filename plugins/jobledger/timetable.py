"""Whole months for backfills, in a DAG that otherwise runs after another one and never by the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction
from airflow.timetables.interval import CronDataIntervalTimetable

A_DAY = timedelta(days=1)


class MonthsToBackfill(CronDataIntervalTimetable):
    """Months of a time zone as data intervals. The scheduler makes no run of its own; a backfill does."""

    def __init__(self, cron: str = "0 0 1 * *", timezone: Any = "UTC") -> None:
        super().__init__(cron, timezone)
        self.description = "never by the clock; each whole month can be backfilled"

    @property
    def summary(self) -> str:
        """What Airflow's lists show as the schedule."""
        return "backfill by month"

    def infer_manual_data_interval(self, *, run_after: Any) -> DataInterval:
        """No days of its own for a run that a person starts: an interval is one only where somebody gave it."""
        return DataInterval.exact(run_after)

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The next month, where missed ones are asked for too (a backfill asks so); none for the scheduler."""
        if not restriction.catchup:
            return None
        # Airflow reads the day that one types as UTC, where the month may have begun hours ago in the time zone
        earliest = restriction.earliest and restriction.earliest - A_DAY
        return super().next_dagrun_info(
            last_automated_data_interval=last_automated_data_interval,
            restriction=restriction._replace(earliest=earliest),
        )
