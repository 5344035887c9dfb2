"""`airflow jobledger links`: proposals with evidence, links made, mended, taken away and imported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jobledger.commands import links
from tests.commands.office import Office
from tests.pipeline.night import Night, narrowed

BOTH = ("companies", "contacts")
HEAD = "kind,procore_id,accounting_id"


@pytest.fixture
def two(office: Office) -> tuple[Office, dict[str, Any], dict[str, Any]]:
    """An office, a company and a contact that may be the same."""
    company, contact = office.night.company("Steele Framing"), office.night.contact("Steel Framing")
    office.night.run(*BOTH)
    office.night.later(hours=1)
    return office, company, contact


def ids(company: dict[str, Any], contact: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "companies", "procore_id": str(company["id"]), "accounting_id": contact["ContactID"]}


Two = tuple[Office, dict[str, Any], dict[str, Any]]


@pytest.mark.feature("XER-11", "XER-12")
def test_a_proposal_shows_both_names_its_score_and_its_evidence(two: Two) -> None:
    office, company, _ = two
    told = " ".join(office.do(links.propose_links, kind="companies").split())
    assert "doubtful" in told
    assert f"Steele Framing {company['id']} Steel Framing" in told
    assert "% alike" in told
    score = next(word for word in told.split() if word.endswith("%"))
    assert 50 < int(score.rstrip("%")) < 100


@pytest.mark.feature("XER-11", "XER-16")
def test_a_person_links_and_unlinks_and_nothing_links_the_two_again(two: Two) -> None:
    office, company, contact = two
    night = office.night
    office.do(links.link, **ids(company, contact))
    assert night.run(*BOTH)["companies"] == {"updated": 1}
    assert night.contacts() == ["Steel Framing"]
    assert night.vendor(company)["origin_id"] == f"xero:contact:{contact['ContactID']}"
    told = office.do(links.unlink, **ids(company, contact))
    assert told == f"unlinked companies {company['id']}\n"
    night.later(hours=1)
    night.run(*BOTH, scope=narrowed(full_refresh=True))
    assert contact["ContactID"] not in night.links("companies").values()
    office_told = office.fails(links.unlink, **ids(company, contact) | {"procore_id": "4711"})
    assert office_told == "companies 4711: is not linked. See `links list`."


def test_a_link_that_was_taken_away_can_be_made_again(two: Two) -> None:
    office, company, contact = two
    for command in (links.link, links.unlink, links.link):
        office.do(command, **ids(company, contact))
    office.night.run(*BOTH, scope=narrowed(full_refresh=True))
    assert office.night.links("companies") == {str(company["id"]): contact["ContactID"]}


@pytest.mark.feature("SMX-QBO-18")
@pytest.mark.parametrize(("sides", "read"), [("procore", [True, False]), ("accounting", [False, True])])
def test_one_side_is_read_anew_and_the_other_is_asked_nothing(two: Two, sides: str, read: list[bool]) -> None:
    night = two[0].night
    night.job_category()
    before = night.writes()
    night.asked("procore")
    two[0].do(links.refresh, kind="companies", sides=sides)
    assert night.writes() == before
    assert [bool(night.stage.requests(system)) for system in ("procore", "xero")] == read


def test_a_dismissed_proposal_is_proposed_no_more(two: Two) -> None:
    office, company, contact = two
    told = office.do(links.dismiss, **ids(company, contact), why="two firms")
    assert told == f"companies: {company['id']} and {contact['ContactID']} are not the same\n"
    assert "Steele" not in office.do(links.propose_links, kind="companies")
    assert office.night.run(*BOTH)["companies"] == {"created": 1}


@pytest.mark.feature("ACC-5", "XTR-12")
def test_relinking_leads_a_link_to_the_survivor_of_a_merge_and_everything_is_in_step_again(office: Office) -> None:
    night = office.night
    merged = night.company("Apex Steel", business_phone="303 555 0142", zip="80216")
    night.run(*BOTH)
    night.later(hours=1)
    contact = night.contact_of(merged)
    stays = night.company("Apex Steel Inc.", business_phone="303 555 0142", zip="80216")
    night.edit(stays, merged_from=[merged["id"]])
    night.run(*BOTH, scope=narrowed(full_refresh=True))
    assert len(night.open("companies")) == 2
    office.do(links.relink, **ids(stays, contact))
    night.later(hours=1)
    night.run(*BOTH)
    assert night.open("companies") == night.open("contacts") == []
    assert night.links("companies") == {str(stays["id"]): contact["ContactID"]}
    assert night.vendor(stays)["origin_id"] == f"xero:contact:{contact['ContactID']}"
    assert len(night.contacts()) == 1


def test_what_cannot_be_linked_is_told_with_its_name_and_the_remedy(two: Two) -> None:
    office, company, contact = two
    night = office.night
    unknown = ids(company, contact) | {"accounting_id": "nobody"}
    assert "xero.contacts nobody: is not known. Give the id of a record" in office.fails(links.link, **unknown)
    assert "has no kind of links 'vendors'. It has companies, cost_codes, projects" in office.fails(
        links.link, **unknown | {"kind": "vendors"}
    )
    other = night.company("Zeller Roofing")
    night.run(*BOTH)
    office.do(links.link, **ids(company, contact))
    taken = office.fails(links.link, **ids(other, contact))
    assert f"{contact['ContactID']}: is linked with {company['id']} already. Unlink that one first." in taken
    archived = night.contact("Old", ContactStatus="ARCHIVED")
    night.run(*BOTH)
    told = office.fails(links.link, **ids(other, archived))
    assert f"xero.contacts {archived['ContactID']}: 'Old' is archived. Restore it first, or link another." in told


def write(office: Office, text: str, encoding: str = "utf-8") -> str:
    file = Path(office.include) / "links.csv"
    file.write_bytes(text.encode(encoding))
    return str(file)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_csv_file_is_imported_as_a_spreadsheet_program_saves_it(two: Two, encoding: str) -> None:
    office, company, contact = two
    text = f"{HEAD}\r\ncompanies,{company['id']},{contact['ContactID']}\r\n"
    assert office.do(links.import_csv, file=write(office, text, encoding)) == "1 links imported, 0 were there already\n"
    exported = office.do(links.show)
    assert f"companies,{company['id']},{contact['ContactID']},ann (shell)," in exported
    assert office.do(links.import_csv, file=write(office, exported)) == "0 links imported, 1 were there already\n"


def test_a_csv_file_with_a_fault_imports_nothing_and_names_every_fault_by_its_line(two: Two) -> None:
    office, company, contact = two
    good = f"companies,{company['id']},{contact['ContactID']}"
    told = office.fails(links.import_csv, file=write(office, f"{HEAD}\n{good}\ncompanies,4711,x\nvendors,1,2\n"))
    assert "line 3: procore.vendors 4711: is not known." in told
    assert "line 4: test: has no kind of links 'vendors'." in told
    assert "Nothing was imported" in told
    assert office.night.links("companies") == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kind;procore_id;accounting_id\n", "has no column kind, procore_id, accounting_id. It needs"),
        ("kind,procore_id\n", "has no column accounting_id."),
        ("", "has no column kind"),
    ],
)
def test_a_file_that_is_no_such_csv_says_so(office: Office, text: str, told: str) -> None:
    assert told in office.fails(links.import_csv, file=write(office, text))


def test_a_file_that_cannot_be_read_says_so(office: Office) -> None:
    assert "cannot be read as CSV" in office.fails(links.import_csv, file="/nowhere.csv")
    assert "Save it as CSV in UTF-8." in office.fails(links.import_csv, file=write(office, "kïnd", "latin-1"))


@pytest.mark.feature("XER-27", "XER-28")
def test_why_a_record_takes_part_or_not_is_told_in_words(two: Two) -> None:
    office, _, _ = two
    night: Night = office.night
    tower = night.project("Tower")
    night.project("Old", active=False)
    old = night.stage.records("procore.projects")[1]
    night.set(projects={"export": "sent"})
    night.job_category()
    night.run("projects", "tracking_options")
    told = office.do(links.why, flow="projects", ids=[str(tower["id"]), str(old["id"]), "4711"])
    assert f"{tower['id']}: 'Tower' is not linked and was not sent; projects.export is 'sent'" in told
    assert f"{old['id']}: 'Old' is Inactive: only active records are carried over" in told
    assert "4711: never seen: not permitted for the app, or in no list that was read" in told
    night.set(projects={"export": "all"})
    night.run("projects", "tracking_options")
    assert "linked with" in office.do(links.why, flow="projects", ids=[str(tower["id"])])
    assert "has no flow 'jobs'. It has billed_orders, change_orders, commitments" in office.fails(
        links.why, flow="jobs", ids=[]
    )


@pytest.mark.feature("SMX-QBO-48", "SMX-QBO-49")
def test_a_cell_may_hold_a_number_or_a_name_that_one_record_has(two: Two) -> None:
    office, company, contact = two
    text = f"{HEAD}\ncompanies,{company['name']},{contact['Name']}\n"
    assert office.do(links.import_csv, file=write(office, text)) == "1 links imported, 0 were there already\n"
