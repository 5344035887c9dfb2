"""`make demo` typed twice: Airflow ends, starts again on what is there, and the second night writes nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from demo.environment import process_environment
from tests.end_to_end.test_make_demo import left_running, runs, tied, writes
from tests.pipeline.night import ROOT

pytestmark = [pytest.mark.full, pytest.mark.timeout(1900)]

DEMO = """
import sys
from functools import partial
from pathlib import Path
from demo.environment import Place
from demo.run import demo, plainly
sys.exit(plainly(partial(demo, Place(Path(sys.argv[1])))))
"""


def typed(folder: Path) -> str:
    """What `make demo` prints, with its data in a folder of the test's own."""
    command = [sys.executable, "-c", DEMO, str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=process_environment({}), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_the_demo_goes_on_from_where_it_ended_and_writes_nothing(tmp_path: Path) -> None:
    first = typed(tmp_path)
    again = typed(tmp_path)
    assert {(columns["created"], columns["updated"]) for _, columns in runs(again)} == {(0, 0)}
    assert writes(again) == 0 < writes(first)
    assert "bookkeeper" not in again
    assert not re.search("migrat", again, flags=re.I)
    assert tied(again) == tied(first)
    assert left_running(tmp_path) == []
