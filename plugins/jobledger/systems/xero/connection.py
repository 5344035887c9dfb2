"""The connection type `xero`, as Airflow's connection form shows it."""

from __future__ import annotations

from typing import Any

CONNECTION_TYPE: dict[str, Any] = {
    "connection-type": "xero",
    "hook-class-name": "jobledger.systems.xero.hook.XeroHook",
    "hook-name": "Xero",
    "ui-field-behaviour": {
        "hidden-fields": ["schema"],
        "relabeling": {"host": "API host", "login": "Client ID", "password": "Client secret"},
        "placeholders": {
            "host": "https://api.xero.com",
            "port": "443",
            "login": "Client ID of the app",
            "password": "Client secret of the app",
        },
    },
    "conn-fields": {
        "grant_type": {
            "label": "Kind of app",
            "description": "A custom connection signs in by itself; `airflow jobledger connect` connects a web app.",
            "schema": {"type": "string", "enum": ["custom_connection", "web_app"], "default": "custom_connection"},
        },
        "refresh_token": {
            "label": "Refresh token",
            "description": "Web app only: the token of the first consent, if `airflow jobledger connect` did not"
            " store it. Later ones are kept encrypted by Jobledger.",
            "schema": {"type": ["string", "null"], "format": "password"},
        },
        "tenant_id": {
            "label": "Organisation ID",
            "description": "Only for the Test button: the organisation to which the app is connected.",
            "schema": {"type": ["string", "null"]},
        },
        "oauth_url": {
            "label": "OAuth address",
            "description": "Where tokens are issued. Empty: https://identity.xero.com/connect/token.",
            "schema": {"type": ["string", "null"], "format": "url"},
        },
        "other_host": {
            "label": "Other host",
            "description": "Tick it for a sandbox on another machine. Credentials are then sent to that host.",
            "schema": {"type": "boolean", "default": False},
        },
    },
}
"""Names are chosen so that Airflow masks what is secret (`refresh_token`), and nothing else (`oauth_url`)."""
