"""An accountant adopts two half-filled directories through the pages alone, in a running Airflow and a real browser.

The tests are chapters of one story, in their order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser, BrowserContext, Page, expect

from demo.ports import HOST
from sandbox.datasets import truth
from tests.deployment import INTEGRATION, Deployment, deployed
from tests.embedded_postgres import EmbeddedPostgres
from tests.pipeline.desk import Desk
from tests.pipeline.night import ROOT
from tests.web.browser import browsing, needs_chromium

pytestmark = [pytest.mark.full, needs_chromium, pytest.mark.timeout(2400)]

STAGES = ["vendors_and_projects", "cost_codes_and_budget", "commitments_and_change_orders"]
DAGS = [f"{INTEGRATION}.{stage}" for stage in STAGES]
SETTINGS = {
    "live": False,
    "cutover": "2026-01-01",
    "stages": STAGES,
    "approvals": {"default": "automatic", "companies": "required"},
    "cost_codes": {"sub_jobs": "ignore"},
    "companies": {"export": "all"},
    "projects": {"export": "all"},
    "defaults": {"purchase_account": "5000"},
    "retainage": {"item": "RETAINAGE"},
}
USERS = {"vera": "viewer", "ed": "user", "ann": "op"}
HALF_A_MINUTE = 30_000


@dataclass
class Story:
    """The deployment, and a browser in which several people are logged in."""

    deployment: Deployment
    browser: Browser
    passwords: dict[str, str]
    at: str = field(init=False)
    people: dict[str, BrowserContext] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.at = f"http://{HOST}:{self.deployment.ports.airflow}"

    def log_in(self, name: str) -> Page:
        """Logs in as one does, through Airflow's form."""
        context = self.people[name] = self.browser.new_context(viewport={"width": 1500, "height": 950})
        page = context.new_page()
        page.set_default_timeout(HALF_A_MINUTE)
        page.goto(self.at)
        page.fill("input[name=username]", name)
        page.fill("input[name=password]", self.passwords[name])
        page.click("button[type=submit]")
        page.wait_for_url(lambda url: "login" not in url)
        return page

    def page(self, name: str, path: str) -> Page:
        """A page of Jobledger, as somebody who is logged in sees it."""
        if name not in self.people:
            self.log_in(name)
        page = self.people[name].new_page()
        page.set_default_timeout(HALF_A_MINUTE)
        page.goto(f"{self.at}/jobledger/{path}")
        return page

    def run(self, name: str, stage: str, button: str = "Run") -> None:
        """Presses a button of a stage on the overview, and waits until its run has ended."""
        page = self.page(name, "")
        page.get_by_label(f"{button} {stage.replace('_', ' ').capitalize()} now").click()
        expect(page.locator(".note")).to_contain_text("is started")
        self.ended(stage)

    def ended(self, stage: str) -> None:
        """Waits until no run of a stage is under way; the last one has succeeded."""
        api, dag_id = self.deployment.api, f"{INTEGRATION}.{stage}"
        self.deployment.until(lambda: not api.has_unfinished_runs(dag_id), 600)
        last = api.newest_run(dag_id)
        assert last and last["state"] == "success", last

    def write_setting(self, **changes: Any) -> None:
        """An administrator changes the integration's file."""
        file = self.deployment.place.folder / "include" / "integrations" / f"{INTEGRATION}.yaml"
        file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | changes))

    @property
    def desk(self) -> Desk:
        return self.deployment.desk


def half_filled(desk: Desk) -> None:
    """Both directories are half filled, as after years of typing everything twice."""
    desk.stage.sandbox.reset("adopt")
    for vendor in desk.stage.sandbox.vendors.values():
        vendor.quota.set_mode(10)


@pytest.fixture(scope="module")
def story(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder: Path = tmp_path_factory.mktemp("story")
    users = ",".join(["admin:admin", *(f"{name}:{role}" for name, role in USERS.items())])
    around = {"AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": users, "AIRFLOW__JOBLEDGER__APPROVERS": "ann"}
    url = server.new_database("story")
    with deployed(folder, url, ROOT / "dags", half_filled, SETTINGS, around) as deployment, browsing() as browser:
        deployment.parsed(*DAGS)
        yield Story(deployment, browser, json.loads((folder / "passwords.json").read_text()))


def test_a_viewer_opens_jobledger_in_airflows_menu_and_may_only_look(story: Story) -> None:
    page = story.log_in("vera")
    page.goto(f"{story.at}/plugin/jobledger")
    frame = page.frame_locator("iframe")
    expect(frame.locator("h1")).to_have_text("Overview")
    expect(frame.locator("body")).to_contain_text("not live: every run is a plan")
    assert frame.get_by_role("button").count() == 0


def test_an_editor_plans_a_night_and_the_checklist_says_what_is_missing(story: Story) -> None:
    for stage in STAGES[:2]:
        story.run("ed", stage, "Plan")
    checks = story.page("ed", f"{INTEGRATION}/settings").locator(".checks")
    expect(checks).to_contain_text("may be on the other side already.")
    assert story.desk.night.writes() == 0


@pytest.mark.feature("SMX-QBO-31")
def test_automap_links_what_is_sure(story: Story) -> None:
    for kind in ("companies", "projects", "cost_codes"):
        page = story.page("ed", f"{INTEGRATION}/links/{kind}/automap")
        assert page.locator("input[name=pairs]:checked").count() > 0
        page.get_by_role("button", name="that are sure").click()
        expect(page.locator(".note")).to_contain_text("linked.")
    found, same = set(_named_pairs(story)), set(truth("adopt")["companies"])
    assert found <= same
    assert len(same - found) <= 1


def test_three_wrong_lines_of_a_csv_file_are_shown_and_nothing_is_linked(story: Story, tmp_path: Path) -> None:
    file = tmp_path / "links.csv"
    file.write_text("kind,procore_id,accounting_id\ncompanies,1,2\nvendors,3,4\nprojects,5,6\n")
    before = len(_named_pairs(story))
    page = story.page("ed", f"{INTEGRATION}/links/import")
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="See what it would change").click()
    expect(page.locator("main")).to_contain_text("3 wrong")
    assert page.locator("tr.red").count() == 3
    assert len(_named_pairs(story)) == before


@pytest.mark.feature("SMX-QBO-22", "SMX-QBO-47")
def test_what_is_doubtful_is_linked_or_dismissed_by_hand_until_nothing_is_open(story: Story) -> None:
    for flow in ("companies", "projects"):
        same = dict(truth("adopt")[f"{flow}_doubtful"])
        page = story.page("ed", f"{INTEGRATION}/open?flow={flow}")
        for name in [one for one in _names(page) if one in same]:
            page.goto(f"{story.at}/jobledger/{INTEGRATION}/open?flow={flow}")
            page.locator("tr", has=page.get_by_role("link", name=name, exact=True)).first.locator(".way").click()
            choice = page.locator(".choice", has_text=same[name])
            # of two companies of one name the first one has got it
            if choice.count():
                choice.first.click()
                page.get_by_role("button", name="Link", exact=True).click()
                expect(page.locator(".note")).to_contain_text("is linked.")
    for stage in STAGES[:2]:
        story.run("ed", stage, "Plan")
    for flow in ("companies", "projects", "cost_codes"):
        page = story.page("ed", f"{INTEGRATION}/open?flow={flow}")
        if page.locator("input[name=ids]").count():
            page.evaluate("document.querySelectorAll('input[name=ids]').forEach((one) => one.checked = true)")
            page.get_by_label("Reason").fill("another firm")
            page.get_by_role("button", name="Dismiss the chosen ones").click()
    checks = story.page("ed", f"{INTEGRATION}/settings").locator(".checks .bad")
    assert [one.inner_text() for one in checks.all()] == []


@pytest.mark.feature("SMX-QBO-10", "SMX-QBO-11", "SMX-QBO-14")
def test_the_first_night_runs_and_companies_wait_for_the_accountant(story: Story) -> None:
    story.write_setting(live=True)
    story.run("ed", STAGES[0])
    for stage in STAGES[1:]:
        story.ended(stage)
    page = story.page("ed", f"{INTEGRATION}/approvals?flow=companies")
    expect(page.locator("main")).to_contain_text("You may look, and an accounting approver decides.")
    assert page.locator("input[name=chosen]").count() > 5


def test_what_is_edited_after_its_acceptance_waits_again(story: Story) -> None:
    page = story.page("ann", f"{INTEGRATION}/approvals?flow=companies")
    name = page.locator("tbody th a").first.inner_text()
    page.locator("tbody th a").first.click()
    page.get_by_role("button", name="Accept it").click()
    expect(page.locator(".note")).to_contain_text("1 accepted")
    [vendor] = [one for one in story.desk.stage.records("procore.vendors") if one["name"] == name]
    story.desk.seed("vendors", {"id": vendor["id"], "name": f"{name} of Denver"})
    story.run("ann", STAGES[0])
    page = story.page("ann", f"{INTEGRATION}/approvals?flow=companies")
    expect(page.locator("tbody")).to_contain_text(f"{name} of Denver")
    assert name not in story.desk.night.contacts()


@pytest.mark.feature("XER-7", "XER-9")
def test_the_accountant_accepts_all_and_the_run_that_writes_them_shows_its_progress(story: Story) -> None:
    page = story.page("ann", f"{INTEGRATION}/approvals?flow=companies")
    waiting = page.locator("input[name=chosen]").count()
    before = len(story.desk.night.contacts())
    page.evaluate("document.querySelectorAll('input[name=chosen]').forEach((one) => one.checked = true)")
    page.get_by_role("button", name="Accept and write now").click()
    expect(page.locator(".hint")).to_contain_text("what came of it", timeout=300_000)
    story.ended(STAGES[0])
    assert len(story.desk.night.contacts()) == before + waiting
    expect(story.page("ann", f"{INTEGRATION}/approvals").locator(".empty")).to_be_visible()


@pytest.mark.feature("XER-11", "XER-16", "XTR-19")
def test_a_blocked_commitment_is_created_once_its_company_is_linked(story: Story) -> None:
    desk = story.desk
    desk.seed("vendors", {"name": "Quartz Quarry"})
    desk.books("contacts", {"Name": "Q. Quarries of the West"})
    [vendor] = [one for one in desk.stage.records("procore.vendors") if one["name"] == "Quartz Quarry"]
    desk.subcontract(number="SC-901", title="Stone", vendor_id=vendor["id"])
    story.run("ed", STAGES[0])
    for stage in STAGES[1:]:
        story.ended(stage)
    page = story.page("ed", f"{INTEGRATION}/open?flow=commitments")
    row = page.locator("tr", has_text="SC-901")
    expect(row).to_contain_text("'Quartz Quarry', not linked yet")
    page.goto(f"{story.at}/jobledger/{INTEGRATION}/links/companies?tab=procore&sought=quartz")
    page.get_by_label("Link Quartz Quarry").click()
    page.locator("#sought").press_sequentially("west")
    expect(page.locator("#found .choice")).to_have_count(1)
    page.get_by_text("Q. Quarries of the West").click()
    page.get_by_role("button", name="Link", exact=True).click()
    expect(page.locator(".note")).to_contain_text("Quartz Quarry is linked.")
    page.goto(f"{story.at}/jobledger/{INTEGRATION}/open?flow=commitments")
    page.locator("tr", has_text="SC-901").locator("input").check()
    page.get_by_role("button", name="Try the chosen ones again").click()
    expect(page.locator(".note")).to_contain_text("Tried again by")
    story.ended(STAGES[2])
    assert desk.order("SC-901")["Contact"]["Name"] == "Q. Quarries of the West"
    expect(story.page("ed", f"{INTEGRATION}/open?flow=commitments").locator("main")).not_to_contain_text("SC-901")


def _names(page: Page) -> list[str]:
    return [one.inner_text() for one in page.locator("tbody th a").all()]


def _named_pairs(story: Story) -> list[tuple[str, str]]:
    """The linked companies and contacts, by their names."""
    night = story.desk.night
    ours = {str(one["id"]): one["name"] for one in story.desk.stage.records("procore.vendors")}
    theirs = {one["ContactID"]: one["Name"] for one in story.desk.stage.records("xero.contacts")}
    return [(ours[one], theirs[other]) for one, other in night.links("companies").items()]
