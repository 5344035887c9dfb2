"""What an hour of an employee costs.

Revision: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from jobledger.store.engine import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes."""
    op.create_table(
        "jobledger_labour_rate",
        sa.Column("pair", sa.String(length=120), nullable=False),
        sa.Column("employee_id", sa.String(length=120), nullable=False),
        sa.Column("time_type", sa.String(length=255), server_default="", nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("rate", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint(
            "pair", "employee_id", "time_type", "valid_from", name=op.f("pk_jobledger_labour_rate")
        ),
    )


def downgrade() -> None:
    """Takes them back."""
    op.drop_table("jobledger_labour_rate")
