"""What Jobledger knows of PEX's records: their cards, limits, and the paths that mapping files may name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from jobledger.systems.base import Card, Entity, LedgerLine, Record
from jobledger.systems.pex.options import option_mark
from jobledger.systems.pex.purchase_rows import CARRIED

_CODE = re.compile(r"\S*\d\S*")


def option(record: Record) -> Card:
    """The card of an option. One that is off stays what it is: transactions hold its value."""
    state = "on" if record["IsEnabled"] else "off"
    return Card(record["Value"], record["Name"], mark=option_mark(record["Value"]), status=state)


def cost_code_option(record: Record) -> Card:
    """The card of a cost code's option; its number is the code with which its name begins."""
    card = option(record)
    first = record["Name"].partition(" ")[0]
    return Card(**{**vars(card), "number": first if _CODE.fullmatch(first) else None})


def rule(record: Record) -> Card:
    """The card of a project's rule."""
    return Card(record["Project"], f"cost codes of {record['Project']}", mark=option_mark(record["Project"]))


def purchase(record: Record) -> Card:
    """The card of a part of a purchase."""
    return Card(
        id=record["id"],
        name=record["merchant"],
        number=record["number"],
        status=record["status"],
        evidence=_told(
            amount=record["amount"],
            date=record["day"],
            project=record["project"],
            cardholder=record["cardholder"],
            approval=record["approval"],
            unsyncable=None if record["status"] == CARRIED else f"It is {record['status']}.",
        ),
    )


def receipt(record: Record) -> Card:
    """The card of a receipt of a part of a purchase."""
    return Card(
        id=record["id"],
        name=record["file_name"],
        evidence=_told(purchase=record["purchase"], date=record["day"], project=record["project"]),
    )


def spent(record: Record) -> list[LedgerLine]:
    """The lines of a purchase that counts as cost, in US dollars; none of one that is held back or left to others."""
    if record["status"] != CARRIED:
        return []
    day = date.fromisoformat(record["day"])
    return [
        LedgerLine("cost", line["id"], line["amount"], project=record["project"] or "", dated=day)
        for line in record["lines"]
    ]


def _told(**values: Any) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value is not None}


_OPTION_PATHS = frozenset({"Value", "Name", "IsEnabled"})
_LINE_PATHS = ("id", "code", "cost_type", "description", "amount")
_PURCHASE_PATHS = frozenset(
    (
        *("id", "transaction_id", "number", "merchant", "cardholder", "purchased_at", "settled_at", "day", "approval"),
        *("status", "description", "project", "amount", "unbalanced", "without_amount", "without_project", "lines"),
        *(f"lines.{path}" for path in _LINE_PATHS),
    )
)
_RECEIPT_PATHS = frozenset(
    ("id", "purchase", "number", "merchant", "file_name", "kind", "size", "day", "project", "url")
)


def _options(name: str, label: str, card: Any = option) -> Entity:
    return Entity(
        name=name,
        card=card,
        label=label,
        by_change=False,
        together=True,
        upserts=True,
        paths=_OPTION_PATHS,
    )


ENTITIES: Mapping[str, Entity] = {
    "project_options": _options("project_options", "option of the projects tag"),
    "cost_code_options": _options("cost_code_options", "option of the cost codes tag", cost_code_option),
    "cost_type_options": _options("cost_type_options", "option of the cost types tag"),
    "cost_code_rules": Entity(
        name="cost_code_rules",
        card=rule,
        label="rule of a project's cost codes",
        by_change=False,
        together=True,
        upserts=True,
        paths=frozenset({"Project", "Allowed"}),
    ),
    "purchases": Entity(
        name="purchases",
        card=purchase,
        label="card purchase",
        has_mark=False,
        parts=True,
        ledger=spent,
        paths=_PURCHASE_PATHS,
    ),
    "receipts": Entity(
        name="receipts",
        card=receipt,
        label="receipt of a card purchase",
        has_mark=False,
        asks_each=True,
        paths=_RECEIPT_PATHS,
    ),
}
