"""What both vendors said of the connections when they were last asked.

Revision: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from jobledger.store.engine import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes."""
    op.create_table(
        "jobledger_check",
        sa.Column("pair", sa.String(length=120), nullable=False),
        sa.Column("side", sa.String(length=20), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=255), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), server_default="", nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("pair", "side", "place", name=op.f("pk_jobledger_check")),
    )


def downgrade() -> None:
    """Takes them back."""
    op.drop_table("jobledger_check")
