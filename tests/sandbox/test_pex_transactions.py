from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.pex_client import YEAR, Pex

LIST = "Details/AllCardholderTransactions"


@pytest.fixture
def pex() -> Pex:
    return Pex()


def day(first: str, last: str) -> dict[str, str]:
    return {"StartDate": f"2026-05-{first}T00:00:00", "EndDate": f"2026-05-{last}T23:59:59"}


def test_a_purchase_is_negative_and_says_who_bought_what_where_and_when(pex: Pex) -> None:
    row = pex.one(pex.buy("-84.20", TransactionTime="2026-05-20T10:15:00", Notes=["Diesel"]))
    [holder] = pex.get("Details/AccountDetails")["CHAccountList"]
    assert (row["AcctId"], holder["LastName"]) == (holder["AccountId"], "Ruiz")
    assert (row["TransactionAmount"], row["TransactionType"]) == (Decimal("-84.20"), "Network")
    assert (row["TransactionTime"], row["SettlementTime"]) == ("2026-05-20T10:15:00", "2026-05-21T10:15:00")
    assert [note["NoteText"] for note in row["TransactionNotes"]] == ["Diesel"]
    assert not [name for name in row if name.startswith("_")]


def test_what_is_pending_or_declined_is_listed_only_when_it_is_asked_for(pex: Pex) -> None:
    pex.buy(IsPending=True, PaddingAmount=49)
    pex.buy(IsDecline=True)
    assert pex.listed() == []
    assert [row["SettlementTime"] for row in pex.listed(IncludePendings="true", IncludeDeclines=1)] == [None, None]
    assert pex.get(f"{LIST[:-1]}Count", **YEAR, IncludePendings="true") == 1
    assert pex.refused("GET", LIST, **YEAR, IncludePendings="perhaps")[0] == 400


def test_a_settlement_is_another_transaction_that_takes_over_tags_and_receipts(pex: Pex) -> None:
    pex.dropdown()
    pending = pex.buy("-60", IsPending=True, Tags={"projects": "Test"})
    pex.attach(pending)
    settled = pex.person("settlements", {"TransactionId": pending, "TransactionAmount": "-58.11"})
    [row] = pex.listed(IncludePendings="true")
    assert (row["TransactionId"], row["AuthTransactionId"]) == (settled["TransactionId"], pending)
    assert (row["TransactionAmount"], row["IsPending"]) == (Decimal("-58.11"), False)
    assert row["TransactionTags"]["Tags"][0]["Value"] == "Test"
    assert len(pex.get(f"Transactions/{settled['TransactionId']}/Attachments")["Attachments"]) == 1


def test_a_window_goes_back_twelve_months_and_needs_both_ends_without_an_offset(pex: Pex) -> None:
    assert pex.call("GET", LIST, **YEAR).status_code == 200
    for wrong in (
        {"StartDate": "2025-05-30T00:00:00"},
        {"StartDate": "2026-06-01T00:00:00", "EndDate": "2026-05-01T00:00:00"},
        {"StartDate": "2026-05-01T00:00:00Z"},
        {"EndDate": "soon"},
    ):
        assert pex.refused("GET", LIST, **{**YEAR, **wrong})[0] == 400
    assert pex.refused("GET", LIST)[0] == 400
    assert pex.refused("GET", LIST, StartDate=YEAR["StartDate"])[0] == 400


@pytest.mark.parametrize(("window_by", "found"), [("transaction", ["20"]), ("settlement", ["19"])])
def test_which_time_a_window_filters_can_be_chosen(pex: Pex, window_by: str, found: list[str]) -> None:
    pex.person("settings", {"window_by": window_by})
    for number in ("19", "20"):
        pex.buy(TransactionTime=f"2026-05-{number}T12:00:00", SettlementTime=f"2026-05-{int(number) + 1}T09:00:00")
    assert [row["TransactionTime"][8:10] for row in pex.listed(**day("20", "20"))] == found


def test_a_long_list_is_read_on_from_the_last_time_which_comes_again(pex: Pex) -> None:
    pex.person("settings", {"page_size": 3})
    bought = [pex.buy(TransactionTime=f"2026-05-{number:02d}T08:00:00") for number in range(1, 8)]
    seen: list[int] = []
    start, pages = YEAR["StartDate"], []
    while not pages or pages[-1]["NumberOfPages"] > 1:
        answer = pex.get(LIST, **{**YEAR, "StartDate": start})
        pages.append(answer["Pages"])
        seen += [row["TransactionId"] for row in answer["TransactionList"]]
        start = pages[-1]["LastTimeRetrieved"]
    assert pages[0] == {
        "PageSize": 3,
        "TotalRecords": 7,
        "NumberOfPages": 3,
        "LastTimeRetrieved": "2026-05-03T08:00:00",
    }
    assert (len(seen), sorted(set(seen)), len(pages)) == (9, sorted(bought), 3)


def test_the_hour_that_autumn_repeats_is_one_hour_of_naive_time(pex: Pex) -> None:
    pex = Pex(start=datetime(2026, 11, 20, tzinfo=UTC))
    first = pex.buy(TransactionTime="2026-11-01T05:30:00+00:00")
    second = pex.buy(TransactionTime="2026-11-01T06:30:00+00:00")
    hour = {"StartDate": "2026-11-01T01:00:00", "EndDate": "2026-11-01T01:59:59"}
    rows = pex.listed(**hour)
    assert [(row["TransactionId"], row["TransactionTime"]) for row in rows] == [
        (first, "2026-11-01T01:30:00"),
        (second, "2026-11-01T01:30:00"),
    ]


def test_the_business_account_has_a_list_of_its_own_without_pendings(pex: Pex) -> None:
    fee = {"AcctId": 102233, "TransactionType": "Transfer", "TransactionTypeCategory": "BusinessAccountFee"}
    key = pex.buy("-9.00", **fee)
    assert pex.listed() == []
    rows = pex.get("Details/TransactionDetails", **YEAR)["TransactionList"]
    assert [row["TransactionId"] for row in rows] == [key]
    assert pex.refused("GET", "Details/TransactionDetails", **YEAR, IncludePendings="true")[0] == 400


def test_bill_payments_by_vendor_card_are_listed_only_when_asked_for(pex: Pex) -> None:
    pex.buy(_vendor_bill_pay=True)
    assert (len(pex.listed()), len(pex.listed(IncludeVendorBillPay="true"))) == (0, 1)


def split(*amounts: str, **more: Any) -> dict[str, Any]:
    return {"Split": [{"Amount": amount, "Projects": "P1"} for amount in amounts], **more}


def test_a_split_is_several_entries_of_the_allocation_tag_with_absolute_amounts(pex: Pex) -> None:
    projects = pex.dropdown("Projects", "P1", "P2")
    holder = pex.person("tags", {"Name": "Split", "Type": "Allocation"})["Id"]
    row = pex.one(pex.buy("-100", **split("60.01", "39.99")))
    assert [(one["FieldId"], one["Value"]) for one in row["TransactionTags"]["Tags"]] == [
        (holder, {"TagId": holder, "Allocation": [{"TagId": projects, "Value": "P1"}], "Amount": Decimal(amount)})
        for amount in ("60.01", "39.99")
    ]


@pytest.mark.parametrize("amounts", [("100",), ("60", "39.99"), ("100", "0"), ("150", "-50")])
def test_a_split_that_does_not_come_to_the_amount_is_refused_unless_it_is_planted(
    pex: Pex, amounts: tuple[str, ...]
) -> None:
    pex.dropdown("Projects", "P1")
    pex.person("tags", {"Name": "Split", "Type": "Allocation"})
    with pytest.raises(ValueError, match="come to"):
        pex.buy("-100", **split(*amounts))
    assert len(pex.one(pex.buy("-100", **split(*amounts, _unchecked=True)))["TransactionTags"]["Tags"]) == len(amounts)


def test_only_what_is_settled_is_split(pex: Pex) -> None:
    pex.dropdown("Projects", "P1")
    pex.person("tags", {"Name": "Split", "Type": "Allocation"})
    with pytest.raises(ValueError, match="settled"):
        pex.buy("-100", **split("60", "40", IsPending=True))


def test_tags_are_added_once_and_changed_with_the_present_key(pex: Pex) -> None:
    projects, key = pex.dropdown("Projects", "P1", "P2"), pex.buy()
    path, body = f"Transactions/{key}/Tags", {"Values": [{"TagId": projects, "Value": "P1"}]}
    first = pex.ask("POST", path, body)
    assert (first["Values"][0]["Value"], first["Values"][0]["Definition"]["Name"]) == ("P1", "Projects")
    assert pex.refused("POST", path, body)[0] == 409
    other = {"Values": [{"TagId": projects, "Value": "P2"}], "ConcurrencyKey": first["ConcurrencyKey"]}
    pex.ask("PUT", path, other)
    assert pex.refused("PUT", path, other)[0] == 409
    assert pex.get(path)["Values"][0]["Value"] == pex.one(key)["TransactionTags"]["Tags"][0]["Value"] == "P2"


def test_a_value_of_no_option_is_refused_and_an_approved_transaction_takes_one_by_force(pex: Pex) -> None:
    projects, key = pex.dropdown("Projects", "P1"), pex.buy()
    path, body = f"Transactions/{key}/Tags", {"Values": [{"TagId": projects, "Value": "P1"}]}
    assert pex.refused("POST", path, {"Values": [{"TagId": projects, "Value": "P9"}]})[0] == 400
    pex.ask("POST", f"Approval/{key}/Approve")
    assert pex.refused("POST", path, body)[0] == 400
    assert pex.ask("POST", path, body, force="true")["Values"][0]["Value"] == "P1"


def test_approval_is_given_refused_with_a_reason_and_taken_back(pex: Pex) -> None:
    key = pex.buy()
    assert pex.one(key)["MetadataApprovalStatus"] == "Not Reviewed"
    assert pex.ask("POST", f"Approval/{key}/Approve")["State"] == "Approved"
    assert pex.one(key)["MetadataApprovalStatus"] == "Approved"
    assert pex.refused("POST", f"Approval/{key}/Reject", {})[0] == 400
    assert pex.ask("POST", f"Approval/{key}/Reject", {"Reason": "No receipt"})["State"] == "Rejected"
    assert pex.ask("POST", f"Approval/{key}/Reset")["State"] == "NotReviewed"
    assert pex.refused("POST", "Approval/1/Approve")[0] == 404


def test_a_note_has_at_most_255_characters_and_says_whether_its_transaction_is_pending(pex: Pex) -> None:
    key = pex.buy()
    note = {"TransactionId": key, "NoteText": "Synced", "Pending": False, "SystemGenerated": True}
    pex.ask("POST", "Note", note)
    assert [(one["NoteText"], one["SystemGenerated"]) for one in pex.one(key)["TransactionNotes"]] == [("Synced", True)]
    assert pex.refused("POST", "Note", {**note, "NoteText": "x" * 256})[0] == 400
    assert pex.refused("POST", "Note", {**note, "Pending": True})[0] == 404


def test_a_person_touching_a_listed_row_while_it_is_paged_is_played(pex: Pex) -> None:
    key = pex.buy()
    pex.control("POST", "faults", [{"system": "pex", "kind": "edit_while_paging", "entity": "transactions"}])
    pex.listed()
    last = pex.control("GET", "ledger?system=pex")[-1]
    assert (last["entity"], last["key"], last["action"]) == ("transactions", str(key), "update")
