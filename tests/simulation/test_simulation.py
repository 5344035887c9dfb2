"""Histories under faults, one for each seed: nothing twice, nothing lost, every cent where it belongs.

A seed that fails prints its story. `make simulate SEEDS=10000` plays more of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from tests.pipeline.night import ROOT, new_database, nights_on
from tests.simulation.chance import Chance
from tests.simulation.network import READS, WRITES
from tests.simulation.simulation import simulate

SEEDS = range(26)
_POINT = re.compile(r'at_point\(f?"([^"{]+)')


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with new_database(f"sqlite:///{tmp_path_factory.mktemp('seeds') / 'night.db'}") as engine:
        yield engine


@pytest.fixture(scope="module")
def played() -> list[Chance]:
    """The draws of the seeds that were played."""
    return []


@pytest.mark.feature("ACC-11", "ACC-17", "ACC-31", "ACC-32", "PRC-API-37")
@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_goes_wrong_all_is_as_it_should_be_in_the_end(
    engine: Engine, tmp_path: Path, played: list[Chance], seed: int
) -> None:
    for night in nights_on(engine, tmp_path):
        played.append(simulate(seed, night))


def test_every_labelled_place_was_struck_by_some_seed(played: list[Chance]) -> None:
    if len(played) < len(SEEDS):
        pytest.skip("only a part of the seeds was played")
    struck = sum((Counter(chance.struck) for chance in played), start=Counter())
    sources = (ROOT / "plugins" / "jobledger" / "pipeline").glob("*.py")
    points = {point for file in sources for point in _POINT.findall(file.read_text())}
    assert len(points) > 5
    deaths = {point: sum(struck[label] for label in struck if label.startswith(f"dies at {point}")) for point in points}
    troubles = {
        trouble: sum(struck[label] for label in struck if label.endswith(f": {trouble}")) for trouble in READS | WRITES
    }
    assert [place for place, times in (deaths | troubles).items() if not times] == []
