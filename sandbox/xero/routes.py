"""The paths of `/api.xro/2.0/`, each to what answers it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from sandbox.http import Request, Response, Router, json_response
from sandbox.world import Record
from sandbox.xero import attachments, credits, tracking, wire, writes
from sandbox.xero.books import Books, How
from sandbox.xero.errors import RefusedError, UnknownRecordError, bad_data, validation_exception
from sandbox.xero.lists import Lists
from sandbox.xero.state import ENTITIES, Entity

BASE = "/api.xro/2.0"


class Api:
    """The Accounting API of one organisation: a handler per method and path."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._lists = Lists(books)

    def router(self) -> Router:
        """The table of paths."""
        table = Router(ignore_case=True)
        for entity in ENTITIES.values():
            self._add_entity(table, entity)
        table.add("GET", f"{BASE}/Organisation", self._organisation)
        for method, path, handler in self._tracking_routes():
            table.add(method, f"{BASE}/TrackingCategories{path}", handler)
        for name in ("credit_notes", "overpayments", "prepayments"):
            path = f"{BASE}/{ENTITIES[name].plural}/{{id}}/Allocations"
            table.add("PUT", path, self._of(self._allocate, ENTITIES[name]))
            table.add("DELETE", path + "/{allocation}", self._of(self._deallocate, ENTITIES[name]))
        return table

    def _add_entity(self, table: Router, entity: Entity) -> None:
        path = f"{BASE}/{entity.plural}"
        table.add("GET", path, self._of(self._list, entity))
        table.add("GET", path + "/{id}", self._of(self._get, entity))
        if entity.write:
            table.add("PUT", path, self._of(self._write, entity))
            table.add("POST", path, self._of(self._write, entity))
            table.add("POST", path + "/{id}", self._of(self._write, entity))
        if entity.remove:
            table.add("DELETE", path + "/{id}", self._of(self._remove, entity))
        if entity.attaches:
            table.add("GET", path + "/{id}/Attachments", self._of(self._attachments, entity))
            table.add("GET", path + "/{id}/Attachments/{name}", self._of(self._attachment, entity))
            table.add("PUT", path + "/{id}/Attachments/{name}", self._of(self._attach, entity))
            table.add("POST", path + "/{id}/Attachments/{name}", self._of(self._attach, entity))
            table.add("GET", path + "/{id}/History", self._of(self._history, entity))
            table.add("PUT", path + "/{id}/History", self._of(self._add_notes, entity))

    @staticmethod
    def _of(handler: Callable[[Entity, Request], Response], entity: Entity) -> Callable[[Request], Response]:
        return lambda request: handler(entity, request)

    def _list(self, entity: Entity, request: Request) -> Response:
        rows, pagination = self._lists.many(entity, request, app_id(request))
        return self._envelope(entity.plural, rows, request, pagination)

    def _get(self, entity: Entity, request: Request) -> Response:
        return self._envelope(entity.plural, [self._lists.one(entity, request.path_params["id"])], request)

    def _write(self, entity: Entity, request: Request) -> Response:
        return self._written(entity.plural, writes.write(self._books, entity, request, app_id(request)), request)

    def _remove(self, entity: Entity, request: Request) -> Response:
        assert entity.remove is not None
        self._known(entity.name, request)
        entity.remove(self._books, request.path_params["id"].lower())
        return Response(204)

    def _allocate(self, entity: Entity, request: Request) -> Response:
        """Several allocations of one credit; Xero takes them together or not at all."""
        how = How(app=app_id(request))
        rows = []
        for sent in writes.elements(request, "Allocations"):
            credit = self._known(entity.name, request)
            rows.append(credits.outward_allocation(credits.allocate(self._books, entity.name, credit, sent, how)))
        return self._envelope("Allocations", rows, request)

    def _deallocate(self, entity: Entity, request: Request) -> Response:
        credit, key = self._known(entity.name, request), request.path_params["allocation"]
        gone = credits.deallocate(self._books, entity.name, credit, key, How(app=app_id(request)))
        return self._envelope("Allocations", [credits.outward_allocation(gone)], request)

    def _attachments(self, entity: Entity, request: Request) -> Response:
        held = attachments.of_document(self._books, self._known(entity.name, request)[entity.key])
        return self._envelope("Attachments", [attachments.shown(one) for one in held], request)

    def _attachment(self, entity: Entity, request: Request) -> Response:
        key = self._known(entity.name, request)[entity.key]
        content, mime_type = attachments.content(self._books, key, request.path_params["name"])
        return Response(200, content, {"content-type": mime_type})

    def _attach(self, entity: Entity, request: Request) -> Response:
        mime_type = request.headers.get("content-type", "application/octet-stream")
        file = (request.path_params["name"], mime_type, request.body)
        attached = attachments.attach(self._books, entity, self._known(entity.name, request), file)
        return self._envelope("Attachments", [attached], request)

    def _history(self, entity: Entity, request: Request) -> Response:
        key = self._known(entity.name, request)[entity.key]
        return self._envelope("HistoryRecords", attachments.notes(self._books, key), request)

    def _add_notes(self, entity: Entity, request: Request) -> Response:
        key = self._known(entity.name, request)[entity.key]
        sent = writes.elements(request, "HistoryRecords")
        return self._envelope("HistoryRecords", [attachments.add_note(self._books, key, one) for one in sent], request)

    def _organisation(self, request: Request) -> Response:
        return self._envelope("Organisations", [tracking.without_time(self._books.organisation())], request)

    def _tracking_routes(self) -> list[tuple[str, str, Callable[[Request], Response]]]:
        return [
            ("GET", "", self._categories),
            ("PUT", "", self._put_category),
            ("GET", "/{id}", self._category),
            ("POST", "/{id}", self._post_category),
            ("DELETE", "/{id}", self._delete_category),
            ("PUT", "/{id}/Options", self._put_option),
            ("POST", "/{id}/Options/{option}", self._post_option),
            ("DELETE", "/{id}/Options/{option}", self._delete_option),
        ]

    def _categories(self, request: Request) -> Response:
        archived = (request.first("includeArchived") or "").lower() == "true"
        rows = [one for one in self._books.all("tracking_categories") if archived or one["Status"] == "ACTIVE"]
        return self._shown_categories(rows, request, archived)

    def _category(self, request: Request) -> Response:
        return self._shown_categories([self._known("tracking_categories", request)], request, archived=True)

    def _put_category(self, request: Request) -> Response:
        return self._tracked("TrackingCategories", tracking.write_category, None, request)

    def _post_category(self, request: Request) -> Response:
        before = self._known("tracking_categories", request)
        return self._tracked("TrackingCategories", tracking.write_category, before, request)

    def _delete_category(self, request: Request) -> Response:
        category = self._known("tracking_categories", request)
        tracking.remove_category(self._books, category["TrackingCategoryID"])
        return self._shown_categories([category], request, archived=True)

    def _put_option(self, request: Request) -> Response:
        self._known("tracking_categories", request)
        return self._tracked("Options", tracking.write_option, None, request)

    def _post_option(self, request: Request) -> Response:
        return self._tracked("Options", tracking.write_option, self._known_option(request), request)

    def _delete_option(self, request: Request) -> Response:
        option = self._known_option(request)
        tracking.remove_option(self._books, option["TrackingOptionID"])
        gone = {**tracking.outward_option(option), "IsDeleted": True, "IsActive": False}
        return self._envelope("Options", [gone], request)

    def _tracked(self, plural: str, write: Any, before: Record | None, request: Request) -> Response:
        """Categories and options are written one per call."""
        sent = writes.elements(request, plural)
        if len(sent) > 1:
            raise bad_data(f"One of {plural} can be written per request")
        category = {"TrackingCategoryID": request.path_params.get("id")} if plural == "Options" else {}
        stored = write(self._books, {**sent[0], **category}, before, How(app=app_id(request)))
        if plural == "Options":
            return self._envelope(plural, [tracking.outward_option(stored)], request)
        return self._shown_categories([stored], request, archived=True)

    def _shown_categories(self, rows: list[Record], request: Request, archived: bool) -> Response:
        shown = [tracking.outward_category(self._books, row, archived) for row in rows]
        return self._envelope("TrackingCategories", shown, request)

    def _known(self, entity: str, request: Request) -> Record:
        record = self._books.get(entity, request.path_params["id"])
        if record is None:
            raise UnknownRecordError(request.path_params["id"])
        return record

    def _known_option(self, request: Request) -> Record:
        option = self._books.get("tracking_options", request.path_params["option"])
        if option is None or option["TrackingCategoryID"] != request.path_params["id"].lower():
            raise UnknownRecordError(request.path_params["option"])
        return option

    def _written(self, plural: str, outcome: writes.Outcome, request: Request) -> Response:
        rows, refused = outcome
        if refused:
            return json_response(validation_exception(rows), 400)
        return self._envelope(plural, rows, request)

    def _envelope(
        self, plural: str, rows: list[Record], request: Request, pagination: dict[str, int] | None = None
    ) -> Response:
        envelope = {
            "Id": str(uuid.uuid4()),
            "Status": "OK",
            "ProviderName": "Sandbox",
            "DateTimeUTC": wire.ms_time(self._books.world.clock.now()),
            **({"pagination": pagination} if pagination else {}),
            plural: wire.outward(rows, writes.decimals(request)),
        }
        return json_response(envelope)


def app_id(request: Request) -> str:
    """The client id of the app that asks; the vendor's front door put it there."""
    return request.headers["x-sandbox-app"]


def refused(error: RefusedError) -> Response:
    """A refusal outside a batch."""
    element = {"ValidationErrors": [{"Message": message} for message in error.messages]}
    return json_response(validation_exception([element]), 400)
