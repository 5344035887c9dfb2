"""The connection type `procore`, as Airflow's connection form shows it."""

from __future__ import annotations

from typing import Any

CONNECTION_TYPE: dict[str, Any] = {
    "connection-type": "procore",
    "hook-class-name": "jobledger.systems.procore.hook.ProcoreHook",
    "hook-name": "Procore",
    "ui-field-behaviour": {
        "hidden-fields": ["schema"],
        "relabeling": {"host": "API host", "login": "Client ID", "password": "Client secret"},
        "placeholders": {
            "host": "https://api.procore.com",
            "port": "443",
            "login": "Client ID of the app (client credentials)",
            "password": "Client secret of the app",
        },
    },
    "conn-fields": {
        "company_id": {
            "label": "Company ID",
            "description": "A company that has the app: the Test button and the doctor ask it which others have it.",
            "schema": {"type": ["integer", "null"]},
        },
        "oauth_url": {
            "label": "OAuth address",
            "description": "Where tokens are issued. Empty: the one that belongs to the API host.",
            "schema": {"type": ["string", "null"], "format": "url"},
        },
        "other_host": {
            "label": "Other host",
            "description": "Tick it for a sandbox on another machine. Credentials are then sent to that host.",
            "schema": {"type": "boolean", "default": False},
        },
    },
}
"""Names are chosen so that Airflow masks what is secret, and nothing else."""
