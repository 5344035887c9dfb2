"""Writers on the demo's SQLite wait for each other: in its environment Airflow has our settings, and they work."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from demo.environment import ROOT, Place, process_environment, variables
from demo.ports import Ports


@pytest.mark.parametrize(
    "proof",
    [
        "a_savepoint_that_reads_and_then_writes_is_not_refused_for_another_writer",
        "who_waits_in_an_event_loop_gives_up_long_before_the_others",
    ],
)
def test_in_the_demo(proof: str, tmp_path: Path) -> None:
    code = f"from airflow import settings; from tests.demo import test_writers as t; t.{proof}(settings.get_engine())"
    environment = process_environment(variables(Place(tmp_path), Ports()))
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


def a_savepoint_that_reads_and_then_writes_is_not_refused_for_another_writer(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE written (name)")
    with ThreadPoolExecutor() as pool, engine.connect() as first:
        with first.begin_nested():
            assert written(first) == []
            second = pool.submit(write_at_once, engine)
            wait([second], timeout=0.5)
            write(first, "first")
        first.commit()
        second.result()
        assert written(first) == ["first", "second"]


def who_waits_in_an_event_loop_gives_up_long_before_the_others(engine: Engine) -> None:
    async def in_a_loop() -> int:
        return patience(engine)

    assert patience(engine) > 10 * asyncio.run(in_a_loop())
    assert patience(engine) == 60_000


def patience(engine: Engine) -> int:
    """For how many milliseconds a transaction that begins here waits for its turn."""
    with engine.begin() as connection:
        return int(connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one())


def write_at_once(engine: Engine) -> None:
    with engine.begin() as connection:
        write(connection, "second")


def write(connection: Connection, name: str) -> None:
    connection.exec_driver_sql("INSERT INTO written VALUES (?)", (name,))


def written(connection: Connection) -> list[str]:
    return list(connection.exec_driver_sql("SELECT name FROM written ORDER BY rowid").scalars())
