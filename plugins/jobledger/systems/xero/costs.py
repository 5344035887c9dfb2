"""Job costs of the books: bills, supplier credits, spend money and refunds; a row per document and project (ACC-23).

A project is an option of the tracking category that the integration names. A row's id is `<kind>:<document>/<option>`;
the part without an option ("-") is there for documents that have others, or that have lines on items.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from jobledger.systems.base import Page, Record, Window, Write, WriteResult
from jobledger.systems.paging import chunks, read_whole
from jobledger.systems.results import conflict
from jobledger.systems.xero.api import Api
from jobledger.systems.xero.bills import dated
from jobledger.systems.xero.cost_rows import CostRows
from jobledger.systems.xero.limits import IDS_PER_CALL


@dataclass(frozen=True)
class _Source:
    """One list that costs come from; `kinds` are those of its documents that are costs."""

    path: str
    id_field: str
    where: str
    kinds: tuple[str, ...]
    by_ids: bool = False


_SOURCES = (
    _Source("Invoices", "InvoiceID", 'Type=="ACCPAY"', ("bill",), by_ids=True),
    _Source("CreditNotes", "CreditNoteID", 'Type=="ACCPAYCREDIT"', ("credit",)),
    _Source("BankTransactions", "BankTransactionID", "", ("spend", "refund")),
)
"""Xero's filters are slow with an `or`: of the bank's list everything is read, and what is no cost is left out."""

_FOUR_DECIMALS = {"unitdp": "4"}


class Costs:
    """The costs in the books of one organisation. Nothing is written here."""

    def __init__(self, api: Api, rows: CostRows) -> None:
        self.api = api
        self.rows = rows

    def read(self, window: Window) -> Iterator[Page]:
        """The costs of all documents, of those changed since, or of those dated in a backfill's days."""
        for source in _SOURCES:
            where = dated(source.where, window)
            params = {"order": f"{source.id_field} ASC", **_FOUR_DECIMALS, **({"where": where} if where else {})}
            passes = partial(self.api.sheets, source.path, params, window.since)
            for page in read_whole(passes, _id_of(source), f"Xero {source.path}"):
                yield self._page(page, source)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Rows by id; a document's id without an option (`bill:<id>`) asks for all of its rows."""
        wanted = set(ids)
        rows: list[Record] = []
        for source in _SOURCES:
            documents = [key for kind, key in map(_document, ids) if kind in source.kinds]
            rows += [row for found in self._documents(source, documents) for row in self.rows.of(found)]
        return [row for row in rows if row["id"] in wanted or row["id"].partition("/")[0] in wanted]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """Nothing: costs are never written, so none carries a mark."""
        return []

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Refuses: costs are only read."""
        return [conflict(one, "Costs are only read from Xero.", "Change the document in Xero.") for one in sent]

    def _page(self, page: Page, source: _Source) -> Page:
        rows = [row for document in page.rows for row in self.rows.of(document)]
        named = (self.rows.named(document) for document in page.rows)
        return Page(rows, page.read_at, documents=tuple(one for one in named if one))

    def _documents(self, source: _Source, ids: Sequence[str]) -> list[Record]:
        if not source.by_ids:
            where = {"where": source.where} if source.where else {}
            return self.api.by_ids(source.path, source.id_field, ids, {**where, **_FOUR_DECIMALS}) if ids else []
        params = {"order": f"{source.id_field} ASC", **_FOUR_DECIMALS}
        asked = [{**params, "IDs": ",".join(some)} for some in chunks(ids, IDS_PER_CALL)]
        return [row for one in asked for sheet in self.api.sheets(source.path, one) for row in sheet.rows]


def _document(row_id: str) -> tuple[str, str]:
    """Kind and id of the document that a row's id names."""
    kind, _, key = row_id.partition("/")[0].partition(":")
    return kind, key


def _id_of(source: _Source) -> Any:
    return lambda record: str(record[source.id_field])
