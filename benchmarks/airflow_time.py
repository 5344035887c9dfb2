"""Airflow's own seconds a stage: the demo as it is, and once more with nothing changed, from the metadata database.

python -m benchmarks.airflow_time    runs the demo twice in a folder of its own
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from datetime import datetime
from pathlib import Path

DEMO = """
import sys
from functools import partial
from pathlib import Path
from demo.environment import Place
from demo.run import demo, plainly
sys.exit(plainly(partial(demo, Place(Path(sys.argv[1])))))
"""


def runs(folder: Path) -> list[tuple[str, float]]:
    """Stage and seconds of every DAG run so far, in their order."""
    with closing(sqlite3.connect(folder / "metadata.db")) as database:
        found = database.execute("select dag_id, start_date, end_date from dag_run order by start_date").fetchall()
    return [(dag.partition(".")[2], (_moment(ended) - _moment(began)).total_seconds()) for dag, began, ended in found]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def main() -> None:
    """Runs the demo twice and prints each stage's seconds, and their sum."""
    with tempfile.TemporaryDirectory() as name:
        folder, before = Path(name), 0
        for label in ("a night with changes", "the unchanged night after it"):
            subprocess.run([sys.executable, "-c", DEMO, name], check=True, stdout=subprocess.DEVNULL)
            new = runs(folder)[before:]
            before += len(new)
            print(f"{label}: {sum(seconds for _, seconds in new):.1f} s of Airflow time")
            for stage, seconds in new:
                print(f"  {stage:34} {seconds:6.1f} s", flush=True)


if __name__ == "__main__":
    main()
