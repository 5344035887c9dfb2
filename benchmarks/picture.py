"""Draws time and memory against size, from the last figures of `benchmarks.costs`.

.bench/venv/bin/python -m benchmarks.picture    writes benchmarks/costs.png
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt

ROOT = Path(__file__).parents[1]
WAYS = {"Jobledger": "#1b5e8c", "requests + pandas": "#8c8c8c", "dlt rest_api": "#c2701c"}
"""Each way to measure, and its colour."""
STEPS = {"extract": ":", "map": "--", "load": "-."}


def line_of(known: dict[str, list[dict[str, Any]]], step: str, field: str) -> tuple[list[int], list[float]]:
    """Sizes and values of one line: µs a record, or megabytes."""
    found = {int(size): one for size, steps in known.items() for one in steps if one["step"] == step}
    sizes = sorted(found)
    scale = {size: 1e6 / size if field == "seconds" else 1.0 for size in sizes}
    return sizes, [found[size][field] * scale[size] for size in sizes]


def draw(known: dict[str, list[dict[str, Any]]], file: Path) -> None:
    """Two charts beside each other: µs a record, and peak memory."""
    figure, (times, memory) = plt.subplots(1, 2, figsize=(10, 4))
    for way, colour in WAYS.items():
        times.plot(*line_of(known, way, "seconds"), "o-", color=colour, label=way)
        memory.plot(*line_of(known, way, "peak"), "o-", color=colour, label=way)
    for step, style in STEPS.items():
        times.plot(*line_of(known, step, "seconds"), style, color=WAYS["Jobledger"], label=f"of it {step}", linewidth=1)
    times.axhline(40, color="green", linewidth=1, label="aim")
    memory.axhline(150, color="green", linewidth=1, label="aim")
    for chart, title in ((times, "µs a record"), (memory, "MB above the process's start")):
        chart.set(title=title, xlabel="documents", xscale="log", ylim=(0, None))
        chart.grid(alpha=0.3)
    figure.legend(*times.get_legend_handles_labels(), loc="lower center", ncol=len(WAYS) + len(STEPS) + 1, fontsize=8)
    figure.tight_layout(rect=(0, 0.06, 1, 1))
    figure.savefig(file, dpi=90)


if __name__ == "__main__":
    draw(json.loads((ROOT / ".bench" / "costs.json").read_text()), ROOT / "benchmarks" / "costs.png")
