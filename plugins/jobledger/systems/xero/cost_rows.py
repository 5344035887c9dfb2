"""From a document of the books to its rows: split by project, net of tax, signed, without retainage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from jobledger.systems.base import Record
from jobledger.systems.xero.dates import iso_day, version
from jobledger.systems.xero.documents import Shape, money, net
from jobledger.systems.xero.facts import Facts
from jobledger.systems.xero.marks import mark_in

NO_PROJECT = "-"
EXPORTED = "subcontractor_invoice"
"""The direct cost type of a bill that was an invoice of Procore before (XER-149)."""

_DRAFTS = {"DRAFT": "It is a draft in Xero.", "SUBMITTED": "It waits for approval in Xero."}
_FOUR = Decimal("0.0001")


class _Kind(NamedTuple):
    """A kind of document: what it is called, its sign as a cost, its direct cost type, its id and number in Xero."""

    name: str
    sign: int
    direct_cost_type: str
    id_field: str
    number: str


_KINDS = {
    "ACCPAY": _Kind("bill", 1, "invoice", "InvoiceID", "InvoiceNumber"),
    "ACCPAYCREDIT": _Kind("credit", -1, "invoice", "CreditNoteID", "CreditNoteNumber"),
    "SPEND": _Kind("spend", 1, "expense", "BankTransactionID", ""),
    "RECEIVE": _Kind("refund", -1, "expense", "BankTransactionID", ""),
}
_Parts = dict[tuple[str, str], list[Record]]


@dataclass(frozen=True)
class CostRows:
    """Splits documents as one integration reads them."""

    shape: Shape
    facts: Facts

    def of(self, document: Record) -> list[Record]:
        """The rows of a document as Xero sends it; none for one that is no cost of a job."""
        kind = _KINDS.get(document.get("Type") or "")
        parts = self._parts(document, kind) if kind else {}
        if kind is None or not _is_job_cost(parts):
            return []
        head = self._head(document, kind)
        return [self._row(head, option, lines) for option, lines in parts.items()]

    def named(self, document: Record) -> str | None:
        """The id that the rows of a document begin with; None for one that is never a cost."""
        kind = _KINDS.get(document.get("Type") or "")
        return f"{kind.name}:{document[kind.id_field]}" if kind else None

    def _parts(self, document: Record, kind: _Kind) -> _Parts:
        """The lines of each project: retainage and, of money received, income are left out."""
        parts: _Parts = {}
        for line in document.get("LineItems") or ():
            if not self.shape.is_retainage(line) and not (kind.name == "refund" and self._is_income(line)):
                option = self.shape.project(line.get("Tracking") or ())
                parts.setdefault(option, []).append(_line(document, line, kind.sign))
        return parts

    def _is_income(self, line: Mapping[str, Any]) -> bool:
        return (line.get("AccountID") or line.get("AccountCode")) in self.facts.revenue_accounts

    def _head(self, document: Record, kind: _Kind) -> Record:
        """What all rows of a document share."""
        contact, account = document.get("Contact") or {}, document.get("BankAccount") or {}
        key, currency = document[kind.id_field], document.get("CurrencyCode")
        number = str(document.get(kind.number) or "") if kind.number else ""
        is_invoice = kind.direct_cost_type == "invoice"
        mark = mark_in(document.get("Url"))
        return {
            "id": f"{kind.name}:{key}",
            "document_id": key,
            "document_type": kind.name,
            "direct_cost_type": EXPORTED if mark else kind.direct_cost_type,
            "number": number,
            "short_id": key[:8],
            "invoice_number": (number or f"XERO-{key[:8]}") if is_invoice else None,
            "reference": _reference(document, kind, number if mark else None),
            "status": document.get("Status"),
            "date": iso_day(document.get("Date")),
            "received": None if mark else iso_day(document.get("Date")),
            "contact_id": contact.get("ContactID"),
            "contact_name": contact.get("Name") or "",
            "updated": version(document.get("UpdatedDateUTC")),
            "currency": currency,
            "foreign_currency": currency if currency != self.facts.base_currency else None,
            "bank_account": account.get("Code") or account.get("AccountID"),
            "url": document.get("Url") or None,
            "mark_of": mark,
        }

    def _row(self, head: Record, option: tuple[str, str], lines: list[Record]) -> Record:
        option_id, option_name = option
        return {
            **head,
            "id": f"{head['id']}/{option_id or NO_PROJECT}",
            "option_id": option_id or None,
            "option_name": option_name or None,
            "amount": sum((line["amount"] for line in lines), money(0)),
            "lines": lines,
            "unsyncable": self._unsyncable(head["status"], option_id, lines),
        }

    def _unsyncable(self, status: str, option_id: str, lines: list[Record]) -> str | None:
        """Why a row cannot become a direct cost (XTR-22), in a sentence or two; None if it can."""
        without = sum(not line["code"] for line in lines)
        if option_id and not without and status not in _DRAFTS:
            return None
        reasons = [_DRAFTS.get(status, "")]
        reasons += [] if option_id else [f"It has no option of the tracking category '{self.shape.category}'."]
        reasons += [f"{without} of {len(lines)} lines have no item."] if without else []
        return " ".join(reason for reason in reasons if reason)


def _reference(document: Record, kind: _Kind, exported: str | None) -> str | None:
    """The reference; of bills only one that came from Procore has it, and it is the bill's number (XER-153)."""
    return exported if kind.name == "bill" else document.get("Reference") or None


def _is_job_cost(parts: _Parts) -> bool:
    """Whether a document concerns jobs: it has a project, or a line on an item. Plain overheads do not."""
    return any(option for option, _ in parts) or any(line["code"] for lines in parts.values() for line in lines)


def _line(document: Record, line: Mapping[str, Any], sign: int) -> Record:
    """A line net of tax, in the document's currency; unit costs with four decimals, amounts with two."""
    amount, quantity = net(document, line), Decimal(line.get("Quantity", 1))
    inclusive = document.get("LineAmountTypes") == "Inclusive" and quantity
    unit = amount / quantity if inclusive else Decimal(line.get("UnitAmount") or 0)
    return {
        "id": line.get("LineItemID") or "",
        "code": line.get("ItemCode") or None,
        "description": line.get("Description") or "",
        "quantity": quantity,
        "unit_cost": (sign * unit).quantize(_FOUR, ROUND_HALF_UP),
        "amount": sign * amount,
    }
