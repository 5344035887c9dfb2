"""A QuickBooks company that takes another one's place: the ids that Procore still carries lead to other records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from jobledger.commands.doctor import doctor
from jobledger.commands.run import run
from jobledger.store.engine import writing
from jobledger.store.tables import metadata
from tests.commands.office import Office
from tests.pipeline.quickbooks_night import STAGE_1, QuickBooksNight, quickbooks_nights
from tests.systems.stage import COMPANY

TOPIC = "ids of another QuickBooks company"


@pytest.fixture
def night(database: Engine, tmp_path: Path) -> Iterator[QuickBooksNight]:
    yield from quickbooks_nights(database, tmp_path)


@pytest.mark.feature("XTR-35", "PRC-API-11")
def test_nothing_is_linked_by_the_ids_of_another_quickbooks_company(office: Office, night: QuickBooksNight) -> None:
    night.set(stages=["vendors_and_projects"])
    acme = night.company("Acme")
    night.run(*STAGE_1)
    assert f"ok  {TOPIC}: none" in office.fails(doctor)
    with writing(night.engine) as connection:
        for table in (one for one in metadata.sorted_tables if "pair" in one.c):
            connection.execute(sa.update(table).values(pair=f"{COMPANY}:quickbooks_online:999"))
    night.later(days=1)
    assert TOPIC in office.fails(run, stages=["vendors_and_projects"])
    assert night.links("companies") == {}
    assert f"NO  {TOPIC}: 1 records of Procore carry one" in office.fails(doctor)

    night.stage.seed("procore", "vendors", {"id": acme["id"], "origin_id": None})
    night.later(days=1)
    office.do(run, stages=["vendors_and_projects"], plan=True)
    assert f"ok  {TOPIC}: none" in office.fails(doctor)
