"""The demo as its user sees it: real scheduler, real DAG runs, real HTTP; twice, so that the second changes nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from demo.environment import process_environment

ROOT = Path(__file__).resolve().parents[2]
DEMO = """
import sys
from functools import partial
from pathlib import Path
from demo.environment import Place
from demo.run import demo, plainly
sys.exit(plainly(partial(demo, Place(Path(sys.argv[1])))))
"""


def run_demo(folder: Path) -> str:
    """What `make demo` prints, with its data in a folder of the test's own."""
    command = [sys.executable, "-c", DEMO, str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, env=process_environment({}), capture_output=True, text=True, timeout=540, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def flows(printed: str) -> dict[str, dict[str, int]]:
    """The table: flow -> column -> number."""
    lines = printed.splitlines()
    header = next(line.split() for line in lines if line.split()[:2] == ["stage", "flow"])
    rows = [line.split() for line in lines if re.match(r"\s*(vendors_and_projects|cost_codes_and_budget)\s", line)]
    return {row[1]: dict(zip(header[2:-2], map(int, row[2:-2]), strict=True)) for row in rows}


def left_running(folder: Path) -> list[str]:
    """Command lines of processes that belong to a demo folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_text(errors="replace")
            command = (process / "cmdline").read_text(errors="replace")
        except OSError:
            continue
        if f"AIRFLOW_HOME={folder}" in environment or (str(folder) in command and "pytest" not in command):
            found.append(command.replace("\0", " "))
    return found


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.feature("PRC-API-2", "PRC-API-6", "XER-105", "XER-106", "XER-104")
def test_the_demo_carries_everything_over_once_and_a_second_time_nothing(tmp_path: Path) -> None:
    printed = run_demo(tmp_path)
    first = flows(printed)
    assert set(first) == {"companies", "contacts", "projects", "tracking_options", "cost_codes", "items"}
    assert first["companies"]["created"] > 50
    assert first["companies"]["updated"] == 12
    assert (first["companies"]["invalid"], first["companies"]["conflict"]) == (2, 2)
    assert first["projects"]["created"] == 8
    assert first["cost_codes"]["created"] > 50
    for expected in (
        "Front Range Drywall",
        "has more than 255 characters",
        "01-TEMP-WEATHER-ENCLOSURE-PH2.S",
        "has more than 50 characters",
    ):
        assert expected in printed
    for counts in first.values():
        assert counts["extracted"] == sum(number for column, number in counts.items() if column != "extracted")

    printed_again = run_demo(tmp_path)
    assert re.search(r"answered \d+ requests, 0 of them writes", printed_again)
    again = flows(printed_again)
    assert {flow: (counts["created"], counts["updated"]) for flow, counts in again.items()} == dict.fromkeys(
        first, (0, 0)
    )
    assert left_running(tmp_path) == []
