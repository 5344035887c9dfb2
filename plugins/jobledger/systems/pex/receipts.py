"""Receipts: the loaded files of purchases that are carried, a row per file and part of its purchase (PEX-25).

PEX lists receipts purchase by purchase, a call for each. So a purchase is asked once it may be carried, again each
night within the days that are looked back on while a part of it has none, such as the one on the project to which it
was recoded, and otherwise once a week.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO, Any

from jobledger.errors import FixTheRecord
from jobledger.systems import files
from jobledger.systems.base import Page, Record, Window, Write, WriteResult
from jobledger.systems.pex.api import Api, many
from jobledger.systems.pex.eastern import moment
from jobledger.systems.pex.purchase_rows import CARRIED
from jobledger.systems.pex.purchases import Purchases, chunked
from jobledger.systems.pex.refusals import TITLE
from jobledger.systems.results import conflict

LOADED = ("loaded", "1")
MALWARE = ("hasmalware", "3")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*")
"""Bytes as text; those of a JPEG begin with a slash, as a link without a host does."""

_PAGE = 50
"""Purchases of a page."""


@dataclass(frozen=True)
class Receipts:
    """The receipts of one business. Nothing is written here."""

    api: Api
    purchases: Purchases

    def read(self, window: Window) -> Iterator[Page]:
        """The receipts of the purchases that are asked now (see above)."""
        with_one = {one.rpartition("/")[0] for one in window.linked}
        recent = self.api.now() - self.purchases.reading.look_back
        for transactions, at in self.purchases.transactions(self.purchases.span(window)):
            shown = [rows for one in transactions if (rows := self._carried(self.purchases.rows(one), window))]
            due = [rows for rows in shown if _is_due(rows, with_one, window, recent)]
            for some in chunked(due, _PAGE):
                found = [one for rows in some for one in self._of(rows)]
                notes = tuple(one["left_out"] for one in found if one.get("left_out"))
                yield Page([one for one in found if not one.get("left_out")], at, notes, partial=True)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Receipts by id."""
        wanted = set(ids)
        rows = (self._carried(rows, Window()) for rows in self.purchases.of_ids(ids))
        return [one for some in rows if some for one in self._of(some) if one.get("id") in wanted]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """Nothing: receipts are never written, so none carries a mark."""
        return []

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Refuses: receipts are only read."""
        return [conflict(one, f"Receipts are only read from {TITLE}.", f"Change it in {TITLE}.") for one in sent]

    def _carried(self, rows: list[Record], window: Window) -> list[Record]:
        """Of the parts of a purchase those that can be direct costs."""
        begins = str(self.purchases.reading.cutover or "")
        dated = [row for row in rows if self.purchases.is_dated(row, window) and row["day"] >= begins]
        return [row for row in dated if row["status"] == CARRIED and row["project"]]

    def _of(self, rows: list[Record]) -> Iterator[Record]:
        """The receipts of one purchase, for each of its parts; of one that is left out why."""
        key = rows[0]["transaction_id"]
        answer = self.api.ask(f"Transactions/{key}/Attachments")
        listed = many(answer, "receipts", "Attachments") if answer.status != 404 else []
        for one in listed:
            status = str(one.get("UploadStatus")).casefold()
            if status in LOADED:
                yield from (_row(row, one) for row in rows)
            elif status in MALWARE:
                yield {"left_out": f"A receipt of {rows[0]['number']} ({rows[0]['merchant']}) holds malware: left out."}


def _is_due(rows: list[Record], with_one: set[str], window: Window, recent: datetime) -> bool:
    if any(row["id"] not in with_one for row in rows):
        return True
    return window.since is None and moment(rows[0]["purchased_at"]) >= recent


def _row(purchase: Record, one: Record) -> Record:
    """A receipt of a part of a purchase."""
    key, attachment = purchase["transaction_id"], one["AttachmentId"]
    return {
        "id": f"{purchase['id']}/{attachment}",
        "purchase": purchase["id"],
        "number": purchase["number"],
        "merchant": purchase["merchant"],
        "file_name": f"{purchase['number']} receipt {attachment}",
        "kind": one.get("Type"),
        "size": one.get("Size"),
        "day": purchase["day"],
        "project": purchase["project"],
        "url": f"v4/Transactions/{key}/Attachment/{attachment}?AttachmentLinkType=LinkUrl",
    }


def opened(api: Api, address: str, most: int) -> AbstractContextManager[IO[bytes]]:
    """The bytes of a receipt: behind the link that PEX gives for it, or in the answer itself.

    Raises `FixTheRecord`, `RetryLater`, `FixTheSetup`.
    """
    answer = api.ask(address.removeprefix("v4/"))
    content = str((answer.body or {}).get("Content") or "") if answer.ok else ""
    if not content:
        raise FixTheRecord(f"{TITLE} does not give the receipt (status {answer.status}).", f"Look at it in {TITLE}.")
    if content.startswith(("https://", "http://", "/")) and not _BASE64.fullmatch(content):
        # whoever has the link may read it: a token has no business there, and storage refuses one
        return files.fetched(replace(api.client, auth=None), content, most, lambda url: False)
    return nullcontext(io.BytesIO(_decoded(content, most)))


def _decoded(content: str, most: int) -> bytes:
    try:
        found = base64.b64decode("".join(content.split()), validate=True)
    except binascii.Error:
        raise FixTheRecord("The receipt cannot be read.", f"Attach it anew in {TITLE}.") from None
    if len(found) > most:
        raise FixTheRecord(f"The receipt has more than {most:,} bytes.", "Attach it by hand, or make it smaller.")
    return found
