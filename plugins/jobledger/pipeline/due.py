"""Which records a run looks at although their list does not show them as changed."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from jobledger.pipeline.cataloging import card_of_catalog
from jobledger.pipeline.choices import Chosen, chosen, takes_part
from jobledger.pipeline.run import FlowRun
from jobledger.pipeline.seen import Seen, not_shown
from jobledger.pipeline.surroundings import Surroundings
from jobledger.store import catalog, history, links
from jobledger.store.catalog import CatalogRecord
from jobledger.store.engine import reading


def due_ids(run: FlowRun, seen: Seen) -> list[str]:
    """The records that are due although they may not have changed; those that were seen are left out.

    These are the open ones, those that take part only now, documents whose counterpart has changed, and those that an
    interrupted run has found gone and not dealt with.
    """
    flow = run.flow
    with reading(run.engine) as connection:
        still_open = history.open_ids(connection, run.pair, run.flow.name)
        unlinked = _unlinked(run, connection, seen)
        dismissed = history.dismissed_ids(connection, run.pair, run.flow.name)
        wanted, around = chosen(connection, run), Surroundings(run, connection)
        due = {one.id for one in unlinked if (wanted is None or one.id in wanted) and _may_be_due(run, around, one)}
        if flow.is_document:
            due |= links.with_changed_targets(connection, run.pair, flow.kind, flow.name, run.side, flow.target)
        due |= _left_behind(run, connection, around) | _to_switch(run, connection, wanted)
        return not_shown(run, connection, seen, sorted({*still_open, *(due - dismissed)}))


def _unlinked(run: FlowRun, connection: Connection, seen: Seen) -> list[CatalogRecord]:
    """The unlinked records that were not seen in this run: of a list that was read whole, none."""
    before = seen.mark if seen.whole else None
    ids = catalog.unlinked_ids(connection, run.pair, run.flow.source, run.flow.kind, before)
    others = [one for one in ids if not seen.ids or one not in seen.ids]
    return list(catalog.known(connection, run.pair, run.flow.source, others).values())


def _to_switch(run: FlowRun, connection: Connection, wanted: Chosen) -> set[str]:
    """The linked records of which the target's switch does not say whether they take part: the choice has changed."""
    if not run.flow.switch:
        return set()
    linked = links.linked_targets(connection, run.pair, run.flow.kind, run.side)
    sources = catalog.known(connection, run.pair, run.flow.source, sorted(linked))
    targets = catalog.known(connection, run.pair, run.flow.target, sorted(linked.values()))
    return {
        key
        for key, target in linked.items()
        if key in sources
        and target in targets
        and (sources[key].active and (wanted is None or key in wanted))
        != bool(targets[target].content.get(run.flow.switch))
    }


def _left_behind(run: FlowRun, connection: Connection, around: Surroundings) -> set[str]:
    """The linked records that are known to be gone although their counterparts are still in use."""
    if run.flow.on_remove == "nothing":
        return set()
    gone = catalog.vanished(connection, run.pair, run.flow.source, run.flow.kind)
    left = {around.target_of(run.flow.kind, one.id) or "": one.id for one in gone}
    targets = catalog.known(connection, run.pair, run.flow.target, list(left))
    return {left[key] for key, target in targets.items() if target.active}


def _may_be_due(run: FlowRun, around: Surroundings, one: CatalogRecord) -> bool:
    """Whether an unlinked record could take part, by what the catalog knows of it."""
    card, statuses = card_of_catalog(one), run.flow.only_when.get("status")
    if statuses and one.status not in statuses:
        return False
    return takes_part(run, around, card) and not (run.flow.is_document and around.is_opening(card))
