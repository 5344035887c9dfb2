"""Whole months for backfills, in a DAG that otherwise runs after another one and never by the clock."""

from __future__ import annotations

from typing import Any

from airflow._shared.timezones.timezone import parse_timezone
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction
from airflow.timetables.interval import CronDataIntervalTimetable


class MonthsToBackfill(CronDataIntervalTimetable):
    """Months of a time zone as data intervals. The scheduler makes no run of its own; a backfill does."""

    def __init__(self, timezone: Any, cron: str = "0 0 1 * *") -> None:
        super().__init__(cron, timezone)

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> MonthsToBackfill:
        """The timetable as it was serialized with its DAG."""
        return cls(parse_timezone(data["timezone"]))

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The next month, where missed ones are asked for too (a backfill asks so); none for the scheduler."""
        if not restriction.catchup:
            return None
        return super().next_dagrun_info(
            last_automated_data_interval=last_automated_data_interval, restriction=restriction
        )
