"""Who may do what. Airflow guards no plugin application, so every route asks it about the integration's DAGs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager
from airflow.api_fastapi.core_api.security import GetUserDep
from airflow.configuration import conf
from fastapi import Depends, Form, HTTPException, Request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from jobledger import platform
from jobledger.actions.approvals import APPROVALS
from jobledger.integration import BrokenIntegration, Integration

Right = Literal["read", "edit", "run", "approve"]

ASKED: dict[Right, tuple[Any, Any]] = {
    "read": ("GET", DagAccessEntity.RUN),
    "edit": ("PUT", None),
    "run": ("POST", DagAccessEntity.RUN),
    "approve": ("GET", DagAccessEntity.RUN),
}
"""What Airflow is asked about each DAG of an integration: to see its runs, to change it, to start a run."""

APPROVERS = (
    f"Approvers have the permission 'can edit on {APPROVALS}' (`airflow jobledger approvals grant ROLE`), or, with"
    " Airflow's simple auth manager, are named in AIRFLOW__JOBLEDGER__APPROVERS."
)
"""Who may accept and reject, in words."""

HOURS = 12
"""How long a form that was shown may be sent."""


@dataclass(frozen=True)
class Visit:
    """An integration, and who looks at it."""

    paired: Integration
    user: Any
    _known: dict[Right, bool] = field(default_factory=dict, repr=False)

    def may(self, right: Right) -> bool:
        """Whether Airflow allows it for every DAG of the integration; asked once for a page."""
        if right not in self._known:
            self._known[right] = allowed(self.user, self.paired, right)
        return self._known[right]


def allowed(user: Any, paired: Integration, right: Right) -> bool:
    """Whether a user has a right on every DAG of an integration."""
    method, entity = ASKED[right]
    manager = get_auth_manager()
    if right == "approve" and not is_approver(user):
        return False
    return all(
        manager.is_authorized_dag(method=method, access_entity=entity, details=DagDetails(id=dag_id), user=user)
        for dag_id in platform.dag_ids(paired)
    )


def is_approver(user: Any) -> bool:
    """Whether a user is an accounting approver (XER-74): by a permission of Airflow's.

    The simple auth manager has no permissions of one's own: there it is who is named in a setting of Airflow's.
    """
    manager = get_auth_manager()
    if isinstance(manager, SimpleAuthManager):
        return user.get_name() in platform.approvers()
    return bool(manager.is_authorized_custom_view(method="PUT", resource_name=APPROVALS, user=user))


def visiting(right: Right) -> Callable[..., Visit]:
    """The rule of a route about one integration: who has no such right gets 403, and what is not there 404."""

    def visit(integration: str, user: GetUserDep) -> Visit:
        found = next((one for one in platform.integrations() if one.name == integration), None)
        if found is None:
            raise HTTPException(404, f"There is no integration '{integration}'.")
        if isinstance(found, BrokenIntegration):
            raise HTTPException(409, found.error)
        if not allowed(user, found, right):
            raise HTTPException(403, _why_not(right, found))
        return Visit(found, user)

    return visit


def _why_not(right: Right, paired: Integration) -> str:
    if right == "approve":
        return f"You are no accounting approver. {APPROVERS}"
    return f"Airflow does not allow you to {right} the DAGs of '{paired.name}'."


def readable(user: Any) -> list[Integration | BrokenIntegration]:
    """The integrations that a user may see. A broken file names no DAG but one that carries its error."""
    manager = get_auth_manager()
    return [
        one
        for one in platform.integrations()
        if (isinstance(one, Integration) and allowed(user, one, "read"))
        or (isinstance(one, BrokenIntegration) and manager.is_authorized_dag(method="GET", user=user))
    ]


def form_token(user: Any) -> str:
    """What a form carries, so that no other site can send it in the user's name."""
    return str(_signer("form").dumps(str(user.get_id())))


def sent_from_here(request: Request, user: GetUserDep, token: str = Form("")) -> None:
    """The rule of every route that changes something: the form comes from a page of ours, shown to the same user."""
    origin = request.headers.get("origin")
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise HTTPException(403, "This form came from another site.")
    if origin and origin.partition("://")[2] != request.headers.get("host"):
        raise HTTPException(403, "This form came from another site.")
    try:
        mine = _signer("form").loads(token, max_age=HOURS * 3600) == str(user.get_id())
    except BadSignature:
        mine = False
    if not mine:
        raise HTTPException(403, "This form is too old, or not yours. Open the page again.")


def signed_note(text: str) -> str:
    """A sentence for the next page, in a form that only we can write."""
    return str(_signer("note").dumps(text))


def note_of(signed: str) -> str:
    """The sentence of `signed_note`; nothing where somebody else wrote it."""
    try:
        return str(_signer("note").loads(signed, max_age=60)) if signed else ""
    except BadSignature:
        return ""


def _signer(what: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(conf.get("api", "secret_key"), salt=f"jobledger {what}")


CHANGES = [Depends(sent_from_here)]
"""The dependencies of every route that changes something."""
