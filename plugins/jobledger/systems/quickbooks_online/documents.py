"""The form in which QuickBooks' documents are passed on, and back: lines with their detail's fields beside their own.

A line is on an item or on an account: `ItemRef` or `AccountRef` says which. Lines that QuickBooks adds by itself
(subtotals) are left out of both ways.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any

from jobledger.systems.base import Record
from jobledger.systems.quickbooks_online.records import flat, money, plain, unflat

RETAINAGE = "IsRetainage"
"""Beside a line's own fields: whether it is on an account of retainage, or on an item that is bought on one."""

MARK = "Mark"
"""Beside a document's own fields: our mark, which stands at the end of its private note."""

NOTE = "PrivateNote"
"""The field of most documents at whose end our mark stands."""

AS_CREDIT = "AsCredit"
"""The field of a document that says whether a new one is a credit, because it comes to less than zero."""

CREDIT = "credit-"
"""How the id of a credit begins in a list that holds bills or invoices as well."""

_MARK = re.compile(r"\s*\b(procore-(?:[a-z]+-)?\d+)\s*\Z")
_SUMS = ("TotalAmt", "Balance", "HomeBalance", "HomeTotalAmt")
_TURNED = frozenset({*_SUMS, "SubTotal", "TotalTax", "RemainingCredit"})
_TURNED_IN_LINES = frozenset({"Amount", "UnitPrice", "TaxInclusiveAmt"})
_LEFT_OUT = frozenset({"TxnTaxDetail", "VendorAddr", "ShipAddr", "RemitToAddr", "EmailStatus", "PrintStatus", "Line"})
_ON_ITEMS = "ItemBasedExpenseLineDetail"
_ON_ACCOUNTS = "AccountBasedExpenseLineDetail"
SOLD = "SalesItemLineDetail"
_ADDED = frozenset({"SubTotalLineDetail", "TaxLineDetail"})
_OWN = frozenset(
    (
        *("Id", "LineNum", "Description", "Amount", "LinkedTxn", "DetailType"),
        *("CustomField", "ProjectRef", "CustomExtensions", "CostAmount", "HomeCostAmount"),
    )
)
"""Fields of a line itself; all others are of its detail."""

_UNITS = frozenset({"Qty", "UnitPrice"})
ITEM, ACCOUNT, CUSTOMER = "ItemName", "AccountName", "CustomerName"
"""Beside a line's own fields: what its item, account or customer is called."""

PAYEE = "EntityType"
"""Beside a document's own fields: whether its `EntityRef` is a Vendor, a Customer or an Employee."""

_READ_ONLY = frozenset({RETAINAGE, ITEM, ACCOUNT, CUSTOMER, "Received"})


@dataclass(frozen=True)
class Shape:
    """How documents are read for one integration: what tells the accounts and the items of retainage, when asked.

    Retainage of subcontractors is on accounts, or on items that are bought on them; that of owners on items.
    """

    retainage_accounts: Callable[[], Collection[str]] = tuple
    retainage_items: Callable[[], Collection[str]] = tuple
    sold_retainage: Callable[[], Collection[str]] = tuple

    def document(self, record: Mapping[str, Any], note: str = NOTE) -> Record:
        """A document in our form, under QuickBooks' own names; its note without our mark, which stands beside it."""
        shaped = {name: value for name, value in flat(record).items() if name not in _LEFT_OUT}
        shaped |= {name: money(shaped[name]) for name in _SUMS if name in shaped}
        shaped["id"] = str(record["Id"])
        shaped[note], shaped[MARK] = parted(record.get(note))
        shaped["EmployeeName"] = _name(record.get("EmployeeRef"))
        shaped["ContactName"] = _name(record.get("VendorRef") or record.get("EntityRef") or record.get("CustomerRef"))
        shaped[PAYEE] = (record.get("EntityRef") or {}).get("type")
        shaped["TotalTax"] = money((record.get("TxnTaxDetail") or {}).get("TotalTax"))
        if "Line" in record:
            shaped["Line"] = [self.line(line) for line in own_lines(record)]
        return shaped

    def line(self, line: Mapping[str, Any]) -> Record:
        """A line with the fields of its detail beside its own, references as ids."""
        detail = line.get(str(line.get("DetailType"))) or {}
        shaped = plain({**detail, **{name: line[name] for name in _OWN if name in line}})
        named = {ITEM: "ItemRef", ACCOUNT: "AccountRef", CUSTOMER: "CustomerRef"}
        shaped |= {name: _name(detail.get(reference)) for name, reference in named.items()}
        shaped["Amount"] = money(line.get("Amount"))
        shaped[RETAINAGE] = self._is_retainage(shaped, line.get("DetailType") == SOLD)
        return shaped

    def _is_retainage(self, line: Record, sold: bool) -> bool:
        if line.get("ItemRef"):
            return line["ItemRef"] in (self.sold_retainage() if sold else self.retainage_items())
        return line.get("AccountRef") in self.retainage_accounts()


def turned(document: Mapping[str, Any]) -> Record:
    """A document in our form with every amount turned round: a credit as it is here and as it is there.

    >>> turned({"TotalAmt": 5, "Line": [{"Amount": 7, "Qty": 1, "UnitPrice": 7}, {"Amount": -2}]})
    {'TotalAmt': -5, 'Line': [{'Amount': -7, 'Qty': 1, 'UnitPrice': -7}, {'Amount': 2}]}
    """
    head = _turned(document, _TURNED)
    lines = document.get("Line")
    return head if lines is None else {**head, "Line": [_turned(line, _TURNED_IN_LINES) for line in lines]}


def as_credit(document: Mapping[str, Any]) -> Record:
    """A credit of QuickBooks in our form: a document below zero, whose id says that it is a credit."""
    return {**turned(document), "id": f"{CREDIT}{document['id']}"}


def _turned(fields: Mapping[str, Any], names: Collection[str]) -> Record:
    return {name: -value if name in names and value is not None else value for name, value in fields.items()}


def own_lines(record: Mapping[str, Any]) -> list[Record]:
    """The lines of a document as QuickBooks sends them, without those that it adds by itself."""
    return [line for line in record.get("Line") or () if line.get("DetailType") not in _ADDED]


def wire_line(line: Mapping[str, Any], sold: bool = False) -> Record:
    """A line as QuickBooks takes it. On an account it has no quantity and no unit price.

    >>> wire_line({"Amount": 5, "AccountRef": "80", "Qty": 1, "UnitPrice": 5})["DetailType"]
    'AccountBasedExpenseLineDetail'
    """
    kind = _kind(line, sold)
    kept = {name: line[name] for name in wired_names(line, sold) if line[name] is not None}
    detail = {name: value for name, value in kept.items() if name not in _OWN}
    own = {name: value for name, value in kept.items() if name in _OWN}
    return {**unflat(own), "DetailType": kind, kind: unflat(detail)}


def wired_names(line: Mapping[str, Any], sold: bool = False) -> set[str]:
    """The fields of a line that are sent."""
    return set(line) - _READ_ONLY - (_UNITS if _kind(line, sold) == _ON_ACCOUNTS else set())


def wire(document: Mapping[str, Any], sold: bool = False) -> Record:
    """A document as QuickBooks takes it."""
    head = {name: value for name, value in document.items() if name not in {"Line", MARK, "OnBilledOrder", "OwnOrder"}}
    lines = document.get("Line")
    return unflat(head) | ({} if lines is None else {"Line": [wire_line(line, sold) for line in lines]})


def _name(reference: Any) -> str | None:
    return reference.get("name") if isinstance(reference, Mapping) else None


def _kind(line: Mapping[str, Any], sold: bool) -> str:
    stated = line.get("DetailType")
    return str(stated) if stated else SOLD if sold else _ON_ITEMS if line.get("ItemRef") else _ON_ACCOUNTS


def parted(note: str | None) -> tuple[str | None, str | None]:
    """A private note without our mark, and the mark.

    >>> parted("Roof procore-9"), parted("Roof"), parted(None)
    (('Roof', 'procore-9'), ('Roof', None), (None, None))
    """
    found = _MARK.search(note or "")
    return (note or "")[: found.start()] or None if found else note or None, found[1] if found else None


def with_mark(note: str | None, mark: str) -> str:
    """A private note that carries a mark at its end.

    >>> with_mark("Roof", "procore-9"), with_mark(None, "procore-9")
    ('Roof procore-9', 'procore-9')
    """
    return " ".join(filter(None, (parted(note)[0], mark)))


def lines_total(document: Mapping[str, Any]) -> Decimal:
    """What a document's lines add up to, each to the cent."""
    return reduce(add, (money(line.get("Amount")) for line in document.get("Line") or ()), money(0))


def project_of(lines: Iterable[Mapping[str, Any]]) -> str | None:
    """The one project that all lines with a project share, or None."""
    found = {line["CustomerRef"] for line in lines if line.get("CustomerRef")}
    return str(found.pop()) if len(found) == 1 else None


def linked_lines(lines: Sequence[Record], order: Mapping[str, Any]) -> tuple[list[Record], bool]:
    """Lines of a bill, each with a link to the line of an order that it bills, and whether any has one.

    The order's line is the one on the same item or account, of the same project and class; of several the one with the
    same description, else the first. Retainage is no part of an order.
    """
    there = order.get("Line") or []
    linked: list[Record] = []
    for line in lines:
        alike = [one for one in there if _place(one) == _place(line)]
        same = next((one for one in alike if one.get("Description") == line.get("Description")), None)
        found = same or next(iter(alike), None)
        link = {"TxnId": order["Id"], "TxnType": "PurchaseOrder", "TxnLineId": found["Id"]} if found else None
        linked.append({**line, "LinkedTxn": [link]} if link else line)
    return linked, any("LinkedTxn" in line for line in linked)


def _place(line: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(line.get(name) for name in ("ItemRef", "AccountRef", "CustomerRef", "ClassRef"))
