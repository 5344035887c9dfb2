"""Files on documents: a row each, `<document>/<attachment>`, those on subcontractor invoices, and the bytes behind."""

from __future__ import annotations

import mimetypes
from abc import abstractmethod
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


class Attached(ProjectDocuments):
    """The files on one kind of document. Read whole: Procore does not say that a new file moves a time of change."""

    by_change = False

    @abstractmethod
    def holders(self, project: Record, filters: Filters) -> Iterator[Page]:
        """The documents of a project, as Procore lists them."""

    @abstractmethod
    def rows(self, holder: Record, project: Record) -> list[Record]:
        """The files on a document, as mapping files see them."""

    def pages(self, project: Record, asked: Asked) -> Iterator[Page]:
        """One list: documents name their files in it."""
        for page in self.holders(project, asked.filters):
            yield Page([one for holder in page.rows for one in self.rows(holder, project)], page.read_at)

    def _some(self, project: Record, ids: Sequence[str]) -> list[Record]:
        wanted, holders = set(ids), list(dict.fromkeys(one.partition("/")[0] for one in ids))
        asked = [Asked({"filters[id][]": some}) for some in chunks(holders, IDS_PER_CALL)]
        rows = (row for one in asked for page in self.pages(project, one) for row in page.rows)
        return [row for row in rows if record_id(row) in wanted]


class InvoiceAttachments(Attached):
    """The files of all subcontractor invoices."""

    lists: Mapping[str, Filters] = {_PATH: {"sort": "id"}}

    def holders(self, project: Record, filters: Filters) -> Iterator[Page]:
        """The invoices of a project, which name their files in every view."""
        return self.api.whole(_PATH, {"project_id": project["id"], "sort": "id", **filters})

    def rows(self, holder: Record, project: Record) -> list[Record]:
        """The files of an invoice."""
        return list(_attached(holder, project))


def full_name(file: Record) -> str:
    """The name of a file that a document names."""
    return str(file.get("filename") or file.get("name") or "")


def content_type(name: str) -> str:
    """The type of a file's content, by its name."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _attached(row: Record, project: Record) -> Iterator[Record]:
    for one in row.get("attachments") or []:
        name = full_name(one)
        yield {
            "id": f"{row['id']}/{one['id']}",
            "invoice_id": row["id"],
            "invoice_number": row.get("invoice_number"),
            "status": row.get("status"),
            "billing_date": row.get("billing_date"),
            "file_name": name,
            "content_type": content_type(name),
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
