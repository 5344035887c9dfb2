"""A database's life in a process of its own, because Airflow's engine belongs to a process: prints what was found."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from airflow import settings
from airflow.__main__ import main as airflow_main
from airflow.utils.session import create_session
from alembic import command
from alembic.util.exc import CommandError

from jobledger.store.manager import JobledgerDBManager


def main(results: str) -> None:
    """From nothing to all tables, back, up again, and away; `results` takes what was found on the way."""
    found: dict[str, Any] = {}
    _airflow("db migrate")
    found["first"] = _state()
    _airflow("db migrate")
    found["again"] = _state()
    found["checked"] = _airflow("db check-migrations --migration-wait-timeout 1")
    _managed(lambda manager: manager.downgrade("base"))
    found["down"] = _state()
    _managed(lambda manager: manager.upgradedb(use_migration_files=True))
    found["up"] = _state()
    _airflow("db reset --yes --skip-init")
    found["reset"] = _tables()
    Path(results).write_text(json.dumps(found))


def _state() -> dict[str, Any]:
    return {"tables": _tables(), "differences": _differences()}


def _airflow(typed: str) -> int:
    sys.argv = ["airflow", *typed.split()]
    try:
        airflow_main()
    except SystemExit as ending:
        return int(ending.code or 0)
    return 0


def _managed(act: Callable[[Any], Any]) -> None:
    with create_session() as session:
        manager: Any = JobledgerDBManager
        act(manager(session))


def _differences() -> list[str]:
    try:
        _managed(lambda manager: command.check(manager.get_alembic_config()))
    except CommandError as error:
        return [str(error)]
    return []


def _tables() -> dict[str, list[str]]:
    """Our tables with their columns, as the database has them."""
    inspector = sa.inspect(settings.get_engine())
    names = [name for name in inspector.get_table_names() if "jobledger" in name]
    return {name: sorted(str(column["name"]) for column in inspector.get_columns(name)) for name in sorted(names)}


if __name__ == "__main__":
    main(*sys.argv[1:])
