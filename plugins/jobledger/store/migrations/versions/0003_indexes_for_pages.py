"""Indexes for the pages: approvals by decision, records out of use, archived links.

Revision: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes."""
    with op.batch_alter_table("jobledger_approval", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_jobledger_approval_pair_decision_flow"), ["pair", "decision", "flow"], unique=False
        )
    op.create_index(
        "ix_jobledger_catalog_record_idle",
        "jobledger_catalog_record",
        ["pair", "entity", "id"],
        unique=False,
        sqlite_where=sa.text("active = 0"),
        postgresql_where=sa.text("active = false"),
    )
    op.create_index(
        "ix_jobledger_link_archived",
        "jobledger_link",
        ["pair", "kind", "procore_id"],
        unique=False,
        sqlite_where=sa.text("archived_at IS NOT NULL"),
        postgresql_where=sa.text("archived_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Takes them back."""
    op.drop_index("ix_jobledger_link_archived", table_name="jobledger_link")
    op.drop_index("ix_jobledger_catalog_record_idle", table_name="jobledger_catalog_record")
    with op.batch_alter_table("jobledger_approval", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_jobledger_approval_pair_decision_flow"))
