"""Reports as pages: the same figures as the command's, to the cent, and CSV that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from jobledger import platform
from jobledger.reports.printing import as_csv
from jobledger.reports.tables import REPORTS
from jobledger.store.engine import writing
from jobledger.store.tables import ledger_line
from jobledger.web import reports
from tests.web.conftest import ROLES, Pages
from tests.web.test_history import words_of


def rows_of(pages: Pages, name: str) -> list[dict[str, str]]:
    answer = pages.get(f"/acme/reports/{name}.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert f"acme_{name}.csv" in answer.headers["content-disposition"]
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.feature("ACC-32")
def test_the_tie_out_shows_both_sides_to_the_cent_and_that_nothing_is_unexplained(pages: Pages) -> None:
    text = pages.get("/acme/reports/tieout").text
    assert "Nothing is unexplained" in text
    assert "15,000.00" in words_of(text)
    rows = rows_of(pages, "tieout")
    assert sum(Decimal(row["procore"].replace(",", "")) for row in rows if row["measure"] == "commitment") == 15000
    assert {row["difference"] for row in rows} == {"0.00"}


@pytest.mark.feature("ACC-32")
def test_a_difference_that_nobody_explains_is_red(pages: Pages) -> None:
    wrong = sa.update(ledger_line).where(
        ledger_line.c.entity == "xero.purchase_orders", ledger_line.c.amount == "5000.00"
    )
    with writing(platform.engine()) as connection:
        assert connection.execute(wrong.values(amount="12.34")).rowcount == 1
    for name in ("tieout", "differences"):
        text = pages.get(f"/acme/reports/{name}").text
        assert "Unexplained: 4,987.66." in text
        assert "4,987.66" in words_of(text.partition('class="red"')[2])


@pytest.mark.feature("ACC-8")
def test_a_difference_is_acknowledged_by_name_and_reason_and_told_so(pages: Pages) -> None:
    asked = pages.get("/acme/reports/tieout", "user").text
    assert 'action="acknowledge"' not in pages.get("/acme/reports/tieout", "viewer").text
    found = re.findall(r'<input type="hidden" name="(measure|project|cost_code|amount_seen)" value="([^"]*)"', asked)
    form = dict(found) | {"reason": "agreed with the auditor"}
    changed = pages.send("/acme/reports/acknowledge", **form | {"amount_seen": "1.00"})
    assert (changed.status_code, "not by 1.00" in changed.text) == (409, True)
    assert pages.send("/acme/reports/acknowledge", **form | {"reason": " "}).status_code == 422
    shown = pages.follow(pages.send("/acme/reports/acknowledge", **form))
    assert "4,987.66 is acknowledged." in shown
    assert "Nothing is unexplained" in shown
    told = f"acknowledged by a user on {datetime.now(UTC):%Y-%m-%d}: agreed with the auditor"
    assert told in words_of(shown)
    again = pages.send("/acme/reports/acknowledge", **form)
    assert (again.status_code, "has no unexplained commitment" in again.text) == (409, True)


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_a_page_and_a_file(pages: Pages, name: str) -> None:
    text = words_of(pages.get(f"/acme/reports/{name}").text)
    assert REPORTS[name].about in text
    assert [row.keys() for row in rows_of(pages, name)[:1]] in ([], [dict.fromkeys(REPORTS[name].columns).keys()])


def test_an_unknown_report_is_told_with_those_that_there_are(pages: Pages) -> None:
    answer = pages.get("/acme/reports/profit")
    assert answer.status_code == 404
    assert "tieout, differences, job_costs, transactions, exported, unsyncable" in answer.text


@pytest.mark.parametrize("cell", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "-cmd|' /C calc'!A0"])
def test_no_cell_is_a_formula(cell: str) -> None:
    [_, [written]] = csv.reader(io.StringIO(as_csv(["name"], [[cell]])))
    assert written == f"'{cell}"


@pytest.mark.parametrize("cell", ["-7,875.00", "0.00", "-3", "Acme = Bolt", "", "2026-01-31"])
def test_amounts_and_words_stay_as_they_are(cell: str) -> None:
    [_, *rows] = csv.reader(io.StringIO(as_csv(["name", "more"], [[cell, "x"]])))
    assert rows == [[cell, "x"]]


def test_a_long_report_comes_in_parts(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "ROWS", 1)
    first = pages.get("/acme/reports/tieout").text
    assert re.search(r'rel="next" href="\?part=2"', first)
    assert "By project" in first
    assert "By project" not in pages.get("/acme/reports/tieout", part=2).text


@pytest.mark.feature("XER-89")
def test_a_cost_code_opens_to_the_transactions_behind_it(pages: Pages) -> None:
    desk = pages.desk
    desk.bill(desk.cost("96.00"), desk.cost("4.00"), number="1001")
    desk.night.later(hours=1)
    desk.night.run("job_costs", stage="job_costs")
    text = pages.get("/acme/reports/job_costs").text
    found = re.search(r'<a href="transactions\?([^"]+)"', text)
    assert found
    only = [value for _, value in pages.pairs(found[1])]
    shown = pages.get("/acme/reports/transactions", only=only).text
    rows = re.findall(r"<tr>(.*?)</tr>", shown.partition("<tbody>")[2], re.S)
    assert rows
    assert all(all(value in words_of(row) for value in only) for row in rows)


@pytest.mark.feature("XER-77")
@pytest.mark.parametrize("name", [name for name in REPORTS if name not in ("unsyncable", "differences")])
def test_a_report_shows_the_projects_that_the_reader_may_see(pages: Pages, name: str) -> None:
    desk = pages.desk
    desk.bill(desk.cost("12.00"), number="1002")
    desk.night.later(hours=1)
    desk.night.run("job_costs", stage="job_costs")
    everything = rows_of(pages, name)
    assert {row["project"] for row in everything} == {"Tower"}
    readers = {"a viewer": [desk.project], "a user": [4711], "a op": "all"}
    pages.acme.integrate(stages=pages.stages, reports={"readers": readers})
    try:
        seen = {role: pages.get(f"/acme/reports/{name}.csv", role).text.splitlines()[1:] for role in ROLES}
        assert {role: len(rows) for role, rows in seen.items()} == {
            "viewer": len(everything),
            "user": 0,
            "op": len(everything),
            "admin": 0,
        }
        for role, told in (("viewer", True), ("user", False)):
            text = words_of(pages.get(f"/acme/reports/{name}", role).text)
            assert ("Tower" in text, "reports.readers names for you" in text) == (told, True)
    finally:
        pages.acme.integrate(stages=pages.stages)


@pytest.mark.feature("XER-77", "XER-78")
def test_who_may_see_no_project_sees_what_was_not_carried_over_and_acknowledges_nothing(pages: Pages) -> None:
    before = rows_of(pages, "unsyncable")
    pages.acme.integrate(stages=pages.stages, reports={"readers": {"a op": "all"}})
    try:
        assert rows_of(pages, "unsyncable") == before
        form = {"measure": "cost", "project": str(pages.desk.project), "amount_seen": "1.00", "reason": "known"}
        refused = pages.send("/acme/reports/acknowledge", **form)
        assert (refused.status_code, "a user may not see project" in refused.text) == (403, True)
    finally:
        pages.acme.integrate(stages=pages.stages)
