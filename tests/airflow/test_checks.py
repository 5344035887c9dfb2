"""The DAG of the checks: both vendors are asked, what they say is kept, and a run is red where it is not well."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from jobledger import platform
from jobledger.errors import Finding
from jobledger.store import checks
from jobledger.store.engine import reading
from jobledger.store.links import Side
from tests.airflow.company import DAGS, Company, write_integration


def checked(acme: Company) -> str:
    """The state of a run of the real DAG."""
    return str(acme._dag(DAGS, "acme.checks").test().state)


def fails(acme: Company) -> str:
    """What the task of the real DAG fails with."""
    task: Any = acme._dag(DAGS, "acme.checks").task_dict["check"]
    with pytest.raises(AirflowFailException) as failed:
        task.python_callable()
    return str(failed.value)


def kept() -> dict[Side, list[Finding]]:
    with reading(platform.engine()) as connection:
        rows = checks.kept(connection, platform.integration("acme").pair)
    assert all(datetime.now(UTC) - one.at < timedelta(minutes=5) for one in rows)
    return {side: [one.finding for one in rows if one.side == side] for side in ("procore", "accounting")}


def test_what_both_vendors_say_is_kept(acme: Company) -> None:
    assert checked(acme) == "success"
    found = kept()
    assert found["procore"][0] == Finding("Procore company", True, "Connected to Ironwood Builders.")
    assert [one.message for one in found["accounting"] if one.topic == "Xero tracking category"] == [
        "'Job' has 0 active options of 100."
    ]
    assert "demo-secret" not in str(found)


@pytest.mark.feature("PRC-API-12", "PEX-9")
def test_a_missing_permission_makes_the_run_red_and_is_named_with_its_remedy(acme: Company) -> None:
    acme.seed("procore", "permissions", {"tool": "directory", "level": "read"})
    assert fails(acme) == (
        "What is required and not met:\n"
        "Procore permission: Directory: Not an administrator of the Directory tool."
        " Give the app's service account the level Admin on the company's Directory tool."
    )
    [missing] = [one for one in kept()["procore"] if not one.ok]
    assert missing.topic == "Procore permission: Directory"


@pytest.mark.feature("ACC-25")
def test_books_beside_cards_on_one_company_make_the_run_red(acme: Company) -> None:
    books = {"system": "pex", "connection": "pex_tried", "tenant_id": "68225"}
    write_integration(acme.include, "cards", accounting=books)
    assert "second door of card costs: Cost would enter by a second door" in fails(acme)
    acme.integrate(job_costs={"exclude_accounts": ["2150"]})
    assert checked(acme) == "success"


def test_a_side_that_cannot_be_asked_is_told_and_takes_the_place_of_what_was_well(acme: Company) -> None:
    checked(acme)
    acme.patch.delenv("AIRFLOW_CONN_XERO_TRIED")
    assert "xero: Airflow connection 'xero_tried': is not there. Make it in the UI" in fails(acme)
    [only] = kept()["accounting"]
    assert not only.ok


def test_a_check_that_fails_is_not_tried_again(acme: Company) -> None:
    acme.connect("xero", password="wrong")
    assert checked(acme) == "failed"
    assert [one.ok for one in kept()["accounting"]] == [False]
