"""`python -m tests.simulation SEEDS [FIRST]`: plays many seeds on all cores, and prints the stories that fail."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from multiprocessing import Pool
from pathlib import Path

from tests.pipeline.night import new_database, nights_on
from tests.simulation.simulation import Failed, simulate

BLOCK = 20
"""How many seeds a process plays on one database."""


def stories(first: int) -> list[str]:
    """The stories of those seeds of a block that fail."""
    found = []
    with tempfile.TemporaryDirectory() as folder, new_database(f"sqlite:///{folder}/night.db") as engine:
        for seed in range(first, first + BLOCK):
            for night in nights_on(engine, Path(folder)):
                try:
                    simulate(seed, night)
                except Failed as failed:
                    found.append(str(failed))
    return found


def main(seeds: int, first: int = 0) -> int:
    """Plays at least so many seeds; 1 if any failed."""
    began, failed = time.monotonic(), 0
    blocks = range(first, first + seeds, BLOCK)
    with Pool(os.cpu_count()) as pool:
        for number, found in enumerate(pool.imap_unordered(stories, blocks), 1):
            failed += len(found)
            print(*found, f"{number * BLOCK} seeds, {failed} failed, {time.monotonic() - began:.0f} s", sep="\n")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
