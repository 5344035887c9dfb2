"""Sync actions: up to 1,000 rows created or updated in one call (Procore: using sync actions; XTR-1 to XTR-3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.procore import errors
from sandbox.procore.errors import RefusedError
from sandbox.procore.resource import Resource, rows_of, write
from sandbox.procore.state import State
from sandbox.world import Record

MOST_ROWS = 1000
NOT_FOUND = "Entity with this ID not found"
Belongs = Callable[[Record], bool]
FixedOf = Callable[[Record], Record]


class Sync:
    """One sync call. `fixed_of` says where a row's record belongs; `refuse_every` is a fault of the sandbox."""

    def __init__(self, state: State, resource: Resource, fixed_of: FixedOf, refuse_every: int = 0) -> None:
        self._state = state
        self._resource = resource
        self._fixed_of = fixed_of
        self._refuse_every = refuse_every

    def run(self, updates: Any) -> Record:
        """Rows succeed and fail one by one. Raises `RefusedError` if `updates` is no list, or too long."""
        if updates is None:
            raise errors.bad_request("updates is missing")
        updates = rows_of({"updates": updates}, "updates")
        if len(updates) > MOST_ROWS:
            raise errors.too_large(f"A sync action takes at most {MOST_ROWS} updates")
        entities: list[Record] = []
        refused: list[Record] = []
        for number, row in enumerate(updates, 1):
            try:
                self._refuse_by_order(number)
                entities.append(self._resource.show(self._state, self._write(row)))
            except RefusedError as error:
                refused.append({**row, "errors": _messages(error)})
        return {"entities": entities, "errors": refused}

    def _write(self, row: Record) -> Record:
        fixed = self._fixed_of(row)
        before = self._found(row, fixed)
        given = {name: value for name, value in row.items() if name != "id"}
        return write(self._state, self._resource, given, before, {} if before else fixed)

    def _found(self, row: Record, fixed: Record) -> Record | None:
        if row.get("id") is not None:
            record = self._state.get(self._resource.entity, row["id"])
            if record is None or not _belongs(record, fixed):
                raise errors.InvalidError({"id": [NOT_FOUND]})
            return record
        if not row.get("origin_id") or "origin_id" not in self._resource.fields:
            return None
        rows = self._state.find(self._resource.entity, "origin_id", str(row["origin_id"]))
        return next((record for record in rows if _belongs(record, fixed)), None)

    def _refuse_by_order(self, number: int) -> None:
        if self._refuse_every and number % self._refuse_every == 0:
            raise errors.InvalidError({"base": ["could not be processed (sandbox fault: partial_batch)"]})


def _belongs(record: Record, fixed: Record) -> bool:
    return not record.get("deleted_at") and all(record.get(name) == value for name, value in fixed.items())


def _messages(error: RefusedError) -> Any:
    found = error.body.get("errors")
    return found if isinstance(found, dict) else {"base": [str(error)]}
