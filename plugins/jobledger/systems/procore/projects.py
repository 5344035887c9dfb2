"""The projects that the app is permitted to see, and lists that are read project by project."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from jobledger.systems.base import Page, Record
from jobledger.systems.procore.api import Api, record_id
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

    def projects(self, only: Sequence[str] = (), status: Literal["Active", "All"] = "Active") -> list[Record]:
        """The projects to go through; `only` narrows them further."""
        rows = self.api.rows("v1.1/projects", self.api.of_company(**{"filters[by_status]": status}))
        return [row for row in rows if self._is_wanted(row, only)]

    def pages(self, only: Sequence[str], read: Callable[[Record], Iterator[Page]]) -> Iterator[Page]:
        """The pages of a list that is read project by project, one after the other.

        As `each`: a project whose tool is off is left out; a last page with notes says that the list is not whole.
        """
        notes, seen, closed = [], False, None
        for project in self.projects(only):
            try:
                yield from read(project)
                seen = True
            except ClosedError as error:
                closed = closed or error
                notes.append(_left_out(project, error))
        if closed and not seen:
            raise closed
        if notes:
            yield Page([], self.api.now(), tuple(notes), partial=True)

    def looked_up(self, ids: Sequence[str], read: Callable[[Record, list[str]], list[Record]]) -> list[Record]:
        """The records with these ids, wherever they are: projects are asked until all are found, closed ones last."""
        missing, rows = dict.fromkeys(ids), []
        for project in sorted(self.projects(status="All"), key=lambda one: not one.get("active", True)):
            if not missing:
                break
            try:
                some = read(project, list(missing))
            except ClosedError:
                continue
            rows += some
            for row in some:
                missing.pop(record_id(row), None)
        return rows

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
                found.notes += (_left_out(project, error),)
        if closed and not found.parts:
            raise closed[0]
        return found

    def _is_wanted(self, project: Record, only: Sequence[str]) -> bool:
        if only and str(project["id"]) not in only:
            return False
        return self.chosen == "all" or project["id"] in self.chosen


def _left_out(project: Record, error: ClosedError) -> str:
    return f"Project '{project['name']}' is left out: {error.said}."
