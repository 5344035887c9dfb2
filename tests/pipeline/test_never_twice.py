"""Never twice: a source record never becomes two target records, whatever dies when (design: what always holds)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from jobledger.errors import RetryLater
from jobledger.pipeline.extract import extract
from jobledger.pipeline.load import load
from jobledger.pipeline.map import map_records
from jobledger.pipeline.validate import validate
from jobledger.store import intents, leases
from jobledger.store.engine import reading, writing
from jobledger.store.tables import cursor, intent
from sandbox.faults import Fault, Kind
from tests.pipeline.night import Died, Night, dies_at

POINTS = ["mapped", "intent_open", "answered", "linked", "written_back", "settled", "cursor_moved"]


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.feature("XER-121")
def test_a_process_killed_anywhere_leaves_one_contact_after_the_next_run(any_night: Night, point: str) -> None:
    any_night.company("Baker Electric LLC")
    any_night.company("Apex Steel")
    with pytest.raises(Died):
        any_night.run("companies", at_point=dies_at(point))
    any_night.later(hours=1)
    any_night.run("companies")
    assert any_night.contacts() == ["Apex Steel", "Baker Electric LLC"]
    assert len(any_night.links("companies")) == 2
    before = any_night.writes()
    any_night.later(hours=1)
    any_night.run("companies", "contacts")
    assert any_night.writes() == before
    assert not [one for one in any_night.rows(intent) if one.state == "open"]


@pytest.mark.parametrize("point", ["intent_open", "answered", "linked", "written_back"])
def test_a_task_that_is_tried_again_at_once_writes_nothing_twice(night: Night, point: str) -> None:
    night.company("Apex Steel")
    run = night.flow_run("companies", "one", ("companies",), at_point=dies_at(point))
    extracted = extract(run)
    mapped = map_records(run, extracted)
    with pytest.raises(Died):
        load(run, mapped, validate(run, mapped))
    again = night.flow_run("companies", "one", ("companies",))
    load(again, mapped, validate(again, mapped))
    night.later(hours=1)
    night.run("companies")
    assert night.contacts() == ["Apex Steel"]


@pytest.mark.parametrize("kind", ["drop_after_commit", "truncate_body", "garbage", "timeout"])
def test_an_answer_lost_after_the_vendor_has_committed_makes_no_second_contact(night: Night, kind: Kind) -> None:
    night.company("Apex Steel")
    night.stage.fault(Fault(system="xero", method="PUT", path="Contacts", kind=kind, executed=True, times=99))
    assert night.run("companies")["companies"] == {"unknown": 1}
    assert night.contacts() == ["Apex Steel"]
    night.stage.fault()
    night.later(hours=1)
    assert night.run("companies")["companies"] == {"created": 1}
    assert night.contacts() == ["Apex Steel"]
    assert len(night.links("companies")) == 1


@pytest.mark.parametrize(("flow", "path"), [("projects", "Options"), ("cost_codes", "Items")])
def test_a_record_without_room_for_a_mark_is_found_again_by_its_key_and_content(
    night: Night, flow: str, path: str
) -> None:
    night.stage.sandbox.reset("demo")
    night.stage.fault(Fault(system="xero", method="PUT", path=path, kind="drop_after_commit", times=99))
    table = {"projects": "xero.tracking_options", "cost_codes": "xero.items"}[flow]
    before = len(night.stage.records(table))
    unknown = night.run(flow)[flow]["unknown"]
    made = len(night.stage.records(table)) - before
    night.stage.fault()
    night.later(hours=1)
    counts = night.run(flow)[flow]
    assert made > 5
    assert (counts["created"], counts["created"] + counts["invalid"]) == (made, unknown)
    assert len(night.stage.records(table)) == before + made


def test_an_unanswered_write_is_unknown_until_late_answers_are_over_and_is_then_sent_afresh(night: Night) -> None:
    night.company("Apex Steel")
    night.stage.fault(Fault(system="xero", method="PUT", path="Contacts", kind="drop_before_commit", times=99))
    assert night.run("companies")["companies"] == {"unknown": 1}
    night.stage.fault()
    night.later(minutes=1)
    assert night.run("companies")["companies"] == {"unknown": 1}
    assert night.contacts() == []
    night.later(hours=1)
    assert night.run("companies")["companies"] == {"created": 1}
    assert night.contacts() == ["Apex Steel"]


def test_of_two_overlapping_runs_the_second_waits(night: Night) -> None:
    night.company("Apex Steel")
    leases.take(night.engine, night.pair, "companies", "another run", night.stage.sandbox.world.clock.now())
    with pytest.raises(RetryLater, match="another run"):
        night.run("companies")
    assert night.contacts() == []
    night.later(minutes=10)
    assert night.run("companies")["companies"] == {"created": 1}


def test_a_run_that_lost_its_lease_cannot_confirm(night: Night) -> None:
    night.company("Apex Steel")

    def overtaken(point: str) -> None:
        if point == "answered":
            night.later(minutes=10)
            leases.take(night.engine, night.pair, "companies", "the newer run", night.stage.sandbox.world.clock.now())

    with pytest.raises(RetryLater, match="taken over"):
        night.run("companies", at_point=overtaken)
    assert night.links("companies") == {}
    night.later(hours=1)
    night.run("companies")
    assert night.contacts() == ["Apex Steel"]
    assert len(night.links("companies")) == 1


def test_a_record_has_one_open_intent_at_the_most(any_night: Night) -> None:
    held = leases.take(any_night.engine, any_night.pair, "companies", "me", any_night.stage.sandbox.world.clock.now())
    wanted = intents.NewIntent("1", "", "create", "write", "procore-1", {})
    now = any_night.stage.sandbox.world.clock.now()
    with writing(any_night.engine) as connection:
        intents.open_batch(connection, held, [wanted], "hash", now)
    with pytest.raises(Exception, match=r"(?i)unique"), writing(any_night.engine) as connection:
        intents.open_batch(connection, held, [wanted], "hash", now)


def test_a_cleared_task_of_last_week_does_not_undo_this_week(night: Night) -> None:
    company = night.company("Apex Steel")
    old = night.flow_run("companies", "last week", ("companies",))
    extracted = extract(old)
    mapped = map_records(old, extracted)
    load(old, mapped, validate(old, mapped))
    night.later(days=7)
    night.stage.seed("procore", "vendors", {"id": company["id"], "name": "Apex Structural Steel"})
    night.run("companies")
    assert night.contacts() == ["Apex Structural Steel"]
    load(old, mapped, validate(old, mapped))
    stale_map = map_records(old, extracted)
    load(night.flow_run("companies", "last week, cleared", ("companies",)), stale_map, validate(old, stale_map))
    assert night.contacts() == ["Apex Structural Steel"]


def test_yesterdays_database_restored_posts_nothing_again(sqlite_url: str, night: Night, tmp_path: Path) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    night.company("Old Company")
    night.run("companies", "contacts")
    night.engine.dispose()
    shutil.copy(file, tmp_path / "backup.db")
    night.later(days=1)
    night.company("New Company")
    night.run("companies", "contacts")
    before = night.writes()
    night.engine.dispose()
    for one in tmp_path.glob("test.db*"):
        one.unlink()
    shutil.copy(tmp_path / "backup.db", file)
    night.later(days=1)
    assert len(night.links("companies")) == 1
    night.run("companies", "contacts")
    assert night.contacts() == ["New Company", "Old Company"]
    assert len(night.links("companies")) == 2
    assert {one["action"] for one in night.stage.sandbox.world.ledger()[before:]} <= {"update"}


def test_a_person_s_contact_of_the_same_name_is_proposed_and_never_adopted_by_look_up(night: Night) -> None:
    night.company("Apex Steel")
    with pytest.raises(Died):
        night.run("companies", at_point=dies_at("intent_open"))
    night.contact("Apex Steel")
    night.later(hours=1)
    night.run("companies")
    assert night.contacts() == ["Apex Steel"]
    with reading(night.engine) as connection:
        assert intents.open_intents(connection, night.pair, "companies") == []


def test_a_batch_keeps_its_key_and_a_new_intent_gets_another(night: Night) -> None:
    one = intents.batch_key("pair", "flow", [("1", "", 1)])
    assert one == intents.batch_key("pair", "flow", [("1", "", 1)])
    assert one != intents.batch_key("pair", "flow", [("1", "", 2)])
    assert one != intents.batch_key("other", "flow", [("1", "", 1)])
    assert len(one) <= 128


def test_cursors_never_move_back(any_night: Night) -> None:
    any_night.company("Apex Steel")
    any_night.run("companies", "contacts")
    first = {row.entity: row.until for row in any_night.rows(cursor) if row.scope == ""}
    any_night.later(hours=1)
    any_night.run("companies", "contacts")
    second = {row.entity: row.until for row in any_night.rows(cursor) if row.scope == ""}
    assert set(first) == {"procore.vendors", "xero.contacts"}
    assert all(second[entity] > first[entity] for entity in first)
