"""Links: which Procore record and which accounting record are the same thing, and what a flow last wrote and saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from jobledger.store.bulk import among, as_wanted, one_of
from jobledger.store.catalog import GONE, put_away_ids, put_away_kind
from jobledger.store.engine import upsert
from jobledger.store.tables import catalog_record, dismissal, link, link_flow

Side = Literal["procore", "accounting"]


@dataclass(frozen=True)
class Link:
    """One link, seen from the source side of a flow, with what that flow last wrote (None before its first time)."""

    id: int
    source_id: str
    target_id: str
    made_by: str
    revision: str | None
    fingerprint: str | None
    sent: dict[str, Any] | None
    target_version: str | None
    seen: dict[str, Any] | None


@dataclass(frozen=True)
class FlowState:
    """What a flow last wrote to a link's target, and how the target looked then."""

    revision: str
    fingerprint: str
    sent: dict[str, Any]
    target_version: str | None
    seen: dict[str, Any]


_MINE = (link.c.pair == sa.bindparam("pair"), link.c.kind == sa.bindparam("kind"))
_DISMISSED = sa.select(dismissal.c.procore_id, dismissal.c.accounting_id).where(
    dismissal.c.pair == sa.bindparam("pair"), dismissal.c.kind == sa.bindparam("kind")
)
_COUNT = sa.select(sa.func.count()).select_from(link).where(*_MINE)


def side_of(system: str) -> Side:
    """Which side of a link a system is on."""
    return "procore" if system == "procore" else "accounting"


def of_sources(
    connection: Connection, pair: str, kind: str, flow: str, side: Side, ids: Sequence[str]
) -> dict[str, Link]:
    """The links of these source records, by source id."""
    asked = {"pair": pair, "kind": kind, "flow": flow, "wanted": as_wanted(connection, ids)}
    return {row[1]: Link(*row) for row in connection.execute(_of_sources(connection.dialect.name, side), asked)}


@cache
def _of_sources(dialect: str, side: Side) -> sa.Select[Any]:
    source, target = _columns(side)
    of_flow = (link_flow.c.link_id == link.c.id) & (link_flow.c.flow == sa.bindparam("flow"))
    return (
        sa.select(
            link.c.id,
            source,
            target,
            link.c.made_by,
            link_flow.c.revision,
            link_flow.c.fingerprint,
            link_flow.c.sent,
            link_flow.c.target_version,
            link_flow.c.seen,
        )
        .select_from(link.outerjoin(link_flow, of_flow))
        .where(*_MINE, one_of(dialect, source))
    )


def of_targets(connection: Connection, pair: str, kind: str, flow: str, side: Side, ids: Sequence[str]) -> list[Link]:
    """The links of these target records, as `of_sources` gives them; `side` is the flow's."""
    source, target = _columns(side)
    known = sa.select(source).where(link.c.pair == pair, link.c.kind == kind, among(connection, target, ids))
    return list(of_sources(connection, pair, kind, flow, side, list(connection.scalars(known))).values())


def linked_targets(connection: Connection, pair: str, kind: str, side: Side) -> dict[str, str]:
    """Source id -> target id for all links of a kind."""
    asked = {"pair": pair, "kind": kind}
    return {row[0]: row[1] for row in connection.execute(_linked_targets(side), asked)}


@cache
def _linked_targets(side: Side) -> sa.Select[Any]:
    return sa.select(*_columns(side)).where(*_MINE)


def ids_of(connection: Connection, pair: str, kind: str, side: Side, ids: Sequence[str]) -> list[tuple[str, str]]:
    """The links, each as Procore's id and the books', that name one of these ids on a side."""
    source, _ = _columns(side)
    statement = sa.select(link.c.procore_id, link.c.accounting_id).where(link.c.pair == pair, link.c.kind == kind)
    return [(row[0], row[1]) for row in connection.execute(statement.where(among(connection, source, ids)))]


def count(connection: Connection, pair: str, kind: str) -> int:
    """How many links of a kind there are."""
    return int(connection.scalar(_COUNT, {"pair": pair, "kind": kind}) or 0)


def counts(connection: Connection, pair: str) -> dict[str, int]:
    """How many links of each kind there are, by the kinds' names."""
    statement = sa.select(link.c.kind, sa.func.count()).where(link.c.pair == pair).group_by(link.c.kind)
    return {row[0]: row[1] for row in connection.execute(statement.order_by(link.c.kind))}


def make(
    connection: Connection,
    pair: str,
    kind: str,
    ids: tuple[str, str],
    made_by: str,
    now: datetime,
    evidence: str = "",
    shared: bool = False,
) -> int:
    """Links a Procore record with an accounting record, `ids` in that order; the link's id. Harmless when repeated.

    Raises `ValueError` if one of the two is linked with another record; with `shared`, the books' record may be.
    """
    procore_id, accounting_id = ids
    mine, theirs = link.c.procore_id == procore_id, link.c.accounting_id == accounting_id
    either = mine if shared else sa.or_(mine, theirs)
    statement = sa.select(link).where(link.c.pair == pair, link.c.kind == kind, link.c.part == "", either)
    for present in connection.execute(statement):
        if (present.procore_id, present.accounting_id) == ids:
            return int(present.id)
        raise ValueError(f"{kind} {present.procore_id} is already linked to {present.accounting_id}")
    row = {"pair": pair, "kind": kind, "procore_id": procore_id, "accounting_id": accounting_id}
    stated = {"made_by": made_by, "made_at": now, "evidence": evidence[:1000]}
    key = connection.execute(sa.insert(link).values(row | stated)).inserted_primary_key
    return int(key[0]) if key else 0


def remove(connection: Connection, pair: str, kind: str, procore_id: str) -> bool:
    """Takes a link away; whether there was one."""
    statement = sa.delete(link).where(link.c.pair == pair, link.c.kind == kind, link.c.procore_id == procore_id)
    return connection.execute(statement).rowcount > 0


def remove_to(connection: Connection, pair: str, kind: str, side: Side, targets: Sequence[str]) -> None:
    """Takes away the links of a side's records with these targets."""
    _, target = _columns(side)
    mine = (link.c.pair == pair, link.c.kind == kind)
    connection.execute(sa.delete(link).where(*mine, among(connection, target, targets)))


def archive(connection: Connection, pair: str, kind: str, procore_id: str, by: str, now: datetime) -> bool:
    """Takes a linked pair out of all runs until it is restored (XER-37); whether there was one."""
    statement = sa.update(link).where(link.c.pair == pair, link.c.kind == kind, link.c.procore_id == procore_id)
    changed = connection.execute(statement.where(link.c.archived_at.is_(None)).values(archived_at=now, archived_by=by))
    return changed.rowcount > 0


def restore(connection: Connection, pair: str, kind: str, procore_id: str) -> bool:
    """Brings an archived pair back into the runs; whether there was one."""
    statement = sa.update(link).where(link.c.pair == pair, link.c.kind == kind, link.c.procore_id == procore_id)
    changed = connection.execute(
        statement.where(link.c.archived_at.is_not(None)).values(archived_at=None, archived_by=None)
    )
    return changed.rowcount > 0


def archived(connection: Connection, pair: str, kind: str, side: Side) -> set[str]:
    """The ids, on one side, that take part in no run: those of archived pairs, and those that were put away."""
    asked = {"pair": pair, "kind": kind, "put_away": put_away_kind(kind)}
    return set(connection.scalars(_archived(side), asked))


@cache
def _archived(side: Side) -> sa.CompoundSelect[Any]:
    source, _ = _columns(side)
    unwanted = put_away_ids(sa.bindparam("pair"), sa.bindparam("put_away"), side == "procore")
    return sa.select(source).where(*_MINE, link.c.archived_at.is_not(None)).union_all(unwanted)


def put_away(connection: Connection, pair: str, kind: str, side: Side, record_id: str, by: str, now: datetime) -> None:
    """Notes that an unlinked record is not wanted: it is neither proposed nor carried over (XER-17)."""
    dismiss(connection, pair, put_away_kind(kind), _alone(side, record_id), by, "", now)


def bring_back(connection: Connection, pair: str, kind: str, side: Side, record_id: str) -> bool:
    """Takes back `put_away`; whether the record was put away."""
    return undismiss(connection, pair, put_away_kind(kind), _alone(side, record_id))


def _alone(side: Side, record_id: str) -> tuple[str, str]:
    return (record_id, "") if side == "procore" else ("", record_id)


def with_changed_targets(
    connection: Connection, pair: str, kind: str, flow: str, side: Side, target_entity: str
) -> set[str]:
    """The ids of the source records of which the target has changed since the flow last looked at it (`looked_at`)."""
    asked = {"pair": pair, "kind": kind, "flow": flow, "entity": target_entity}
    return set(connection.scalars(_with_changed_targets(side), asked))


@cache
def _with_changed_targets(side: Side) -> sa.Select[Any]:
    source, target = _columns(side)
    version = sa.func.coalesce(catalog_record.c.version, "")
    state = sa.case((catalog_record.c.active, version), else_=GONE)
    of_link = (link_flow.c.link_id == link.c.id) & (link_flow.c.flow == sa.bindparam("flow"))
    of_target = (catalog_record.c.pair == sa.bindparam("pair")) & (catalog_record.c.entity == sa.bindparam("entity"))
    return (
        sa.select(source)
        .join(link_flow, of_link)
        .join(catalog_record, of_target & (catalog_record.c.id == target))
        .where(*_MINE, link.c.archived_at.is_(None))
        .where(sa.func.coalesce(link_flow.c.target_version, "") != state)
    )


def unwritten(connection: Connection, pair: str, kind: str, flow: str, side: Side) -> dict[str, str]:
    """Source id -> target id for the links, archived ones left out, to which a flow has never written."""
    source, target = _columns(side)
    written = sa.select(link_flow.c.link_id).where(link_flow.c.flow == flow)
    statement = sa.select(source, target).where(link.c.pair == pair, link.c.kind == kind, link.c.archived_at.is_(None))
    return {row[0]: row[1] for row in connection.execute(statement.where(link.c.id.not_in(written)))}


def looked_at(connection: Connection, link_id: int, flow: str, state: str | None) -> None:
    """Notes in which state (`CatalogRecord.state`) a flow has looked at a link's target without writing to it."""
    same = (link_flow.c.link_id == link_id, link_flow.c.flow == flow)
    connection.execute(sa.update(link_flow).where(*same).values(target_version=state))


def save_state(connection: Connection, link_id: int, flow: str, state: FlowState) -> None:
    """Notes what a flow has just written and seen."""
    upsert(connection, link_flow, [{"link_id": link_id, "flow": flow} | vars(state)])


def all_links(connection: Connection, pair: str, kind: str | None = None) -> list[sa.Row[Any]]:
    """Every link (kind, procore_id, accounting_id, made_by, made_at, archived_at, evidence), oldest first."""
    ids = (link.c.kind, link.c.procore_id, link.c.accounting_id)
    columns = (*ids, link.c.made_by, link.c.made_at, link.c.archived_at, link.c.evidence)
    statement = sa.select(*columns).where(link.c.pair == pair).order_by(link.c.kind, link.c.id)
    return list(connection.execute(statement.where(link.c.kind == kind) if kind else statement))


def dismiss(
    connection: Connection, pair: str, kind: str, ids: tuple[str, str], by: str, why: str, now: datetime
) -> None:
    """Notes that a person says these two records, `ids` as in `make`, are not the same."""
    row = {"pair": pair, "kind": kind, "procore_id": ids[0], "accounting_id": ids[1]}
    upsert(connection, dismissal, [row | {"by": by, "why": why, "at": now}])


def released(kind: str) -> str:
    """The name under which `dismissed` keeps records of a kind that a person has released in spite of a rule."""
    return f"{kind}: released"


def undismiss(connection: Connection, pair: str, kind: str, ids: tuple[str, str]) -> bool:
    """Takes back that two records, `ids` as in `make`, are not the same; whether anybody had said so."""
    same = (dismissal.c.procore_id == ids[0], dismissal.c.accounting_id == ids[1])
    statement = sa.delete(dismissal).where(dismissal.c.pair == pair, dismissal.c.kind == kind, *same)
    return connection.execute(statement).rowcount > 0


def dismissed(connection: Connection, pair: str, kind: str) -> set[tuple[str, str]]:
    """The pairs of ids that a person has said are not the same: Procore's, the books'."""
    rows = connection.execute(_DISMISSED, {"pair": pair, "kind": kind})
    return {(procore_id, accounting_id) for procore_id, accounting_id in rows}


def _columns(side: Side) -> tuple[sa.Column[Any], sa.Column[Any]]:
    columns = link.c.procore_id, link.c.accounting_id
    return columns if side == "procore" else (columns[1], columns[0])
