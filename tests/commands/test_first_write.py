"""The first write of each kind waits for the go-live checklist, although the integration is live (ACC-8)."""

from __future__ import annotations

import pytest

from jobledger.commands import links
from jobledger.commands.doctor import doctor
from jobledger.commands.history import dismiss
from jobledger.commands.run import run
from tests.commands.office import Office

FIRST = "vendors_and_projects"
TOO_LONG = "x" * 300


@pytest.fixture
def office(office: Office) -> Office:
    """A live integration that has written nothing: a company that looks like a contact, and one that is new."""
    night = office.night
    night.set(stages=[FIRST])
    night.job_category()
    night.company("Apex Steel")
    night.company("Steele Framing")
    night.contact("Steel Framing")
    night.project("Tower")
    return office


def ids(office: Office) -> dict[str, str]:
    """The two that look alike."""
    records = office.night.stage.records
    [ours] = [one for one in records("procore.vendors") if one["name"] == "Steele Framing"]
    [theirs] = [one for one in records("xero.contacts") if one["Name"] == "Steel Framing"]
    return {"procore_id": str(ours["id"]), "accounting_id": theirs["ContactID"]}


def decide(office: Office) -> None:
    """A plan is looked at, and the two are linked."""
    office.do(run, plan=True)
    office.do(links.link, kind="companies", **ids(office))


@pytest.mark.feature("ACC-8", "SMX-QBO-10", "SMX-QBO-11", "SMX-QBO-12")
def test_no_company_is_written_before_look_alikes_are_decided_and_they_are_shown(office: Office) -> None:
    night = office.night
    told = office.fails(run)
    assert "companies: go-live checklist: companies decided: 1 may be on the other side already." in told
    assert night.contacts() == ["Steel Framing"]
    assert [row.outcome for row in night.open("companies")] == ["conflict"]
    # another kind is not concerned
    assert night.options() == ["Tower"]
    assert "companies decided: 1" in office.fails(run)
    office.do(links.dismiss, kind="companies", **ids(office), why="another firm")
    office.do(run)
    assert night.contacts() == ["Apex Steel", "Steel Framing", "Steele Framing"]


@pytest.mark.feature("SMX-QBO-11")
def test_a_link_decides_too_and_one_record_by_hand_does_not_open_the_door(office: Office) -> None:
    night = office.night
    office.do(run, plan=True)
    [apex] = [one for one in night.stage.records("procore.vendors") if one["name"] == "Apex Steel"]
    told = office.fails(run, only_records=[f"companies:{apex['id']}"])
    assert "companies decided: 1 may be on the other side already." in told
    assert night.contacts() == ["Steel Framing"]
    office.do(links.link, kind="companies", **ids(office))
    office.do(run)
    assert "Apex Steel" in night.contacts()


@pytest.mark.feature("ACC-8")
def test_one_bad_record_holds_only_itself(office: Office) -> None:
    night = office.night
    office.expect()
    decide(office)
    night.company(TOO_LONG)
    office.do(run)
    assert "Apex Steel" in night.contacts()
    assert [row.outcome for row in night.open("companies")] == ["invalid"]
    told = office.do(doctor)
    assert "?   companies that are held: 1 are left out until they are settled." in told


@pytest.mark.feature("ACC-8", "SMX-QBO-11")
def test_what_looks_alike_after_the_first_write_holds_only_itself(office: Office) -> None:
    night = office.night
    decide(office)
    office.do(run)
    night.company("Bolt Electrics")
    night.contact("Bolt Electric")
    night.company("Cord Cables")
    office.do(run)
    assert "Cord Cables" in night.contacts()
    assert [row.name for row in night.open("companies")] == ["Bolt Electrics"]


@pytest.mark.feature("SMX-QBO-15", "PRC-API-12")
def test_another_integration_s_origin_ids_keep_the_first_write_off_until_they_are_gone_or_left(office: Office) -> None:
    night = office.night
    decide(office)
    old = night.company("Old", origin_id="sage:4711")
    before = night.writes()
    told = office.fails(run)
    assert "companies: go-live checklist: foreign origin_ids: 1 records carry another integration's." in told
    assert night.writes() == before
    office.do(dismiss, flow="companies", ids=[str(old["id"])], reason="stays with Sage")
    office.do(run)
    assert night.contacts() == ["Apex Steel", "Steel Framing"]


@pytest.mark.feature("SMX-QBO-15")
def test_without_a_tracking_category_nothing_is_written(office: Office) -> None:
    night = office.night
    decide(office)
    night.set(accounting=night.settings["accounting"] | {"project_tracking_category": None})
    before = night.writes()
    assert "go-live checklist: projects' tracking category: none is named." in office.fails(run)
    assert night.writes() == before
