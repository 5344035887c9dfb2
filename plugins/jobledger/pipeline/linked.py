"""The decision about a linked record: its counterpart is compared with it field by field. Pure, as `decide` is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobledger.mapping.compare import LINES, Change, Comparison, compare, side_of
from jobledger.pipeline import wording
from jobledger.pipeline.holds import closed, credited, key_taken, locked
from jobledger.pipeline.lines import plain, still_ours, with_own_lines
from jobledger.pipeline.marks import marked_source
from jobledger.pipeline.plan import Case, Planned
from jobledger.pipeline.planning import held, in_step, linking, planned
from jobledger.settings import LABELS


def linked(case: Case) -> Planned | None:
    """A linked record: its counterpart is compared field by field."""
    if not case.link:
        return None
    if unusable := wording.unusable(case):
        return held(case, "conflict", unusable, wording.way_out(case))
    if case.link.sent is None and _owes_origin_id(case):
        return linking(case, case.link.target_id, "linked by a person", case.link.made_by)
    if hold := credited(case):
        return held(case, *hold)
    if case.link.sent is None or case.target is None:
        return in_step(case, wording.told(case), adopt=True)
    own = still_ours(case.link.seen, case.target.content)
    ours, theirs = _values(case), _without_ids(with_own_lines(case.target.content, own))
    seen = _without_ids(case.link.seen or {}) if case.link.seen is not None else None
    return _by_comparison(case, compare(ours, case.link.sent, theirs, seen, case.owners, side_of(case.flow)))


def _by_comparison(case: Case, comparison: Comparison) -> Planned:
    ours, theirs = LABELS[case.flow.source_system], LABELS[case.flow.target_system]
    if case.flow.on_edit == "overwrite" and (comparison.changes or comparison.conflicts):
        comparison = _written_over(case, comparison)
    if comparison.conflicts:
        clashes = "; ".join(
            f"{clash.field}: {ours} has {wording.shown(clash.ours)}, {theirs} {wording.shown(clash.theirs)}; "
            f"last in step {wording.shown(clash.base)}"
            for clash in comparison.conflicts
        )
        reason = f"'{case.card.name}' was changed on both sides ({clashes})."
        return held(case, "conflict", reason, "Make both sides equal, or give the field one owner.")
    told = wording.told(case, comparison)
    if comparison.shown and case.flow.on_edit == "conflict":
        return held(case, "conflict", f"{wording.amounts(case)} {wording.edited(case, comparison)}", wording.undo(case))
    if not comparison.changes:
        return in_step(case, told, adopt=not comparison.shown)
    if hold := locked(case) or closed(case):
        return held(case, *hold)
    changes = [{"field": change.field, "before": change.before, "after": change.after} for change in comparison.changes]
    renamed = any(change["field"] in case.flow.natural_key for change in changes)
    if renamed and (hold := key_taken(case)):
        return held(case, *hold)
    target_id = case.link.target_id if case.link else None
    apart = _apart(case, comparison)
    return planned(case, "update", target_id=target_id, changes=changes, reason=told, apart=apart)


def _apart(case: Case, comparison: Comparison) -> dict[str, dict[str, Any]]:
    """The fields that an update leaves as a person has edited them, with what both sides had before the edit."""
    sent, seen = (case.link.sent or {}, case.link.seen or {}) if case.link else ({}, {})
    both = {"sent": sent, "seen": seen}
    return {
        one.field: {which: values[one.field] for which, values in both.items() if one.field in values}
        for one in comparison.shown
    }


def _written_over(case: Case, comparison: Comparison) -> Comparison:
    """A change of the source writes over everything that a person has edited in the target (XTR-38)."""
    edited = [*(one.field for one in comparison.conflicts), *(one.field for one in comparison.shown)]
    ours = _values(case)
    target = _without_ids(case.target.content) if case.target else {}
    over = [Change(field, target.get(field), ours[field]) for field in edited]
    return Comparison([*comparison.changes, *over], [], [])


def _values(case: Case) -> dict[str, Any]:
    return {**case.mapped.fields, LINES: case.mapped.lines} if case.flow.lines else dict(case.mapped.fields)


def _without_ids(content: Mapping[str, Any]) -> dict[str, Any]:
    return {**content, LINES: plain(content[LINES])} if LINES in content else dict(content)


def _owes_origin_id(case: Case) -> bool:
    """Whether a person made the link, and the source does not carry the target's id yet (PRC-API-24)."""
    link = case.link
    return bool(link and case.flow.write_back and marked_source(case.flow, case.card) != link.target_id)
