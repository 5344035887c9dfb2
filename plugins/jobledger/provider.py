"""What Airflow learns of the package: connection types, tables, commands and configuration."""

from __future__ import annotations

from typing import Any

from jobledger import __version__
from jobledger.systems.pex.connection import CONNECTION_TYPE as PEX
from jobledger.systems.procore.connection import CONNECTION_TYPE as PROCORE
from jobledger.systems.quickbooks_online.connection import CONNECTION_TYPE as QUICKBOOKS_ONLINE
from jobledger.systems.xero.connection import CONNECTION_TYPE as XERO


def _option(description: str, default: str, example: str) -> dict[str, Any]:
    kind = {"type": "string", "version_added": "0.1.0", "sensitive": False}
    return kind | {"description": description, "default": default, "example": example}


CONFIG = {
    "jobledger": {
        "description": "Jobledger: Procore and the books in step.",
        "options": {
            "include": _option(
                "Folder with integrations, mappings and expectations. Empty: `include` beside the dags folder.",
                "",
                "/opt/jobledger/include",
            ),
            "database_url": _option(
                "The metadata database as tasks reach it. Airflow hides its own setting from tasks, so set this too.",
                "",
                "postgresql+psycopg://airflow:secret@db/airflow",
            )
            | {"sensitive": True},
            "staging": _option(
                "Where the steps of a flow leave files for each other: a folder or a bucket that all workers reach.",
                "",
                "s3://jobledger/staging",
            ),
            "pool_slots": _option("How many tasks may talk to the vendors at once.", "4", "4"),
            "approvers": _option(
                "Users who may accept and reject under Airflow's simple auth manager, separated by commas. Another auth"
                " manager has a permission for it: `airflow jobledger approvals grant`.",
                "",
                "ann,bob",
            ),
        },
    }
}


def get_provider_info() -> dict[str, Any]:
    """The provider's description, as Airflow's provider schema asks for it."""
    return {
        "package-name": "jobledger",
        "name": "Jobledger",
        "description": "Keeps Procore and the books in step.",
        "versions": [__version__],
        "connection-types": [PEX, PROCORE, QUICKBOOKS_ONLINE, XERO],
        "filesystems": ["jobledger.object_store"],
        "db-managers": ["jobledger.store.manager.JobledgerDBManager"],
        "cli": ["jobledger.cli.get_commands"],
        "config": CONFIG,
    }
