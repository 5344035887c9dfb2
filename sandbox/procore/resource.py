"""What all kinds of records have in common: fields, rules, locks, and the one way in which a record is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.procore import errors
from sandbox.procore.errors import Errors, InvalidError
from sandbox.procore.fields import Parser, anything, moment, text
from sandbox.procore.state import State
from sandbox.world import Record

ORIGIN: dict[str, Parser] = {"origin_id": text(255), "origin_data": text(255)}
"""Stricter than the documentation, which names no length: at most 255 characters."""

ORIGIN_WITH_CODE: dict[str, Parser] = {**ORIGIN, "origin_code": text(255)}


def no_errors(state: State, after: Record, before: Record | None) -> Errors:
    """A kind of record without rules beyond its fields."""
    return {}


def as_given(state: State, after: Record, before: Record | None) -> Record:
    """A kind of record of which Procore computes nothing."""
    return after


def never_locked(state: State, before: Record, changed: frozenset[str]) -> str | None:
    """A kind of record without locks."""
    return None


def nothing_more(state: State, record: Record) -> None:
    """A kind of record on which no other depends."""


def as_stored(state: State, record: Record) -> Record:
    """Shows a record as it is kept."""
    return record


@dataclass(frozen=True)
class Resource:
    """One kind of record. `wrapper` is the key that holds its fields in a request body.

    `settle` fills what Procore computes; `check` finds what is wrong with a record about to be kept; `lock` says why a
    record may not be changed (fields named) or deleted (no fields), or None; `after` follows up on a write or delete.
    """

    entity: str
    wrapper: str
    fields: Mapping[str, Parser]
    show: Callable[[State, Record], Record] = as_stored
    required: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    only_at_creation: frozenset[str] = frozenset()
    custom_fields: bool = False
    soft_delete: bool = False
    settle: Callable[[State, Record, Record | None], Record] = as_given
    check: Callable[[State, Record, Record | None], Errors] = no_errors
    lock: Callable[[State, Record, frozenset[str]], str | None] = never_locked
    after: Callable[[State, Record], None] = nothing_more


def write(
    state: State, resource: Resource, given: Record, before: Record | None = None, fixed: Record | None = None
) -> Record:
    """Creates a record (`fixed`: where it belongs) or changes `before`. Raises `RefusedError`."""
    changes = {**parsed(state, resource, given, before), **(fixed or {})}
    if before is not None:
        changes = _permitted(state, resource, changes, before)
    start = before if before is not None else {**dict.fromkeys(resource.fields), **resource.defaults}
    after = resource.settle(state, {**start, **changes}, before)
    _refuse(_missing(resource, after))
    _refuse({**_origin_taken(state, resource, after), **resource.check(state, after, before)})
    kept = _keep(state, resource, before, after)
    resource.after(state, kept)
    return kept


def _keep(state: State, resource: Resource, before: Record | None, after: Record) -> Record:
    if before is None:
        return state.create(resource.entity, after)
    changes = {name: value for name, value in after.items() if name not in before or before[name] != value}
    return state.change(resource.entity, before, changes)


def remove(state: State, resource: Resource, record: Record) -> None:
    """Deletes a record. Raises `RefusedError` when it is locked."""
    reason = resource.lock(state, record, frozenset())
    if reason:
        raise errors.locked(reason)
    if resource.soft_delete:
        state.change(resource.entity, record, {"deleted_at": state.now()})
    else:
        state.delete(resource.entity, record["id"])
    resource.after(state, record)


def parsed(state: State, resource: Resource, given: Record, before: Record | None) -> Record:
    """The fields of `given` that count, as they are kept. Raises `InvalidError`.

    The API ignores what it does not know; what only the product itself sets (`id`, times, numbers) a person may give.
    """
    found: Errors = {}
    kept: Record = {}
    for name, value in given.items():
        parser = _parser(state, resource, name)
        if parser is None or (before is not None and state.by_api and name in resource.only_at_creation):
            continue
        try:
            kept[name] = None if value is None or value == "" else parser(value)
        except ValueError as error:
            found[name] = [str(error)]
    _refuse(found)
    return _with_custom_fields(state, resource, kept, before)


def show_all(state: State, resource: Resource, records: Iterable[Record]) -> list[Record]:
    """Records as they are answered."""
    return [resource.show(state, record) for record in records]


def rows_of(given: Record, name: str) -> list[Record]:
    """The objects of a list in a body; none if it is not there. Raises `RefusedError` (400) if it is something else."""
    rows = given.get(name) or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise errors.bad_request(f"{name} is not a list of objects")
    return rows


def pick(record: Record | None, *names: str) -> Record | None:
    """A few fields of a record: how Procore nests one record in another."""
    return None if record is None else {name: record.get(name) for name in names}


def _parser(state: State, resource: Resource, name: str) -> Parser | None:
    if name in resource.fields:
        return resource.fields[name]
    if name.startswith("custom_field_") and resource.custom_fields:
        return anything
    if state.by_api:
        return None
    return moment if name in {"created_at", "updated_at", "deleted_at"} else anything


def _permitted(state: State, resource: Resource, changes: Record, before: Record) -> Record:
    if before.get("workflow") and state.by_api:
        changes = {name: value for name, value in changes.items() if name != "status"}
    changed = frozenset(name for name, value in changes.items() if before.get(name) != value)
    reason = resource.lock(state, before, changed) if changed else None
    if reason:
        raise errors.locked(reason)
    return changes


def _missing(resource: Resource, after: Record) -> Errors:
    return {name: ["can't be blank"] for name in resource.required if after.get(name) in {None, ""}}


def _origin_taken(state: State, resource: Resource, after: Record) -> Errors:
    if "origin_id" not in resource.fields or not after.get("origin_id"):
        return {}
    others = state.find(resource.entity, "origin_id", after["origin_id"])
    if any(other["id"] != after.get("id") and not other.get("deleted_at") for other in others):
        return {"origin_id": ["has already been taken"]}
    return {}


def _with_custom_fields(state: State, resource: Resource, kept: Record, before: Record | None) -> Record:
    if not resource.custom_fields:
        return kept
    own = {name: value for name, value in kept.items() if name.startswith("custom_field_")}
    _refuse({name: [wrong] for name, value in own.items() if (wrong := _field_error(state, name, value))})
    rest = {name: value for name, value in kept.items() if name not in own}
    return {**rest, "custom_fields": {**((before or {}).get("custom_fields") or {}), **own}} if own else rest


def _field_error(state: State, name: str, value: Any) -> str | None:
    definition = state.get("custom_field_definitions", name.removeprefix("custom_field_"))
    if definition is None:
        return "is not a custom field of this company"
    is_lost = definition["data_type"] == "vendor" and value is not None and state.get("vendors", value) is None
    return "must be a company of the directory" if is_lost else None


def _refuse(found: Errors) -> None:
    if found:
        raise InvalidError(found)
