"""Alembic's environment: Airflow's engine, only our tables, our own version table."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from airflow import settings
from alembic import context

from jobledger.store.manager import JobledgerDBManager
from jobledger.store.tables import metadata


def _ours(_object: Any, name: str | None, kind: str, *_more: Any) -> bool:
    return kind != "table" or name in metadata.tables


def _render(kind: str, item: Any, _autogen: Any) -> str | bool:
    return "UtcDateTime()" if kind == "type" and type(item).__name__ == "UtcDateTime" else False


COMMON: dict[str, Any] = {
    "target_metadata": metadata,
    "compare_type": True,
    "render_as_batch": True,
    "version_table": JobledgerDBManager.version_table_name,
    "include_object": _ours,
    "render_item": _render,
}


def _offline() -> None:
    context.configure(url=settings.SQL_ALCHEMY_CONN, literal_binds=True, **COMMON)
    with context.begin_transaction():
        context.run_migrations()


def _online() -> None:
    with ExitStack() as stack:
        given = context.config.attributes.get("connection")
        connection = given or stack.enter_context(settings.get_engine().connect())
        context.configure(connection=connection, transaction_per_migration=True, **COMMON)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    _offline()
else:
    _online()
