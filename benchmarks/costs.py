"""What job costs cost, from the vendor's bytes to the planned write: µs a record and memory, step by step.

python -m benchmarks.costs [SIZE ...]    documents of the books; an empty PostgreSQL for each size
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.embedded_postgres import running_postgres

SIZES = (10_000, 100_000, 1_000_000)
STEP = "{step:10} {seconds:8.1f} s {wall:8.1f} {cpu:9.1f} µs a record {peak:8.0f} MB"


@contextmanager
def vendor(documents: int) -> Iterator[str]:
    """The address of a vendor with so many documents, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.vendor", str(documents)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


def steps_of(documents: int) -> list[dict[str, Any]]:
    """What each step of the flow took, on an empty database."""
    with vendor(documents) as url, running_postgres() as server:
        command = [sys.executable, "-m", "benchmarks.flow", url, server.new_database(), str(documents)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def summed(steps: list[dict[str, Any]]) -> dict[str, Any]:
    """All steps as one: times add up, memory is the largest."""
    sums = {name: sum(step[name] for step in steps) for name in ("seconds", "cpu", "vendor")}
    return {"step": "all", **sums, "peak": max(step["peak"] for step in steps)}


def show(documents: int, step: dict[str, Any]) -> None:
    """Prints one line: seconds, µs of time and of this process's own work a record, and megabytes above the start."""
    each = 1e6 / documents
    print(STEP.format(**step | {"wall": step["seconds"] * each, "cpu": step["cpu"] * each}), flush=True)


def main(sizes: list[int]) -> None:
    """Measures each size."""
    for documents in sizes:
        print(
            f"\n{documents:,} documents: seconds; µs a record in all, and in the process itself; memory above its start"
        )
        steps = steps_of(documents)
        for step in [*steps, summed(steps)]:
            show(documents, step)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or list(SIZES))
