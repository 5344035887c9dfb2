"""The plugin: what Airflow loads into each of its processes."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from jobledger import listener
from jobledger.timetable import MonthsToBackfill


class JobledgerPlugin(AirflowPlugin):
    """Jobledger inside Airflow."""

    name = "jobledger"
    listeners = [listener]  # noqa: RUF012
    timetables = [MonthsToBackfill]  # noqa: RUF012
