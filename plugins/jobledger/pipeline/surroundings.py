"""What the decisions of one run share: choices, links, candidates, owners. Reads the store, writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy.engine import Connection

from jobledger.mapping.automap import propose
from jobledger.mapping.compare import owners_of
from jobledger.mapping.context import Linked, NotYet
from jobledger.mapping.flow import About, Flow
from jobledger.mapping.labour import Rate, rate_on
from jobledger.pipeline.cataloging import card_of_catalog
from jobledger.pipeline.choices import Chosen, chosen, roles
from jobledger.pipeline.marks import mark_for, marked_source
from jobledger.pipeline.plan import Candidate
from jobledger.pipeline.run import FlowRun
from jobledger.store import catalog, history, intents, labour_rates, links
from jobledger.store.catalog import CatalogRecord
from jobledger.store.intents import Intent, Key
from jobledger.systems.base import Card


class Surroundings:
    """What the decisions of one run share, each read once and only when it is needed."""

    def __init__(self, run: FlowRun, connection: Connection) -> None:
        self.run = run
        self.connection = connection
        self._linked: dict[str, dict[str, str]] = {}
        self._planned: dict[str, dict[str, str | None]] = {}
        self._facts: dict[tuple[str, str], Linked] = {}
        self._own_facts: dict[tuple[str, str], Mapping[str, Any]] = {}
        self.books: dict[str, Any] = {}

    @cached_property
    def chosen(self) -> Chosen:
        """The ids that take part, or None for all."""
        return chosen(self.connection, self.run)

    @cached_property
    def roles(self) -> dict[str, str]:
        """The role of each company that has one only, by Procore's id (`used_as`)."""
        return roles(self.connection, self.run)

    @cached_property
    def owners(self) -> dict[str, Any]:
        """The owner of each field."""
        return _owners(self.run, self.run.flow)

    @cached_property
    def twin(self) -> Flow | None:
        """The flow that carries the same kind the other way."""
        return next((flow for flow in self.run.written_by if flow.kind == self.run.flow.kind), None)

    @cached_property
    def theirs(self) -> list[str]:
        """The paths of the source that the other side owns: a person's edit there is told and not carried over."""
        if self.twin is None:
            return []
        other = "accounting" if self.run.side == "procore" else "procore"
        return [path for path, owner in _owners(self.run, self.twin).items() if owner == other]

    @cached_property
    def open_intents(self) -> dict[Key, Intent]:
        """The flow's writes that are not settled."""
        return intents.open_keys(self.connection, self.run.pair, self.run.flow.name)

    @cached_property
    def open_ids(self) -> frozenset[str]:
        """The source ids of the flow's open records."""
        return frozenset(history.open_ids(self.connection, self.run.pair, self.run.flow.name))

    @cached_property
    def refused(self) -> set[tuple[str, str]]:
        """The pairs of which a person has said that they are not the same."""
        return links.dismissed(self.connection, self.run.pair, self.run.flow.kind)

    @cached_property
    def candidates(self) -> dict[str, tuple[Candidate, ...]]:
        """For each unlinked source record the records of the other side that may be the same, the best one first."""
        run = self.run
        if run.flow.is_within:
            return {}
        theirs = catalog.unlinked(self.connection, run.pair, run.flow.target, run.flow.kind)
        ours = catalog.unlinked(self.connection, run.pair, run.flow.source, run.flow.kind) if theirs else []
        marked = {marked_source(run.flow, card_of_catalog(one)) for one in ours}
        marks = {mark_for(run.flow, one.id) for one in ours}
        free = [one for one in theirs if one.id not in marked and one.mark not in marks]
        found = _candidates([self._comparable(card_of_catalog(one)) for one in ours], free, run.flow.kind)
        kinds = {one.id: one.evidence.get("kind") for one in (*ours, *theirs)}
        return {
            key: tuple(one for one in some if self._may_be(run.ids(key, one.target_id), kinds))
            for key, some in found.items()
        }

    def _may_be(self, ids: tuple[str, str], kinds: Mapping[str, str | None]) -> bool:
        """Whether nobody has denied that two records are the same, and the books' one is of the role that is wanted."""
        return ids not in self.refused and self.roles.get(ids[0]) in (None, kinds.get(ids[1]))

    @cached_property
    def doubles(self) -> dict[str, tuple[Candidate, ...]]:
        """For each unlinked document of the books the records of another kind that it may belong to (ACC-25)."""
        run, other = self.run, self.run.flow_of(self.run.flow.not_also or "")
        if other is None:
            return {}
        parties = links.linked_targets(self.connection, run.pair, (other.party or "").partition(".")[0], "procore")
        ours = catalog.unlinked(self.connection, run.pair, other.source, other.kind)
        theirs = catalog.unlinked(self.connection, run.pair, other.target, other.kind) if ours else []
        refused = links.dismissed(self.connection, run.pair, other.kind)
        found = _candidates([_with_party(card_of_catalog(one), parties) for one in ours], theirs, other.kind)
        names = {one.id: one.name for one in ours}
        pairs = [(c.target_id, replace(c, target_id=key, name=names[key])) for key, some in found.items() for c in some]
        doubles: dict[str, tuple[Candidate, ...]] = {}
        for target_id, candidate in pairs:
            if (candidate.target_id, target_id) not in refused:
                doubles[target_id] = (*doubles.get(target_id, ()), candidate)
        return doubles

    @cached_property
    def survivors(self) -> dict[str, tuple[Candidate, ...]]:
        """For each linked record that vanished the active ones of its own list into which it may have been merged."""
        flow = self.run.flow
        if flow.on_remove != "ask":
            return {}
        vanished = catalog.vanished(self.connection, self.run.pair, flow.source, flow.kind)
        present = catalog.active(self.connection, self.run.pair, flow.source) if vanished else []
        return _candidates([replace(card_of_catalog(one), active=True) for one in vanished], present, flow.kind)

    @cached_property
    def heirs(self) -> dict[str, tuple[str, str]]:
        """For each of those active records the id of the one that vanished, and what that one is linked with."""
        found = ((gone, one.target_id) for gone, some in self.survivors.items() for one in some)
        return {heir: (gone, self.target_of(self.run.flow.kind, gone) or "") for gone, heir in found}

    @cached_property
    def _rates(self) -> dict[str, list[Rate]]:
        found: dict[str, list[Rate]] = {}
        for one in labour_rates.every(self.connection, self.run.pair):
            rate = Rate(one.employee_id, one.time_type, one.valid_from, one.valid_to, one.rate)
            found.setdefault(one.employee_id, []).append(rate)
        return found

    def rate(self, employee_id: str, day: date, time_type: str | None) -> Decimal | None:
        """What an hour of an employee costs on a day; None where nobody has entered it."""
        return rate_on(self._rates.get(employee_id, ()), employee_id, day, time_type)

    def refused_for(self, source_id: str) -> frozenset[str]:
        """The targets of which a person has said that they are not this record."""
        place = 0 if self.run.side == "procore" else 1
        return frozenset(pair[1 - place] for pair in self.refused if pair[place] == source_id)

    def source_of(self, target_id: str) -> str | None:
        """The id of the source record that is linked with a target."""
        return self._sources.get(target_id)

    @cached_property
    def _sources(self) -> dict[str, str]:
        linked = links.linked_targets(self.connection, self.run.pair, self.run.flow.kind, self.run.side)
        return {target: source for source, target in linked.items()}

    @cached_property
    def archived(self) -> set[str]:
        """The linked source records that a person has taken out of all runs (XER-37)."""
        return links.archived(self.connection, self.run.pair, self.run.flow.linked_as, self.run.side)

    @cached_property
    def released(self) -> set[str]:
        """The source ids of records that a person has released although their number was used before."""
        side = 0 if self.run.side == "procore" else 1
        return {
            ids[side] for ids in links.dismissed(self.connection, self.run.pair, links.released(self.run.flow.kind))
        }

    def linked(self, kind: str, key: str) -> Linked | None:
        """The record linked with a source record of a kind, which is named by its id or by its number.

        Raises `NotYet` where it is known and not linked; a document before the cut-over is given with its own facts. In
        a plan, one that would be made counts as linked (ACC-35).
        """
        if (kind, key) not in self._facts:
            found = self._look_up(kind, key)
            if found is None:
                return None
            self._facts[kind, key] = found
        return self._facts[kind, key]

    def _look_up(self, kind: str, key: str) -> Linked | None:
        flow = self.run.flow_of(kind)
        theirs = self.target_of(kind, key)
        if flow is None:
            return Linked(theirs, {}) if theirs else None
        own, other = (flow.source, flow.target) if self.run.side == "procore" else (flow.target, flow.source)
        mine = None if theirs else self._own(own, key)
        theirs = theirs or (self.target_of(kind, mine.id) if mine else None)
        if theirs:
            return Linked(theirs, _Facts(self, other, theirs))
        if mine and self.is_opening(card_of_catalog(mine)):
            return Linked(None, facts_of(mine, label_of(self.run, own)))
        if mine and mine.id in self.planned(kind):
            made = self.planned(kind)[mine.id]
            return (
                Linked(made, _Facts(self, other, made))
                if made
                else Linked(WILL_BE, _Promised(facts_of(mine, label_of(self.run, other))))
            )
        if mine:
            named = " ".join(part for part in (mine.number, mine.name) if part)
            what = kind.replace("_", " ")
            raise NotYet(f"refers to {what} '{named}', not linked yet", "Link or export it first.")
        return None

    def own(self, kind: str, key: str) -> Mapping[str, Any]:
        """What the catalog knows of a record on the source's side itself; nothing of one that it does not know."""
        if (kind, key) not in self._own_facts:
            flow = self.run.flow_of(kind)
            entity = (flow.source if self.run.side == "procore" else flow.target) if flow else ""
            known = catalog.known(self.connection, self.run.pair, entity, [key]).get(key)
            self._own_facts[kind, key] = facts_of(known, label_of(self.run, entity)) if known else {}
        return self._own_facts[kind, key]

    def planned(self, kind: str) -> dict[str, str | None]:
        """Source id -> target id, None for what would be new, of what plans of this kind would link; only in a plan."""
        if self.run.applies:
            return {}
        if kind not in self._planned:
            found: dict[str, str | None] = {}
            for flow in (flow for flow in self.run.flows if flow.kind == kind):
                ours = links.side_of(flow.source_system) == self.run.side
                for source, target in history.planned(self.connection, self.run.pair, flow.name).items():
                    found |= {source: target} if ours else {target: source} if target else {}
            self._planned[kind] = found
        return self._planned[kind]

    def _own(self, entity: str, key: str) -> CatalogRecord | None:
        by_id = catalog.known(self.connection, self.run.pair, entity, [key]).get(key)
        if by_id:
            return by_id
        numbered = catalog.numbered(self.connection, self.run.pair, entity, [key]).get(key, [])
        linked = [one for one in numbered if self._is_linked(entity, one.id)]
        return next(iter(linked or numbered), None)

    def _is_linked(self, entity: str, record_id: str) -> bool:
        kinds = {flow.kind for flow in self.run.flows if entity in (flow.source, flow.target)}
        return any(self.target_of(kind, record_id) for kind in kinds)

    def is_opening(self, card: Card, day: date | None = None) -> bool:
        """Whether a document is dated before the cut-over, so that it is linked or counted, and never made (ACC-7)."""
        cutover = self.run.integration.cutover
        dated = day or _day(card.evidence.get("date"))
        return bool(cutover and dated and dated < cutover)

    def _comparable(self, card: Card) -> Card:
        """A document's card with the company (or document) that it is with under the target's id."""
        if self.run.flow.about:
            return self._as_known_there(card, self.run.flow.about)
        stated = self.run.flow.party
        if not stated or "party" not in card.evidence:
            return card
        kind, _, fact = stated.partition(".")
        try:
            found = self.linked(kind, card.evidence["party"])
        except NotYet:
            found = None
        party = (found.id if fact == "id" else found.facts.get(fact)) if found else None
        return replace(card, evidence={**card.evidence, "party": str(party or "")})

    def _as_known_there(self, card: Card, about: About) -> Card:
        """A record with the party and number of the linked document that it is about; with neither, without one."""
        document = card.evidence.get(about.by, "")
        found = self.linked(about.kind, document) if self.target_of(about.kind, document) else None
        facts = found.facts if found else {}
        party, number = (str(facts.get(name) or "") for name in (about.party, about.number))
        return replace(card, number=number, evidence={**card.evidence, "party": party})

    def target_of(self, kind: str, source_id: str) -> str | None:
        """The id linked with a source record of a kind: the converter `link` asks for it."""
        if kind not in self._linked:
            self._linked[kind] = links.linked_targets(self.connection, self.run.pair, kind, self.run.side)
        return self._linked[kind].get(str(source_id))


WILL_BE = "will be created"
"""What stands in a plan for the id, and for all that is not known yet, of a record that would be made."""


class _Promised(Mapping[str, Any]):
    """What is known of a record that would be made: what its source says, and of all else that it will be there."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known = known

    def __getitem__(self, name: str) -> Any:
        return self._known.get(name) or WILL_BE

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


class _Facts(Mapping[str, Any]):
    """What the catalog knows of a record, looked up when somebody asks."""

    def __init__(self, around: Surroundings, entity: str, record_id: str) -> None:
        self._place = around, entity, record_id

    @cached_property
    def _known(self) -> dict[str, Any]:
        around, entity, record_id = self._place
        known = catalog.known(around.connection, around.run.pair, entity, [record_id]).get(record_id)
        return facts_of(known, label_of(around.run, entity))

    def __getitem__(self, name: str) -> Any:
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def facts_of(known: CatalogRecord | None, label: str) -> dict[str, Any]:
    """What a mapping file may ask of a linked record, and what such a record is called in words."""
    if known is None:
        return {"label": label}
    return {**known.evidence, "label": label, "name": known.name, "number": known.number, "status": known.status}


def label_of(run: FlowRun, entity: str) -> str:
    """What a record of an entity is called in words, such as item."""
    system, _, name = entity.partition(".")
    return run.systems[system].entities[name].label


def _with_party(card: Card, parties: Mapping[str, str]) -> Card:
    party = parties.get(card.evidence.get("party", ""), "")
    return replace(card, evidence={**card.evidence, "party": party})


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def _candidates(ours: list[Card], theirs: list[CatalogRecord], kind: str) -> dict[str, tuple[Candidate, ...]]:
    """For each of our records those of the other list that may be the same, the best one first."""
    names = {one.id: one.name for one in theirs}
    found: dict[str, list[Candidate]] = {}
    for one in propose(ours, [card_of_catalog(card) for card in theirs], kind):
        candidate = Candidate(one.right_id, names[one.right_id], one.score, one.sure, one.evidence)
        found.setdefault(one.left_id, []).append(candidate)
    return {key: tuple(sorted(some, key=lambda c: (not c.sure, -c.score))) for key, some in found.items()}


def _owners(run: FlowRun, flow: Flow) -> dict[str, Any]:
    """The owner of each field; where the books may not change Procore's records, none is theirs (QBD-16)."""
    owners: dict[str, Any] = dict(owners_of(flow, run.settings))
    kind = run.settings.get(flow.kind)
    may = kind.get("update_from_accounting", True) if isinstance(kind, dict) else True
    return owners if may or flow.target_system != "procore" else dict.fromkeys(owners, "none")
