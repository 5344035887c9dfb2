"""Linking what both sides have already: sure matches, proposals, marks, other integrations' ids, and no echo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from jobledger.store import links
from jobledger.store.engine import writing
from jobledger.store.tables import intent
from jobledger.systems.base import Window
from sandbox.datasets import truth
from tests.pipeline.night import ALL, STAGE_1, STAGE_2, Died, Night, dies_at, narrowed, nights

BOTH = ("companies", "contacts")
TRUTH = truth("adopt")


@dataclass
class Adopted:
    """The dataset `adopt` before and after its first night."""

    night: Night
    before: dict[str, list[dict[str, Any]]]
    counts: dict[str, dict[str, int]] = field(default_factory=dict)

    def linked(self, kind: str, theirs: str, names: dict[str, str]) -> set[tuple[str, str]]:
        key = {"contacts": "ContactID", "tracking_options": "TrackingOptionID", "items": "ItemID"}[theirs]
        shown = "Code" if theirs == "items" else "Name"
        there = {one[key]: one[shown] for one in self.before[f"xero.{theirs}"]}
        pairs = self.night.links(kind).items()
        return {(names[ours], there[target]) for ours, target in pairs if target in there}

    def names(self, entity: str) -> dict[str, str]:
        return {str(one["id"]): one["name"] for one in self.before[f"procore.{entity}"]}


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adopted]:
    folder = tmp_path_factory.mktemp("adopted")
    for night in nights(f"sqlite:///{folder / 'night.db'}", folder):
        night.stage.sandbox.reset("adopt")
        lists = ("procore.vendors", "procore.projects", "procore.standard_cost_codes")
        theirs = ("xero.contacts", "xero.tracking_options", "xero.items")
        found = Adopted(night, {name: night.stage.records(name) for name in (*lists, *theirs)})
        found.counts = night.run(*STAGE_1) | night.run(*STAGE_2)
        yield found


@pytest.mark.feature("XER-11", "XER-12", "SMX-QBO-19")
def test_every_link_made_without_a_person_is_right_and_hardly_one_is_missed(adopted: Adopted) -> None:
    companies = adopted.linked("companies", "contacts", adopted.names("vendors"))
    assert companies <= set(TRUTH["companies"])
    assert len(set(TRUTH["companies"]) - companies) <= 1
    assert adopted.linked("projects", "tracking_options", adopted.names("projects")) == set(TRUTH["projects"])
    codes = {one.source_id: one.number for one in adopted.night.outcomes("cost_codes")}
    assert adopted.linked("cost_codes", "items", codes) == set(TRUTH["cost_codes"])


@pytest.mark.feature("ACC-4", "XER-26")
@pytest.mark.parametrize(("flow", "kind"), [("companies", "companies_doubtful"), ("projects", "projects_doubtful")])
def test_what_only_a_person_can_tell_is_a_conflict_that_names_the_likely_ones(
    adopted: Adopted, flow: str, kind: str
) -> None:
    proposed = {row.name: row for row in adopted.night.open(flow) if row.outcome == "conflict"}
    for ours, theirs in TRUTH[kind]:
        assert theirs in proposed[ours].reason
        assert f"`airflow jobledger links link test {flow} {proposed[ours].source_id} " in proposed[ours].remedy
        assert f"`airflow jobledger links dismiss test {flow} {proposed[ours].source_id} " in proposed[ours].remedy


@pytest.mark.feature("XTR-17")
def test_adoption_makes_nothing_twice_on_either_side(adopted: Adopted) -> None:
    night = adopted.night
    for entity in ("procore.vendors", "procore.projects", "procore.standard_cost_codes"):
        assert len(night.stage.records(entity)) == len(adopted.before[entity])
    old = {one["ContactID"] for one in adopted.before["xero.contacts"]}
    made = {one["Name"] for one in night.stage.records("xero.contacts") if one["ContactID"] not in old}
    assert len(made) == adopted.counts["companies"]["created"]
    assert not made & {ours for kind in ("companies", "companies_doubtful") for ours, _ in TRUTH[kind]}
    targets = list(night.links("companies").values())
    assert len(targets) == len(set(targets))
    codes = [one["Code"].casefold() for one in night.stage.records("xero.items")]
    assert len(codes) == len(set(codes))


@pytest.mark.feature(
    "PRC-API-7",
    "PRC-API-8",
    "PRC-API-9",
    "PRC-API-16",
    "PRC-API-17",
    "PRC-API-18",
    "PRC-API-24",
    "PRC-API-21",
    "PRC-API-22",
)
def test_every_linked_record_shows_in_procore_that_it_is_synced_and_no_other_one_does(adopted: Adopted) -> None:
    night = adopted.night
    contacts = {one["ContactID"]: one["Name"] for one in night.stage.records("xero.contacts")}
    linked = night.links("companies")
    for vendor in night.stage.records("procore.vendors"):
        target = linked.get(str(vendor["id"]))
        assert vendor.get("origin_id") == (f"xero:contact:{target}" if target else None)
        assert vendor.get("origin_code") == (contacts[target] if target else None)
    shown = {str(one["id"]): one["synced_to_erp"] for page in pages(night) for one in page}
    assert {key for key, synced in shown.items() if synced} == set(linked)
    projects = night.links("projects")
    for project in night.stage.records("procore.projects"):
        target = projects.get(str(project["id"]))
        assert project.get("origin_id") == (f"xero:tracking_option:{target}" if target else None)


def pages(night: Night) -> Iterator[list[dict[str, Any]]]:
    for page in night.stage.procore().read("vendors", Window()):
        yield page.rows


def test_the_night_after_the_adoption_writes_nothing(adopted: Adopted) -> None:
    night = adopted.night
    before = night.writes()
    night.later(hours=1)
    night.run(*STAGE_1, scope=narrowed(full_refresh=True))
    night.run(*STAGE_2, scope=narrowed(full_refresh=True))
    assert night.writes() == before
    assert not [one for one in night.outcomes("companies") if one.outcome == "unchanged"]


# -- marks, and what stands in the way -----------------------------------------------------------------------------


def test_an_adopted_company_renamed_afterwards_renames_its_contact(night: Night) -> None:
    company = night.company("Apex Steel LLC", city="Denver", zip="80216")
    night.contact("APEX STEEL, L.L.C.", Addresses=[{"AddressType": "POBOX", "City": "Denver", "PostalCode": "80216"}])
    assert night.run(*BOTH)["companies"] == {"updated": 1}
    night.later(hours=1)
    night.edit(company, name="Apex Structural LLC")
    night.run(*BOTH)
    assert night.contacts() == ["Apex Structural LLC"]


def test_a_contact_with_our_mark_but_no_link_is_linked_and_not_made_again(night: Night) -> None:
    company = night.company("Apex Steel")
    contact = night.contact("Something Else Entirely", ContactNumber=f"procore-{company['id']}")
    assert night.run(*BOTH)["companies"] == {"updated": 1}
    assert night.links("companies") == {str(company["id"]): contact["ContactID"]}
    assert "recognised by Jobledger's own mark" in night.told("companies")["Apex Steel"]


def test_a_company_with_our_origin_id_but_no_link_is_linked_with_the_contact_it_names(night: Night) -> None:
    contact = night.contact("Something Else Entirely")
    night.contact("Apex Steel Company of Denver")
    company = night.company("Apex Steel", origin_id=f"xero:contact:{contact['ContactID']}")
    assert night.run(*BOTH)["companies"] == {"updated": 1}
    assert night.links("companies") == {str(company["id"]): contact["ContactID"]}


def test_an_origin_id_of_a_contact_that_the_organisation_does_not_have_is_a_conflict(night: Night) -> None:
    night.company("Apex Steel", origin_id="xero:contact:b6ac8dc1-0000-4000-8000-000000000000")
    assert night.run(*BOTH)["companies"] == {"conflict": 1}
    told = night.told("companies")["Apex Steel"]
    assert "carries Jobledger's mark of b6ac8dc1-0000-4000-8000-000000000000, which Xero does not have" in told
    assert "clear the mark in Procore" in told
    assert night.contacts() == []


def test_an_origin_id_of_an_archived_contact_is_a_conflict_until_it_is_restored(night: Night) -> None:
    contact = night.contact("Apex Steel")
    night.edit(contact, ContactStatus="ARCHIVED")
    company = night.company("Apex Steel", origin_id=f"xero:contact:{contact['ContactID']}")
    assert night.run(*BOTH)["companies"] == {"conflict": 1}
    assert "'Apex Steel' (" in night.told("companies")["Apex Steel"]
    assert "is not in use in Xero. Restore it in Xero" in night.told("companies")["Apex Steel"]
    night.edit(contact, ContactStatus="ACTIVE")
    assert night.run(*BOTH)["companies"] == {"updated": 1}
    assert night.links("companies") == {str(company["id"]): contact["ContactID"]}


def test_a_second_contact_with_our_mark_stops_nothing_and_is_told(night: Night) -> None:
    company = night.company("Apex Steel")
    night.run(*BOTH)
    night.later(hours=1)
    first = night.contact_of(company)
    night.edit(first, ContactNumber="")
    night.contact("Apex Steel Copy", ContactNumber=f"procore-{company['id']}")
    other = night.company("Zeller Roofing")
    night.run(*BOTH)
    assert night.contact_of(other)["Name"] == "Zeller Roofing"
    told = night.told("contacts")["Apex Steel Copy"]
    assert told.startswith(f"conflict: 'Apex Steel Copy' carries Jobledger's mark of 'Apex Steel' ({company['id']})")
    assert night.contact_of(company)["ContactID"] == first["ContactID"]


@pytest.mark.feature("PRC-API-11")
def test_another_integration_s_origin_id_is_a_conflict_and_is_left_as_it_is(night: Night) -> None:
    company = night.company("Apex Steel", origin_id="sage:4711", origin_code="V-4711")
    night.run(*BOTH)
    told = night.told("companies")["Apex Steel"]
    assert "carries origin_id 'sage:4711' of another integration" in told
    assert "clear its origin_id in Procore" in told
    vendor = night.vendor(company)
    assert (vendor["origin_id"], vendor["origin_code"]) == ("sage:4711", "V-4711")
    assert [line for line in night.stage.sandbox.world.ledger() if line["by"] == "api"] == []


@pytest.mark.feature("SMX-QBO-21")
def test_a_dismissed_proposal_is_then_created(night: Night) -> None:
    company, contact = night.company("Steele Framing"), night.contact("Steel Framing")
    assert night.run(*BOTH)["companies"] == {"conflict": 1}
    ids = (str(company["id"]), contact["ContactID"])
    with writing(night.engine) as connection:
        now = night.stage.sandbox.world.clock.now()
        links.dismiss(connection, night.pair, "companies", ids, "ann", "two companies", now)
    night.later(hours=1)
    assert night.run(*BOTH)["companies"] == {"created": 1}
    assert night.contacts() == ["Steel Framing", "Steele Framing"]
    assert night.open("companies") == []


@pytest.mark.feature("ACC-5")
def test_a_contact_merged_in_xero_proposes_the_one_that_stays(night: Night) -> None:
    company = night.company("Apex Steel")
    night.run(*BOTH)
    night.later(hours=1)
    gone = night.contact_of(company)
    stays = night.contact("Apex Steel Holdings")
    night.edit(gone, MergedToContactID=stays["ContactID"])
    night.run(*BOTH)
    told = night.told("contacts")["Apex Steel"]
    assert told.startswith(f"conflict: Xero has merged 'Apex Steel' into {stays['ContactID']}.")
    assert f"`airflow jobledger links relink test companies {company['id']} {stays['ContactID']}`" in told
    with writing(night.engine) as connection:
        links.remove(connection, night.pair, "companies", str(company["id"]))
        ids = (str(company["id"]), stays["ContactID"])
        links.make(connection, night.pair, "companies", ids, "ann", night.stage.sandbox.world.clock.now())
    night.edit(company, city="Denver")
    night.run(*BOTH)
    assert night.open("contacts") == night.open("companies") == []
    assert night.vendor(company)["origin_id"] == f"xero:contact:{stays['ContactID']}"


def test_a_link_taken_away_before_procore_learnt_of_it_leaves_no_origin_id_there(night: Night) -> None:
    company, other = night.company("Apex Steel"), night.company("Baker")
    with pytest.raises(Died):
        night.run("companies", at_point=dies_at("linked"))
    contact = night.contact_of(company)
    with writing(night.engine) as connection:
        links.remove(connection, night.pair, "companies", str(company["id"]))
        ids, now = (str(company["id"]), contact["ContactID"]), night.stage.sandbox.world.clock.now()
        links.dismiss(connection, night.pair, "companies", ids, "ann", "another company", now)
    night.later(hours=1)
    night.set(companies={"export": "sent"})
    night.run("companies")
    assert night.vendor(company).get("origin_id") is None
    assert night.vendor(other)["origin_id"] == f"xero:contact:{night.links('companies')[str(other['id'])]}"
    assert night.told("companies")["Apex Steel"].startswith("created: A person has taken the link away")
    assert not [one for one in night.rows(intent) if one.state == "open"]


def test_a_link_made_by_a_person_is_shown_in_procore_after_the_next_run(night: Night) -> None:
    company, contact = night.company("Ours"), night.contact("Theirs")
    night.set(companies={"export": "sent"})
    night.run(*BOTH)
    assert night.vendor(company).get("origin_id") is None
    with writing(night.engine) as connection:
        ids = (str(company["id"]), contact["ContactID"])
        links.make(connection, night.pair, "companies", ids, "ann (shell)", night.stage.sandbox.world.clock.now())
    night.run(*BOTH)
    vendor = night.vendor(company)
    assert (vendor["origin_id"], vendor["origin_code"]) == (f"xero:contact:{contact['ContactID']}", "Theirs")
    assert night.contacts() == ["Theirs"]
    before = night.writes()
    night.later(hours=1)
    night.run(*BOTH)
    assert night.writes() == before


@pytest.mark.parametrize("point", ["intent_open", "linked", "written_back"])
def test_an_adoption_that_dies_half_way_is_finished_by_the_next_run(night: Night, point: str) -> None:
    company, contact = night.company("Apex Steel"), night.contact("Apex Steel")
    with pytest.raises(Died):
        night.run(*BOTH, at_point=dies_at(point))
    night.later(hours=1)
    night.run(*BOTH)
    assert night.links("companies") == {str(company["id"]): contact["ContactID"]}
    assert night.vendor(company)["origin_id"] == f"xero:contact:{contact['ContactID']}"


def test_a_person_who_links_during_a_run_wins_and_the_run_goes_on(night: Night) -> None:
    company, contact = night.company("Apex Steel"), night.contact("Zeller Roofing")
    night.company("Baker Electric LLC")

    def meanwhile(point: str) -> None:
        if point == "answered":
            ids = (str(company["id"]), contact["ContactID"])
            with writing(night.engine) as connection:
                links.make(connection, night.pair, "companies", ids, "ann", night.stage.sandbox.world.clock.now())

    assert night.run("companies", at_point=meanwhile)["companies"] == {"created": 1, "conflict": 1}
    assert f"already linked to {contact['ContactID']}" in night.told("companies")["Apex Steel"]
    assert night.links("companies")[str(company["id"])] == contact["ContactID"]


# -- no echo -------------------------------------------------------------------------------------------------------


@pytest.fixture
def everything(night: Night) -> Night:
    """All is carried both ways; two projects share the cost code 03-300.S."""
    choices = {"export": "all", "import": "all"}
    night.set(companies=choices, projects=choices, cost_codes={"import": "all", "import_list": "Standard"})
    night.job_category()
    [codes] = night.stage.seed("procore", "standard_cost_code_lists", {"name": "Standard"})
    row = {"standard_cost_code_list_id": codes["id"], "code": "03-300", "name": "Concrete"}
    [standard] = night.stage.seed("procore", "standard_cost_codes", row)
    types = {one["code"]: one["id"] for one in night.stage.records("procore.line_item_types")}
    for name in ("Tower", "Mall"):
        project = night.project(name)
        code = {"project_id": project["id"], "code": "03-300", "name": "Concrete"}
        [made] = night.stage.seed("procore", "cost_codes", {**code, "standard_cost_code_id": standard["id"]})
        wbs = {"project_id": project["id"], "cost_code_id": made["id"], "line_item_type_id": types["S"]}
        night.stage.seed("procore", "wbs_codes", wbs)
    return night


@pytest.mark.feature("XER-105", "XER-106", "XER-32", "XER-10", "XER-25")
def test_with_everything_carried_both_ways_nothing_comes_back(everything: Night) -> None:
    night = everything
    night.company("Ours")
    night.contact("Theirs")
    night.option("Their Job")
    night.stage.seed("xero", "items", {"Code": "99-000", "Name": "Their item"})
    for _ in range(3):
        night.run(*STAGE_1)
        night.run(*STAGE_2)
        night.later(hours=1)
    assert night.contacts() == sorted(one["name"] for one in night.stage.records("procore.vendors"))
    assert night.contacts() == ["Ours", "Theirs"]
    assert night.options() == sorted(one["name"] for one in night.stage.records("procore.projects"))
    assert night.options() == ["Mall", "Their Job", "Tower"]
    assert sorted(one["Code"] for one in night.stage.records("xero.items")) == ["03-300.S", "99-000"]
    assert sorted(one["code"] for one in night.stage.records("procore.standard_cost_codes")) == ["03-300", "99-000"]
    before = night.writes()
    night.run(*ALL, scope=narrowed(full_refresh=True))
    assert night.writes() == before


def test_an_item_that_is_adopted_by_a_cost_code_is_not_imported_in_the_same_night(everything: Night) -> None:
    night = everything
    night.stage.seed("xero", "items", {"Code": "03-300.S", "Name": "Concrete, subcontracted"})
    counts = night.run(*STAGE_2)
    assert counts == {"cost_codes": {"updated": 1}, "items": {"not_chosen": 1}}
    assert [one["code"] for one in night.stage.records("procore.standard_cost_codes")] == ["03-300"]
    assert night.flows["items"].needs == ("cost_codes",)
