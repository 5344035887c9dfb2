"""Card purchases as PEX lists them, and the rows they become: none lost, none twice, and to the cent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobledger.errors import FixTheSetup, RetryLater
from jobledger.systems.base import Window, Write
from jobledger.systems.pex.eastern import EASTERN, asked, moment
from jobledger.systems.pex.entities import spent
from jobledger.systems.pex.purchase_rows import Known, rows_of, settled
from tests.systems.pex_cards import DEPOT, TOWER, Cards, Row, coded, part
from tests.systems.stage import Stage

DENVER = ZoneInfo("America/Denver")
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
LEFT_OUT = ("IncludePendings", "IncludeDeclines", "IncludeVendorBillPay")
BOTH = pytest.mark.parametrize("window_by", ["transaction", "settlement"])


@pytest.fixture
def cards(stage: Stage) -> Cards:
    return Cards(stage)


def ids(rows: Sequence[Row]) -> list[str]:
    return [row["id"] for row in rows]


def month(year: int, number: int) -> tuple[date, date]:
    """The first day of a month and the day after its last."""
    return date(year, number, 1), date(year + number // 12, number % 12 + 1, 1)


def lists(cards: Cards) -> list[str]:
    """The queries for lists of purchases that were sent."""
    return [one.query for one in cards.stage.requests("pex") if one.path.endswith("AllCardholderTransactions")]


# --- windows ---------------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.feature("PEX-22")
def test_each_purchase_belongs_to_exactly_one_month_of_a_backfill_over_both_clock_changes(
    cards: Cards, window_by: str
) -> None:
    cards.put("settings", window_by=window_by)
    for start in ("2025-10-31T22:00", "2025-11-02T00:00", "2025-11-30T22:00", "2026-01-31T22:00"):
        for half_hours in range(8):
            time = datetime.fromisoformat(start) + timedelta(minutes=30 * half_hours)
            cards.buy("-1.00", TransactionTime=time.isoformat(), SettlementTime=(time + timedelta(days=29)).isoformat())
    months = [month(2025, 10), month(2025, 11), month(2025, 12), month(2026, 1), month(2026, 2)]
    found = [ids(cards.read(Window(dated=days), zone=DENVER)) for days in months]
    # when a month begins in New York the last one goes on for two hours in Denver
    assert [len(one) for one in found] == [8, 16, 0, 8, 0]
    assert sorted(one for some in found for one in some) == sorted(ids(cards.read(zone=DENVER)))


@pytest.mark.parametrize("night", ["2025-03-09", "2025-11-02"])
def test_a_moment_of_a_night_in_which_clocks_change_is_asked_for_and_read_as_eastern(night: str) -> None:
    midnight = datetime.fromisoformat(f"{night}T00:00").replace(tzinfo=EASTERN).astimezone(UTC)
    moments = [midnight + timedelta(minutes=15 * number) for number in range(20)]
    assert [asked(one) for one in moments] == [one.astimezone(EASTERN).strftime("%Y-%m-%dT%H:%M:%S") for one in moments]
    off = [moment(asked(one)) - one for one in moments]
    assert set(off) <= {timedelta(0), -timedelta(hours=1)}
    assert off.count(-timedelta(hours=1)) == (4 if night == "2025-11-02" else 0)


@given(st.datetimes(datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2099-01-01")))
def test_a_time_without_an_offset_is_eastern_and_one_with_it_is_what_it_says(naive: datetime) -> None:
    found = moment(naive.isoformat())
    assert found.tzinfo is UTC
    assert abs(found.astimezone(EASTERN).replace(tzinfo=None) - naive) in (timedelta(0), timedelta(hours=1))
    assert moment(f"{naive.isoformat()}Z").replace(tzinfo=None) == naive


def test_a_night_reaches_back_as_the_settings_say_and_an_hour_more_at_both_ends(cards: Cards) -> None:
    cards.read(Window(since=NOW - timedelta(days=1)), look_back=timedelta(days=60))
    cards.read(Window(since=NOW - timedelta(days=9)), look_back=timedelta(days=1))
    # now is three in the morning in New York
    assert [parse_qs(one) for one in lists(cards)] == [
        {"StartDate": [start], "EndDate": ["2026-03-02T04:00:00"], **{name: ["false"] for name in LEFT_OUT}}
        for start in ("2026-01-01T02:00:00", "2026-02-21T02:00:00")
    ]


@pytest.mark.parametrize("since", [None, NOW - timedelta(days=500)])
def test_no_more_than_twelve_months_are_asked_for(cards: Cards, since: datetime | None) -> None:
    cards.buy(TransactionTime="2025-02-27T09:00:00")
    bought = cards.buy(TransactionTime="2025-03-05T09:00:00")
    assert ids(cards.read(Window(since=since))) == [f"{bought['TransactionId']}/{TOWER}"]


def test_a_backfill_of_months_that_pex_does_not_show_any_more_is_refused_in_words(cards: Cards) -> None:
    with pytest.raises(FixTheSetup) as raised:
        cards.read(Window(dated=month(2025, 2)))
    told = "PEX: shows the last 12 months only, and 2025-02-01 is before 2025-03-03."
    assert str(raised.value) == f"{told} Begin the backfill with a later month."
    assert lists(cards) == []
    assert cards.read(Window(dated=month(2025, 4))) == []


# --- pages -----------------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("number", [0, 1, 3, 4, 10])
def test_every_purchase_of_all_pages_comes_once_although_pages_overlap(
    cards: Cards, number: int, window_by: str
) -> None:
    cards.put("settings", page_size=3, window_by=window_by)
    bought = [cards.buy(TransactionTime=f"2026-02-{day + 1:02}T09:00:00")["TransactionId"] for day in range(number)]
    system = cards.pex()
    pages = list(system.read("purchases", Window()))
    rows = [row for page in pages for row in page.rows]
    assert [row["transaction_id"] for row in rows] == bought
    assert [key for page in pages for key in page.documents] == [str(key) for key in bought]
    assert len(lists(cards)) == {0: 1, 1: 1, 3: 1, 4: 2, 10: 5}[number]


def test_rows_of_one_time_that_lie_on_two_pages_come_once(cards: Cards) -> None:
    cards.put("settings", page_size=3)
    hours = ("09", "10", "10", "11", "12")
    bought = [cards.buy(TransactionTime=f"2026-02-27T{hour}:00:00")["TransactionId"] for hour in hours]
    assert [row["transaction_id"] for row in cards.read()] == bought


def test_a_page_on_which_all_rows_have_one_time_is_told_and_nothing_is_lost_silently(cards: Cards) -> None:
    cards.put("settings", page_size=3)
    for _ in range(4):
        cards.buy(TransactionTime="2026-02-27T09:00:00")
    with pytest.raises(RetryLater, match=r"does not go on after 2026-02-27T09:00:00 \(US Eastern\)"):
        cards.read()


def test_a_list_that_shrinks_while_it_is_read_is_read_again_later(cards: Cards) -> None:
    cards.put("settings", page_size=3)
    bought = [cards.buy(TransactionTime=f"2026-02-{day:02}T09:00:00") for day in range(1, 8)]
    pages = cards.pex().read("purchases", Window())
    next(pages)
    cards.stage.sandbox.vendors["pex"].remove("transactions", str(bought[-1]["TransactionId"]))
    with pytest.raises(RetryLater, match="showed 6 of 7: it moved while it was read"):
        list(pages)


# --- what counts -----------------------------------------------------------------------------------------------------


@pytest.mark.feature("PEX-22")
@pytest.mark.parametrize(
    "other",
    [
        {"IsPending": True},
        {"IsDecline": True},
        {"TransactionType": "Load"},
        {"TransactionType": "Transfer", "TransactionTypeCategory": "CardAccountFee"},
        {"TransactionType": "Transfer"},
    ],
)
def test_what_is_no_settled_purchase_makes_no_row(cards: Cards, other: Row) -> None:
    cards.buy(**other)
    assert cards.read() == []


@given(st.booleans(), st.booleans(), st.booleans(), st.sampled_from(["Network", 2, "Transfer", 1, "Load", 3, None]))
def test_a_row_is_settled_only_of_the_network_or_of_a_dispute(
    pending: bool, declined: bool, has_settled: bool, kind: Any
) -> None:
    for category in (None, "Dispute", "dispute", "CardAccountFee"):
        one = {
            "IsPending": pending,
            "IsDecline": declined,
            "TransactionType": kind,
            "TransactionTypeCategory": category,
        }
        one["SettlementTime"] = "2026-02-27T09:00:00" if has_settled else None
        disputed = kind in ("Transfer", 1) and str(category).lower() == "dispute"
        assert settled(one) == (not pending and not declined and has_settled and (kind in ("Network", 2) or disputed))


@pytest.mark.feature("PEX-22", "ACC-23")
@pytest.mark.parametrize(
    ("amount", "more", "cost"),
    [
        ("-120.50", {}, "120.50"),
        ("120.50", {}, "-120.50"),
        ("64.20", {"TransactionType": "Transfer", "TransactionTypeCategory": "Dispute"}, "-64.20"),
    ],
)
def test_a_purchase_is_cost_and_a_refund_or_a_won_dispute_takes_it_back(
    cards: Cards, amount: str, more: Row, cost: str
) -> None:
    bought = cards.buy(amount, **more)
    [row] = cards.read()
    assert (row["amount"], [line["amount"] for line in row["lines"]]) == (Decimal(cost), [Decimal(cost)])
    assert (row["number"], row["project"]) == (f"PEX-{bought['TransactionId']}", TOWER)
    assert [(line.measure, line.amount, line.project) for line in spent(row)] == [("cost", Decimal(cost), TOWER)]


APPROVALS = [
    *(("Approved", "Approved"), ("APPROVED", "Approved"), ("Not Reviewed", "Not reviewed")),
    *(("NotReviewed", "Not reviewed"), ("No Receipt", "No receipt"), ("NoReceipt", "No receipt")),
    *(("Rejected", "Rejected"), ("Ignored", "Ignored"), (None, "Not reviewed"), ("", "Not reviewed")),
]


@pytest.mark.feature("PEX-23", "PEX-24")
@pytest.mark.parametrize(("status", "told"), APPROVALS)
def test_an_approval_is_known_with_and_without_a_space_and_only_approved_purchases_are_carried(
    status: str | None, told: str
) -> None:
    for approved_only in (True, False):
        [row] = rows_of(transaction(MetadataApprovalStatus=status), Known(TAGS, approved_only=approved_only))
        carried = told == "Approved" or not approved_only
        assert (row["approval"], row["status"]) == (told, "carried" if carried else "not approved in PEX")
        assert bool(spent(row)) == carried


@pytest.mark.feature("PEX-23")
def test_purchases_that_are_held_back_are_told_with_their_money(cards: Cards) -> None:
    cards.buy("-18.00", MetadataApprovalStatus="NotReviewed")
    cards.buy("-2000.00", MetadataApprovalStatus="Rejected")
    cards.buy("-1.00")
    told = "2 purchases over 2,018.00 are not approved in PEX and are held back (pex.purchases: approved_only)."
    assert cards.notes() == [told]
    assert cards.notes(approved_only=False) == []
    assert {row["status"] for row in cards.read(approved_only=False)} == {"carried"}


def test_what_pexs_own_connector_has_carried_over_is_left_to_it(cards: Cards) -> None:
    cards.buy("-27.00", Notes=[{"NoteText": "Synced transaction #1 to Xero on 2026-02-28", "SystemGenerated": True}])
    cards.buy("-1.00", Notes=["To be synced, ask Leo"])
    assert [row["status"] for row in cards.read()] == ["synced by PEX's own connector", "carried"]
    told = "1 purchases over 27.00 are marked by PEX's own connector as carried over and are left to it."
    assert cards.notes(approved_only=False) == [told]


@pytest.mark.feature("PEX-28")
def test_notes_other_tags_and_the_cardholder_travel_with_the_purchase(cards: Cards) -> None:
    cards.put("tags", Name="G/L", Type="Text")
    system = {"NoteText": "Receipt was requested", "SystemGenerated": True}
    cards.buy(Tags=coded() | {"G/L": "5010"}, Notes=["Forms", "for the lobby", system])
    [row] = cards.read()
    assert row["description"] == "Home Depot, Denver CO | Ana Ruiz | Forms | for the lobby | G/L: 5010"
    assert (row["merchant"], row["cardholder"], row["lines"][0]["description"]) == (
        "Home Depot",
        "Ana Ruiz",
        "Home Depot",
    )


@pytest.mark.feature("PEX-28")
def test_what_is_said_of_a_part_of_a_split_travels_with_its_line(cards: Cards) -> None:
    cards.put("tags", Name="G/L", Type="Text")
    cards.buy("-30.00", Split=[part("10.00") | {"G/L": "5010"}, part("20.00")])
    [row] = cards.read()
    assert [line["description"] for line in row["lines"]] == ["Home Depot | G/L: 5010", "Home Depot"]


def test_the_day_is_that_of_the_integrations_time_zone(cards: Cards) -> None:
    cards.buy(TransactionTime="2026-02-01T01:30:00", SettlementTime="2026-02-03T01:30:00")
    [row] = cards.read(zone=DENVER)
    assert (row["day"], row["purchased_at"]) == ("2026-01-31", "2026-02-01T06:30:00+00:00")
    assert row["settled_at"] == "2026-02-03T06:30:00+00:00"
    assert [row["day"] for row in cards.read(zone=EASTERN)] == ["2026-02-01"]


def test_a_tag_that_is_not_there_any_more_does_not_stop_a_purchase(cards: Cards) -> None:
    note = cards.put("tags", Name="Old note", Type="Text")
    cards.buy(Tags=coded() | {"Old note": "x"})
    cards.stage.sandbox.vendors["pex"].remove("tags", note["Id"])
    [row] = cards.read()
    assert f"{note['Id']}: x" in row["description"]


def test_a_purchase_of_another_business_is_never_read(cards: Cards) -> None:
    cards.buy()
    with pytest.raises(FixTheSetup, match="and the integration names 777"):
        list(cards.stage.pex(business="777").read("purchases", Window()))


def test_purchases_are_found_by_their_rows_and_never_written(cards: Cards) -> None:
    bought = [cards.buy(Split=[part("100.50"), part("20.00", DEPOT)]) for _ in range(2)]
    key = f"{bought[1]['TransactionId']}/{DEPOT}"
    system = cards.pex()
    assert ids(system.fetch("purchases", [key, "1/1"])) == [key]
    assert len(lists(cards)) == 1
    assert system.find("purchases", "pex:1", {}) == []
    [result] = system.write("purchases", [Write("k", "create", {})], "a key")
    assert (result.outcome, result.message) == ("conflict", "Purchases are only read from PEX.")


# --- splits ----------------------------------------------------------------------------------------------------------

TAGS = {"projects": "p", "cost_codes": "c", "cost_types": "t"}


def transaction(amount: Any = Decimal("-1.00"), tags: Sequence[Row] = (), **more: Any) -> Row:
    """A settled purchase as PEX lists it."""
    return {
        "TransactionId": 7,
        "TransactionAmount": amount,
        "TransactionType": "Network",
        "TransactionTime": "2026-02-27T09:30:00",
        "SettlementTime": "2026-02-28T09:30:00",
        "MerchantName": "Home Depot",
        "MetadataApprovalStatus": "Approved",
        "TransactionTags": {"Tags": list(tags)},
        **more,
    }


def split(parts: Sequence[tuple[int, str, str]], as_text: bool = False) -> list[Row]:
    """The tags of a split: amounts in cents, with project and code."""
    found = []
    for cents, project, code in parts:
        chosen = [{"TagId": "p", "Value": project}, {"TagId": "c", "Value": code}]
        value: Row = {"TagId": "s", "Allocation": chosen, "Amount": Decimal(cents) / 100}
        found.append({"FieldId": "s", "Value": json.dumps(value, default=float) if as_text else value})
    return found


a_part = st.tuples(st.integers(1, 10**9), st.sampled_from(["", "a", "b", "c"]), st.sampled_from(["", "1", "2"]))


@pytest.mark.feature("ACC-1")
@given(parts=st.lists(a_part, min_size=2, max_size=9), sign=st.sampled_from([1, -1]), as_text=st.booleans())
def test_any_split_adds_up_to_the_cent_and_the_sign_project_by_project(
    parts: list[tuple[int, str, str]], sign: int, as_text: bool
) -> None:
    total = Decimal(sum(cents for cents, _, _ in parts)) / 100
    rows = rows_of(transaction(-sign * total, split(parts, as_text)), Known(TAGS, allocations=frozenset("s")))
    assert sum(row["amount"] for row in rows) == sign * total
    by_project = {
        project: sign * Decimal(sum(cents for cents, own, _ in parts if own == project)) / 100
        for _, project, _ in parts
    }
    assert {row["project"] or "": row["amount"] for row in rows} == by_project
    assert [row["id"] for row in rows] == [f"7/{project or '-'}" for project in by_project]
    assert all(sum(line["amount"] for line in row["lines"]) == row["amount"] for row in rows)
    assert sorted(int(line["id"]) for row in rows for line in row["lines"]) == list(range(1, len(parts) + 1))
    assert {row["unbalanced"] for row in rows} == {None}
    assert {row["project"] is None for row in rows if row["without_project"]} <= {True}


@pytest.mark.feature("ACC-1")
@given(parts=st.lists(a_part, min_size=1, max_size=5), off=st.integers(1, 10**6), sign=st.sampled_from([1, -1]))
def test_a_split_that_does_not_add_up_is_named_on_every_part(
    parts: list[tuple[int, str, str]], off: int, sign: int
) -> None:
    given_up = Decimal(sum(cents for cents, _, _ in parts)) / 100
    said = given_up + Decimal(off) / 100
    rows = rows_of(transaction(-sign * said, split(parts)), Known(TAGS, allocations=frozenset("s")))
    told = f"Its split adds up to {sign * given_up:,.2f}, and PEX says {sign * said:,.2f}."
    assert {row["unbalanced"] for row in rows} == {told}


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "text",
        7,
        [],
        "{}",
        "{cut off",
        {"Amount": None},
        {"Amount": "a"},
        {"Amount": "NaN"},
        {"Allocation": ["x", {}]},
    ],
)
def test_a_split_that_cannot_be_read_is_named_and_does_not_stop_the_others(value: Any) -> None:
    [row] = rows_of(transaction(tags=[{"FieldId": "s", "Value": value}]), Known(TAGS, allocations=frozenset("s")))
    assert row["unbalanced"] == "Its split adds up to 0.00, and PEX says 1.00."


def test_what_is_chosen_for_the_whole_purchase_holds_for_parts_that_say_nothing_else() -> None:
    tags = [{"FieldId": "t", "Value": "M"}, *split([(40, "a", ""), (60, "a", "1")])]
    [row] = rows_of(transaction(tags=tags), Known(TAGS, allocations=frozenset("s")))
    assert [(line["code"], line["cost_type"]) for line in row["lines"]] == [(None, "M"), ("1", "M")]


@pytest.mark.feature("ACC-1")
def test_a_purchase_over_two_projects_is_two_rows_and_one_over_two_codes_two_lines(cards: Cards) -> None:
    cards.buy("-400.00", Split=[part("250.01"), part("149.99", DEPOT, "310")])
    cards.buy("-75.00", Split=[part("50.00"), part("25.00", code="310")])
    assert [(row["project"], [line["amount"] for line in row["lines"]]) for row in cards.read()] == [
        *((TOWER, [Decimal("250.01")]), (DEPOT, [Decimal("149.99")])),
        (TOWER, [Decimal("50.00"), Decimal("25.00")]),
    ]


def test_a_purchase_without_tags_is_one_row_without_a_project(cards: Cards) -> None:
    bought = cards.buy(Tags={})
    [row] = cards.read()
    assert row["id"] == f"{bought['TransactionId']}/-"
    assert (row["project"], row["without_project"]) == (None, "it has no project.")
