"""Who made a commitment or a change order, and the address under which Procore's directory has them (XTR-37)."""

from __future__ import annotations

from typing import Any

from jobledger.systems.base import Record
from jobledger.systems.procore.api import Api
from jobledger.systems.procore.contracts import PATHS
from jobledger.systems.procore.reads import fetched
from jobledger.systems.procore.refusals import not_allowed


def author(api: Api, entity: str, record_id: str, project: str) -> str | None:
    """The mail address of whoever made a record; None if Procore names no one, or no user who still works there.

    Raises `RetryLater` and `FixTheSetup`, the latter also where a list or the directory is not shown.
    """
    makers = {"commitments": _of_commitment, "change_orders": _of_change_order}[entity](api, record_id, project)
    return _address(api, makers.pop()) if len(makers) == 1 else None


def _of_commitment(api: Api, record_id: str, project: str) -> set[Any]:
    query = {"project_id": project, "sort": "id"}
    rows = [row for path in PATHS.values() for row in fetched(api, path, query, [record_id])]
    return {row["created_by_id"] for row in rows if row.get("created_by_id")}


def _of_change_order(api: Api, record_id: str, project: str) -> set[Any]:
    """Packages do not name who made them; the same change orders seen from the project do."""
    path = f"v1.0/projects/{project}/commitment_change_orders"
    rows = api.rows(path, {"filters[legacy_package_id][]": [record_id]})
    mine = [row for row in rows if str(row.get("legacy_package_id")) == record_id]
    return {row["created_by"]["id"] for row in mine if row.get("created_by")}


def _address(api: Api, user_id: Any) -> str | None:
    path = f"v1.3/companies/{api.company_id}/users/{user_id}"
    answer = api.client.get(f"rest/{path}")
    if answer.status == 404:
        return None
    if error := not_allowed(answer, path, api.client.where):
        raise error
    user: Record = answer.body
    return user.get("email_address") if user.get("is_active", True) else None
