"""What job costs cost, from the vendor's bytes to the planned write, beside dlt and beside requests + pandas.

python -m benchmarks.costs [SIZE ...]    documents of the books; each way gets an empty PostgreSQL for each size
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.embedded_postgres import running_postgres

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".bench"
THEIR_PYTHON = FOLDER / "venv" / "bin" / "python"
SIZES = (10_000, 100_000, 1_000_000)
OTHERS = {"plain": sys.executable, "by_dlt": str(THEIR_PYTHON)}
"""The scripts that are measured beside ours, each with its Python."""

HEAD = (
    "\n{:,} documents                 µs a record, vendor's time left out    of it this process    MB above its start"
)
LINE = "  {step:20} {seconds:8.1f} s {each:12.1f} {own:34.1f} {peak:16.0f}"

Step = dict[str, Any]


@contextmanager
def vendor(documents: int) -> Iterator[str]:
    """The address of a vendor with so many documents, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.vendor", str(documents)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


def measured(documents: int, script: str, python: str = sys.executable) -> list[Step]:
    """What each step of a script took, on an empty database."""
    quiet = {**os.environ, "RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"}
    with vendor(documents) as url, running_postgres() as server:
        command = [python, "-m", f"benchmarks.{script}", url, server.new_database(), str(documents)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=quiet, cwd=ROOT)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def summed(steps: Sequence[Step]) -> Step:
    """All steps as one: times add up, memory is the largest."""
    sums = {name: sum(step[name] for step in steps) for name in ("seconds", "cpu", "vendor")}
    return {"step": "Jobledger", **sums, "peak": max(step["peak"] for step in steps)}


def show(documents: int, step: Step) -> None:
    """Prints one line."""
    each = 1e6 / documents
    print(LINE.format(**step, each=step["seconds"] * each, own=step["cpu"] * each), flush=True)


def of_size(documents: int) -> list[Step]:
    """Measures one size each way, and prints it."""
    print(HEAD.format(documents), flush=True)
    steps = measured(documents, "flow")
    found = [*steps, summed(steps)]
    for step in found:
        show(documents, step)
    for script, python in OTHERS.items():
        [other] = measured(documents, script, python)
        show(documents, other)
        found.append(other)
    return found


def main(sizes: Sequence[int]) -> None:
    """Measures each size and leaves the figures for the picture."""
    file = FOLDER / "costs.json"
    known: dict[str, list[Step]] = json.loads(file.read_text()) if file.exists() else {}
    for documents in sizes:
        known[str(documents)] = of_size(documents)
        file.write_text(json.dumps(known, indent=1))


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)
