"""The connection type `quickbooks_online`, as Airflow's connection form shows it."""

from __future__ import annotations

from typing import Any

CONNECTION_TYPE: dict[str, Any] = {
    "connection-type": "quickbooks_online",
    "hook-class-name": "jobledger.systems.quickbooks_online.hook.QuickBooksOnlineHook",
    "hook-name": "QuickBooks Online",
    "ui-field-behaviour": {
        "hidden-fields": ["schema"],
        "relabeling": {"host": "API host", "login": "Client ID", "password": "Client secret"},
        "placeholders": {
            "host": "https://quickbooks.api.intuit.com",
            "port": "443",
            "login": "Client ID of the app",
            "password": "Client secret of the app",
        },
    },
    "conn-fields": {
        "refresh_token": {
            "label": "Refresh token",
            "description": "The token of the first consent, if `airflow jobledger connect` did not store it. Later ones"
            " are kept encrypted by Jobledger.",
            "schema": {"type": ["string", "null"], "format": "password"},
        },
        "oauth_url": {
            "label": "OAuth address",
            "description": "Where tokens are issued. Empty: https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer.",
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
