"""`airflow jobledger history` and `dismiss`: names, numbers and reasons in words, not only ids."""

from __future__ import annotations

import pytest

from jobledger.commands.history import dismiss, history
from tests.commands.office import Office

BOTH = ("companies", "contacts")


@pytest.fixture
def office(office: Office) -> Office:
    night = office.night
    night.company("Apex Steel", abbreviated_name="APX", business_phone="303 555 0100")
    night.company("Steele Framing")
    night.contact("Steel Framing")
    night.run(*BOTH, run_id="monday")
    return office


def test_the_latest_runs_are_told_with_their_outcomes(office: Office) -> None:
    told = " ".join(office.do(history).split())
    assert "test test companies apply done 1 conflict, 1 created monday" in told


def test_one_run_is_told_record_by_record(office: Office) -> None:
    told = office.do(history, run="monday")
    assert "test / companies, apply: 1 conflict, 1 created" in told
    assert "  created: APX Apex Steel\n" in told
    assert "  conflict: Steele Framing – 'Steele Framing' may be a record that Xero has already. Likely: Steel" in told
    assert "has no run 'tuesday'. See `airflow jobledger history`." in office.fails(history, run="tuesday")


@pytest.mark.parametrize("how", ["name", "number", "id", "target"])
def test_a_record_s_whole_life_is_told_with_every_field_before_and_after(office: Office, how: str) -> None:
    night = office.night
    company = night.stage.records("procore.vendors")[0]
    target = night.contact_of(company)["ContactID"]
    night.later(hours=1)
    night.edit(company, name="Apex Structural", business_phone="")
    night.run(*BOTH, run_id="tuesday")
    sought = {"name": "apex structural", "number": "apx", "id": str(company["id"]), "target": target}[how]
    told = office.do(history, record=sought)
    assert "companies  updated: APX Apex Structural" in told
    assert f"in run tuesday (apply), there it is {target}" in told
    assert "    Name: 'Apex Steel' -> 'Apex Structural'" in told
    assert "    Phones[PhoneType=DEFAULT].PhoneNumber: '303 555 0100' -> nothing" in told
    assert ("companies  created: APX Apex Steel" in told) == (how != "name")


def test_a_record_that_nobody_knows_is_told(office: Office) -> None:
    told = office.fails(history, record="Nobody")
    assert told == "test: knows nothing of 'Nobody'. Give a record's id, number or whole name."


def test_what_is_open_is_told_with_why_and_what_to_do(office: Office) -> None:
    told = office.do(history, open=True)
    company = office.night.stage.records("procore.vendors")[1]
    assert f"companies {company['id']}  conflict: Steele Framing" in told
    assert "    why: 'Steele Framing' may be a record that Xero has already." in told
    assert "    what to do: If it is, `airflow jobledger links link test companies" in told
    assert "tried 1 times" in told


def test_an_edit_that_was_left_as_it_is_stands_in_the_history(office: Office) -> None:
    night = office.night
    night.later(hours=1)
    night.edit(night.contact_of(night.stage.records("procore.vendors")[0]), Name="Apex (old)")
    night.run(*BOTH, run_id="tuesday")
    told = office.do(history, run="tuesday")
    assert "unchanged: Apex (old) – Changed by a person and left as it is" in told
    assert "Name in Xero from 'Apex Steel' to 'Apex (old)'" in told


def test_a_dismissed_record_is_open_no_longer(office: Office) -> None:
    company = str(office.night.stage.records("procore.vendors")[1]["id"])
    told = office.do(dismiss, flow="companies", ids=[company], reason="a private person")
    assert told == f"dismissed companies {company}\n"
    assert office.do(history, open=True) == "Nothing is open.\n"
    assert "has no open record 4711." in office.fails(dismiss, flow="companies", ids=["4711"], reason="")
