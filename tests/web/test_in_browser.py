"""The pages in a real browser: accessible, on a phone too, by keyboard, with scripts and without."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import uvicorn
from airflow.api_fastapi.app import get_auth_manager
from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from playwright.sync_api import Browser, Page

from jobledger.web.app import PREFIX
from tests.web.browser import browsing, needs_chromium, violations
from tests.web.conftest import Pages, somebody

pytestmark = [needs_chromium, pytest.mark.timeout(300)]

SHOWN = {
    "overview": "/",
    "linked": "/acme/links/companies?tab=linked",
    "Procore only": "/acme/links/companies?tab=procore",
    "automap": "/acme/links/companies/automap",
    "links from CSV": "/acme/links/import",
    "approvals": "/acme/approvals",
    "open records": "/acme/open",
    "a run": "/acme/runs/1",
    "reports": "/acme/reports/tieout",
    "settings": "/acme/settings",
}


WIDE = """[...document.querySelectorAll('body *')].filter((one) => !one.closest('.wide, .skip, .hidden')
    && one.getBoundingClientRect().right > innerWidth).map((one) => one.outerHTML.slice(0, 120))"""
"""Elements that reach out of the window; a wide table scrolls in a region of its own."""


@pytest.fixture(scope="module")
def address(pages: Pages) -> Iterator[str]:
    """Where the application is served."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(pages.client.app, port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}{PREFIX}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as one:
        yield one


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Any]:
    """Opens a page as somebody of a role."""
    contexts = []

    def opened(path: str, role: str = "user", **options: Any) -> Page:
        token = get_auth_manager().generate_jwt(somebody(role))
        context = browser.new_context(extra_http_headers={"Authorization": f"Bearer {token}"}, **options)
        contexts.append(context)
        page = context.new_page()
        page.goto(address + path)
        return page

    yield opened
    for context in contexts:
        context.close()


def broken(page: Page, names: Iterable[str] = SHOWN, only: str = "") -> dict[str, list[str]]:
    """What some pages break."""
    found = {}
    for name, path in ((name, SHOWN[name]) for name in names):
        page.goto(page.url.partition(PREFIX)[0] + PREFIX + path)
        found[name] = violations(page, only)
    return {name: some for name, some in found.items() if some}


def test_every_page_meets_wcag_2_2_aa(visit: Any) -> None:
    page = visit("/")
    assert broken(page) == {}
    page.evaluate("document.querySelector('main').append(new Image())")
    assert [one.partition(":")[0] for one in violations(page)] == ["image-alt"]


def test_every_colour_has_contrast_enough_in_the_dark(visit: Any) -> None:
    page = visit("/", color_scheme="dark")
    assert broken(page, ("overview", "linked", "reports", "settings"), "color-contrast") == {}
    page.evaluate("document.querySelector('h1').style.color = '#333'")
    assert [one.partition(":")[0] for one in violations(page, "color-contrast")] == ["color-contrast"]


def test_nothing_is_wider_than_a_phone(visit: Any) -> None:
    page = visit("/", viewport={"width": 390, "height": 800})
    wide = {}
    for name, path in SHOWN.items():
        page.goto(page.url.partition(PREFIX)[0] + PREFIX + path)
        if found := page.evaluate(WIDE):
            wide[name] = found
    assert wide == {}


def test_the_keyboard_leads_past_the_menu_to_the_content(visit: Any) -> None:
    page = visit("/acme/links/companies")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")


def test_a_search_changes_the_list_while_one_types_and_nothing_else(visit: Any) -> None:
    page = visit("/acme/links/companies?tab=linked")
    page.evaluate("window.kept = true")
    assert page.locator("#list tbody tr").count() > 0
    page.locator("#sought").press_sequentially("zzz")
    page.locator("#list .empty").wait_for()
    assert "Nothing here has “zzz”" in page.locator("#list").inner_text()
    assert page.evaluate("window.kept") is True


def test_no_script_is_blocked_and_nothing_comes_from_elsewhere(visit: Any) -> None:
    page = visit("/")
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url))
    for path in SHOWN.values():
        page.goto(page.url.partition(PREFIX)[0] + PREFIX + path)
    assert said == []
    assert {one.partition(PREFIX)[0] for one in asked} == {page.url.partition(PREFIX)[0]}


def test_a_list_shows_what_a_run_has_changed_when_the_run_has_ended(visit: Any, pages: Pages) -> None:
    night = pages.desk.night
    night.set(companies={"export": "sent"})
    answer = pages.send("/acme/links/companies/refresh", tab="procore")
    page = visit(answer.headers["location"].partition(PREFIX)[2])
    page.get_by_text("0 of").wait_for()
    night.company("Tamarack Tile")
    night.later(hours=1)
    night.run("companies", stage="vendors_and_projects")
    assert page.get_by_role("rowheader", name="Tamarack Tile").count() == 0
    with create_session() as session:
        session.execute(sa.update(DagRun).where(DagRun.state == "queued").values(state="success"))
    page.get_by_role("rowheader", name="Tamarack Tile").wait_for()
    assert "is being read anew." in page.locator("main").inner_text()
    assert page.get_by_text("what came of it").count() == 1


def test_without_scripts_a_record_is_linked_all_the_same(visit: Any, pages: Pages) -> None:
    night = pages.desk.night
    pages.acme.integrate(stages=pages.stages, companies={"export": "sent"})
    night.set(companies={"export": "sent"})
    night.company("Quartz Quarry")
    night.contact("Quarts Quarries")
    night.later(hours=1)
    night.run("companies", "contacts", stage="vendors_and_projects")
    page = visit("/acme/links/companies?tab=procore", java_script_enabled=False)
    page.get_by_label("Link Quartz Quarry").click()
    page.get_by_placeholder("name, number or id").fill("quar")
    page.get_by_role("button", name="Search Xero").click()
    page.get_by_text("Quarts Quarries").click()
    page.get_by_role("button", name="Link", exact=True).click()
    assert "Quartz Quarry is linked." in page.locator("main").inner_text()
