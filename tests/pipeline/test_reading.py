"""What a run reads: only what changed, nothing lost on the way, and every record of it accounted for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobledger.errors import RetryLater
from jobledger.pipeline.extract import WHOLE, extract
from jobledger.pipeline.map import map_records
from jobledger.reports.stage import report_stage
from jobledger.store import history
from jobledger.store.engine import reading, writing
from jobledger.store.history import OPEN
from jobledger.store.tables import cursor
from jobledger.systems.procore import api as procore_api
from jobledger.systems.procore.reads import Vendors
from jobledger.systems.xero import api as xero_api
from sandbox.faults import Fault
from tests.pipeline.linked import site_of
from tests.pipeline.night import STAGE_1, Died, Night, dies_at, narrowed

BOTH = ("companies", "contacts")


def cursors(night: Night) -> dict[tuple[str, str], Any]:
    """Up to where each list is read, without the note of when it was last read whole."""
    return {(row.entity, row.scope): row.until for row in night.rows(cursor) if not row.scope.endswith(WHOLE)}


def test_only_an_unfiltered_run_that_applies_moves_a_cursor(night: Night) -> None:
    company = night.company("Apex Steel")
    night.run(*BOTH, mode="plan")
    night.run(*BOTH, scope=narrowed(only_records=(str(company["id"]),)))
    night.run(*BOTH, scope=narrowed(only_projects=("1",)))
    night.live(False)
    night.run(*BOTH)
    assert cursors(night) == {}
    night.live(True)
    night.run(*BOTH)
    assert set(cursors(night)) == {("procore.vendors", ""), ("xero.contacts", "")}


def test_a_list_read_only_for_the_catalog_does_not_move_the_cursor_of_the_flow_that_carries_it(night: Night) -> None:
    night.set(companies={"export": "all", "import": "all"})
    night.run("companies")
    night.later(hours=1)
    night.contact("Only in Xero")
    night.later(hours=1)
    night.run("companies")
    assert ("xero.contacts", "") not in cursors(night)
    night.later(hours=1)
    assert night.run(*BOTH)["contacts"] == {"created": 1}


@pytest.mark.feature("XER-15")
def test_the_second_night_asks_both_systems_only_for_what_changed(night: Night) -> None:
    night.company("Apex Steel")
    night.run(*BOTH)
    night.later(days=1)
    night.asked("procore")
    night.run(*BOTH)
    assert any(
        "vendors?" in one and "filters[updated_at]=2026-03-02T07:55:00Z" in one for one in night.asked("procore")
    )


def test_records_are_read_again_in_the_night_after_their_change_only(night: Night) -> None:
    night.company("Apex Steel")
    night.run(*BOTH)
    night.later(days=1)
    assert night.run(*BOTH)["contacts"] == {"unchanged": 1}
    night.later(days=1)
    assert night.run(*BOTH) == {"companies": {}, "contacts": {}}
    assert night.run(*BOTH, scope=narrowed(full_refresh=True))["companies"] == {"unchanged": 1}


def test_a_record_that_appears_late_with_an_older_time_of_change_is_not_lost(night: Night) -> None:
    night.company("Apex Steel")
    night.run(*BOTH)
    stamp = (night.stage.sandbox.world.clock.now()).strftime("%Y-%m-%dT%H:%M:%SZ")
    night.later(minutes=3)
    night.run(*BOTH)
    night.company("Written Before, Shown After", updated_at=stamp)
    night.later(hours=1)
    assert night.run(*BOTH)["companies"]["created"] == 1


@pytest.mark.parametrize("entity", ["vendors", "contacts"])
def test_a_list_that_moves_while_it_is_paged_loses_nothing(
    night: Night, monkeypatch: pytest.MonkeyPatch, entity: str
) -> None:
    monkeypatch.setattr(procore_api, "PER_PAGE", 7)
    monkeypatch.setattr(xero_api, "PAGE_SIZE", 7)
    night.set(companies={"export": "all", "import": "all"})
    make = night.company if entity == "vendors" else night.contact
    names = {f"Company {number:02}" for number in range(40)}
    for name in sorted(names):
        make(name)
        night.later(seconds=1)
    path = "vendors$" if entity == "vendors" else "Contacts$"
    night.stage.fault(Fault(kind="edit_while_paging", path=path, entity=entity, every=2, times=8))
    night.run(*BOTH)
    assert night.stage.sandbox.faults.active[0].fired > 1
    night.stage.fault()
    assert set(night.contacts()) == names == {one["name"] for one in night.stage.records("procore.vendors")}
    assert len(night.links("companies")) == 40


def test_an_open_record_is_fetched_again_by_its_id_until_it_goes_through(night: Night) -> None:
    night.contact("Steel Framing")
    company = night.company("Steele Framing")
    night.run(*BOTH)
    [waiting] = night.open("companies")
    assert (waiting.outcome, waiting.attempts) == ("conflict", 1)
    night.later(days=1)
    night.run(*BOTH)
    night.later(days=1)
    night.asked("procore")
    night.run(*BOTH)
    assert any(f"filters[id][]={company['id']}" in one for one in night.asked("procore"))
    [waiting] = night.open("companies")
    assert waiting.attempts == 3
    night.edit(company, name="Zeller Roofing")
    night.run(*BOTH)
    assert night.open("companies") == []
    assert "Zeller Roofing" in night.contacts()


def test_an_open_document_costs_no_call_besides_the_lists_of_what_changed(night: Night) -> None:
    site = site_of(night)
    site.subcontract(currency_iso_code="EUR")
    night.later(hours=1)
    site.documents()
    night.later(hours=1)
    night.asked("procore")
    night.run("commitments", "change_orders")
    assert len([one for one in night.asked("procore") if "_contracts?" in one]) == 4  # two projects, two kinds
    assert night.open("commitments")[0].attempts == 2


def test_a_record_that_is_chosen_only_later_is_carried_although_it_did_not_change(night: Night) -> None:
    night.set(companies={"export": "used_on_commitments"})
    tower, company = night.project("Tower"), night.company("Apex Steel")
    night.later(hours=1)
    night.run(*BOTH)
    night.later(days=1)
    assert night.run(*BOTH)["companies"] == {}
    row = {"project_id": tower["id"], "vendor_id": company["id"], "number": "SC-1", "title": "Steel"}
    night.stage.seed("procore", "work_order_contracts", row)
    night.later(days=1)
    assert night.run(*BOTH)["companies"] == {"created": 1}


def test_a_dismissed_record_is_not_fetched_again(night: Night) -> None:
    night.contact("Steel Framing")
    company = night.company("Steele Framing")
    night.later(hours=1)
    night.run(*BOTH)
    with writing(night.engine) as connection:
        key = (night.pair, "companies", str(company["id"]))
        history.dismiss(connection, key, "me", "a private person", night.stage.sandbox.world.clock.now())
    night.later(days=1)
    assert night.run(*BOTH)["companies"] == {}


def test_an_open_record_that_takes_part_no_longer_is_closed(night: Night) -> None:
    night.contact("Steel Framing")
    night.company("Steele Framing")
    night.run(*BOTH)
    assert len(night.open("companies")) == 1
    night.set(companies={"export": "sent"})
    assert night.run(*BOTH)["companies"] == {"unchanged": 1}
    assert night.open("companies") == []


def test_a_flow_waits_when_the_list_of_its_target_could_not_be_read(night: Night) -> None:
    night.company("Apex Steel")
    run = night.flow_run("companies", "one", BOTH)
    extracted = extract(run)
    night.stage.fault(Fault(system="xero", kind="status", status=503, path="Contacts"))
    with pytest.raises(RetryLater):
        extract(night.flow_run("contacts", "one", BOTH))
    with pytest.raises(RetryLater, match=r"companies needs the list of xero\.contacts"):
        map_records(run, extracted)


# -- absent is not deleted -----------------------------------------------------------------------------------------


def test_an_inactive_company_keeps_its_contact(night: Night) -> None:
    company = night.company("Apex Steel")
    night.run(*BOTH)
    night.edit(company, is_active=False)
    assert night.run(*BOTH)["companies"] == {"unchanged": 1}
    assert night.contact_of(company)["ContactStatus"] == "ACTIVE"


@pytest.mark.feature("ACC-5", "XTR-12")
def test_a_company_merged_into_another_proposes_the_one_that_stays_and_is_never_read_as_deleted(night: Night) -> None:
    merged = night.company("Apex Steel", business_phone="303 555 0142", city="Denver", zip="80216")
    night.run(*BOTH)
    contact = night.contact_of(merged)
    stays = night.company("Apex Steel Inc.", business_phone="303 555 0142", city="Denver", zip="80216")
    night.edit(stays, merged_from=[merged["id"]])
    night.run(*BOTH, scope=narrowed(full_refresh=True))
    told = night.told("companies")["Apex Steel"]
    assert told.startswith(
        "conflict: Procore no longer has 'Apex Steel': it was merged into another record or removed."
    )
    assert f"Likely: Apex Steel Inc. ({stays['id']}:" in told
    assert f"`airflow jobledger links relink test companies {stays['id']} {contact['ContactID']}`" in told
    assert f"into which {merged['id']} was merged" in night.told("companies")["Apex Steel Inc."]
    assert night.contacts() == ["Apex Steel"]
    assert night.contact_of(merged)["ContactStatus"] == "ACTIVE"


@pytest.mark.feature("ACC-5")
def test_a_project_that_leaves_the_permitted_list_is_blocked_and_its_option_stays(night: Night) -> None:
    night.job_category()
    tower = night.project("Tower")
    mall = night.project("Mall")
    night.run(*STAGE_1)
    permit(night, mall)
    night.later(days=1)
    night.run(*STAGE_1, scope=narrowed(full_refresh=True))
    told = night.told("projects")["Tower"]
    assert told.startswith("blocked: Procore no longer shows 'Tower' to this integration.")
    assert f"`airflow jobledger links unlink test projects {tower['id']}`" in told
    assert night.options() == ["Mall", "Tower"]
    permit(night, mall, tower)
    night.later(days=1)
    night.run(*STAGE_1)
    assert night.open("projects") == []


def permit(night: Night, *projects: dict[str, Any]) -> None:
    night.stage.seed("procore", "settings", {"id": "app", "permitted_projects": [one["id"] for one in projects]})


def test_a_tracking_option_deleted_in_xero_is_a_conflict_and_the_project_is_left_alone(night: Night) -> None:
    night.job_category()
    tower = night.project("Tower")
    night.run(*STAGE_1)
    night.stage.sandbox.vendors["xero"].remove("tracking_options", night.links("projects")[str(tower["id"])])
    night.later(days=1)
    night.run(*STAGE_1)
    assert night.told("tracking_options")["Tower"].startswith("conflict: Xero no longer has 'Tower'")
    [still] = night.stage.records("procore.projects")
    assert still["active"]
    assert night.options() == []


def test_a_company_missing_from_the_list_but_found_by_its_id_is_not_gone(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    night.company("Apex Steel")
    hidden = night.company("Baker Electric LLC")
    night.run(*BOTH)
    read = Vendors.read

    def without_one(self: Any, window: Any) -> Any:
        for page in read(self, window):
            rows = [row for row in page.rows if row["id"] != hidden["id"]]
            yield type(page)(rows, page.read_at, page.notes)

    night.later(days=1)
    monkeypatch.setattr(Vendors, "read", without_one)
    counts = night.run(*BOTH, scope=narrowed(full_refresh=True))
    assert counts["companies"] == {"unchanged": 1}
    assert night.open("companies") == []


# -- every record is accounted for ---------------------------------------------------------------------------------

KINDS = st.sampled_from(["plain", "long", "twin", "similar", "inactive", "foreign", "phone"])


def make_company(night: Night, kind: str, number: int) -> None:
    name = f"Company {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[number % 26] * 6}"
    if kind == "long":
        night.company(f"{name} " + "x" * 300)
    elif kind == "twin":
        night.company("The Same Name"), night.company("The Same Name")
    elif kind == "similar":
        night.contact(f"{name} Holdings of Denver")
        night.company(name)
    else:
        more = {"inactive": {"is_active": False}, "foreign": {"origin_id": f"sage:{number}"}}
        night.company(name, **more.get(kind, {"business_phone": "x" * 60} if kind == "phone" else {}))


@pytest.mark.feature("ACC-31")
@given(kinds=st.lists(KINDS, max_size=6), export=st.sampled_from(["all", "sent", "used_on_commitments"]))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_outcomes_and_records_not_chosen_add_up_to_what_was_read(night: Night, kinds: list[str], export: str) -> None:
    night.stage.sandbox.reset("empty")
    night.set(companies={"export": export, "import": "all"}, accounting=another_tenant(night))
    for number, kind in enumerate(kinds):
        make_company(night, kind, number)
    for _ in range(2):
        night.later(hours=1)
        add_up(night, "companies")
        add_up(night, "contacts")


def another_tenant(night: Night) -> dict[str, Any]:
    """A pair of its own for each example: the tables keep what earlier examples left."""
    return {**night.settings["accounting"], "tenant_id": f"tenant {night.number}"}


def add_up(night: Night, flow: str) -> None:
    night.number += 1
    run = night.flow_run(flow, f"run {night.number}", (flow,))
    extracted = extract(run)
    counts = night.finish(run, extracted)
    assert sum(counts.values()) == extracted["rows"]
    told = [one for one in night.outcomes(flow) if one.sync_run_id == max(o.sync_run_id for o in night.outcomes(flow))]
    recorded = {name: counts[name] for name in counts if name not in {"unchanged", "not_chosen"}}
    assert not recorded or {name: sum(o.outcome == name for o in told) for name in recorded} == recorded
    still_open = {row.source_id for row in night.open(flow)}
    assert {o.source_id for o in told if o.outcome in OPEN} <= still_open


@pytest.mark.feature("ACC-5", "XTR-12")
def test_after_a_week_a_list_is_read_whole_so_that_a_merged_company_is_noticed(night: Night) -> None:
    gone, stays = night.company("Apex Steel"), night.company("Baker Electric")
    night.run("companies", "contacts")
    night.stage.seed("procore", "vendors", {"id": stays["id"], "merged_from": [gone["id"]]})
    night.later(days=1)
    night.run("companies", "contacts")
    assert night.open("companies") == []
    night.later(days=6)
    night.run("companies", "contacts")
    [held] = night.open("companies")
    assert held.source_id == str(gone["id"])
    assert night.contacts() == ["Apex Steel", "Baker Electric"]


def test_a_flow_that_does_not_come_to_its_end_is_failed_in_the_history(night: Night) -> None:
    night.company("Apex Steel")
    with pytest.raises(Died):
        night.run("companies", run_id="cut short", at_point=dies_at("mapped"))
    report_stage(night.engine, night.integration, "test", "cut short", ())
    with reading(night.engine) as connection:
        [row] = history.runs_of(connection, night.pair, "cut short")
    assert (row.state, row.counts) == ("failed", {})
    assert row.ended_at is not None
