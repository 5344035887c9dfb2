"""What to do with a linked record of which both sides may have changed: a three-way comparison, field by field (ACC-6).

                     theirs as last seen      theirs changed
    ours as sent     nothing                  shown
    ours changed     change                   conflict

A difference in a field that the writing side does not own is neither changed nor reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, cast, get_args

from jobledger.errors import FixTheSetup
from jobledger.mapping import path
from jobledger.mapping.canonical import same
from jobledger.mapping.expression import SETTINGS
from jobledger.mapping.flow import FieldRule, Flow, Owner

Side = Literal["procore", "accounting"]
Values = Mapping[str, Any]


class Change(NamedTuple):
    """A field of the target before and after: for a change what is written, for one shown what a person did there."""

    field: str
    before: Any
    after: Any


class Conflict(NamedTuple):
    """A field that both sides changed differently since they were in step (`base`: ours as last sent)."""

    field: str
    ours: Any
    theirs: Any
    base: Any


class Comparison(NamedTuple):
    """The findings of a comparison; all empty: the record is `unchanged`."""

    changes: list[Change]
    shown: list[Change]
    conflicts: list[Conflict]


def side_of(flow: Flow) -> Side:
    """The side that a flow writes for: that of its source."""
    return "procore" if flow.source_system == "procore" else "accounting"


LINES = "lines"
"""Under this name a document's lines are compared, all together."""


def owners_of(flow: Flow, settings: dict[str, Any]) -> dict[str, Owner]:
    """The owner of every field, settings looked up; lines are the source's. Raises `FixTheSetup` for a wrong owner."""
    owners = {name: _owner(name, rule, settings) for name, rule in flow.fields.items()}
    return {**owners, LINES: side_of(flow)} if flow.lines else owners


def compare(
    ours: Values, sent: Values | None, theirs: Values, seen: Values | None, owners: Mapping[str, Owner], flow_side: Side
) -> Comparison:
    """Compares what the flow would write now with what the target holds, for the fields that its side owns.

    `ours` is the record mapped now, `sent` as it was mapped when both were last in step; `theirs` are the target's
    values now at the same paths, `seen` those it had then. Where a field was never in step (no `sent` or `seen`, or a
    field that is new in the mapping) an empty target field is filled, and a differing one is only shown.
    """
    result = Comparison([], [], [])
    for field in _owned(ours, owners, flow_side):
        if same(ours[field], theirs.get(field)):
            continue
        if sent is None or seen is None or field not in sent:
            _compare_first(field, ours[field], theirs.get(field), result)
        else:
            _compare_again(field, (ours[field], sent[field]), (theirs.get(field), seen.get(field)), result)
    return result


def _owned(ours: Values, owners: Mapping[str, Owner], side: Side) -> Iterator[str]:
    return (field for field in ours if owners.get(field) == side)


def _compare_first(field: str, ours: Any, theirs: Any, result: Comparison) -> None:
    if same(theirs, None):
        result.changes.append(Change(field, theirs, ours))
    else:
        result.shown.append(Change(field, ours, theirs))


def _compare_again(field: str, ours: tuple[Any, Any], theirs: tuple[Any, Any], result: Comparison) -> None:
    (our_now, our_then), (their_now, their_then) = ours, theirs
    we_changed, they_changed = not same(our_now, our_then), not same(their_now, their_then)
    if we_changed and they_changed:
        result.conflicts.append(Conflict(field, our_now, their_now, our_then))
    elif we_changed:
        result.changes.append(Change(field, their_now, our_now))
    elif they_changed:
        result.shown.append(Change(field, their_then, their_now))


def _owner(name: str, rule: FieldRule, settings: dict[str, Any]) -> Owner:
    named = rule.owner
    if named.startswith(SETTINGS):
        named = path.read(settings, named.removeprefix(SETTINGS))
    if named not in get_args(Owner):
        allowed = ", ".join(get_args(Owner))
        raise FixTheSetup(f"fields.{name}.owner", f"'{rule.owner}' gives {named!r}.", f"Allowed are {allowed}.")
    return cast(Owner, named)
