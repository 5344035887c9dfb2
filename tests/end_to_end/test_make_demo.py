"""The demo as its user sees it: real scheduler, real DAG runs, real HTTP.

The bookkeeper's evening and a second night are in `make test-full`, which types the command itself.
"""

from __future__ import annotations

import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from demo.environment import process_environment

ROOT = Path(__file__).resolve().parents[2]
DEMO = """
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from demo.environment import Place
from demo.run import BOOKKEEPERS, Clock, carry, plainly, show, started

BOOKKEEPERS["xero"] = lambda sandbox: 0

def night():
    with started(Place(Path(sys.argv[1])), Clock().say) as running:
        since = datetime.now(UTC)
        carry(running)
        show(running, since)

sys.exit(plainly(night))
"""
"""What `make demo` does until the bookkeeper pays."""


Row = dict[str, Decimal]

CREATED = {
    "projects": 8,
    "companies": 75,
    "cost_codes": 90,
    "commitments": 26,
    "change_orders": 8,
    "invoices": 153,
    "payments": 0,
    "job_costs": 18,
}
"""What the night writes, by flow; nothing is paid before the bookkeeper's evening."""
ON_REQUEST = ("contacts", "tracking_options", "items")
OF_CARDS = ("cost_types", "cost_code_rules", "purchases", "purchase_receipts")
EXPLAINED = (
    "Front Range Drywall",
    "has more than 255 characters",
    "01-TEMP-WEATHER-ENCLOSURE-PH2.S",
    "has more than 50 characters",
    "custom segments Phase P1 in project 'Cheyenne Data Hall'",
    "refers to companies 'Hollis Paving Inc.', not linked yet",
    "An invoice with a negative total is not exported",
    "unexplained: 0.00, every difference has its cause",
)
"""What the tables must say about records that did not go through, and about differences between the two sides."""
MONEY = ("source", "posted", "held", "difference")


def a_night(folder: Path) -> str:
    """What is printed of a night, with all data in a folder of the test's own."""
    command = [sys.executable, "-c", DEMO, str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, env=process_environment({}), capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def runs(printed: str) -> list[tuple[str, Row]]:
    """The table of the night: each run of a flow with its columns as numbers, `-` being nothing."""
    lines = printed.splitlines()
    header = next(line.split() for line in lines if line.split()[:2] == ["stage", "flow"])
    flows = {*CREATED, *ON_REQUEST, *OF_CARDS}
    rows = [line.split() for line in lines if line.split()[1:2] and line.split()[1] in flows]
    tables = [row for row in rows if len(row) == len(header)]
    return [(row[1], dict(zip(header[2:], map(number, row[2:]), strict=True))) for row in tables]


def number(text: str) -> Decimal:
    return Decimal(0) if text == "-" else Decimal(text.replace(",", ""))


def adds_up(columns: Row) -> bool:
    """Whether each record that was extracted came to one outcome, and each amount was posted or held."""
    outcomes = sum(count for name, count in columns.items() if name not in ("extracted", "seconds", *MONEY))
    return columns["extracted"] == outcomes and columns["source"] == columns["posted"] + columns["held"]


def writes(printed: str) -> int:
    """How many writes the sandbox has answered since it started."""
    [found] = re.findall(r"answered \d+ requests, (\d+) of them writes", printed)
    return int(found)


def tied(printed: str) -> dict[str, Decimal]:
    """What Procore and the books have in all, by measure, off the last line of the tie-out's table."""
    lines = printed.splitlines()
    header = next(line.split() for line in lines if line.split()[:1] == ["project"] and "differs" in line)
    totals = next(line.split() for line in lines if line.split()[:1] == ["all"])
    return dict(zip(header[1::2], map(number, totals[1::2]), strict=True))


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
@pytest.mark.timeout(1900)
@pytest.mark.feature("PRC-API-2", "PRC-API-6", "XER-104", "XER-105", "XER-106", "XER-107", "XER-108", "XER-109")
@pytest.mark.feature("ACC-31", "ACC-32")
def test_the_demo_carries_a_whole_night_over(tmp_path: Path) -> None:
    printed = a_night(tmp_path)
    night = runs(printed)
    first = dict(night)
    assert len(night) == len(first) == len(CREATED) + len(ON_REQUEST)
    assert all(adds_up(columns) for _, columns in night)
    assert {flow: first[flow]["created"] for flow in CREATED} == CREATED
    assert {flow: first[flow]["created"] for flow in ON_REQUEST} == dict.fromkeys(ON_REQUEST, 0)
    companies, invoices = first["companies"], first["invoices"]
    assert (companies["updated"], companies["invalid"], companies["conflict"], invoices["invalid"]) == (12, 2, 2, 1)
    assert [expected for expected in EXPLAINED if expected not in printed] == []

    assert writes(printed) > 0
    assert left_running(tmp_path) == []
