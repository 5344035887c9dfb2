"""Wrong input: each case names file or record, field, value and remedy; the others go on; mended, it passes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobledger import platform
from jobledger.commands.run import run
from jobledger.errors import FixTheSetup, RetryLater
from jobledger.integration import BrokenIntegration, load_integration, load_integrations
from jobledger.store.tables import catalog_record
from sandbox.faults import Fault
from tests.commands.office import Office
from tests.pipeline.night import STAGE_1, Night, narrowed

BOTH = ("companies", "contacts")
FIRST = "vendors_and_projects"


# -- integration files ---------------------------------------------------------------------------------------------


def without(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda settings: {key: value for key, value in settings.items() if key != name}


def plus(**more: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda settings: settings | more


WRONG_SETTINGS = [
    (plus(compnies={"export": "all"}), "compnies is not a known setting"),
    (plus(companies={"exprt": "all"}), "companies.exprt is not a known setting"),
    (plus(companies={"export": "some"}), "companies.export: Input should be 'used_on_commitments', 'all' or 'sent'"),
    (plus(companies={"export": "some"}), "found 'some'"),
    (plus(companies={"owners": {"name": "xero"}}), "companies.owners.name: Input should be 'procore', 'accounting'"),
    (
        plus(approvals={"default": "automatic", "compnies": "required"}),
        "there is no kind compnies; kinds are companies",
    ),
    (plus(approvals={"companies": "never"}), "approvals.companies: Input should be 'required' or 'automatic'"),
    (plus(schedules={"timezone": "America/Denvr"}), "schedules.timezone: expected a time zone such as America/Denver"),
    (plus(cutover="the first"), "cutover: Input should be a valid date"),
    (plus(cutover="1026-01-01"), "cutover: expected a day such as 2026-12-01"),
    (without("cutover"), "live: true needs a cutover"),
    (without("procore"), "procore: Field required"),
    (plus(retention_years=3), "retention_years: Input should be greater than or equal to 7"),
    (plus(stages=["vendors"]), "stages.0: Input should be 'vendors_and_projects'"),
    (plus(stages=["card_purchases"]), "stages: card_purchases: only with accounting.system: pex"),
    (
        plus(accounting={"system": "pex", "connection": "p", "tenant_id": "1"}, stages=["job_costs"]),
        "stages: job_costs: PEX has vendors_and_projects, cost_codes_and_budget, card_purchases",
    ),
    (plus(pex={"tags": {"projects": "Jobs", "cost_codes": "jobs "}}), "pex.tags: two of them are the same tag"),
]


@pytest.mark.parametrize(("changed", "told"), WRONG_SETTINGS)
def test_a_wrong_setting_is_named_with_its_file_its_path_and_what_is_allowed(
    office: Office, changed: Callable[[dict[str, Any]], dict[str, Any]], told: str
) -> None:
    office.night.settings = changed(office.night.settings)
    with pytest.raises(FixTheSetup) as error:
        load_integration(office.write())
    assert told in str(error.value)
    assert "test.yaml: " in str(error.value)
    assert "Mend the file" in str(error.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("procore: [", "cannot be read as YAML"),
        ("- a list", "the file: Input should be a valid dictionary"),
        ("", "the file: Input should be a valid dictionary"),
        ("procore: {connection: x, company_id: twelve}", "procore.company_id: Input should be a valid integer"),
    ],
)
def test_a_file_that_is_no_integration_says_so(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "odd.yaml"
    file.write_text(text)
    [broken] = load_integrations(tmp_path)
    assert isinstance(broken, BrokenIntegration)
    assert broken.name == "odd"
    assert told in broken.error


@pytest.mark.feature("XTR-13")
def test_two_files_with_one_pair_are_both_refused_and_a_third_goes_on(office: Office) -> None:
    office.write("copy")
    office.write("third", accounting={**office.night.settings["accounting"], "tenant_id": "another"})
    told = office.fails(run)
    assert f"copy.yaml and test.yaml name the same pair {office.night.pair}" in told
    assert "remove one of the files" in told
    broken = [
        one.name for one in load_integrations(office.include / "integrations") if isinstance(one, BrokenIntegration)
    ]
    assert broken == ["copy", "test"]
    (office.include / "integrations" / "copy.yaml").unlink()
    office.night.job_category()
    office.do(run, stages=[FIRST])


@pytest.mark.feature("XTR-35")
def test_two_quickbooks_companies_on_one_procore_company_are_both_refused_and_the_others_go_on(office: Office) -> None:
    books = {"system": "quickbooks_online", "connection": "quickbooks_demo"}
    office.write("east", accounting={**books, "tenant_id": "111"})
    office.write("west", accounting={**books, "tenant_id": "222"})
    office.write("other", accounting={**books, "tenant_id": "333"}, procore={"connection": "other", "company_id": 7})
    told = office.fails(run, integration="west")
    assert "east.yaml (accounting.tenant_id 111) and west.yaml (accounting.tenant_id 222) pair Procore company " in told
    assert "Keep one of the files" in told
    broken = [one.name for one in platform.integrations() if isinstance(one, BrokenIntegration)]
    assert broken == ["east", "west"]
    (office.include / "integrations" / "east.yaml").unlink()
    assert not any(isinstance(one, BrokenIntegration) for one in platform.integrations())
    office.night.job_category()
    office.do(run, stages=[FIRST])


# -- mapping and expectation files ---------------------------------------------------------------------------------


def replaced(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_a_misspelt_field_in_a_mapping_file_stops_its_flow_only_and_names_the_nearest(office: Office) -> None:
    night = office.night
    night.job_category()
    night.company("Apex Steel")
    night.project("Tower")
    file = office.include / "mappings" / "xero" / "companies.yaml"
    replaced(file, "fax_number | phone", "fax_numbr | phone")
    told = office.fails(run, stages=[FIRST])
    assert "vendors_and_projects / companies: include/mappings/xero/companies.yaml: " in told
    assert "fields.Phones[PhoneType=FAX].PhoneNumber: 'fax_numbr' is not a known path." in told
    assert "fax_number" in told
    assert (night.contacts(), night.options()) == ([], ["Tower"])
    replaced(file, "fax_numbr", "fax_number")
    office.do(run, stages=[FIRST])
    assert night.contacts() == ["Apex Steel"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("expect_column_values_to_not_be_null", "expect_column_values_to_be_nice", "expectations.0.type"),
        (
            "kwargs: {column: Name}",
            "kwargs: {column: Name, mostly: often}",
            "expect_column_values_to_not_be_null on Name",
        ),
    ],
)
def test_an_unknown_expectation_is_named_and_stops_its_flow_only(office: Office, old: str, new: str, told: str) -> None:
    night = office.night
    night.job_category()
    night.company("Apex Steel")
    night.project("Tower")
    file = office.expect() / "xero.contacts.yaml"
    replaced(file, old, new)
    ended = office.fails(run, stages=[FIRST])
    assert "xero.contacts.yaml" in ended
    assert told in ended
    assert (night.contacts(), night.options()) == ([], ["Tower"])
    replaced(file, new, old)
    office.do(run, stages=[FIRST])
    assert night.contacts() == ["Apex Steel"]


# -- what a vendor may say -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 502])
def test_a_vendor_that_answers_with_a_web_page_stops_its_flow_only(office: Office, status: int) -> None:
    night = office.night
    night.job_category()
    night.company("Apex Steel")
    night.project("Tower")
    night.stage.fault(Fault(system="xero", kind="garbage", status=status, path="Contacts", executed=status == 200))
    told = office.fails(run, stages=[FIRST])
    assert "vendors_and_projects / contacts: Xero" in told
    assert ("not whole JSON" if status == 200 else "is in trouble (status 502)") in told
    assert night.options() == ["Tower"]
    night.stage.fault()
    office.do(run, stages=[FIRST])
    assert night.contacts() == ["Apex Steel"]


def test_a_record_that_the_vendor_refuses_stops_only_itself(night: Night) -> None:
    refused = night.company("Apex <Steel>")
    for name in ("Baker Electric LLC", "Zeller Roofing"):
        night.company(name)
    assert night.run(*BOTH)["companies"] == {"created": 2, "invalid": 1}
    [told] = night.open("companies")
    assert told.name == "Apex <Steel>"
    assert "The Contact Name must not contain angle brackets" in told.reason
    assert told.remedy == "Mend the name in Procore: no < or >, no stray spaces."
    night.edit(refused, name="Apex Steel")
    assert night.run(*BOTH)["companies"]["created"] == 1
    assert night.contacts() == ["Apex Steel", "Baker Electric LLC", "Zeller Roofing"]
    assert night.open("companies") == []


@pytest.mark.parametrize("flow", ["companies", "contacts"])
def test_a_vendor_that_refuses_a_part_of_a_batch_gets_that_part_again_next_night(night: Night, flow: str) -> None:
    names = [f"Company {letter * 5}" for letter in "ABCDEF"]
    make, system = (night.company, "xero") if flow == "companies" else (night.contact, "procore")
    night.set(companies={"export": "all", "import": "all"})
    for name in names:
        make(name)
    night.stage.fault(
        Fault(system=system, kind="partial_batch", method="PUT" if system == "xero" else "PATCH", times=1)
    )
    counts = night.run(*BOTH)[flow]
    assert (counts.pop("created"), sum(counts.values())) == (3, 3)
    assert len(night.open(flow)) == 3
    assert all(row.reason and row.remedy for row in night.open(flow))
    night.stage.fault()
    night.later(hours=1)
    assert night.run(*BOTH)[flow]["created"] == 3
    assert night.contacts() == names == sorted(one["name"] for one in night.stage.records("procore.vendors"))


# -- records -------------------------------------------------------------------------------------------------------


@pytest.mark.feature("XER-95")
def test_a_name_of_400_characters_is_invalid_and_never_cut(night: Night) -> None:
    night.with_suites = True
    long = night.company("Consolidated " * 40)
    night.company("Apex Steel")
    assert night.run(*BOTH)["companies"] == {"created": 1, "invalid": 1}
    [told] = night.open("companies")
    assert told.reason.startswith("Name: The company's name has more than 255 characters. (found 'Consolidated Conso")
    assert "(519 characters)" in told.reason
    assert told.remedy == "Shorten it in Procore."
    night.edit(long, name="Consolidated")
    assert night.run(*BOTH)["companies"]["created"] == 1
    assert night.contacts() == ["Apex Steel", "Consolidated"]


@pytest.mark.feature("XER-99")
def test_two_companies_with_one_name_are_both_held_until_one_is_renamed(night: Night) -> None:
    first, second = night.company("Front Range Drywall"), night.company("front range  drywall")
    night.company("Apex Steel")
    assert night.run(*BOTH)["companies"] == {"created": 1, "conflict": 2}
    told = {row.source_id: row for row in night.open("companies")}
    assert f"(also {second['id']})" in told[str(first["id"])].reason
    assert f"(also {first['id']})" in told[str(second["id"])].reason
    assert told[str(first["id"])].remedy == "Merge them in Procore or rename one of them."
    night.edit(second, name="Front Range Drywall of Boulder")
    assert night.run(*BOTH)["companies"]["created"] == 2


def test_three_megabytes_of_notes_do_no_harm(night: Night) -> None:
    night.company("Apex Steel", notes="n" * 3_000_000)
    night.company("Baker Electric LLC")
    assert night.run(*BOTH)["companies"] == {"created": 2}
    assert max(len(str(row)) for row in night.rows(catalog_record)) < 10_000


ODD_NAMES = {
    "emoji": ("Ångström & Söhne 🏗️ GmbH", "Ångström & Söhne 🏗️ GmbH"),
    "right to left": ("בנייה ובנייה בעמ", "בנייה ובנייה בעמ"),
    "template": ("{{ var.value.secret }} ${HOME} %(x)s", "{{ var.value.secret }} ${HOME} %(x)s"),
    "markup": ("[bold red]Acme[/] `rm -rf`; DROP TABLE link --", "[bold red]Acme[/] `rm -rf`; DROP TABLE link --"),
    "nul": ("Ac\x00me\x1b[31m Steel\x7f", "Acme[31m Steel"),
    "white space": ("  Apex \t Steel\r\nInc.  ", "Apex Steel Inc."),
    "quotes": ('O\'Brien "The" Builder\\', 'O\'Brien "The" Builder\\'),
}


@pytest.mark.parametrize("kind", ODD_NAMES)
def test_odd_names_are_carried_as_they_are_without_what_no_text_may_hold(any_night: Night, kind: str) -> None:
    night = any_night
    name, expected = ODD_NAMES[kind]
    company = night.company(name)
    assert night.run(*BOTH)["companies"] == {"created": 1}
    assert night.contacts() == [expected]
    night.later(hours=1)
    before = night.writes()
    night.run(*BOTH, scope=narrowed(full_refresh=True))
    assert night.writes() == before
    assert list(night.links("companies")) == [str(company["id"])]


def test_control_characters_that_are_left_out_are_told(night: Night) -> None:
    night.company("Ac\x00me Steel")
    night.run(*BOTH)
    assert "Name: control characters are left out." in night.told("companies")["Acme Steel"]


@pytest.mark.feature("XER-116")
@pytest.mark.parametrize(
    ("category", "told", "made"),
    [
        (
            "Jobs",
            "accounting.project_tracking_category: names 'Jobs', which Xero does not have. Xero has: Job.",
            ["Apex Steel"],
        ),
        (None, "accounting.project_tracking_category: is not set. Name one of: Job.", []),
    ],
)
def test_a_tracking_category_that_is_not_there_is_named_with_those_that_are(
    office: Office, category: str | None, told: str, made: list[str]
) -> None:
    night = office.night
    night.job_category()
    night.company("Apex Steel")
    night.project("Tower")
    right = night.settings["accounting"]
    night.set(accounting={**right, "project_tracking_category": category})
    assert told in office.fails(run, stages=[FIRST])
    assert night.contacts() == made
    night.set(accounting=right)
    office.do(run, stages=[FIRST])
    assert night.options() == ["Tower"]


def test_a_full_tracking_category_is_told_and_what_is_linked_goes_on(night: Night) -> None:
    tower = night.project("Tower")
    night.job_category()
    night.run(*STAGE_1)
    for number in range(99):
        night.option(f"Old job {number}")
    night.later(hours=1)
    night.edit(tower, name="Tower East")
    night.project("Mall")
    assert night.run("projects", "tracking_options")["projects"] == {"failed": 1, "updated": 1}
    [held] = night.open("projects")
    assert held.name == "Mall"
    assert "'Job' is full: it has 100 active options" in held.reason
    assert held.remedy == "Archive options of finished projects in Xero."
    assert "Tower East" in night.options()
    assert "Mall" not in night.options()
    old = next(one for one in night.stage.records("xero.tracking_options") if one["Name"] == "Old job 7")
    night.edit(old, Status="ARCHIVED")
    assert night.run("projects", "tracking_options")["projects"]["created"] == 1
    assert "Mall" in night.options()
    assert night.open("projects") == []


def test_a_linked_contact_that_is_archived_is_a_conflict_until_it_is_restored(night: Night) -> None:
    company = night.company("Apex Steel")
    night.run(*BOTH)
    night.later(hours=1)
    contact = night.contact_of(company)
    night.edit(contact, ContactStatus="ARCHIVED")
    night.edit(company, name="Apex Structural")
    assert night.run(*BOTH)["companies"] == {"conflict": 1}
    [told] = night.open("companies")
    assert told.reason == f"The linked 'Apex Steel' ({contact['ContactID']}) is archived in Xero."
    assert told.remedy.startswith("Restore it or link another: `airflow jobledger links relink test companies")
    night.edit(contact, ContactStatus="ACTIVE")
    assert night.run(*BOTH)["companies"] == {"updated": 1}
    assert night.contacts() == ["Apex Structural"]


def test_an_outage_in_the_middle_leaves_everything_for_the_next_night(night: Night) -> None:
    night.company("Apex Steel")
    night.stage.fault(Fault(system="xero", method="PUT", kind="status", status=429, retry_after=7200))
    with pytest.raises(RetryLater):
        night.run(*BOTH)
    night.stage.fault()
    night.later(hours=3)
    assert night.run(*BOTH)["companies"] == {"created": 1}
