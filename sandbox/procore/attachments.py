"""Files that hang on invoices. Their bytes are behind an address that needs the token, as pages of the API do.

Real addresses name Procore's host; the sandbox does not know under which one it is reached, so that its are relative.
Whether a new file moves the invoice's time of change is not documented: the stricter reading is that it does not.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from sandbox.http import Response
from sandbox.procore import errors
from sandbox.procore.call import Call
from sandbox.procore.errors import Errors
from sandbox.procore.fields import integer, text
from sandbox.procore.resource import Resource
from sandbox.procore.route import Route
from sandbox.procore.state import State
from sandbox.world import Record

_PATH = "/rest/v1.0/attachments"


def _content(value: Any) -> Any:
    try:
        base64.b64decode(str(value), validate=True)
    except binascii.Error:
        raise ValueError("is not base64") from None
    return str(value)


def _errors(state: State, after: Record, before: Record | None) -> Errors:
    known = state.get("requisitions", after.get("requisition_id"))
    return {} if known else {"requisition_id": ["must exist"]}


ATTACHMENTS = Resource(
    entity="attachments",
    wrapper="attachment",
    fields={"requisition_id": integer, "filename": text(), "content_type": text(), "content": _content},
    required=("requisition_id", "filename"),
    defaults={"content_type": "application/octet-stream", "content": ""},
    check=_errors,
)


def of_requisition(state: State, key: Any) -> list[Record]:
    """The files of an invoice, as it shows them."""
    return [_shown(one) for one in state.find("attachments", "requisition_id", key)]


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
