"""What a person may do about links: see what is unlinked, propose, link, part, put away, push, and bring in a CSV file.

Whatever is wrong raises `FixTheSetup` with the record and the remedy; nothing is half done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.engine import Connection

from jobledger.actions.approvals import send
from jobledger.errors import FixTheSetup
from jobledger.integration import Integration
from jobledger.mapping.automap import propose
from jobledger.mapping.flow import Flow
from jobledger.mapping.path import read
from jobledger.pipeline.cataloging import card_of_catalog
from jobledger.steps import STAGE_FLOWS, flows_of
from jobledger.store import approvals, catalog, links
from jobledger.store.catalog import CatalogRecord
from jobledger.store.links import Side


@dataclass(frozen=True)
class Kind:
    """A kind of links of an integration, and the flows that carry its records out of each side, where there is one."""

    paired: Integration
    name: str
    flows: Mapping[Side, Flow]

    @property
    def pair(self) -> str:
        """The integration's pair."""
        return self.paired.pair

    @property
    def flow(self) -> Flow:
        """The flow by which the kind is read: of twins the one out of Procore."""
        return self.flows.get("procore") or self.flows["accounting"]

    @property
    def by_number(self) -> bool:
        """Whether a person looks for these records by their number or code, not by their name."""
        return self.flow.natural_key[:1] not in ((), ("Name",), ("name",))

    def entity(self, side: Side) -> str:
        """Where the records of a side are kept, such as `xero.contacts`."""
        return self.flow.source if links.side_of(self.flow.source_system) == side else self.flow.target

    def stage(self, side: str) -> str:
        """The stage that carries records out of a side, or by which the kind is read where no side is named."""
        flow = next((flow for one, flow in self.flows.items() if one == side), self.flow)
        return next(stage for stage, flows in STAGE_FLOWS.items() if flow.name in flows)


@dataclass(frozen=True)
class Proposed:
    """Two records that may be the same, why, and how sure that is (score from 0 to 1)."""

    procore: CatalogRecord
    accounting: CatalogRecord
    score: float
    sure: bool
    evidence: tuple[str, ...]


def kinds(paired: Integration) -> list[Kind]:
    """The kinds of links of an integration, in the order of its stages; what a setting switches off has none."""
    found: dict[str, dict[Side, Flow]] = {}
    flows, settings = flows_of(paired), paired.settings()
    in_order = [name for stage, names in STAGE_FLOWS.items() if stage in paired.stages for name in names]
    for flow in (flows[name] for name in in_order if name in flows):
        if not flow.amends and not flow.is_off(settings):
            found.setdefault(flow.kind, {})[links.side_of(flow.source_system)] = flow
    return [Kind(paired, name, of) for name, of in found.items()]


def kind_of(paired: Integration, name: str) -> Kind:
    """A kind of links by its name."""
    known = {kind.name: kind for kind in kinds(paired)}
    if name not in known:
        raise FixTheSetup(paired.name, f"has no kind of links '{name}'.", f"It has {', '.join(sorted(known))}.")
    return known[name]


def proposals(connection: Connection, kind: Kind) -> list[Proposed]:
    """Unlinked records of both sides that may be the same, the surest first; what a person has denied is left out."""
    if kind.flow.is_within:
        return []
    pair = kind.pair
    ours, theirs = (_free(connection, kind, side) for side in SIDES)
    refused = links.dismissed(connection, pair, kind.name)
    mine, yours = {one.id: one for one in ours}, {one.id: one for one in theirs}
    found = propose([card_of_catalog(one) for one in ours], [card_of_catalog(one) for one in theirs], kind.name)
    some = [
        Proposed(mine[p.left_id], yours[p.right_id], p.score, p.sure, p.evidence)
        for p in found
        if (p.left_id, p.right_id) not in refused
    ]
    return sorted(some, key=lambda one: (not one.sure, -one.score, one.procore.name))


def _free(connection: Connection, kind: Kind, side: Side) -> list[CatalogRecord]:
    """The records of a side that may still be linked: the unlinked ones, and of a shared target all."""
    if side == "accounting" and kind.flow.shares_target:
        return catalog.active(connection, kind.pair, kind.entity(side))
    return catalog.unlinked(connection, kind.pair, kind.entity(side), kind.name, side)


def likely(connection: Connection, kind: Kind, side: Side, record_id: str) -> list[Proposed]:
    """What a record of a side may be the same as on the other one, the likeliest first."""
    found = proposals(connection, kind)
    return [one for one in found if record_id == (one.procore if side == "procore" else one.accounting).id]


def link(connection: Connection, kind: Kind, ids: tuple[str, str], by: str) -> None:
    """Links two records, Procore's id first, that are both known, in use and free."""
    problem = what_is_wrong(kind, ids, known_of(connection, kind, [ids]), taken_of(connection, kind, [ids]))
    if problem:
        raise problem
    make(connection, kind, ids, by)


def accept(connection: Connection, kind: Kind, some: Iterable[Proposed], by: str) -> int:
    """Links proposed pairs, each with its evidence; how many. Raises where one of them is linked meanwhile."""
    count = 0
    for one in some:
        make(connection, kind, (one.procore.id, one.accounting.id), by, "; ".join(one.evidence))
        count += 1
    return count


def unlink(connection: Connection, kind: Kind, procore_id: str, by: str) -> None:
    """Takes a link away; neither record is touched, and what they still carry does not bring the link back."""
    pair = kind.pair
    linked = links.ids_of(connection, pair, kind.name, "procore", [procore_id])
    if not linked:
        raise FixTheSetup(f"{kind.name} {procore_id}", "is not linked.", "See `links list`.")
    links.remove(connection, pair, kind.name, procore_id)
    for ids in linked:
        links.dismiss(connection, pair, kind.name, ids, by, "unlinked", datetime.now(UTC))


def relink(connection: Connection, kind: Kind, ids: tuple[str, str], by: str) -> None:
    """Leads a link to the survivor of a merge: `ids` are to be linked, and one of them is linked with another now."""
    pair = kind.pair
    old = {
        *links.ids_of(connection, pair, kind.name, "procore", [ids[0]]),
        *links.ids_of(connection, pair, kind.name, "accounting", [ids[1]]),
    }
    if not old:
        raise FixTheSetup(f"{kind.name} {ids[0]}", "is not linked.", "Use `links link`.")
    for procore_id, _ in old:
        links.remove(connection, pair, kind.name, procore_id)
    link(connection, kind, ids, by)


def archive(connection: Connection, kind: Kind, procore_id: str, by: str) -> None:
    """Takes a linked pair out of all runs: neither side follows the other until it is restored (XER-37)."""
    if not links.archive(connection, kind.pair, kind.name, procore_id, by, datetime.now(UTC)):
        raise FixTheSetup(f"{kind.name} {procore_id}", "is not an active link.", "See `links list`.")


def restore(connection: Connection, kind: Kind, procore_id: str) -> None:
    """Brings an archived pair back into the runs."""
    if not links.restore(connection, kind.pair, kind.name, procore_id):
        raise FixTheSetup(f"{kind.name} {procore_id}", "is not archived.", "See `links list`.")


def put_away(connection: Connection, kind: Kind, side: Side, record_id: str, by: str) -> None:
    """Puts an unlinked record away: it is neither proposed nor carried over until it is brought back (XER-17)."""
    if record_id not in catalog.known(connection, kind.pair, kind.entity(side), [record_id]):
        raise _unknown(kind, side, record_id)
    if links.ids_of(connection, kind.pair, kind.name, side, [record_id]):
        raise FixTheSetup(f"{kind.name} {record_id}", "is linked.", "Archive the link instead.")
    links.put_away(connection, kind.pair, kind.name, side, record_id, by, datetime.now(UTC))


def bring_back(connection: Connection, kind: Kind, side: Side, record_id: str) -> None:
    """Brings a record back that was put away (XER-18)."""
    if not links.bring_back(connection, kind.pair, kind.name, side, record_id):
        raise FixTheSetup(f"{kind.name} {record_id}", "was not put away.", "See `links list`.")


def differ(connection: Connection, kind: Kind, ids: tuple[str, str], by: str, why: str) -> None:
    """Notes that two records are not the same: they are no longer proposed to each other."""
    links.dismiss(connection, kind.pair, kind.name, ids, by, why, datetime.now(UTC))


def push(connection: Connection, kind: Kind, side: Side, ids: Sequence[str], by: str) -> list[str]:
    """Puts unlinked records of a side forward to the other one; what a run is narrowed to that carries them over.

    Raises where no flow carries records of the kind out of that side.
    """
    flow = kind.flows.get(side)
    if flow is None or flow.links_only:
        found = f"are not carried out of {kind.entity(side).partition('.')[0]}."
        raise FixTheSetup(kind.name.replace("_", " "), found, "Make them by hand on the other side and link them.")
    send(connection, kind.paired, flow, ids, by)
    return [f"{flow.name}:{one}" for one in ids]


def why(connection: Connection, paired: Integration, flow: Flow, source_id: str) -> str:
    """Why a record takes part in a flow or not (XER-27), and whether it is linked (XER-28), in words."""
    known = catalog.known(connection, paired.pair, flow.source, [source_id]).get(source_id)
    side = links.side_of(flow.source_system)
    linked = links.of_sources(connection, paired.pair, flow.kind, flow.name, side, [source_id]).get(source_id)
    if linked:
        return f"linked with {linked.target_id}"
    if known is None:
        return "never seen: not permitted for the app, or in no list that was read; run the stage with a full refresh"
    if not known.active:
        return f"'{known.name}' is {known.status or 'inactive'}: only active records are carried over"
    if source_id in links.archived(connection, paired.pair, flow.kind, side):
        return f"'{known.name}' was put away; `links bring-back` brings it back"
    sent = source_id in approvals.sent_ids(connection, paired.pair, flow.name)
    state = "was sent" if sent else "was not sent"
    named = flow.chosen_by.removeprefix("settings.")
    choice = f"{named} is '{read(paired.model_dump(by_alias=True), named)}'" if named != flow.chosen_by else named
    return f"'{known.name}' is not linked and {state}; {choice}; see `history --open`"


SIDES: tuple[Side, Side] = ("procore", "accounting")
Known = tuple[dict[str, CatalogRecord], dict[str, CatalogRecord]]


@dataclass
class Taken:
    """What is linked already, from either side; kept up to date as links are made."""

    by_procore: dict[str, str]
    by_accounting: dict[str, str]

    def add(self, ids: tuple[str, str]) -> None:
        """Notes a link that was just made."""
        self.by_procore[ids[0]] = ids[1]
        self.by_accounting[ids[1]] = ids[0]


def known_of(connection: Connection, kind: Kind, some: Sequence[tuple[str, str]]) -> Known:
    """What is known of the records that some pairs of ids name."""
    ours, theirs = (
        catalog.known(connection, kind.pair, kind.entity(side), [ids[place] for ids in some])
        for place, side in enumerate(SIDES)
    )
    return ours, theirs


def taken_of(connection: Connection, kind: Kind, some: Sequence[tuple[str, str]]) -> Taken:
    """What of some pairs of ids is linked already."""
    pair = kind.pair
    ours = links.ids_of(connection, pair, kind.name, "procore", [ids[0] for ids in some])
    theirs = links.ids_of(connection, pair, kind.name, "accounting", [ids[1] for ids in some])
    return Taken(dict(ours), {accounting_id: procore_id for procore_id, accounting_id in theirs})


def what_is_wrong(kind: Kind, ids: tuple[str, str], known: Known, taken: Taken) -> FixTheSetup | None:
    """Why two records cannot be linked, or None."""
    for side, one, found in zip(SIDES, ids, known, strict=True):
        if one not in found:
            return _unknown(kind, side, one)
        if not found[one].active:
            told = f"'{found[one].name}' is archived."
            return FixTheSetup(f"{kind.entity(side)} {one}", told, "Restore it first, or link another.")
    other = taken.by_accounting.get(ids[1])
    if other and other != ids[0] and not kind.flow.shares_target:
        where = f"{kind.entity('accounting')} {ids[1]}"
        return FixTheSetup(where, f"is linked with {other} already.", "Unlink that one first.")
    other = taken.by_procore.get(ids[0])
    if other and other != ids[1]:
        told = f"is linked with {other} already."
        return FixTheSetup(f"{kind.entity('procore')} {ids[0]}", told, "Unlink it first, or use `links relink`.")
    return None


def make(
    connection: Connection, kind: Kind, ids: tuple[str, str], by: str, evidence: str = "linked by a person"
) -> None:
    """Makes a link, whatever was said of the two before. Raises where one of them is linked meanwhile."""
    pair = kind.pair
    links.undismiss(connection, pair, kind.name, ids)
    for side, one in zip(SIDES, ids, strict=True):
        links.bring_back(connection, pair, kind.name, side, one)
    try:
        made = (by, datetime.now(UTC), evidence)
        links.make(connection, pair, kind.name, ids, *made, shared=kind.flow.shares_target)
    except ValueError as error:
        raise FixTheSetup(kind.name, f"{error}.", "Unlink it first, or use `links relink`.") from None


def _unknown(kind: Kind, side: Side, record_id: str) -> FixTheSetup:
    return FixTheSetup(
        f"{kind.entity(side)} {record_id}", "is not known.", "Give the id of a record that a run has read."
    )
