"""Writing vendors, projects and standard cost codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import Any

from jobledger.errors import FixTheSetup
from jobledger.systems.base import Record, Write, WriteResult
from jobledger.systems.client import Call
from jobledger.systems.procore import entities
from jobledger.systems.procore.api import Api, record_id
from jobledger.systems.procore.reads import Readable, StandardCostCodes
from jobledger.systems.procore.writes import Kind, create_one, foreign_origin, row_of, sync
from jobledger.systems.results import after_others, conflict

_LIST = "standard_cost_code_list_id"


@dataclass(frozen=True)
class DirectoryWrites:
    """The writes of one company. `import_list` is the name of the standard list that new cost codes join."""

    api: Api
    reads: Mapping[str, Readable]
    standard: StandardCostCodes
    import_list: str | None = None

    def write(self, entity: str, writes: Sequence[Write]) -> list[WriteResult]:
        """Sends one batch; another integration's origin_id is never overwritten. Raises as `System.write`."""
        send = {"vendors": self._vendors, "projects": self._projects, "standard_cost_codes": self._standard}.get(entity)
        if send is None:
            return [
                conflict(one, f"Jobledger does not write {entity} in Procore.", "Mend the mapping.") for one in writes
            ]
        held = self._foreign(entity, [one for one in writes if one.document.get("origin_id") and one.target_id])
        results = {**held, **_by_key(send([one for one in writes if one.key not in held]))}
        return [results[one.key] for one in writes]

    def _foreign(self, entity: str, writes: Sequence[Write]) -> dict[str, WriteResult]:
        return (
            foreign_origin(writes, self.reads[entity].fetch([one.target_id or "" for one in writes])) if writes else {}
        )

    def _vendors(self, writes: Sequence[Write]) -> list[WriteResult]:
        scope = {"company_id": self.api.company_id}
        return sync(self.api, Kind("v1.0/vendors/sync", scope, entities.vendor, {"is_active": False}), writes)

    def _projects(self, writes: Sequence[Write]) -> list[WriteResult]:
        """Creates go one by one: Procore advises against the sync action for them."""
        scope = {"company_id": self.api.company_id}
        kind = Kind("v1.0/projects/sync", scope, entities.project, {"active": False})
        done: list[WriteResult] = []
        for one in (one for one in writes if one.action == "create"):
            done += after_others(done, [one], partial(self._create_project, kind, one))
        changes = [one for one in writes if one.action != "create"]
        return [*done, *after_others(done, changes, partial(sync, self.api, kind, changes))]

    def _create_project(self, kind: Kind, one: Write) -> list[WriteResult]:
        document = {"company_id": self.api.company_id, "project": row_of(kind, one)}
        return [create_one(self.api, Call("POST", "rest/v1.0/projects", document=document), kind, one)]

    def _standard(self, writes: Sequence[Write]) -> list[WriteResult]:
        """A sync action is about one list, so the writes are sent list by list."""
        list_of = self._lists_of(writes)
        results: list[WriteResult] = []
        ordered = sorted((_without_list(one) for one in writes), key=lambda one: list_of[one.key])
        for list_id, group in groupby(ordered, key=lambda one: list_of[one.key]):
            kind = Kind(
                "v1.0/standard_cost_codes/sync",
                {"company_id": self.api.company_id, _LIST: list_id},
                entities.standard_cost_code,
            )
            some = list(group)
            results += after_others(results, some, partial(sync, self.api, kind, some))
        return results

    def _lists_of(self, writes: Sequence[Write]) -> dict[str, int]:
        """The list of each write, by key: as the document names it, where the code is now, or the import list."""
        known = {record_id(row): row[_LIST] for row in self._present(writes)}
        named = {one.key: one.document.get(_LIST) or known.get(one.target_id or "") for one in writes}
        numbers = {value: self._list_id(value) for value in set(named.values())}
        return {key: numbers[value] for key, value in named.items()}

    def _present(self, writes: Sequence[Write]) -> list[Record]:
        ids = [one.target_id for one in writes if one.target_id]
        return self.standard.fetch(ids) if ids else []

    def _list_id(self, named: Any) -> int:
        """A list's id from its id or name; nothing means the list that imports join. Raises `FixTheSetup`."""
        if str(named).isdigit():
            return int(named)
        name, lists = named or self.import_list, self.standard.lists()
        wanted = [one for one in lists if not name or one["name"] == name]
        if len(wanted) == 1:
            return int(wanted[0]["id"])
        names = ", ".join(one["name"] for one in lists) or "none"
        found = f"names '{name}', which Procore does not have." if name else "is not set."
        raise FixTheSetup("cost_codes.import_list", found, f"Name one of Procore's standard lists: {names}.")


def _without_list(write: Write) -> Write:
    """The list is the scope of the sync action, not a field of its rows."""
    return replace(write, document={name: value for name, value in write.document.items() if name != _LIST})


def _by_key(results: Iterable[WriteResult]) -> dict[str, Any]:
    return {result.key: result for result in results}
