"""The cards of the datasets, read as an app reads them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from sandbox.app import Sandbox
from sandbox.datasets import cards, load
from sandbox.datasets.cards import unusual
from sandbox.world import Clock, Record
from tests.sandbox.pex_client import Pex

NOW = datetime(2026, 11, 21, 1, tzinfo=UTC)
WINDOW = {"StartDate": "2025-11-21T00:00:00", "EndDate": "2026-11-20T20:00:00"}
EVERYTHING = {**WINDOW, "IncludePendings": "true", "IncludeDeclines": "true"}
MERCHANTS = {one.title: one.merchant for one in unusual("A", "B")}

FILES = {
    cards.MALWARE: ["HasMalware"],
    cards.NOT_LOADED: ["NotLoaded"],
    cards.TWO_FILES: ["Loaded", "Loaded"],
}


@pytest.fixture(scope="module")
def demo() -> Pex:
    pex = Pex(start=NOW)
    vendors = {name: pex.sandbox.vendors[name] for name in ("procore", "pex")}
    load(pex.sandbox.world, vendors, "demo")
    return pex


def rows_of(sandbox: Sandbox, entity: str) -> list[Record]:
    return list(sandbox.world.tables.all(entity))


def titled(pex: Pex, title: str) -> Any:
    """The listed row of what is unusual in that way."""
    [row] = [row for row in pex.listed(**EVERYTHING) if MERCHANTS[title] in {row["MerchantName"], row["Description"]}]
    return row


def chosen(row: Any) -> dict[str, Any]:
    return {one["Name"]: one["Value"] for one in row["TransactionTags"]["Tags"]}


def test_tags_wait_for_their_first_sync_with_a_placeholder(demo: Pex) -> None:
    told = demo.get("Business/Configuration/Tags")
    assert [(one["Name"], one["Type"], one["IsRequired"]) for one in told] == [
        ("Projects", "Dropdown", False),
        ("Cost codes", "Dropdown", True),
        ("Cost types", "Dropdown", False),
        ("Split", "Allocation", False),
        ("G/L code", "Text", False),
    ]
    placeholder = {"Name": "Test", "Value": "Test", "Order": 0, "IsEnabled": True}
    assert [one["Options"] for one in told[:3]] == [[placeholder]] * 3
    assert demo.get("Business/Settings")["UseTagDependencies"] is True


def test_everything_unusual_is_there_once_and_most_of_the_rest_is_approved(demo: Pex) -> None:
    rows = demo.listed(**EVERYTHING)
    assert len(rows) == cards.ORDINARY + len(MERCHANTS)
    assert {title for title in MERCHANTS if titled(demo, title)} == set(MERCHANTS)
    approved = sum(row["MetadataApprovalStatus"] == "Approved" for row in rows)
    assert (approved / len(rows) > 0.8, approved < len(rows)) == (True, True)
    assert len(demo.get("Details/AccountDetails")["CHAccountList"]) == 12


def test_tags_hold_procores_ids(demo: Pex) -> None:
    known = {
        "Projects": {str(one["id"]) for one in rows_of(demo.sandbox, "procore.projects")},
        "Cost codes": {str(one["id"]) for one in rows_of(demo.sandbox, "procore.standard_cost_codes")},
        "Cost types": {str(one["id"]) for one in rows_of(demo.sandbox, "procore.line_item_types")},
    }
    unknown = [
        (name, value)
        for row in demo.listed(**EVERYTHING)
        for name, value in chosen(row).items()
        if name in known and value not in known[name]
    ]
    assert unknown == [("Projects", cards.NO_OPTION)]


def test_what_came_back_is_positive_and_what_was_split_adds_up(demo: Pex) -> None:
    for title in (cards.REFUND, cards.LATE_REFUND, cards.DISPUTE):
        assert titled(demo, title)["TransactionAmount"] > 0
    dispute = titled(demo, cards.DISPUTE)
    assert (dispute["TransactionType"], dispute["TransactionTypeCategory"]) == ("Transfer", "Dispute")
    for title in (cards.SPLIT, cards.TWO_CODES):
        row = titled(demo, title)
        amounts = [one["Value"]["Amount"] for one in row["TransactionTags"]["Tags"]]
        assert sum(amounts, Decimal(0)) == -row["TransactionAmount"]


def test_states_and_notes_are_as_the_titles_say(demo: Pex) -> None:
    assert titled(demo, cards.PENDING)["IsPending"] and titled(demo, cards.DECLINED)["IsDecline"]
    assert titled(demo, cards.REJECTED)["MetadataApprovalStatus"] == "Rejected"
    assert "Projects" not in chosen(titled(demo, cards.NO_PROJECT))
    [note] = titled(demo, cards.SYNCED)["TransactionNotes"]
    assert note["SystemGenerated"] and note["NoteText"].startswith("Synced transaction #")
    night = titled(demo, cards.SWITCH)
    assert (night["TransactionTime"], night["SettlementTime"]) == ("2026-10-31T23:40:00", "2026-11-01T01:30:00")


def test_receipts_are_files_of_their_kind(demo: Pex) -> None:
    starts = {"Pdf": (b"%PDF-",), "Image": (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")}
    files = rows_of(demo.sandbox, "pex.attachments")
    seen = {(one["Type"], base64.b64decode(one["_content"])[:4]) for one in files}
    assert len(seen) == 3 and all(start.startswith(tuple(one[:4] for one in starts[kind])) for kind, start in seen)
    states = {title: demo.get(f"Transactions/{titled(demo, title)['TransactionId']}/Attachments") for title in FILES}
    told = {title: [one["UploadStatus"] for one in files["Attachments"]] for title, files in states.items()}
    assert told == FILES


@pytest.mark.parametrize("month", [1, 4, 8, 12])
def test_on_whatever_day_it_is_loaded_all_of_it_lies_in_the_last_twelve_months(month: int) -> None:
    sandbox = Sandbox(clock=Clock(datetime(2027, month, 10, 20, tzinfo=UTC).timestamp))
    load(sandbox.world, {"pex": sandbox.vendors["pex"]}, "demo")
    times = [row["TransactionTime"] for row in rows_of(sandbox, "pex.transactions")]
    assert min(times) > f"2026-{month:02d}-10" and max(times) < f"2027-{month:02d}-10"


def test_adopt_has_the_tags_and_nothing_bought() -> None:
    sandbox = Sandbox(clock=Clock(NOW.timestamp))
    load(sandbox.world, {"pex": sandbox.vendors["pex"]}, "adopt")
    assert len(rows_of(sandbox, "pex.tags")) == 5
    assert rows_of(sandbox, "pex.transactions") == rows_of(sandbox, "pex.cardholders") == []
