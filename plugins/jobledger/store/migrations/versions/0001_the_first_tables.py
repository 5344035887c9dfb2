"""The first tables.

Revision: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from jobledger.store.engine import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the changes."""
    op.create_table(
        "jobledger_approval",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("pair", sa.String(length=120), nullable=False),
        sa.Column("flow", sa.String(length=60), nullable=False),
        sa.Column("source_id", sa.String(length=120), nullable=False),
        sa.Column("part", sa.String(length=120), server_default="", nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), server_default="", nullable=False),
        sa.Column("number", sa.String(length=255), nullable=True),
        sa.Column("name", sa.String(length=1000), server_default="", nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.String(length=1000), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobledger_approval")),
    )
    with op.batch_alter_table("jobledger_approval", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_jobledger_approval_pair_flow_source_id_part"),
            ["pair", "flow", "source_id", "part"],
            unique=False,
        )

    op.create_table(
        "jobledger_catalog_record",
        sa.Column("pair", sa.String(length=120), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=1000), nullable=False),
        sa.Column("name_key", sa.String(length=255), server_default="", nullable=False),
        sa.Column("number", sa.String(length=255), nullable=True),
        sa.Column("mark", sa.String(length=255), nullable=True),
        sa.Column("version", sa.String(length=40), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("merged_into", sa.String(length=120), nullable=True),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("pair", "entity", "id", name=op.f("pk_jobledger_catalog_record")),
    )
    with op.batch_alter_table("jobledger_catalog_record", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_jobledger_catalog_record_pair_entity_mark"), ["pair", "entity", "mark"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_jobledger_catalog_record_pair_entity_name_key"), ["pair", "entity", "name_key"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_jobledger_catalog_record_pair_entity_number"), ["pair", "entity", "number"], unique=False
        )

    op.create_table(
        "jobledger_cursor",
        sa.Column("pair", sa.String(length=120), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("scope", sa.String(length=120), server_default="", nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("run_id", sa.String(length=250), nullable=False),
        sa.PrimaryKeyConstraint("pair", "entity", "scope", name=op.f("pk_jobledger_cursor")),
    )
    op.create_table(
        "jobledger_dismissal",
        sa.Column("pair", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("procore_id", sa.String(length=120), nullable=False),
        sa.Column("accounting_id", sa.String(length=120), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("why", sa.String(length=1000), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("pair", "kind", "procore_id", "accounting_id", name=op.f("pk_jobledger_dismissal")),
    )
    op.create_table(
        "jobledger_intent",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("pair", sa.String(length=120), nullable=False),
        sa.Column("flow", sa.String(length=60), nullable=False),
        sa.Column("source_id", sa.String(length=120), nullable=False),
        sa.Column("part", sa.String(length=120), server_default="", nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("batch_key", sa.String(length=128), nullable=False),
        sa.Column("mark", sa.String(length=255), nullable=True),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("target_id", sa.String(length=120), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobledger_intent")),
        sa.UniqueConstraint(
            "pair",
            "flow",
            "source_id",
            "part",
            "number",
            name=op.f("uq_jobledger_intent_pair_flow_source_id_part_number"),
        ),
    )
    with op.batch_alter_table("jobledger_intent", schema=None) as batch_op:
        batch_op.create_index(
            "uq_jobledger_intent_open",
            ["pair", "flow", "source_id", "part"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "jobledger_intent_batch",
        sa.Column("pair", sa.String(length=120), nullable=False),
        sa.Column("flow", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("members", sa.JSON(), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("pair", "flow", "key", name=op.f("pk_jobledger_intent_batch")),
    )
    op.create_table(
        "jobledger_lease",
        sa.Column("pair", sa.String(length=120), nullable=False),
        sa.Column("flow", sa.String(length=60), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(length=250), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("pair", "flow", name=op.f("pk_jobledger_lease")),
    )
    op.create_table(
        "jobledger_link",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("pair", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("procore_id", sa.String(length=120), nullable=False),
        sa.Column("part", sa.String(length=120), server_default="", nullable=False),
        sa.Column("accounting_id", sa.String(length=120), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("evidence", sa.String(length=1000), nullable=True),
        sa.Column("archived_at", UtcDateTime(), nullable=True),
        sa.Column("archived_by", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobledger_link")),
        sa.UniqueConstraint(
            "pair", "kind", "procore_id", "part", name=op.f("uq_jobledger_link_pair_kind_procore_id_part")
        ),
    )
    with op.batch_alter_table("jobledger_link", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_jobledger_link_pair_kind_accounting_id"), ["pair", "kind", "accounting_id"], unique=False
        )

    op.create_table(
        "jobledger_oauth_token",
        sa.Column("connection", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("access_token", sa.Text(), nullable=False),
        sa.Column("refresh_token", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("connection", name=op.f("pk_jobledger_oauth_token")),
    )
    op.create_table(
        "jobledger_open_record",
        sa.Column("pair", sa.String(length=120), nullable=False),
        sa.Column("flow", sa.String(length=60), nullable=False),
        sa.Column("source_id", sa.String(length=120), nullable=False),
        sa.Column("part", sa.String(length=120), server_default="", nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=255), nullable=True),
        sa.Column("name", sa.String(length=1000), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("first_seen", UtcDateTime(), nullable=False),
        sa.Column("last_seen", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("dismissed_by", sa.String(length=120), nullable=True),
        sa.Column("dismissed_at", UtcDateTime(), nullable=True),
        sa.Column("dismissed_why", sa.String(length=1000), nullable=True),
        sa.PrimaryKeyConstraint("pair", "flow", "source_id", "part", name=op.f("pk_jobledger_open_record")),
    )
    op.create_table(
        "jobledger_rate_window",
        sa.Column("system", sa.String(length=60), nullable=False),
        sa.Column("tenant", sa.String(length=120), nullable=False),
        sa.Column("window", sa.String(length=30), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("resets_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("system", "tenant", "window", name=op.f("pk_jobledger_rate_window")),
    )
    op.create_table(
        "jobledger_sync_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("pair", sa.String(length=120), nullable=False),
        sa.Column("integration", sa.String(length=120), nullable=False),
        sa.Column("stage", sa.String(length=60), nullable=False),
        sa.Column("flow", sa.String(length=60), nullable=False),
        sa.Column("run_id", sa.String(length=250), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("filtered", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("money", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobledger_sync_run")),
        sa.UniqueConstraint("pair", "flow", "run_id", name=op.f("uq_jobledger_sync_run_pair_flow_run_id")),
    )
    with op.batch_alter_table("jobledger_sync_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_jobledger_sync_run_pair_started_at"), ["pair", "started_at"], unique=False)

    op.create_table(
        "jobledger_link_flow",
        sa.Column("link_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("flow", sa.String(length=60), nullable=False),
        sa.Column("revision", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("sent", sa.JSON(), nullable=False),
        sa.Column("target_version", sa.String(length=40), nullable=True),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["jobledger_link.id"], name=op.f("fk_jobledger_link_flow_link_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("link_id", "flow", name=op.f("pk_jobledger_link_flow")),
    )
    op.create_table(
        "jobledger_record_outcome",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("pair", sa.String(length=120), nullable=False),
        sa.Column("flow", sa.String(length=60), nullable=False),
        sa.Column("source_id", sa.String(length=120), nullable=False),
        sa.Column("part", sa.String(length=120), server_default="", nullable=False),
        sa.Column("sync_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=255), nullable=True),
        sa.Column("name", sa.String(length=1000), nullable=False),
        sa.Column("target_id", sa.String(length=120), nullable=True),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("remedy", sa.Text(), server_default="", nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sync_run_id"],
            ["jobledger_sync_run.id"],
            name=op.f("fk_jobledger_record_outcome_sync_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobledger_record_outcome")),
    )
    with op.batch_alter_table("jobledger_record_outcome", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_jobledger_record_outcome_pair_flow_source_id"), ["pair", "flow", "source_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_jobledger_record_outcome_pair_name"), ["pair", "name"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_jobledger_record_outcome_sync_run_id_outcome"), ["sync_run_id", "outcome"], unique=False
        )


def downgrade() -> None:
    """Takes them back."""
    with op.batch_alter_table("jobledger_record_outcome", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_jobledger_record_outcome_sync_run_id_outcome"))
        batch_op.drop_index(batch_op.f("ix_jobledger_record_outcome_pair_name"))
        batch_op.drop_index(batch_op.f("ix_jobledger_record_outcome_pair_flow_source_id"))

    op.drop_table("jobledger_record_outcome")
    op.drop_table("jobledger_link_flow")
    with op.batch_alter_table("jobledger_sync_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_jobledger_sync_run_pair_started_at"))

    op.drop_table("jobledger_sync_run")
    op.drop_table("jobledger_rate_window")
    op.drop_table("jobledger_open_record")
    op.drop_table("jobledger_oauth_token")
    with op.batch_alter_table("jobledger_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_jobledger_link_pair_kind_accounting_id"))

    op.drop_table("jobledger_link")
    op.drop_table("jobledger_lease")
    op.drop_table("jobledger_intent_batch")
    with op.batch_alter_table("jobledger_intent", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_jobledger_intent_open",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.drop_table("jobledger_intent")
    op.drop_table("jobledger_dismissal")
    op.drop_table("jobledger_cursor")
    with op.batch_alter_table("jobledger_catalog_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_jobledger_catalog_record_pair_entity_number"))
        batch_op.drop_index(batch_op.f("ix_jobledger_catalog_record_pair_entity_name_key"))
        batch_op.drop_index(batch_op.f("ix_jobledger_catalog_record_pair_entity_mark"))

    op.drop_table("jobledger_catalog_record")
    with op.batch_alter_table("jobledger_approval", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_jobledger_approval_pair_flow_source_id_part"))

    op.drop_table("jobledger_approval")
