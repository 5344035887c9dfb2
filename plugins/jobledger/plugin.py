"""The plugin: what Airflow loads into each of its processes."""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin

from jobledger import listener
from jobledger.timetable import MonthsToBackfill


class JobledgerPlugin(AirflowPlugin):
    """Jobledger inside Airflow."""

    name = "jobledger"
    listeners = [listener]  # noqa: RUF012
    timetables = [MonthsToBackfill]  # noqa: RUF012
    external_views = [  # noqa: RUF012
        {"name": "Jobledger", "href": "jobledger/", "destination": "nav", "url_route": "jobledger"},
        {"name": "Jobledger", "href": "jobledger/dags/{DAG_ID}", "destination": "dag", "url_route": "jobledger-dag"},
    ]

    @property
    def fastapi_apps(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """The pages. Every process of Airflow loads the plugin; only the API server asks for them."""
        from jobledger.web.app import PREFIX, make_app

        return [{"app": make_app(), "url_prefix": PREFIX, "name": "Jobledger"}]
