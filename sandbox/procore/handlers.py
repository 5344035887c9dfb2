"""The calls that most kinds of records share: list, show, create, update, delete, sync."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox.http import Response, json_response
from sandbox.procore import errors
from sandbox.procore.call import Call
from sandbox.procore.listing import Listing, page_of, selected, with_deleted
from sandbox.procore.resource import Resource, remove, write
from sandbox.procore.state import State
from sandbox.procore.sync import Sync
from sandbox.world import Record

Handler = Callable[[Call], Response]
Place = Callable[[Call], Record]
"""Where a call's records belong, as the fields that say so. Raises `RefusedError` if that place is not there."""
Show = Callable[[State, Record], Any]
Hide = Callable[[Call, list[Record]], list[Record]]


def in_company(call: Call) -> Record:
    """Records of the company."""
    return {}


def in_project(call: Call) -> Record:
    """Records of the project that the call names."""
    return {"project_id": call.project["id"]}


def candidates(call: Call, resource: Resource, place: Record) -> list[Record]:
    """The records of a place."""
    if not place:
        return call.state.rows(resource.entity)
    (field, value), *rest = place.items()
    rows = call.state.find(resource.entity, field, value)
    return [row for row in rows if all(row.get(name) == wanted for name, wanted in rest)] if rest else rows


def answer_list(call: Call, listing: Listing, rows: Iterable[Record], show: Show) -> Response:
    """A page of records."""
    page, headers = page_of(listing, call.request, selected(listing, call.request, rows))
    return json_response([show(call.state, row) for row in page], headers=headers)


def index(
    resource: Resource, place: Place, listing: Listing, views: Mapping[str, Show], only: Hide | None = None
) -> Handler:
    """Lists records, shown by `view=` (views[""] without it or with an unknown one); `only` is what the list holds."""

    def handle(call: Call) -> Response:
        rows = candidates(call, resource, place(call))
        rows = with_deleted(call.request, rows) if resource.soft_delete else rows
        show = views.get(call.request.first("view") or "", views[""])
        return answer_list(call, listing, only(call, rows) if only else rows, show)

    return handle


def found(call: Call, resource: Resource, place: Record) -> Record:
    """The record that the path names. Raises `RefusedError` (404)."""
    record = call.state.get(resource.entity, call.path_id())
    if record is None or record.get("deleted_at") or any(record.get(name) != value for name, value in place.items()):
        raise errors.not_found()
    return record


def show(resource: Resource, place: Place, view: Show | None = None) -> Handler:
    """Shows one record."""
    return lambda call: json_response((view or resource.show)(call.state, found(call, resource, place(call))))


def create(resource: Resource, place: Place, view: Show | None = None) -> Handler:
    """Creates a record (201)."""

    def handle(call: Call) -> Response:
        record = write(call.state, resource, call.wrapped(resource.wrapper), fixed=place(call))
        return json_response((view or resource.show)(call.state, record), 201)

    return handle


def update(resource: Resource, place: Place, view: Show | None = None) -> Handler:
    """Changes a record."""

    def handle(call: Call) -> Response:
        before = found(call, resource, place(call))
        record = write(call.state, resource, call.wrapped(resource.wrapper), before)
        return json_response((view or resource.show)(call.state, record))

    return handle


def destroy(resource: Resource, place: Place, status: int = 200) -> Handler:
    """Deletes a record."""

    def handle(call: Call) -> Response:
        record = found(call, resource, place(call))
        remove(call.state, resource, record)
        return json_response({"id": record["id"]}, status) if status == 200 else Response(status)

    return handle


def sync(resource: Resource, place: Place) -> Handler:
    """Creates and updates many (always 200)."""

    def handle(call: Call) -> Response:
        fixed = place(call)
        job = Sync(call.state, resource, lambda row: fixed, call.request.refuse_every)
        return json_response(job.run(call.body.get("updates")))

    return handle
