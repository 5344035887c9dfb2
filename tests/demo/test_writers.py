"""The demo's SQLite lets writers queue: Airflow, in the demo's environment, has our settings and they work."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from sqlalchemy import Connection, Engine

from demo.environment import ROOT, Place, process_environment, variables
from demo.ports import Ports

QUEUED = "from tests.demo.test_writers import two_writers; two_writers()"


def test_a_savepoint_that_reads_and_then_writes_is_not_refused_for_another_writer(tmp_path: Path) -> None:
    environment = process_environment(variables(Place(tmp_path), Ports()))
    ended = subprocess.run(
        [sys.executable, "-c", QUEUED], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


def two_writers() -> None:
    """In a process of the demo: the second writes once the first, which has read, has written."""
    from airflow import settings

    engine = settings.get_engine()
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


def write_at_once(engine: Engine) -> None:
    with engine.begin() as connection:
        write(connection, "second")


def write(connection: Connection, name: str) -> None:
    connection.exec_driver_sql("INSERT INTO written VALUES (?)", (name,))


def written(connection: Connection) -> list[str]:
    return list(connection.exec_driver_sql("SELECT name FROM written ORDER BY rowid").scalars())
