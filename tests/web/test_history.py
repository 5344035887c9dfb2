"""History: a run's records, what is open, a record's life; retry and dismiss."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from jobledger import platform
from jobledger.store import history
from jobledger.store.engine import reading
from jobledger.web import history as shown
from jobledger.web.pages import words
from jobledger.web.ways import address, in_words, way_out
from tests.web.conftest import HOSTILE, Pages
from tests.web.test_overview import queued


def run_of(pages: Pages, flow: str, which: int = 0) -> int:
    """The row of a flow's run, counted from the newest."""
    with reading(platform.engine()) as connection:
        rows = history.runs(connection, pages.desk.night.pair, 1000)
    return int([row.id for row in rows if row.flow == flow][which])


def source_of(pages: Pages, flow: str, name: str) -> str:
    with reading(platform.engine()) as connection:
        rows = history.life_of(connection, pages.desk.night.pair, name)
    return str(next(row.source_id for row in rows if row.flow == flow))


def words_of(text: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))


@pytest.mark.feature("PEX-34")
def test_every_flow_of_every_run_is_listed_with_its_money(pages: Pages) -> None:
    text = pages.get("/acme/runs").text
    for flow in ("companies", "commitments", "invoices", "job_costs"):
        assert len(re.findall(rf'/runs/\d+">{words(flow)}</a>', text)) == 3
    bills = words_of(text).partition("Invoices")[2]
    assert "1 created" in bills
    assert "900.00" in bills


def test_a_run_lists_its_records_by_outcome_with_reason_and_remedy(pages: Pages) -> None:
    run = run_of(pages, "companies")
    everything = words_of(pages.get(f"/acme/runs/{run}").text)
    assert "2 invalid" in everything
    invalid = pages.get(f"/acme/runs/{run}", outcome="invalid").text
    assert "has more than 255 characters" in words_of(invalid)
    assert 'class="remedy"' in invalid
    assert "No record of this outcome" in words_of(pages.get(f"/acme/runs/{run}", outcome="conflict").text)


def test_a_change_is_shown_field_by_field(pages: Pages) -> None:
    text = words_of(pages.get(f"/acme/runs/{run_of(pages, 'commitments')}").text)
    assert re.search(r"Plumbing Plumbing, complete", text)


@pytest.mark.feature("XER-46", "XER-55", "XER-61")
def test_a_record_shows_its_whole_life_and_the_log_of_each_run(pages: Pages) -> None:
    contract = source_of(pages, "commitments", "SC-014")
    text = pages.get(f"/acme/records/commitments/{contract}").text
    life = words_of(text)
    assert life.index("updated") < life.index("created")
    assert "Plumbing, complete" in life
    assert len(re.findall(r"/dags/acme\.commitments_and_change_orders/runs/[^\"]+/tasks/commitments\.load", text)) == 2
    assert pages.get("/acme/records/commitments/unheard-of").status_code == 404


@pytest.mark.parametrize(
    ("about", "page"),
    [
        ({"project": "7", "type": "subcontract"}, "7/project/commitments/work_order_contracts/42"),
        ({"project": "7", "type": "purchase_order"}, "7/project/commitments/purchase_order_contracts/42"),
        ({"project": "7"}, "7/project/home"),
    ],
)
def test_a_commitment_leads_to_its_page_in_procore(pages: Pages, about: dict[str, str], page: str) -> None:
    pages.acme.connect("procore", host="https://api.procore.com")
    paired = platform.integration("acme")
    assert address(paired, "procore.commitments", "42", about) == f"https://app.procore.com/{page}"
    pages.acme.connect("procore")
    assert address(paired, "procore.commitments", "42", about) is None


def test_a_list_goes_on_where_its_page_ends_and_shows_each_line_once(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown, "ROWS", 10)
    seen: list[str] = []
    path, query = "/acme/runs", {}
    while True:
        text = pages.get(path, **query).text
        seen += re.findall(r'<th scope="row"><a href="[^"]+/runs/(\d+)"', text)
        onward = re.search(r'rel="next" href="\?before=(\d+)"', text)
        if not onward:
            break
        query = {"before": onward[1]}
    assert len(seen) == len(set(seen)) > 30
    assert seen == sorted(seen, key=int, reverse=True)


def test_a_hostile_name_is_shown_as_it_is_written(pages: Pages) -> None:
    run = run_of(pages, "companies", which=2)
    text = pages.get(f"/acme/runs/{run}", outcome="invalid").text
    assert html.escape(HOSTILE).replace("&#x27;", "&#39;") in text
    assert HOSTILE not in text


@pytest.mark.feature("PEX-35")
def test_open_records_are_tried_again_by_a_run_of_their_own(pages: Pages) -> None:
    source = source_of(pages, "companies", "x" * 300)
    assert source in pages.get("/acme/open").text
    told = pages.follow(pages.send("/acme/open/retry", flow="companies", ids=[source]))
    run = queued("acme.vendors_and_projects")
    assert f"Tried again by {run.run_id}: 1." in html.unescape(told)
    assert run.conf == {"only_records": [source]}


def test_an_open_record_is_dismissed_with_a_reason_and_stays_in_its_life(pages: Pages) -> None:
    source = source_of(pages, "companies", "x" * 300)
    unsaid = pages.send("/acme/open/dismiss", flow="companies", ids=[source], reason=" ")
    assert unsaid.status_code == 422
    assert "Say why" in unsaid.text
    told = pages.follow(pages.send("/acme/open/dismiss", flow="companies", ids=[source], reason="nobody bills us so"))
    assert "1 dismissed." in told
    assert source not in pages.get("/acme/open").text
    life = words_of(pages.get(f"/acme/records/companies/{source}").text)
    assert "Dismissed by a user" in life
    assert "nobody bills us so" in life


@pytest.mark.parametrize(
    ("remedy", "words", "way"),
    [
        (
            "If it is, `airflow jobledger links link acme companies 7 x9`; if not,"
            " `airflow jobledger links dismiss acme companies 7 x9`.",
            "If it is, link it; if not, say so.",
            ("Link…", "links/companies/choose?side=procore&id=7"),
        ),
        (
            "Lead the link to the one that stays: `airflow jobledger links relink acme companies ID x9`.",
            "Lead the link to the one that stays.",
            ("Link…", "links/companies/choose?side=accounting&id=x9&instead=true"),
        ),
        (
            "Take the link away: `airflow jobledger links unlink acme companies 7`.",
            "Take the link away.",
            ("Find its link", "links/companies?tab=linked&sought=7"),
        ),
        ("`airflow jobledger approvals accept acme companies 7`.", "Accept it.", ("Decide", "approvals/companies/7")),
        ("Set cost_codes.sub_jobs to ignore.", "Set cost_codes.sub_jobs to ignore.", ("Settings", "settings")),
        ("Correct the total in Procore.", "Correct the total in Procore.", None),
    ],
)
def test_a_remedy_is_in_words_and_leads_to_what_settles_it(remedy: str, words: str, way: Any) -> None:
    assert (in_words(remedy), way_out(remedy)) == (words, way)


def test_a_parent_that_is_not_linked_is_found_among_those_that_are_not() -> None:
    reason = "'SC-901': refers to companies 'O'Dell & Sons', not linked yet."
    found = way_out("Link or export it first.", reason)
    assert found == ("Find it", "links/companies?tab=procore&sought=O%27Dell+%26+Sons")
    reason = "'SC-901': line 2: refers to cost codes '03-300.S Walls', not linked yet."
    found = way_out("Link or export it first.", reason)
    assert found == ("Find it", "links/cost_codes?tab=procore&sought=03-300.S+Walls")
