"""The paths below `/v4`, in any case, each to what answers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from sandbox.http import Request, Response, Router, json_response
from sandbox.pex import business, cardholders, dependencies, receipts, review, tags, transactions, values
from sandbox.pex.business import TAG_WRITING, an_object, has_on, may
from sandbox.pex.errors import invalid
from sandbox.pex.state import State
from sandbox.world import Record

Answer = Callable[[State, Request], Any]
"""What answers a request of an administrator: anything that becomes JSON, or a `Response`."""

_VIEW = "ViewCardTransactions"


def router(state: State) -> Router:
    """The table of paths of the API proper; `tokens` and links are answered before it."""
    table = Router(ignore_case=True)
    for method, path, answer in _ROUTES:
        table.add(method, f"/v4/{path}", _bound(answer, state))
    return table


def body_of(request: Request) -> Any:
    """The body as JSON. Raises `RefusedError`."""
    try:
        return request.json()
    except msgspec.DecodeError as error:
        raise invalid(f"The request body is not valid JSON: {error}") from None


def _bound(answer: Answer, state: State) -> Callable[[Request], Response]:
    return lambda request: json_response(answer(state, request))


def _my_profile(state: State, request: Request) -> Record:
    return business.shown_admin(state)


def _settings(state: State, request: Request) -> Record:
    return business.shown_settings(state)


def _tags(state: State, request: Request) -> list[Record]:
    has_on(state, "TagsEnabled", "Tags")
    return tags.definitions(state)


def _tag(state: State, request: Request) -> Record:
    has_on(state, "TagsEnabled", "Tags")
    overridden = (request.first("OverrideRestrictions") or "").lower() in {"true", "1"}
    return tags.shown(tags.definition(state, request.path_params["tagId"]), restricted=not overridden)


def _put_dropdown(state: State, request: Request) -> Record:
    has_on(state, "TagsEnabled", "Tags")
    may(state, *TAG_WRITING)
    written = tags.replace_dropdown(state, request.path_params["tagId"], an_object(body_of(request)))
    return tags.shown(written, restricted=False)


def _depends(request: Request, state: State, write: bool = False) -> tuple[str, str]:
    """Tag and dependency that a path names, once the business has dependencies and the user may do that."""
    has_on(state, "TagsEnabled", "Tags")
    has_on(state, "UseTagDependencies", "Tag dependencies")
    if write:
        may(state, *TAG_WRITING)
    return request.path_params.get("tagId", ""), request.path_params.get("dependencyId", "")


def _all_dependencies(state: State, request: Request) -> list[Record]:
    _depends(request, state)
    return dependencies.of_business(state)


def _dependencies(state: State, request: Request) -> list[Record]:
    tag_id, _ = _depends(request, state)
    return dependencies.of_tag(state, tag_id)


def _dependency(state: State, request: Request) -> Record:
    return dependencies.dependency(state, *_depends(request, state))


def _create_dependency(state: State, request: Request) -> Record:
    tag_id, _ = _depends(request, state, write=True)
    return dependencies.create(state, tag_id, body_of(request))


def _put_dependency(state: State, request: Request) -> Record:
    return dependencies.replace(state, *_depends(request, state, write=True), body_of(request))


def _delete_dependency(state: State, request: Request) -> Record:
    return dependencies.delete(state, *_depends(request, state, write=True))


def _account_details(state: State, request: Request) -> Record:
    return cardholders.details(state)


def _list(state: State, request: Request) -> Record:
    may(state, _VIEW)
    return transactions.page(state, transactions.listed(state, request))


def _count(state: State, request: Request) -> int:
    may(state, _VIEW)
    return len(transactions.listed(state, request))


def _business_list(state: State, request: Request) -> Record:
    may(state, _VIEW)
    return transactions.page(state, transactions.listed(state, request, of_business=True))


def _values(state: State, request: Request) -> Record:
    may(state, _VIEW)
    return values.shown(state, transactions.transaction(state, request.path_params["id"]))


def _write_values(state: State, request: Request) -> Record:
    has_on(state, "TagsEnabled", "Tags")
    may(state, *TAG_WRITING)
    one = transactions.transaction(state, request.path_params["id"])
    force = (request.first("force") or "").lower() in {"true", "1"}
    written = values.written(state, one, body_of(request), request.method, force)
    return values.shown(state, state.save("transactions", one["TransactionId"], written))


def _decide(state: State, request: Request) -> Record:
    may(state, "ManageCardholder")
    action = request.path.rstrip("/").rsplit("/", 1)[-1].lower()
    return review.decide(state, request.path_params["id"], action, body_of(request) if action == "reject" else None)


def _note(state: State, request: Request) -> Record:
    may(state, "ModifyTransactionNotes")
    return review.add_note(state, body_of(request))


def _receipts(state: State, request: Request) -> Record:
    may(state, _VIEW)
    return receipts.listed(state, request.path_params["id"])


def _receipt(state: State, request: Request) -> Record:
    may(state, _VIEW)
    asked = request.path_params
    return receipts.read(state, asked["id"], asked["attachmentId"], request.first("AttachmentLinkType"))


_TAG = "Business/Configuration/Tag"
_ROUTES: list[tuple[str, str, Answer]] = [
    ("GET", "Business/MyProfile", _my_profile),
    ("GET", "Business/Settings", _settings),
    ("GET", f"{_TAG}s", _tags),
    ("GET", f"{_TAG}/{{tagId}}", _tag),
    ("PUT", f"{_TAG}/Dropdown/{{tagId}}", _put_dropdown),
    ("GET", "tags/dependencies", _all_dependencies),
    ("GET", "tags/{tagId}/option-dependencies", _dependencies),
    ("POST", "tags/{tagId}/option-dependencies", _create_dependency),
    ("GET", "tags/{tagId}/option-dependencies/{dependencyId}", _dependency),
    ("PUT", "tags/{tagId}/option-dependencies/{dependencyId}", _put_dependency),
    ("DELETE", "tags/{tagId}/option-dependencies/{dependencyId}", _delete_dependency),
    ("GET", "Details/AccountDetails", _account_details),
    ("GET", "Details/AllCardholderTransactions", _list),
    ("GET", "Details/AllCardholderTransactionCount", _count),
    ("GET", "Details/TransactionDetails", _business_list),
    ("GET", "Transactions/{id}/Tags", _values),
    ("POST", "Transactions/{id}/Tags", _write_values),
    ("PUT", "Transactions/{id}/Tags", _write_values),
    ("GET", "Transactions/{id}/Attachments", _receipts),
    ("GET", "Transactions/{id}/Attachment/{attachmentId}", _receipt),
    ("POST", "Approval/{id}/Approve", _decide),
    ("POST", "Approval/{id}/Reject", _decide),
    ("POST", "Approval/{id}/Reset", _decide),
    ("POST", "Note", _note),
]
