"""What `doctor` and `run` say of a QuickBooks connection that does not hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from jobledger.commands.doctor import doctor
from jobledger.commands.run import run
from sandbox.faults import Fault
from tests.commands.office import Office, offices
from tests.pipeline.quickbooks_night import SYSTEM, QuickBooksNight, quickbooks_nights

STAGE = ["vendors_and_projects"]
CONNECT = "`airflow jobledger connect quickbooks_demo`"
STATES = [
    ({"connected": False}, ["QuickBooks no longer accepts the consent", CONNECT]),
    ({"user_removed": True}, ["the person who connected the app has no access to the company any more", CONNECT]),
    ({"subscription_lapsed": True}, ["the company's subscription has ended or is suspended", "Renew it in QuickBooks"]),
    ({"locked": 140}, ["QuickBooks cannot answer now: the company is locked by another process."]),
    ({"locked": 150}, ["QuickBooks cannot answer now: QuickBooks is being maintained."]),
]


@pytest.fixture
def night(database: Engine, tmp_path: Path) -> Iterator[QuickBooksNight]:
    yield from quickbooks_nights(database, tmp_path)


@pytest.fixture
def books(
    night: QuickBooksNight, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Office]:
    for office in offices(night, tmp_path, monkeypatch, capsys):
        night.company("Apex Steel")
        office.do(run, stages=STAGE)
        yield office


@pytest.mark.parametrize(("setting", "words"), STATES)
def test_the_doctor_says_what_to_do(books: Office, setting: dict[str, Any], words: list[str]) -> None:
    books.night.stage.seed(SYSTEM, "settings", setting)
    told = books.fails(doctor)
    [line] = [one for one in told.splitlines() if one.startswith("  NO ") and "QuickBooks" in one]
    for word in words:
        assert word in line
    assert "ok  Procore company" in told


@pytest.mark.parametrize(("setting", "words"), STATES)
def test_a_run_says_what_to_do_and_goes_on_when_it_is_done(
    books: Office, setting: dict[str, Any], words: list[str]
) -> None:
    night = books.night
    night.company("Zenith Roofing")
    night.stage.seed(SYSTEM, "settings", setting)
    night.stage.sandbox.log.clear()
    told = books.fails(run, stages=STAGE)
    assert "Not everything could run:" in told
    for word in words:
        assert word in told
    assert len(night.stage.requests(SYSTEM)) <= 20
    well = {"connected": True, "user_removed": False, "subscription_lapsed": False, "locked": None}
    night.stage.seed(SYSTEM, "settings", {name: well[name] for name in setting})
    if setting == {"connected": False}:
        night.stage.around.tokens("quickbooks_demo").forget()  # what `connect` replaces
    books.do(run, stages=STAGE)
    assert sorted(one["DisplayName"] for one in night.stage.records(f"{SYSTEM}.vendors")) == [
        "Apex Steel",
        "Zenith Roofing",
    ]


def test_a_run_ends_where_a_new_token_is_refused_too(books: Office) -> None:
    books.night.stage.fault(Fault(system=SYSTEM, kind="stale_token", path="/v3/company/"))
    assert "QuickBooks refuses a token that it has just issued." in books.fails(run, stages=STAGE)
