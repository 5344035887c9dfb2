"""The calls that all of Xero's records share: lists in pages, and answers that are refusals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Any
from urllib.parse import quote

from jobledger.errors import FixTheSetup, RetryLater
from jobledger.systems.base import Record
from jobledger.systems.client import Answer, Client
from jobledger.systems.paging import Sheet
from jobledger.systems.xero.refusals import messages_of, not_allowed

PAGE_SIZE = 1000
ROOT = "api.xro/2.0"
FEW = 3
"""As many records are asked for one by one before a page of the list may be cheaper."""

MOST_PAGES = 10_000
"""A list that never ends is a fault of the vendor's, not a long list."""


@dataclass(frozen=True)
class Api:
    """The Accounting API of one organisation. The client sends the organisation's id in `xero-tenant-id`."""

    client: Client

    def get(self, path: str, params: Mapping[str, Any] | None = None, since: datetime | None = None) -> Answer:
        """Reads. Raises `RetryLater`, and `FixTheSetup` for what the app may not see."""
        changed = {"If_Modified_Since": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")} if since else {}
        answer = self.client.get(f"{ROOT}/{path}", params or {}, **changed)
        if answer.ok or answer.status in {304, 404}:
            return answer
        raise self.refused(answer, path)

    def rows(self, path: str, params: Mapping[str, Any] | None = None, name: str | None = None) -> list[Record]:
        """All records of a list that does not page; `name` is its name in the answer, if not that of the path."""
        return _rows(self.get(path, params), name or path)

    def one(self, path: str, key: str, params: Mapping[str, Any] | None = None) -> Record | None:
        """One record by its id or, where Xero takes it, its number; None if there is none."""
        answer = self.get(f"{path}/{quote(key, safe='')}", params)
        rows = _rows(answer, path)
        return rows[0] if rows else None

    def by_ids(self, path: str, id_field: str, ids: Sequence[str], params: Mapping[str, Any]) -> list[Record]:
        """Records of a list that cannot be asked for several ids: one by one or, with fewer calls, from the list."""
        wanted = dict.fromkeys(one for one in ids if one)
        found: dict[str, Record] = {}
        if len(wanted) > FEW:
            for number, sheet in enumerate(self.sheets(path, {**params, "order": f"{id_field} ASC"}), 1):
                found |= {row[id_field]: row for row in sheet.rows if row[id_field] in wanted}
                if len(wanted) - len(found) < ceil((sheet.total or 0) / PAGE_SIZE) - number:
                    break
        missing = (self.one(path, one, params) for one in wanted if one not in found)
        return [*found.values(), *(row for row in missing if row)]

    def sheets(self, path: str, params: Mapping[str, Any], since: datetime | None = None) -> Iterator[Sheet]:
        """One pass over a list in pages of 1,000."""
        for number in range(1, MOST_PAGES):
            answer = self.get(path, {**params, "page": number, "pageSize": PAGE_SIZE}, since)
            counts = (answer.body or {}).get("pagination") or {}
            rows = _rows(answer, path)
            yield Sheet(rows, answer.at, counts.get("itemCount", 0 if answer.body is None else None))
            if number >= counts.get("pageCount", 0) and (counts or len(rows) < PAGE_SIZE):
                return
        raise RetryLater(f"Xero's list of {path} has no end.")

    def refused(self, answer: Answer, path: str) -> Exception:
        """What a refusal of a whole request means."""
        forbidden = not_allowed(answer, self.client.where, path)
        if forbidden:
            return forbidden
        words = " ".join(messages_of(answer.body)) or f"status {answer.status}"
        return FixTheSetup(f"Xero {path}", f"refused the request: {words}", "Report this with the time of the run.")


def _rows(answer: Answer, path: str) -> list[Record]:
    body = answer.body if answer.status == 200 else {path: []}
    rows = body.get(path) if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise FixTheSetup(f"Xero {path}", "answered something that is not a list.", "Report this.")
    return rows
