"""The links pages: what is on one side only, automap, links by hand, push, archive, and CSV in and out."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from jobledger.pipeline.extract import extract
from jobledger.steps import SIDES, Job
from jobledger.store import links
from jobledger.store.engine import reading, writing
from jobledger.store.tables import dismissal
from sandbox.faults import Fault
from tests.pipeline.night import narrowed
from tests.web.conftest import HOSTILE, Pages

HEAD = "kind,procore_id,accounting_id"
PAGE = "/acme/links/companies"


@pytest.fixture(scope="module")
def names(pages: Pages) -> dict[str, str]:
    """Unlinked companies and contacts by name, two of them alike; their ids."""
    night = pages.desk.night
    night.set(companies={"export": "sent"})
    pages.acme.integrate(stages=pages.stages, companies={"export": "sent"})
    found = {}
    for name in ("Apex Steel, Inc.", "Birch Joinery", "Cedar Roofing", "Elm Paving"):
        found[name] = str(night.company(name)["id"])
    for name in ("Apex Steel", "Birch Joiners", "Dogwood Drywall", "Elm Pavers"):
        found[name] = night.contact(name)["ContactID"]
    night.run("companies", "contacts", stage="vendors_and_projects")
    return found


def linked(pages: Pages) -> dict[str, str]:
    with reading(pages.desk.night.engine) as connection:
        return links.linked_targets(connection, pages.desk.night.pair, "companies", "procore")


def rows(text: str) -> list[str]:
    """The names in a table's rows."""
    return [
        re.sub(r"<[^>]+>", "", one).split("\n")[0].strip()
        for one in re.findall(r'<th scope="row">(.*?)</th>', text, re.S)
    ]


def counted(text: str, tab: str) -> int:
    """The number on a tab."""
    found = re.search(rf'\?tab={tab}"[^>]*>.*?<b>([\d,]+)</b>', text)
    assert found
    return int(found[1].replace(",", ""))


def ids(names: dict[str, str], ours: str, theirs: str) -> dict[str, str]:
    return {"procore_id": names[ours], "accounting_id": names[theirs]}


def sent_file(pages: Pages, text: str) -> Any:
    """What somebody sees who chooses this file."""
    return pages.send("/acme/links/import", text=text)


def pair(names: dict[str, str], ours: str, theirs: str) -> str:
    return f"{names[ours]}\t{names[theirs]}"


@pytest.fixture
def apart(pages: Pages, names: dict[str, str]) -> Iterator[dict[str, str]]:
    """The names again, none of them linked before or after."""
    yield names
    night = pages.desk.night
    with writing(night.engine) as connection:
        for procore_id in set(names.values()) & set(linked(pages)):
            links.remove(connection, night.pair, "companies", procore_id)
        connection.execute(sa.delete(dismissal))


@pytest.mark.feature("SMX-QBO-16", "SMX-QBO-17", "XER-11")
def test_a_record_is_on_one_tab_by_whether_it_is_linked(pages: Pages, apart: dict[str, str]) -> None:
    assert "Birch Joinery" in rows(pages.get(PAGE, tab="procore").text)
    assert "Birch Joiners" in rows(pages.get(PAGE, tab="accounting").text)
    shown = pages.follow(pages.send(f"{PAGE}/link", **ids(apart, "Birch Joinery", "Birch Joiners")))
    assert "Birch Joinery is linked." in shown
    assert rows(shown) == ["Birch Joinery"]
    assert "Birch Joinery" not in rows(pages.get(PAGE, tab="procore").text)
    assert "Birch Joiners" not in rows(pages.get(PAGE, tab="accounting").text)


@pytest.mark.feature("SMX-QBO-22", "XER-11")
def test_the_counterpart_is_found_among_the_likely_ones_or_by_a_search(pages: Pages, apart: dict[str, str]) -> None:
    asked = {"side": "procore", "id": apart["Birch Joinery"]}
    likely = pages.get(f"{PAGE}/choose", **asked).text
    assert likely.index("Birch Joiners") < likely.index("All that are unlinked") < likely.index("Dogwood Drywall")
    found = pages.get(f"{PAGE}/choose", sought="dogw", **asked).text
    assert "Dogwood Drywall" in found
    assert "Birch Joiners" not in found
    assert "No unlinked record of Xero has" in pages.get(f"{PAGE}/choose", sought="zzz", **asked).text
    assert pages.get(f"{PAGE}/choose", side="procore", id="4711").status_code == 404


@pytest.mark.feature("SMX-QBO-19", "SMX-QBO-20", "SMX-QBO-21", "XER-12")
def test_automap_shows_score_and_evidence_and_has_chosen_what_is_sure(pages: Pages, apart: dict[str, str]) -> None:
    shown = pages.get(f"{PAGE}/automap").text
    sure, doubtful = (
        re.search(f'value="{pair(apart, *both)}"([^>]*)>', shown)
        for both in (("Apex Steel, Inc.", "Apex Steel"), ("Birch Joinery", "Birch Joiners"))
    )
    assert sure and " checked" in sure[1]
    assert doubtful and " checked" not in doubtful[1]
    assert "same name without &#39;INC&#39;" in shown
    assert "% alike" in shown


def test_the_chosen_proposals_are_linked_and_the_others_are_not(pages: Pages, apart: dict[str, str]) -> None:
    chosen = pair(apart, "Birch Joinery", "Birch Joiners")
    shown = pages.follow(pages.send(f"{PAGE}/automap", pairs=[chosen, "4711\tnobody"]))
    assert "1 linked. 1 are no longer proposed" in shown
    assert linked(pages)[apart["Birch Joinery"]] == apart["Birch Joiners"]
    assert apart["Apex Steel, Inc."] not in linked(pages)


def test_all_that_are_sure_are_linked_at_once(pages: Pages, apart: dict[str, str]) -> None:
    shown = pages.follow(pages.send(f"{PAGE}/automap", everything="true"))
    assert "1 linked." in shown
    assert linked(pages)[apart["Apex Steel, Inc."]] == apart["Apex Steel"]
    assert apart["Birch Joinery"] not in linked(pages)


def test_what_somebody_has_linked_is_not_undone_by_automap(pages: Pages, apart: dict[str, str]) -> None:
    pages.send(f"{PAGE}/link", **ids(apart, "Apex Steel, Inc.", "Dogwood Drywall"))
    pages.send(f"{PAGE}/automap", everything="true")
    assert linked(pages)[apart["Apex Steel, Inc."]] == apart["Dogwood Drywall"]


def test_two_of_which_somebody_says_that_they_differ_are_proposed_no_more(pages: Pages, apart: dict[str, str]) -> None:
    chosen = pair(apart, "Birch Joinery", "Birch Joiners")
    assert chosen in pages.get(f"{PAGE}/automap").text
    shown = pages.follow(pages.send(f"{PAGE}/differ", pairs=[chosen], reason="father and son"))
    assert "1 are proposed no more." in shown
    assert chosen not in shown


@pytest.mark.feature("XER-16")
def test_unlinking_leaves_both_records_and_links_nothing_again(pages: Pages, apart: dict[str, str]) -> None:
    both = ids(apart, "Birch Joinery", "Birch Joiners")
    pages.send(f"{PAGE}/link", **both)
    shown = pages.follow(pages.send(f"{PAGE}/unlink", ids=[both["procore_id"]]))
    assert "1 unlinked" in shown
    assert both["procore_id"] not in linked(pages)
    again = pages.send(f"{PAGE}/unlink", ids=[both["procore_id"]])
    assert (again.status_code, "is not linked" in again.text) == (409, True)


@pytest.mark.feature("XER-13", "XER-14")
def test_a_link_is_led_to_the_one_that_stays(pages: Pages, apart: dict[str, str]) -> None:
    pages.send(f"{PAGE}/link", **ids(apart, "Birch Joinery", "Birch Joiners"))
    refused = pages.send(f"{PAGE}/link", **ids(apart, "Birch Joinery", "Dogwood Drywall"))
    assert (refused.status_code, "is linked with" in refused.text) == (409, True)
    asked = {"side": "procore", "id": apart["Birch Joinery"], "instead": "true"}
    assert "takes the place of the one" in pages.get(f"{PAGE}/choose", **asked).text
    pages.send(f"{PAGE}/link", **ids(apart, "Birch Joinery", "Dogwood Drywall"), instead="true")
    assert linked(pages)[apart["Birch Joinery"]] == apart["Dogwood Drywall"]


@pytest.mark.feature("XER-17", "XER-18", "XER-19", "XER-37")
def test_what_is_put_away_is_neither_proposed_nor_listed_until_it_is_back(pages: Pages, apart: dict[str, str]) -> None:
    away = {"ids": [apart["Apex Steel"]], "side": "accounting", "tab": "accounting"}
    shown = pages.follow(pages.send(f"{PAGE}/put-away", **away))
    assert "Apex Steel" not in rows(shown)
    assert pair(apart, "Apex Steel, Inc.", "Apex Steel") not in pages.get(f"{PAGE}/automap").text
    assert "Apex Steel" in rows(pages.get(PAGE, tab="archived").text)
    pages.send(f"{PAGE}/bring-back", **away)
    assert "Apex Steel" in rows(pages.get(PAGE, tab="accounting").text)


@pytest.mark.feature("XER-17")
def test_what_is_put_away_while_its_write_is_unanswered_is_left_out_of_the_number_once(pages: Pages) -> None:
    night = pages.desk.night
    night.set(companies={"export": "sent"})
    pages.acme.integrate(stages=pages.stages, companies={"export": "sent"})
    company = str(night.company("Fjord Welding")["id"])
    night.later(hours=1)
    night.run("companies", stage="vendors_and_projects")
    scope = narrowed(only_records=(f"companies:{company}",))
    pages.send(f"{PAGE}/push", side="procore", ids=[company])
    night.stage.fault(Fault(system="xero", method="PUT", path="Contacts", kind="drop_after_commit", times=99))
    assert night.run("companies", stage="vendors_and_projects", scope=scope)["companies"] == {"unknown": 1}
    night.stage.fault()
    pages.send(f"{PAGE}/put-away", ids=[company], side="procore", tab="procore")
    night.later(hours=1)
    night.run("companies", stage="vendors_and_projects", scope=scope)
    assert company in linked(pages)
    for tab in ("procore", "accounting", "linked", "archived"):
        shown = pages.get(PAGE, tab=tab).text
        assert counted(shown, tab) == len(rows(shown))


@pytest.mark.feature("XER-37", "XER-91")
def test_an_archived_pair_is_on_its_own_tab_until_it_is_restored(pages: Pages, apart: dict[str, str]) -> None:
    both = ids(apart, "Birch Joinery", "Birch Joiners")
    pages.send(f"{PAGE}/link", **both)
    pages.send(f"{PAGE}/archive", ids=[both["procore_id"]])
    assert "Birch Joinery" in rows(pages.get(PAGE, tab="archived").text)
    assert "Birch Joinery" not in rows(pages.get(PAGE, tab="linked").text)
    pages.send(f"{PAGE}/restore", ids=[both["procore_id"]])
    assert "Birch Joinery" in rows(pages.get(PAGE, tab="linked").text)


@pytest.mark.feature("SMX-QBO-48", "SMX-QBO-49")
def test_a_csv_file_is_shown_before_it_changes_anything(pages: Pages, apart: dict[str, str]) -> None:
    ours, theirs = apart["Birch Joinery"], apart["Birch Joiners"]
    text = f"{HEAD}\ncompanies,{ours},{theirs}\ncompanies,{apart['Elm Paving']},\n"
    answer = pages.send("/acme/links/import", files={"file": ("links.csv", text.encode())})
    assert "1 new" in answer.text
    assert "1 not filled in" in answer.text
    assert "Birch Joinery = Birch Joiners" in answer.text
    assert ours not in linked(pages)
    seen = re.search(r'name="seen" value="(\w+)"', answer.text)
    assert seen
    assert "1 linked." in pages.follow(pages.send("/acme/links/import", text=text, seen=seen[1]))
    assert linked(pages)[ours] == theirs
    again = pages.send("/acme/links/import", text=text, seen=seen[1])
    assert "Something was linked meanwhile." in again.text
    assert "1 linked already" in again.text


def test_three_wrong_lines_are_told_by_number_and_nothing_is_linked(pages: Pages, apart: dict[str, str]) -> None:
    ours, theirs = apart["Birch Joinery"], apart["Birch Joiners"]
    lines = [
        f"companies,{ours},{theirs}",
        "companies,4711,x",
        "vendors,1,2",
        f"companies,{apart['Elm Paving']},{theirs}",
    ]
    shown = sent_file(pages, "\n".join([HEAD, *lines])).text
    assert "3 wrong" in shown
    assert re.findall(r'class="number">(\d)</td>', shown) == ["3", "4", "5", "2"]
    assert "4711: is not known" in shown
    assert "no kind of links &#39;vendors&#39;" in shown
    assert f"is linked with {ours} already" in shown
    assert ours not in linked(pages)


@pytest.mark.parametrize(("text", "told"), [("a,b\n1,2\n", "has no column kind"), ("", "Choose a CSV file.")])
def test_what_is_no_such_file_says_so(pages: Pages, text: str, told: str) -> None:
    answer = pages.send("/acme/links/import", files={"file": ("links.csv", text.encode())})
    assert answer.status_code in {409, 422}
    assert told in answer.text


def test_a_file_that_is_too_large_is_refused(pages: Pages) -> None:
    answer = pages.send("/acme/links/import", files={"file": ("links.csv", b"x" * 2_000_001)})
    assert answer.status_code == 413


def test_what_is_saved_as_csv_has_everything_and_can_be_brought_back(pages: Pages, apart: dict[str, str]) -> None:
    pages.send(f"{PAGE}/link", **ids(apart, "Birch Joinery", "Birch Joiners"))
    answer = pages.get(f"{PAGE}.csv")
    found = {row["procore_name"] or row["accounting_name"]: row for row in csv.DictReader(io.StringIO(answer.text))}
    assert found["Birch Joinery"]["accounting_id"] == apart["Birch Joiners"]
    assert found["Elm Paving"]["state"] == "procore only"
    assert found["Dogwood Drywall"]["procore_id"] == ""
    assert HOSTILE in found
    shown = sent_file(pages, answer.text).text
    assert "0 wrong" in shown
    assert "The file links nothing new." in shown


@pytest.mark.feature("XER-15", "XER-34")
def test_both_sides_are_read_anew_by_a_run_that_writes_nothing(pages: Pages, names: dict[str, str]) -> None:
    assert "Read both sides anew" in pages.get(PAGE, "user", tab="linked").text
    shown = pages.follow(pages.send(f"{PAGE}/refresh", tab="linked"))
    assert "Both sides are being read anew." in shown
    assert pages.started()[-1] == {"mode": "plan", "full_refresh": True, "sides": "both"}
    asked = re.search(r'hx-get="/jobledger/acme/progress\?([^"]+)"', shown)
    assert asked
    told = pages.get("/acme/progress", **pages.query(asked[1])).text
    assert "queued" in told
    assert "hx-get" in told


@pytest.mark.feature("SMX-QBO-18", "XER-15")
@pytest.mark.parametrize(("tab", "name", "other"), [("procore", "Procore", "xero"), ("accounting", "Xero", "procore")])
def test_a_list_of_one_side_is_read_anew_from_that_side_alone(pages: Pages, tab: str, name: str, other: str) -> None:
    night = pages.desk.night
    night.company(f"Kestrel {name}")
    night.contact(f"Kestrel {name} of the books")
    night.later(hours=1)
    assert f"Read {name} anew" in pages.get(PAGE, "user", tab=tab).text
    shown = pages.follow(pages.send(f"{PAGE}/refresh", tab=tab))
    assert f"{name} is being read anew." in shown
    conf = pages.started()[-1]
    job = Job("acme", "vendors_and_projects", ("companies", "contacts"), "one side", conf)
    night.asked(other)
    for flow in job.flows:
        extract(night.flow_run(flow, "one side", job.flows, mode=job.mode, scope=job.scope, stage=job.stage))
    assert night.asked(other) == []
    there = {side: f"Kestrel {name}" in pages.get(PAGE, tab=side, sought=f"kestrel {name}").text for side in SIDES}
    assert there == {side: side == tab for side in SIDES}


def test_a_name_that_more_than_one_record_has_is_marked(pages: Pages, names: dict[str, str]) -> None:
    night = pages.desk.night
    night.company("Twin Pines", vendor_group="a")
    night.company("TWIN  Pines", vendor_group="b")
    night.later(hours=1)
    night.run("companies", stage="vendors_and_projects")
    assert pages.get(PAGE, tab="procore", sought="twin").text.count("2 of this name") == 2


def test_a_long_list_comes_in_parts_and_none_is_left_out(pages: Pages, names: dict[str, str]) -> None:
    night = pages.desk.night
    for number in range(205):
        night.company(f"Zeller {number:03}")
    night.later(hours=1)
    night.run("companies", stage="vendors_and_projects")
    found: list[str] = []
    query: dict[str, Any] = {"tab": "procore", "sought": "zeller"}
    while query:
        shown = pages.get(PAGE, **query).text
        found += rows(shown)
        more = re.search(r'rel="next" href="\?([^"]+)"', shown)
        query = pages.query(more[1]) if more else {}
    assert found == [f"Zeller {number:03}" for number in range(205)]


def test_a_project_is_found_by_its_number_and_name_in_one(pages: Pages) -> None:
    night = pages.desk.night
    night.project("Lift Station", project_number="26-901")
    night.set(projects={"export": "sent"})
    night.later(hours=1)
    night.run("projects", "tracking_options", stage="vendors_and_projects")
    page = "/acme/links/projects"
    for sought in ("26-901 Lift Station", "26-901", "lift", "26-901 lift"):
        assert len(rows(pages.get(page, tab="procore", sought=sought).text)) == 1
    assert "out of use there" in pages.get(page, tab="procore", sought="26-902 Lift").text


def test_a_kind_that_is_not_there_is_not_found(pages: Pages) -> None:
    assert pages.get("/acme/links/tax_codes").status_code == 404


@pytest.mark.feature("SMX-QBO-23", "SMX-QBO-24", "SMX-QBO-25", "SMX-QBO-26", "XER-9", "XER-10")
def test_a_record_that_is_pushed_is_carried_over_and_linked(pages: Pages, apart: dict[str, str]) -> None:
    shown = pages.follow(pages.send(f"{PAGE}/push", side="procore", ids=[apart["Cedar Roofing"]]))
    assert "1 are being carried over." in shown
    pages.follow(pages.send(f"{PAGE}/push", side="accounting", everything="true"))
    one, every = (conf["only_records"] for conf in pages.started()[-2:])
    assert one == [f"companies:{apart['Cedar Roofing']}"]
    assert f"contacts:{apart['Dogwood Drywall']}" in every
    for only in (one, every):
        pages.desk.night.later(hours=1)
        scope = narrowed(only_records=tuple(only))
        pages.desk.night.run("companies", "contacts", stage="vendors_and_projects", scope=scope)
    assert apart["Cedar Roofing"] in linked(pages)
    assert apart["Dogwood Drywall"] in linked(pages).values()
    assert pages.send(f"{PAGE}/push", side="procore").status_code == 422


@pytest.mark.feature("SMX-QBO-27")
@pytest.mark.parametrize("way", ["unlinked and put away", "archived"])
def test_a_pushed_company_that_nobody_wants_is_removed_and_does_not_come_back(pages: Pages, way: str) -> None:
    night = pages.desk.night
    night.set(companies={"export": "sent", "import": "on_request"})
    contact = night.contact(f"Gannet Gravel {way}")
    night.later(hours=1)
    night.run("companies", "contacts", stage="vendors_and_projects")
    pages.send(f"{PAGE}/push", side="accounting", ids=[contact["ContactID"]])
    scope = narrowed(only_records=tuple(pages.started()[-1]["only_records"]))
    night.run("companies", "contacts", stage="vendors_and_projects", scope=scope)
    vendor = next(ours for ours, theirs in linked(pages).items() if theirs == contact["ContactID"])
    assert contact["Name"] in rows(pages.get(PAGE, tab="linked", sought="gannet").text)
    if way == "archived":
        pages.send(f"{PAGE}/archive", ids=[vendor])
    else:
        pages.send(f"{PAGE}/unlink", ids=[vendor])
        pages.send(f"{PAGE}/put-away", ids=[contact["ContactID"]], side="accounting", tab="accounting")
    night.stage.sandbox.vendors["procore"].remove("vendors", vendor)
    # whatever can be carried over is carried over: what is put away or archived is not
    night.set(companies={"export": "all", "import": "all"})
    for _ in range(2):
        night.later(hours=1)
        whole = narrowed(full_refresh=True)
        night.run("companies", "contacts", stage="vendors_and_projects", scope=whole)
    assert contact["Name"] not in [one["name"] for one in night.stage.records("procore.vendors")]
    assert contact["Name"] not in [one.name for flow in ("companies", "contacts") for one in night.open(flow)]
    assert next(one for one in night.stage.records("xero.contacts") if one["ContactID"] == contact["ContactID"])
    assert contact["Name"] not in rows(pages.get(PAGE, tab="accounting", sought="gannet").text)
