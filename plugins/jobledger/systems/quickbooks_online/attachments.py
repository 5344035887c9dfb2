"""Files attached to bills and vendor credits (Attachable). Our mark is the whole of a file's note.

A file goes up in one request of two parts: what it is, and its bytes, which are sent as they are read. The request is
never repeated by itself: after a lost answer the file is looked for on its bill first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import IO, Any

import msgspec

from jobledger.errors import OutcomeUnknown
from jobledger.systems.base import Card, Page, Record, Window, Write, WriteResult
from jobledger.systems.client import Answer, Call
from jobledger.systems.quickbooks_online.api import MINOR, Api, Query, quoted
from jobledger.systems.quickbooks_online.documents import CREDIT
from jobledger.systems.quickbooks_online.limits import MOST_FILE_BYTES
from jobledger.systems.quickbooks_online.reads import Lists
from jobledger.systems.quickbooks_online.records import UPDATED, filled, flat
from jobledger.systems.quickbooks_online.refusals import TITLE, faults_of, whole
from jobledger.systems.quickbooks_online.writes import refused, request_id
from jobledger.systems.results import after_others, conflict, unknown
from jobledger.systems.uploads import Part, Upload, content_of

ENTITY = "Attachable"
_TYPES = {"bill": "", "vendorcredit": CREDIT}
"""Entities on which a file concerns us, in small letters -> how the ids of them begin here."""

_MARKED = "procore-"


class Attachments:
    """The files on the bills and vendor credits of one company."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.lists = Lists(api, (Query(ENTITY),), lambda entity, record: _on_bills(record))

    def read(self, window: Window) -> Iterator[Page]:
        """All files on bills, or those changed since."""
        return self.lists.read(window)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Files by id."""
        return self.lists.fetch([(ENTITY, one) for one in ids if one])

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """The files of a bill that carry our mark or, without a mark, have the name."""
        bill = str(natural_key.get("BillRef") or "")
        kind, own = ("VendorCredit", bill.removeprefix(CREDIT)) if bill.startswith(CREDIT) else ("Bill", bill)
        where = f"AttachableRef.EntityRef.Type = {quoted(kind)}", f"AttachableRef.EntityRef.value = {quoted(own)}"
        rows = self.lists.rows(self.lists.queries[0].where(*where)) if bill else []
        return [row for row in rows if (row["Mark"] == mark if mark else row["FileName"] == natural_key["FileName"])]

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Attaches files, each in a request of its own. What is there is never changed, nor taken away."""
        results: list[WriteResult] = []
        for number, one in enumerate(sent):
            own_key = f"{key}.{number}" if number else key
            results += after_others(results, [one], partial(self._written, one, own_key))
        return results

    def _written(self, one: Write, key: str) -> list[WriteResult]:
        if one.action != "create" or one.file is None:
            return [conflict(one, f"A file is only added in {TITLE}.", f"Change it in {TITLE} by hand.")]
        with ExitStack() as opened:
            content = content_of(one, MOST_FILE_BYTES, opened)
            if isinstance(content, WriteResult):
                return [content]
            return [self._uploaded(one, _upload(one, content), key)]

    def _uploaded(self, one: Write, upload: Upload, key: str) -> WriteResult:
        params = {"requestid": request_id(key), **MINOR}
        call = Call("POST", self.api.path("upload"), params, content=upload, content_type=upload.content_type)
        try:
            answer = self.api.client.send(call)
        except OutcomeUnknown as error:
            return unknown(one, str(error))
        told = ((answer.body or {}).get("AttachableResponse") or [{}])[0] if isinstance(answer.body, dict) else {}
        faults = faults_of(answer.body) or faults_of(told)
        if meant := whole(faults, answer.status, self.api.client.where, self.api.connection):
            raise meant
        if faults or not answer.ok:
            return refused(one, faults)
        return self._made(one, told, answer)

    def _made(self, one: Write, told: Record, answer: Answer) -> WriteResult:
        rows = _on_bills(told.get(ENTITY) or {})
        if not rows:
            return unknown(one, f"{TITLE}'s answer does not name the file (status {answer.status}).")
        card = attachment_card(rows[0])
        return WriteResult(one.key, "done", target_id=card.id, version=card.version, record=rows[0])


def _upload(one: Write, content: IO[bytes]) -> Upload:
    """What the file is, and its bytes."""
    described = Part("file_metadata_01", "attachment.json", "application/json")
    document = one.document
    file = Part("file_content_01", plain_name(str(document["FileName"])), str(document["ContentType"]))
    return Upload(file, content, [(described, msgspec.json.encode(_described(one)))])


def plain_name(name: str) -> str:
    """A file's name as a header can hold it; in full it stands in what is told of the file.

    >>> plain_name('pay "app"/é.pdf')
    'pay _app___.pdf'
    """
    return re.sub(r"[^A-Za-z0-9 ._()-]", "_", name)


def _described(one: Write) -> Record:
    """What is told of a file: the bill that it hangs on, its name and type, and our mark."""
    bill = str(one.document["BillRef"])
    kind = "VendorCredit" if bill.startswith(CREDIT) else "Bill"
    reference = {"EntityRef": {"type": kind, "value": bill.removeprefix(CREDIT)}, "IncludeOnSend": False}
    named = {name: str(one.document[name]) for name in ("FileName", "ContentType")}
    return {"AttachableRef": [reference], **named, **({"Note": one.mark} if one.mark else {})}


def _on_bills(record: Record) -> list[Record]:
    """A file in our form; nothing of one that hangs on no bill."""
    for one in record.get("AttachableRef") or []:
        target = one.get("EntityRef") or {}
        prefix = _TYPES.get(str(target.get("type") or "").lower())
        if prefix is not None and record.get("Id"):
            note = str(record.get("Note") or "")
            kept = {name: record.get(name) for name in ("Id", "FileName", "ContentType", "Size", "Note")}
            mark = note if note.startswith(_MARKED) else None
            bill = f"{prefix}{target['value']}"
            return [{"id": str(record["Id"]), **kept, "BillRef": bill, "Mark": mark, UPDATED: flat(record)[UPDATED]}]
    return []


def attachment_card(record: Record) -> Card:
    """The card of a file on a bill."""
    return Card(
        id=record["id"],
        name=record.get("FileName") or "",
        mark=record["Mark"],
        version=record.get(UPDATED),
        evidence=filled({"bill": record["BillRef"], "size": record.get("Size")}),
    )
