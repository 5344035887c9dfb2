"""The tables. Every key begins with the pair: Procore company, system and tenant."""

from __future__ import annotations

import sqlalchemy as sa

from jobledger.store.engine import UtcDateTime

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

PREFIX = "jobledger_"


def _table(name: str, *parts: sa.schema.SchemaItem) -> sa.Table:
    return sa.Table(PREFIX + name, metadata, *parts)


def _pair() -> sa.Column[str]:
    return sa.Column("pair", sa.String(120), nullable=False)


def _text(name: str, length: int = 255, **options: object) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), **options)  # type: ignore[arg-type]


def _record_key() -> tuple[sa.Column[str], ...]:
    return (
        _pair(),
        _text("flow", 60, nullable=False),
        _text("source_id", 120, nullable=False),
        _text("part", 120, nullable=False, server_default=""),
    )


def _id() -> sa.Column[int]:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("id", number, primary_key=True, autoincrement=True)


catalog_record = _table(
    "catalog_record",
    _pair(),
    _text("entity", 60, nullable=False),
    _text("id", 120, nullable=False),
    _text("name", 1000, nullable=False),
    _text("name_key", 255, nullable=False, server_default=""),
    _text("number"),
    _text("mark"),
    _text("version", 40),
    _text("status", 40),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    _text("merged_into", 120),
    sa.Column("seen_at", UtcDateTime, nullable=False),
    sa.PrimaryKeyConstraint("pair", "entity", "id"),
    sa.Index(None, "pair", "entity", "mark"),
    sa.Index(None, "pair", "entity", "name_key"),
    sa.Index(None, "pair", "entity", "number"),
    sa.Index(
        "ix_jobledger_catalog_record_idle",
        *("pair", "entity", "id"),
        sqlite_where=sa.text("active = 0"),
        postgresql_where=sa.text("active = false"),
    ),
)

ledger_line = _table(
    "ledger_line",
    _pair(),
    _text("entity", 60, nullable=False),
    _text("document", 120, nullable=False),
    _text("line", 120, nullable=False),
    _text("measure", 20, nullable=False),
    _text("project", 120, nullable=False, server_default=""),
    _text("cost_code", 120, nullable=False, server_default=""),
    _text("party", 120, nullable=False, server_default=""),
    _text("parent", 120, nullable=False, server_default=""),
    sa.Column("dated", sa.Date),
    _text("amount", 40, nullable=False),
    sa.PrimaryKeyConstraint("pair", "entity", "document", "line"),
    sa.Index(None, "pair", "measure"),
)

acknowledgement = _table(
    "acknowledgement",
    _id(),
    _pair(),
    _text("measure", 20, nullable=False),
    _text("project", 120, nullable=False),
    _text("cost_code", 120, nullable=False, server_default=""),
    _text("amount", 40, nullable=False),
    _text("by", 120, nullable=False),
    _text("why", 1000, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index(None, "pair", "measure", "project", "cost_code"),
)

link = _table(
    "link",
    _id(),
    _pair(),
    _text("kind", 60, nullable=False),
    _text("procore_id", 120, nullable=False),
    _text("part", 120, nullable=False, server_default=""),
    _text("accounting_id", 120, nullable=False),
    _text("made_by", 120, nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
    _text("evidence", 1000),
    sa.Column("archived_at", UtcDateTime),
    _text("archived_by", 120),
    sa.UniqueConstraint("pair", "kind", "procore_id", "part"),
    sa.Index(None, "pair", "kind", "accounting_id"),
    sa.Index(
        "ix_jobledger_link_archived",
        *("pair", "kind", "procore_id"),
        sqlite_where=sa.text("archived_at IS NOT NULL"),
        postgresql_where=sa.text("archived_at IS NOT NULL"),
    ),
)

link_flow = _table(
    "link_flow",
    sa.Column("link_id", sa.ForeignKey(link.c.id, ondelete="CASCADE"), nullable=False),
    _text("flow", 60, nullable=False),
    _text("revision", 40, nullable=False),
    _text("fingerprint", 64, nullable=False),
    sa.Column("sent", sa.JSON, nullable=False),
    _text("target_version", 40),
    sa.Column("seen", sa.JSON, nullable=False),
    sa.PrimaryKeyConstraint("link_id", "flow"),
)

dismissal = _table(
    "dismissal",
    _pair(),
    _text("kind", 60, nullable=False),
    _text("procore_id", 120, nullable=False),
    _text("accounting_id", 120, nullable=False),
    _text("by", 120, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    _text("why", 1000, nullable=False, server_default=""),
    sa.PrimaryKeyConstraint("pair", "kind", "procore_id", "accounting_id"),
)

sync_run = _table(
    "sync_run",
    _id(),
    _pair(),
    _text("integration", 120, nullable=False),
    _text("stage", 60, nullable=False),
    _text("flow", 60, nullable=False),
    _text("run_id", 250, nullable=False),
    _text("mode", 10, nullable=False),
    sa.Column("filtered", sa.Boolean, nullable=False),
    _text("state", 20, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("counts", sa.JSON, nullable=False),
    sa.Column("money", sa.JSON, nullable=False),
    sa.Column("notes", sa.JSON, nullable=False),
    sa.UniqueConstraint("pair", "flow", "run_id"),
    sa.Index(None, "pair", "started_at"),
)

record_outcome = _table(
    "record_outcome",
    _id(),
    *_record_key(),
    sa.Column("sync_run_id", sa.ForeignKey(sync_run.c.id, ondelete="CASCADE"), nullable=False),
    _text("outcome", 20, nullable=False),
    _text("number"),
    _text("name", 1000, nullable=False),
    _text("target_id", 120),
    sa.Column("changes", sa.JSON, nullable=False),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("remedy", sa.Text, nullable=False, server_default=""),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index(None, "pair", "flow", "source_id"),
    sa.Index(None, "sync_run_id", "outcome"),
    sa.Index(None, "pair", "name"),
)

open_record = _table(
    "open_record",
    *_record_key(),
    _text("outcome", 20, nullable=False),
    _text("number"),
    _text("name", 1000, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("remedy", sa.Text, nullable=False),
    sa.Column("first_seen", UtcDateTime, nullable=False),
    sa.Column("last_seen", UtcDateTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    _text("dismissed_by", 120),
    sa.Column("dismissed_at", UtcDateTime),
    _text("dismissed_why", 1000),
    sa.PrimaryKeyConstraint("pair", "flow", "source_id", "part"),
)

intent = _table(
    "intent",
    _id(),
    *_record_key(),
    sa.Column("number", sa.Integer, nullable=False),
    _text("action", 20, nullable=False),
    _text("step", 20, nullable=False),
    _text("state", 10, nullable=False),
    sa.Column("fence", sa.BigInteger, nullable=False),
    _text("batch_key", 128, nullable=False),
    _text("mark"),
    sa.Column("document", sa.JSON, nullable=False),
    _text("target_id", 120),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("settled_at", UtcDateTime),
    _text("outcome", 20),
    sa.UniqueConstraint("pair", "flow", "source_id", "part", "number"),
    sa.Index(
        "uq_jobledger_intent_open",
        "pair",
        "flow",
        "source_id",
        "part",
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    ),
)

intent_batch = _table(
    "intent_batch",
    _pair(),
    _text("flow", 60, nullable=False),
    _text("key", 128, nullable=False),
    sa.Column("members", sa.JSON, nullable=False),
    _text("body_hash", 64, nullable=False),
    sa.Column("sent_at", UtcDateTime, nullable=False),
    sa.PrimaryKeyConstraint("pair", "flow", "key"),
)

lease = _table(
    "lease",
    _pair(),
    _text("flow", 60, nullable=False),
    sa.Column("fence", sa.BigInteger, nullable=False),
    _text("holder", 250, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.PrimaryKeyConstraint("pair", "flow"),
)

approval = _table(
    "approval",
    _id(),
    *_record_key(),
    _text("decision", 20, nullable=False),
    _text("fingerprint", 64, nullable=False, server_default=""),
    _text("number"),
    _text("name", 1000, nullable=False, server_default=""),
    sa.Column("document", sa.JSON, nullable=False),
    _text("by", 120, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    _text("reason", 1000, nullable=False, server_default=""),
    sa.Index(None, "pair", "flow", "source_id", "part"),
    sa.Index(None, "pair", "decision", "flow"),
)

cursor = _table(
    "cursor",
    _pair(),
    _text("entity", 60, nullable=False),
    _text("scope", 120, nullable=False, server_default=""),
    sa.Column("until", UtcDateTime, nullable=False),
    _text("run_id", 250, nullable=False),
    sa.PrimaryKeyConstraint("pair", "entity", "scope"),
)

oauth_token = _table(
    "oauth_token",
    _text("connection", 120, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("access_token", sa.Text, nullable=False),
    sa.Column("refresh_token", sa.Text, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("claimed_until", UtcDateTime),
    sa.PrimaryKeyConstraint("connection"),
)

labour_rate = _table(
    "labour_rate",
    _pair(),
    _text("employee_id", 120, nullable=False),
    _text("time_type", nullable=False, server_default=""),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_to", sa.Date),
    _text("rate", 40, nullable=False),
    _text("by", 120, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.PrimaryKeyConstraint("pair", "employee_id", "time_type", "valid_from"),
)

check = _table(
    "check",
    _pair(),
    _text("side", 20, nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    _text("topic", nullable=False),
    sa.Column("ok", sa.Boolean, nullable=False),
    sa.Column("required", sa.Boolean, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("remedy", sa.Text, nullable=False, server_default=""),
    sa.Column("checked_at", UtcDateTime, nullable=False),
    sa.PrimaryKeyConstraint("pair", "side", "place"),
)

rate_window = _table(
    "rate_window",
    _text("system", 60, nullable=False),
    _text("tenant", 120, nullable=False),
    _text("window", 30, nullable=False),
    sa.Column("remaining", sa.Integer, nullable=False),
    sa.Column("resets_at", UtcDateTime, nullable=False),
    sa.PrimaryKeyConstraint("system", "tenant", "window"),
)
