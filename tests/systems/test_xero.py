"""The Xero connector against the sandbox: contacts, items, and what goes wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from jobledger.errors import FixTheSetup, RetryLater
from jobledger.systems.base import Page, Window, Write
from jobledger.systems.xero import records
from jobledger.systems.xero.dates import day, moment, version
from jobledger.systems.xero.entities import ENTITIES
from sandbox.faults import Fault
from tests.systems.stage import Stage


def names(pages: Any) -> list[str]:
    return [row["Name"] for page in pages for row in page.rows]


def create(number: int, name: str, **fields: Any) -> Write:
    return Write(str(number), "create", {"Name": name, **fields}, mark=f"procore-{number}")


def contacts(stage: Stage, count: int) -> list[dict[str, Any]]:
    return stage.seed("xero", "contacts", *({"Name": f"Contact {number:04d}"} for number in range(count)))


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobledger.systems.xero.api.PAGE_SIZE", 10)


def test_all_contacts_are_read_archived_ones_too(stage: Stage) -> None:
    contacts(stage, 3)
    stage.seed("xero", "contacts", {"Name": "Gone", "ContactStatus": "ARCHIVED"})
    assert sorted(names(stage.xero().read("contacts", Window()))) == [
        "Contact 0000", "Contact 0001", "Contact 0002", "Gone",
    ]  # fmt: skip


def test_2500_contacts_cost_three_calls(stage: Stage) -> None:
    contacts(stage, 2500)
    assert len(names(stage.xero().read("contacts", Window()))) == 2500
    assert len(stage.requests("xero", "GET")) == 3


def test_only_what_changed_is_read(stage: Stage) -> None:
    old, _ = contacts(stage, 2)
    since = stage.around.clock() + timedelta(minutes=1)
    stage.sandbox.world.clock.advance(timedelta(hours=1))
    stage.seed("xero", "contacts", {"ContactID": old["ContactID"], "Name": "Renamed"})
    assert names(stage.xero().read("contacts", Window(since=since))) == ["Renamed"]


def test_nothing_changed_is_an_empty_page_with_the_vendors_time(stage: Stage) -> None:
    pages = list(stage.xero().read("contacts", Window(since=stage.around.clock())))
    assert pages == [Page([], stage.around.clock())]


@pytest.mark.parametrize("since", [None, timedelta(days=1)])
def test_contacts_edited_between_pages_are_not_lost(stage: Stage, small_pages: None, since: timedelta | None) -> None:
    contacts(stage, 95)
    stage.fault(Fault(kind="edit_while_paging", system="xero", entity="contacts"))
    window = Window(since=stage.around.clock() - since if since else None)
    got = names(stage.xero().read("contacts", window))
    assert sorted(got) == [f"Contact {number:04d}" for number in range(95)]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="status", status=503, every=2, times=4),
        Fault(kind="status", status=500, every=2, times=4),
        Fault(kind="status", status=429, retry_after=3, every=2, times=4),
        Fault(kind="garbage", every=2, times=4),
        Fault(kind="truncate_body", every=2, times=4),
        Fault(kind="drop_after_commit", every=2, times=4),
        Fault(kind="timeout", every=2, times=4),
        Fault(kind="stale_token", every=3, times=2),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}",
)
def test_a_list_is_read_whole_in_spite_of_passing_trouble(stage: Stage, small_pages: None, fault: Fault) -> None:
    contacts(stage, 45)
    fault.path = "/api.xro/"
    stage.fault(fault)
    assert len(set(names(stage.xero().read("contacts", Window())))) == 45


def test_a_contact_is_created_with_our_mark_and_found_by_it(stage: Stage) -> None:
    system = stage.xero()
    [result] = system.write("contacts", [create(7, "Acme Concrete", EmailAddress="ap@acme.example")], "k1")
    assert result.status == "done"
    [found] = system.find("contacts", "procore-7", {})
    card = ENTITIES["contacts"].card(found)
    assert (card.id, card.mark, card.evidence["email"]) == (result.target_id, "procore-7", "ap@acme.example")
    assert card.version == result.version


def test_a_contact_is_found_by_name_whatever_its_case(stage: Stage) -> None:
    stage.seed("xero", "contacts", {"Name": 'O"Neil & Sons'}, {"Name": 'O"Neil & Sons West'})
    found = stage.xero().find("contacts", None, {"Name": ' o"neil & SONS '})
    assert [row["Name"] for row in found] == ['O"Neil & Sons']


def test_fifty_contacts_are_one_call(stage: Stage) -> None:
    writes = [create(number, f"Contact {number}") for number in range(50)]
    results = stage.xero().write("contacts", writes, "k1")
    assert [result.key for result in results] == [write.key for write in writes]
    assert {result.status for result in results} == {"done"}
    assert len(stage.requests("xero", "PUT")) == 1


def test_one_bad_contact_stops_only_itself(stage: Stage) -> None:
    stage.seed("xero", "contacts", {"Name": "Taken"})
    writes = [create(1, "Fine"), create(2, "taken"), create(3, "x" * 300), create(4, "Also fine", EmailAddress="no")]
    results = stage.xero().write("contacts", writes, "k1")
    assert [result.status for result in results] == ["done", "refused", "refused", "refused"]
    assert [result.outcome for result in results[1:]] == ["conflict", "invalid", "invalid"]
    assert "already assigned to another contact" in results[1].message
    assert "rename one of the two" in results[1].remedy
    assert "Shorten" in results[2].remedy


def test_a_create_never_takes_over_a_contact_of_the_same_name(stage: Stage) -> None:
    [theirs] = stage.seed("xero", "contacts", {"Name": "Acme", "EmailAddress": "theirs@acme.example"})
    [result] = stage.xero().write("contacts", [create(1, "Acme", EmailAddress="ours@acme.example")], "k1")
    assert result.status == "refused"
    [kept] = stage.xero().fetch("contacts", [theirs["ContactID"]])
    assert kept["EmailAddress"] == "theirs@acme.example"


def test_creates_and_updates_in_one_batch_are_both_done(stage: Stage) -> None:
    [old] = stage.seed("xero", "contacts", {"Name": "Old"})
    update = Write("u", "update", {"Name": "New name"}, old["ContactID"])
    results = stage.xero().write("contacts", [create(1, "Created"), update], "k1")
    assert [(result.key, result.status) for result in results] == [("1", "done"), ("u", "done")]
    assert sorted(row["Name"] for row in stage.records("xero.contacts")) == ["Created", "New name"]


def test_a_removed_contact_is_archived(stage: Stage) -> None:
    [old] = stage.seed("xero", "contacts", {"Name": "Old"})
    [result] = stage.xero().write("contacts", [Write("1", "remove", {}, old["ContactID"])], "k1")
    assert result.status == "done"
    assert stage.records("xero.contacts")[0]["ContactStatus"] == "ARCHIVED"


def test_a_contact_that_is_gone_is_refused_and_its_neighbours_are_written(stage: Stage) -> None:
    [old] = stage.seed("xero", "contacts", {"Name": "Old"})
    missing = Write("m", "update", {"Name": "X"}, "11111111-1111-4111-8111-111111111111")
    there = Write("t", "update", {"Name": "Y"}, old["ContactID"])
    results = {result.key: result for result in stage.xero().write("contacts", [missing, there], "k1")}
    assert (results["m"].status, results["m"].outcome, results["t"].status) == ("refused", "conflict", "done")


def test_our_mark_is_written_to_a_linked_contact(stage: Stage) -> None:
    [old] = stage.seed("xero", "contacts", {"Name": "Old"})
    [result] = stage.xero().write("contacts", [Write("1", "mark", {}, old["ContactID"], mark="procore-9")], "k1")
    assert result.status == "done"
    assert stage.records("xero.contacts")[0]["ContactNumber"] == "procore-9"


def test_another_integrations_contact_code_is_never_overwritten(stage: Stage) -> None:
    [old] = stage.seed("xero", "contacts", {"Name": "Old", "ContactNumber": "CRM-17"})
    [result] = stage.xero().write("contacts", [Write("1", "mark", {}, old["ContactID"], mark="procore-9")], "k1")
    assert (result.status, result.outcome) == ("refused", "conflict")
    assert "CRM-17" in result.message
    assert stage.records("xero.contacts")[0]["ContactNumber"] == "CRM-17"


@pytest.mark.parametrize(
    "fault", [Fault(kind="drop_after_commit", times=1), Fault(kind="truncate_body", times=1)], ids=lambda f: f.kind
)
def test_a_lost_answer_is_asked_for_again_and_nothing_is_made_twice(stage: Stage, fault: Fault) -> None:
    fault.path, fault.method = "Contacts", "PUT"
    stage.fault(fault)
    results = stage.xero().write("contacts", [create(1, "One"), create(2, "Two")], "k1")
    assert {result.status for result in results} == {"done"}
    assert len(stage.records("xero.contacts")) == 2
    assert [one.idempotency_key for one in stage.requests("xero", "PUT")] == ["k1", "k1"]


def test_a_batch_repeated_under_its_key_makes_nothing_twice(stage: Stage) -> None:
    system, writes = stage.xero(), [create(1, "One"), create(2, "Two")]
    first, again = system.write("contacts", writes, "k1"), system.write("contacts", writes, "k1")
    assert [one.target_id for one in first] == [one.target_id for one in again]
    assert len(stage.records("xero.contacts")) == 2


def test_a_write_that_is_never_answered_is_unknown_and_can_be_looked_up(stage: Stage) -> None:
    stage.fault(Fault(kind="drop_after_commit", method="PUT", path="Contacts"))
    system = stage.xero()
    [result] = system.write("contacts", [create(1, "One")], "k1")
    assert result.status == "unknown"
    assert [row["Name"] for row in system.find("contacts", "procore-1", {})] == ["One"]


def test_a_partly_refused_batch_is_told_item_by_item(stage: Stage) -> None:
    stage.fault(Fault(kind="partial_batch", method="PUT", path="Contacts"))
    results = stage.xero().write("contacts", [create(number, f"C{number}") for number in range(4)], "k1")
    assert [result.status for result in results] == ["done", "refused", "done", "refused"]


def test_a_limit_that_lets_nothing_through_raises_and_nothing_is_written(stage: Stage) -> None:
    stage.fault(Fault(kind="status", status=429, retry_after=4000, method="PUT"))
    with pytest.raises(RetryLater):
        stage.xero().write("contacts", [create(1, "One")], "k1")
    assert stage.records("xero.contacts") == []


def test_a_field_that_xero_drops_without_a_word_is_reported(stage: Stage) -> None:
    phones = [{"PhoneType": "FAX", "PhoneNumber": "303 555 0142", "PhoneExtension": "9"}]
    [result] = stage.xero().write("contacts", [create(1, "One", Phones=phones)], "k1")
    assert (result.status, bool(result.target_id)) == ("refused", True)
    assert "dropped Phones.PhoneExtension" in result.message


def test_a_merged_contact_names_the_one_that_stayed(stage: Stage) -> None:
    stays, goes = contacts(stage, 2)
    stage.seed("xero", "contacts", {"ContactID": goes["ContactID"], "MergedToContactID": stays["ContactID"]})
    [row] = stage.xero().fetch("contacts", [goes["ContactID"]])
    card = ENTITIES["contacts"].card(row)
    assert (card.merged_into, card.active) == (stays["ContactID"], False)


def test_many_contacts_are_fetched_by_id_and_unknown_ids_are_absent(stage: Stage) -> None:
    ids = [row["ContactID"] for row in contacts(stage, 95)]
    found = stage.xero().fetch("contacts", [*ids, "11111111-1111-4111-8111-111111111111"])
    assert {row["ContactID"] for row in found} == set(ids)
    assert len(stage.requests("xero", "GET")) == -(-96 // records.IDS_PER_CALL)


def test_items_are_created_found_and_changed_by_code(stage: Stage) -> None:
    system = stage.xero()
    item = {"Code": "03-300.S", "Name": "Concrete", "IsSold": False, "PurchaseDetails": {"AccountCode": "5000"}}
    [made] = system.write("items", [Write("1", "create", item)], "k1")
    assert made.status == "done", made.message
    [found] = system.find("items", None, {"Code": "03-300.s"})
    card = ENTITIES["items"].card(found)
    assert (card.number, card.name, card.evidence) == ("03-300.S", "Concrete", {"purchase_account": "5000"})
    [renamed] = system.write("items", [Write("1", "update", {"Code": "03-300.S", "Name": "CIP"}, made.target_id)], "k2")
    assert renamed.status == "done"
    [taken] = system.write("items", [Write("2", "create", {**item, "Code": "03-300.s"})], "k3")
    assert (taken.status, taken.outcome) == ("refused", "conflict")
    assert names(system.read("items", Window())) == ["CIP"]


def test_items_are_never_removed(stage: Stage) -> None:
    [made] = stage.seed("xero", "items", {"Code": "A"})
    [result] = stage.xero().write("items", [Write("1", "remove", {}, made["ItemID"])], "k1")
    assert result.status == "refused"
    assert len(stage.records("xero.items")) == 1


def test_an_app_without_the_organisation_is_told_so(stage: Stage) -> None:
    with pytest.raises(FixTheSetup, match="not connected to it, or lacks a scope"):
        list(stage.xero(tenant="11111111-1111-4111-8111-111111111111").read("contacts", Window()))


def test_xeros_dates_are_read_before_1970_too() -> None:
    assert day("/Date(-80006400000+0000)/").isoformat() == "1967-06-20"  # type: ignore[union-attr]
    assert day("/Date(0+0000)/").isoformat() == "1970-01-01"  # type: ignore[union-attr]
    assert version("/Date(1552348800123)/") == "2019-03-12T00:00:00.123Z"
    assert (moment(None), version("")) == (None, None)
