"""The calls that all of Procore's lists share: pages by `Link`, counts by `Total`, and one company."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urljoin

from jobledger.errors import FixTheSetup, RetryLater
from jobledger.systems.base import Page, Record
from jobledger.systems.client import Answer, Client
from jobledger.systems.paging import Sheet, read_whole
from jobledger.systems.procore.refusals import not_allowed

PER_PAGE = 2000
"""The most that Procore advises for a page (XTR-6); a list with a lower cap says so in `Per-Page`."""

COMPANY_HEADER = "Procore-Company-Id"

_NEXT = re.compile(r'<([^>]+)>\s*;[^,]*\brel="?next"?', re.IGNORECASE)


@dataclass(frozen=True)
class Api:
    """The REST API of one company. The client sends `Procore-Company-Id`."""

    client: Client
    company_id: int

    def sheets(self, path: str, params: Mapping[str, Any] | None = None) -> Iterator[Sheet]:
        """One pass over a list, page after page. Raises `RetryLater`, `FixTheSetup`, `ClosedError`."""
        query = {"per_page": PER_PAGE, **(params or {})}
        answer = self._list(self.client.get(f"rest/{path}", query), path)
        followed: set[str] = set()
        while True:
            yield Sheet(answer.body, answer.at, _count(answer))
            following = _NEXT.search(answer.headers.get("Link", ""))
            if following is None:
                return
            url = urljoin(self.client.base_url, following[1])
            if url in followed:
                raise RetryLater(f"Procore's list {path} leads back to a page that was read already.")
            followed.add(url)
            answer = self._list(self.client.get(url), path)

    def whole(self, path: str, params: Mapping[str, Any] | None = None) -> Iterator[Page]:
        """A list read until it was seen whole, whatever moved in it meanwhile."""
        return read_whole(partial(self.sheets, path, params), record_id, f"Procore {path}")

    def rows(self, path: str, params: Mapping[str, Any] | None = None) -> list[Record]:
        """A whole list at once."""
        return [row for page in self.whole(path, params) for row in page.rows]

    def of_company(self, **params: Any) -> dict[str, Any]:
        """Parameters of a company's list, by id: an order that edits do not change."""
        return {"company_id": self.company_id, "sort": "id", **params}

    def now(self) -> datetime:
        """The moment."""
        return self.client.clock()

    def _list(self, answer: Answer, path: str) -> Answer:
        if error := not_allowed(answer, path, self.client.where):
            raise error
        if not isinstance(answer.body, list):
            raise FixTheSetup(f"Procore {path}", "answered something that is not a list.", "Report this.")
        return answer


def record_id(record: Record) -> str:
    """A record's id as text; Procore's ids have more than 32 bits, and are text in version 2."""
    return str(record["id"])


def _count(answer: Answer) -> int | None:
    total = answer.headers.get("Total", "")
    return int(total) if total.isdigit() else None
