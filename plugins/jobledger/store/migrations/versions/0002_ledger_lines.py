"""Ledger lines for reports and tie-out, and acknowledged differences.

Revision: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from jobledger.store.engine import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes."""
    op.create_table(
        "jobledger_ledger_line",
        sa.Column("pair", sa.String(length=120), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("document", sa.String(length=120), nullable=False),
        sa.Column("line", sa.String(length=120), nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column("project", sa.String(length=120), server_default="", nullable=False),
        sa.Column("cost_code", sa.String(length=120), server_default="", nullable=False),
        sa.Column("party", sa.String(length=120), server_default="", nullable=False),
        sa.Column("parent", sa.String(length=120), server_default="", nullable=False),
        sa.Column("dated", sa.Date(), nullable=True),
        sa.Column("amount", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("pair", "entity", "document", "line", name=op.f("pk_jobledger_ledger_line")),
    )
    with op.batch_alter_table("jobledger_ledger_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_jobledger_ledger_line_pair_measure"), ["pair", "measure"], unique=False)

    op.create_table(
        "jobledger_acknowledgement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("pair", sa.String(length=120), nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column("project", sa.String(length=120), nullable=False),
        sa.Column("cost_code", sa.String(length=120), server_default="", nullable=False),
        sa.Column("amount", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("why", sa.String(length=1000), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobledger_acknowledgement")),
    )
    with op.batch_alter_table("jobledger_acknowledgement", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_jobledger_acknowledgement_pair_measure_project_cost_code"),
            ["pair", "measure", "project", "cost_code"],
            unique=False,
        )


def downgrade() -> None:
    """Takes them back."""
    with op.batch_alter_table("jobledger_acknowledgement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_jobledger_acknowledgement_pair_measure_project_cost_code"))

    op.drop_table("jobledger_acknowledgement")
    with op.batch_alter_table("jobledger_ledger_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_jobledger_ledger_line_pair_measure"))

    op.drop_table("jobledger_ledger_line")
