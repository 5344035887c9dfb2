"""Files on subcontractor invoices: a row each, `<invoice>/<attachment>`, and the bytes behind it."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import IO
from urllib.parse import urlsplit

from jobledger.systems import files
from jobledger.systems.base import Page, Record
from jobledger.systems.client import Client
from jobledger.systems.paging import chunks
from jobledger.systems.procore.api import record_id
from jobledger.systems.procore.contracts import of_project
from jobledger.systems.procore.documents import Asked, Filters, ProjectDocuments
from jobledger.systems.procore.reads import IDS_PER_CALL

_PATH = "v1.1/requisitions"
_OURS = ".procore.com"


class InvoiceAttachments(ProjectDocuments):
    """The files of all invoices. Read whole: Procore does not say that a new file moves an invoice's time of change."""

    by_change = False
    lists: Mapping[str, Filters] = {_PATH: {"sort": "id"}}

    def pages(self, project: Record, asked: Asked) -> Iterator[Page]:
        """One list: invoices name their files in every view."""
        for page in self.api.whole(_PATH, {"project_id": project["id"], "sort": "id", **asked.filters}):
            yield Page([one for row in page.rows for one in _attached(row, project) if asked.wants(one)], page.read_at)

    def _some(self, project: Record, ids: Sequence[str]) -> list[Record]:
        wanted, invoices = set(ids), list(dict.fromkeys(one.partition("/")[0] for one in ids))
        asked = [Asked({"filters[id][]": some}) for some in chunks(invoices, IDS_PER_CALL)]
        rows = (row for one in asked for page in self.pages(project, one) for row in page.rows)
        return [row for row in rows if record_id(row) in wanted]


def _attached(row: Record, project: Record) -> Iterator[Record]:
    for one in row.get("attachments") or []:
        name = str(one.get("filename") or one.get("name") or "")
        yield {
            "id": f"{row['id']}/{one['id']}",
            "invoice_id": row["id"],
            "invoice_number": row.get("invoice_number"),
            "status": row.get("status"),
            "billing_date": row.get("billing_date"),
            "file_name": name,
            "content_type": mimetypes.guess_type(name)[0] or "application/octet-stream",
            "url": one.get("url"),
            **of_project(project),
        }


def opened(client: Client, address: str, most: int) -> AbstractContextManager[IO[bytes]]:
    """The bytes at an address that an invoice names. Raises `FixTheRecord`, `RetryLater`."""
    return files.fetched(client, address, most, lambda url: _is_procores(url, client.base_url))


def _is_procores(url: str, base: str) -> bool:
    """Whether an address is one of Procore's own hosts, as the connection's is (Procore: the token goes there only)."""
    return all(
        parts.scheme == "https" and str(parts.hostname or "").endswith(_OURS)
        for parts in (urlsplit(url), urlsplit(base))
    )
