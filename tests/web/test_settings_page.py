"""The settings page: every value with the line it comes from, connections, the go-live checklist, what is offered."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session

from jobledger import platform
from jobledger.commands.connect import disconnect
from jobledger.errors import Finding
from jobledger.store import checks
from jobledger.store.engine import writing
from jobledger.store.links import Side
from tests.airflow.company import OF_BOOKS, write_integration
from tests.web.conftest import Pages

PAGE = "/acme/settings"


def row_of(text: str, setting: str) -> list[str]:
    found = re.search(rf'<th scope="row"><code>{re.escape(setting)}</code></th><td>(.*?)</td><td[^>]*>(.*?)</td>', text)
    assert found
    return [re.sub(r"<[^>]+>", "", one) for one in found.groups()]


@pytest.mark.feature("XER-80", "XER-81", "PEX-31")
def test_every_setting_has_its_value_and_the_line_of_the_file_or_says_that_it_is_the_default(pages: Pages) -> None:
    file = write_integration(pages.acme.include, "acme", stages=pages.stages)
    lines = file.read_text().splitlines()
    text = pages.get(PAGE).text
    at = next(number for number, line in enumerate(lines, 1) if line.strip().startswith("project_tracking_category:"))
    assert row_of(text, "accounting.project_tracking_category") == ["Job", f"line {at}"]
    assert row_of(text, "closed_period") == ["hold", "default"]
    assert row_of(text, "retention_years") == ["7", "default"]
    assert "America/Denver" in text


@pytest.mark.feature("PEX-32")
def test_a_setting_that_is_changed_in_the_file_holds_at_once_and_a_wrong_one_is_told(pages: Pages) -> None:
    write_integration(pages.acme.include, "acme", stages=pages.stages, closed_period="first_open_day")
    assert row_of(pages.get(PAGE).text, "closed_period")[0] == "first_open_day"
    file = write_integration(pages.acme.include, "acme", stages=pages.stages, closed_period="never")
    refused = pages.get(PAGE)
    assert (refused.status_code, str(file) in refused.text) == (409, True)
    assert "closed_period" in refused.text
    write_integration(pages.acme.include, "acme", stages=pages.stages)
    assert row_of(pages.get(PAGE).text, "closed_period") == ["hold", "default"]


@pytest.mark.feature("SMX-QBO-11", "SMX-QBO-12", "XER-103")
def test_the_checklist_says_what_is_missing_before_the_first_write_and_that_nothing_is(pages: Pages) -> None:
    write_integration(pages.acme.include, "acme", stages=pages.stages, live=False, cutover=None)
    text = re.sub(r"\s+", " ", pages.get(PAGE).text)
    assert "Not live: every run is a plan" in text
    assert '<li class="bad"><b>✗</b> <span><b>cut-over</b> no day is set.' in text
    assert (
        '<li class="held"><b>?</b> <span><b>companies that are held</b> 2 are left out until they are settled.' in text
    )
    write_integration(pages.acme.include, "acme", stages=pages.stages)
    assert '<li class="good"><b>✓</b> <span><b>cut-over</b>' in re.sub(r"\s+", " ", pages.get(PAGE).text)


@pytest.mark.feature("ACC-25")
def test_the_checklist_names_cards_that_would_come_a_second_time_out_of_the_books(pages: Pages) -> None:
    books = {"system": "pex", "connection": "pex_tried", "tenant_id": "68225"}
    file = write_integration(pages.acme.include, "cards", accounting=books)
    try:
        text = pages.get(PAGE).text
    finally:
        file.unlink()
    assert '<li class="bad"><b>✗</b> <span><b>second door of card costs</b> Cost would enter' in text
    assert "second door" not in pages.get(PAGE).text


def test_a_connection_that_is_missing_or_not_filled_in_is_not_connected(pages: Pages) -> None:
    assert pages.get(PAGE).text.count(">Connected<") == 2
    pages.acme.patch.setenv("AIRFLOW_CONN_XERO_TRIED", '{"conn_type": "xero", "host": "https://api.xero.com"}')
    text = pages.get(PAGE).text
    assert text.count(">Not connected<") == 1
    assert "Its client id or client secret is missing." in text
    pages.acme.connect("xero")
    changed = {"connection": "nowhere", "company_id": 598134325683880}
    write_integration(pages.acme.include, "acme", stages=pages.stages, procore=changed)
    text = pages.get(PAGE).text
    assert "Airflow has no connection &#39;nowhere&#39;. Add one of the type procore." in text


def checks_on(text: str) -> str:
    _, _, section = text.partition('<section class="card" aria-labelledby="checks">')
    return re.sub(r"\s+", " ", section.partition("</section>")[0])


def keep(side: Side, *findings: Finding, at: datetime | None = None) -> None:
    pair = platform.integration("acme").pair
    with writing(platform.engine()) as connection:
        checks.keep(connection, pair, side, findings, at or datetime.now(UTC))


def test_the_last_checks_of_both_connections_are_shown_with_their_age(pages: Pages) -> None:
    shown = checks_on(pages.get(PAGE).text)
    assert "Not checked yet." in shown
    assert "<li" not in shown
    keep("procore", Finding("Procore company", True, "Connected."))
    keep("accounting", Finding("Xero <lock>", False, "Locked.", "Open it."), at=datetime.now(UTC) - timedelta(hours=7))
    shown = checks_on(pages.get(PAGE).text)
    assert re.search(r"What both said <time [^>]+>7 h ago</time>", shown)
    assert '<li class="good"><b>✓</b> <span><b>Procore company</b> Connected.</span></li>' in shown
    assert '<b>Xero &lt;lock&gt;</b> Locked.<br><span class="dim">Open it.</span>' in shown


def test_whoever_may_run_has_the_connections_checked_now_in_their_name(pages: Pages) -> None:
    assert "<button" not in checks_on(pages.get(PAGE, "viewer").text)
    assert "Check now" in checks_on(pages.get(PAGE, "user").text)
    before = pages.acme.sandbox.heard[:]
    answer = pages.send(f"{PAGE}/check")
    told = pages.follow(answer)
    assert "acme.checks is started." in told
    assert pages.acme.sandbox.heard == before
    with create_session() as session:
        newest = sa.select(DagRun).where(DagRun.dag_id == "acme.checks").order_by(DagRun.id.desc()).limit(1)
        run = session.scalars(newest).one()
    assert (run.state, run.triggering_user_name) == ("queued", "a user")
    progress = pages.get("/acme/progress", stage="checks", run=run.run_id)
    assert "0 of 1 tasks" in progress.text
    assert pages.get("/dags/acme.checks").headers["location"] == "/jobledger/acme/settings"


@pytest.mark.feature("XER-79", "XTR-14")
def test_what_the_system_does_not_offer_is_said_with_the_reason(pages: Pages) -> None:
    text = pages.get(PAGE).text
    assert "Prime contracts and their change orders" in text
    assert text.count(">not offered<") == 5
    write_integration(pages.acme.include, "acme", stages=["vendors_and_projects"])
    assert "off: not among the stages" in pages.get(PAGE).text


def test_a_page_says_no_secret(pages: Pages) -> None:
    notices = {"notifier": "a.Notifier", "options": {"text": "{text}", "token": "xoxb-told-to-nobody"}}
    write_integration(pages.acme.include, "acme", stages=pages.stages, notices=notices)
    pages.acme.connect("xero", host="https://ann:hunter2@api.xero.example/x")
    text = pages.get(PAGE).text
    assert row_of(text, "notices.options.token")[0] == "as the file says"
    assert "https://api.xero.example/x" in text
    for secret in ("demo-secret", "told-to-nobody", "hunter2"):
        assert secret not in text
    pages.acme.connect("xero")


def paused_dags() -> set[str]:
    with create_session() as session:
        return set(
            session.scalars(sa.select(DagModel.dag_id).where(DagModel.is_paused, DagModel.dag_id.like("acme.%")))
        )


@pytest.mark.feature("PEX-36")
@pytest.mark.parametrize("connection", ["procore_tried", "xero_tried"])
def test_disconnecting_either_side_pauses_every_dag_and_keeps_what_is_linked(
    pages: Pages, capsys: pytest.CaptureFixture[str], connection: str
) -> None:
    every = [f"acme.{name}" for name in (*OF_BOOKS, "checks")]
    assert f"<code>airflow jobledger disconnect {connection}</code>" in pages.get(PAGE).text
    platform.set_paused(every, False)
    disconnect(argparse.Namespace(connection=connection))
    told = capsys.readouterr().out
    assert f"Paused: {', '.join(every)}" in told
    assert "A task that is under way ends; no other one starts." in told
    assert paused_dags() >= set(every)
    assert re.search(r"linked records, which stay on both sides: .*commitments 1", told)
    assert "open records: 2" in told
    assert f"Airflow's connection '{connection}' is still there" in told
    assert NOTHING_TO_REVOKE[connection] in told
    assert "Paused: <b>acme.vendors_and_projects</b>" in pages.get(PAGE).text
    assert "It waits: its DAG is paused." in pages.follow(pages.send(f"{PAGE}/check"))
    platform.set_paused(["acme.checks"], False)


NOTHING_TO_REVOKE = {
    "procore_tried": "Connections of the type procore sign in by themselves: there is nothing that could be revoked",
    "xero_tried": "A custom connection of Xero signs in by itself: there is no consent that could be taken back here.",
}


def test_a_connection_that_no_integration_uses_pauses_nothing(
    pages: Pages, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SPARE", '{"conn_type": "procore", "login": "a", "password": "b"}')
    before = paused_dags()
    disconnect(argparse.Namespace(connection="spare"))
    assert "No integration uses 'spare'." in capsys.readouterr().out
    assert paused_dags() == before
