"""Documents that Procore lists project by project: reading, and looking up."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jobledger.systems.base import Page, Record, Window
from jobledger.systems.paging import chunks
from jobledger.systems.procore.api import Api, record_id
from jobledger.systems.procore.projects import Permitted
from jobledger.systems.procore.reads import IDS_PER_CALL, changed, fetched, found, is_later

LARGE_ROWS = 500
"""Rows of a page whose rows hold their lines: a page stays a few megabytes."""

Filters = Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """Which documents of a project are asked for: by filters of Procore's, and which of the rows that it then shows."""

    filters: Filters = field(default_factory=dict)
    wants: Callable[[Record], bool] = lambda _: True

    def of(self, page: Page) -> list[Record]:
        """The rows of a page that are asked for."""
        return [row for row in page.rows if self.wants(row)]


class ProjectDocuments(ABC):
    """One kind of document of all permitted projects."""

    by_change = True
    """Whether the list can be filtered by time of change."""

    lists: Mapping[str, Filters] = {}
    """The lists that hold the documents, with the parameters by which they are brief and whole."""

    def __init__(self, permitted: Permitted) -> None:
        self.permitted = permitted

    @property
    def api(self) -> Api:
        """The company's API."""
        return self.permitted.api

    @abstractmethod
    def pages(self, project: Record, asked: Asked) -> Iterator[Page]:
        """The documents of one project. Raises `ClosedError` if the project does not show them."""

    def read(self, window: Window) -> Iterator[Page]:
        """As `System.read`; a project whose tool is off is left out with a note."""
        return self.permitted.pages(
            window.only_projects, lambda project: self.pages(project, self._asked(project, window))
        )

    def _asked(self, project: Record, window: Window) -> Asked:
        """What changed; in a project of which other documents are wanted too, one whole list costs no more calls."""
        if not self.by_change or window.since is None:
            return Asked()
        also = {one for one, place in window.also.items() if place == record_id(project)}
        if not also:
            return Asked(changed(window.since, self.api.now()))
        return Asked(wants=lambda row: is_later(row, window.since) or record_id(row) in also)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Documents by id, of closed projects too. Procore looks up by id within a project only, so each is asked."""
        return self.permitted.looked_up(ids, self._some)

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """Documents with our mark or, without a mark, with the natural key; its `project_id` narrows the search."""
        if not (mark or natural_key):
            return []
        named = natural_key.get("project_id")
        return found(self.read(Window(only_projects=(str(named),) if named else ())), mark, natural_key)

    def heads(self, ids: Sequence[str]) -> list[Record]:
        """Documents by id as Procore lists them, without what takes further calls; each with its project and `list`."""
        return self.permitted.looked_up(ids, self._heads)

    def _heads(self, project: Record, ids: Sequence[str]) -> list[Record]:
        return [
            {**row, "project_id": project["id"], "list": path}
            for path, params in self.lists.items()
            for row in fetched(self.api, path, {"project_id": project["id"], **params}, ids)
        ]

    def _some(self, project: Record, ids: Sequence[str]) -> list[Record]:
        wanted = set(ids)

        def wants(row: Record) -> bool:
            return record_id(row) in wanted

        asked = [Asked({"filters[id][]": some}, wants) for some in chunks(ids, IDS_PER_CALL)]
        asked = asked if len(asked) <= 2 else [Asked(wants=wants)]
        return [row for one in asked for page in self.pages(project, one) for row in page.rows]
