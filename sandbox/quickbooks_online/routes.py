"""The paths of `/v3/company/{realm}/`, each to what answers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from sandbox.http import Request, Response, Router, json_response
from sandbox.quickbooks_online import attachments, batch, query, writes
from sandbox.quickbooks_online.books import Books, How
from sandbox.quickbooks_online.entities import ENTITIES, Entity
from sandbox.quickbooks_online.errors import RefusedError, missing, not_found
from sandbox.world import Record

BASE = "/v3/company/{realm}"


class Api:
    """The Accounting API of one company: a handler per method and path."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._queries = query.Queries(books)

    def router(self) -> Router:
        """The table of paths."""
        table = Router(ignore_case=True)
        table.add("GET", f"{BASE}/query", self._query)
        table.add("POST", f"{BASE}/query", self._query)
        table.add("GET", f"{BASE}/cdc", self._changes)
        table.add("POST", f"{BASE}/batch", self._batch)
        table.add("POST", f"{BASE}/upload", self._upload)
        table.add("GET", f"{BASE}/download/{{id}}", self._download)
        table.add("GET", f"{BASE}/preferences", self._preferences)
        for entity in ENTITIES.values():
            table.add("GET", f"{BASE}/{entity.type.lower()}/{{id}}", self._of(self._read, entity))
            table.add("POST", f"{BASE}/{entity.type.lower()}", self._of(self._write, entity))
        return table

    @staticmethod
    def _of(handler: Callable[[Entity, Request], Response], entity: Entity) -> Callable[[Request], Response]:
        return lambda request: handler(entity, request)

    def _query(self, request: Request) -> Response:
        text = request.first("query") or ""
        if request.method == "POST":
            text = request.body.decode("utf-8", "replace")
        return self.answer({"QueryResponse": self._queries.answer(text)})

    def _changes(self, request: Request) -> Response:
        entities, since = request.first("entities"), request.first("changedSince")
        if not entities or not since:
            raise missing("changedSince" if entities else "entities")
        return self.answer({"CDCResponse": [{"QueryResponse": query.changes(self._books, entities, since)}]})

    def _batch(self, request: Request) -> Response:
        return self.answer({"BatchItemResponse": batch.answer(self._books, self._queries, request)})

    def _preferences(self, request: Request) -> Response:
        return self._shown(ENTITIES["preferences"], self._books.preferences())

    def _read(self, entity: Entity, request: Request) -> Response:
        key = request.path_params["id"]
        # CompanyInfo is asked for by the realm.
        record = self._books.company() if entity.name == "company" else self._books.get(entity.name, key)
        if record is None:
            raise not_found(entity.type, key)
        return self._shown(entity, record)

    def _write(self, entity: Entity, request: Request) -> Response:
        sent = _body(request)
        include = (request.first("include") or "").lower().split(",")
        operation = (request.first("operation") or "").lower()
        how = How(allow_duplicates=batch.ALLOW_DUPLICATES in include)
        if operation == "delete":
            return self.answer({entity.type: writes.delete(self._books, entity, sent, how)})
        if operation == "void" or "void" in include:
            return self._void(entity, sent, how, by_update=operation == "update")
        if operation not in {"", "update"}:
            raise RefusedError(500, f"Operation {operation} is not supported for {entity.type}")
        return self._shown(entity, writes.write(self._books, entity, sent, how))

    def _void(self, entity: Entity, sent: Record, how: How, by_update: bool) -> Response:
        if entity.voided and entity.by_update == by_update:
            return self._shown(entity, writes.void(self._books, entity, sent, how))
        # So these two answer, as has been seen: with success, and without doing anything.
        if entity.name == "journal_entries":
            return self.answer({"BatchItemResponse": []})
        if entity.name == "bills":
            raise RefusedError(10000, "An application error has occurred while processing your request", status=200)
        raise RefusedError(500, f"Operation void is not supported for {entity.type}")

    def _upload(self, request: Request) -> Response:
        answers = []
        for sent, own in attachments.uploaded(request):
            entity = ENTITIES["attachables"]
            read = entity.fields.read(self._books, How(), sent, "")
            record = entity.finish(self._books, {**read, **own}, None, How())
            stored = self._books.save("attachables", record, How())
            answers.append({"Attachable": entity.outward(self._books, stored)})
        return self.answer({"AttachableResponse": answers})

    def _download(self, request: Request) -> Response:
        record = self._books.get("attachables", request.path_params["id"])
        if record is None or "_content" not in record:
            raise not_found("Attachable", request.path_params["id"])
        body, kind = attachments.content(record)
        return Response(200, body, {"content-type": kind})

    def _shown(self, entity: Entity, record: Record) -> Response:
        return self.answer({entity.type: entity.outward(self._books, record)})

    def answer(self, body: Record, status: int = 200) -> Response:
        """An answer, with the time at which it was given."""
        return json_response({**body, "time": self._books.now().isoformat(timespec="milliseconds")}, status)

    def refused(self, error: RefusedError) -> Response:
        """A refusal, as a `Fault`."""
        return self.answer({"Fault": error.fault()}, error.status)


def _body(request: Request) -> Any:
    if "json" not in request.headers.get("content-type", "json"):
        raise RefusedError(1050, f"Content-Type {request.headers['content-type']} is not supported: send JSON")
    try:
        body = request.json()
    except msgspec.DecodeError as error:
        raise RefusedError(2010, f"The request body is not valid JSON: {error}") from None
    if not isinstance(body, dict):
        raise RefusedError(2010, "The request body is not a JSON object")
    return body
