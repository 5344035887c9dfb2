"""The projects that the app is permitted to see, and lists that are read project by project."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from jobledger.systems.base import Record
from jobledger.systems.procore.api import Api
from jobledger.systems.procore.refusals import ClosedError

T = TypeVar("T")


@dataclass
class ByProject(Generic[T]):
    """What was read of each project, with a note for each one that showed nothing."""

    parts: list[tuple[Record, T]] = field(default_factory=list)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Permitted:
    """Active projects, narrowed to those that the integration names."""

    api: Api
    chosen: Literal["all"] | Sequence[int] = "all"

    def projects(self, only: Sequence[str] = ()) -> list[Record]:
        """The projects to go through; `only` narrows them further."""
        rows = self.api.rows("v1.1/projects", self.api.of_company(**{"filters[by_status]": "Active"}))
        return [row for row in rows if self._is_wanted(row, only)]

    def each(self, projects: Sequence[Record], read: Callable[[Record], T]) -> ByProject[T]:
        """What `read` finds in each project. One whose tool is off is left out with a note (Procore: 403 per project).

        Raises `ClosedError` if none of them shows anything: then a permission is missing.
        """
        found: ByProject[T] = ByProject()
        closed: list[ClosedError] = []
        for project in projects:
            try:
                found.parts.append((project, read(project)))
            except ClosedError as error:
                closed.append(error)
                found.notes += (f"Project '{project['name']}' is left out: {error.said}.",)
        if closed and not found.parts:
            raise closed[0]
        return found

    def _is_wanted(self, project: Record, only: Sequence[str]) -> bool:
        if only and str(project["id"]) not in only:
            return False
        return self.chosen == "all" or project["id"] in self.chosen
