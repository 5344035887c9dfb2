"""The database of Airflow and Jobledger: yesterday's backup restored, and PostgreSQL away in mid-run."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from demo import components
from tests.deployment import PARTS
from tests.embedded_postgres import EmbeddedPostgres
from tests.full.conftest import DATABASE
from tests.full.nights import FIRST, Nights

pytestmark = [pytest.mark.full, pytest.mark.timeout(3000)]

AWAY = 10
"""The seconds for which PostgreSQL is away."""


@pytest.mark.feature("ACC-11", "ACC-17")
def test_yesterday_s_backup_restored_posts_nothing_again(
    nights: Nights, server: EmbeddedPostgres, tmp_path: Path, measured: Callable[[str, float], None]
) -> None:
    backup, deployment = tmp_path / "yesterday", nights.deployment
    server.dump(DATABASE, backup)
    nights.contractor.a_day()
    nights.whole()
    nights.contractor.accounted()
    deployment.parts.kill_all()
    deployment.night.engine.dispose()
    server.restore(DATABASE, backup)
    began = time.time()
    for part in PARTS:
        deployment.parts.begin(part)
    components.wait(deployment.parts, deployment.ports)
    nights.runs = {}
    nights.whole()
    measured("yesterday's backup restored: until a night has ended", time.time() - began)
    nights.settled()


def test_a_night_during_which_postgresql_crashes_comes_to_the_same_end(
    nights: Nights, server: EmbeddedPostgres, measured: Callable[[str, float], None]
) -> None:
    nights.contractor.a_day()
    nights.begin()
    nights.hold("xero", "PUT", "PurchaseOrders", seconds=AWAY / 2)
    struck = time.time()
    server.stop()
    while time.time() < struck + AWAY:
        nights.deployment.parts.revive()
        time.sleep(0.5)
    server.start()
    nights.end(meanwhile=nights.deployment.parts.revive)
    measured(f"PostgreSQL away for {AWAY} s: until the stage has ended", nights.ended_at(FIRST) - struck)
    nights.settled()
