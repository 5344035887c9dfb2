"""Writing: up to thirty records in one batch, a result for each, and nothing taken on trust.

The whole call carries a `requestid`, so that repeating it is safe. Items of a batch stand alone: each has its record or
its faults, in any order, and QuickBooks drops what it does not like without a word: what it echoes is compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from jobledger.errors import OutcomeUnknown
from jobledger.systems.base import Card, Record, Write, WriteResult
from jobledger.systems.client import Answer
from jobledger.systems.quickbooks_online.api import Api, items_of
from jobledger.systems.quickbooks_online.limits import BATCH, MINUTE
from jobledger.systems.quickbooks_online.records import unflat
from jobledger.systems.quickbooks_online.refusals import TITLE, Fault, faults_of, refusal, whole
from jobledger.systems.results import accepted, after_others, unknown

Operation = Literal["create", "update", "delete"]


@dataclass(frozen=True)
class Item:
    """One write as a batch takes it: `body` as QuickBooks takes it, `options` for the item alone.

    `expects` is what the echo must show, in our form; what it lost is told.
    """

    write: Write
    entity: str
    operation: Operation
    body: Record
    expects: Record = field(default_factory=dict)
    options: str = ""


@dataclass(frozen=True)
class Echo:
    """How what QuickBooks echoes becomes a record in our form, and its card."""

    shape: Callable[[str, Record], Record]
    card: Callable[[Record], Card]


def send(api: Api, items: Sequence[Item], key: str, echo: Echo) -> list[WriteResult]:
    """Sends some items; a result for each, in their order. Raises `RetryLater` if none was accepted."""
    results: list[WriteResult] = []
    for number, start in enumerate(range(0, len(items), BATCH)):
        some, own_key = items[start : start + BATCH], f"{key}.{number}" if number else key
        sent = after_others(results, [item.write for item in some], partial(_send, api, some, own_key, echo))
        results += sent
    return results


def update(one: Write, entity: str, base: Record, fields: Record) -> Item:
    """A change of some fields of a record that was read: all others stay as they are."""
    body = {"Id": base["Id"], "SyncToken": base["SyncToken"], "sparse": True, **unflat(fields)}
    return Item(one, entity, "update", body, fields)


def create(one: Write, entity: str, fields: Record) -> Item:
    """A new record."""
    return Item(one, entity, "create", unflat(fields), fields)


def refused(write: Write, faults: Sequence[Fault]) -> WriteResult:
    """The result of a write that QuickBooks refused."""
    words = refusal(faults)
    return WriteResult(write.key, "refused", words.outcome, write.target_id, message=words.message, remedy=words.remedy)


def request_id(key: str) -> str:
    """A batch's key as `requestid`, which takes fifty characters."""
    return hashlib.blake2b(key.encode(), digest_size=16).hexdigest()


def _send(api: Api, items: Sequence[Item], key: str, echo: Echo) -> list[WriteResult]:
    sent = [_wire(number, item) for number, item in enumerate(items)]
    try:
        answer = api.batch(sent, request_id(key))
    except OutcomeUnknown as error:
        return [unknown(item.write, str(error)) for item in items]
    faults = faults_of(answer.body)
    if meant := whole(faults, answer.status, api.client.where, api.connection) if faults or not answer.ok else None:
        raise meant
    if faults or not answer.ok:
        return _refused_whole(api, items, key, echo, faults or [Fault("", f"status {answer.status}")])
    answered = items_of(answer)
    return [_result(item, answered.get(str(number)), answer, echo) for number, item in enumerate(items)]


def _refused_whole(api: Api, items: Sequence[Item], key: str, echo: Echo, faults: Sequence[Fault]) -> list[WriteResult]:
    """A batch that is refused as a whole is halved, so that one bad record stops only itself."""
    if len(items) == 1:
        return [refused(items[0].write, faults)]
    middle = len(items) // 2
    first = _send(api, items[:middle], f"{key}.1", echo)
    rest = items[middle:]
    others = after_others(first, [one.write for one in rest], partial(_send, api, rest, f"{key}.2", echo))
    return [*first, *others]


def _wire(number: int, item: Item) -> Record:
    options = {"optionsData": item.options} if item.options else {}
    return {"bId": str(number), "operation": item.operation, **options, item.entity: item.body}


def _result(item: Item, answered: Record | None, answer: Answer, echo: Echo) -> WriteResult:
    if answered is None:
        return unknown(item.write, f"{TITLE}'s answer does not name the record.")
    faults = faults_of(answered)
    if any(one.throttled for one in faults):
        return unknown(item.write, f"{TITLE} put it off, because a limit is used up.", answer.at + MINUTE)
    if faults:
        return refused(item.write, faults)
    record = answered.get(item.entity)
    if not isinstance(record, dict) or not record.get("Id"):
        return unknown(item.write, f"{TITLE}'s answer does not name the record.")
    if item.operation == "delete":
        return WriteResult(item.write.key, "done", target_id=item.write.target_id)
    shaped = echo.shape(item.entity, record)
    return accepted(TITLE, item.write, echo.card(shaped), item.expects, shaped)
