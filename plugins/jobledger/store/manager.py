"""The database manager by which `airflow db migrate` makes and upgrades the tables."""

from __future__ import annotations

from pathlib import Path

from airflow.utils.db_manager import BaseDBManager
from alembic import command

from jobledger.store.tables import metadata

HERE = Path(__file__).parent


class JobledgerDBManager(BaseDBManager):
    """Migrations of the `jobledger_` tables, with a version table of their own."""

    metadata = metadata
    version_table_name = "alembic_version_jobledger"
    migration_dir = (HERE / "migrations").as_posix()
    alembic_file = (HERE / "alembic.ini").as_posix()
    supports_table_dropping = True
    revision_heads_map = {"0.1.0": "0002"}  # noqa: RUF012

    def downgrade(self, to_revision: str, from_revision: str | None = None, show_sql_only: bool = False) -> None:
        """Takes the tables back to an older revision."""
        command.downgrade(
            self.get_alembic_config(),  # type: ignore[no-untyped-call]
            revision=to_revision,
            sql=show_sql_only,
        )
