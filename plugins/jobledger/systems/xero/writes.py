"""Writing records: up to 50 in one request, a result for each, and nothing taken on trust.

PUT creates and never overwrites; POST changes what is named by its id (Xero: requests and responses). Each request
carries an idempotency key, so that repeating it is safe; every element's errors are read, and what Xero echoes is
compared with what was sent, because it drops fields that it does not like without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from jobledger.errors import OutcomeUnknown
from jobledger.systems.base import Card, Record, Write, WriteResult
from jobledger.systems.client import Answer, Call
from jobledger.systems.compare import plain
from jobledger.systems.results import accepted, after_others, unknown
from jobledger.systems.xero.api import ROOT, Api
from jobledger.systems.xero.entities import contact, item
from jobledger.systems.xero.refusals import messages_of, not_allowed, refusal

_STATUS = {404: "there is no such record in the organisation any more.", 413: "the record is too large."}


def _as_it_is(record: Record) -> Record:
    return record


@dataclass(frozen=True)
class Kind:
    """How one kind of record is written: the name of its list, its id, what is unique in it, and how it is retired.

    `at_place` is a field that suffices to recognise an echo at its place, where Xero may have dropped the unique one.
    `params` go with each request; `shape` brings what Xero echoes into the form in which records are read.
    """

    path: str
    card: Callable[[Record], Card]
    id_field: str
    unique: str
    mark_field: str | None = None
    retired: Mapping[str, str] | None = None
    at_place: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    shape: Callable[[Record], Record] = _as_it_is


CONTACTS = Kind("Contacts", contact, "ContactID", "Name", "ContactNumber", {"ContactStatus": "ARCHIVED"})
ITEMS = Kind("Items", item, "ItemID", "Code")


def write(api: Api, kind: Kind, writes: Sequence[Write], key: str) -> list[WriteResult]:
    """Sends the writes; a result for each, in their order. Raises `RetryLater` if none was accepted."""
    creates = [one for one in writes if one.action == "create"]
    changes = [one for one in writes if one.action != "create"]
    keys = (key, key) if not (creates and changes) else (f"{key}.c", f"{key}.u")
    results: dict[str, WriteResult] = {}
    for method, group, group_key in (("PUT", creates, keys[0]), ("POST", changes, keys[1])):
        sent = after_others(results, group, partial(_send, api, kind, method, group, group_key))
        results |= {result.key: result for result in sent}
    return [results[one.key] for one in writes]


def refused(write: Write, messages: Sequence[str]) -> WriteResult:
    """The result of a write that Xero refused."""
    words = refusal(messages)
    return WriteResult(write.key, "refused", words.outcome, write.target_id, message=words.message, remedy=words.remedy)


def _send(api: Api, kind: Kind, method: str, group: Sequence[Write], key: str) -> list[WriteResult]:
    elements = [_element(kind, one) for one in group]
    call = Call(
        method,
        f"{ROOT}/{kind.path}",
        {"summarizeErrors": "false", **kind.params},
        {"Idempotency-Key": key},
        {kind.path: elements},
        repeatable=True,
    )
    try:
        answer = api.client.send(call)
    except OutcomeUnknown as error:
        return [unknown(one, str(error)) for one in group]
    return _results(api, kind, method, group, key, answer)


def _results(api: Api, kind: Kind, method: str, group: Sequence[Write], key: str, answer: Answer) -> list[WriteResult]:
    if forbidden := not_allowed(answer, api.client.where, kind.path):
        raise forbidden
    body = answer.body if isinstance(answer.body, dict) else {}
    elements = body.get(kind.path) if answer.ok else body.get("Elements")
    if elements:
        return [_result(kind, one, _echo_of(kind, one, place, elements)) for place, one in enumerate(group)]
    if answer.ok:
        return [unknown(one, "Xero's answer does not name the record.") for one in group]
    if len(group) > 1:
        return _one_half_after_the_other(api, kind, method, group, key)
    return [refused(group[0], messages_of(body) or [_STATUS.get(answer.status, f"status {answer.status}")])]


def _one_half_after_the_other(api: Api, kind: Kind, method: str, group: Sequence[Write], key: str) -> list[WriteResult]:
    """A request that is refused as a whole is halved, so that one bad record stops only itself."""
    middle = len(group) // 2
    first = _send(api, kind, method, group[:middle], f"{key}.1")
    rest = group[middle:]
    return [*first, *after_others(first, rest, partial(_send, api, kind, method, rest, f"{key}.2"))]


def _element(kind: Kind, write: Write) -> Record:
    fields = dict(write.document)
    if write.action == "remove":
        fields = dict(kind.retired or {})
    if write.mark and kind.mark_field and write.action in {"create", "mark"}:
        fields[kind.mark_field] = write.mark
    return {**fields, kind.id_field: write.target_id} if write.target_id and write.action != "create" else fields


def _echo_of(kind: Kind, write: Write, place: int, elements: Sequence[Record]) -> Record | None:
    """The element of the answer that belongs to a write: by place, if it is the same record there; else by its key."""
    at_place = elements[place : place + 1]
    same = next((element for element in (*at_place, *elements) if _is_same(kind, write, element)), None)
    if same is None and kind.at_place and write.action == "create":
        same = next((one for one in at_place if _equal(kind.at_place, write, one)), None)
    return same


def _is_same(kind: Kind, write: Write, element: Record) -> bool:
    if write.action != "create":
        return str(element.get(kind.id_field)) == write.target_id
    return _equal(kind.unique, write, element)


def _equal(name: str, write: Write, element: Record) -> bool:
    return plain(write.document.get(name)) == plain(element.get(name))


def _result(kind: Kind, write: Write, echo: Record | None) -> WriteResult:
    if echo is None:
        return unknown(write, "Xero's answer does not name the record.")
    if echo.get("ValidationErrors") or echo.get("StatusAttributeString") == "ERROR" or echo.get("HasErrors"):
        return refused(write, messages_of(echo))
    record = kind.shape(echo)
    return accepted("Xero", write, kind.card(record), _element(kind, write), record)
