"""What a reviewer does to a transaction: approve, reject, take that back, write a note."""

from __future__ import annotations

from typing import Any

from sandbox.pex import transactions
from sandbox.pex.business import an_object
from sandbox.pex.errors import invalid, not_found
from sandbox.pex.state import BUSINESS_ID, State
from sandbox.world import Record

STATES = {"approve": "Approved", "reject": "Rejected", "reset": "NotReviewed"}
LONGEST_NOTE = 255
"""Documented for notes of attachments; here for all."""


def decide(state: State, key: str, action: str, sent: Any) -> Record:
    """`POST Approval/{id}/Approve`, `Reject` with a Reason, or `Reset`. Raises `RefusedError`."""
    one = transactions.transaction(state, key)
    reason = an_object(sent).get("Reason") if action == "reject" else None
    if action == "reject" and not reason:
        raise invalid("Reason is required")
    decided = {**one, "MetadataApprovalStatus": STATES[action], "_reason": reason}
    state.save("transactions", one["TransactionId"], decided)
    return {
        "State": decided["MetadataApprovalStatus"],
        "Reason": reason,
        "ApprovalId": one["TransactionId"],
        "MetadataId": str(one["TransactionId"]),
        "MetadataType": "State",
        "BusinessId": BUSINESS_ID,
    }


def add_note(state: State, sent: Any) -> Record:
    """`POST Note`: `Pending` says whether TransactionId is of a pending one. Raises `RefusedError`."""
    body = an_object(sent)
    text = body.get("NoteText")
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST_NOTE:
        raise invalid(f"NoteText is required: text of at most {LONGEST_NOTE} characters")
    one = transactions.transaction(state, str(body.get("TransactionId")))
    if one["IsPending"] != (body.get("Pending") is True):
        raise not_found(f"Transaction {one['TransactionId']} with Pending {body.get('Pending')}")
    noted = transactions.with_note(
        state, one, {"NoteText": text, "SystemGenerated": body.get("SystemGenerated") is True}
    )
    state.save("transactions", one["TransactionId"], noted)
    return dict(noted["TransactionNotes"][-1])
