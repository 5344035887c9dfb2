"""Purchases in: settled card purchases become direct costs of Procore, and follow what is edited in PEX."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from jobledger.pipeline.run import Scope
from jobledger.reports.tieout import tie_out
from jobledger.reports.unsyncable import unsyncable
from tests.pipeline.pex_desk import PexDesk
from tests.pipeline.pex_night import TAGS

BOUGHT = ("purchases",)


@pytest.fixture
def desk(cards: PexDesk) -> PexDesk:
    """The tags are filled."""
    cards.tonight(*TAGS)
    return cards


@pytest.mark.feature("PEX-22", "PEX-28", "PEX-29", "ACC-23")
def test_a_purchase_becomes_an_expense_on_the_chosen_vendor_with_all_that_people_said_of_it(desk: PexDesk) -> None:
    desk.night.put("tags", Name="G/L code", Type="Text")
    desk.buy("-120.50", Tags={**desk.chosen(), "G/L code": "5100"}, Notes=["Anchor bolts"])
    assert desk.tonight(*BOUGHT)["purchases"] == {"created": 1}
    cost = desk.cost()
    assert cost["direct_cost_type"] == "expense"
    assert cost["vendor_id"] == desk.vendor["id"]
    assert cost["project_id"] == desk.project
    assert (cost["direct_cost_date"], cost["received_date"]) == ("2026-02-27", "2026-02-28")
    assert cost["status"] == "approved"
    assert cost["description"] == "Home Depot, Denver CO | Ana Ruiz | Anchor bolts | G/L code: 5100"
    [line] = desk.stage.records("procore.direct_cost_line_items")
    assert (line["amount"], line["description"]) == ("120.5", "Home Depot") or Decimal(line["amount"]) == Decimal(
        "120.50"
    )
    assert cost["origin_id"].startswith("pex:purchase:")
    assert cost["invoice_number"] == f"PEX-{desk.night.held('transactions')[0]['TransactionId']}"


@pytest.mark.feature("PEX-22")
def test_a_second_night_writes_nothing_and_both_sides_agree_to_the_cent(desk: PexDesk) -> None:
    desk.buy("-120.50")
    desk.buy("20.00", MerchantName="Refund")
    desk.buy("15.25", MerchantName="Dispute", TransactionType="Transfer", TransactionTypeCategory="Dispute")
    desk.buy("-9.00", MerchantName="Fee", TransactionType="Transfer", TransactionTypeCategory="CardAccountFee")
    desk.buy("-80.00", MerchantName="Pending", IsPending=True)
    desk.buy("-81.00", MerchantName="Declined", IsDecline=True)
    assert desk.tonight(*BOUGHT)["purchases"] == {"created": 3}
    assert sorted(amount for _, amount in desk.costs()) == [Decimal("-20.00"), Decimal("-15.25"), Decimal("120.50")]
    writes = desk.night.writes()
    assert desk.tonight(*BOUGHT)["purchases"] == {"unchanged": 3}
    assert desk.night.writes() == writes
    tied = tie_out(desk.night.papers())
    assert sum(tied.procore.values()) == sum(tied.books.values()) == Decimal("85.25")
    assert tied.differences == []


@pytest.mark.feature("PEX-2")
def test_until_the_integration_is_live_nothing_is_written_on_either_side(cards: PexDesk) -> None:
    cards.receipt(cards.buy())
    cards.night.live(False)
    writes = cards.night.writes()
    found = cards.tonight()
    assert found["projects"] == {"planned": 2}
    assert found["cost_types"] == {"planned": 5}
    assert found["purchases"] == {"blocked": 1}, "its options will be there once the tags are filled"
    assert cards.night.writes() == writes
    assert cards.options("Projects") == {"Test": ("Test", True)}


def test_a_purchase_of_nothing_is_nothing_to_book_and_holds_nobody_up(desk: PexDesk) -> None:
    desk.buy("0.00", Tags={})
    assert desk.tonight(*BOUGHT)["purchases"] == {"unchanged": 1}
    assert (desk.costs(), desk.night.open("purchases")) == ([], [])


@pytest.mark.feature("ACC-1")
def test_a_split_becomes_a_part_for_each_project_and_a_line_for_each_code(desk: PexDesk) -> None:
    on_depot = desk.chosen(desk.depot)
    shares = [
        {**desk.chosen(), "Amount": "33.33"},
        {**desk.chosen(code=desk.slabs), "Amount": "33.33"},
        {**on_depot, "Amount": "33.34"},
    ]
    desk.buy("-100.00", Split=shares)
    assert desk.tonight(*BOUGHT)["purchases"] == {"created": 2}
    assert desk.costs() == [(desk.project, Decimal("66.66")), (desk.depot, Decimal("33.34"))]
    assert len(desk.stage.records("procore.direct_cost_line_items")) == 3


@pytest.mark.feature("ACC-1")
def test_a_split_that_does_not_add_up_is_named_and_taken_up_once_it_does(desk: PexDesk) -> None:
    shares = [{**desk.chosen(), "Amount": "30.00"}, {**desk.chosen(desk.depot), "Amount": "60.00"}]
    wrong = desk.buy("-100.00", Split=shares, _unchecked=True)
    assert desk.tonight(*BOUGHT)["purchases"] == {"blocked": 2}
    assert "adds up to 90.00, and PEX says 100.00" in desk.night.told("purchases")["Home Depot"]
    desk.change(wrong, Split=[shares[0], {**shares[1], "Amount": "70.00"}])
    assert desk.tonight(*BOUGHT)["purchases"] == {"created": 2}
    assert desk.night.open("purchases") == []


@pytest.mark.feature("PEX-23", "PEX-24")
def test_only_what_was_approved_in_review_is_taken_and_the_rest_is_named_with_its_amount(desk: PexDesk) -> None:
    waiting = desk.buy("-40.00", MetadataApprovalStatus="NotReviewed")
    rejected = desk.buy("-41.00", MetadataApprovalStatus="Rejected")
    assert desk.tonight(*BOUGHT)["purchases"] == {"not_chosen": 2}
    assert desk.costs() == []
    [run, *_] = desk.night.history("purchases")
    assert run.notes == [
        "2 purchases over 81.00 are not approved in PEX and are held back (pex.purchases: approved_only)."
    ]
    left = [(one.amount, one.why) for one in unsyncable(desk.night.papers())]
    assert left == [(Decimal("40.00"), "It is not approved in PEX."), (Decimal("41.00"), "It is not approved in PEX.")]
    desk.change(waiting, MetadataApprovalStatus="Approved")
    assert desk.tonight(*BOUGHT)["purchases"]["created"] == 1
    desk.pex(purchases="all")
    assert desk.tonight(*BOUGHT)["purchases"] == {"created": 1, "unchanged": 1}
    assert str(rejected["TransactionId"]) in "".join(one["invoice_number"] for one in records(desk))


def records(desk: PexDesk) -> list[dict[str, Any]]:
    """The direct costs of Procore."""
    return desk.stage.records("procore.direct_costs")


@pytest.mark.feature("PEX-23")
def test_an_approval_that_is_withdrawn_takes_the_cost_back_and_given_again_brings_it_back(desk: PexDesk) -> None:
    bought = desk.buy("-40.00")
    desk.tonight(*BOUGHT)
    desk.change(bought, MetadataApprovalStatus="NotReviewed")
    assert desk.tonight(*BOUGHT)["purchases"] == {"removed": 1}
    assert desk.costs() == []
    desk.tonight(*BOUGHT)
    desk.change(bought, MetadataApprovalStatus="Approved")
    assert desk.tonight(*BOUGHT)["purchases"] == {"created": 1}
    assert desk.costs() == [(desk.project, Decimal("40.00"))]
    assert desk.tonight(*BOUGHT)["purchases"] == {"unchanged": 1}


@pytest.mark.feature("PEX-28", "ACC-27")
def test_what_is_edited_in_pex_after_the_posting_is_followed_behind_our_own_lock(desk: PexDesk) -> None:
    bought = desk.buy("-40.00")
    desk.tonight(*BOUGHT)
    locked = desk.cost()["origin_id"]
    desk.change(bought, Tags=desk.chosen(code=desk.slabs), Notes=["Forms"])
    assert desk.tonight(*BOUGHT)["purchases"] == {"updated": 1}
    [line] = desk.stage.records("procore.direct_cost_line_items")
    [code] = [one for one in desk.stage.records("procore.wbs_codes") if one["id"] == line["wbs_code_id"]]
    assert code["id"] == desk.codes["03-310.M"]
    assert desk.cost()["description"].endswith("| Forms")
    assert desk.cost()["origin_id"] == locked
    assert desk.tonight(*BOUGHT)["purchases"] == {"unchanged": 1}


@pytest.mark.feature("ACC-27")
def test_where_procore_keeps_the_lock_a_change_is_a_conflict_with_both_amounts(desk: PexDesk) -> None:
    bought = desk.buy("-40.00")
    desk.tonight(*BOUGHT)
    desk.stage.sandbox.vendors["procore"].seed("settings", {"id": "locks", "unlocking": "refused"})
    desk.change(bought, Tags=desk.chosen(code=desk.slabs))
    assert desk.tonight(*BOUGHT)["purchases"] == {"conflict": 1}
    assert "40.00 is locked and should be changed" in desk.night.told("purchases")["Home Depot"]


@pytest.mark.feature("ACC-1")
def test_a_purchase_that_is_moved_to_another_project_leaves_the_first_one(desk: PexDesk) -> None:
    bought = desk.buy("-40.00")
    desk.tonight(*BOUGHT)
    desk.change(bought, Tags=desk.chosen(desk.depot))
    assert desk.tonight(*BOUGHT)["purchases"] == {"created": 1, "removed": 1}
    assert desk.costs() == [(desk.depot, Decimal("40.00"))]
    desk.change(bought, Tags=desk.chosen())
    desk.tonight(*BOUGHT)
    assert desk.costs() == [(desk.project, Decimal("40.00"))]


@pytest.mark.feature("PEX-19", "PEX-20", "PEX-21")
@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ({"Projects": None}, "it has no project. Choose the project in PEX"),
        (
            {"Projects": "999"},
            "refers to projects '999', an option that stands for nothing in Procore. Choose another option in PEX",
        ),
        ({"Cost codes": None}, "the 40.00 at Home Depot has no cost code. Choose one in PEX"),
        ({"Cost codes": "999"}, "refers to cost codes '999', an option that stands for nothing in Procore"),
        ({"Cost types": None}, "the 40.00 at Home Depot has no cost type. Choose one in PEX"),
    ],
    ids=["no project", "unknown project", "no code", "unknown code", "no type"],
)
def test_a_tag_that_is_missing_or_unknown_holds_the_purchase_until_it_is_mended(
    desk: PexDesk, missing: dict[str, Any], told: str
) -> None:
    tags = {name: value for name, value in {**desk.chosen(), **missing}.items() if value}
    bought = desk.buy("-40.00", Tags=tags)
    assert desk.tonight(*BOUGHT)["purchases"] == {"blocked": 1}
    assert told in desk.night.told("purchases")["Home Depot"]
    desk.night.later(days=90)
    assert desk.tonight(*BOUGHT)["purchases"] == {"blocked": 1}, (
        "it is looked at beyond the days that are looked back on"
    )
    desk.change(bought, Tags=desk.chosen())
    desk.tonight(*BOUGHT)
    assert desk.costs() == [(desk.project, Decimal("40.00"))]
    assert desk.night.open("purchases") == []


@pytest.mark.feature("ACC-1")
def test_a_purchase_that_gets_its_project_within_the_days_looked_back_on_is_one_record_to_its_expectations(
    desk: PexDesk,
) -> None:
    desk.night.with_suites = True
    bought = desk.buy("-40.00", Tags={})
    desk.tonight(*BOUGHT)
    desk.change(bought, Tags=desk.chosen())
    assert desk.tonight(*BOUGHT)["purchases"]["created"] == 1
    assert desk.night.open("purchases") == []


def test_a_default_cost_type_and_a_fallback_code_stand_in_where_the_settings_name_them(desk: PexDesk) -> None:
    desk.night.set(cost_codes={"default_cost_type": "S"}, fallbacks={"procore_bill_code": "03-310.M"})
    desk.buy("-40.00", Tags=desk.chosen(kind=None))
    desk.buy("-41.00", MerchantName="Lowes", Tags={"Projects": str(desk.project)})
    assert desk.tonight(*BOUGHT)["purchases"] == {"created": 2}
    lines = {one["amount"]: one["wbs_code_id"] for one in desk.stage.records("procore.direct_cost_line_items")}
    assert {Decimal(amount): code for amount, code in lines.items()} == {
        Decimal(40): desk.codes["03-300.S"],
        Decimal(41): desk.codes["03-310.M"],
    }
    assert "goes to 03-310.M" in desk.night.told("purchases")["Lowes"]


def test_what_pexs_own_connector_has_marked_is_left_to_it_and_told(desk: PexDesk) -> None:
    mark = {"NoteText": "Synced transaction #480000002 to Procore on 02/28/2026 03:00 UTC", "SystemGenerated": True}
    desk.buy("-40.00", Notes=[mark])
    mine = desk.buy("-41.00", MerchantName="Lowes")
    desk.tonight(*BOUGHT)
    assert desk.costs() == [(desk.project, Decimal("41.00"))]
    assert any("1 purchases over 40.00 are marked by PEX's own connector" in one for one in last_notes(desk))
    desk.change(mine, Notes=[mark])
    assert desk.tonight(*BOUGHT)["purchases"]["blocked"] == 1
    assert "synced by PEX's own connector now" in desk.night.told("purchases")["Lowes"]


def last_notes(desk: PexDesk) -> list[str]:
    """What the last run of the purchases noted."""
    return list(desk.night.history("purchases")[0].notes)


@pytest.mark.feature("PEX-29", "PEX-30")
def test_without_a_vendor_nothing_is_booked_and_none_is_made(desk: PexDesk) -> None:
    desk.buy("-40.00")
    desk.pex(vendor=None)
    before = len(desk.stage.records("procore.vendors"))
    assert desk.tonight(*BOUGHT)["purchases"] == {"blocked": 1}
    assert "Set pex.vendor to the id of a company in Procore." in desk.night.told("purchases")["Home Depot"]
    desk.pex(vendor=404)
    assert "created" not in desk.tonight(*BOUGHT)["purchases"]
    assert "must exist" in desk.night.told("purchases")["Home Depot"]
    assert len(desk.stage.records("procore.vendors")) == before
    desk.pex(vendor=desk.vendor["id"])
    assert desk.tonight(*BOUGHT)["purchases"] == {"created": 1}


@pytest.mark.feature("ACC-28")
def test_a_purchase_in_a_closed_period_waits_and_is_posted_once_when_it_is_open_again(desk: PexDesk) -> None:
    desk.buy("-40.00")
    desk.pex(closed_until="2026-02-28")
    assert desk.tonight(*BOUGHT)["purchases"] == {"blocked": 1}
    assert (
        "is dated 2026-02-27, and the books are closed until 2026-02-28" in desk.night.told("purchases")["Home Depot"]
    )
    desk.pex(closed_until=None)
    assert desk.tonight(*BOUGHT)["purchases"] == {"created": 1}
    assert desk.tonight(*BOUGHT)["purchases"] == {"unchanged": 1}


@pytest.mark.feature("ACC-28")
def test_a_purchase_in_a_closed_period_goes_to_the_first_open_day_where_the_settings_say_so(desk: PexDesk) -> None:
    desk.buy("-40.00")
    desk.pex(closed_until="2026-02-28")
    desk.night.set(closed_period="first_open_day")
    assert desk.tonight(*BOUGHT)["purchases"] == {"created": 1}
    assert desk.cost()["direct_cost_date"] == "2026-03-01"
    assert "Dated 2026-03-01 instead of 2026-02-27" in desk.night.told("purchases")["Home Depot"]
    assert desk.tonight(*BOUGHT)["purchases"] == {"unchanged": 1}


@pytest.mark.feature("PEX-35")
def test_a_run_for_one_project_leaves_the_purchases_and_open_records_of_all_others_alone(desk: PexDesk) -> None:
    desk.buy("-40.00")
    desk.buy("-41.00", MerchantName="Lowes", Tags={**desk.chosen(desk.depot), "Cost codes": "999"})
    desk.tonight(*BOUGHT, scope=Scope(only_projects=(str(desk.depot),)))
    assert desk.costs() == []
    assert [one.name for one in desk.night.open("purchases")] == ["Lowes"]
    desk.tonight(*BOUGHT, scope=Scope(only_projects=(str(desk.project),)))
    assert desk.costs() == [(desk.project, Decimal("40.00"))]
    assert [one.name for one in desk.night.open("purchases")] == ["Lowes"]


@pytest.mark.feature("ACC-7")
def test_a_purchase_before_the_cut_over_is_opening_balance(desk: PexDesk) -> None:
    desk.night.set(cutover="2026-02-28")
    desk.buy("-40.00")
    assert desk.tonight(*BOUGHT)["purchases"] == {"opening": 1}
    assert desk.costs() == []


def test_a_direct_cost_that_a_person_deletes_stays_deleted(desk: PexDesk) -> None:
    desk.buy("-40.00")
    desk.tonight(*BOUGHT)
    cost = desk.cost()
    desk.seed("direct_costs", {"id": cost["id"], "origin_id": None})
    desk.stage.sandbox.vendors["procore"].remove("direct_costs", str(cost["id"]))
    desk.tonight(*BOUGHT, scope=Scope(full_refresh=True))
    desk.tonight(*BOUGHT)
    assert desk.costs() == []
    assert [one.outcome for one in desk.night.open("purchases")] == ["conflict"]


@pytest.mark.feature("PEX-22")
def test_an_edit_of_an_old_purchase_is_seen_by_the_weekly_whole_reading(desk: PexDesk) -> None:
    bought = desk.buy("-40.00")
    desk.tonight(*BOUGHT)
    for _ in range(11):
        desk.night.later(days=6)
        desk.tonight(*BOUGHT)
    desk.change(bought, Tags=desk.chosen(desk.depot))
    desk.tonight(*BOUGHT)
    assert desk.costs() == [(desk.project, Decimal("40.00"))]
    desk.night.later(days=8)
    desk.tonight(*BOUGHT)
    assert desk.costs() == [(desk.depot, Decimal("40.00"))]


def months(first: date) -> list[tuple[date, date]]:
    """The last twelve months from a first day, as a backfill has them."""
    starts = [date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(13)]
    return list(pairwise(starts))


@pytest.mark.feature("ACC-1", "PEX-22")
def test_the_backfill_of_a_year_brings_each_purchase_once_and_a_second_time_nothing(desk: PexDesk) -> None:
    desk.night.put("settings", window_by="settlement", page_size=4)
    desk.night.set(cutover="2025-03-01", schedules={"timezone": "America/Denver"})
    days = ["2025-03-09T01:59:59", "2025-03-09T03:00:01", "2025-11-02T01:30:00", "2025-11-02T02:30:00"]
    days += [f"2025-{month:02}-{day}T23:30:00" for month in range(4, 13) for day in ("01", "30")]
    days += ["2026-01-31T23:59:59", "2026-02-01T01:59:59", "2026-02-28T22:10:00"]
    for number, day in enumerate(days, 1):
        desk.buy(f"-{number}.01", TransactionTime=day)
    found = [desk.tonight(*BOUGHT, scope=Scope(dated=month))["purchases"] for month in months(date(2025, 4, 1))[:11]]
    made = sum(one.get("created", 0) for one in found)
    desk.tonight(*BOUGHT, scope=Scope(dated=(date(2025, 3, 4), date(2025, 4, 1))))
    assert len(desk.costs()) == len(days) > made
    writes = desk.night.writes()
    for month in months(date(2025, 4, 1))[:11]:
        desk.tonight(*BOUGHT, scope=Scope(dated=month))
    assert desk.tonight(*BOUGHT)["purchases"] == {"unchanged": len(days)}
    assert desk.night.writes() == writes
