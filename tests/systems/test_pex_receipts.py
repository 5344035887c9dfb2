"""Receipts of card purchases: which are listed, what is asked for, and how their bytes are had."""

from __future__ import annotations

import base64
import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import requests

from jobledger.errors import FixTheRecord, FixTheSetup
from jobledger.systems.auth import KeptInMemory
from jobledger.systems.base import Window, Write
from jobledger.systems.pex.connect import PexAccount, pex
from jobledger.systems.pex.limits import MOST_FILE_BYTES
from tests.systems.pex_cards import DEPOT, PNG, TOWER, Cards, Row, coded, part
from tests.systems.scripted import Scripted, reply
from tests.systems.stage import BUSINESS, Stage

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(40)
NIGHT = Window(since=NOW - timedelta(days=1))
OLD = "2025-06-01T09:00:00"


@pytest.fixture
def cards(stage: Stage) -> Cards:
    return Cards(stage)


def receipts(cards: Cards, window: Window | None = None, **reading: Any) -> list[Row]:
    return cards.read(window, "receipts", **reading)


def asked(cards: Cards) -> Counter[str]:
    """How often each purchase was asked for its receipts."""
    paths = [one.path.split("/") for one in cards.stage.requests("pex") if one.path.endswith("/Attachments")]
    return Counter(path[-2] for path in paths)


def content(cards: Cards, row: Row, most: int = MOST_FILE_BYTES) -> bytes:
    with cards.pex().file(row["url"], most) as file:
        return file.read()


# --- which -----------------------------------------------------------------------------------------------------------


@pytest.mark.feature("PEX-25")
def test_a_receipt_is_a_row_of_each_part_of_its_purchase(cards: Cards) -> None:
    bought = cards.buy("-400.00", Split=[part("250.01"), part("149.99", DEPOT)])
    cards.receipt(bought, AttachmentId="6f2a")
    key = bought["TransactionId"]
    assert [(row["id"], row["purchase"], row["project"]) for row in receipts(cards)] == [
        (f"{key}/{TOWER}/6f2a", f"{key}/{TOWER}", TOWER),
        (f"{key}/{DEPOT}/6f2a", f"{key}/{DEPOT}", DEPOT),
    ]
    assert {row["file_name"] for row in receipts(cards)} == {f"PEX-{key} receipt 6f2a"}


@pytest.mark.feature("PEX-25")
@pytest.mark.parametrize("status", ["NotLoaded", "Deleted", "LoadFailed", "HasMalware"])
def test_only_a_loaded_receipt_is_carried_and_malware_is_told(cards: Cards, status: str) -> None:
    bought = cards.buy()
    cards.receipt(bought, UploadStatus=status)
    cards.receipt(bought, AttachmentId="good")
    assert [row["id"].rpartition("/")[2] for row in receipts(cards)] == ["good"]
    told = f"A receipt of PEX-{bought['TransactionId']} (Home Depot) holds malware: left out."
    assert cards.notes(entity="receipts") == ([told] if status == "HasMalware" else [])


def test_a_purchase_without_receipts_is_none(cards: Cards) -> None:
    bought = cards.buy()
    assert receipts(cards) == []
    assert asked(cards) == {str(bought["TransactionId"]): 1}


@pytest.mark.feature("PEX-25")
@pytest.mark.parametrize(
    "left_out",
    [
        {"MetadataApprovalStatus": "NotReviewed"},
        {"Tags": coded(project=None)},
        {"Notes": ["Synced transaction #1 to Xero on 2026-02-28"]},
        {"TransactionTime": "2025-12-31T09:00:00"},
    ],
)
def test_nobody_asks_for_receipts_of_a_purchase_that_is_not_carried(cards: Cards, left_out: Row) -> None:
    cards.receipt(cards.buy(**left_out))
    assert receipts(cards, cutover=date(2026, 1, 1)) == []
    assert asked(cards) == {}


@pytest.mark.feature("PEX-25")
def test_a_purchase_that_has_its_receipt_is_not_asked_each_night(cards: Cards) -> None:
    has, has_none = cards.buy(), cards.buy()
    attached = cards.receipt(has)
    linked = frozenset({f"{has['TransactionId']}/{TOWER}/{attached['AttachmentId']}"})
    receipts(cards, replace(NIGHT, linked=linked))
    assert asked(cards) == {str(has_none["TransactionId"]): 1}


def test_once_a_week_recent_purchases_with_a_receipt_are_asked_for_another_one(cards: Cards) -> None:
    recent, old = cards.buy(), cards.buy(TransactionTime=OLD)
    linked = frozenset(f"{one['TransactionId']}/{TOWER}/1" for one in (recent, old))
    cards.receipt(recent)
    found = receipts(cards, Window(linked=linked))
    assert asked(cards) == {str(recent["TransactionId"]): 1}
    assert len(found) == 1


def test_a_purchase_from_before_the_days_that_are_looked_back_on_is_not_asked_in_a_night(cards: Cards) -> None:
    cards.buy(TransactionTime=OLD)
    receipts(cards, NIGHT)
    assert asked(cards) == {}


def test_many_receipts_come_page_by_page(cards: Cards) -> None:
    for _ in range(51):
        cards.receipt(cards.buy())
    pages = list(cards.pex().read("receipts", Window()))
    assert [len(page.rows) for page in pages] == [50, 1]
    assert {page.partial for page in pages} == {True}


def test_a_receipt_is_found_by_its_id_with_one_call_for_its_purchase(cards: Cards) -> None:
    one, other = cards.buy(), cards.buy()
    for bought in (one, other):
        cards.receipt(bought, AttachmentId=f"r{bought['TransactionId']}")
    key = f"{one['TransactionId']}/{TOWER}/r{one['TransactionId']}"
    system = cards.pex()
    assert [row["id"] for row in system.fetch("receipts", [key])] == [key]
    assert asked(cards) == {str(one["TransactionId"]): 1}
    assert system.find("receipts", None, {}) == []
    [result] = system.write("receipts", [Write("k", "create", {})], "a key")
    assert result.message == "Receipts are only read from PEX."


def test_cardholders_are_not_asked_for_where_receipts_do_not_name_them(cards: Cards) -> None:
    cards.receipt(cards.buy())
    receipts(cards)
    assert [one for one in cards.stage.requests("pex") if one.path.endswith("AccountDetails")] == []


# --- bytes -----------------------------------------------------------------------------------------------------------


@pytest.mark.feature("PEX-25")
@pytest.mark.parametrize("bytes_", [PNG, JPEG, b"%PDF-1.4\n" + bytes(40)])
def test_the_bytes_are_had_by_the_link_without_the_token(cards: Cards, bytes_: bytes) -> None:
    cards.receipt(cards.buy(), bytes_)
    [row] = receipts(cards)
    # the sandbox refuses a link that comes with an Authorization header, as storage services do
    assert content(cards, row) == bytes_


def test_a_receipt_that_is_too_large_is_told_and_left_to_a_person(cards: Cards) -> None:
    cards.receipt(cards.buy(), PNG)
    [row] = receipts(cards)
    assert content(cards, row, most=len(PNG)) == PNG
    with pytest.raises(FixTheRecord, match=f"more than {len(PNG) - 1} bytes"):
        content(cards, row, most=len(PNG) - 1)


def test_a_receipt_that_went_away_since_it_was_listed_is_told(cards: Cards) -> None:
    attached = cards.receipt(cards.buy())
    [row] = receipts(cards)
    cards.put("attachments", AttachmentId=attached["AttachmentId"], UploadStatus="Deleted")
    with pytest.raises(FixTheRecord, match=r"does not give the receipt \(status 200\)"):
        content(cards, row)
    cards.stage.sandbox.vendors["pex"].remove("attachments", attached["AttachmentId"])
    with pytest.raises(FixTheRecord, match=r"does not give the receipt \(status 404\)"):
        content(cards, row)


def test_a_permission_that_is_missing_is_not_blamed_on_the_receipt(cards: Cards) -> None:
    cards.receipt(cards.buy())
    [row] = receipts(cards)
    cards.put("admin", Permissions={"ViewCardTransactions": False})
    with pytest.raises(FixTheSetup, match="View card transactions"):
        content(cards, row)


CURRENT = {"BusinessAccountId": int(BUSINESS), "UserType": "Admin", "TokenExpiration": "2026-09-02T08:00:00"}


def sent(stage: Stage, vendor: Scripted, text: str, most: int = MOST_FILE_BYTES) -> bytes:
    """What becomes of a receipt for which PEX sends this content."""
    vendor.answers = [reply(200, json.dumps(CURRENT)), reply(200, json.dumps({"Content": text}))]
    around = replace(stage.around, session=requests.Session(), tokens=lambda name: KeptInMemory())
    system = pex(PexAccount("pex_demo", vendor.url, "the-token"), BUSINESS, around)
    with system.file("v4/Transactions/7/Attachment/a?AttachmentLinkType=LinkUrl", most) as file:
        return file.read()


@pytest.mark.parametrize("bytes_", [PNG, JPEG])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.encodebytes])
def test_bytes_that_pex_sends_in_its_answer_are_taken(
    stage: Stage, vendor: Scripted, bytes_: bytes, encode: Any
) -> None:
    assert sent(stage, vendor, encode(bytes_).decode()) == bytes_
    assert [path for _, path, _, _ in vendor.seen] == [
        "/v4/Token/Current",
        "/v4/Transactions/7/Attachment/a?AttachmentLinkType=LinkUrl",
    ]


def test_bytes_in_an_answer_are_bounded_too(stage: Stage, vendor: Scripted) -> None:
    text = base64.b64encode(PNG).decode()
    assert sent(stage, vendor, text, most=len(PNG)) == PNG
    with pytest.raises(FixTheRecord, match=f"more than {len(PNG) - 1} bytes"):
        sent(stage, vendor, text, most=len(PNG) - 1)


@pytest.mark.parametrize("text", ["<html>", "abc", "data:image/png;base64,iVBOR"])
def test_content_that_is_neither_bytes_nor_a_link_is_told(stage: Stage, vendor: Scripted, text: str) -> None:
    with pytest.raises(FixTheRecord, match="The receipt cannot be read"):
        sent(stage, vendor, text)


def test_a_link_into_a_private_network_is_not_followed(stage: Stage, vendor: Scripted) -> None:
    with pytest.raises(FixTheRecord, match="which is no public host over https"):
        sent(stage, vendor, "http://127.0.0.1:1/receipt.png")
