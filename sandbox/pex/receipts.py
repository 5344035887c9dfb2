"""Receipts of transactions: their list, their bytes in base64 or by a link, and the address where links lead.

That LinkUrl puts a link into Content is inferred. A link is good for fifteen minutes and for whoever has it; like the
storage services that stand behind such links it refuses a request that brings an Authorization header too. Real links
name a host of PEX's; the sandbox does not know under which one it is reached, so that its are relative.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import timedelta
from typing import Any

from sandbox.http import Request, Response
from sandbox.pex import transactions
from sandbox.pex.errors import forbidden, invalid, not_found
from sandbox.pex.state import State, enum_name
from sandbox.world import Record

FILES = "/v4/Files"
LINK_LIFE = timedelta(minutes=15)
KINDS = {0: "Image", 1: "Pdf"}
UPLOADS = {0: "NotLoaded", 1: "Loaded", 2: "Deleted", 3: "HasMalware", 4: "LoadFailed"}
LINKS = {0: "LinkUrl", 1: "Full", 2: "Thumbnail", 3: "Preview"}
_SIGNING_KEY = b"pex sandbox"
_TYPES = {b"%PDF": "application/pdf", b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


def listed(state: State, transaction_id: str) -> Record:
    """`GET Transactions/{id}/Attachments`; 404 when there are none."""
    one = transactions.transaction(state, transaction_id)
    found = state.find("attachments", "transaction", transaction_id)
    if not found:
        raise not_found(f"An attachment of transaction {transaction_id}")
    return {"Attachments": [_shown(file) for file in found], "ApprovalStatus": one["MetadataApprovalStatus"]}


def read(state: State, transaction_id: str, attachment_id: str, link_type: str | None) -> Record:
    """`GET Transactions/{id}/Attachment/{attachmentId}`; only a loaded one has Content.

    Thumbnail and Preview give the file itself: the sandbox makes no pictures smaller.
    """
    one = transactions.transaction(state, transaction_id)
    file = state.get("attachments", attachment_id)
    if file is None or str(file["TransactionId"]) != transaction_id:
        raise not_found(f"Attachment {attachment_id} of transaction {transaction_id}")
    wanted = enum_name(link_type or "LinkUrl", LINKS, "AttachmentLinkType")
    content = _link(state, file) if wanted == "LinkUrl" else file["_content"]
    loaded = {"Content": content} if file["UploadStatus"] == "Loaded" else {}
    return {**_shown(file), **loaded, "ApprovalStatus": one["MetadataApprovalStatus"]}


def linked(state: State, request: Request) -> Response:
    """The bytes behind a link, without a token. Raises `RefusedError`."""
    if "authorization" in request.headers:
        raise invalid("Only one way to sign a request is allowed: the link or the Authorization header")
    key, expires = request.path_params["attachmentId"], request.first("expires") or ""
    if not hmac.compare_digest(request.first("signature") or "", _signature(key, expires)):
        raise forbidden("Signature did not match")
    file = state.get("attachments", key)
    if int(expires) < state.now().timestamp() or file is None or file["UploadStatus"] != "Loaded":
        raise forbidden("The link has expired")
    body = base64.b64decode(file["_content"])
    kind = next((kind for start, kind in _TYPES.items() if body.startswith(start)), "application/octet-stream")
    return Response(200, body, {"content-type": kind})


def seed(state: State, sent: Record) -> Record:
    """Puts or changes a receipt as a cardholder does: TransactionId and Content in base64. Raises `RefusedError`.

    Without a Type it is Pdf or Image by its first bytes; UploadStatus is Loaded unless it is said.
    """
    before = state.get("attachments", sent["AttachmentId"]) if sent.get("AttachmentId") else None
    own = {name: value for name, value in sent.items() if name != "Content"}
    written = {**(before or _fresh(state, sent)), **own}
    transactions.transaction(state, str(written["TransactionId"]))
    content = sent.get("Content", written["_content"])
    size = len(_bytes(content))
    written = {
        **written,
        "Type": enum_name(written["Type"], KINDS, "Type"),
        "UploadStatus": enum_name(written["UploadStatus"], UPLOADS, "UploadStatus"),
        "Size": size,
        "_content": content,
    }
    if before:
        written = {**written, "UpdatedDateUtc": state.stamp(), "UpdatedBy": state.user()}
    return state.save("attachments", written["AttachmentId"], written)


def _fresh(state: State, sent: Record) -> Record:
    if not sent.get("TransactionId") or not sent.get("Content"):
        raise invalid("TransactionId and Content are required")
    is_pdf = _bytes(sent["Content"]).startswith(b"%PDF")
    return {
        "AttachmentId": sent.get("AttachmentId") or state.hex_id(),
        "Type": "Pdf" if is_pdf else "Image",
        "UploadStatus": "Loaded",
        "CreatedDateUtc": state.stamp(),
        "CreatedBy": state.user(),
        "UpdatedDateUtc": None,
        "UpdatedBy": None,
        "_content": sent["Content"],
    }


def _bytes(content: Any) -> bytes:
    try:
        return base64.b64decode(str(content), validate=True)
    except binascii.Error:
        raise invalid("Content is not base64") from None


def _shown(file: Record) -> Record:
    told = {name: value for name, value in file.items() if name != "TransactionId" and not name.startswith("_")}
    address = f"/v4/Transactions/{file['TransactionId']}/Attachment/{file['AttachmentId']}"
    return {**told, "Link": {"Related": address}}


def _link(state: State, file: Record) -> str:
    expires = str(int((state.now() + LINK_LIFE).timestamp()))
    key = file["AttachmentId"]
    return f"{FILES}/{key}?expires={expires}&signature={_signature(key, expires)}"


def _signature(key: str, expires: str) -> str:
    return hmac.new(_SIGNING_KEY, f"{key} {expires}".encode(), hashlib.sha256).hexdigest()
