"""Puts cards into PEX: tags as they are before anything is synced, cardholders, purchases and receipts.

Purchases hold Procore's ids as the Values of tags, as cardholders choose them once Jobledger has filled the tags.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.datasets import receipt_files
from sandbox.datasets.cards import FARTHEST, HOLDERS, NO_OPTION, Cardholder, CardPurchase, Coding
from sandbox.datasets.procore_ids import Seed
from sandbox.world import Record

PROJECTS, COST_CODES, COST_TYPES, SPLIT, ACCOUNT_CODE = "Projects", "Cost codes", "Cost types", "Split", "G/L code"
PLACEHOLDER = "Test"
"""Tag Manager saves no dropdown without an option."""

COMPANY: Record = {"id": 562949953499001, "name": "PEX Card", "is_active": True, "created_at": "2025-04-01T16:00:00Z"}
"""The company in Procore's directory on which card purchases are booked, with an id of its own at every scale."""

CUT_OVER = date(2026, 1, 1)
_EASTERN = ZoneInfo("America/New_York")
_MAKERS = {"png": receipt_files.png, "jpeg": receipt_files.jpeg, "pdf": receipt_files.pdf}


@dataclass(frozen=True)
class Cards:
    """PEX while it is being filled: where records go, Procore's ids by entity and key, cards by position, and now."""

    put: Seed
    ids: Mapping[tuple[str, Any], Any]
    holders: tuple[int, ...]
    now: datetime


def tags(put: Seed) -> None:
    """The tags that an administrator makes before the first sync, and dependencies switched on."""
    put("settings", {"UseTagDependencies": True})
    for name, required in ((PROJECTS, False), (COST_CODES, True), (COST_TYPES, False)):
        put("tags", {"Name": name, "IsRequired": required, "Options": [PLACEHOLDER]})
    put("tags", {"Name": SPLIT, "Type": "Allocation"})
    put("tags", {"Name": ACCOUNT_CODE, "Type": "Text", "Length": 20})


def seed(put: Seed, ids: Mapping[tuple[str, Any], Any], purchases: Iterable[CardPurchase], now: datetime) -> None:
    """Fills an installed business with tags, cardholders and purchases. Raises `ValueError` for a refused record."""
    tags(put)
    cards = Cards(put, ids, tuple(_holder(put, one) for one in HOLDERS), now.astimezone(_EASTERN).replace(tzinfo=None))
    dated = [(_time(cards, one), one) for one in purchases]
    for time, one in sorted(dated, key=lambda pair: pair[0]):
        _purchase(cards, one, time)


def _holder(put: Seed, one: Cardholder) -> int:
    named = {"FirstName": one.first_name, "LastName": one.last_name, "CustomId": one.number.replace("-", "") or None}
    return int(put("cardholders", named)["AccountId"])


def _time(cards: Cards, one: CardPurchase) -> datetime:
    """When it was bought, after the cut-over where ten months allow it."""
    if one.over_the_switch:
        return last_switch(cards.now) - timedelta(minutes=20)
    reach = min(FARTHEST, max(FARTHEST // 5, (cards.now.date() - CUT_OVER).days - 1))
    day = cards.now - timedelta(days=max(1, one.days_ago * reach // FARTHEST))
    return day.replace(hour=one.hour, minute=one.days_ago % 60, second=7, microsecond=0)


def last_switch(now: datetime) -> datetime:
    """The midnight (Eastern) before clocks were last changed."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    while _offset(day) == _offset(day + timedelta(days=1)) or day + timedelta(days=2) > now:
        day -= timedelta(days=1)
    return day


def _offset(day: datetime) -> timedelta | None:
    return day.replace(tzinfo=_EASTERN).utcoffset()


def _purchase(cards: Cards, one: CardPurchase, time: datetime) -> None:
    stored = cards.put("transactions", _record(cards, one, time))
    key = stored["TransactionId"]
    if one.synced_by_pex:
        text = f"Synced transaction #{key} to Procore on {time + timedelta(days=2):%m/%d/%Y %H:%M} UTC"
        cards.put("transactions", {"TransactionId": key, "Notes": [{"NoteText": text, "SystemGenerated": True}]})
    for kind in one.files:
        content = _MAKERS[kind](f"{one.merchant} {one.amount} USD {time:%Y-%m-%d} #{key}")
        file = {"TransactionId": key, "Content": base64.b64encode(content).decode(), "UploadStatus": one.upload}
        cards.put("attachments", file)


def _record(cards: Cards, one: CardPurchase, time: datetime) -> Record:
    split = one.codings if len(one.codings) > 1 else ()
    whole = _values(cards, one.codings[0]) if len(one.codings) == 1 else {}
    record: Record = {
        "AcctId": cards.holders[one.holder],
        "TransactionTime": time.isoformat(),
        "TransactionAmount": -one.amount,
        "TransactionType": one.kind,
        "TransactionTypeCategory": one.category or None,
        "MerchantName": one.merchant,
        "MerchantCity": "Denver",
        "MerchantState": "CO",
        "MCCCode": one.mcc or "5999",
        "IsPending": one.pending,
        "IsDecline": one.declined,
        "MetadataApprovalStatus": one.status,
        "Tags": {**({ACCOUNT_CODE: one.account_code} if one.account_code else {}), **whole},
        "Split": [{"Amount": part.amount, **_values(cards, part)} for part in split],
        "Notes": [{"NoteText": one.note, "NoteDate": time.isoformat()}] if one.note else [],
    }
    if one.kind != "Network":
        record = {**record, "MerchantName": None, "Description": one.merchant, "MCCCode": None}
    if one.over_the_switch:
        # half past one comes twice in autumn
        record["SettlementTime"] = (time + timedelta(hours=1, minutes=50)).isoformat()
    return record


def _values(cards: Cards, chosen: Coding) -> dict[str, str]:
    """What is chosen, by the names of the tags: Procore's ids as text."""
    keys = (
        (PROJECTS, "projects", chosen.project),
        (COST_CODES, "standard_cost_codes", chosen.code),
        (COST_TYPES, "line_item_types", chosen.cost_type),
    )
    return {
        name: NO_OPTION if key == NO_OPTION else str(cards.ids.get((entity, key), key))
        for name, entity, key in keys
        if key
    }
