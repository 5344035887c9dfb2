"""Files on invoices and direct costs. Their bytes are behind an address that needs the token, as pages of the API do.

Real addresses name Procore's host; the sandbox does not know under which one it is reached, so that its are relative.
Whether a new file moves its document's time of change is not documented: the stricter reading is that it does not.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from sandbox.http import Response
from sandbox.multipart import Part
from sandbox.procore import errors
from sandbox.procore.call import Call
from sandbox.procore.errors import Errors
from sandbox.procore.fields import integer, text
from sandbox.procore.resource import Resource, write
from sandbox.procore.route import Route
from sandbox.procore.state import State
from sandbox.world import Record

_PATH = "/rest/v1.0/attachments"
_PART = "attachments[]"
_HOLDERS = {"requisition_id": "requisitions", "direct_cost_id": "direct_costs"}
"""The fields that say where a file hangs, and what they name; a file has one of them."""


def _content(value: Any) -> Any:
    try:
        base64.b64decode(str(value), validate=True)
    except binascii.Error:
        raise ValueError("is not base64") from None
    return str(value)


def _errors(state: State, after: Record, before: Record | None) -> Errors:
    named = [name for name in _HOLDERS if after.get(name) is not None] or ["requisition_id"]
    return {name: ["must exist"] for name in named if state.get(_HOLDERS[name], after.get(name)) is None}


ATTACHMENTS = Resource(
    entity="attachments",
    wrapper="attachment",
    fields={
        **dict.fromkeys(_HOLDERS, integer),
        "filename": text(),
        "content_type": text(),
        "content": _content,
    },
    required=("filename",),
    defaults={"content_type": "application/octet-stream", "content": ""},
    check=_errors,
)


def of_requisition(state: State, key: Any) -> list[Record]:
    """The files of an invoice, as it shows them."""
    return [_shown(one) for one in state.find("attachments", "requisition_id", key)]


def of_direct_cost(state: State, key: Any) -> list[Record]:
    """The files of a direct cost, as it shows them."""
    return [_shown(one) for one in state.find("attachments", "direct_cost_id", key)]


def add(state: State, direct_cost_id: Any, parts: list[Part]) -> None:
    """Hangs the files of a body in parts on a direct cost, beside those that are there. Raises `RefusedError`.

    What the documents leave open: other parts are refused (400), and so is a file without a name or bytes (422).
    """
    if not parts or any(part.name != _PART for part in parts):
        raise errors.bad_request(f"a body in parts holds {_PART} here, and nothing else")
    for part in parts:
        if not part.file_name or not part.content:
            raise errors.InvalidError({"attachments": ["have no file"]})
        kind = part.headers.get("content-type") or "application/octet-stream"
        file = {"filename": part.file_name, "content_type": kind, "content": base64.b64encode(part.content).decode()}
        write(state, ATTACHMENTS, file, fixed={"direct_cost_id": direct_cost_id})


def forget(state: State, direct_cost_id: Any) -> None:
    """The files of a direct cost go with it."""
    for one in state.find("attachments", "direct_cost_id", direct_cost_id):
        state.delete("attachments", one["id"])


def _shown(one: Record) -> Record:
    address = f"{_PATH}/{one['id']}/file"
    return {"id": one["id"], "name": one["filename"], "filename": one["filename"], "url": address}


def _file(call: Call) -> Response:
    """The bytes of a file."""
    one = call.state.get("attachments", call.path_id())
    if one is None:
        raise errors.not_found()
    return Response(200, base64.b64decode(one["content"] or ""), {"content-type": one["content_type"]})


ROUTES = [Route("GET", f"{_PATH}/{{id}}/file", _file, "nothing")]
