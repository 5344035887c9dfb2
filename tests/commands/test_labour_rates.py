"""`airflow jobledger labour rates list|import|export`, against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jobledger.commands import labour
from jobledger.commands.run import run
from jobledger.store import labour_rates
from jobledger.store.engine import reading
from tests.commands.office import Office, offices
from tests.pipeline.crew import Crew
from tests.pipeline.night import Night, nights

HEAD = "employee,time_type,from,to,rate"

pytestmark = pytest.mark.feature("SMX-QBO-78")


@pytest.fixture
def office(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Office]:
    for night in nights(sqlite_url, tmp_path):
        seed(night, "Ana", "Ruiz", "E-1")
        seed(night, "Bo", "Ruiz", None)
        yield from offices(night, tmp_path, monkeypatch, capsys)


def seed(night: Night, first: str, last: str, number: str | None) -> dict[str, Any]:
    names = {"first_name": first, "last_name": last, "employee_id": number, "is_employee": True}
    return night.stage.seed("procore", "users", names)[0]


def file(office: Office, *lines: str, head: str = HEAD) -> str:
    path = office.include.parent / "rates.csv"
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return str(path)


def kept(office: Office) -> list[tuple[str, str, str, str]]:
    """Employee's number, time type, first and last day, and rate of what is in the table."""
    with reading(office.night.engine) as connection:
        rows = labour_rates.every(connection, office.night.pair)
    return [(one.time_type, str(one.valid_from), str(one.valid_to or ""), str(one.rate)) for one in rows]


def test_rates_come_in_by_number_name_or_id_and_go_out_as_they_came(office: Office) -> None:
    eve = seed(office.night, "Eve", "Ruiz", "")
    path = file(
        office,
        "E-1,,2026-01-01,2026-06-30,40.00",
        "E-1,,2026-07-01,,42.3333",
        "bo ruiz,overtime,2026-01-01,,60",
        f"{eve['id']},Regular Time,2026-01-01,,50",
    )
    assert "4 rates kept, 0 taken away" in office.do(labour.import_csv, file=path)
    with reading(office.night.engine) as connection:
        rates = labour_rates.every(connection, office.night.pair)
    assert {one.by for one in rates} == {"ann (shell)"}
    assert Decimal("42.3333") in {one.rate for one in rates}
    told = office.do(labour.export, file=None)
    assert told.splitlines()[0].startswith("employee,name,time_type,from,to,rate")
    assert "E-1,Ana Ruiz,,2026-07-01,,42.3333" in told
    assert "Bo Ruiz,Bo Ruiz,Overtime,2026-01-01,,60" in told
    before = kept(office)
    again = office.include.parent / "again.csv"
    office.do(labour.export, file=str(again))
    assert "4 rates kept" in office.do(labour.import_csv, file=str(again))
    assert kept(office) == before
    assert "Overtime" in office.do(labour.show)


def test_a_line_replaces_the_rate_of_its_first_day_and_one_without_a_rate_takes_it_away(office: Office) -> None:
    office.do(labour.import_csv, file=file(office, "E-1,,2026-01-01,,40.00", "Bo Ruiz,,2026-01-01,,30"))
    raised = file(office, "E-1,,2026-01-01,2026-06-30,40.00", "E-1,,2026-07-01,,45", "Bo Ruiz,,2026-01-01,,")
    assert "2 rates kept, 1 taken away" in office.do(labour.import_csv, file=raised)
    assert kept(office) == [("", "2026-01-01", "2026-06-30", "40.00"), ("", "2026-07-01", "", "45")]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Nobody,,2026-01-01,,40", "line 3: employee: Procore has no employee 'Nobody'"),
        (",,2026-01-01,,40", "line 3: employee: Procore has no employee ''"),
        (
            "E-1,Night Shift,2026-01-01,,40",
            "line 3: time_type: Procore has no time type 'Night Shift'; it has Regular Time",
        ),
        ("E-1,,01/31/2026,,40", "line 3: from: found '01/31/2026', expected a day such as 2026-01-31"),
        ("E-1,,,,40", "line 3: from: found ''"),
        ("E-1,,2026-02-01,2026-01-31,40", "line 3: to: 2026-01-31 is before 2026-02-01"),
        ("E-1,,2026-01-01,,forty", "line 3: rate: found 'forty', expected an amount such as 42.50"),
        ("E-1,,2026-01-01,,-1", "line 3: rate: found '-1', expected an amount from 0"),
        ("E-1,,2026-01-01,,1.00001", "line 3: rate: found '1.00001'"),
        ("E-1,,2026-01-01,,NaN", "line 3: rate: found 'NaN'"),
        ("E-1,,2026-01-01,,", "line 3: rate: is empty, and there is no rate to take away"),
        ("Bo Ruiz,,2026-01-01,,41", "line 3: says the same employee, time type and first day as 2"),
        ("Bo Ruiz,,2026-05-01,,41", "overlap; write 2026-04-30 as the last day of the first one"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_kept(office: Office, line: str, fault: str) -> None:
    told = office.fails(labour.import_csv, file=file(office, "Bo Ruiz,,2026-01-01,,30", line))
    assert fault in told
    assert "Nothing was imported" in told
    assert kept(office) == []


def test_a_period_that_overlaps_one_that_is_kept_is_refused(office: Office) -> None:
    office.do(labour.import_csv, file=file(office, "E-1,,2026-01-01,,40.00"))
    told = office.fails(labour.import_csv, file=file(office, "E-1,,2026-07-01,,45"))
    assert "line 2: E-1, any time type: the rates from 2026-01-01 and from 2026-07-01 overlap" in told
    assert "write 2026-06-30" in told
    assert len(kept(office)) == 1
    assert "1 rates kept" in office.do(labour.import_csv, file=file(office, "E-1,Overtime,2026-07-01,,45"))


def test_a_name_that_two_employees_have_is_never_guessed(office: Office) -> None:
    seed(office.night, "Bo", "Ruiz", None)
    told = office.fails(labour.import_csv, file=file(office, "Bo Ruiz,,2026-01-01,,30"))
    assert "line 2: employee: 'Bo Ruiz' names 2 employees of Procore; write the number or the id" in told


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"employee,rate\nE-1,40\n", "has no column time_type, from, to"),
        (b"\xff\xfe\x00", "cannot be read as CSV"),
    ],
)
def test_a_file_that_is_none_is_refused_whole(office: Office, content: bytes, fault: str) -> None:
    path = office.include.parent / "rates.csv"
    path.write_bytes(content)
    assert fault in office.fails(labour.import_csv, file=str(path))
    assert "cannot be read" in office.fails(labour.import_csv, file=str(path) + ".gone")
    assert "no file is named" in office.fails(labour.import_csv, file=None)


def test_a_name_that_looks_like_a_formula_goes_out_harmless_and_comes_in_again(office: Office) -> None:
    seed(office.night, "", "=1+1", None)
    office.do(labour.import_csv, file=file(office, "'=1+1,,2026-01-01,,30"))
    told = office.do(labour.export, file=None)
    assert "'=1+1," in told
    path = office.include.parent / "again.csv"
    office.do(labour.export, file=str(path))
    assert "1 rates kept" in office.do(labour.import_csv, file=str(path))


def test_the_rates_of_one_integration_are_not_those_of_another(office: Office) -> None:
    office.do(labour.import_csv, file=file(office, "E-1,,2026-01-01,,40.00"))
    with reading(office.night.engine) as connection:
        assert labour_rates.every(connection, "another pair") == []


@pytest.mark.feature("SMX-QBO-79")
def test_the_stage_time_makes_the_costs_and_is_off_without_the_setting(office: Office) -> None:
    crew = Crew(office.night)
    crew.works()
    stages = {"stages": ["vendors_and_projects", "time"]}
    office.night.set(**stages, labour={"costing": False})
    office.do(run, stages=["time"])
    assert crew.costs() == []
    office.night.set(**stages, labour={"costing": True})
    assert "labour_costs" in office.do(run, stages=["time"])
    assert crew.lines() == [("03-300.L", "8", "40.00", "320.00")]
