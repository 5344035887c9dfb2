"""The connection type `pex`, as Airflow's connection form shows it."""

from __future__ import annotations

from typing import Any

CONNECTION_TYPE: dict[str, Any] = {
    "connection-type": "pex",
    "hook-class-name": "jobledger.systems.pex.hook.PexHook",
    "hook-name": "PEX",
    "ui-field-behaviour": {
        "hidden-fields": ["schema", "login"],
        "relabeling": {"host": "API host", "password": "API token"},
        "placeholders": {
            "host": "https://coreapi.pexcard.com",
            "port": "443",
            "password": "From PEX: Profile > Authorized Apps > Generate Token",
        },
    },
    "conn-fields": {
        "other_host": {
            "label": "Other host",
            "description": "Tick it for a sandbox on another machine. The token is then sent to that host.",
            "schema": {"type": "boolean", "default": False},
        },
    },
}
"""The token is Airflow's own password field, which it masks. Renewed tokens are kept encrypted by Jobledger."""
