"""From a transaction of PEX to its rows: a part per project, split amounts signed as cost. Pure functions.

A purchase lowers the card's balance, so its amount is negative in PEX; as cost it is positive, and a refund or a
dispute's credit is negative. Amounts of a split have no sign of their own (PEX: allocation tags).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from jobledger.systems.base import Record
from jobledger.systems.pex.eastern import moment
from jobledger.systems.pex.reading import COST_CODES, COST_TYPES, PROJECTS, UTC

NO_PROJECT = "-"

CARRIED = "carried"
UNAPPROVED = "not approved in PEX"
OTHERS = "synced by PEX's own connector"
"""What becomes of a purchase as it stands now (`status`)."""

_OWN_CONNECTOR = re.compile(r"\bsynced transaction\b.*\bto\b", re.IGNORECASE | re.DOTALL)
_APPROVALS = {"approved": "Approved", "rejected": "Rejected", "ignored": "Ignored", "noreceipt": "No receipt"}


@dataclass(frozen=True)
class Known:
    """What rows are made with: the ids of the tags that mean something, and the names of everything else."""

    tags: Mapping[str, str]
    names: Mapping[str, str] = field(default_factory=dict)
    allocations: frozenset[str] = frozenset()
    cardholders: Mapping[int, str] = field(default_factory=dict)
    approved_only: bool = True
    zone: ZoneInfo = UTC


class Share(NamedTuple):
    """A piece of a purchase: its own tags by id, and its amount as cost."""

    tags: Mapping[str, str]
    amount: Decimal


def settled(transaction: Record) -> bool:
    """Whether it is a settled purchase, refund, or credit of a dispute; fees, loads and transfers are no purchases."""
    if transaction.get("IsPending") or transaction.get("IsDecline") or not transaction.get("SettlementTime"):
        return False
    kind = str(transaction.get("TransactionType")).casefold()
    disputed = str(transaction.get("TransactionTypeCategory") or "").casefold() == "dispute"
    return kind in ("network", "2") or (kind in ("transfer", "1") and disputed)


def rows_of(transaction: Record, known: Known) -> list[Record]:
    """The rows of a settled transaction, `<TransactionId>/<option of the projects tag>`, or `/-` without one."""
    cost = -Decimal(transaction["TransactionAmount"])
    plain, shares = _tagged(transaction, known, cost)
    head = _head(transaction, known, plain)
    split = sum((one.amount for one in shares), Decimal(0))
    unbalanced = None if split == cost else f"Its split adds up to {split:,.2f}, and PEX says {cost:,.2f}."
    parts: dict[str, list[Record]] = {}
    for place, share in enumerate(shares, 1):
        project = share.tags.get(known.tags.get(PROJECTS, ""), "")
        own = {key: value for key, value in share.tags.items() if plain.get(key) != value}
        parts.setdefault(project, []).append(_line(place, share, known, [head["merchant"], *_others(own, known)]))
    return [_row(head, project, lines, unbalanced) for project, lines in parts.items()]


def _tagged(transaction: Record, known: Known, cost: Decimal) -> tuple[dict[str, str], list[Share]]:
    """The tags of the purchase as a whole, and its shares; one that is not split is one share."""
    plain: dict[str, str] = {}
    sets: list[Mapping[str, Any]] = []
    for tag in (transaction.get("TransactionTags") or {}).get("Tags") or []:
        key, value = str(tag.get("FieldId")), tag.get("Value")
        if key in known.allocations:
            sets.append(_parsed(value))
        elif value not in (None, ""):
            plain[key] = str(value)
    if not sets:
        return plain, [Share(plain, cost)]
    sign = -1 if cost < 0 else 1
    return plain, [Share({**plain, **_own_tags(one)}, sign * _amount(one)) for one in sets]


def _parsed(value: Any) -> Mapping[str, Any]:
    """A set of a split, which comes as an object or as the text of one."""
    if isinstance(value, str):
        try:
            value = json.loads(value, parse_float=Decimal)
        except ValueError:
            return {}
    return value if isinstance(value, Mapping) else {}


def _amount(share: Mapping[str, Any]) -> Decimal:
    """What a set says; nothing where that is no amount, so that the split does not add up and is named."""
    try:
        found = Decimal(str(share.get("Amount") or 0))
    except InvalidOperation:
        return Decimal(0)
    return found if found.is_finite() else Decimal(0)


def _own_tags(share: Mapping[str, Any]) -> dict[str, str]:
    tags = [one for one in share.get("Allocation") or [] if isinstance(one, Mapping)]
    return {str(one.get("TagId")): str(one["Value"]) for one in tags if one.get("Value") not in (None, "")}


def _head(transaction: Record, known: Known, plain: Mapping[str, str]) -> Record:
    """What all rows of a transaction share."""
    key = transaction["TransactionId"]
    merchant = str(transaction.get("MerchantNameNormalized") or transaction.get("MerchantName") or "").strip()
    purchased = moment(str(transaction["TransactionTime"]))
    approval = _APPROVALS.get(re.sub(r"\s", "", str(transaction.get("MetadataApprovalStatus") or "")).casefold())
    return {
        "transaction_id": key,
        "number": f"PEX-{key}",
        "merchant": merchant or str(transaction.get("Description") or "Card purchase"),
        "cardholder": known.cardholders.get(int(transaction.get("AcctId") or 0)),
        "purchased_at": purchased.isoformat(),
        "settled_at": moment(str(transaction["SettlementTime"])).isoformat(),
        "day": purchased.astimezone(known.zone).date().isoformat(),
        "approval": approval or "Not reviewed",
        "status": _status(transaction, approval, known.approved_only),
        "description": _description(transaction, known, merchant, plain),
    }


def _status(transaction: Record, approval: str | None, approved_only: bool) -> str:
    notes = (str(one.get("NoteText") or "") for one in transaction.get("TransactionNotes") or [])
    if any(_OWN_CONNECTOR.search(text) for text in notes):
        return OTHERS
    return UNAPPROVED if approved_only and approval != "Approved" else CARRIED


def _description(transaction: Record, known: Known, merchant: str, plain: Mapping[str, str]) -> str:
    """Merchant and place, cardholder, what people noted, and the tags that mean nothing here (PEX-28)."""
    place = " ".join(filter(None, (transaction.get("MerchantCity"), transaction.get("MerchantState"))))
    said = [str(one["NoteText"]) for one in _notes_of_people(transaction)]
    holder = known.cardholders.get(int(transaction.get("AcctId") or 0))
    where = ", ".join(filter(None, (merchant or str(transaction.get("Description") or ""), place)))
    return " | ".join(filter(None, (where, holder, *said, *_others(plain, known))))


def _others(tags: Mapping[str, str], known: Known) -> list[str]:
    """The tags that mean nothing here, such as a G/L code, in words (PEX-28)."""
    meant = set(known.tags.values())
    return [f"{known.names.get(key, key)}: {value}" for key, value in tags.items() if key not in meant]


def _notes_of_people(transaction: Record) -> list[Record]:
    notes = transaction.get("TransactionNotes") or []
    return [one for one in notes if one.get("NoteText") and not one.get("SystemGenerated")]


def _line(place: int, share: Share, known: Known, said: list[str]) -> Record:
    """A line of a row: the options of cost code and cost type, what is said of it, and its amount as cost."""
    return {
        "id": str(place),
        "code": share.tags.get(known.tags.get(COST_CODES, "")),
        "cost_type": share.tags.get(known.tags.get(COST_TYPES, "")),
        "description": " | ".join(said),
        "amount": share.amount,
    }


def _row(head: Record, project: str, lines: list[Record], unbalanced: str | None) -> Record:
    amount = sum((one["amount"] for one in lines), Decimal(0))
    return {
        "id": f"{head['transaction_id']}/{project or NO_PROJECT}",
        **head,
        "project": project or None,
        "amount": amount,
        "lines": lines,
        "unbalanced": unbalanced,
        "without_amount": None if amount else "Its amount is 0.00: there is nothing to book.",
        "without_project": None if project else "it has no project.",
    }
