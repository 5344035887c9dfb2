"""PEX's refusals in words that help: it sends a sentence, no code, and never names a field (PEX: errors)."""

from __future__ import annotations

from typing import Any

from jobledger.errors import FixTheSetup
from jobledger.systems.base import Write, WriteResult
from jobledger.systems.client import Answer

TITLE = "PEX"

EDIT, MANAGE, VIEW = "Edit business settings & apps", "Manage cardholder", "View card transactions"
PERMISSIONS = {"EditBusinessProfile": EDIT, "ManageCardholder": MANAGE, "ViewCardTransactions": VIEW}
"""PEX's name of a permission in its API -> as its pages call it (PEX-3)."""

WHERE_GIVEN = "Switch it on in PEX for the token's user: My Profile > Permissions."
"""PEX-4."""

_BEGIN_ANEW = (
    "Log in to PEX as the administrator for the API, make a token (Profile > Authorized Apps > Generate Token) and put"
    " it into the connection as its password."
)


def words(body: Any) -> str:
    """What an answer says."""
    found = body.get("Message") if isinstance(body, dict) else None
    return str(found or "it did not say why").strip()


def is_dead(answer: Answer) -> bool:
    """Whether the token is no longer good: after these PEX has deleted it (PEX: token)."""
    said = words(answer.body).casefold()
    return answer.status == 401 or (answer.status == 403 and ("token" in said or "user is not active" in said))


def not_usable(answer: Answer, where: str) -> FixTheSetup | None:
    """What an answer means for the whole run: the token or a permission is missing; None where it means neither."""
    if is_dead(answer):
        return FixTheSetup(where, f"{TITLE} does not accept the token: {words(answer.body)}.", _BEGIN_ANEW)
    if answer.status == 403:
        found = f"{TITLE} does not allow it: {words(answer.body)}."
        return FixTheSetup(where, found, f"The token's user needs {EDIT}, {MANAGE} and {VIEW}. {WHERE_GIVEN}")
    return None


def refused(write: Write, answer: Answer, remedy: str) -> WriteResult:
    """The result of a write that PEX refused."""
    message = f"{TITLE} refused it: {words(answer.body)}"
    return WriteResult(write.key, "refused", "failed", write.target_id, message=message, remedy=remedy)
