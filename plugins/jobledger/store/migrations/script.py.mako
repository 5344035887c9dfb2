"""${message}.

Revision: ${up_revision}
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from jobledger.store.engine import UtcDateTime
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Takes them back."""
    ${downgrades if downgrades else "pass"}
