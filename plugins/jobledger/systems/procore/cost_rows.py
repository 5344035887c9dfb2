"""Direct costs as mapping files see them, and what a document would change of one. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobledger.systems.base import Record, Write
from jobledger.systems.procore.line_codes import LineCodes
from jobledger.systems.procore.locks import as_marked
from jobledger.systems.procore.values import cents, dec, same

_KEPT = (
    *("id", "direct_cost_type", "vendor_id", "vendor_name", "invoice_number", "direct_cost_date", "received_date"),
    *("status", "description", "origin_id", "updated_at"),
)
_LATER = frozenset({"project_id", "line_items", "status", "origin_id", "origin_data"})
"""Not part of a header as it is first sent: status and origin_id come last."""


def header(row: Record) -> Record:
    """A direct cost without its lines; `amount` before tax, to the cent."""
    kept = {name: row.get(name) for name in _KEPT}
    kept["employee_id"] = row.get("employee_id") or (row.get("employee") or {}).get("id")
    return {**kept, "amount": dec(row.get("grand_total", row.get("amount"))), **as_marked(row)}


def line(row: Record) -> Record:
    """A line of a direct cost; on a sub job or custom segment the budget code is the whole WBS code."""
    named = LineCodes("").of_line(row)
    odd = "sub_job" in named or "custom_segments" in named
    return {
        "id": row["id"],
        "budget_code": (row.get("wbs_code") or {}).get("flat_code") if odd else named["code"],
        "description": row.get("description"),
        "quantity": dec(row.get("quantity")),
        "unit_cost": dec(row.get("unit_cost")),
        "amount": dec(row.get("extended_amount", row.get("amount"))),
    }


def header_of(document: Record) -> Record:
    """The fields of a document that are sent first."""
    return {name: value for name, value in document.items() if name not in _LATER}


def suffixed(number: Any, vendor: str) -> str:
    """An invoice number that is taken in the project, told apart by its vendor (ACC-23)."""
    return f"{number} ({vendor})"


@dataclass(frozen=True)
class Changes:
    """What a document changes of a direct cost: fields of the header, rows of lines by their place, and lines to go."""

    header: Record
    lines: Mapping[int, Record]
    gone: Sequence[str]

    def __bool__(self) -> bool:
        return bool(self.header or self.lines or self.gone)


def changes_of(write: Write, present: Record, codes: Mapping[str, Any]) -> Changes:
    """What is to be sent so that `present` becomes as the document says. `codes`: WBS code ids by budget code.

    A line with an id is compared with that line; one without is new, unless an equal line is there that the document
    does not name (it was sent by a run that was interrupted). Lines to go are those of `write.replaces` that the
    document does not name.
    """
    there = {str(one["id"]): one for one in present["line_items"]}
    wanted = list(enumerate(write.document.get("line_items") or []))
    named = {str(one["id"]) for _, one in wanted if one.get("id")}
    free = [_content(one) for key, one in there.items() if key not in named and key not in write.replaces]
    lines: dict[int, Record] = {}
    for place, one in wanted:
        before = there.get(str(one.get("id")))
        if before is None and _content(one) in free:
            free.remove(_content(one))
        elif before is None or _content(before) != _content(one):
            where = {"id": before["id"]} if before else {"direct_cost_id": present["id"]}
            lines[place] = {**where, **_line_row(one, codes)}
    gone = [key for key in write.replaces if key in there and key not in named]
    return Changes(_header_changes(write.document, present), lines, gone)


def _header_changes(document: Record, present: Record) -> Record:
    fields = {name: value for name, value in header_of(document).items() if name != "direct_cost_type"}
    own_number = suffixed(document.get("invoice_number"), present.get("vendor_name") or "")
    return {
        name: value
        for name, value in fields.items()
        if not same(present.get(name), value)
        and not (name == "invoice_number" and present.get("invoice_number") == own_number)
    }


def _line_row(one: Record, codes: Mapping[str, Any]) -> Record:
    """A line as it is sent: Procore multiplies where that gives the very amount, else the amount is set by hand."""
    quantity, unit_cost, amount = one.get("quantity"), one.get("unit_cost"), dec(one.get("amount"))
    multiplies = bool(dec(quantity)) and cents(dec(quantity) * dec(unit_cost)) == amount
    units = {name: value for name, value in (("quantity", quantity), ("unit_cost", unit_cost)) if value is not None}
    return {
        "wbs_code_id": codes.get(one.get("budget_code") or ""),
        "description": one.get("description"),
        **units,
        "amount": amount,
        "extended_type": "calculated" if multiplies else "manual",
    }


def _content(one: Record) -> tuple[Any, ...]:
    amounts = (dec(one.get(name)) for name in ("quantity", "unit_cost", "amount"))
    return (one.get("budget_code"), str(one.get("description") or ""), *amounts)
