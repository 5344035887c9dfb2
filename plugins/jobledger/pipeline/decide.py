"""The decision about one record: a row of questions, asked in this order; the first that has an answer decides.

Pure: everything known of the record is in the `Case`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from jobledger.mapping.canonical import same
from jobledger.mapping.compare import side_of
from jobledger.mapping.document import fingerprint
from jobledger.mapping.path import read
from jobledger.pipeline import wording
from jobledger.pipeline.holds import closed, key_taken, locked
from jobledger.pipeline.linked import linked
from jobledger.pipeline.marks import mark_for, marked_source
from jobledger.pipeline.plan import Candidate, Case, Planned
from jobledger.pipeline.planning import held, in_step, linking, planned
from jobledger.settings import LABELS
from jobledger.store.catalog import CatalogRecord


def decide(case: Case) -> Planned:
    """What is to become of the record; every `blocked` or `conflict` says why and what to do."""
    for question in QUESTIONS:
        if answer := question(case):
            return answer
    return planned(case, "create", mark=mark_for(case.flow, case.card.id))


def opening(case: Case) -> Planned | None:
    """A document before the cut-over is linked or counted as opening balance, never made (ACC-7)."""
    if case.link or not case.opening or case.candidates or case.gone:
        return None
    return planned(case, "opening")


def host_is_gone(case: Case) -> Planned | None:
    """Lines come and go with the document that they join: nothing is to be done for them alone (ACC-30)."""
    return planned(case, "unchanged", amount=None) if case.flow.joins and case.host_is_gone else None


def amended(case: Case) -> Planned | None:
    """A document that another flow made is changed in the fields that are ours, or left; none is ever made."""
    amends, target = case.flow.amends, case.target
    if amends is None:
        return None
    ours = {name: value for name, value in case.mapped.fields.items() if case.owners.get(name) == side_of(case.flow)}
    if not case.link or target is None or not target.active or all(_has(target, *one) for one in ours.items()):
        return planned(case, "unchanged", amount=None)
    for path, values in amends.when.items():
        if target.content.get(path) not in values:
            found, where = target.content.get(path), wording.theirs(case)
            reason = f"Its counterpart {target.number or target.name} is {found} in {where}."
            return planned(case, "blocked", target_id=target.id, reason=reason, remedy=amends.remedy, amount=None)
    changes = [
        {"field": name, "before": target.content.get(name), "after": value}
        for name, value in ours.items()
        if not _has(target, name, value)
    ]
    return planned(case, "update", target_id=target.id, changes=changes, amount=None)


def _has(target: CatalogRecord, path: str, value: Any) -> bool:
    return same(target.content.get(path), value)


def removed(case: Case) -> Planned | None:
    """What was deleted or voided takes its counterpart with it; one that is locked is left to a person (ACC-30)."""
    flow = case.flow
    is_out = case.gone or not case.card.active or _one_of(case.record, flow.removed_when)
    if flow.on_remove != "void" or not is_out:
        return None
    if not case.link or case.target is None or not case.target.active:
        return planned(case, "unchanged")
    if hold := locked(case, removed=True) or closed(case):
        return held(case, *hold)
    what = {"field": "removed", "before": case.target.name, "after": None}
    # an acceptance of the document does not cover its removal
    own = fingerprint({"removed": case.link.target_id}, [])
    return planned(case, "remove", target_id=case.link.target_id, changes=[what], fingerprint=own)


def switched_off(case: Case) -> Planned | None:
    """What is gone or not chosen any more is switched off in the target, and never deleted there (PEX-27)."""
    switch, target = case.flow.switch, case.target
    if not (switch and case.link) or not (case.gone or not case.chosen):
        return None
    if target is None or not target.active or not target.content.get(switch):
        return planned(case, "unchanged", target_id=case.link.target_id)
    off = {**(case.link.sent or {}), switch: False}
    change = {"field": switch, "before": True, "after": False}
    own = fingerprint(off, [])
    return planned(case, "update", target_id=target.id, changes=[change], fields=off, fingerprint=own, gone=case.gone)


def left(case: Case) -> Planned | None:
    """A linked document that is no longer in a status that is carried over keeps its counterpart for now (ACC-13)."""
    flow = case.flow
    if not (case.link and flow.is_document) or case.gone or _each_of(case.record, flow.only_when):
        return None
    stated = ", ".join(str(read(case.record, path)) for path in flow.only_when)
    reason = f"'{case.card.name}' is {stated} now: it left the statuses that are carried over. Its counterpart stays."
    return held(case, "blocked", reason, f"Bring it back, or take its counterpart away in {wording.theirs(case)}.")


def nothing_to_do(case: Case) -> Planned | None:
    """A record that has nothing to write, such as an invoice on which no line has an amount (ACC-18)."""
    why = read(case.record, case.flow.nothing_when) if case.flow.nothing_when else None
    return planned(case, "unchanged", reason=str(why)) if why and not case.link else None


def vanished(case: Case) -> Planned | None:
    """Absent is not deleted: a record that its vendor no longer shows is left to a person (ACC-5)."""
    if not case.gone:
        return None
    if not case.link:
        return planned(case, "unchanged")
    product = LABELS[case.flow.source_system]
    if case.flow.on_remove == "hold":
        remedy = f"Permit it for the app again, or take the link away: {wording.command(case, 'unlink', case.card.id)}."
        return held(case, "blocked", f"{product} no longer shows '{case.card.name}' to this integration.", remedy)
    if case.flow.on_remove == "ask":
        reason = f"{product} no longer has '{case.card.name}': it was merged into another record or removed."
        return held(case, "conflict", reason + wording.listed(case.survivors), wording.relink(case, case.survivors))
    return in_step(case)


def merged(case: Case) -> Planned | None:
    """A merged record proposes its survivor, and a person confirms (ACC-5)."""
    survivor = case.card.merged_into
    if not survivor:
        return None
    if not case.link:
        return planned(case, "unchanged")
    reason = f"{LABELS[case.flow.source_system]} has merged '{case.card.name}' into {survivor}."
    return held(case, "conflict", reason, wording.relink(case, (Candidate(survivor, survivor, 1, False, ()),)))


def unanswered(case: Case) -> Planned | None:
    """A write that had no answer is settled before anything else is sent."""
    if not case.open_intent:
        return None
    sent = f"{case.open_intent.opened_at:%Y-%m-%d %H:%M:%S} UTC"
    reason = f"The {case.open_intent.action} sent at {sent} had no answer, and the record has not been found since."
    return held(case, "unknown", reason, "Nothing to do: the next run looks again and goes on.")


def not_transferable(case: Case) -> Planned | None:
    """What the mapping file says cannot be carried over, with its remedy."""
    for path, remedy in case.flow.blocked_when.items():
        found = read(case.record, path)
        if found:
            said = str(found) if str(found).endswith(".") else f"{path.replace('_', ' ')} {found}."
            return held(case, "blocked", f"'{case.card.name}': {said}", remedy)
    return None


def parentless(case: Case) -> Planned | None:
    """Parents first: a record is not sent before those it refers to are linked, and have what it needs of them."""
    if not case.mapped.missing:
        return None
    named = "; ".join(dict.fromkeys(missing.why for missing in case.mapped.missing))
    remedies = " ".join(dict.fromkeys(missing.remedy for missing in case.mapped.missing))
    return held(case, "blocked", f"'{case.card.name}': {named}.", remedies)


def lineless(case: Case) -> Planned | None:
    """A document without a line says nothing: it is not sent (XTR-20)."""
    if not case.flow.lines or case.mapped.lines:
        return None
    reason = f"'{case.card.name}' has no line."
    return held(case, "invalid", reason, f"Give it a line with a cost code in {LABELS[case.flow.source_system]}.")


def unbalanced(case: Case) -> Planned | None:
    """The lines of a document add up to what its source says, or it is not sent (ACC-10, ACC-16)."""
    stated = read(case.record, case.flow.total) if case.flow.total else None
    if stated is None or case.worth is None or Decimal(str(stated)) == case.worth:
        return None
    amount, product = wording.money(stated), LABELS[case.flow.source_system]
    reason = f"The lines of '{case.card.name}' add up to {wording.money(case.worth)}, and {product} says {amount}."
    return held(case, "invalid", reason, f"Correct the lines or the total in {product}.")


def used_twice(case: Case) -> Planned | None:
    """One company's number on two documents is held until a person releases it with a reason (ACC-17)."""
    if case.link or not case.numbered_alike:
        return None
    others = ", ".join(f"'{other.name}' ({other.id})" for other in case.numbered_alike)
    reason = f"Number '{case.card.number}' of '{case.card.name}' is on {others} of the same company too."
    command = f"airflow jobledger release {case.integration} {case.flow.name} {case.card.id} --reason …"
    return held(case, "invalid", reason, f"Correct one of the numbers, or, if both are right, `{command}`.")


def second_door(case: Case) -> Planned | None:
    """Cost does not enter twice: what may be the bill of an invoice that Procore counts already waits (ACC-25)."""
    if case.link or not case.doubles:
        return None
    kind, first = str(case.flow.not_also), case.doubles[0].target_id
    bill = case.card.evidence.get("bill", "")
    reason = f"'{case.card.name}' {case.card.number or ''} may be the bill of something that Procore counts already."
    ids = f"{case.integration} {kind} {first} {bill}"
    remedy = f"If it is, `airflow jobledger links link {ids}`; if not, `airflow jobledger links dismiss {ids} WHY`."
    return held(case, "conflict", reason + wording.listed(case.doubles), remedy)


def joins_locked(case: Case) -> Planned | None:
    """Lines join a document only while it may be edited; else it is a conflict, or another document (ACC-12)."""
    host, joins = case.host, case.flow.joins
    if not (joins and host) or case.link or not host.evidence.get("locked"):
        return None
    if _setting(case, joins.when_locked) == "new_order":
        return None
    reason = (
        f"'{host.name}' ({host.number}) is {host.evidence['locked']} in {wording.theirs(case)} and takes no more lines."
    )
    remedy = f"Take it back in {wording.theirs(case)}, or set {joins.when_locked.removeprefix('settings.')}: new_order."
    return held(case, "conflict", reason, remedy)


def foreign(case: Case) -> Planned | None:
    """An origin_id that another integration wrote is never overwritten (PRC-API-11)."""
    origin_id = case.card.evidence.get("origin_id", "") if case.flow.write_back else ""
    if not origin_id or origin_id.startswith(f"{case.flow.target_system}:"):
        return None
    reason = f"'{case.card.name}' carries origin_id '{origin_id}' of another integration."
    return held(case, "conflict", reason, "Disconnect the other integration and clear its origin_id in Procore.")


def closed_period(case: Case) -> Planned | None:
    """Nothing is written into a closed period: it waits for the reopening, or goes to the first open day (ACC-28)."""
    hold = closed(case)
    if case.link or hold is None:
        return None
    if case.settings.get("closed_period") != "first_open_day":
        return held(case, *hold)
    until, field = date.fromisoformat(str(case.books["closed_until"])), str(case.flow.dated)
    told = f"Dated {until + timedelta(days=1)} instead of {case.mapped.fields[field]}: the period is closed."
    return planned(
        case,
        "create",
        mark=mark_for(case.flow, case.card.id),
        fields={**case.mapped.fields, field: until + timedelta(days=1)},
        instead={field: case.mapped.fields[field]},
        reason=told,
    )


def ours(case: Case) -> Planned | None:
    """No echo: a record that carries our mark is linked with what it was made from, never carried back."""
    origin = marked_source(case.flow, case.card)
    target = case.target
    if not (origin or target) or (target and target.id in case.refused):
        return None
    if target is None:
        return held(case, "conflict", *wording.lost_origin(case, str(origin)))
    if case.target_linked_with or not target.active:
        return _leftover(case, target)
    return linking(case, target.id, "recognised by Jobledger's own mark", "jobledger")


def matched(case: Case) -> Planned | None:
    """A sure match is linked, a doubtful one is proposed and never guessed (ACC-4)."""
    if not case.candidates:
        return None
    best = case.candidates[0]
    if best.sure:
        return linking(case, best.target_id, "; ".join(best.evidence), "automap")
    reason = f"'{case.card.name}' may be a record that {LABELS[case.flow.target_system]} has already."
    return held(case, "conflict", reason + wording.listed(case.candidates), wording.choose(case))


def unlinked(case: Case) -> Planned | None:
    """A record of which nothing is made waits for a person's link: what it stands for is not guessed (SMX-QBO-47)."""
    if case.flow.links_only is None or case.link:
        return None
    reason = f"'{case.card.number or case.card.name}' has no counterpart in {wording.theirs(case)} yet."
    return held(case, "blocked", reason, f"{case.flow.links_only} {wording.command(case, 'link')}")


def heir(case: Case) -> Planned | None:
    """A record into which a linked one may have been merged gets no counterpart until a person has decided."""
    if not case.heir_of:
        return None
    gone, target = case.heir_of
    reason = f"'{case.card.name}' may be the one into which {gone} was merged, which is linked with {target}."
    remedy = (
        f"If it is, {wording.command(case, 'relink', target)}; if not, {wording.command(case, 'unlink', target, gone)}."
    )
    return held(case, "conflict", reason, remedy)


def ambiguous(case: Case) -> Planned | None:
    """Two source records with one natural key would become one document or be refused: a person tells them apart."""
    if not case.namesakes:
        return None
    product = LABELS[case.flow.source_system]
    others = ", ".join(other.id for other in case.namesakes)
    reason = f"{product} has more than one record called '{case.card.name}' (also {others})."
    return held(case, "conflict", reason, f"Merge them in {product} or rename one of them.")


def taken(case: Case) -> Planned | None:
    """The target has the natural key already, on a record that belongs to something else."""
    hold = key_taken(case)
    return held(case, *hold) if hold else None


QUESTIONS: tuple[Callable[[Case], Planned | None], ...] = (
    unanswered,
    amended,
    host_is_gone,
    removed,
    switched_off,
    vanished,
    merged,
    opening,
    left,
    nothing_to_do,
    not_transferable,
    parentless,
    foreign,
    lineless,
    unbalanced,
    linked,
    ours,
    matched,
    unlinked,
    heir,
    ambiguous,
    taken,
    used_twice,
    second_door,
    joins_locked,
    closed_period,
)


def _one_of(record: Any, conditions: Mapping[str, tuple[Any, ...]]) -> bool:
    """Whether the record meets one of the conditions: a path with one of its values."""
    return any(read(record, path) in values for path, values in conditions.items())


def _each_of(record: Any, conditions: Mapping[str, tuple[Any, ...]]) -> bool:
    return all(read(record, path) in values for path, values in conditions.items())


def _setting(case: Case, stated: str) -> Any:
    return read(case.settings, stated.removeprefix("settings.")) if stated.startswith("settings.") else stated


def _leftover(case: Case, target: CatalogRecord) -> Planned:
    """A second record with our mark, or one whose counterpart is out of use: nothing to do unless it is active."""
    if not case.card.active:
        return planned(case, "unchanged")
    product = LABELS[case.flow.target_system]
    if case.target_linked_with:
        reason = (
            f"'{case.card.name}' carries Jobledger's mark of '{target.name}' ({target.id}), linked with another one: "
        )
        remedy = f"Archive one of the two, or lead the link to this one: {wording.command(case, 'relink', target.id)}."
        return held(case, "conflict", f"{reason}{case.target_linked_with}.", remedy)
    reason = f"Its counterpart '{target.name}' ({target.id}) is not in use in {product}."
    return held(case, "conflict", reason, f"{wording.restore(case)} in {product}, or {wording.command(case, 'link')}.")
