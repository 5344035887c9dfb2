"""Writing by sync action: up to 1,000 rows in one call, a result for each (XTR-1, XTR-2, PRC-API-13).

A row with an id changes that record; a row with only an origin_id changes the record that has it, or creates one. So a
call whose rows all have one or the other may be repeated. The answer is 200 even when rows were refused, and names
rows by id and origin_id, in no promised order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from jobledger.errors import OutcomeUnknown
from jobledger.systems.base import Card, Record, Write, WriteResult
from jobledger.systems.client import Answer, Call
from jobledger.systems.procore.api import Api, record_id
from jobledger.systems.procore.refusals import not_allowed, refusal
from jobledger.systems.results import accepted, after_others, conflict, unknown

_SPLIT = frozenset({400, 409, 413, 422})
_BUSY = 409
_PAUSES = (1.0, 3.0, 6.0)
"""Seconds before a record that another request works on is tried again."""

_NAMED_BY = ("id", "origin_id", "origin_data")


@dataclass(frozen=True)
class Kind:
    """How one kind of record is written: the path and scope of its sync action, and how it is retired.

    `unseen` are fields that Procore takes and does not show in its answer under the same name.
    """

    path: str
    scope: Mapping[str, Any]
    card: Callable[[Record], Card]
    retired: Mapping[str, Any] = field(default_factory=dict)
    unseen: frozenset[str] = frozenset()


def sync(api: Api, kind: Kind, writes: Sequence[Write]) -> list[WriteResult]:
    """Sends the writes in one call; a result for each, in their order. Raises `RetryLater` if none was accepted."""
    if not writes:
        return []
    rows = [row_of(kind, one) for one in writes]
    repeatable = all(row.get("id") or row.get("origin_id") for row in rows)
    document = {**kind.scope, "updates": rows}
    call = Call("PATCH", f"rest/{kind.path}", document=document, repeatable=repeatable)
    try:
        answer = patiently(api, call) if len(writes) == 1 else api.client.send(call)
    except OutcomeUnknown as error:
        return [unknown(one, str(error)) for one in writes]
    return _results(api, kind, writes, rows, answer)


def patiently(api: Api, call: Call) -> Answer:
    """Sends a call about one record, again after a while if another request works on the record (409).

    Raises as `Client.send`.
    """
    answer = api.client.send(call)
    for pause in _PAUSES:
        if answer.status != _BUSY:
            break
        api.client.sleep(pause)
        answer = api.client.send(call)
    return answer


def create_one(api: Api, call: Call, kind: Kind, write: Write) -> WriteResult:
    """Creates one record with a call of its own."""
    try:
        answer = api.client.send(call)
    except OutcomeUnknown as error:
        return unknown(write, str(error))
    if answer.status == 403:
        raise not_allowed(answer, kind.path, api.client.where) or AssertionError("a refusal that is none")
    if not answer.ok or not isinstance(answer.body, dict):
        return refused(write, answer.body)
    return accepted("Procore", write, kind.card(answer.body), row_of(kind, write), answer.body)


def row_of(kind: Kind, write: Write) -> Record:
    """A write as a row. Our mark goes into `origin_data` with the first request."""
    fields = dict(kind.retired) if write.action == "remove" else dict(write.document)
    if write.mark and write.action in {"create", "mark"}:
        fields["origin_data"] = write.mark
    if write.action == "create" or write.target_id is None:
        return fields
    return {**fields, "id": int(write.target_id) if write.target_id.isdigit() else write.target_id}


def foreign_origin(writes: Sequence[Write], present: Sequence[Record]) -> dict[str, WriteResult]:
    """Refusals of those writes that would put our origin_id over another integration's (PRC-API-11), by key."""
    owner = {record_id(row): str(row.get("origin_id") or "") for row in present}
    held = {}
    for one in writes:
        there, ours = owner.get(one.target_id or "", ""), str(one.document.get("origin_id") or "")
        if there and ours and there != ours and not there.startswith(ours.partition(":")[0] + ":"):
            message = f"The record carries origin_id '{there}' of another integration; it was left as it is."
            remedy = "Disconnect the other integration and clear its origin_id in Procore."
            held[one.key] = conflict(one, message, remedy)
    return held


def refused(write: Write, body: Any) -> WriteResult:
    """The result of a write that Procore refused."""
    told = refusal(body)
    return WriteResult(write.key, "refused", told.outcome, write.target_id, message=told.message, remedy=told.remedy)


def _results(
    api: Api, kind: Kind, writes: Sequence[Write], rows: Sequence[Record], answer: Answer
) -> list[WriteResult]:
    if answer.status in _SPLIT:
        return _one_half_after_the_other(api, kind, writes, answer)
    if error := not_allowed(answer, kind.path, api.client.where):
        raise error
    entities, errors = _Answers(answer.body.get("entities") or []), _Answers(answer.body.get("errors") or [])
    return [_result(kind, one, row, entities, errors) for one, row in zip(writes, rows, strict=True)]


def _one_half_after_the_other(api: Api, kind: Kind, writes: Sequence[Write], answer: Answer) -> list[WriteResult]:
    """A call that is refused as a whole is halved, so that one bad record stops only itself."""
    if len(writes) == 1:
        return [refused(writes[0], answer.body)]
    middle = len(writes) // 2
    first, rest = sync(api, kind, writes[:middle]), writes[middle:]
    return [*first, *after_others(first, rest, partial(sync, api, kind, rest))]


class _Answers:
    """Parts of an answer, found by id, else origin_id, else our mark."""

    def __init__(self, parts: Sequence[Record]) -> None:
        self._found = {(name, str(part[name])): part for part in parts for name in _NAMED_BY if part.get(name)}

    def of(self, row: Record) -> Record | None:
        """The part that belongs to a row."""
        name = next((name for name in _NAMED_BY if row.get(name)), "")
        return self._found.get((name, str(row.get(name))))


def _result(kind: Kind, write: Write, row: Record, entities: _Answers, errors: _Answers) -> WriteResult:
    entity, error = entities.of(row), errors.of(row)
    if entity is not None:
        sent = {name: value for name, value in row.items() if name != "id" and name not in kind.unseen}
        return accepted("Procore", write, kind.card(entity), sent, entity)
    if error is not None:
        return refused(write, error.get("errors"))
    return unknown(write, "Procore's answer does not name the record.")
