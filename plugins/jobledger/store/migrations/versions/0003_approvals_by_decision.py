"""Approvals are found by what was decided: an index.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the index."""
    with op.batch_alter_table("jobledger_approval", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_jobledger_approval_pair_decision_flow"), ["pair", "decision", "flow"], unique=False
        )


def downgrade() -> None:
    """Takes it back."""
    with op.batch_alter_table("jobledger_approval", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_jobledger_approval_pair_decision_flow"))
